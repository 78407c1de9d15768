"""What a text's terms demand of its translation, and whether a translation meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from pipeline.records import Candidate, Direction, Language, TermEntry, TermMatch, target_language
from pipeline.translate.protocol import Item, Terms

__all__ = ["Job", "Mention", "Need", "Span", "Verdict", "job_of", "spans_of", "verify"]

Span = tuple[int, int]
_JOINT: Final = regex.compile(r"\s*[(\[]\s*")
"""Between two renderings of one mention: "Shanghai Cooperation Organisation (SCO"."""


@dataclass(frozen=True, slots=True)
class Need:
    """One entry that must stand in the translation as often as in the source.

    `spans` are its mentions in the text that goes to the engine, `targets` the form asked for each of them.
    """

    entry: str
    spans: tuple[Span, ...]
    targets: tuple[str, ...]
    suffixes: tuple[str, ...]
    type: str = "term"
    expansion: str = ""
    """The long form in the target language, if there is one."""
    literal: bool = False
    """Not in the term base: the target itself must stand there (do-not-translate)."""
    rejected: tuple[str, ...] = ()
    """Entries that a contested mention was decided against: their renderings are wrong here."""
    surface: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One of a need's mentions."""

    need: Need
    index: int

    @property
    def span(self) -> Span:
        """Where it stands in the text that goes to the engine."""
        return self.need.spans[self.index]

    @property
    def target(self) -> str:
        """The form asked for."""
        return self.need.targets[self.index]

    @property
    def suffix(self) -> str:
        """The inflection in the source."""
        return self.need.suffixes[self.index]


@dataclass(frozen=True, slots=True)
class Job:
    """One text for the engine with its needs and the engine's free candidates."""

    text: str
    direction: Direction
    needs: tuple[Need, ...] = ()
    free: tuple[Candidate, ...] = ()

    @property
    def language(self) -> Language:
        """The language that is written."""
        return target_language(self.direction)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a translation meets the needs of its job; the mentions of need k stand at `found[k]`."""

    found: tuple[tuple[Span, ...], ...]
    lacking: tuple[int, ...]
    """How many mentions of need k are not there."""
    wrong: tuple[tuple[int, Span], ...]
    """Forbidden renderings and those of rejected readings: index of the need, span."""
    surplus: int
    """Renderings above the number of mentions, over all needs."""

    @property
    def met(self) -> bool:
        """Whether nothing is missing and nothing is wrong."""
        return not any(self.lacking) and not self.wrong

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller is better: needs that fail, mentions that fail, renderings too many."""
        absent = sum(1 for spans, lack in zip(self.found, self.lacking, strict=True) if lack and not spans)
        return absent + len(self.wrong), sum(self.lacking), self.surplus


def job_of(item: Item, span: Span, terms: Terms) -> Job:
    """The job for a piece of a segment (`span` counts in the segment)."""
    base = item.segment.start + span[0]
    inside = [m for m in item.matches if base <= m.start and m.end <= item.segment.start + span[1] and m.target]
    grouped: dict[str, list[TermMatch]] = {}
    for match in inside:
        grouped.setdefault(_name(match, terms), []).append(match)
    language = target_language(item.direction)
    needs = tuple(
        _need(group, base, entry=terms.entries.get(name), language=language) for name, group in grouped.items()
    )
    return Job(item.segment.text[span[0] : span[1]], item.direction, needs)


def _name(match: TermMatch, terms: Terms) -> str:
    """Mentions with one name are one need; what is not to be translated is named by itself."""
    entry = match.proposed or match.entry
    return entry if entry in terms.entries else match.target


def _need(group: Sequence[TermMatch], base: int, *, entry: TermEntry | None, language: Language) -> Need:
    first = group[0]
    readings = {reading.entry for match in group for reading in match.readings}
    readings |= {match.entry for match in group if match.status == "contested"}
    return Need(
        entry=first.proposed or first.entry,
        spans=tuple((match.start - base, match.end - base) for match in group),
        targets=tuple(match.target for match in group),
        suffixes=tuple(match.suffix for match in group),
        type=entry.type if entry else "do-not-translate",
        expansion=(entry.side(language).expansion or "") if entry else "",
        literal=entry is None or entry.type == "do-not-translate",
        rejected=tuple(sorted(readings - {first.proposed or first.entry, ""})),
        surface=first.surface,
    )


def spans_of(need: Need, text: str, *, language: Language, terms: Terms) -> list[Span]:
    """Every rendering of a need in a text, none within another.

    Where the source names a person in full, the surname alone is no rendering: beside it stands what the
    engine made of the first name.
    """
    wanted = [form for form in dict.fromkeys(need.targets) if form]
    if need.literal:
        return sorted({m.span() for form in wanted for m in regex.finditer(regex.escape(form), text)})
    spans = sorted(set(terms.present(need.entry, text, language)))
    if need.type == "person" and all(" " in form for form in wanted):
        return [(start, end) for start, end in spans if " " in text[start:end]]
    return spans


def _merge(spans: Sequence[Span], text: str) -> tuple[Span, ...]:
    """The mentions that renderings make: a long form with its acronym in brackets is one."""
    merged: list[Span] = []
    for span in spans:
        if merged and (span[0] < merged[-1][1] or _JOINT.fullmatch(text, merged[-1][1], span[0])):
            merged[-1] = (merged[-1][0], max(span[1], merged[-1][1]))
        else:
            merged.append(span)
    return tuple(merged)


def verify(job: Job, text: str, terms: Terms) -> Verdict:
    """Hold a translation against its job's needs.

    "Long form (acronym)" answers two mentions where the source has it so, and is one mention too many for none.
    """
    found = [spans_of(need, text, language=job.language, terms=terms) for need in job.needs]
    everything = [span for spans in found for span in spans]
    # As in the source, the longest term wins: "India" inside "Prime Minister of India" is no mention of India.
    free = [[s for s in spans if not any(_within(s, other) for other in everything)] for spans in found]
    mentions = tuple(_merge(spans, text) for spans in free)
    counts = [len(need.spans) for need in job.needs]
    asked = [len(_merge(need.spans, job.text)) for need in job.needs]
    return Verdict(
        found=mentions,
        lacking=tuple(max(0, n - len(spans)) for n, spans in zip(counts, free, strict=True)),
        wrong=tuple(_wrong(job, text, terms=terms)),
        surplus=sum(max(0, len(spans) - n) for n, spans in zip(asked, mentions, strict=True)),
    )


def _within(inner: Span, outer: Span) -> bool:
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def _wrong(job: Job, text: str, *, terms: Terms) -> list[tuple[int, Span]]:
    """Forbidden renderings, and renderings of rejected readings that no other mention asks for."""
    wrong: list[tuple[int, Span]] = []
    for index, need in enumerate(job.needs):
        if need.literal:
            continue
        wrong += [(index, span) for span in terms.forbidden(need.entry, text, job.language)]
        for other in need.rejected:
            asked = sum(len(_merge(n.spans, job.text)) for n in job.needs if n.entry == other)
            wrong += [(index, span) for span in _merge(terms.present(other, text, job.language), text)[asked:]]
    return list(dict.fromkeys(wrong))
