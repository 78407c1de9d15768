"""The source phrases of a batch, each with the options that translate it.

What a phrase costs a hypothesis (whether it fits, how far the search jumps, what it overtakes) is the same for all of
its translations: the search asks once for the phrase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.engines.compact.options import Bits, Longs, Options

__all__ = ["Spans", "expand"]

ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class Spans:
    """Source phrases `start:end` by sentence, start and end; span k has the options `first[k]:first[k] + size[k]`."""

    sentence: Longs
    start: Longs
    end: Longs
    bits: Bits
    """Coverage."""
    first: Longs
    size: Longs
    range_at: Longs
    """`range_at[s, i]`: the first span of sentence s that starts at word i or later."""

    @classmethod
    def of(cls, options: Options) -> Spans:
        """Those of options that stand by sentence, start and end."""
        o = options
        new = np.ones(len(o.start), bool)
        new[1:] = (np.diff(o.sentence) != 0) | (np.diff(o.start) != 0) | (np.diff(o.end) != 0)
        first = np.flatnonzero(new)
        sentence, start, end = o.sentence[first], o.start[first], o.end[first]
        longest = int(o.source_length.max(initial=0)) + 2
        places = np.arange(len(o.source_length))[:, None] * longest + np.arange(longest)
        range_at = np.searchsorted(sentence * longest + start, places.ravel()).reshape(places.shape)
        bits = ((ONE << (end - start).astype(np.uint64)) - ONE) << start.astype(np.uint64)
        return cls(sentence, start, end, bits, first, np.diff(np.append(first, len(o.start))), range_at)


def expand(first: Longs, size: Longs) -> tuple[Longs, Longs]:
    """For ranges `first[k]:first[k] + size[k]`, one after the other: which range, and each place in it."""
    owner = np.repeat(np.arange(len(size)), size)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(size) - size - first, size)
