"""Negation: না, নি, নয়, নেই against not, no, never."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import regex

from pipeline.checks.model import CheckConfig, Seen, Side, Span, View
from pipeline.languages import negations
from pipeline.records import Language
from pipeline.text import key

__all__ = ["negation"]


@cache
def _denials(language: Language) -> regex.Pattern[str]:
    words = "|".join(sorted((key(word) for word in negations.WORDS[language]), key=len, reverse=True))
    if language == "en":
        return regex.compile(rf"(?<![\p{{L}}])(?:{words})(?![\p{{L}}])|n't(?![\p{{L}}])")
    verb = key(negations.BENGALI_VERB_NEGATION)
    tail = r"(?:[ওই]|কো|তো|টি)?(?![\p{L}\p{M}])"
    return regex.compile(
        rf"(?<![\p{{L}}\p{{M}}-])(?:{words}){tail}|(?<=[\p{{L}}\p{{M}}]{{1}})(?:{verb})(?![\p{{L}}\p{{M}}])"
    )


@cache
def _harmless(language: Language) -> regex.Pattern[str]:
    phrases = "|".join(regex.escape(key(phrase)) for phrase in negations.NOT_NEGATION[language])
    return regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?:{phrases})")


@cache
def _hints(language: Language) -> regex.Pattern[str]:
    words = "|".join(sorted((key(word) for word in negations.HINTS[language]), key=len, reverse=True))
    tail = r"[\p{L}\p{M}]{0,3}" if language == "bn" else ""
    edge = r"(?![\p{L}\p{M}])"
    return regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?:(?:{words}){tail}|{key(negations.PREFIXES[language])}){edge}")


def _denied(side: Side) -> list[Span]:
    """Spans of words that deny; phrases that only look so are blanked out first."""
    clear = _harmless(side.language).sub(lambda match: " " * len(match[0]), side.digits)
    return [match.span() for match in _denials(side.language).finditer(clear)]


def _may_deny(side: Side) -> bool:
    """Whether a side holds a denial in any form."""
    if _denials(side.language).search(side.digits):
        return True
    return _hints(side.language).search(side.digits) is not None


def negation(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A negation is lost or added.

    Speaks when one side denies (না, নি, নয়, নেই; not, no, never) and nothing on the other side does, not even
    in another form (অসম্ভব, unable, without).
    """
    del config
    here, there = _denied(view.source), _denied(view.target)
    if not view.source.text.strip() or not view.target.text.strip():
        return
    if here and not _may_deny(view.target):
        span = view.source.span(*here[0])
        word = view.source.text[slice(*span)]
        yield Seen(f"“{word}” is not in the translation.", span, None, {"word": word, "count": len(here)})
    elif there and not _may_deny(view.source):
        span = view.target.span(*there[0])
        word = view.target.text[slice(*span)]
        yield Seen(
            f"The source denies nothing, the translation says “{word}”.",
            None,
            span,
            {"word": word, "count": len(there)},
        )
