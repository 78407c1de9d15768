"""Rows of aligned.jsonl made ready for display: marked runs of text and notes with their evidence.

Marking happens here, in code points, so that neither page does arithmetic on UTF-16 strings.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final

import regex

from pipeline.review.diff import Piece, word_diff

__all__ = ["Locate", "Note", "RowView", "Run", "Where", "find_literally", "view_row"]

Row = Mapping[str, Any]
Locate = Callable[[str, str, str], list[tuple[int, int]]]
"""(glossary id, required target, text) → spans of right renderings in the text, in order."""

_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]")
_WORDS: Final = regex.compile(_WORD.pattern + "*")
# what may follow a rendering within its word: any Bengali ending, an English plural
_ENDING: Final = regex.compile(r"[\p{Bengali}\p{M}\u200c\u200d]+|e?s")
# findings that only say what the note of a contested acronym shows
_OF_CONTESTS: Final = frozenset({"contested-acronym", "acronym-reading"})
_RANK: Final = {"error": 3, "warning": 2, "info": 1}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text under the same marks; `term` and `finding` are ids of notes of the row, or empty."""

    text: str
    term: str = ""
    finding: str = ""
    classes: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a mark opens: one term, contested acronym or finding."""

    id: str
    kind: str
    """term | contested | resolved (a contest that an editor decided) | unknown | finding."""
    title: str
    severity: str
    data: Mapping[str, Any]
    """The term or finding as it stands in the row."""
    evidence: tuple[Mapping[str, Any], ...] = ()
    """Observations of a term, each with `where` and `number`: anchor and number of the segment it stands in."""
    readings: tuple[Mapping[str, Any], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Name and value of a finding's evidence."""
    says: tuple[str, ...] = ()
    """Findings about this very acronym, in words."""
    told: str = ""
    """Of a finding: the note of the contested acronym that tells it, or empty."""
    placed: bool = True
    """False when the required target of a term was not found in the translation."""


@dataclass(frozen=True, slots=True)
class RowView:
    """One segment, ready for a template or for JSON."""

    anchor: str
    source_runs: tuple[Run, ...]
    target_runs: tuple[Run, ...]
    notes: tuple[Note, ...]
    diff: tuple[Piece, ...]
    """From the raw machine translation to the target; empty when they are equal."""

    @property
    def flags(self) -> frozenset[str]:
        """What the filters ask for: contested, finding, error, warning, info, changed."""
        flags = {"contested" for note in self.notes if note.kind in {"contested", "unknown"}}
        for note in self.notes:
            if note.kind == "finding":
                flags |= {"finding", note.severity}
        return frozenset(flags | ({"changed"} if self.diff else set()))

    @property
    def checks(self) -> tuple[str, ...]:
        """Names of the checks that found something, once each."""
        return tuple(dict.fromkeys(note.data["check"] for note in self.notes if note.kind == "finding"))

    @property
    def worst(self) -> str:
        """The gravest severity among the findings, or empty."""
        found = [note.severity for note in self.notes if note.kind == "finding"]
        return max(found, key=lambda name: _RANK.get(name, 0), default="")


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    note: str
    classes: str
    finding: bool


class Where:
    """Finds the segment that an offset of a document stands in."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Index the rows once; `anchors` gives every row its place on the page."""
        self._starts: dict[str, list[tuple[int, int, str, int]]] = defaultdict(list)
        for number, row in enumerate(rows):
            place = len(self._starts[row["doc"]]) + 1
            self._starts[row["doc"]].append((row["start"], row["end"], f"s{number}", place))
        for spans in self._starts.values():
            spans.sort()

    def find(self, doc: str, offset: int | None) -> tuple[str, int]:
        """Anchor and number in its document (from 1) of the segment that covers an offset, or ("", 0)."""
        spans = self._starts.get(doc, [])
        if offset is None:
            return "", 0
        place = bisect_right(spans, offset, key=itemgetter(0)) - 1
        return spans[place][2:] if place >= 0 and offset < spans[place][1] else ("", 0)


def find_literally(entry: str, target: str, text: str) -> list[tuple[int, int]]:
    """Places of a required target in a text by its letters alone, used where no term base is at hand.

    A place starts at a word's start and is widened to the word's end, so that Bengali case endings
    and English plurals belong to it; a longer word that merely begins alike is no place.
    """
    del entry
    if not target:
        return []
    spans = []
    for hit in regex.finditer(regex.escape(target), text, regex.IGNORECASE):
        start, end = hit.span()
        if start and _WORD.match(text[start - 1]) and _WORD.match(text[start]):
            continue
        rest = _WORDS.match(text, end)
        if rest and (not rest[0] or _ENDING.fullmatch(rest[0])):
            spans.append((start, rest.end()))
    return spans


def view_row(row: Row, number: int, where: Where, *, locate: Locate = find_literally) -> RowView:
    """Everything the pages show of one segment.

    Args:
        row: an object of aligned.jsonl.
        number: place of the row in the run, from 0; it makes the anchors.
        where: index over all rows of the run, to say in which segment an observation stands.
        locate: finds right renderings of a term in the translation.
    """
    anchor, base, source, target = f"s{number}", row["start"], row["source"], row["target"]
    terms = row.get("terms") or []
    places = _places(terms, target, locate)
    notes, source_spans, target_spans = [], [], []
    for index, term in enumerate(terms):
        note = _term_note(f"{anchor}t{index}", term, row, where, placed=index in places)
        notes.append(note)
        classes = f"term {note.kind}"
        source_spans.append(_Span(term["start"] - base, term["end"] - base, note.id, classes, finding=False))
        if index in places:
            target_spans.append(_Span(*places[index], note.id, classes, finding=False))
    for index, finding in enumerate(row.get("findings") or []):
        facts = _facts(finding, row["doc"], where)
        note = _finding_note(f"{anchor}f{index}", finding, notes, facts=facts)
        notes.append(note)
        if not note.told:
            source_spans += _finding_spans(note, finding.get("source_span"), base)
            target_spans += _finding_spans(note, finding.get("target_span"), 0)
    notes = [replace(note, says=_said_of(note, notes)) for note in notes]
    raw = row.get("raw") or ""
    diff = tuple(word_diff(raw, target)) if raw and raw != target else ()
    return RowView(anchor, _cut(source, source_spans), _cut(target, target_spans), tuple(notes), diff)


def _finding_spans(note: Note, span: Sequence[int] | None, shift: int) -> list[_Span]:
    classes = f"finding {note.severity}"
    return [_Span(span[0] - shift, span[1] - shift, note.id, classes, finding=True)] if span else []


def _said_of(note: Note, notes: Sequence[Note]) -> tuple[str, ...]:
    """What findings say of a contested acronym; they are told there and not once more."""
    return tuple(dict.fromkeys(other.title for other in notes if other.told == note.id))


def _places(terms: Sequence[Row], target: str, locate: Locate) -> dict[int, tuple[int, int]]:
    """Pair the n-th match of an entry with the n-th place of its rendering: index of the term → span."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    taken: set[tuple[int, int]] = set()
    places = {}
    for index, term in enumerate(terms):
        wanted = (term.get("proposed") or term["entry"], term.get("target") or "")
        if wanted not in found:
            found[wanted] = locate(*wanted, target)
        free = (span for span in found[wanted] if not any(a < span[1] and span[0] < b for a, b in taken))
        span = next(free, None)
        if span is not None:
            taken.add(span)
            places[index] = span
    return places


def _term_note(ident: str, term: Row, row: Row, where: Where, *, placed: bool) -> Note:
    status = "resolved" if term.get("chosen") else term.get("status", "ok")
    kind = status if status in {"contested", "unknown", "resolved"} else "term"
    evidence = tuple(
        {**item, **dict(zip(("where", "number"), where.find(row["doc"], item.get("start")), strict=True))}
        for item in term.get("evidence") or []
    )
    readings = tuple(
        {**reading, "proofs": tuple(evidence[i] for i in reading.get("for", []) if 0 <= i < len(evidence))}
        for reading in term.get("readings") or []
    )
    title = term["surface"] + term.get("suffix", "")
    severity = "warning" if kind in {"contested", "unknown"} else ""
    return Note(ident, kind, title, severity, term, evidence, readings, placed=placed)


def _finding_note(ident: str, finding: Row, terms: Sequence[Note], *, facts: tuple[tuple[str, str], ...]) -> Note:
    span = finding.get("source_span")
    told = ""
    if span and finding["check"] in _OF_CONTESTS:
        over = (note for note in terms if note.readings and note.data["start"] < span[1] and span[0] < note.data["end"])
        told = next((note.id for note in over), "")
    severity = finding.get("severity", "info")
    return Note(ident, "finding", finding["message"], severity, finding, facts=facts, told=told)


def _facts(finding: Row, doc: str, where: Where) -> tuple[tuple[str, str], ...]:
    """A finding's evidence in words; places in the document become the numbers of their segments."""
    facts = []
    for name, value in (finding.get("evidence") or {}).items():
        spans = [value] if name.endswith("span") else value if name == "places" else None
        if spans is None:
            facts.append((str(name), _plain(value)))
            continue
        numbers = [where.find(doc, span[0])[1] for span in spans or () if span]
        shown = ", ".join(str(number) for number in dict.fromkeys(numbers) if number)
        if shown:
            facts.append(("segment" if name.endswith("span") else "segments", shown))
    return tuple(facts)


def _plain(value: object) -> str:
    """A value of a finding's evidence in words: lists with commas, mappings with colons."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value)
    return "—" if value is None else str(value)


def _cut(text: str, spans: Sequence[_Span]) -> tuple[Run, ...]:
    """Split a text where marks begin and end; spans outside the text are clipped, empty ones dropped."""
    clipped = [
        _Span(max(0, span.start), min(len(text), span.end), span.note, span.classes, finding=span.finding)
        for span in spans
    ]
    clipped = [span for span in clipped if span.start < span.end]
    edges = sorted({0, len(text), *(span.start for span in clipped), *(span.end for span in clipped)})
    runs = []
    for start, end in pairwise(edges):
        over = [span for span in clipped if span.start <= start and end <= span.end]
        term = next((span.note for span in over if not span.finding), "")
        finding = next((span.note for span in over if span.finding), "")
        classes = " ".join(dict.fromkeys(" ".join(span.classes for span in over).split()))
        runs.append(Run(text[start:end], term, finding, classes))
    return tuple(runs)
