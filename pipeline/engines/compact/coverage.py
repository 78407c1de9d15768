"""Which source tokens the translations of a list give a word of their own, and which a hypothesis has left without one.

A network that writes freely leaves out what it is unsure of, and reads well (Tu et al. 2016); the links of the search's
list say what every source token is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.engines.compact.options import Floats, Longs
from pipeline.engines.compact.smt import Draft, Word

__all__ = ["Coverage", "lone"]


def lone(words: Sequence[Word]) -> set[int]:
    """The source tokens that have a word of their own; one that stands for several tokens says little of each."""
    return {word.start for word in words if word.end - word.start == 1}


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one sentence: what it is worth that a symbol gives a source token its word."""

    share: Floats
    """(1, source tokens): of the list, that gives a token a word of its own; a hypothesis begins with it untold."""
    left: float
    """What the best translation of the list leaves untold."""
    symbols: Longs
    """Those that some translation has for a single token."""
    _first: Longs
    _tokens: Longs

    @classmethod
    def of(
        cls, share: Mapping[int, float], places: Sequence[Sequence[tuple[int, int]]], best: Draft, size: int
    ) -> Coverage:
        """Of a sentence of `size` tokens.

        `share`: of the list, by token; `places`: by symbol, the ranges of tokens that it comes from.
        """
        column = np.zeros((1, size), np.float32)
        column[0, list(share)] = list(share.values())
        pairs = [(k, start) for k, ranges in enumerate(places) for start, end in ranges if end - start == 1]
        of, tokens = np.array(pairs, np.int64).reshape(-1, 2).T
        symbols, first = np.unique(of, return_index=True)
        said = lone(best.words)
        return cls(column, sum(value for k, value in share.items() if k not in said), symbols, first, tokens)

    def gain(self, untold: Floats) -> Floats:
        """(hypotheses, `symbols`): the most that each symbol tells of what is untold (hypotheses, source tokens)."""
        if not len(self.symbols):
            return np.zeros((len(untold), 0), np.float32)
        out: Floats = np.maximum.reduceat(untold[:, self._tokens], self._first, axis=1)
        return out
