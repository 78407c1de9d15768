"""Text left in the source's language, letters of a third script, two sets of digits in one text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Seen, Side, Span, View
from pipeline.records import Language

__all__ = ["mixed_digits", "mixed_digits_of", "untranslated", "wrong_script"]

_FOREIGN: Final = regex.compile(r"(?:(?![\p{Bengali}\p{Latin}\p{Common}\p{Inherited}])[\p{L}\p{M}])+")
_LETTERS: Final = {
    "bn": regex.compile(r"(?:(?=\p{Bengali})[\p{L}\p{M}])+"),
    "en": regex.compile(r"(?:(?=\p{Latin})[\p{L}\p{M}])+"),
}
# Every repetition below is possessive and begins at a word's edge, so that a line of a megabyte takes linear time.
_ADDRESSES: Final = r"(?:https?://|www\.)\S++|(?<![\w.+-])[\w.+-]{1,64}+@[\w-]++(?:\.[\w-]++)+|[@#][\w\p{M}]++"
# Kept as they are in every language: links, addresses, handles, tags, codes with digits.
_KEPT: Final = regex.compile(rf"{_ADDRESSES}|(?<![A-Za-z0-9])[A-Za-z]*+[0-9][A-Za-z0-9]*+")


def _blank_kept(side: Side) -> str:
    """The key with what is kept verbatim blanked out, as long as the key."""
    return _KEPT.sub(lambda match: " " * len(match[0]), side.key)


def untranslated(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Words are left in the source's language.

    English must hold no Bengali letters; Bengali may hold Latin names and abbreviations, so there only runs
    of running text (words in lower case) that stand in the source as well count.
    """
    if view.source.language == "bn":
        for match in _LETTERS["bn"].finditer(_blank_kept(view.target)):
            yield _left(view, match.span(), words=1)
            return
        return
    for span, count in _latin_runs(view, config):
        yield _left(view, span, words=count)
        return


def _left(view: View, span: Span, *, words: int) -> Seen:
    text = view.target.text[slice(*view.target.span(*span))]
    return Seen(
        f"“{text[:80]}” is not translated.", None, view.target.span(*span), {"text": text[:200], "words": words}
    )


_RUN: Final = regex.compile(r"[A-Za-z][A-Za-z'-]*+(?:[ ,;:\"()]{1,3}+[A-Za-z][A-Za-z'-]*+)*+")


def _latin_runs(view: View, config: CheckConfig) -> Iterator[tuple[Span, int]]:
    """Runs of English words in a Bengali target that look like running text taken from the source."""
    text = _blank_kept(view.target)
    known = set(regex.findall(r"[a-z]+", view.source.key.lower()))
    total = len(regex.findall(r"(?:(?=[\p{Bengali}\p{Latin}])[\p{L}\p{M}])", text))
    for match in _RUN.finditer(text):
        tokens = regex.findall(r"[A-Za-z]+(?:['-][A-Za-z]+)*", match[0])
        lower = [token for token in tokens if token.islower() and len(token) > 1]
        share = sum(map(len, tokens)) / total if total else 0.0
        running = len(tokens) >= config.untranslated_run and len(lower) * 2 >= len(tokens)
        whole = share >= config.untranslated_share and len(tokens) > 1
        if (running or whole) and any(token.lower() in known for token in tokens):
            yield match.span(), len(tokens)


def wrong_script(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Letters of a script that is neither Bengali nor Latin.

    Devanagari in Bengali is the common one. What stands in the source as well is taken to be meant.
    """
    del config
    for match in _FOREIGN.finditer(view.target.key):
        if match[0] not in view.source.key:
            span = view.target.span(*match.span())
            yield Seen(f"“{match[0][:40]}” is in another script.", None, span, {"text": match[0][:200]})
            return


_ASCII: Final = regex.compile(r"(?<![A-Za-z0-9@#.,:/-])[0-9]++(?:[.,][0-9]++)*+(?![A-Za-z0-9@])")
_BENGALI: Final = regex.compile(r"[০-৯]+")


def mixed_digits_of(text: str, language: Language) -> Iterator[Span]:
    """Numbers in the rarer set of digits where a text mixes both; codes and Latin neighbours do not count."""
    clear = _KEPT_LATIN.sub(lambda match: " " * len(match[0]), text)
    ascii_runs = [match.span() for match in _ASCII.finditer(clear)]
    bengali_runs = [match.span() for match in _BENGALI.finditer(clear)]
    if not ascii_runs or not bengali_runs:
        return
    yield from ascii_runs if language == "bn" else bengali_runs


_KEPT_LATIN: Final = regex.compile(
    rf"{_ADDRESSES}|(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]*+(?:[ -][0-9]++)+|[0-9]++[ -]?[A-Za-z][A-Za-z0-9]*+)"
)


def mixed_digits(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Bengali and ASCII digits are mixed in one text."""
    del config
    for span in mixed_digits_of(view.target.text, view.target.language):
        shown = view.target.text[slice(*span)]
        yield Seen(f"{shown} is not in the digits of the rest of the text.", None, span, {"text": shown})
        return
