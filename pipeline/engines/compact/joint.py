"""The neural joint model: how likely a target word is, given its source word in its sentence and three words before it.

Devlin et al. 2014, with the states of a sentence encoder in place of a window of source words. Self-normalised in
training, so that a score is one dot product. Weights are 8-bit integers, activations are rounded to 8 bits row by row,
and the products are summed as whole numbers in float32: below 2**24 such sums are exact in any order, so that a batch
never changes a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.ngram import EOS, UNK, Ints

__all__ = ["HISTORY", "JointModel", "JointScorer", "Linear"]

Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
HISTORY = 3
"""Target words of context that the model reads."""
TOGETHER = 1024
"""Rows that are scored at once: what they need stays in the cache."""
UNITS, FINEST = 32767, 1e-5
"""Units in the largest number of the history's half of the first layer, and how small a unit may be."""
START, HIDDEN = 1, 2
"""Rows behind the vocabulary (and its one row for all other words): before the beginning; not known."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A layer with 8-bit weights: `weight` (out, in) whole numbers as float32, `scale` (out) and `bias` (out)."""

    weight: Floats
    scale: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        """Rows (n, in) to (n, out)."""
        high, low = rows.max(1, keepdims=True), rows.min(1, keepdims=True)
        top = np.maximum(np.maximum(high, -low), np.float32(1e-9)) / np.float32(127)
        whole = rows / top
        out: Floats = np.rint(whole, out=whole) @ self.weight.T
        out *= top * self.scale
        out += self.bias
        return out

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[Any]], name: str) -> Linear:
        """From arrays `name.weight` (int8), `name.scale` and, where it has one, `name.bias`."""
        scale = arrays[f"{name}.scale"].astype(np.float32)
        bias = arrays[f"{name}.bias"].astype(np.float32) if f"{name}.bias" in arrays else np.zeros_like(scale)
        # Column by column, so that the product with the transpose runs along the memory: a third faster for few rows.
        return cls(np.asfortranarray(arrays[f"{name}.weight"], np.float32), scale, bias)

    @classmethod
    def joined(cls, layers: Sequence[Linear]) -> Linear:
        """One layer that gives what layers with the same input give, side by side."""
        weight = np.asfortranarray(np.concatenate([layer.weight for layer in layers]))
        return cls(weight, *(np.concatenate([getattr(layer, n) for layer in layers]) for n in ("scale", "bias")))


class JointModel:
    """Scores target words of one direction; ids are those of the target vocabulary, rare words share one row."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """`arrays`: layers `source`, `history`, `middle`, `output`, the `words` embeddings and the words' `bias`."""
        self._source, self._middle = Linear.load(arrays, "source"), Linear.load(arrays, "middle")
        words = arrays["words.weight"].astype(np.float32) * arrays["words.scale"].astype(np.float32)[:, None]
        history, output = Linear.load(arrays, "history"), Linear.load(arrays, "output")
        width = words.shape[1]
        self._known = len(words) - 3
        parts = [
            Linear(history.weight[:, k * width : (k + 1) * width], history.scale, history.bias) for k in range(HISTORY)
        ]
        # Whole numbers of one unit: half the memory of floats, and several times faster to add up than half floats.
        # Each part is computed twice, for all of them in floats at once would be the peak of the engine's memory.
        self._unit = np.float32(max(max(float(np.abs(part(words)).max()) for part in parts) / UNITS, FINEST))
        self._history = [np.rint(part(words) / self._unit).astype(np.int16) for part in parts]
        kept = words[: self._known + 1]
        turned = np.ascontiguousarray((output.weight * output.scale[:, None]).T)
        self._output = kept @ turned.T
        self._bias = kept @ output.bias + arrays["bias"].astype(np.float32)

    def read(self, states: Floats) -> Ints:
        """The source half of the first layer for encoder states (words, width), in units."""
        found: Ints = np.rint(self._source(states) / self._unit).astype(np.int32)
        return found

    def row(self, ids: Ints) -> Longs:
        """Rows of the model for target ids; words that are rare or not in the vocabulary share one."""
        found: Longs = np.where(ids == UNK, self._known, np.minimum(ids, self._known)).astype(np.int64)
        return found

    def past(self, ids: Ints) -> Longs:
        """Rows for words of the history: marks before the beginning have their own."""
        found: Longs = np.where((ids <= EOS) & (ids != UNK), self._known + START, self.row(ids))
        return found

    @property
    def hidden(self) -> int:
        """The row of a word that is not known yet."""
        return self._known + HIDDEN

    def score(self, source: Ints, history: Longs, words: Longs) -> Floats:
        """Log-probabilities of words (n rows): `source` (n, hidden) from `read`, `history` (n, 3) latest first."""
        return self.likely(self.after(source, history), words)

    def after(self, source: Ints, history: Longs) -> Floats:
        """The last hidden layer (n, width), the same for all words that may follow one history."""
        first = source.copy()
        for k in range(HISTORY):
            first += self._history[k].take(history[:, k], 0)
        second = self._middle(np.maximum(first, 0).astype(np.float32) * self._unit)
        return np.maximum(second, 0, out=second)

    def likely(self, after: Floats, words: Longs) -> Floats:
        """Log-probabilities of words (n rows) from what `after` gives for each."""
        out: Floats = np.einsum("ij,ij->i", after, self._output[words]) + self._bias[words]
        return out


@dataclass(frozen=True, slots=True)
class JointScorer:
    """The joint model over the options of a batch: `source` rows of all source words, `of` their row a target word."""

    model: JointModel
    source: Ints
    of: Longs
    words: Ints
    length: Longs

    def take(self, rows: Longs) -> JointScorer:
        """The same over some of the options."""
        return JointScorer(self.model, self.source, self.of[rows], self.words[rows], self.length[rows])

    def inside(self) -> tuple[Floats, Floats]:
        """For each option: the words whose history lies inside it; and a guess of the first ones without history."""
        n, width = self.words.shape
        inner, guess = np.zeros(n, np.float32), np.zeros(n, np.float32)
        for k in range(width):
            rows = np.flatnonzero(self.length > k)
            if k < HISTORY:
                past = np.full((len(rows), HISTORY), self.model.hidden)
                guess[rows] += self._score(rows, k, past)
            else:
                past = np.stack([self.model.past(self.words[rows, k - 1 - j]) for j in range(HISTORY)], 1)
                inner[rows] += self._score(rows, k, past)
        return inner, guess

    def first(self, options: Longs, context: Ints) -> Floats:
        """The first words of options after a context (n, 3), latest word first."""
        total = np.zeros(len(options), np.float32)
        past = self.model.past(context)
        for k in range(min(HISTORY, self.words.shape[1])):
            rows = np.flatnonzero(self.length[options] > k)
            if not len(rows):
                break
            total[rows] += self._score(options[rows], k, past[rows])
            past[rows] = np.concatenate([self.model.past(self.words[options[rows], k])[:, None], past[rows, :-1]], 1)
        return total

    def _score(self, options: Longs, k: int, past: Longs) -> Floats:
        """Word k of options after a history (n, 3): what they ask of one place with one history is computed once."""
        place = self.of[options, k]
        order, first, end = _alike(place, past)
        out = np.zeros(len(options), np.float32)
        for at in range(0, len(first), TOGETHER):
            some = order[first[at : at + TOGETHER]]
            rows = order[first[at] : end[min(at + TOGETHER, len(first)) - 1]]
            after = self.model.after(self.source[place[some]], past[some])
            number = (end - first)[at : at + TOGETHER]
            out[rows] = self.model.likely(np.repeat(after, number, 0), self.model.row(self.words[options[rows], k]))
        return out


def _alike(place: Longs, past: Longs) -> tuple[Longs, Longs, Longs]:
    """Rows put together whose place and history are the same: their order, and where each group begins and ends."""
    order = np.lexsort((*past.T, place))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(place[order]) != 0) | (np.diff(past[order], axis=0) != 0).any(1)
    first = np.flatnonzero(new)
    return order, first, np.append(first[1:], len(order))
