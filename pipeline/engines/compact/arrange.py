"""Jobs for the search: every token with its state, and the tokens in the order of the target language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipeline.engines.compact.encoder import SentenceEncoder
from pipeline.engines.compact.reorder import WALLS, Floats, Orderer, order
from pipeline.engines.compact.smt import STEM, Job, cuts
from pipeline.engines.compact.text import JOINER, Token

__all__ = ["arrange"]

MOST = 120
"""Tokens that are read and ordered together; longer texts are cut at clause ends."""
ASIDE = 6
"""Most tokens in brackets that go where the word before them goes; longer ones stay in their place."""


def arrange(jobs: Sequence[Job], encoder: SentenceEncoder, orderer: Orderer) -> list[Job]:
    """The jobs with states and in their new order; the tokens of a hint stay together."""
    spans = [(k, a, z) for k, job in enumerate(jobs) for a, z in cuts(job, MOST)]
    read = encoder.states([[t.literal for t in jobs[k].tokens[a:z]] for k, a, z in spans])
    orders: list[list[int]] = [[] for _ in jobs]
    found: list[list[Floats]] = [[] for _ in jobs]
    ahead = [np.zeros((len(job.tokens), len(job.tokens)), np.float32) for job in jobs]
    for (k, a, z), state in zip(spans, read, strict=True):
        forms = [t.form for t in jobs[k].tokens[a:z]]
        kept = [(s - a, e - a) for s, e in _kept(jobs[k]) if a <= s and e <= z]
        scores = np.triu(orderer.scores(state), 1)
        ahead[k][a:z, a:z] = scores - scores.T
        orders[k] += [a + i for i in order(scores, forms, kept)]
        found[k].append(state)
    states = [np.concatenate(rows) for rows in found]
    return [_turned(*parts) for parts in zip(jobs, orders, states, ahead, strict=True)]


def _kept(job: Job) -> list[tuple[int, int]]:
    """Spans that stay as they are: hints, and outside them one word or one name; brackets go with any of them."""
    forms = [t.form for t in job.tokens]
    hints = [(start, end) for start, end, _ in job.hints]
    free = np.ones(len(forms) + 1, bool)
    for start, end in hints:
        free[start:end] = False
    tied = [a == STEM and b.startswith(JOINER) for a, b in pairwise(forms)]  # নি with an ending: to take, no denial
    tied = [t or _tied(a, b) for t, (a, b) in zip(tied, pairwise(job.tokens), strict=True)]
    out, start = hints, 0
    for i in range(1, len(forms) + 1):
        if i < len(forms) and tied[i - 1] and free[i - 1] and free[i]:
            continue
        if i - start > 1:
            out.append((start, i))
        start = i
    return [*out, *_asides(forms, out)]


def _asides(forms: Sequence[str], kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Words with their short brackets: an acronym behind a name, a date behind a weekday.

    Brackets of a word would else be a wall, and its verb or postposition stay on the far side of it.
    """
    body = [form.strip(JOINER) for form in forms]
    begins = {place: start for start, end in kept for place in range(start, end)}
    out: list[tuple[int, int]] = []
    for i in range(1, len(body)):
        if body[i] != "(" or forms[i - 1] in WALLS:
            continue
        end = next((j for j in range(i + 1, min(i + ASIDE + 2, len(body))) if body[j] in "()"), 0)
        if end and body[end] == ")":
            out.append((begins.get(i - 1, i - 1), end + 1))
    return out


def _tied(a: Token, b: Token) -> bool:
    """Whether two neighbours are one compound (Indo-Pacific), quantity (105mm) or name (Rajnath Singh)."""
    compound = any(form.startswith(JOINER) and form.endswith(JOINER) for form in (a.form, b.form))
    quantity = bool(a.value) and b.form.startswith(JOINER) and b.form.strip(JOINER).isalpha()
    return compound or quantity or (a.form[:1].isupper() and b.form[:1].isupper() and a.end + 1 == b.start)


def _turned(job: Job, ranked: Sequence[int], states: Floats, ahead: Floats) -> Job:
    new = {old: place for place, old in enumerate(ranked)}
    hints = [(new[start], new[start] + end - start, renderings) for start, end, renderings in job.hints]
    tokens = [job.tokens[i] for i in ranked]
    return replace(job, tokens=tokens, hints=hints, states=states[ranked], ahead=ahead[np.ix_(ranked, ranked)])
