"""Stage 2, acronyms: is the acronym in the source the right one?

Every acronym that the glossary knows is judged by what stands around it: ok, or contested with all readings,
their evidence and the reading to propose. The source is never altered. What looks like an acronym and is in no
glossary is reported with its letters.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pipeline.acronyms_evidence import cue_evidence, document_evidence, is_stranger, mixed_readings
from pipeline.acronyms_letters import decode_letters, letters_of
from pipeline.acronyms_scene import Mention, Scene, TermSource, Weights, confusables, is_acronym_entry, scene_of
from pipeline.acronyms_unknown import unknown_acronyms
from pipeline.records import Document, Evidence, Finding, Language, Reading, Segment, TermMatch

__all__ = ["JudgeOptions", "TermSource", "Weights", "decode_letters", "judge"]

_TARGET: Final[dict[Language, Language]] = {"bn": "en", "en": "bn"}


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How to weigh, and what else to ask."""

    weights: Weights = field(default_factory=Weights)
    translations: Mapping[str, str] = field(default_factory=dict)
    """Unenforced translations by segment id: one that names a rival where the source does not speaks for it."""


def judge(
    document: Document,
    segments: Sequence[Segment],
    matches: Sequence[TermMatch],
    termbase: TermSource,
    *,
    options: JudgeOptions | None = None,
) -> tuple[list[TermMatch], list[Finding]]:
    """A verdict on every acronym of a document.

    Args:
        document: the source.
        segments: of the document.
        matches: of the document, in order; others than acronyms pass through.
        termbase: entries with their confusables and cues.
        options: strengths of observations, and translations to check against.

    Returns:
        The matches in the same order: acronyms with evidence, and where contested with readings, `proposed` and
        its term as `target` (settle targets again, first mentions move). Findings, in document offsets:
        `contested-acronym`, `unknown-acronym`, `redefined-acronym`.
    """
    options = options or JudgeOptions()
    scene = scene_of(document, segments, matches, termbase, weights=options.weights)
    rivals = confusables(termbase)
    judged = list(matches)
    findings: list[Finding] = []
    for occurrence in (mention for mention in scene.mentions if mention.short):
        declared = rivals.get(occurrence.entry, ())
        case = _case(scene, occurrence, declared)
        evidence = list(_observe(scene, case, options.translations))
        verdict = _verdict(scene, case, evidence, declared=declared)
        judged[occurrence.index] = verdict
        if verdict.status == "contested":
            findings.append(_contested(scene, verdict))
    findings += unknown_acronyms(document, segments, matches, termbase)
    return judged, sorted(findings, key=lambda finding: finding.source_span or (0, 0))


@dataclass(frozen=True, slots=True)
class _Case:
    """One acronym with what it may mean."""

    occurrence: Mention
    partner: Mention | None
    """The spelt-out name beside it."""
    readings: tuple[str, ...]
    """As written, then rivals: the name beside it, declared confusables, what the document mixes it up with."""
    mixed: tuple[Evidence, ...]
    present: frozenset[str]
    """Readings that are rivals only because the document is about them and names this acronym nowhere else."""


def _case(scene: Scene, occurrence: Mention, declared: Sequence[str]) -> _Case:
    mixed = tuple(mixed_readings(scene, occurrence))
    partner = scene.partners.get(occurrence.index)
    beside = [partner.entry] if partner else []
    likely = dict.fromkeys([occurrence.entry, *beside, *declared, *(item.says for item in mixed)])
    present = _established(scene, likely) if is_stranger(scene, occurrence) else []
    return _Case(occurrence, partner, (*likely, *present), mixed, frozenset(present))


def _established(scene: Scene, known: Container[str]) -> list[str]:
    """Entries with an acronym that the document names at least twice."""
    names = [name for name, count in scene.named.items() if count > 1 and name not in known]
    return [name for name in names if is_acronym_entry(scene.termbase.entries[name])]


def _observe(scene: Scene, case: _Case, translations: Mapping[str, str]) -> Iterator[Evidence]:
    """Everything that speaks for each reading.

    Cues and other uses speak for a rival only when one of its cues stands right beside the acronym, or its name
    in brackets, or a translation names it: sentences about a ministry mention summits. A rival that nothing
    declares must besides stand in the same phrase elsewhere, and the acronym be a stranger to the document.
    """
    occurrence, partner, weights = case.occurrence, case.partner, scene.weights
    yield _as_written(scene, occurrence)
    if partner:
        text = scene.text[partner.start : partner.end]
        yield Evidence("expansion", partner.start, partner.end, text, partner.entry, weights.expansion)
    checked = list(_back_check(scene, case, translations))
    yield from checked
    trusted = {case.occurrence.entry, partner.entry if partner else "", *(item.says for item in checked)}
    used: set[tuple[int, str]] = set()
    for reading in case.readings:
        cues = list(cue_evidence(scene, occurrence, reading))
        beside = any(near for _, near in cues)
        if reading not in trusted and not beside:
            continue
        uses = document_evidence(scene, occurrence, reading)
        if reading in case.present and not uses:
            continue
        used |= {(use.start, reading) for use in uses}
        yield from _capped([cue for cue, _ in cues], weights.cues)
        yield from _capped(uses, weights.uses)
    yield from (item for item in case.mixed if (item.start, item.says) not in used)


def _as_written(scene: Scene, occurrence: Mention) -> Evidence:
    """The acronym itself, by its letters where it has letters."""
    letters = letters_of(occurrence.match.surface)
    text = "-".join(letters) if letters else occurrence.match.surface
    kind = "letters" if letters else "document"
    return Evidence(kind, occurrence.start, occurrence.end, text, occurrence.entry, scene.weights.letters)


def _capped(found: Sequence[Evidence], most: float) -> Iterator[Evidence]:
    """The strongest observations first, weighing no more than `most` together."""
    left = most
    for evidence in sorted(found, key=lambda e: (-e.strength, e.start)):
        if left <= 0:
            return
        strength = round(min(left, evidence.strength), 3)
        left -= strength
        yield replace(evidence, strength=strength)


def _back_check(scene: Scene, case: _Case, translations: Mapping[str, str]) -> Iterator[Evidence]:
    """Rivals that the segment's translation names more often than its source does."""
    occurrence = case.occurrence
    target = translations.get(occurrence.match.segment, "")
    here = scene.by_segment[occurrence.match.segment]
    for reading in case.readings[1:] if target else ():
        spans = scene.termbase.present(reading, target, _TARGET[scene.language])
        if len(spans) > sum(mention.entry == reading for mention in here):
            text = target[slice(*spans[0])]
            strength = scene.weights.translation
            yield Evidence("translation", occurrence.start, occurrence.end, text, reading, strength)


def _verdict(scene: Scene, case: _Case, evidence: Sequence[Evidence], *, declared: Sequence[str]) -> TermMatch:
    """Contested when a rival outweighs what is written by the margin, unless the name beside it agrees."""
    match, weights = case.occurrence.match, scene.weights
    weighed = list(evidence)
    for reading in declared:
        if any(item.says == reading for item in evidence):
            term = scene.termbase.entries[reading].side(scene.language).term
            weighed.append(Evidence("confusable", match.start, match.end, term, reading, weights.confusable))
    strengths = {reading: sum(item.strength for item in weighed if item.says == reading) for reading in case.readings}
    best = max(case.readings, key=lambda reading: strengths[reading])
    agrees = case.partner is not None and case.partner.entry == match.entry
    if agrees or strengths[best] < strengths[match.entry] + weights.margin:
        own = tuple(item for item in weighed if item.says == match.entry)
        return replace(match, status="ok", evidence=own, proposed=match.entry)
    order = sorted((reading for reading in case.readings if strengths[reading]), key=lambda r: -strengths[r])
    readings = tuple(
        Reading(r, tuple(i for i, item in enumerate(weighed) if item.says == r), round(strengths[r], 3)) for r in order
    )
    target = scene.termbase.entries[best].side(_TARGET[scene.language]).term
    return replace(
        match, status="contested", evidence=tuple(weighed), readings=readings, proposed=best, target=target
    )  # fmt: skip


def _contested(scene: Scene, match: TermMatch) -> Finding:
    """The finding for one contested acronym."""
    entries, language = scene.termbase.entries, scene.language
    written, proposed = entries[match.entry], entries[match.proposed].side(language)
    reasons = [item.text for item in match.evidence if item.says == match.proposed and item.kind != "confusable"]
    name = proposed.expansion or proposed.term
    return Finding(
        check="contested-acronym",
        severity="warning",
        message=(
            f"{match.surface} ({written.en.term}) seems to stand for {proposed.term} ({name}) here: "
            f"{', '.join(dict.fromkeys(reasons))}"
        ),
        source_span=(match.start, match.end),
        evidence={
            "written": match.entry,
            "proposed": match.proposed,
            "readings": [{"entry": reading.entry, "strength": reading.strength} for reading in match.readings],
        },
    )
