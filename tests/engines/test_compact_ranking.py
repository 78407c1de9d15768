"""The best of each group, against a plain sort, and ranges one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.engines.compact.ranking import near_best, top
from pipeline.engines.compact.spans import expand


def plainly(group, value, most):
    """Places by group, then falling value, then place; the first `most` of each group."""
    out, seen = [], {}
    for k in sorted(range(len(group)), key=lambda k: (group[k], -value[k], k)):
        seen[group[k]] = seen.get(group[k], 0) + 1
        if seen[group[k]] <= most:
            out.append(k)
    return out


@pytest.mark.parametrize("scale", [1, 1 << 40], ids=["one number a row", "groups too many for that"])
@pytest.mark.parametrize("most", [1, 3, 1000])
def test_top_is_a_sort_by_group_and_value(scale, most):
    chance = np.random.default_rng(most)
    group = chance.integers(0, 40, 700) * scale
    value = np.round(chance.normal(size=700) * 4, 1).astype(np.float32)
    value[:40], value[40:80], value[80:90] = 0.0, -0.0, -np.inf
    assert top(group, value, most, np.arange(700)).tolist() == plainly(group.tolist(), value.tolist(), most)


def test_top_of_nothing_is_nothing():
    none = np.zeros(0, np.int64)
    assert top(none, none.astype(np.float32), 3, none).tolist() == []


def test_near_best_leaves_out_what_is_far_from_the_best_of_its_own_group():
    group = np.array([0, 0, 1, 1, 1])
    value = np.array([-1.0, -9.0, -20.0, -21.0, -22.0], np.float32)
    assert near_best(group, value, margin=5.0, most=9).tolist() == [0, 2, 3, 4]
    assert near_best(group, value, margin=5.0, most=2).tolist() == [0, 2, 3]


def test_ranges_stand_one_after_the_other():
    owner, place = expand(np.array([5, 0, 9]), np.array([2, 0, 3]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert place.tolist() == [5, 6, 9, 10, 11]
