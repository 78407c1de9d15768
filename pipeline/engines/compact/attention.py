"""How likely a target word is, given the whole source and all words before it: a small Transformer decoder in numpy.

It reads the encoder's states of the source words, their places in the source and their places in the predicted order of
the target; readers, layers of attention of the source words to one another, make of them what the decoder attends to
(Vaswani et al. 2017). A pointer says which source word each target word comes
from; its mean state goes through layers like those of the joint model, from which training started. Words are those of
the joint model; rarer ones share a row, and the pointer tells them apart.

Layers multiply whole numbers, which floats hold exactly, and all sums run over a sentence's own rows, so that the batch
that a sentence travels in never changes a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.joint import HIDDEN, HISTORY, START, Linear
from pipeline.engines.compact.options import Floats, Longs

__all__ = ["AttentionModel", "Memory", "Past"]

Bools = npt.NDArray[np.bool_]
EPSILON = np.float32(1e-5)
OFF = np.float32(-1e4)
HEAD = 64
"""Width of an attention head; narrower states have one head."""
PLACES = 128
"""Places in a sentence that have an embedding; words behind them share the last."""
SINUS = np.float32(0.3)
"""Of the sinusoids that mark a target word's place."""
EIGHT = 8
"""Padding is a multiple of it: numpy then adds a row of numbers in the same order, however much padding it has."""
WORDS = "words"


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation (Ba et al. 2016)."""

    weight: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        """Rows (..., width)."""
        share = np.float32(1 / rows.shape[-1])
        rows = rows - rows.sum(-1, keepdims=True) * share
        squares: Floats = np.einsum("...i,...i->...", rows, rows)[..., None]
        spread = np.sqrt(squares * share + EPSILON)
        out: Floats = rows / spread * self.weight + self.bias
        return out


@dataclass(frozen=True, slots=True)
class Memory:
    """The source sentences of a batch as the layers read them."""

    keys: Sequence[Floats]
    """A layer: (sentences, heads, words, width of a head); so are the values."""
    values: Sequence[Floats]
    pointed: Floats
    """(sentences, words, width of the pointer)."""
    states: Floats
    """(sentences, words, width)."""
    absent: Floats
    """(sentences, words): OFF where a sentence has no word."""

    def take(self, rows: Sequence[int]) -> Memory:
        """Some of the sentences."""
        keys, values = ([part[rows] for part in side] for side in (self.keys, self.values))
        return Memory(keys, values, self.pointed[rows], self.states[rows], self.absent[rows])


@dataclass(slots=True)
class Past:
    """What the layers remember of the target words so far: rows of all hypotheses of all steps, none ever moved."""

    keys: list[Floats]
    values: list[Floats]
    steps: int
    seen: Bools
    """(sentences, hypotheses, rows): which rows lie on the way to a hypothesis."""

    def take(self, rows: Sequence[int]) -> Past:
        """Of some of the sentences."""
        keys, values = ([part[rows] for part in side] for side in (self.keys, self.values))
        return Past(keys, values, self.steps, self.seen[rows])


class AttentionModel:
    """Scores target words of one direction, word by word, for several hypotheses of several sentences."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """`arrays`: as `pipeline.training.attention` exports them."""
        self._linear = {
            name[: -len(".scale")]: Linear.load(arrays, name[: -len(".scale")])
            for name in arrays
            if name.endswith(".scale") and name != f"{WORDS}.scale"
        }
        self._readers, self._layers = (
            sum(name.startswith(kind) and name.endswith(".a.q") for name in self._linear)
            for kind in ("readers", "layers")
        )
        joined = {f"layers.{k}.a": "qkv" for k in range(self._layers)}
        joined |= {f"readers.{k}.a": "qkv" for k in range(self._readers)}
        joined |= {f"layers.{k}.c": "kv" for k in range(self._layers)}
        for name, parts in joined.items():  # one product for all that read the same rows
            self._linear[f"{name}.{parts}"] = Linear.joined([self._linear.pop(f"{name}.{p}") for p in parts])
        self._norm = {
            name: Norm(arrays[f"{name}.weight"].astype(np.float32), arrays[f"{name}.bias"].astype(np.float32))
            for name in {key.rpartition(".")[0] for key in arrays if key.endswith(".weight")}
            if f"{name}.scale" not in arrays
        }
        self._words, self._scale = arrays[f"{WORDS}.weight"], arrays[f"{WORDS}.scale"].astype(np.float32)
        self.bias: Floats = arrays["bias"].astype(np.float32)
        self.known = len(self._words) - 3
        self.own: Longs = arrays.get("own", np.zeros(0)).astype(np.int64)
        """Rows of the words that it may say where no list has them."""
        self._rank, self._place = (arrays[name].astype(np.float32) for name in ("rank", "orig"))
        self._width = self._rank.shape[1]
        self._heads = max(1, self._width // HEAD)
        self._sinus = SINUS * _sinusoids(4 * PLACES, self._width)
        self._short = self._linear["hist"].weight.shape[1] // HISTORY

    @property
    def end(self) -> int:
        """The row that ends a translation; as an input it stands before the first word."""
        return self.known + START

    @property
    def hidden(self) -> int:
        """The row of a word that is not known yet."""
        return self.known + HIDDEN

    def words(self, rows: Longs) -> Floats:
        """Embeddings of words: the known, any other, the beginning (as an output the end), and a hidden one."""
        return self._words[rows] * self._scale[rows][..., None]

    def scorer(self, rows: Longs) -> Linear:
        """What gives the scores of some words for embeddings that `step` gives."""
        weight = np.asfortranarray(self._words[rows], np.float32)
        return Linear(weight, self._scale[rows], self.bias[rows])

    def read(self, states: Sequence[Floats], ranks: Sequence[Longs]) -> Memory:
        """Sentences: states (words, width) in the order of the source, and each word's place in the target's order."""
        longest = -(-max(len(s) for s in states) // EIGHT) * EIGHT
        block = np.zeros((len(states), longest, self._width), np.float32)
        marks, absent = np.zeros_like(block), np.full((len(states), longest), OFF, np.float32)
        for k, (rows, rank) in enumerate(zip(states, ranks, strict=True)):
            block[k, : len(rows)], absent[k, : len(rows)] = rows, 0
            at = np.minimum(np.arange(len(rows)), PLACES - 1)
            marks[k, : len(rows)] = self._rank[np.minimum(rank, PLACES - 1)] + self._place[at]
        mixed = self._apply("mem", self._norm["hn"](block)) + marks
        memory = self._norm["mn"](self._reread(mixed, absent))
        both = [np.split(self._apply(f"layers.{k}.c.kv", memory), 2, -1) for k in range(self._layers)]
        keys, values = ([self._split(part[side]) for part in both] for side in (0, 1))
        return Memory(keys, values, self._apply("pk", memory), block, absent)

    def _reread(self, block: Floats, absent: Floats) -> Floats:
        """The source words (sentences, words, width), each having read the others of its sentence."""
        live = absent == 0
        x = block[live]
        for k in range(self._readers):
            name = f"readers.{k}"
            query, *others = np.split(self._apply(f"{name}.a.qkv", self._norm[f"{name}.n1"](x)), 3, -1)
            keys, values = (self._split(_spread(rows, live)) for rows in others)
            x = x + self._attend(f"{name}.a", query, live, keys, values, absent[:, None, None])
            x = x + self._inner(name, self._norm[f"{name}.n2"](x))
        return _spread(x, live)

    def _inner(self, name: str, rows: Floats) -> Floats:
        return self._apply(f"{name}.w2", np.maximum(self._apply(f"{name}.w1", rows), 0))

    def begin(self, memory: Memory, hypotheses: int, steps: int) -> Past:
        """Nothing said yet; room for some steps."""
        shape = (len(memory.absent), self._heads, hypotheses * steps, self._width // self._heads)
        keys, values = ([np.zeros(shape, np.float32) for _ in range(self._layers)] for _ in range(2))
        return Past(keys, values, 0, np.zeros((shape[0], hypotheses, shape[2]), bool))

    def step(self, memory: Memory, past: Past, history: Longs, parents: Longs, live: Bools) -> tuple[Floats, Floats]:
        """The next words: what embeddings are multiplied by, and the pointer's log-probabilities.

        `history` (sentences, hypotheses, HISTORY): rows of the words before, latest first; `parents` (sentences,
        hypotheses): which hypothesis of the step before each goes on from; `live` (sentences, hypotheses): which ones
        there are, for the layers read no others. Shapes of what is given back: (sentences, hypotheses, width of the
        embeddings) and (sentences, hypotheses, source words).
        """
        _n, k = parents.shape
        at = slice(past.steps * k, (past.steps + 1) * k)
        past.seen = np.take_along_axis(past.seen, parents[:, :, None], 1)
        past.seen[:, :, at] = np.eye(k, dtype=bool)
        unseen = np.where(past.seen[:, None, :, : at.stop], np.float32(0), OFF)
        x = self._apply("inp", self.words(history[live][:, 0])) + self._sinus[past.steps]
        for layer in range(self._layers):
            name = f"layers.{layer}"
            query, key, value = np.split(self._apply(f"{name}.a.qkv", self._norm[f"{name}.n1"](x)), 3, -1)
            past.keys[layer][:, :, at] = self._split(_spread(key, live))
            past.values[layer][:, :, at] = self._split(_spread(value, live))
            x = x + self._attend(f"{name}.a", query, live, past.keys[layer][:, :, : at.stop],
                                 past.values[layer][:, :, : at.stop], unseen)  # fmt: skip
            query = self._apply(f"{name}.c.q", self._norm[f"{name}.n2"](x))
            x = x + self._attend(f"{name}.c", query, live, memory.keys[layer], memory.values[layer],
                                 memory.absent[:, None, None])  # fmt: skip
            x = x + self._inner(name, self._norm[f"{name}.n3"](x))
        past.steps += 1
        return self._out(memory, self._norm["fin"](x), history, live)

    def _out(self, memory: Memory, x: Floats, history: Longs, live: Bools) -> tuple[Floats, Floats]:
        asked = _spread(self._apply("pq", x), live)
        points = asked @ memory.pointed.swapaxes(1, 2) * np.float32(asked.shape[-1] ** -0.5) + memory.absent[:, None]
        points = _log_softmax(points)
        source = (np.exp(points) @ memory.states)[live]
        seen = history[live]
        recent = (self._words[seen, : self._short] * self._scale[seen][..., None]).reshape(len(x), -1)
        first = self._apply("source", source) + self._apply("hist", recent) + self._apply("U", x)
        second = np.maximum(self._apply("middle", np.maximum(first, 0)), 0)
        out, short = self._apply("Wd", x), self._apply("output", second)
        out[:, : short.shape[-1]] += short
        return _spread(out, live), points

    def _apply(self, name: str, rows: Floats) -> Floats:
        layer = self._linear[name]
        return layer(rows.reshape(-1, rows.shape[-1])).reshape(*rows.shape[:-1], -1)

    def _split(self, rows: Floats) -> Floats:
        """(sentences, rows, width) to (sentences, heads, rows, width of a head)."""
        return rows.reshape(*rows.shape[:2], self._heads, -1).swapaxes(1, 2)

    def _attend(  # noqa: PLR0913, PLR0917 (what attention reads)
        self, name: str, asked: Floats, live: Bools, keys: Floats, values: Floats, off: Floats
    ) -> Floats:
        query = self._split(_spread(asked, live))
        share = query @ keys.swapaxes(2, 3) * np.float32(query.shape[-1] ** -0.5) + off
        share = np.exp(share - share.max(-1, keepdims=True))
        share /= share.sum(-1, keepdims=True)
        return self._apply(f"{name}.o", (share @ values).swapaxes(1, 2).reshape(*live.shape, -1)[live])


def _spread(rows: Floats, live: Bools) -> Floats:
    """The rows of live hypotheses as (sentences, hypotheses, width), zero where there is none."""
    out = np.zeros((*live.shape, rows.shape[-1]), np.float32)
    out[live] = rows
    return out


def _log_softmax(rows: Floats) -> Floats:
    rows = rows - rows.max(-1, keepdims=True)
    out: Floats = rows - np.log(np.exp(rows).sum(-1, keepdims=True))
    return out


def _sinusoids(places: int, width: int) -> Floats:
    """(places, width): sines in the even columns, cosines in the odd ones."""
    speed = np.exp(-np.log(10000.0) * np.arange(0, width, 2) / width)
    angle = np.arange(places)[:, None] * speed
    return np.stack([np.sin(angle), np.cos(angle)], 2).reshape(places, width).astype(np.float32)
