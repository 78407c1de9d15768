"""The candidates that the index measures are the right ones: it finds what measuring every key would find."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from pipeline.memory_index import PATIENCE, SHORT, TAIL, Index
from pipeline.memory_match import exact_key, fold_key

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


def keys_of_seeds(count, *, seed):
    """Keys of 1 to 30 words from stretches of the seeds, alike enough to be hard to tell apart."""
    chance = random.Random(seed)  # noqa: S311 (repeatable test data)
    words = [path.read_text(encoding="utf-8").split() for path in sorted(SEEDS.glob("0*.txt"))]
    for _ in range(count):
        source = chance.choice(words)
        at = chance.randrange(len(source))
        yield fold_key(exact_key(" ".join(source[at : at + chance.randint(1, 30)])))


def by_measuring_all(keys, asked, cutoff):
    scores = [(number, Levenshtein.normalized_similarity(asked, key)) for number, key in enumerate(keys, 1)]
    return sorted((hit for hit in scores if hit[1] >= cutoff), key=lambda hit: (-hit[1], hit[0]))


@pytest.fixture(scope="module")
def keys():
    return list(keys_of_seeds(6000, seed=3))


@pytest.fixture(scope="module")
def warm(keys):
    index = Index()
    index.add(range(1, len(keys) + 1), keys)
    index.warm()
    return index


@pytest.mark.parametrize("cutoff", [0.7, 0.85])
def test_the_index_finds_the_best_matches(warm, keys, cutoff):
    chance = random.Random(5)  # noqa: S311 (repeatable test data)
    missed = total = 0
    for key in chance.sample(keys, 60):
        words = key.split()
        words[chance.randrange(len(words))] = "নতুন"
        asked = " ".join(words)
        wanted = by_measuring_all(keys, asked, cutoff)
        found = warm.search(asked, cutoff=cutoff, limit=5)
        assert [score for _, score in found[:1]] == [score for _, score in wanted[:1]]
        total += min(5, len(wanted))
        missed += min(5, len(wanted)) - len(found)
    assert total > 50
    assert missed == 0


def test_short_keys_are_all_measured(warm, keys):
    short = [key for key in keys if 2 < len(key) < SHORT]
    assert len(short) > 20
    for key in short[:20]:
        assert warm.search(key, cutoff=0.6, limit=50) == by_measuring_all(keys, key, 0.6)[:50]


def test_keys_added_later_are_found_and_taken_in(keys):
    index = Index()
    index.add([1], ["প্রথম বাক্য এখানে আছে"])
    index.warm()
    index.add(range(2, TAIL + 2), keys[:TAIL])
    index.add([], [])
    assert index.search("প্রথম বাক্য এখানে আছে", cutoff=0.9, limit=1) == [(1, 1.0)]
    assert index.search(keys[0], cutoff=1, limit=1)[0][1] == 1.0
    index.add([TAIL + 2, TAIL + 3], ["দ্বিতীয় বাক্য এখানে আছে", "তৃতীয়"])
    assert len(index) == TAIL + 3
    assert index.last == TAIL + 3
    assert index.search("দ্বিতীয় বাক্য এখানে আছে", cutoff=0.9, limit=1) == [(TAIL + 2, 1.0)]
    assert not index._tail


def test_a_long_index_builds_itself_after_a_few_searches(keys):
    index = Index()
    index.add(range(1, len(keys) + 1), keys)
    for number in range(PATIENCE + 1):
        assert bool(index._tail) == (number <= PATIENCE)
        assert index.search(keys[7], cutoff=0.9, limit=1)[0][1] == 1.0
    assert not index._tail


def test_an_empty_index_finds_nothing():
    index = Index()
    index.warm()
    assert index.search("কিছু একটা লেখা আছে এখানে", cutoff=0.7, limit=5) == []
