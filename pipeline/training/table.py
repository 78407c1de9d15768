"""Phrase pairs with features, pruning, and the weighted table that the engine reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.table import LONGEST, PhraseTable, phrase_keys
from pipeline.training.phrases import Corpus, PhrasePairs, extract

__all__ = ["FEATURES", "Features", "Limits", "build", "load_features", "measure", "save_features", "without_drops"]

FEATURES = ("forward", "backward", "lexical_forward", "lexical_backward", "phrase", "drop")
"""Log p(e|f), log p(f|e), their lexical weights, one a phrase pair, one a dropped word."""
DISCOUNT = 0.5
"""Taken off every count of occurrences: a pair seen once is worth half (absolute discounting, Foster et al. 2006)."""
LEAST_DROP = 0.15
"""A word may be left out when this share of its occurrences has no link."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """Which pairs a table keeps; which of them are tried is for the joint model to say."""

    single: Mapping[int, int] = field(default_factory=lambda: {1: 25})
    """Of the pairs seen once, how many are kept, by words of the source phrase."""
    most: int = 35
    """Options kept for one source phrase."""
    least: float = 0.0007
    """Probability of an option, given its source phrase."""


@dataclass(frozen=True, slots=True)
class Features:
    """Rows of phrase pairs, sorted by source key and then by promise."""

    key: npt.NDArray[np.uint64]
    words: npt.NDArray[np.int32]
    length: npt.NDArray[np.uint8]
    values: npt.NDArray[np.float32]
    """Columns as in FEATURES."""
    moves: npt.NDArray[np.float32]
    """Log-probabilities of monotone, swap, other before and after the phrase."""
    alignment: npt.NDArray[np.uint32]


def measure(corpus: Corpus, *, limits: Limits | None = None, drops: bool = True) -> Features:
    """Extract, score and prune the phrase pairs of a corpus in one direction.

    `drops`: with options that leave a word out.
    """
    pairs = extract(corpus, LONGEST)
    weight = pairs.weight * (1 - DISCOUNT / pairs.number)
    source, target = (np.unique(key, return_inverse=True)[1] for key in (pairs.source_key, pairs.target_key))
    forward = np.log(weight / np.bincount(source, pairs.weight)[source])
    backward = np.log(weight / np.bincount(target, pairs.weight)[target])
    kept = _promising(pairs, forward, backward, limits or Limits())
    show = pairs.example[kept]
    words = _words(corpus.target, show)
    values = np.stack(
        [forward[kept], backward[kept], *pairs.lexical[kept].T, np.ones(len(kept)), np.zeros(len(kept))], 1
    )
    rows = Features(pairs.source_key[kept], words, show[:, 3].astype(np.uint8), values.astype(np.float32),
                    _moves(pairs.orientation, source)[kept].astype(np.float32), pairs.alignment[kept])  # fmt: skip
    return _join(rows, _drops(corpus)) if drops else rows


def _words(target: npt.NDArray[np.int32], show: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    words = np.zeros((len(show), LONGEST[1]), np.int32)
    for k in range(LONGEST[1]):
        inside = show[:, 3] > k
        words[inside, k] = target[show[inside, 2] + k]
    return words


def _promising(pairs: PhrasePairs, forward: Floats, backward: Floats, limits: Limits) -> npt.NDArray[np.int64]:
    """Rows worth keeping, by source phrase and promise; singletons only of short phrases (Johnson et al. 2007)."""
    promise = forward + 0.5 * backward + 0.3 * pairs.lexical.sum(1)
    order = np.lexsort((-promise, pairs.source_key))
    key = pairs.source_key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    rank = np.arange(len(key)) - np.repeat(first, np.diff(np.append(first, len(key))))
    size = pairs.example[order, 1]
    once = np.zeros(len(order), np.int64)
    for n, most in limits.single.items():
        once[size == n] = most
    keep = np.where(pairs.number[order] > 1, rank < limits.most, rank < once)
    keep &= forward[order] > np.log(limits.least)
    kept: npt.NDArray[np.int64] = order[keep]
    return kept


def _moves(orientation: Floats, source: npt.NDArray[np.int64]) -> Floats:
    """Orientation log-probabilities, smoothed by those of the source phrase and of all phrases."""
    out = []
    for k in (0, 3):
        counts = orientation[:, k : k + 3]
        every = counts.sum(0) / counts.sum()
        of_source = np.stack([np.bincount(source, counts[:, j]) for j in range(3)], 1)
        of_source = (of_source + 2 * every) / (of_source.sum(1, keepdims=True) + 2)
        out.append(np.log((counts + of_source[source]) / (counts.sum(1, keepdims=True) + 1)))
    return np.concatenate(out, 1)


def _drops(corpus: Corpus) -> Features:
    """Options that leave a word out: case endings, articles, classifiers."""
    free = np.ones(len(corpus.source), bool)
    free[corpus.links[:, 0]] = False
    weight = corpus.weight[corpus.source_sentence]
    total = np.bincount(corpus.source, weight)
    share = np.bincount(corpus.source[free], weight[free], len(total)) / np.maximum(total, 1e-9)
    words = np.flatnonzero((share >= LEAST_DROP) & (total >= 2)).astype(np.int32)  # noqa: PLR2004 (seen twice)
    n = len(words)
    keys = phrase_keys(np.append(words, 0).astype(np.int32), np.arange(n), np.ones(n, np.int64))
    log, zero, one = np.log(share[words]), np.zeros(n), np.ones(n)
    values = np.stack([log, log, zero, zero, one, one], 1).astype(np.float32)
    return Features(keys, np.zeros((n, LONGEST[1]), np.int32), np.zeros(n, np.uint8), values,
                    np.zeros((n, 6), np.float32), np.full(n, 0xFFFFFFFF, np.uint32))  # fmt: skip


def _join(a: Features, b: Features) -> Features:
    return Features(*(np.concatenate([getattr(a, f), getattr(b, f)]) for f in Features.__slots__))


def without_drops(features: Features, keys: npt.NDArray[np.uint64]) -> Features:
    """The rows without the drop options of the given source keys (numbers are never dropped)."""
    keep = ~((features.length == 0) & np.isin(features.key, keys))
    return Features(*(getattr(features, f)[keep] for f in Features.__slots__))


def build(
    features: Features, weights: Mapping[str, float], *, reorder: float, bonus: npt.NDArray[np.float32] | None = None
) -> tuple[PhraseTable, npt.NDArray[np.int64]]:
    """The table under weights, best option first, and the feature row of each of its rows.

    `bonus`: added to the score for every occurrence of a target word (number of words,).
    """
    score = features.values @ np.array([weights[name] for name in FEATURES], np.float32)
    if bonus is not None:
        inside = np.arange(features.words.shape[1]) < features.length[:, None]
        score += np.where(inside, bonus[np.where(inside, features.words, 0)], 0).sum(1)
    order = np.lexsort((-score, features.key))
    key = features.key[order]
    new = np.concatenate([[True], key[1:] != key[:-1]])
    first = np.append(np.flatnonzero(new), len(key)).astype(np.uint32)
    table = PhraseTable(
        key[new],
        first,
        features.words[order],
        features.length[order],
        score[order].astype(np.float16),
        (features.moves[order] * np.float32(reorder)).astype(np.float16),
        features.alignment[order],
    )
    return table, order


def save_features(path: Path, features: Features) -> None:
    """Keep features for tuning and export."""
    np.savez(path, **{name: getattr(features, name) for name in Features.__slots__})


def load_features(path: Path) -> Features:
    """Read them back."""
    z = np.load(path)
    return Features(*(z[name] for name in Features.__slots__))
