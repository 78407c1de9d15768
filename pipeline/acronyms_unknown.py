"""Acronyms that no glossary knows, and acronyms that a document spells out in a way no glossary knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import regex

from pipeline.acronyms_evidence import TermSource, is_acronym_entry
from pipeline.acronyms_letters import decode_letters, initials, letters_of
from pipeline.records import Document, Finding, Segment, TermMatch
from pipeline.text import key

__all__ = ["unknown_acronyms"]

_SHORTEST: Final = 3
"""Letters of an acronym that is worth a word: shorter ones are too often words (এটি, ওকে)."""

_TOKEN: Final = regex.compile(
    r"(?P<bn>\p{Bengali}[\p{Bengali}\u200c\u200d]*(?:\.\p{Bengali}[\p{Bengali}\u200c\u200d]*)*(?:\s?-\p{Bengali}+)?)"
    r"|(?<![\p{L}\p{N}@#._/-])(?P<en>\p{Lu}{3,8}|(?:\p{Lu}\.){3,8})(?![\p{Lu}\p{Ll}\p{N}_@/.])"
)
_ROMAN: Final = regex.compile(r"[IVXLCDM]+")
_NAME_BEFORE: Final = regex.compile(
    r"(?:[A-Z][\w'&-]*(?:\s+(?:of|for|and|the|on|in|to|&))*[\s-]+)*[A-Z][\w'&-]*\s*[(\[]\s*$"
)
_SHOUTED: Final = 0.7


def unknown_acronyms(
    document: Document, segments: Sequence[Segment], matches: Sequence[TermMatch], termbase: TermSource
) -> list[Finding]:
    """One finding for each acronym without an entry, and for each known one that the document spells out anew."""
    taken: dict[str, list[TermMatch]] = defaultdict(list)
    for match in matches:
        taken[match.segment].append(match)
    words: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for segment in segments:
        if segment.kind == "boilerplate" or _shouted(segment.text):
            continue
        for start, end, letters, ending in _candidates(segment, taken[segment.id]):
            words[letters].append((start, end, document.text[start:end], ending))
    seen = Counter({letters: len(found) for letters, found in words.items()})
    unknown = [_unknown(document, letters, words[letters], seen[letters]) for letters in words]
    return unknown + list(_redefined(document, segments, taken, termbase))


def _shouted(text: str) -> bool:
    """Whether a line is set in capitals, where they mean nothing."""
    latin = regex.findall(r"\p{Latin}", text)
    return bool(latin) and len(latin) > len(text) / 2 and sum(char.isupper() for char in latin) > _SHOUTED * len(latin)


def _candidates(segment: Segment, taken: Sequence[TermMatch]) -> Iterator[tuple[int, int, str, str]]:
    """Words of a segment that are spelt by letters and are no part of a match: span, letters, ending."""
    for match in _TOKEN.finditer(segment.text):
        start, end = segment.start + match.start(), segment.start + match.end()
        if any(term.start < end and start < term.end for term in taken):
            continue
        if match["en"]:
            letters = match["en"].replace(".", "")
            if not _ROMAN.fullmatch(letters):
                yield start, end, letters, ""
            continue
        reading = _reading(match["bn"])
        if reading:
            yield start, end, *reading


def _reading(word: str) -> tuple[str, str] | None:
    """The likeliest reading of a Bengali word as an acronym, or None for what is as likely a plain word."""
    readings = decode_letters(word)
    certain = any(mark in word for mark in ".-")
    if not readings or (min(len(letters) for letters, _ in readings) < _SHORTEST and not certain):
        return None
    return next(((letters, ending) for letters, ending in readings if ending in _CLEAR), readings[0])


# Endings that are no letter of an acronym that matters: a final কে is all but always a case ending.
_CLEAR: Final = frozenset({"কে", "র", "এর", "তে", "কেও", "রও"})


def _unknown(
    document: Document, letters: str, found: Sequence[tuple[int, int, str, str]], count: int
) -> Finding:  # fmt: skip
    start, end, written, ending = found[0]
    stem = written[: len(written) - len(ending)].rstrip(" -") if ending and key(written).endswith(ending) else written
    name = _name_before(document.text, start, letters)
    proposed: dict[str, str] = {"id": letters.lower(), "en": letters, document.language: stem}
    if name:
        proposed["expansion"] = name
    return Finding(
        check="unknown-acronym",
        severity="info",
        message=f"{written} looks like the acronym {letters}, which is in no glossary; it stands {count} times here",
        source_span=(start, end),
        evidence={
            "letters": letters,
            "ending": ending,
            "readings": [list(reading) for reading in decode_letters(written)],
            "count": count,
            "proposed": proposed,
        },
    )


def _name_before(text: str, start: int, letters: str) -> str:
    """The English name before a bracket whose last words have these initials, or nothing."""
    found = _NAME_BEFORE.search(text[max(0, start - 200) : start])
    words = found[0].rstrip("([ ").split() if found else []
    for first in range(len(words)):
        name = " ".join(words[first:])
        if initials(name) == letters and initials(words[first]):
            return name
    return ""


def _redefined(
    document: Document, segments: Sequence[Segment], taken: Mapping[str, Sequence[TermMatch]], termbase: TermSource
) -> Iterator[Finding]:
    """Acronyms of the glossary beside a name with the same initials that their entry does not know."""
    for match in (match for segment in segments for match in taken[segment.id]):
        entry = termbase.entries.get(match.entry)
        letters = letters_of(match.surface)
        if entry is None or not letters or not is_acronym_entry(entry):
            continue
        name = _name_before(document.text, match.start, letters)
        names = {key(form, case=False) for form in (entry.en.term, entry.en.expansion or "", *entry.en.variants)}
        spelt = any(other.end <= match.start < other.end + 3 for other in taken[match.segment] if other is not match)
        if name and not spelt and key(name, case=False) not in names:
            side = entry.side(document.language)
            known = side.expansion or side.term
            yield Finding(
                check="redefined-acronym",
                severity="warning",
                message=f"the document spells {match.surface} out as {name}, the glossary as {known}",
                source_span=(match.start, match.end),
                evidence={"entry": entry.id, "name": name},
            )
