"""The seeds are byte for byte what their table says, and every reference has its source's layout."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

import pytest

SEEDS = Path(__file__).parents[2] / "seeds"
REFERENCES = {
    "01-belgium-call": "en",
    "02-kazakhstan-call": "en",
    "03-putin-election": "en",
    "04-belgium-defence": "bn",
    "05-central-asia": "en",
}
# How often a figure of the source must stand in the reference: counted by hand in the articles.
FACTS = [
    ("01-belgium-call.en", "March 26, 2024", 1),
    ("01-belgium-call.en", "1947", 2),
    ("02-kazakhstan-call.en", "SCO", 9),
    ("02-kazakhstan-call.en", "MEA", 2),
    ("02-kazakhstan-call.en", "Kazakhstan's Kazakhstan's", 0),
    ("03-putin-election.en", "87.97 per cent", 1),
    ("03-putin-election.en", "Scroll to load tweet…", 1),
    ("04-belgium-defence.bn", "২০২৫-০৩-০৫", 1),
    ("04-belgium-defence.bn", "১০৫ মিমি", 1),
    ("05-central-asia.en", "Wednesday (July 4, 2024)", 1),
    ("05-central-asia.en", "Prime Minister Narendra was", 1),
    ("05-central-asia.en", "17th SCO summit", 1),
    ("05-central-asia.en", "24th", 2),
]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def table() -> dict[str, str]:
    rows = re.findall(r"^\| (\S+\.txt) \|.*`([0-9a-f]{64})` \|$", text_of(SEEDS / "README.md"), re.MULTILINE)
    return dict(rows)


def layout(line: str) -> tuple[str, str, bool]:
    """What must agree between a line and its translation: its margins, and whether it says anything."""
    body = line.strip()
    return line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :] if body else "", bool(body)


def test_every_seed_is_in_the_table():
    assert sorted(table()) == sorted(path.name for path in SEEDS.glob("*.txt"))
    assert sorted(table()) == sorted(f"{stem}.txt" for stem in REFERENCES)


@pytest.mark.parametrize(("name", "sha256"), sorted(table().items()))
def test_seeds_are_byte_for_byte_as_received(name: str, sha256: str):
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == sha256


@pytest.mark.parametrize(("stem", "language"), REFERENCES.items())
def test_references_have_the_layout_of_their_source(stem: str, language: str):
    source = text_of(SEEDS / f"{stem}.txt").split("\n")
    reference = text_of(SEEDS / "references" / f"{stem}.{language}.txt").split("\n")
    assert [layout(line) for line in reference] == [layout(line) for line in source]


@pytest.mark.parametrize(("stem", "language"), REFERENCES.items())
def test_references_are_wholly_in_the_target_language(stem: str, language: str):
    text = text_of(SEEDS / "references" / f"{stem}.{language}.txt")
    strangers = r"[A-Za-z]" if language == "bn" else r"[\u0980-\u09ff]"
    assert re.findall(strangers, text) == []
    assert unicodedata.normalize("NFC", text) == text


@pytest.mark.parametrize(("stem", "language"), REFERENCES.items())
def test_quotation_marks_of_the_source_are_kept(stem: str, language: str):
    source = text_of(SEEDS / f"{stem}.txt").split("\n")
    reference = text_of(SEEDS / "references" / f"{stem}.{language}.txt").split("\n")
    for mark in '"‘“”':
        assert [line.count(mark) for line in reference] == [line.count(mark) for line in source], mark


@pytest.mark.parametrize(("name", "fact", "times"), FACTS)
def test_references_keep_the_facts_and_carry_the_right_terms(name: str, fact: str, times: int):
    assert text_of(SEEDS / "references" / f"{name}.txt").count(fact) == times
