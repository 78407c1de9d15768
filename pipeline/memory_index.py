"""Candidates for fuzzy matches among a hundred thousand keys, in milliseconds.

Hashed character trigrams are counted through postings held in numpy arrays; the keys that share most of them
(by Dice's coefficient, within the lengths that the asked similarity allows) are measured exactly by rapidfuzz.
Keys that came after the index was built are few and measured one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

__all__ = ["Index"]

_Array = npt.NDArray[Any]
BUCKETS: Final = 1 << 18
"""Hash values of trigrams; Bengali news has some fifty thousand different ones."""
MEASURED: Final = 512
"""Keys that are measured exactly for one lookup."""
POSTINGS: Final = 300_000
"""Postings that are counted for one lookup, rarest trigrams first: bounds the time on repetitive memories."""
SHORT: Final = 12
"""Below this length one edit touches most trigrams: all keys of fitting length are measured instead."""
TAIL: Final = 4000
"""Keys that are measured one by one rather than taken into the postings."""
PATIENCE: Final = 3
"""Searches with a longer tail before the postings are built unasked: one search alone is quicker without."""


class Index:
    """Keys of one direction by id; `search` gives the most similar."""

    def __init__(self) -> None:
        self.last = 0
        """Highest id that was added."""
        self._slow = 0
        """Searches that went through a long tail."""
        self._ids: _Array = np.zeros(0, np.int64)
        self._lengths: _Array = np.zeros(0, np.int64)
        self._keys: list[str] = []
        self._offsets: _Array = np.zeros(BUCKETS + 1, np.int64)
        self._postings: _Array = np.zeros(0, np.int32)
        self._tail_ids: list[int] = []
        self._tail: list[str] = []

    def __len__(self) -> int:
        return len(self._keys) + len(self._tail)

    def add(self, ids: Sequence[int], keys: Sequence[str]) -> None:
        """Take in further keys; ids only grow."""
        self._tail_ids += ids
        self._tail += keys
        self.last = max(self.last, *ids) if ids else self.last

    def warm(self) -> None:
        """Build the postings over everything: about a second for a hundred thousand keys, then searches are quick."""
        self._slow = PATIENCE  # from now on a tail is taken in as soon as it is long
        if not self._tail:
            return
        keys = self._keys + self._tail
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        order = np.argsort(lengths, kind="stable")
        self._keys = [keys[at] for at in order]
        self._ids = np.concatenate((self._ids, np.array(self._tail_ids, np.int64)))[order]
        self._lengths = lengths[order]
        self._tail, self._tail_ids = [], []
        self._offsets, self._postings = _postings(self._keys, self._lengths)

    def search(self, key: str, *, cutoff: float, limit: int) -> list[tuple[int, float]]:
        """(id, similarity) of the most similar keys, best first.

        Args:
            key: a non-empty fold key.
            cutoff: least Levenshtein similarity, above 0, at most 1.
            limit: how many.
        """
        if len(self._tail) > TAIL:
            self._slow += 1
            if self._slow > PATIENCE:
                self.warm()
        window = range(math.ceil(len(key) * cutoff), math.floor(len(key) / cutoff) + 1)
        near = self._near(key, window)
        tail = [at for at, text in enumerate(self._tail) if len(text) in window]
        ids = [int(self._ids[at]) for at in near] + [self._tail_ids[at] for at in tail]
        texts = [self._keys[at] for at in near] + [self._tail[at] for at in tail]
        found = process.extract(key, texts, scorer=Levenshtein.normalized_similarity, score_cutoff=cutoff, limit=limit)
        return sorted(((ids[at], score) for _, score, at in found), key=lambda hit: (-hit[1], hit[0]))

    def _near(self, key: str, window: range) -> Sequence[int]:
        """Positions of keys worth measuring."""
        low, high = np.searchsorted(self._lengths, (window.start, window.stop))
        if len(key) < SHORT or high - low <= MEASURED:
            return range(int(low), int(high))
        grams = np.unique(_trigrams(f" {key} "))
        shared = self._count(grams)[low:high]
        dice = shared / (len(grams) + self._lengths[low:high])
        best = np.argpartition(-dice, MEASURED)[:MEASURED]
        positions: list[int] = (np.sort(best[dice[best] > 0]) + low).tolist()
        return positions

    def _count(self, grams: _Array) -> _Array:
        """How many of the trigrams each key has."""
        starts, ends = self._offsets[grams], self._offsets[grams + 1]
        rare = np.argsort(ends - starts, kind="stable")
        fits = np.cumsum((ends - starts)[rare]) <= POSTINGS
        fits[:1] = True
        lists = [self._postings[starts[at] : ends[at]] for at in rare[fits]]
        counts: _Array = np.bincount(np.concatenate(lists), minlength=len(self._keys))
        return counts


def _trigrams(text: str) -> _Array:
    """Hashed trigrams of a text, one for each place."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    mixed = (
        points[:-2] * np.uint64(0x9E3779B1) + points[1:-1] * np.uint64(0x85EBCA77) + points[2:] * np.uint64(0xC2B2AE3D)
    )
    hashed: _Array = ((mixed >> np.uint64(13)) % np.uint64(BUCKETS)).astype(np.int64)
    return hashed


def _postings(keys: Sequence[str], lengths: _Array) -> tuple[_Array, _Array]:
    """Compressed rows: for each trigram the positions of the keys that have it, each once."""
    grams = _trigrams(" " + "  ".join(keys) + " ")
    # Each key contributes len + 2 characters (its own and a space on each side), so as many places.
    owner = np.repeat(np.arange(len(keys), dtype=np.int64), lengths + 2)[: len(grams)]
    starts = np.cumsum(lengths + 2) - 2
    whole = np.ones(len(grams), bool)
    for back in (0, 1):
        crossing = starts + back
        whole[crossing[crossing < len(grams)]] = False
    pairs = (grams[whole] << 32) | owner[whole]
    pairs.sort()
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
    counts = np.bincount(pairs >> 32, minlength=BUCKETS)
    return np.append(0, np.cumsum(counts)), (pairs & 0xFFFFFFFF).astype(np.int32)
