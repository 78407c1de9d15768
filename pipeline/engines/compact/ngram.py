"""An n-gram language model in hash tables: thousands of probabilities a millisecond from numpy alone.

Interpolated Kneser-Ney (Chen and Goodman 1999) with back-off weights. An n-gram is found by a hash of its
word ids: the upper bits pick a slot, the lower ones are kept as the fingerprint. Log-probabilities
(natural) are kept in one byte each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "BOS",
    "EOS",
    "FACTORS",
    "KEY_BITS",
    "MODEL_BITS",
    "NUMBERS",
    "PAD",
    "UNK",
    "Ints",
    "NgramModel",
    "Places",
    "Table",
    "Words",
    "mix",
    "pack",
    "shorten",
]

Ints: TypeAlias = npt.NDArray[np.int32]
Words: TypeAlias = npt.NDArray[np.uint64]
Floats: TypeAlias = npt.NDArray[np.float32]
Places: TypeAlias = npt.NDArray[np.int32]
PAD, UNK, BOS, EOS = 0, 1, 2, 3
"""Word ids with a meaning of their own; PAD stands for context before the beginning."""
NUMBERS = frozenset({"⟨n⟩", "⟨y⟩"})
KEY_BITS = 42
"""Bits of a key that are kept: a wrong hit is about one in a million look-ups, and keys pack into three bytes."""
MODEL_BITS = 34
"""Of them a language model keeps these: one look-up in fifteen thousand meets the number of another n-gram, and a model
is a quarter smaller."""
FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F,
     0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3], dtype=np.uint64)  # fmt: skip
LOWEST = -16.0
"""Log-probabilities are kept between this and 0, back-off weights between this and a little above 0."""
HIGHEST = 1.0


def mix(columns: Sequence[npt.NDArray[Any]]) -> Words:
    """One hash of KEY_BITS bits a row of word ids; `columns[k]` holds the k-th most recent word of all rows."""
    h = np.full(len(columns[0]), len(columns), dtype=np.uint64)
    for k, column in enumerate(columns):
        h += (column.astype(np.uint64) + np.uint64(1)) * FACTORS[k]
    h ^= h >> np.uint64(29)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(32)
    return h >> np.uint64(64 - KEY_BITS)


@dataclass(frozen=True, slots=True)
class Table:
    """An open-addressing hash table: `slots` of fingerprints (0 = empty), each with a row of `values`.

    Built from sorted keys, so that linear probing never wraps and the whole layout is two array operations.
    """

    slots: npt.NDArray[np.uint32]
    values: npt.NDArray[np.uint8]
    size: int
    """Slots that keys start in; the array has a tail for those that are pushed past the end."""
    bits: int = KEY_BITS
    """Bits of a key that the table keeps, from the highest."""

    @classmethod
    def build(cls, keys: Words, values: npt.NDArray[np.uint8], *, load: float = 0.65, bits: int = KEY_BITS) -> Table:
        """Place sorted distinct keys of so many bits with their rows of values."""
        size = max(256, int(len(keys) / load))
        order = np.arange(len(keys))
        place = order + np.maximum.accumulate(_slot(keys, size, bits) - order) if len(keys) else order
        room = size + 64 + (max(0, int(place[-1]) - size) if len(keys) else 0)
        slots, rows = np.zeros(room, np.uint32), np.zeros((room, values.shape[1]), np.uint8)
        slots[place], rows[place] = _mark(keys), values
        return cls(slots, rows, size, bits)

    def find(self, keys: Words) -> npt.NDArray[np.int64]:
        """The place of each key of `KEY_BITS` bits, or -1."""
        keys = shorten(keys, self.bits)
        place = _slot(keys, self.size, self.bits)
        mark = _mark(keys)
        seen = self.slots[place]
        out = np.where(seen == mark, place, -1)
        todo = np.flatnonzero((seen != mark) & (seen != 0))
        while len(todo):
            place[todo] += 1
            seen = self.slots[place[todo]]
            hit = seen == mark[todo]
            out[todo[hit]] = place[todo[hit]]
            todo = todo[~hit & (seen != 0)]
        return out


def shorten(keys: Words, bits: int) -> Words:
    """The highest bits of keys of `KEY_BITS` bits; sorted keys stay sorted."""
    return keys >> np.uint64(KEY_BITS - bits) if bits < KEY_BITS else keys


def _slot(keys: Words, size: int, bits: int) -> npt.NDArray[np.int64]:
    return ((keys >> np.uint64(bits - 32)) * np.uint64(size) >> np.uint64(32)).astype(np.int64)


def _mark(keys: Words) -> npt.NDArray[np.uint32]:
    return np.maximum((keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), 1)


def pack(values: npt.NDArray[Any], low: float = LOWEST, high: float = HIGHEST) -> npt.NDArray[np.uint8]:
    """Floats to bytes on an even scale."""
    scaled: npt.NDArray[np.uint8] = np.round((np.clip(values, low, high) - low) / (high - low) * 255).astype(np.uint8)
    return scaled


def unpack(low: float = LOWEST, high: float = HIGHEST) -> Floats:
    """The float of every byte."""
    return (np.arange(256, dtype=np.float32) / 255 * (high - low) + low).astype(np.float32)


class NgramModel:
    """Log-probabilities of words after their context; orders 1 to `order`."""

    def __init__(self, unigrams: npt.NDArray[np.uint8], tables: Mapping[int, Table]) -> None:
        """`unigrams[word]` and the values of each table: (log-probability, back-off weight) as bytes."""
        self.order = max(tables)
        self.unigrams = unigrams
        self.tables = tables
        self._scale = unpack()

    def score(self, word: npt.NDArray[Any], context: Sequence[npt.NDArray[Any]]) -> Floats:
        """Log-probability of each word; `context[k]` is the word k+1 places before it (at most order - 1 of them)."""
        return self.follow(word, context, self.places(context))[0]

    def places(self, context: Sequence[npt.NDArray[Any]]) -> Places:
        """Where the model has the n-grams that end with a context (n, order - 2): of two words, of three; or -1."""
        out = np.full((len(context[0]) if context else 0, self.order - 2), -1, np.int32)
        alive = np.arange(len(out))
        for n in range(2, min(self.order - 1, len(context)) + 1):
            place = self.tables[n].find(mix([c[alive] for c in context[:n]]))
            out[alive, n - 2] = place
            alive = alive[place >= 0]
        return out

    def follow(
        self, word: npt.NDArray[Any], context: Sequence[npt.NDArray[Any]], places: Places
    ) -> tuple[Floats, Places]:
        """Log-probability of each word after a context whose `places` are known, and the places of the context behind.

        An n-gram that ends with the word is the context of the next one: it is looked up once.
        """
        known = np.where(word < len(self.unigrams), word, UNK)
        out = self._scale[self.unigrams[known, 0]]
        back = np.zeros(len(word), np.float32)
        behind = np.full((len(word), self.order - 2), -1, np.int32)
        alive = np.arange(len(word))
        for n in range(2, min(self.order, len(context) + 1) + 1):
            if n == 2:  # noqa: PLR2004 (bigram contexts are single words)
                ctx = np.where(context[0] < len(self.unigrams), context[0], UNK)
                weight = self._scale[self.unigrams[ctx, 1]]
            else:
                place = places[alive, n - 3]
                alive, place = alive[place >= 0], place[place >= 0]
                weight = self._scale[self.tables[n - 1].values[place, 1]]
            if not len(alive):
                break
            place = self.tables[n].find(mix([known[alive], *(c[alive] for c in context[: n - 1])]))
            if n < self.order:
                behind[alive, n - 2] = place
            hit = place >= 0
            out[alive[hit]] = self._scale[self.tables[n].values[place[hit], 0]]
            back[alive[hit]] = 0
            back[alive[~hit]] += weight[~hit]
        total: Floats = out + back
        return total, behind
