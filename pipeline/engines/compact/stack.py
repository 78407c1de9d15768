"""The hypotheses of one stack of the search, and which of them go on."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.ngram import Ints, Places
from pipeline.engines.compact.options import CONTEXT, Bits, Floats, Longs
from pipeline.engines.compact.ranking import top

__all__ = ["Detours", "Stack"]

FURTHEST, OTHERS = np.float32(6), 8
"""How much worse than the best a hypothesis may be to be remembered when they are recombined, and how many of them."""


@dataclass(frozen=True, slots=True)
class Detours:
    """Other ways to hypotheses that were recombined: a row each."""

    node: Ints
    """The place of the best in the stack."""
    parent: Ints
    option: Ints
    loss: Floats
    """How much worse this way is."""


@dataclass(slots=True)
class Stack:
    """Hypotheses of one stack; row k of every array is one hypothesis."""

    sentence: Longs
    covered: Bits
    last_start: Longs
    last_end: Longs
    context: Ints
    places: Places
    """Of the context in the language model."""
    after: Floats
    score: Floats
    estimate: Floats
    parent: Longs
    option: Longs
    balance: Longs
    """Denials lost, less those added."""
    past: Ints
    """The context before the last option: what the joint model has yet to read."""
    name: Longs
    """Its number among all hypotheses of the search; before it is recombined it has none."""

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Stack:
        """Some rows."""
        return Stack(*(getattr(self, f.name)[rows] for f in fields(self)))

    def part(self, first: int, end: int) -> Stack:
        """Some rows that follow each other, not copied."""
        return Stack(*(getattr(self, f.name)[first:end] for f in fields(self)))

    @staticmethod
    def join(parts: list[Stack]) -> Stack:
        """All rows of some, in their order."""
        return Stack(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Stack)))

    def recombined(self, beam: int, curious: npt.NDArray[np.bool_]) -> tuple[Stack, Detours]:
        """Of hypotheses that the future cannot tell apart the best, and of these the beam of each sentence.

        `curious`: whether the other ways of a sentence are wanted too.
        """
        state = self.covered * np.uint64(0x9E3779B97F4A7C15) ^ self.last_end.astype(np.uint64) * np.uint64(
            0xD6E8FEB86659FD93
        )
        state ^= self.balance.astype(np.uint64) * np.uint64(0x165667B19E3779F9)
        for k in range(CONTEXT):
            state = (state ^ self.context[:, k].astype(np.uint64)) * np.uint64(0xC2B2AE3D27D4EB4F)
        order = np.lexsort((-self.score, state, self.sentence))
        s, z = self.sentence[order], state[order]
        new = np.concatenate([[True], (s[1:] != s[:-1]) | (z[1:] != z[:-1])])
        best, of = order[new], np.cumsum(new) - 1
        kept = top(self.sentence[best], self.estimate[best], beam, np.arange(len(best)))
        place = np.full(len(best), -1)
        place[kept] = np.arange(len(kept))
        rank = np.arange(len(order)) - np.flatnonzero(new)[of]
        other = np.flatnonzero((rank > 0) & (rank <= OTHERS) & (place[of] >= 0) & curious[s])
        rest, of = order[other], of[other]
        loss = self.score[best[of]] - self.score[rest]
        near = loss <= FURTHEST
        rest = rest[near]
        node, parent, option = (c.astype(np.int32) for c in (place[of[near]], self.parent[rest], self.option[rest]))
        return self.take(best[kept]), Detours(node, parent, option, loss[near])

    def best(self, beam: int) -> Stack:
        """The beam of each sentence."""
        return self.take(top(self.sentence, self.estimate, beam, np.arange(len(self.score))))
