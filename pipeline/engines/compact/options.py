"""Translation options of a batch of sentences: what the search chooses from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.ngram import Ints

__all__ = ["CONTEXT", "MAX_WORDS", "Bits", "Floats", "Longs", "Options"]

Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
MAX_WORDS = 62
"""Longest sentence in tokens: coverage is one 64-bit word."""
CONTEXT = 3
"""Words of context that the language model reads."""


@dataclass(frozen=True, slots=True)
class Options:
    """Translation options of a batch, sorted by sentence and then by start.

    Option o translates source words `start[o]:end[o]` of sentence `sentence[o]` into the `length[o]` words
    `words[o]` (padded with PAD), at a weighted table score; `reorder` holds the weighted log-probabilities of
    the moves before (monotone, swap, other) and after. `first[s]:first[s+1]` are the options of sentence s.
    """

    sentence: Longs
    start: Longs
    end: Longs
    words: Ints
    length: Longs
    score: Floats
    turn: Longs
    """1 for an option that loses a denial, -1 for one that adds one."""
    reorder: Floats
    source_length: Longs
    context: Ints
    """Last CONTEXT target words before each sentence, most recent first (BOS, PAD, PAD without a prefix)."""
    covered: Bits
    """Source words that a forced prefix has translated already."""
    walls: Longs
    """`walls[s, i]`: the first word at or after i that nothing may jump over: clause punctuation, or the end."""
    ahead: Floats | None = None
    """`ahead[s, i, j]`: log-odds that word i comes before word k in the translation, summed over k < j."""

    def take(self, rows: Longs) -> Options:
        """Some of the options, in their order."""
        ours = ("sentence", "start", "end", "words", "length", "score", "turn", "reorder")
        return replace(self, **{name: getattr(self, name)[rows] for name in ours})
