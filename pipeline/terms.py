"""Stage 2: the glossary terms of a document, each with the target form that the translation must have.

Besides glossary terms, what no translator may touch is found: addresses, handles, hashtags, code. Which form
of a term is required depends on its place: a spelt-out form stays spelt out, a short one short, and an entry
with `first_mention: expand` is spelt out where the text of the article first names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import regex

from pipeline.inflect import suffix_at
from pipeline.records import (
    Direction,
    Document,
    Language,
    Segment,
    TermEntry,
    TermMatch,
    source_language,
    target_language,
)  # fmt: skip
from pipeline.termbase import DO_NOT_TRANSLATE, Hit, TermBase
from pipeline.termbase_forms import acronym_of, is_acronym
from pipeline.text import keyed, script_of

__all__ = ["DO_NOT_TRANSLATE", "find_terms", "settle_targets", "untouchable"]

_DOMAIN: Final = r"(?:[a-z0-9-]{1,63}\.){1,8}(?:com|org|net|int|gov|edu|info|news|in|bd|uk|eu|be|io|co|tv|me)"
_PATH: Final = r"(?:[/?#][^\s<>\"'।]*)?"
_UNTOUCHABLE: Final = regex.compile(
    "|".join(
        [
            r"`[^`\n]+`",
            r"</?[A-Za-z][^<>\n]*>",
            r"\$?\{\{?[\w.]+\}?\}",
            r"(?:https?|ftp)://[^\s<>\"'।]+|(?<![\w@.])www\.[^\s<>\"'।]+",
            r"(?<![\w.@%+-])[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,}",
            rf"(?<![\w@./-])(?i:{_DOMAIN})(?![\w@-]){_PATH}",
            r"(?<![\p{L}\p{M}\p{N}_@#])[@#](?:(?=[0-9_]*[A-Za-z])[A-Za-z0-9_]+|(?=[0-9_]*\p{Bengali})[\p{Bengali}_]+)",
        ]
    )
)
_LONGEST_ENDING: Final = 24  # code points that are looked at behind a handle
_TRAILING: Final = ".,;:!?)]"
_OPENING: Final = regex.compile(r"\s*[(\[]\s*")
_CLOSING: Final = regex.compile(r"\s*[)\]]")


def find_terms(
    document: Document, segments: Sequence[Segment], termbase: TermBase, direction: Direction
) -> list[TermMatch]:
    """Every occurrence of a term in a document, in order, never overlapping, with its required target.

    Args:
        document: offsets of the matches count in its text.
        segments: of the document, in order.
        termbase: entries of the direction are searched for.
        direction: of the translation.
    """
    found = [match for segment in segments for match in _in_segment(segment, termbase, direction)]
    return settle_targets(document, segments, found, termbase, direction=direction)


def _in_segment(segment: Segment, termbase: TermBase, direction: Direction) -> list[TermMatch]:
    """The matches of one segment; targets are settled later."""
    language = source_language(direction)
    kept = [_kept(segment, span) for span in untouchable(segment.text, language)]
    taken = [(match.start, match.end) for match in kept]
    for hit in termbase.find(segment.text, language, direction=direction):
        start, end = segment.start + hit.start, segment.start + hit.end
        if not any(start < e and s < end for s, e in taken):
            kept.append(_match(segment, hit))
    return sorted(kept, key=lambda match: match.start)


def _match(segment: Segment, hit: Hit) -> TermMatch:
    """A hit as a match in document offsets."""
    start, end = segment.start + hit.start, segment.start + hit.end
    return TermMatch(segment.id, start, end, hit.surface, hit.suffix, hit.entry, hit.surface, proposed=hit.entry)


def _kept(segment: Segment, span: tuple[int, int, int]) -> TermMatch:
    """Text to keep, as a match whose target is its own surface."""
    start, stem, end = span
    surface, suffix = segment.text[start:stem], segment.text[stem:end]
    return TermMatch(
        segment.id, segment.start + start, segment.start + end, surface, suffix, DO_NOT_TRANSLATE, surface,
        proposed=DO_NOT_TRANSLATE,
    )  # fmt: skip


def untouchable(text: str, language: Language) -> Iterator[tuple[int, int, int]]:
    """Addresses, handles, hashtags and code in a text: start, end without and end with the case ending."""
    final = "other" if language == "bn" else "plain-name"
    for match in _UNTOUCHABLE.finditer(text):
        start, stem = match.span()
        while text[stem - 1] in _TRAILING:
            stem -= 1
        behind = keyed(text[stem : stem + _LONGEST_ENDING])
        end = suffix_at(behind.key, 0, language=language, final=final)
        yield start, stem, stem + behind.offsets[end or 0]


def settle_targets(
    document: Document,
    segments: Sequence[Segment],
    matches: Sequence[TermMatch],
    termbase: TermBase,
    *,
    direction: Direction,
) -> list[TermMatch]:
    """The same matches with the target forms that their places ask for.

    `find_terms` does this; do it again when a verdict on a contested acronym has changed what a match is
    proposed to mean, because first mentions move with it.
    """
    language = source_language(direction)
    kinds = {segment.id: segment.kind for segment in segments}
    places = _bracketed(document.text, matches)
    known: set[str] = set()
    settled: list[TermMatch] = []
    for index, match in enumerate(matches):
        entry = termbase.entries.get(match.proposed or match.entry)
        if entry is None:
            settled.append(match)
            continue
        kind = kinds.get(match.segment, "sentence")
        written = match.entry if match.entry in termbase.entries else entry.id
        short = termbase.is_short(written, match.surface, language)
        paired = index in places
        expand = short and not paired and kind == "sentence" and entry.id not in known and _expands(entry)
        if expand or paired or (not short and kind != "heading"):
            known.add(entry.id)
        if paired and short and entry.side(language).expansion is None:
            short = is_acronym(match.surface, entry, language)
        target = _target(entry, match.surface, direction, form=_form(short=short, paired=paired, expand=expand))
        settled.append(replace(match, target=target))
    return settled


def _expands(entry: TermEntry) -> bool:
    return entry.first_mention == "expand"


def _form(*, short: bool, paired: bool, expand: bool) -> str:
    """Which form is asked for: expand, acronym (short, beside its name), short or long."""
    if expand:
        return "expand"
    return ("acronym" if paired else "short") if short else "long"


def _target(entry: TermEntry, surface: str, direction: Direction, *, form: str) -> str:
    """The target of one occurrence in a form: expand is the name with the acronym in brackets."""
    language = target_language(direction)
    side = entry.side(language)
    if entry.type == DO_NOT_TRANSLATE and script_of(surface) != "bn":
        return surface
    if form == "acronym":
        return acronym_of(entry, language) or side.term
    # Bengali spells offices out: "PM Modi" is প্রধানমন্ত্রী মোদী.
    if form == "long" or (entry.type == "title" and language == "bn"):
        return side.expansion or side.term
    return f"{side.expansion} ({side.term})" if form == "expand" and side.expansion else side.term


def _bracketed(text: str, matches: Sequence[TermMatch]) -> set[int]:
    """Which matches stand in pairs such as "Shanghai Cooperation Organisation (SCO)", in either order."""
    found: set[int] = set()
    for (left, one), (right, two) in pairwise(enumerate(matches)):
        same = (one.proposed or one.entry) == (two.proposed or two.entry)
        if same and _OPENING.fullmatch(text, one.end, two.start) and _CLOSING.match(text, two.end):
            found |= {left, right}
    return found
