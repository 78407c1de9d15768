"""The best translations of a sentence, out of all that the search has seen of it.

The search keeps one of the hypotheses that its future cannot tell apart. A list of those that reach the end would
differ in its last words alone: of bigrams at the beginning of the best translation 99 % of such a list had each, of
those at its end 14 %. So the others are remembered as detours, and the list is taken from the lattice that they make
(Koehn 2010, section 9.3; Huang and Chiang 2005, algorithm 3).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import chain, count
from typing import NamedTuple, TypeAlias

import numpy as np

from pipeline.engines.compact.ngram import UNK
from pipeline.engines.compact.options import Floats, Longs, Options
from pipeline.engines.compact.stack import Detours

__all__ = ["Derivation", "Derivations"]

_Tail: TypeAlias = "tuple[int, _Tail] | None"
"""Options of the rest of a translation, the next one first."""
TRIES = 6
"""Ways that are looked at for each translation that is asked for: many have the same words in other phrases."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """One translation: options in target order, and its model score."""

    options: tuple[int, ...]
    score: float


class _Turn(NamedTuple):
    """Another way to a hypothesis: how much worse it is, to which one, from which other by which option."""

    loss: float
    name: int
    parent: int
    option: int


class _Step(NamedTuple):
    """How a hypothesis came about, and in which other ways it could have."""

    parent: int
    option: int
    turns: Sequence[_Turn]


class _Way(NamedTuple):
    """A translation from its end: the options of its rest, and before them the best way to a hypothesis."""

    cost: float
    name: int
    tail: _Tail


@dataclass(frozen=True, slots=True)
class _Lattice:
    """All hypotheses of a search by name. Of few of them anybody asks for the detours: all in lists fill the memory."""

    parents: Longs
    options: Longs
    detours: Detours
    order: Longs
    """Of the detours by the hypothesis that they lead to."""
    first: Longs
    _steps: dict[int, _Step] = field(default_factory=dict)

    def step(self, name: int) -> _Step:
        """Of one hypothesis."""
        found = self._steps.get(name)
        if found is None:
            rows = self.order[self.first[name] : self.first[name + 1]]
            loss, parent, option = (getattr(self.detours, n)[rows].tolist() for n in ("loss", "parent", "option"))
            turns = list(map(_Turn, loss, [name] * len(rows), parent, option))
            found = _Step(int(self.parents[name]), int(self.options[name]), turns)
            self._steps[name] = found
        return found

    def read(self, way: _Way) -> tuple[tuple[int, ...], list[_Turn]]:
        """The options of a way in target order, and all that it could turn to, the least loss first."""
        options, turns, name = [], list[_Turn](), way.name
        while name >= 0:
            step = self.step(name)
            turns += step.turns
            if step.option >= 0:
                options.append(step.option)
            name = step.parent
        options.reverse()
        tail = way.tail
        while tail:
            option, tail = tail
            options.append(option)
        turns.sort()
        return tuple(options), turns

    def turned(self, way: _Way, turn: _Turn) -> _Way:
        """The way that goes as another, but turns."""
        between, name = [], way.name
        while name != turn.name:
            step = self.step(name)
            between.append(step.option)
            name = step.parent
        tail = way.tail
        for option in between:
            tail = (option, tail) if option >= 0 else tail
        return _Way(way.cost + turn.loss, turn.parent, (turn.option, tail))


class Derivations:
    """How every hypothesis of a search came about."""

    def __init__(self, options: Options) -> None:
        """`options`: what hypotheses are made of."""
        self._options = options
        self._steps: list[tuple[Longs, Longs]] = []
        self._detours: list[Detours] = []
        self._size = 0
        self._words: dict[int, tuple[int, ...]] = {}
        self._lattice: _Lattice | None = None

    def add(self, parent: Longs, option: Longs, detours: Detours) -> Longs:
        """The names of new hypotheses, each with the name of its parent (or -1) and its last option (or -1)."""
        names = self._size + np.arange(len(parent))
        self._steps.append((parent, option))
        self._detours.append(
            Detours(names[detours.node].astype(np.int32), detours.parent, detours.option, detours.loss)
        )
        self._size += len(parent)
        return names

    def best(self, names: Longs, scores: Floats, most: int) -> list[Derivation]:
        """The best translations that end with some finished hypotheses of one sentence, best first."""
        lattice, number = self._joined(), count()
        ends = zip(names[: 1 if most == 1 else None].tolist(), scores.tolist(), strict=False)
        # Of the turns of a way only the next one waits: most are never looked at.
        heap: list[tuple[float, int, _Way, Sequence[_Turn], int]]
        heap = [(-score, next(number), _Way(-score, name, None), (), 0) for name, score in ends]
        heapq.heapify(heap)
        out: list[Derivation] = []
        known: set[tuple[int, ...]] = set()
        for _ in range(TRIES * most):
            if not heap or len(out) == most:
                break
            cost, _, way, turns, next_one = heapq.heappop(heap)
            if turns:
                turn = turns[next_one]
                if next_one + 1 < len(turns):
                    later = way.cost + turns[next_one + 1].loss
                    heapq.heappush(heap, (later, next(number), way, turns, next_one + 1))
                way = lattice.turned(way, turn)
            found, turns = lattice.read(way)
            if turns and most > 1:
                heapq.heappush(heap, (cost + turns[0].loss, next(number), way, turns, 0))
            words = tuple(chain.from_iterable(map(self._said, found)))
            if words not in known:
                known.add(words)
                out.append(Derivation(found, -cost))
        return out

    def _joined(self) -> _Lattice:
        if self._lattice is None:
            parents, options = (np.concatenate(column) for column in zip(*self._steps, strict=True))
            columns = (np.concatenate([getattr(d, f.name) for d in self._detours]) for f in fields(Detours))
            detours = Detours(*columns)
            order = np.argsort(detours.node, kind="stable")
            first = np.searchsorted(detours.node[order], np.arange(self._size + 1))
            self._lattice = _Lattice(parents, options, detours, order, first)
        return self._lattice

    def _said(self, option: int) -> tuple[int, ...]:
        """The words of an option; where some are not in the vocabulary, what no other option has."""
        said = self._words.get(option)
        if said is None:
            said = tuple(self._options.words[option, : self._options.length[option]].tolist())
            if UNK in said:
                said = (-1 - option,)
            self._words[option] = said
        return said
