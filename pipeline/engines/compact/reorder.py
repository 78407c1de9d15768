"""Preordering: source words in the order of the target language before the search, so that it can go straight on.

A network says for every two words which comes first in the translation; of all orders that a binary bracketing of the
sentence allows, the one is taken that agrees with most of it (Tromble and Eisner 2009; bracketing transduction
grammar, Wu 1997). Clause punctuation stays where it is and nothing moves across it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["DISTANCES", "WALLS", "Orderer", "best_order", "distance_class", "order"]

Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
WALLS = frozenset({"￭।", "￭.", "￭?", "￭!", "￭;", "￭:", "￭,", "(￭", "￭)"})
"""Tokens that stay in their place."""
DISTANCES = 12
"""Classes of distance between two words: 0 to 7 words, then doubling."""
NEAR = 8


def distance_class(n: int) -> Longs:
    """(n, n): the class of the distance from word i forward to word j; 0 backwards."""
    ahead = np.maximum(np.arange(n)[None] - np.arange(n)[:, None], 0)
    far = NEAR - 1 + np.floor(np.log2(np.maximum(ahead / NEAR, 1))).astype(np.int64)
    out: Longs = np.minimum(np.where(ahead < NEAR, ahead, far), DISTANCES - 1)
    return out


class Orderer:
    """The network: states of words to (n, n) scores, above 0 where word i comes before word j (i < j is read)."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """`arrays`: layers `input`, `mix` (out, in, 3), `left`, `right`, `near`, `far`, and `distance`."""
        self._a = {name: values.astype(np.float32) for name, values in arrays.items()}

    def scores(self, states: Floats) -> Floats:
        """Word states (n, width) to scores (n, n)."""
        a = self._a
        first = np.maximum(self._layer("input", states), 0)
        padded = np.pad(first, ((1, 1), (0, 0)))
        mixed = a["mix.bias"] + sum(padded[k : k + len(first)] @ a["mix.weight"][:, :, k].T for k in range(3))
        hidden = first + np.maximum(mixed, 0)
        left, right = self._layer("left", hidden), self._layer("right", hidden)
        apart = distance_class(len(states))
        out: Floats = left @ right.T / np.float32(np.sqrt(left.shape[1])) + a["distance"][apart]
        out += np.take_along_axis(self._layer("near", hidden), apart, 1)
        out += np.take_along_axis(self._layer("far", hidden), apart.T, 1).T
        return out

    def _layer(self, name: str, rows: Floats) -> Floats:
        out: Floats = rows @ self._a[f"{name}.weight"].T + self._a[f"{name}.bias"]
        return out


def order(scores: Floats, forms: Sequence[str], kept: Sequence[tuple[int, int]] = ()) -> list[int]:
    """The places of a sentence's tokens in their new order; spans of `kept` stay together as they are."""
    n = len(forms)
    first = np.ones(n, bool)
    for a, z in kept:
        first[a + 1 : z] = False
    start = np.flatnonzero(first)
    end = np.append(start[1:], n)
    upper = np.triu(scores, 1)
    units = np.add.reduceat(np.add.reduceat(upper, start, 0), start, 1) if n else upper
    walls = [k for k in range(len(start)) if end[k] - start[k] == 1 and forms[start[k]] in WALLS]
    ranked = list(range(len(start)))
    for a, z in zip([-1, *walls], [*walls, len(start)], strict=True):
        if z - a > 2:  # noqa: PLR2004 (two words or more between the walls)
            ranked[a + 1 : z] = [a + 1 + k for k in best_order(units[a + 1 : z, a + 1 : z])]
    return [i for k in ranked for i in range(start[k], end[k])]


def best_order(scores: Floats) -> list[int]:
    """The order of n words that a bracketing allows and that agrees best with the scores above the diagonal.

    Every span is cut once, and its parts swapped where that pays; O(n**3), each width of span in one step.
    """
    n = len(scores)
    total = np.zeros((n + 1, n + 1))
    total[1:, 1:] = np.triu(scores, 1).astype(np.float64).cumsum(0).cumsum(1)
    best, cut = np.zeros((n + 1, n + 1)), np.zeros((n + 1, n + 1), np.int64)
    for width in range(2, n + 1):
        start = np.arange(n - width + 1)
        a, z = start[:, None], start[:, None] + width
        k = a + np.arange(1, width)
        across = total[k, z] - total[a, z] - total[k, k] + total[a, k]
        value = best[a, k] + best[k, z] + np.abs(across)
        pick = value.argmax(1)
        best[start, start + width] = value[start - start[0], pick]
        middle = start + 1 + pick
        cut[start, start + width] = np.where(across[start, pick] < 0, -middle, middle)
    return _read(cut.tolist(), n)


def _read(cut: Sequence[Sequence[int]], n: int) -> list[int]:
    out: list[int] = []
    todo = [(0, n)]
    while todo:
        a, z = todo.pop()
        if z - a < 2:  # noqa: PLR2004 (a word)
            out.extend(range(a, z))
            continue
        k = cut[a][z]
        todo += [(k, z), (a, k)] if k > 0 else [(a, -k), (-k, z)]
    return out
