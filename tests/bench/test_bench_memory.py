"""A lookup among 100,000 units takes under 20 ms on one core.

Run with `pytest tests/bench/test_bench_memory.py -o addopts=`; the project's options skip every benchmark
otherwise. The units are sentences of the five seeds with words exchanged between them, which is
harder than news: most trigrams occur in thousands of units.
"""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest

from pipeline.memory import Memory
from pipeline.records import Unit

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
UNITS = 100_000
BOUND = 0.020
"""Seconds."""


def sentences(count, *, seed):
    """Sentences of 4 to 30 words, put together from stretches of the Bengali seeds."""
    chance = random.Random(seed)  # noqa: S311 (repeatable test data)
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("0[1235]*.txt"))]
    words = [text.split() for text in texts]
    for number in range(count):
        parts = []
        for _ in range(chance.randint(1, 6)):
            source = chance.choice(words)
            at = chance.randrange(len(source))
            parts += source[at : at + chance.randint(3, 6)]
        yield f"{' '.join(parts)} {number}"


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    with Memory.open(tmp_path_factory.mktemp("bench") / "memory.sqlite") as opened:
        opened.add(Unit(text, "x", "bn", "en", origin="approved") for text in sentences(UNITS, seed=1))
        opened.warm()
        yield opened


@pytest.fixture
def one_core():
    """Whatever runs on other cores does not help."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    yield
    os.sched_setaffinity(0, allowed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["near", "none"])
def test_lookup_among_100_000_units(benchmark, memory, one_core, kind):
    stored = list(sentences(200, seed=1)) if kind == "near" else list(sentences(200, seed=7))
    asked = itertools.cycle(" ".join(text.split()[1:]) if kind == "near" else text for text in stored)
    found = benchmark.pedantic(lambda: memory.lookup(next(asked), "bn-en"), rounds=200, warmup_rounds=5)
    assert memory.count() == UNITS
    assert kind == "none" or found
    assert benchmark.stats.stats.median < BOUND
