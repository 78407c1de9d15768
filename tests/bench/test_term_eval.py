"""The terminology evaluation over the toy engine: what is chosen, and what the figures say."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
import term_eval
from click.testing import CliRunner

from pipeline import termbase

ROWS = [
    ("আজ আস্তানায় বৈঠক।", "A meeting in Astana today."),  # a term, inflected, confirmed
    ("আজ আস্তানা।", "Today the capital."),  # the reference does not have the term: not asked for
    ("আজ বৈঠক।", "A meeting today."),  # no term
    ("আস্তানা আজ।", "Astana today."),  # a term, bare
]
GLOSSARY = "- id: astana\n  bn: {term: আস্তানা}\n  en: {term: Astana}\n  type: place\n"


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch) -> Path:
    text = "".join(f"toy\t{bengali}\t{english}\n" for bengali, english in ROWS)
    (tmp_path / "dev-toy.tsv.xz").write_bytes(lzma.compress(text.encode("utf-8")))
    (tmp_path / "terms.yaml").write_text(GLOSSARY, encoding="utf-8")
    monkeypatch.setattr(termbase, "default_paths", lambda: [tmp_path / "terms.yaml"])
    return tmp_path


def run(corpora, *arguments):
    result = CliRunner().invoke(term_eval.main, [str(corpora), "--engine", "fake", *arguments])
    assert result.exit_code == 0, result.output
    return result


def test_only_confirmed_terms_are_asked_for_inflected_ones_first(corpora):
    base = termbase.load([corpora / "terms.yaml"])
    chosen = term_eval.cases(corpora, base, "bn-en", limit=10)
    assert [case.item.segment.text for case in chosen] == ["আজ আস্তানায় বৈঠক।", "আস্তানা আজ।"]


def test_the_figures_of_each_ladder(corpora):
    result = run(corpora, "--direction", "bn-en", "--ladder", "alone", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["ladder"] for row in rows] == ["plain", *term_eval.RUNG_NAMES, " ".join(term_eval.RUNG_NAMES)]
    success = {row["ladder"]: row["success"] for row in rows}
    # The toy respells আস্তানা as "Aastaanaa": nothing of it is right until a rung mends it.
    assert (success["plain"], success["n-best"], success["prefix"], success["substitute"]) == (0.0, 0.0, 100.0, 100.0)
    assert all(row["extra"] == row["surplus"] == 0.0 for row in rows)
    assert rows[-1]["changed"] == 100.0


def test_targets_that_no_model_has_seen(corpora):
    result = run(corpora, "--direction", "bn-en", "--ladder", "full", "--novel", "--show", "1")
    assert "Anatsa" in result.output
    assert "success 100.0" in result.output


def test_a_folder_without_sets_is_one_message(tmp_path):
    result = CliRunner().invoke(term_eval.main, [str(tmp_path), "--engine", "fake"])
    assert result.exit_code == 1
    assert "no dev-*.tsv.xz" in result.output
