"""The main job with the model that ships: what an editor gets on a fresh machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.run import Options, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(Options(paths=(ROOT / "seeds",), out=tmp_path_factory.mktemp("out")))


def test_every_term_of_the_articles_is_right_or_reported(result):
    for row in result.rows:
        reported = [finding["source_span"] for finding in row["findings"] if finding["check"] == "term-missing"]
        for term in row["terms"]:
            assert term["target"], f"{row['id']}: no target for {term['surface']}"
        assert not reported, f"{row['id']}: {row['findings']}"
    success = [scores["terms"]["success_rate"] for scores in result.scores["documents"].values()]
    assert all(rate >= 99 for rate in success)


def test_nothing_is_contested_but_the_wrong_acronyms_of_the_second_article(result):
    contested = [row["doc"] for row in result.rows for term in row["terms"] if term["status"] == "contested"]
    assert contested == ["02-kazakhstan-call"] * 3


def test_the_headline_speaks_of_the_sco_and_its_record_of_the_mea(result):
    headline = next(row for row in result.rows if row["id"] == "02-kazakhstan-call:0000")
    assert "এমইএ" in headline["source"]
    assert "SCO" in headline["target"]
    assert "MEA" not in headline["target"]
    assert any(change["entry"] == "sco" and "এমইএ" in change["why"] for change in headline["changes"])


def test_the_translations_are_in_the_other_language(result):
    for row in result.rows:
        assert row["target"].strip()
        if row["doc"] != "04-belgium-defence" and "@" not in row["source"]:
            assert not any("\u0980" <= char <= "\u09ff" for char in row["target"]), row["target"]


def test_the_scores_beat_a_word_by_word_gloss(result):
    """The deterministic engine knows the glossary and nothing else; the shipped model must be far above it."""
    gloss = run(Options(paths=(ROOT / "seeds",), out=result.folder.parent, engine="fake"))
    for direction in ("bn-en", "en-bn"):
        ours, theirs = (r.scores["overall"][direction]["chrf"]["score"] for r in (result, gloss))
        assert ours > theirs + 10
