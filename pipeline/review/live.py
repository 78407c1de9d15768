"""Checks run anew on an edited segment, and glossary terms applied anew to stored rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline.checks import ACROSS_CHECKS, PAIR_CHECKS, Pair, check_pairs, check_segment
from pipeline.records import (
    Direction,
    Evidence,
    Finding,
    Reading,
    TermEntry,
    TermMatch,
    source_language,
    target_language,
)
from pipeline.termbase import TermBase, termbase_of

__all__ = ["ACROSS", "across", "matches_of", "matches_of_entry", "pair_of", "recheck"]

# findings between the rows of a document
ACROSS: Final = frozenset(ACROSS_CHECKS)
# findings that speak of the translation as it stood when the run was made
_OF_THE_TEXT: Final = frozenset({*PAIR_CHECKS, *ACROSS, "term-surplus", "acronym-reading"})


def recheck(
    row: Mapping[str, Any], target: str, direction: Direction, *, base: TermBase | None
) -> list[dict[str, Any]]:
    """Findings of a row whose translation is now `target`.

    What only looked at the old translation goes; what speaks of the source or of the whole document stays.
    """
    kept = [dict(finding) for finding in row.get("findings") or () if finding["check"] not in _OF_THE_TEXT]
    found = check_segment(pair_of(row, target, direction), termbase=base)
    return [*(_json(finding, row["start"]) for finding in found), *kept]


def across(rows: Sequence[Mapping[str, Any]], direction: Direction) -> list[list[dict[str, Any]]]:
    """Findings between the rows of one document (one source in two translations, and the like), row by row."""
    found = check_pairs([pair_of(row, row["target"], direction) for row in rows])
    return [[_json(item, row["start"]) for item in found.get(at, ())] for at, row in enumerate(rows)]


def pair_of(row: Mapping[str, Any], target: str, direction: Direction) -> Pair:
    """What checks are given of a row."""
    return Pair(row["source"], target, direction, matches=matches_of(row), start=row["start"], segment=row["id"])


def matches_of(row: Mapping[str, Any]) -> tuple[TermMatch, ...]:
    """The term matches of a row as records; a contest that an editor decided is a plain match."""
    return tuple(_match(term, row["id"]) for term in row.get("terms") or ())


def _match(term: Mapping[str, Any], segment: str) -> TermMatch:
    chosen = term.get("chosen")
    readings = () if chosen else term.get("readings") or ()
    return TermMatch(
        segment=term.get("segment", segment),
        start=term["start"],
        end=term["end"],
        surface=term["surface"],
        suffix=term.get("suffix", ""),
        entry=chosen or term["entry"],
        target=term.get("target") or "",
        status="ok" if chosen else term.get("status", "ok"),
        evidence=tuple(Evidence(**item) for item in term.get("evidence") or ()),
        readings=tuple(Reading(r["entry"], tuple(r["for"]), r["strength"]) for r in readings),
        proposed=term.get("proposed", ""),
    )


def matches_of_entry(
    rows: Sequence[Mapping[str, Any]], entry: TermEntry, directions: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Occurrences of one entry in stored rows, where no other term stands: segment id → terms as rows hold them."""
    base = termbase_of([entry])
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        direction: Any = directions.get(row["doc"], "bn-en")
        side = entry.side(target_language(direction))
        for hit in base.find(row["source"], source_language(direction), direction=direction):
            start, end = row["start"] + hit.start, row["start"] + hit.end
            if any(term["start"] < end and start < term["end"] for term in row.get("terms") or ()):
                continue
            found.setdefault(row["id"], []).append(
                {
                    "segment": row["id"], "start": start, "end": end, "surface": hit.surface, "suffix": hit.suffix,
                    "entry": entry.id, "target": side.term, "status": "ok", "evidence": [], "readings": [],
                    "proposed": entry.id,
                }
            )  # fmt: skip
    return found


def _json(finding: Finding, base: int) -> dict[str, Any]:
    """A finding as rows hold it: its source span counts from the start of the document."""
    source = [finding.source_span[0] + base, finding.source_span[1] + base] if finding.source_span else None
    return {
        "check": finding.check,
        "severity": finding.severity,
        "message": finding.message,
        "source_span": source,
        "target_span": list(finding.target_span) if finding.target_span else None,
        "evidence": dict(finding.evidence),
    }
