"""Finds parallel sentences in unrelated news of both languages, with nothing but the word translation table.

Sentences are matched by a sparse product of their rare words across the table (cross-lingual tf-idf), mutual best
matches are scored by how much of each side the table explains. Numbers and length must agree roughly.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp  # type: ignore[import-untyped]

from pipeline.engines.compact.text import JOINER
from pipeline.training.align import Aligned
from pipeline.training.prepare import read_tokens, written

__all__ = ["LEAST_SCORE", "mine"]

LEAST_SCORE = 0.4
SHORTEST, LONGEST = 5, 55
LEAST_PROBABILITY = 0.06
COMMON = 1500
"""English words in more sentences than this do not propose matches: they would propose everything."""
LEAST_COSINE = 0.12
CHUNK = 4000


@dataclass(frozen=True, slots=True)
class _Side:
    """The sentences of one language with the ids of their distinct words and inverse document frequencies."""

    sentences: list[list[str]]
    ids: list[set[int]]
    matrix: sp.csr_matrix
    rarity: npt.NDArray[np.float32]


def _side(path: Path, index: Mapping[str, int]) -> _Side:
    sentences = [s for s in read_tokens(path) if SHORTEST <= len(s) <= LONGEST]
    ids = [{index[w.lower()] for w in s if not w.startswith(JOINER) and w.lower() in index} for s in sentences]
    rows = np.repeat(np.arange(len(ids)), [len(x) for x in ids])
    columns = np.fromiter((k for x in ids for k in sorted(x)), np.int64)
    matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(ids), len(index)))
    seen = np.asarray(matrix.sum(0)).ravel()
    return _Side(sentences, ids, matrix, np.log(len(ids) / np.maximum(seen, 1)).astype(np.float32))


def mine(work: Path, aligned: Aligned) -> Iterator[tuple[float, str, str]]:
    """(score, Bengali, English) of matches scored at least LEAST_SCORE, best first."""
    bn_index: dict[str, int] = {w: k for k, w in enumerate(aligned.words["bn"])}
    en_index = {w.lower(): int(k) for w, k in zip(aligned.words["en"], aligned.folded, strict=True)}
    bn, en = _side(work / "mono.bn.tok", bn_index), _side(work / "mono.en.tok", en_index)
    counts = _link_counts(aligned, len(bn_index), len(en_index))
    table = _Explained(counts)
    found = [(table.score(bn, en, i, j), i, j) for i, j in _mutual(bn, en, counts)]
    for score, i, j in sorted(found, reverse=True):
        if score >= LEAST_SCORE:
            yield score, written(bn.sentences[i], "bn"), written(en.sentences[j], "en")


def _link_counts(aligned: Aligned, bn: int, en: int) -> sp.csr_matrix:
    """How often each Bengali word is linked to each English word in lower case."""
    c = aligned.corpus
    s, t = c.source[c.links[:, 0]], aligned.folded[c.target[c.links[:, 1]]]
    return sp.csr_matrix((np.ones(len(s), np.float32), (s, t)), shape=(bn, en))


def _mutual(bn: _Side, en: _Side, counts: sp.csr_matrix) -> list[tuple[int, int]]:
    """Pairs of sentences that are each other's best match by the cosine of their rare words."""
    table = sp.diags_array(1 / np.maximum(np.asarray(counts.sum(1)).ravel(), 1)).tocsr() @ counts
    table.data[table.data < LEAST_PROBABILITY] = 0
    rare = np.asarray(en.matrix.sum(0)).ravel() < COMMON
    norm_bn = 1 / (np.sqrt(bn.matrix @ (bn.rarity**2)) + 1e-6)
    norm_en = 1 / (np.sqrt(en.matrix @ (en.rarity**2)) + 1e-6)
    across = (sp.diags_array(norm_bn).tocsr() @ bn.matrix @ table @ sp.diags_array(en.rarity * rare).tocsr()).tocsr()
    other = (sp.diags_array(norm_en).tocsr() @ en.matrix @ sp.diags_array(en.rarity).tocsr()).T.tocsr()
    best = np.zeros(len(en.ids), np.float32)
    choice, owner = np.full(len(bn.ids), -1), np.full(len(en.ids), -1)
    for at in range(0, len(bn.ids), CHUNK):
        product = (across[at : at + CHUNK] @ other).tocsr()
        for k in range(product.shape[0]):
            row = slice(product.indptr[k], product.indptr[k + 1])
            if row.start == row.stop:
                continue
            place = int(product.data[row].argmax())
            j, value = int(product.indices[row][place]), product.data[row][place]
            if value > LEAST_COSINE:
                choice[at + k] = j
                if value > best[j]:
                    best[j], owner[j] = value, at + k
    return [(i, int(j)) for i, j in enumerate(choice) if j >= 0 and owner[j] == i]


class _Explained:
    """Scores a pair by the share of each side's rarity that linked words explain."""

    def __init__(self, counts: sp.csr_matrix) -> None:
        kept = counts.tocoo()
        bn_total, en_total = (np.asarray(counts.sum(axis)).ravel() for axis in (1, 0))
        self._forward: list[dict[int, tuple[float, float]]] = [{} for _ in range(counts.shape[0])]
        sure = (kept.data > 1) | ((bn_total[kept.row] < 6) & (en_total[kept.col] < 6))  # noqa: PLR2004 (one link between rare words counts)
        for b, e, n in zip(kept.row[sure].tolist(), kept.col[sure].tolist(), kept.data[sure].tolist(), strict=True):
            self._forward[b][e] = (min(1.0, 4 * n / bn_total[b]), min(1.0, 4 * n / en_total[e]))

    def score(self, bn: _Side, en: _Side, i: int, j: int) -> float:
        """Harmonic mean of both shares, less what numbers and lengths disagree."""
        left, right = bn.ids[i], en.ids[j]
        explained: dict[int, float] = {}
        share = 0.0
        for b in left:
            best = 0.0
            for e in right & self._forward[b].keys():
                best = max(best, self._forward[b][e][0])
                explained[e] = max(explained.get(e, 0.0), self._forward[b][e][1])
            share += best * float(bn.rarity[b])
        first = share / max(1.0, float(sum(bn.rarity[b] for b in left)))
        second = sum(v * float(en.rarity[e]) for e, v in explained.items()) / max(
            1.0, float(sum(en.rarity[e] for e in right))
        )
        harmonic = 2 * first * second / max(first + second, 1e-6)
        numbers = [Counter(w for w in side if w[:1].isdigit()).total() for side in (bn.sentences[i], en.sentences[j])]
        ratio = max(0.1, len(left) / max(1, len(right)))
        return harmonic - 0.08 * abs(numbers[0] - numbers[1]) - 0.15 * abs(math.log(ratio))
