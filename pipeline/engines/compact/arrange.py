"""Jobs for the search: every token with its state, and the tokens in the order of the target language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipeline.engines.compact.encoder import SentenceEncoder
from pipeline.engines.compact.reorder import Floats, Orderer, order
from pipeline.engines.compact.smt import STEM, Job, cuts
from pipeline.engines.compact.text import JOINER

__all__ = ["arrange"]

MOST = 120
"""Tokens that are read and ordered together; longer texts are cut at clause ends."""


def arrange(jobs: Sequence[Job], encoder: SentenceEncoder, orderer: Orderer) -> list[Job]:
    """The jobs with states and in their new order; the tokens of a hint stay together."""
    spans = [(k, a, z) for k, job in enumerate(jobs) for a, z in cuts(job, MOST)]
    states = encoder.states([[t.literal for t in jobs[k].tokens[a:z]] for k, a, z in spans])
    orders: list[list[int]] = [[] for _ in jobs]
    found: list[list[Floats]] = [[] for _ in jobs]
    for (k, a, z), state in zip(spans, states, strict=True):
        forms = [t.form for t in jobs[k].tokens[a:z]]
        kept = [(s - a, e - a) for s, e in _kept(jobs[k]) if a <= s and e <= z]
        orders[k] += [a + i for i in order(orderer.scores(state), forms, kept)]
        found[k].append(state)
    return [_turned(job, ranked, np.concatenate(s)) for job, ranked, s in zip(jobs, orders, found, strict=True)]


def _kept(job: Job) -> list[tuple[int, int]]:
    """Hints, and নি with an ending (the verb to take), which would else read as a denial."""
    forms = [t.form for t in job.tokens]
    verbs = [(i, i + 2) for i, (a, b) in enumerate(pairwise(forms)) if a == STEM and b.startswith(JOINER)]
    hints = [(start, end) for start, end, _ in job.hints]
    inside = {i for start, end in hints for i in range(start, end)}
    return [*hints, *(pair for pair in verbs if not inside & set(pair))]


def _turned(job: Job, ranked: Sequence[int], states: Floats) -> Job:
    new = {old: place for place, old in enumerate(ranked)}
    hints = [(new[start], new[start] + end - start, renderings) for start, end, renderings in job.hints]
    return replace(job, tokens=[job.tokens[i] for i in ranked], hints=hints, states=states[ranked])
