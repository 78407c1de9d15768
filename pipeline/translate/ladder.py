"""The ladder of enforcement: every rung proposes translations, only a verified gain is taken.

A rung sees all drafts that do not yet meet their needs and answers with proposals for each of them, in order;
it decodes for all of them in one batch. Nothing here is trusted: every proposal is held against the needs again.
Of those that meet them best, the one nearest to what the model said freely is taken, and between equally near
ones the model's score decides: a term is no reason to say the rest of the sentence in other words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.records import Candidate, Hint, Link, Request
from pipeline.translate.drafts import Draft, Step, Tools, better, draft_of, edited
from pipeline.translate.locate import WRONG, Place, places
from pipeline.translate.needs import Job, Mention, Span
from pipeline.translate.surface import fit, force, inflected

__all__ = ["RUNGS", "climb"]

Rung = Callable[[Sequence[Draft], Tools], list[list[Draft]]]
_SURE: Final = 0.5  # least weight of a place whose words are replaced without the model's consent


def climb(drafts: Sequence[Draft], tools: Tools) -> list[Draft]:
    """Bring drafts as near to their jobs' needs as the engine and the options allow.

    The rungs that mend a whole sentence are asked once and together. What they leave is mended term by term, for
    as long as that gains: forcing prefixes costs a search for each place that is tried.
    """
    current = list(drafts)
    names = [name for name in tools.options.rungs if RUNGS[name][1] in {"", *tools.decode.info.features}]
    _advance([RUNGS[name][0] for name in names if name != "prefix"], current, tools)
    single = [RUNGS[name][0] for name in names if name in REPEATED]
    for _ in range(tools.options.rounds):
        if not _advance(single, current, tools):
            break
    return current


def _advance(rungs: Sequence[Rung], current: list[Draft], tools: Tools) -> bool:
    """One pass of the rungs over the open drafts, in place; whether any of them gained."""
    todo = [k for k, draft in enumerate(current) if not draft.verdict.met]
    if not todo:
        return False
    before = [current[k] for k in todo]
    proposed = [rung(before, tools) for rung in rungs]
    for place, k in enumerate(todo):
        current[k] = better(current[k], [draft for rung in proposed for draft in rung[place]])
    return any(current[k] is not old for k, old in zip(todo, before, strict=True))


def hints(todo: Sequence[Draft], tools: Tools) -> list[list[Draft]]:
    """Decode again with the terms written into the input; for models that were trained to obey."""
    n = tools.options.n_best
    answers = tools.decode([Request(d.job.text, d.job.direction, hints=_hints(d.job), n_best=n) for d in todo])
    return [
        [_redecoded(draft.job, c, rule="terms.hints", why="decoded with the terms given", tools=tools) for c in answer]
        for draft, answer in zip(todo, answers, strict=True)
    ]


def _hints(job: Job) -> tuple[Hint, ...]:
    mentions = [Mention(need, k) for need in job.needs for k in range(len(need.spans))]
    return tuple(Hint(*m.span, inflected(m, job.language)) for m in sorted(mentions, key=lambda m: m.span))


def n_best(todo: Sequence[Draft], tools: Tools) -> list[list[Draft]]:
    """Another of the engine's own candidates."""
    return [
        [
            _redecoded(draft.job, c, rule="terms.n-best", why=f"the engine's candidate {rank}", tools=tools)
            for rank, c in enumerate(draft.job.free[1:], start=2)
        ]
        for draft in todo
    ]


def _redecoded(job: Job, candidate: Candidate, *, rule: str, why: str, tools: Tools) -> Draft:
    return draft_of(job, candidate, tools=tools, steps=[Step(rule, candidate.text, why)])


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request that forces a mention's target at a place of draft `draft`."""

    draft: int
    mention: Mention
    place: Place
    request: Request


def prefix(todo: Sequence[Draft], tools: Tools) -> list[list[Draft]]:
    """Keep the draft up to where the term belongs, force the term, let the engine go on from there."""
    plans = [plan for k, draft in enumerate(todo) for plan in _plans(k, draft, tools.options.tries)]
    answers = tools.decode([plan.request for plan in plans])
    proposals: list[list[Draft]] = [[] for _ in todo]
    for plan, answer in zip(plans, answers, strict=True):
        draft = todo[plan.draft]
        for candidate in answer[:1]:
            if not _again(draft, plan.place, candidate.text[len(plan.request.prefix) :]):
                proposals[plan.draft].append(_continued(draft, plan, candidate=candidate, tools=tools))
    return proposals


def _plans(index: int, draft: Draft, tries: int) -> Iterable[_Plan]:
    """A missing term at its likeliest places."""
    job = draft.job
    for mention in _missing(draft):
        for place in places(draft, mention)[:tries]:
            start = force(draft.text, place.start, need=mention.need, form=mention.target, language=job.language)
            yield _Plan(index, mention, place, Request(job.text, job.direction, prefix=start))


def _continued(draft: Draft, plan: _Plan, *, candidate: Candidate, tools: Tools) -> Draft:
    """The new candidate; within the prefix, links stay those of the draft, and the term points at its mention."""
    end = len(plan.request.prefix)
    kept = [link for link in draft.links if link.target_end <= plan.place.start]
    own = Link(end - len(plan.mention.target), end, *plan.mention.span, 1.0)
    new = [link for link in candidate.links if link.target_start >= end]
    why = f"forced where {plan.place.why} says, then decoded on"
    steps = (*draft.steps, Step("terms.prefix", candidate.text, why))
    return draft_of(draft.job, replace(candidate, links=(*kept, own, *new)), tools=tools, steps=steps)


def _again(draft: Draft, place: Place, rest: str) -> bool:
    """Whether the engine wrote the wrong rendering all the same, behind the term that was to replace it."""
    gone = draft.text[place.start : place.end]
    return bool(gone) and rest.count(gone) > draft.text[place.end :].count(gone)


def _missing(draft: Draft) -> list[Mention]:
    """One mention of each need that fails: the one that the renderings that are there look at least."""
    missing: list[Mention] = []
    for index, need in enumerate(draft.job.needs):
        if draft.verdict.lacking[index] or any(k == index for k, _ in draft.verdict.wrong):
            seen = [_looked_at(draft.links, span, draft.verdict.found[index]) for span in need.spans]
            missing.append(Mention(need, seen.index(min(seen))))
    return missing


def _looked_at(links: Sequence[Link], source: Span, found: Sequence[Span]) -> float:
    """How much the renderings that are there look at a mention."""
    of_mention = [link for link in links if link.source_start < source[1] and source[0] < link.source_end]
    return sum(
        link.weight for link in of_mention if any(link.target_start < b and a < link.target_end for a, b in found)
    )


def placeholder(todo: Sequence[Draft], tools: Tools) -> list[list[Draft]]:
    """Write the missing term's target into the source: many models copy what is not of the source language."""
    swapped = [_swapped(draft) for draft in todo]
    n = tools.options.n_best
    requests = [
        Request(text, draft.job.direction, n_best=n) for draft, (text, _) in zip(todo, swapped, strict=True)
    ]  # fmt: skip
    return [
        [_returned(draft.job, candidate, back=back, tools=tools) for candidate in answer]
        for draft, (_, back), answer in zip(todo, swapped, tools.decode(requests), strict=True)
    ]


def _swapped(draft: Draft) -> tuple[str, list[tuple[int, int, int]]]:
    """The source with targets in the place of missing terms, and where: start and length there, length here."""
    text, at, back = "", 0, []
    failing = {mention.need for mention in _missing(draft)}
    mentions = [Mention(need, k) for need in failing for k in range(len(need.spans))]
    for mention in sorted(mentions, key=lambda m: m.span):
        start, end = mention.span
        text += draft.job.text[at:start] + mention.target
        back.append((len(text) - len(mention.target), len(mention.target), end - start))
        at = end
    return text + draft.job.text[at:], back


def _returned(job: Job, candidate: Candidate, *, back: Sequence[tuple[int, int, int]], tools: Tools) -> Draft:
    """A candidate for the swapped source, its links moved back to the true source."""

    def true(offset: int) -> int:
        return offset - sum(new - old for start, new, old in back if offset >= start + new)

    links = tuple(
        replace(link, source_start=true(link.source_start), source_end=true(link.source_end))
        for link in candidate.links
    )
    why = "decoded with the term in the source"
    return _redecoded(job, replace(candidate, links=links), rule="terms.placeholder", why=why, tools=tools)


def substitute(todo: Sequence[Draft], tools: Tools) -> list[list[Draft]]:
    """Replace the wrong renderings themselves, one after the other; the only rung that does not ask the model."""
    return [[_substituted(draft, tools)] for draft in todo]


def _substituted(draft: Draft, tools: Tools) -> Draft:
    """Surest place first, not nearest text: half of a wrong rendering must not stay behind."""
    for _ in range(tools.options.rounds):
        proposals = (
            _put(draft, mention, place=place, tools=tools)
            for mention in _missing(draft)
            for place in places(draft, mention, between=False)[: tools.options.tries]
            if place.weight >= _SURE
        )
        following = next((p for p in proposals if p.verdict.rank < draft.verdict.rank), None)
        if following is None:
            break
        draft = following
    return draft


def _put(draft: Draft, mention: Mention, *, place: Place, tools: Tools) -> Draft:
    """The draft with the term in a place; a wrong long form is replaced by the right long form."""
    gone = draft.text[place.start : place.end]
    long = place.weight >= WRONG and mention.need.expansion and len(gone) > 2 * len(mention.target)
    form = mention.need.expansion if long else mention.target
    edit = fit(draft.text, place, mention=mention, form=form, language=draft.job.language)
    because = "terms.substitute", f"{gone!r} stood for the term by {place.why}"
    return edited(draft, edit, source=mention.span, because=because, tools=tools)


# rung → (function, feature of the engine that it needs)
RUNGS: Final[dict[str, tuple[Rung, str]]] = {
    "hints": (hints, "hints"),
    "n-best": (n_best, ""),
    "prefix": (prefix, "prefix"),
    "placeholder": (placeholder, ""),
    "substitute": (substitute, ""),
}
REPEATED: Final = frozenset({"prefix", "substitute"})
"""Rungs that mend one term at a time."""
