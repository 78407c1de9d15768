"""The corpus in the order that the search will read it in: source words permuted as the engine permutes an article.

Numpy only: neither training nor torch is needed to use a finished guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.text import JOINER, Token, class_of
from pipeline.training.phrases import Corpus

__all__ = ["flat_order", "permuted", "token_of"]

Longs = npt.NDArray[np.int64]
Arrange = Callable[[Sequence[Job]], list[Job]]
TOGETHER = 5000
"""Sentences that are read at once: many of each length for the encoder."""


def token_of(literal: str, place: int) -> Token:
    """A token of the prepared files at a place (counted in tokens)."""
    form = class_of(literal)
    return Token(form, place, place + 1, literal.strip(JOINER) if form != literal else "")


def flat_order(
    sentences: Iterable[Sequence[str]],
    arrange: Arrange,
    *,
    wanted: npt.NDArray[np.bool_] | None = None,
    say: Callable[[str], None] | None = None,
) -> Longs:
    """For every place of the permuted corpus, the place of its word before; `arrange` is the engine's own.

    Sentences of one word are not read: there is nothing to order. Nor are those that are not `wanted` (by sentence;
    None: all are), whose words stay where they stand.
    """
    stream, out, base, seen = iter(sentences), [np.zeros(0, np.int64)], 0, 0
    while part := list(islice(stream, TOGETHER)):
        ranks = [np.arange(len(forms)) for forms in part]
        read = [k for k, forms in enumerate(part) if len(forms) > 1 and (wanted is None or wanted[seen + k])]
        jobs = [Job([token_of(form, place) for place, form in enumerate(part[k])]) for k in read]
        for k, job in zip(read, arrange(jobs), strict=True):
            ranks[k] = np.array([token.start for token in job.tokens], np.int64)
        for rank in ranks:
            out.append(base + rank)
            base += len(rank)
        seen += len(part)
        if say:
            say(f"ordered {seen} sentences")
    return np.concatenate(out)


def permuted(corpus: Corpus, order: Longs) -> Corpus:
    """The corpus with its source words in a new order (`order[new] = old`, inside sentences); links follow words."""
    new = np.empty_like(order)
    new[order] = np.arange(len(order))
    links = np.stack([new[corpus.links[:, 0]], corpus.links[:, 1]], 1)
    links = links[np.lexsort((links[:, 1], links[:, 0]))]
    return Corpus(
        corpus.source[order], corpus.target, corpus.source_sentence, corpus.target_sentence, links, corpus.weight
    )
