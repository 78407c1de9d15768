"""Acronyms that no glossary knows, and acronyms that a document spells out in a way no glossary knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from pipeline.acronyms_letters import decode_letters, initials, letters_of
from pipeline.acronyms_scene import TermSource, is_acronym_entry
from pipeline.languages import facts
from pipeline.records import Document, Finding, Segment, TermMatch
from pipeline.text import key

__all__ = ["unknown_acronyms"]

_SHORTEST: Final = 3
"""Letters of an acronym that is worth a word: shorter ones are too often words (এটি, ওকে)."""

_PLACES: Final = 100
"""Places that a finding lists at most."""

_TOKEN: Final = regex.compile(
    r"(?P<bn>\p{Bengali}[\p{Bengali}\u200c\u200d]*(?:\.\p{Bengali}[\p{Bengali}\u200c\u200d]*)*(?:\s?-\p{Bengali}+)?)"
    r"|(?<![\p{L}\p{N}@#._/-])(?P<en>\p{Lu}{3,8}|(?:\p{Lu}\.){3,8})(?![\p{Lu}\p{Ll}\p{N}_@/.])"
)
_ROMAN: Final = regex.compile(r"[IVXLCDM]+")
_NAME_BEFORE: Final = regex.compile(
    r"(?:[A-Z][\w'&-]*(?:\s+(?:of|for|and|the|on|in|to|&))*[\s-]+)*[A-Z][\w'&-]*\s*[(\[]\s*$"
)
_SHOUTED: Final = 0.7


@dataclass(frozen=True, slots=True)
class _Word:
    """A word that may be an acronym."""

    start: int
    end: int
    text: str
    readings: tuple[tuple[str, str], ...]
    """(letters, ending), all that are long enough."""


def unknown_acronyms(
    document: Document, segments: Sequence[Segment], matches: Sequence[TermMatch], termbase: TermSource
) -> list[Finding]:
    """One finding for each acronym without an entry, and for each known one that the document spells out anew."""
    taken: dict[str, list[TermMatch]] = defaultdict(list)
    for match in matches:
        taken[match.segment].append(match)
    prose = [segment for segment in segments if segment.kind != "boilerplate" and not _shouted(segment.text)]
    words = [word for segment in prose for word in _words(segment, taken[segment.id])]
    sure = Counter(word.readings[0][0] for word in words if len(word.readings) == 1)
    groups: dict[str, list[tuple[_Word, str]]] = defaultdict(list)
    for word in words:
        letters, ending = max(word.readings, key=lambda r: (sure[r[0]], r[1] in _CLEAR, not r[1]))
        groups[letters].append((word, ending))
    unknown = [_unknown(document, letters, found) for letters, found in groups.items()]
    return unknown + list(_redefined(document, segments, taken, termbase))


def _shouted(text: str) -> bool:
    """Whether a line is set in capitals, where they mean nothing."""
    latin = regex.findall(r"\p{Latin}", text)
    return bool(latin) and len(latin) > len(text) / 2 and sum(char.isupper() for char in latin) > _SHOUTED * len(latin)


def _words(segment: Segment, taken: Sequence[TermMatch]) -> Iterator[_Word]:
    """Words of a segment that are spelt by letters and are no part of a match."""
    for match in _TOKEN.finditer(segment.text):
        start, end = segment.start + match.start(), segment.start + match.end()
        if any(term.start < end and start < term.end for term in taken):
            continue
        readings = _latin(match["en"]) if match["en"] else _bengali(match["bn"])
        if readings:
            yield _Word(start, end, match[0], readings)


def _latin(word: str) -> tuple[tuple[str, str], ...]:
    """The letters of capitals; Roman numerals are none."""
    letters = word.replace(".", "")
    return () if _ROMAN.fullmatch(letters) else ((letters, ""),)


def _bengali(word: str) -> tuple[tuple[str, str], ...]:
    """Readings of a Bengali word that are long enough; none for a plain word, inflected or not."""
    readings, plain = decode_letters(word), key(word)
    stems = {_stem(plain, ending) for _, ending in readings}
    if stems & facts("bn").spelt_words:
        return ()
    return tuple(reading for reading in readings if len(reading[0]) >= _SHORTEST)


def _stem(word: str, ending: str) -> str:
    return word[: len(word) - len(ending)].rstrip(" -") if ending and word.endswith(ending) else word


# Endings that are seldom a letter of an acronym; where nothing else decides they are taken for endings.
_CLEAR: Final = frozenset({"কে", "র", "এর", "তে", "কেও", "রও"})


def _unknown(document: Document, letters: str, found: Sequence[tuple[_Word, str]]) -> Finding:
    word, ending = found[0]
    proposed = {"id": letters.lower(), "en": letters, document.language: _stem(word.text, ending)}
    name = _name_before(document.text, word.start, letters)
    if name:
        proposed["expansion"] = name
    times = "once" if len(found) == 1 else f"{len(found)} times"
    return Finding(
        check="unknown-acronym",
        severity="info",
        message=f"{word.text} looks like the acronym {letters}, which is in no glossary; it stands here {times}",
        source_span=(word.start, word.end),
        evidence={
            "letters": letters,
            "ending": ending,
            "readings": [list(reading) for reading in word.readings],
            "count": len(found),
            "places": [[place.start, place.end] for place, _ in found[:_PLACES]],
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
    """Acronyms of the glossary beside a name with the same initials that their entry, knowing others, does not."""
    for match in (match for segment in segments for match in taken[segment.id]):
        entry = termbase.entries.get(match.entry)
        letters = letters_of(match.surface)
        if entry is None or not letters or not is_acronym_entry(entry):
            continue
        name = _name_before(document.text, match.start, letters)
        names = {key(form, case=False) for form in (entry.en.term, entry.en.expansion or "", *entry.en.variants)}
        spelt = any(other.end <= match.start < other.end + 3 for other in taken[match.segment] if other is not match)
        if name and not spelt and key(name, case=False) not in names and any(" " in known for known in names):
            side = entry.side(document.language)
            known = side.expansion or side.term
            yield Finding(
                check="redefined-acronym",
                severity="warning",
                message=f"the document spells {match.surface} out as {name}, the glossary as {known}",
                source_span=(match.start, match.end),
                evidence={"entry": entry.id, "name": name},
            )
