"""Estimates the n-gram models: interpolated modified Kneser-Ney (Chen and Goodman 1999), counted in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.ngram import BOS, EOS, PAD, Ints, NgramModel, Table, Words, mix, pack

__all__ = ["Estimate", "estimate", "flatten"]

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
TINY = 1e-12
"""Least probability."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A smoothed model before it is laid out: bytes of the unigrams, and per order sorted keys with their bytes."""

    unigrams: Bytes
    grams: dict[int, tuple[Words, Bytes]]

    def model(self) -> NgramModel:
        """The model as the decoder reads it."""
        return NgramModel(self.unigrams, {n: Table.build(keys, values) for n, (keys, values) in self.grams.items()})


def flatten(sentences: Sequence[Sequence[int]], order: int) -> Ints:
    """One array of word ids: before each sentence order - 2 PAD and one BOS, after it one EOS."""
    head = [PAD] * max(0, order - 2) + [BOS]
    return np.fromiter((w for s in sentences for part in (head, s, (EOS,)) for w in part), np.int32)


@dataclass(frozen=True, slots=True)
class _Grams:
    """The distinct n-grams of one order, sorted by key."""

    keys: Words
    context: Words
    suffix: Words
    words: list[Ints]
    raw: npt.NDArray[np.int64]


@dataclass(slots=True)
class _Kept:
    """The n-grams of one order, smoothed, and which of them stay."""

    grams: _Grams
    p: Floats
    lower: Floats
    """The probability of each n-gram's words but the earliest."""
    gain: Floats
    """By how much the log-probability of the text falls where an n-gram is not kept."""
    keep: npt.NDArray[np.bool_]


def _grams(text: Ints, n: int) -> _Grams:
    ends = np.flatnonzero((text != PAD) & (text != BOS))
    ends = ends[ends >= n - 1]
    columns = [text[ends - k] for k in range(n)]
    keys, first, raw = np.unique(mix(columns), return_index=True, return_counts=True)
    words = [c[first] for c in columns]
    empty = np.zeros(len(keys), np.uint64)
    return _Grams(keys, mix(words[1:]) if n > 1 else empty, mix(words[:-1]) if n > 1 else empty, words, raw)


def _counts(grams: _Grams, above: _Grams | None) -> npt.NDArray[np.int64]:
    """Raw counts at the highest order and after BOS, numbers of distinct left neighbours elsewhere."""
    if above is None:
        return grams.raw
    kinds, number = np.unique(above.suffix, return_counts=True)
    at = np.minimum(np.searchsorted(kinds, grams.keys), len(kinds) - 1)
    distinct = np.where(kinds[at] == grams.keys, number[at], 1)
    return np.where((grams.words[-1] == BOS) | (grams.words[-1] == PAD), grams.raw, distinct)


def _discounts(counts: npt.NDArray[np.int64]) -> Floats:
    """D(0), D(1), D(2), D(3+) from the counts of counts."""
    n1, n2, n3, n4 = (max(1, int((counts == k).sum())) for k in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    return np.clip(
        [0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3], [0, 0.1, 0.2, 0.3], [0, 0.9, 1.8, 2.7]
    )


def estimate(
    text: Ints, size: int, order: int = 4, least: Sequence[int] = (1, 1, 2, 2), *, most: int | None = None
) -> Estimate:
    """Count and smooth a flattened text; n-grams seen less than `least[n-1]` times are dropped after smoothing.

    `size` is the number of word ids; the unseen ones share what Kneser-Ney leaves for new words. `most`: of the n-grams
    above single words about so many stay, those that the text would miss most (Seymore and Rosenfeld 1996: entropy
    pruning suits Kneser-Ney badly, whose lower orders are no probabilities of the text).
    """
    grams = {n: _grams(text, n) for n in range(1, order + 1)}
    lower: Floats = np.full(1, 1.0 / size)
    tables: dict[int, tuple[Words, Bytes]] = {}
    unigrams = np.zeros((size, 2), np.uint8)
    kept: dict[int, _Kept] = {}
    for n in range(1, order + 1):
        g = grams[n]
        below = np.zeros(len(g.keys), np.int64) if n == 1 else np.searchsorted(grams[n - 1].keys, g.suffix)
        p, without = _smooth(g, _counts(g, grams.get(n + 1)), lower[below])
        gain = g.raw.astype(np.float64) * np.log(p / np.maximum(without, TINY))
        keep = (g.raw >= least[n - 1]) & (g.words[-1] != PAD)  # a model has no context that begins with PAD
        kept[n] = _Kept(g, p, lower[below], gain, keep)
        lower = p
    if most is not None:
        _prune(kept, most)
    for n in range(1, order + 1):
        g, p = kept[n].grams, kept[n].p
        back = _backoff(g.keys, kept.get(n + 1))
        values = np.stack([pack(np.log(p)), pack(back)], 1)
        if n == 1:
            unigrams[:, 0] = pack(np.log(np.full(size, p.min() / 2)))
            unigrams[:, 1] = pack(np.zeros(size))
            unigrams[g.words[0]] = values
            unigrams[BOS, 1] = pack(_backoff(mix([np.array([BOS])]), kept[2]))[0]
        else:
            tables[n] = (g.keys[kept[n].keep], values[kept[n].keep])
    return Estimate(unigrams, tables)


def _prune(kept: dict[int, _Kept], most: int) -> None:
    """Keep the n-grams that gain most, and whatever is the context of a longer one, which is not found without it."""
    gains = np.concatenate([k.gain[k.keep] for n, k in kept.items() if n > 1])
    if len(gains) <= most:
        return
    edge = np.partition(gains, len(gains) - most)[len(gains) - most]
    contexts = np.zeros(0, np.uint64)
    for n in sorted(kept, reverse=True)[:-1]:
        part = kept[n]
        part.keep &= (part.gain >= edge) | np.isin(part.grams.keys, contexts)
        contexts = np.unique(part.grams.context[part.keep])


def _smooth(g: _Grams, counts: npt.NDArray[np.int64], lower: Floats) -> tuple[Floats, Floats]:
    """The probability of each n-gram, and what is left of it where the n-gram is not kept."""
    discount = _discounts(counts)[np.minimum(counts, 3)]
    _, group = np.unique(g.context, return_inverse=True)
    total = np.bincount(group, counts)[group]
    spare = np.bincount(group, discount)[group]
    without = spare / total * lower
    return np.maximum((counts - discount) / total + without, TINY), without


def _backoff(keys: Words, above: _Kept | None) -> Floats:
    """Log back-off weight of each context: the mass that its kept continuations leave, over what they leave below."""
    if above is None:
        return np.zeros(len(keys))
    g, p, lower, keep = above.grams, above.p, above.lower, above.keep
    contexts, group = np.unique(g.context[keep], return_inverse=True)
    left = 1 - np.minimum(np.bincount(group, p[keep]), 0.9999)
    base = 1 - np.minimum(np.bincount(group, lower[keep]), 0.9999)
    at = np.minimum(np.searchsorted(contexts, keys), len(contexts) - 1)
    return np.where(contexts[at] == keys, np.log(left / base)[at], 0.0)
