"""Jobs for the search: every token with its state, and the tokens in the order of the target language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.engines.compact.encoder import SentenceEncoder
from pipeline.engines.compact.reorder import Floats, Orderer, order
from pipeline.engines.compact.smt import Job, cuts
from pipeline.engines.compact.units import together

__all__ = ["arrange"]

MOST = 120
"""Tokens that are read and ordered together; longer texts are cut at clause ends."""


def arrange(jobs: Sequence[Job], encoder: SentenceEncoder, orderer: Orderer) -> list[Job]:
    """The jobs with states and in their new order; what `together` names stays in one piece."""
    spans = [(k, a, z) for k, job in enumerate(jobs) for a, z in cuts(job, MOST)]
    read = encoder.states([[t.literal for t in jobs[k].tokens[a:z]] for k, a, z in spans])
    orders: list[list[int]] = [[] for _ in jobs]
    found: list[list[Floats]] = [[] for _ in jobs]
    ahead = [np.zeros((len(job.tokens), len(job.tokens)), np.float32) for job in jobs]
    for (k, a, z), state in zip(spans, read, strict=True):
        forms = [t.form for t in jobs[k].tokens[a:z]]
        kept = [(s - a, e - a) for s, e in together(jobs[k]) if a <= s and e <= z]
        scores = np.triu(orderer.scores(state), 1)
        ahead[k][a:z, a:z] = scores - scores.T
        orders[k] += [a + i for i in order(scores, forms, kept)]
        found[k].append(state)
    states = [np.concatenate(rows) for rows in found]
    return [_turned(*parts) for parts in zip(jobs, orders, states, ahead, strict=True)]


def _turned(job: Job, ranked: Sequence[int], states: Floats, ahead: Floats) -> Job:
    new = {old: place for place, old in enumerate(ranked)}
    hints = [(new[start], new[start] + end - start, renderings) for start, end, renderings in job.hints]
    tokens = [job.tokens[i] for i in ranked]
    return replace(job, tokens=tokens, hints=hints, states=states[ranked], ahead=ahead[np.ix_(ranked, ranked)])
