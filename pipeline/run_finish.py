"""Stages 4 and 5 of a run: checks and scores over the translated documents, then every file of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.align import pair_references
from pipeline.checks import Pair, check_document, check_pairs, check_segment
from pipeline.files import read_text, write_atomic, write_jsonl
from pipeline.formats.documents import is_layered, put_back
from pipeline.memory import TmMatch
from pipeline.records import (
    Direction,
    Document,
    Finding,
    Segment,
    TermMatch,
    Translation,
    source_language,
    target_language,
)
from pipeline.review.locate import locator
from pipeline.review.static import render_review
from pipeline.run_memory import tm_json
from pipeline.run_rows import Work, place, row
from pipeline.score import score_corpus, score_terms, sentence_chrf
from pipeline.segment import rejoin
from pipeline.termbase import TermBase

__all__ = ["Piece", "finish", "page_of", "reference_path"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One document on its way through the stages."""

    document: Document
    direction: Direction
    segments: tuple[Segment, ...]
    matches: tuple[TermMatch, ...]
    findings: tuple[Finding, ...]
    """Of the document as a whole, with document offsets."""
    translations: tuple[Translation, ...] = ()
    recalled: Mapping[str, TmMatch] = field(default_factory=dict)
    """Best match of the translation memory, by segment id."""


def finish(
    folder: Path, pieces: Sequence[Piece], *, base: TermBase, refs: Path | None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Check and score the translations and write the run's files.

    Returns the rows of aligned.jsonl and the object of scores.json.

    Raises:
        InputError: a reference cannot be read.
        OutputError: a file cannot be written.
    """
    works = {piece.document.doc: works_of(piece, base=base, refs=refs) for piece in pieces}
    rows = [row(work) for piece in pieces for work in works[piece.document.doc]]
    scores = score_all(pieces, works, base=base)
    write_jsonl(folder / "aligned.jsonl", rows)
    write_atomic(folder / "aligned.tsv", "".join(f"{cell(r['source'])}\t{cell(r['target'])}\n" for r in rows))
    write_atomic(folder / "scores.json", json.dumps(scores, ensure_ascii=False, indent=2) + "\n")
    for piece in pieces:
        targets = {translation.segment: translation.target for translation in piece.translations}
        write_translation(folder, piece, rejoin(piece.document, targets))
    return rows, scores


def write_translation(folder: Path, piece: Piece, text: str) -> None:
    """The translation in the source's layout, as plain text and, for a Word file or web page, as such a file."""
    language, source = target_language(piece.direction), Path(piece.document.path)
    write_atomic(folder / f"{piece.document.doc}.{language}.txt", text)
    if is_layered(source):
        data = put_back(source, piece.document, text, language=language)
        write_atomic(folder / f"{piece.document.doc}.{language}{source.suffix}", data)


def page_of(rows: Sequence[dict[str, Any]], manifest: dict[str, Any], scores: dict[str, Any], *, base: TermBase) -> str:
    """review.html: one self-contained page, with the places of terms as the term base finds them."""
    return render_review(rows, manifest, scores, locate=locator(base))


def cell(text: str) -> str:
    """Text as one TSV field: tab and line end would break the table."""
    return " ".join(text.split())


def works_of(piece: Piece, *, base: TermBase, refs: Path | None) -> list[Work]:
    """Everything about each segment of a document: translation, findings, reference, scores."""
    references = references_of(piece, refs)
    language = target_language(piece.direction)
    pairs = [pair_of(piece, index) for index in range(len(piece.segments))]
    whole = check_document(piece.document.text, source_language(piece.direction), base)
    placed = place([*piece.findings, *whole], piece.segments)
    across = check_pairs(pairs)
    works = []
    for index, (segment, translation) in enumerate(zip(piece.segments, piece.translations, strict=True)):
        found = [*check_segment(pairs[index], termbase=base), *across.get(index, ()), *placed[segment.id]]
        findings = tuple(finding for finding in found if not known(finding, translation))
        reference = references.get(segment.id)
        scores = {"chrf": sentence_chrf(translation.target, reference, language)} if reference else {}
        if translation.score is not None:
            scores["model"] = round(translation.score, 4)
        tm = tm_json(piece.recalled.get(segment.id))
        works.append(Work(segment, pairs[index].matches, translation, findings, reference, tm, scores))
    return works


def known(finding: Finding, translation: Translation) -> bool:
    """Whether enforcement already reported this, so that the editor reads it once."""
    return any(
        finding.check == other.check and finding.source_span == other.source_span for other in translation.findings
    )


def pair_of(piece: Piece, index: int) -> Pair:
    """What checks see of a segment."""
    segment = piece.segments[index]
    matches = tuple(match for match in piece.matches if match.segment == segment.id)
    target = piece.translations[index].target
    return Pair(segment.text, target, piece.direction, matches=matches, start=segment.start, segment=segment.id)


def references_of(piece: Piece, refs: Path | None) -> dict[str, str]:
    """The reference of each segment that has one."""
    path = reference_path(piece.document, piece.direction, refs)
    if path is None:
        return {}
    found = pair_references(piece.document, piece.segments, read_text(path)[0])
    return {key: value for key, value in found.items() if value}


def reference_path(document: Document, direction: Direction, refs: Path | None) -> Path | None:
    """The file of a document's reference, if there is one."""
    path = refs / f"{document.doc}.{target_language(direction)}.txt" if refs else None
    return path if path and path.is_file() else None


def score_all(pieces: Sequence[Piece], works: Mapping[str, Sequence[Work]], *, base: TermBase) -> dict[str, Any]:
    """Scores of each document, and of all documents of a direction together."""
    documents = {p.document.doc: score_works(works[p.document.doc], p.direction, base) for p in pieces}
    overall = {}
    for direction in sorted({piece.direction for piece in pieces}):
        group = [work for piece in pieces if piece.direction == direction for work in works[piece.document.doc]]
        overall[direction] = score_works(group, direction, base)
    return {"documents": documents, "overall": overall}


def score_works(works: Sequence[Work], direction: Direction, base: TermBase) -> dict[str, Any]:
    """Term figures over all segments; corpus scores over those that have a reference, when any has."""
    language = target_language(direction)
    terms = score_terms([w.matches for w in works], [w.translation.target for w in works], base, language)
    scored = [work for work in works if work.reference]
    if not scored:
        return {"terms": terms.to_json() if terms else None, "n": 0}
    references = [[work.reference or "" for work in scored]]
    score = score_corpus([work.translation.target for work in scored], references, language)
    return replace(score, terms=terms).to_json()
