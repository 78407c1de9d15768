"""Titles before names are written large; a title that stands for itself is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.engines.compact.titles import write_titles

REFERENCES = Path(__file__).parents[2] / "seeds" / "references"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Kazakhstan's president Kassym-Jomart Tokayev", "Kazakhstan's President Kassym-Jomart Tokayev"),
        ("external affairs minister S. Jaishankar met", "External Affairs Minister S. Jaishankar met"),
        ("external affairs minister S Jaishankar met", "External Affairs Minister S Jaishankar met"),
        ("China's foreign Minister Wang Yi", "China's Foreign Minister Wang Yi"),
        ("deputy prime minister Murat Nurtleu", "Deputy Prime Minister Murat Nurtleu"),
        ("the former foreign secretary Vijay Gokhale", "the former Foreign Secretary Vijay Gokhale"),
        # nobody's name follows
        ("the prime minister Monday said", "the prime minister Monday said"),
        ("the president of India", "the president of India"),
        ("US foreign minister to meet Rubio", "US foreign minister to meet Rubio"),
        ("the general Assembly", "the general Assembly"),
        ("as president I will", "as president I will"),
        ("a vice-president Smith", "a vice-president Smith"),
        ("Presidential Palace, ministers Alpha and Beta", "Presidential Palace, ministers Alpha and Beta"),
    ],
)
def test_titles_before_names_are_large(text, written):
    assert write_titles(text) == written
    assert write_titles(written) == written


@pytest.mark.parametrize("path", sorted(REFERENCES.glob("*.en.txt")), ids=lambda path: path.name)
def test_what_people_wrote_stays(path):
    text = path.read_text("utf-8")
    assert write_titles(text) == text
