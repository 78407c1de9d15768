"""The best of each group, for many groups at once."""

from __future__ import annotations

import numpy as np

from pipeline.engines.compact.options import Floats, Longs

__all__ = ["near_best", "top"]


def near_best(group: Longs, value: Floats, *, margin: float, most: int) -> Longs:
    """Rows within the margin of the best of their group, at most `most` of each."""
    best = np.full(int(group.max(initial=0)) + 1, -np.inf, np.float32)
    np.maximum.at(best, group, value)
    rows = np.flatnonzero(value >= best[group] - np.float32(margin))
    return top(group[rows], value[rows], most, rows)


def top(group: Longs, value: Floats, most: int, rows: Longs) -> Longs:
    """The best rows of each group, best first; of equal ones the first."""
    order = _ranked(group, value)
    g = group[order]
    new = np.concatenate([[True], g[1:] != g[:-1]]) if len(g) else np.zeros(0, bool)
    first = np.flatnonzero(new)
    rank = np.arange(len(g)) - np.repeat(first, np.diff(np.append(first, len(g))))
    return rows[order[rank < most]]


def _ranked(group: Longs, value: Floats) -> Longs:
    """Places by group, falling value and place.

    All three as one whole number, which numpy sorts many times faster than three columns: the bits of a float, turned
    round where it is negative, stand in its order.
    """
    low = len(value).bit_length()
    if not len(value) or int(group.max()).bit_length() + 32 + low > 64:  # noqa: PLR2004 (bits of a key)
        return np.lexsort((np.arange(len(value)), -value, group))
    bits = (np.float32(0) - value.astype(np.float32)).view(np.int32)  # zero has no sign so
    rising = (bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))).astype(np.int64) + (1 << 31)
    key = (group.astype(np.int64) << 32 | rising).astype(np.uint64) << np.uint64(low) | np.arange(
        len(value), dtype=np.uint64
    )
    key.sort()
    return (key & np.uint64((1 << low) - 1)).astype(np.int64)
