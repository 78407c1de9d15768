"""The speed of the model card: which sentences are timed, over the toy engine."""

from __future__ import annotations

import json

import compact_speed
import pytest
from click.testing import CliRunner

from pipeline.engines import load_engine

PAIRS = {
    "one.tsv.xz": [("ভারত ও চীন।", "India and China."), ("হ্যাঁ।", "Yes, of course.")],
    "two.tsv.xz": [("রাম  ও শ্যাম", "Ram")],
}


class Counting:
    """The toy engine, and the batches that it was given."""

    def __init__(self):
        self.batches = []

    def translate(self, requests):
        self.batches.append([request.text for request in requests])
        return load_engine("fake").translate(requests)


@pytest.fixture
def engine(monkeypatch):
    made = Counting()
    monkeypatch.setattr(compact_speed, "load_engine", lambda _, model: made)
    monkeypatch.setattr(compact_speed, "read_held_out_pairs", lambda _folder, _sources, name: PAIRS[name])
    monkeypatch.setattr(compact_speed, "load_sources", lambda: type("Sources", (), {"held_out": tuple(PAIRS)}))
    return made


def run(*arguments):
    return CliRunner().invoke(compact_speed.main, ["corpora", *arguments])


def test_sentences_of_one_length_are_one_batch_twice_each_direction(engine):
    result = run("--words", "3", "--json")
    assert result.exit_code == 0, result.output
    bengali, english = ["ভারত ও চীন।", "রাম  ও শ্যাম"], ["India and China.", "Yes, of course."]
    read = [["ভারত"], ["India"]]  # a word a direction, so that no phrasebook is read against the clock
    assert engine.batches == [*read, bengali, bengali, english, english]
    (line,) = result.output.splitlines()
    found = json.loads(line)
    assert list(found) == ["words", "load_seconds", "bn-en", "en-bn"]
    for direction in ("bn-en", "en-bn"):
        row = found[direction]
        assert row["sentences"] == 2
        assert row["ratio"] == pytest.approx(row["second"] / row["first"], abs=0.01)
        assert row["memory_mb"] > 10


def test_the_table_names_every_figure(engine):
    output = run("--words", "3").output
    for word in ("3 words", "loaded in", *compact_speed.HEAD, *compact_speed.DIRECTIONS):
        assert word in output


def test_a_length_that_no_sentence_has_is_one_message(engine):
    result = run("--words", "9")
    assert result.exit_code == 1
    assert "no held-out sentence of 9 words" in result.output
    assert not engine.batches
