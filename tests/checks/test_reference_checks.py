"""The seeds' reference translations are right: no check that needs no glossary may speak on any of their lines."""

from pathlib import Path

import pytest

from pipeline.checks import Pair, check_pairs, check_segment
from pipeline.files import read_lines

SEEDS = Path(__file__).parents[2] / "seeds"
REFERENCES = sorted((SEEDS / "references").glob("0*.txt"))


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.name)
def test_no_false_alarm(path):
    stem, language = path.stem.rsplit(".", 1)
    direction = "bn-en" if language == "en" else "en-bn"
    sources, targets = read_lines(SEEDS / f"{stem}.txt"), read_lines(path)
    pairs = [Pair(source, target, direction) for source, target in zip(sources, targets, strict=True)]
    assert [(pair.source, finding) for pair in pairs for finding in check_segment(pair)] == []
    assert check_pairs(pairs) == {}
