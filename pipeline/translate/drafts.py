"""A translation under repair: its text, what the model said of it, how it meets its needs, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import regex
from rapidfuzz.distance import Levenshtein

from pipeline.errors import EngineError
from pipeline.records import Candidate, Link, Request
from pipeline.translate.needs import Job, Span, Verdict, verify
from pipeline.translate.protocol import Terms, TranslateOptions, Translator

__all__ = ["Decoder", "Draft", "Edit", "Step", "Tools", "better", "draft_of", "edited", "sane"]

_SHORTEST, _LONGEST, _SLACK = 0.55, 1.7, 24  # of raw's length in code points: a repair must not lose or add a clause
_TOKEN: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+|\S")
_BENGALI_WORD: Final = regex.compile(r"[\p{Bengali}--[।॥]]+", regex.V1)
_CONTENT: Final = regex.compile(r"^(?!(?:the|of|and|to|in|a|an|s)$)\p{L}[\p{L}\p{M}]+$", regex.IGNORECASE)
_SURE: Final = 0.5  # least weight of a link that says which word became which
_END: Final = regex.compile(r"[.!?।॥…][\"'”’)\]]*\s*$")
_REPEAT: Final = regex.compile(r"(\b\p{L}[\p{L}\p{M}]*\b(?:\s+\S+){0,3}?)(?:\s+\1){2,}")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `new` in the place of `start:end`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """The text after one rung, with the rule that wrote it and why."""

    rule: str
    text: str
    why: str
    edit: Edit | None = None
    """The one edit that the rung made; None when the text was decoded anew."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed translation of a job; `steps` lead from the raw output to `text`."""

    job: Job
    text: str
    score: float | None
    links: tuple[Link, ...]
    verdict: Verdict
    steps: tuple[Step, ...] = ()

    @property
    def rank(self) -> tuple[int, int, int, float]:
        """Smaller is better: the verified result first, then the model's score."""
        return (*self.verdict.rank, -(self.score if self.score is not None else -99.0))


class Decoder:
    """An engine that is asked everything once: a request that comes again is answered from memory."""

    def __init__(self, engine: Translator) -> None:
        """Keep the engine; nothing is decoded yet."""
        self.info = engine.info
        self._engine = engine
        self._known: dict[Request, tuple[Candidate, ...]] = {}

    def __call__(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Candidates for each request; those that break its prefix are left out, so a tuple may be empty.

        Raises:
            EngineError: the engine fails, or answers another number of requests than it was asked.
        """
        new = list(dict.fromkeys(request for request in requests if request not in self._known))
        answers = self._engine.translate(new) if new else []
        if len(answers) != len(new):
            raise EngineError(
                where=f"engine {self.info.name}", found=f"{len(answers)} answers",
                expected=f"{len(new)}, one a request",
                do="Report this fault of the engine.",
            )  # fmt: skip
        for request, candidates in zip(new, answers, strict=True):
            self._known[request] = tuple(c for c in candidates if c.text.startswith(request.prefix))
        return [self._known[request] for request in requests]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every rung works with."""

    decode: Decoder
    terms: Terms
    options: TranslateOptions


def draft_of(job: Job, candidate: Candidate, *, tools: Tools, steps: Sequence[Step] = ()) -> Draft:
    """A candidate, verified."""
    verdict = verify(job, candidate.text, tools.terms)
    return Draft(job, candidate.text, candidate.score, candidate.links, verdict, tuple(steps))


def edited(draft: Draft, edit: Edit, *, source: Span, because: tuple[str, str], tools: Tools) -> Draft:
    """A draft after one edit: links keep pointing where they did, the new text points at its term.

    `because` is the rule and the reason.
    """
    text = draft.text[: edit.start] + edit.new + draft.text[edit.end :]
    grown = len(edit.new) - (edit.end - edit.start)
    before = [link for link in draft.links if link.target_end <= edit.start]
    after = [
        replace(link, target_start=link.target_start + grown, target_end=link.target_end + grown)
        for link in draft.links
        if link.target_start >= edit.end
    ]
    own = Link(edit.start, edit.start + len(edit.new), *source, 1.0)
    made = Candidate(text, draft.score, (*before, own, *after))
    return draft_of(draft.job, made, tools=tools, steps=(*draft.steps, Step(because[0], text, because[1], edit)))


def sane(text: str, raw: str) -> bool:
    """Whether a repair kept to the size of the raw translation and does not stammer where that did not."""
    low, high = _SHORTEST * len(raw) - _SLACK, _LONGEST * len(raw) + _SLACK
    return low <= len(text) <= high and not (_REPEAT.search(text) and not _REPEAT.search(raw))


def better(draft: Draft, proposals: Sequence[Draft]) -> Draft:
    """The best proposal that is strictly nearer to its needs than the draft, or the draft."""
    raw = draft.job.free[0].text
    fit = [p for p in proposals if p.verdict.rank < draft.verdict.rank and sane(p.text, raw)]
    return min(
        fit, key=lambda p: (p.verdict.rank, _faults(p, raw), _distance(draft.text, p.text), p.rank), default=draft
    )


def _faults(draft: Draft, raw: str) -> int:
    """What a good translation has not: words in the source's script, a lost end mark, the rest of a wrong rendering."""
    foreign = len(_BENGALI_WORD.findall(draft.text)) if draft.job.language == "en" else 0
    return foreign + bool(_END.search(raw) and not _END.search(draft.text)) + _left_behind(draft)


def _left_behind(draft: Draft) -> int:
    """Words that the model wrote for a term's own words and that still stand beside the term put in (De Croo, crew)."""
    put = {step.edit.new for step in draft.steps if step.edit and step.edit.new}
    own = [link for link in draft.links if draft.text[link.target_start : link.target_end] in put]
    return sum(
        any(term.source_start <= link.source_start and link.source_end <= term.source_end for term in own)
        and bool(_CONTENT.search(draft.text[link.target_start : link.target_end]))
        for link in draft.links
        if link not in own and link.weight >= _SURE
    )


def _distance(a: str, b: str) -> float:
    """How much two texts differ, 0 to 1, counted in tokens; steps of a hundredth, so that the score has a say."""
    return round(Levenshtein.normalized_distance(_TOKEN.findall(a), _TOKEN.findall(b)), 2)
