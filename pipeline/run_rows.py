"""Records of one segment → the object of aligned.jsonl (the fields that others rely on)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pipeline.files import to_plain
from pipeline.records import Change, Document, Finding, Segment, TermMatch, Translation

__all__ = ["Work", "document_json", "place", "row", "shift", "translation_of"]


@dataclass(frozen=True, slots=True)
class Work:
    """Everything known about one segment when its row is written."""

    segment: Segment
    matches: tuple[TermMatch, ...]
    translation: Translation
    findings: tuple[Finding, ...] = ()
    reference: str | None = None
    tm: dict[str, Any] | None = None
    scores: dict[str, float] | None = None


def row(work: Work) -> dict[str, Any]:
    """One line of aligned.jsonl; `source_span` of findings counts from the start of the document."""
    segment, translation = work.segment, work.translation
    findings = (*translation.findings, *work.findings)
    return {
        "id": segment.id,
        "doc": segment.doc,
        "index": segment.index,
        "start": segment.start,
        "end": segment.end,
        "line": segment.line,
        "kind": segment.kind,
        "source": segment.text,
        "raw": translation.raw,
        "target": translation.target,
        "reference": work.reference,
        "tm": work.tm,
        "terms": to_plain(work.matches),
        "changes": to_plain(translation.changes),
        "findings": [to_plain(shift(finding, segment.start)) for finding in findings],
        "scores": work.scores or {},
        "status": "draft",
    }


def shift(finding: Finding, by: int) -> Finding:
    """The same finding with its source span moved from segment to document offsets."""
    if finding.source_span is None:
        return finding
    start, end = finding.source_span
    return replace(finding, source_span=(start + by, end + by))


def place(findings: Iterable[Finding], segments: Iterable[Segment]) -> dict[str, list[Finding]]:
    """Hand document-level findings (document offsets) to the segments they lie in, with segment offsets.

    A finding between segments, or without a span, goes to the nearest segment before it: nothing is dropped.
    """
    ordered = sorted(segments, key=lambda segment: segment.start)
    placed: dict[str, list[Finding]] = {segment.id: [] for segment in ordered}
    for finding in findings:
        at = finding.source_span[0] if finding.source_span else 0
        home = max((s for s in ordered if s.start <= at), key=lambda s: s.start, default=ordered[0])
        placed[home.id].append(shift(finding, -home.start))
    return placed


def translation_of(fields: dict[str, Any]) -> Translation:
    """The inverse of `files.to_plain` for a translation, kept between an interruption and its resume.

    Raises:
        KeyError, TypeError: the object is no translation.
    """
    findings = tuple(
        Finding(**{**item, "source_span": pair(item["source_span"]), "target_span": pair(item["target_span"])})
        for item in fields["findings"]
    )
    changes = tuple(Change(**item) for item in fields["changes"])
    return Translation(**{**fields, "changes": changes, "findings": findings})


def pair(span: list[int] | None) -> tuple[int, int] | None:
    """A JSON span as a tuple."""
    return (span[0], span[1]) if span else None


def document_json(document: Document, *, direction: str, segments: int, status: str) -> dict[str, Any]:
    """A document's line in the manifest."""
    return {
        "doc": document.doc,
        "path": document.path,
        "sha256": document.sha256,
        "direction": direction,
        "segments": segments,
        "status": status,
    }
