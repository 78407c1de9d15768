"""Jobs for the search: every token with its state, and the tokens in the order of the target language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.engines.compact.encoder import SentenceEncoder
from pipeline.engines.compact.reorder import Floats, Orderer, order
from pipeline.engines.compact.smt import Job, cuts
from pipeline.engines.compact.units import together

__all__ = ["arrange", "read"]

MOST = 120
"""Tokens that are read and ordered together; longer texts are cut at clause ends."""


def read(jobs: Sequence[Job], encoder: SentenceEncoder) -> list[Job]:
    """The jobs with the states of their tokens."""
    spans = [(k, a, z) for k, job in enumerate(jobs) for a, z in cuts(job, MOST)]
    found: list[list[Floats]] = [[] for _ in jobs]
    states = encoder.states([[t.literal for t in jobs[k].tokens[a:z]] for k, a, z in spans])
    for (k, _, _), rows in zip(spans, states, strict=True):
        found[k].append(rows)
    return [replace(job, states=np.concatenate(rows)) for job, rows in zip(jobs, found, strict=True)]


def arrange(jobs: Sequence[Job], orderer: Orderer) -> list[Job]:
    """Jobs with states, in their new order; what `together` names stays in one piece."""
    return [_arranged(job, job.states, orderer) for job in jobs if job.states is not None]


def _arranged(job: Job, states: Floats, orderer: Orderer) -> Job:
    ranked: list[int] = []
    ahead = np.zeros((len(job.tokens), len(job.tokens)), np.float32)
    for a, z in cuts(job, MOST):
        forms = [t.form for t in job.tokens[a:z]]
        kept = [(s - a, e - a) for s, e in together(job) if a <= s and e <= z]
        scores = np.triu(orderer.scores(states[a:z]), 1)
        ahead[a:z, a:z] = scores - scores.T
        ranked += [a + i for i in order(scores, forms, kept)]
    return _turned(job, ranked, states, ahead)


def _turned(job: Job, ranked: Sequence[int], states: Floats, ahead: Floats) -> Job:
    new = {old: place for place, old in enumerate(ranked)}
    hints = [(new[start], new[start] + end - start, renderings) for start, end, renderings in job.hints]
    tokens = [job.tokens[i] for i in ranked]
    return replace(job, tokens=tokens, hints=hints, states=states[ranked], ahead=ahead[np.ix_(ranked, ranked)])
