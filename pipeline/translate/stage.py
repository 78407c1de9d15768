"""Stage 3 itself: segments and matches in, translations with every step recorded out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from pipeline.records import Candidate, Change, Finding, Request, Segment, TermMatch, Translation
from pipeline.translate.changes import About, record, shift
from pipeline.translate.drafts import Decoder, Draft, Edit, Step, Tools, draft_of
from pipeline.translate.ladder import climb
from pipeline.translate.needs import Job, Need, Span, job_of, spans_of
from pipeline.translate.polish import polish
from pipeline.translate.protocol import Item, Terms, TranslateOptions, Translator
from pipeline.translate.split import cut

__all__ = ["translate_segments"]

Progress = Callable[[int, int], None]
_RAW: Final = Candidate("")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a segment that goes to the engine on its own."""

    item: int
    offset: int
    """Of the piece in its segment."""
    job: Job


def translate_segments(
    items: Sequence[Item],
    engine: Translator,
    termbase: Terms,
    *,
    options: TranslateOptions | None = None,
    progress: Progress | None = None,
) -> list[Translation]:
    """Translate segments and enforce their terms; one translation an item, in order.

    Identical texts are decoded once. Findings' source spans count in the segment, target spans in `target`.

    Args:
        items: segments with their matches and direction.
        engine: any engine of the protocol; what it cannot do is left out of the ladder.
        termbase: verifies renderings.
        options: rungs, widths and limits.
        progress: called with (segments done, segments in all) after each batch.

    Raises:
        EngineError: the engine fails; nothing is returned for any item then.
    """
    options = options or TranslateOptions()
    tools = Tools(Decoder(engine), termbase, options)
    done: list[Translation] = []
    for start in range(0, len(items), options.batch):
        done += _batch(items[start : start + options.batch], tools)
        if progress:
            progress(len(done), len(items))
    return done


def _batch(items: Sequence[Item], tools: Tools) -> list[Translation]:
    pieces = [piece for k, item in enumerate(items) for piece in _pieces(k, item, tools=tools)]
    pieces = _decoded(pieces, tools)
    drafts = [draft_of(piece.job, piece.job.free[0], tools=tools) for piece in pieces]
    final = [polish(draft, tools) for draft in climb(drafts, tools)]
    pairs = list(zip(pieces, final, strict=True))
    return [
        _translation(item, [pair for pair in pairs if pair[0].item == k], tools=tools) for k, item in enumerate(items)
    ]


def _pieces(index: int, item: Item, *, tools: Tools) -> Iterator[_Piece]:
    keep = [(match.start - item.segment.start, match.end - item.segment.start) for match in item.matches]
    for span in cut(item.segment.text, tools.options.max_chars, keep=keep):
        yield _Piece(index, span[0], job_of(item, span, tools.terms))


def _decoded(pieces: Sequence[_Piece], tools: Tools) -> list[_Piece]:
    """The pieces with the engine's free candidates: `raw` and its alternatives."""
    width = tools.options.n_best if "n_best" in tools.decode.info.features else 1
    requests = [
        Request(piece.job.text, piece.job.direction, n_best=width if piece.job.needs else 1) for piece in pieces
    ]
    answers = tools.decode(requests)
    return [
        replace(piece, job=replace(piece.job, free=answer or (_RAW,)))
        for piece, answer in zip(pieces, answers, strict=True)
    ]  # fmt: skip


def _translation(item: Item, pairs: Sequence[tuple[_Piece, Draft]], *, tools: Tools) -> Translation:
    """Join the pieces of one segment: what stands before a piece is final when its changes are made."""
    target, changes, findings = "", list[Change](), list[Finding]()
    for piece, draft in pairs:
        gap = " " if target and draft.text else ""
        target += gap
        changes += shift(_changes(draft, item, tools=tools), len(target))
        findings += _findings(piece, draft, offset=len(target), tools=tools)
        target += draft.text
    raw = _joined([piece.job.free[0].text for piece, _ in pairs], [draft.text for _, draft in pairs])
    scores = [draft.score for _, draft in pairs if draft.score is not None]
    return Translation(
        segment=item.segment.id,
        raw=raw,
        target=target,
        score=sum(scores) / len(scores) if scores else None,
        changes=tuple(changes),
        findings=(*findings, *_readings(item.segment, item.matches, changes)),
    )


def _joined(raws: Sequence[str], targets: Sequence[str]) -> str:
    """The raw pieces with the gaps that the target has, so that the changes lead from one to the other."""
    text, seen = "", ""
    for raw, target in zip(raws, targets, strict=True):
        text += (" " if seen and target else "") + raw
        seen += target
    return text


def _changes(draft: Draft, item: Item, *, tools: Tools) -> list[Change]:
    changes: list[Change] = []
    before = draft.job.free[0].text
    for step in draft.steps:
        about = partial(_about, draft.job, item, step=step, tools=tools)
        if step.edit:
            changes.append(_change(before, step.edit, rule=step.rule, glossary=tools.terms.sha256, about=about))
        else:
            changes += record(before, step.text, rule=step.rule, glossary=tools.terms.sha256, about=about)
        before = step.text
    return changes


def _change(before: str, edit: Edit, *, rule: str, glossary: str, about: About) -> Change:
    entry, why = about((edit.start, edit.start + len(edit.new)))
    return Change(rule, entry, glossary, edit.start, edit.end, before[edit.start : edit.end], edit.new, why)


def _about(job: Job, item: Item, span: Span, *, step: Step, tools: Tools) -> tuple[str, str]:
    """The entry whose rendering an edit writes, and the reason in words."""
    for need in job.needs:
        spans = spans_of(need, step.text, language=job.language, terms=tools.terms)
        if any(span[0] < end and start < span[1] for start, end in spans):
            return need.entry, "; ".join(filter(None, (step.why, _reading(need, item.matches))))
    return "", step.why


def _reading(need: Need, matches: Sequence[TermMatch]) -> str:
    """What is said of a contested term where its proposed reading is enforced."""
    for match in matches:
        if match.status == "contested" and match.proposed == need.entry:
            evidence = ", ".join(
                dict.fromkeys(f"{e.kind} {e.text!r}" for e in match.evidence if e.says == match.proposed)
            )
            return f"{match.surface!r} is contested and read as {match.proposed!r}" + (
                f" by {evidence}" if evidence else ""
            )
    return ""


def _readings(segment: Segment, matches: Sequence[TermMatch], changes: Sequence[Change]) -> Iterator[Finding]:
    """Contested terms whose proposed reading stands in the target without a change that says so."""
    told = {change.entry for change in changes}
    for match in matches:
        if match.status == "contested" and match.proposed and match.proposed not in told:
            told.add(match.proposed)
            span = match.start - segment.start, match.end - segment.start
            yield Finding(
                "acronym-reading", "info",
                f"{match.surface!r} is contested; the target uses the reading {match.proposed!r} ({match.target}).",
                source_span=span, evidence={"entry": match.entry, "proposed": match.proposed, "target": match.target},
            )  # fmt: skip


def _findings(piece: _Piece, draft: Draft, *, offset: int, tools: Tools) -> Iterator[Finding]:
    """What the ladder could not mend."""
    verdict, raw = draft.verdict, draft_of(piece.job, piece.job.free[0], tools=tools).verdict
    for need, lack, found in zip(piece.job.needs, verdict.lacking, verdict.found, strict=True):
        if lack:
            yield _term_missing(piece, need, found=len(found), rungs=tools.options.rungs)
    for index, (start, end) in verdict.wrong:
        need = piece.job.needs[index]
        yield Finding(
            "term-forbidden", "error",
            f"{draft.text[start:end]!r} is forbidden or a rejected reading here; write {need.targets[0]!r}.",
            _source(piece, need, 0), (start + offset, end + offset), {"entry": need.entry, "target": need.targets[0]},
        )  # fmt: skip
    if verdict.surplus > raw.surplus:
        yield Finding(
            "term-surplus", "warning", "Enforcement wrote a term more often than the source has it.",
            evidence={"surplus": verdict.surplus, "raw": raw.surplus},
        )  # fmt: skip


def _term_missing(piece: _Piece, need: Need, *, found: int, rungs: Sequence[str]) -> Finding:
    wanted = len(need.spans)
    return Finding(
        "term-missing", "warning" if found else "error",
        f"{need.surface!r} must be {need.targets[0]!r} in the target; found {found} of {wanted}.",
        _source(piece, need, min(found, wanted - 1)),
        evidence={
            "entry": need.entry, "target": need.targets[0], "found": found, "wanted": wanted, "tried": list(rungs),
        },
    )  # fmt: skip


def _source(piece: _Piece, need: Need, mention: int) -> tuple[int, int]:
    start, end = need.spans[mention]
    return start + piece.offset, end + piece.offset
