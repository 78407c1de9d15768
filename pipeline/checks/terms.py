"""Glossary terms of a pair: missing, doubled, forbidden, not spelt out at first mention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Seen, Span, Terms, View
from pipeline.languages.renderings import ALSO_RIGHT
from pipeline.records import TermMatch
from pipeline.text import key

__all__ = ["term_doubled", "term_first_mention", "term_forbidden", "term_missing"]

_NAME_PART: Final = 4  # letters from which one part of a name stands for the whole


def _source_span(view: View, match: TermMatch) -> Span:
    """A match's span in the source text of the pair."""
    return match.start - view.pair.start, match.end - view.pair.start


def _readings(match: TermMatch) -> tuple[str, ...]:
    """Glossary ids that would be right here: every reading of a contested acronym, what is proposed first."""
    ids = (match.proposed or match.entry, *(reading.entry for reading in match.readings), match.entry)
    return tuple(dict.fromkeys(ids))


def _present(view: View, entry: str) -> list[Span]:
    base = view.termbase
    if base is None or entry not in base.entries:
        return []
    if entry not in view.memo:
        view.memo[entry] = list(base.present(entry, view.target.text, view.target.language))
    return view.memo[entry]


def _verbatim(view: View, match: TermMatch) -> bool:
    """Whether the required form itself stands in the target, in any case and encoding."""
    return bool(match.target) and key(match.target, case=False) in view.target.folded


@cache
def _also_right(forms: tuple[str, ...]) -> regex.Pattern[str]:
    words = "|".join(regex.escape(key(form, case=False)) for form in sorted(forms, key=len, reverse=True))
    return regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?:{words})")


def _worded_otherwise(view: View, entry_id: str) -> bool:
    """Whether the target has an adjective of a place, a part of a person's name, or another name of an office."""
    entry = view.termbase.entries.get(entry_id) if view.termbase else None
    if entry is None:
        return False
    language = view.target.language
    english = [form for form in (entry.en.term, entry.en.expansion) if form]
    forms = [other for form in english for other in ALSO_RIGHT.get(form, {}).get(language, ())]
    if entry.type == "person":
        forms += [part for part in entry.side(language).term.split() if len(part) >= _NAME_PART]
    return bool(forms) and _also_right(tuple(forms)).search(view.target.folded) is not None


def term_missing(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A glossary term is missing from the translation.

    Any accepted rendering counts, inflected or not, as do adjectives of places and parts of personal names; of
    a contested acronym the renderings of any reading. One answers for all mentions in the segment: good
    translators use pronouns.
    """
    del config
    settled: set[str] = set()
    for match in view.pair.matches:
        known = view.termbase is not None and match.entry in view.termbase.entries
        what = match.entry if known else match.target  # every address is kept for itself
        if what in settled or _verbatim(view, match):
            continue
        settled.add(what)
        if any(_present(view, entry) or _worded_otherwise(view, entry) for entry in _readings(match)):
            continue
        yield Seen(
            f"“{match.surface}” should be “{match.target}”.",
            _source_span(view, match),
            None,
            {"entry": match.entry, "required": match.target, "status": match.status},
        )


_BETWEEN: Final = regex.compile(r"[\s\-,]{1,2}")


def term_doubled(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A glossary term is doubled, or stands more often than in the source.

    A spelt-out form with its short form in brackets is one mention; two equal renderings side by side are
    always one too many.
    """
    wanted = Counter(entry for match in view.pair.matches for entry in _readings(match))
    for entry in wanted:
        mentions = _mentions(view, _present(view, entry))
        twin = _twin(view, mentions)
        if twin is None and len(mentions) <= wanted[entry] + config.term_slack:
            continue
        span = twin or mentions[-1]
        shown = view.target.text[slice(*span)]
        many = f"“{shown}” stands {len(mentions)} times; the source has it {wanted[entry]} times."
        yield Seen(
            f"“{shown}” stands twice in a row." if twin else many,
            None,
            span,
            {"entry": entry, "source": wanted[entry], "target": len(mentions)},
        )


def _mentions(view: View, spans: list[Span]) -> list[Span]:
    """Spans where a long and a short form in brackets count once."""
    merged: list[Span] = []
    for span in sorted(spans):
        between = view.target.text[merged[-1][1] : span[0]] if merged else ""
        if merged and "(" in between and len(between) <= 3 and not _equal(view, merged[-1], span):  # noqa: PLR2004 (" (")
            merged[-1] = (merged[-1][0], span[1])
        else:
            merged.append(span)
    return merged


def _equal(view: View, one: Span, other: Span) -> bool:
    texts = [key(view.target.text[slice(*span)], case=False) for span in (one, other)]
    return texts[0] == texts[1]


def _twin(view: View, mentions: list[Span]) -> Span | None:
    """The second of two equal renderings side by side."""
    for one, other in pairwise(mentions):
        if _BETWEEN.fullmatch(view.target.text[one[1] : other[0]]) and _equal(view, one, other):
            return other
    return None


def term_forbidden(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A rendering that the glossary forbids."""
    del config
    base = view.termbase
    if base is None:
        return
    named = {entry for match in view.pair.matches for entry in _readings(match)}
    for entry in sorted(named & _forbidding(base, view.target.language)):
        for span in base.forbidden(entry, view.target.text, view.target.language):
            shown = view.target.text[slice(*span)]
            yield Seen(f"“{shown}” is forbidden.", None, span, {"entry": entry, "text": shown})


def _forbidding(base: Terms, language: str) -> set[str]:
    return {entry_id for entry_id, entry in base.entries.items() if entry.forbidden.get(language)}


def term_first_mention(view: View, config: CheckConfig) -> Iterator[Seen]:
    """The first mention of a term is not spelt out as the glossary asks.

    Speaks where the required form of a match holds the expansion and the target has no long form at all.
    """
    del config
    base, language = view.termbase, view.target.language
    for match in view.pair.matches:
        entry = base.entries.get(match.proposed or match.entry) if base else None
        if entry is None or entry.first_mention != "expand":
            continue
        side = entry.side(language)
        long_forms = [form for form in (side.expansion, *side.variants) if form and len(form) > len(side.term)]
        asked = side.expansion and key(side.expansion, case=False) in key(match.target, case=False)
        spelt_out = any(key(form, case=False) in view.target.folded for form in long_forms)
        if asked and not spelt_out and _present(view, entry.id):
            message = f"The first mention should be “{match.target}”."
            yield Seen(message, _source_span(view, match), None, {"entry": entry.id, "required": match.target})
