"""The evaluation command of the model card, over the toy engine."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import devset_eval
import pytest
from click.testing import CliRunner
from sacrebleu.metrics import BLEU

from pipeline.engines import load_engine
from pipeline.records import Request

ROWS = [("ভারত ও বেলজিয়াম।", "India and Belgium."), ("সম্মেলন শুরু।", "The summit begins."), ("হ্যাঁ।", "Yes.")]


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    text = "".join(f"toy\t{bengali}\t{english}\n" for bengali, english in ROWS)
    (tmp_path / "dev-toy.tsv.xz").write_bytes(lzma.compress(text.encode("utf-8")))
    return tmp_path


def test_scores_are_those_of_the_engines_own_output(corpora):
    result = CliRunner().invoke(devset_eval.main, [str(corpora), "--engine", "fake", "--batch", "2", "--json"])
    assert result.exit_code == 0, result.output
    found = {line["direction"]: line for line in map(json.loads, result.output.splitlines())}
    assert list(found) == ["bn-en", "en-bn"]
    requests = [Request(bengali, "bn-en") for bengali, _ in ROWS]
    outputs = [candidates[0].text for candidates in load_engine("fake").translate(requests)]
    expected = BLEU().corpus_score(outputs, [[english for _, english in ROWS]]).score
    assert found["bn-en"]["bleu"]["score"] == pytest.approx(expected, abs=0.005)
    assert "tok:intl" in found["en-bn"]["bleu"]["signature"]
    assert found["en-bn"]["n"] == len(ROWS)
    assert found["en-bn"]["sentences_per_second"] > 0
    assert found["en-bn"]["peak_memory_mb"] > 10


def test_translations_are_kept_in_order_for_later_comparison(corpora):
    out = corpora / "out"
    args = [str(corpora), "--engine", "fake", "--direction", "bn-en", "--limit", "2", "--out", str(out)]
    result = CliRunner().invoke(devset_eval.main, args)
    assert result.exit_code == 0, result.output
    kept = (out / "dev-toy.bn-en.txt").read_text(encoding="utf-8").splitlines()
    engine = load_engine("fake")
    assert kept == [engine.translate([Request(row[0], "bn-en")])[0][0].text for row in ROWS[:2]]
    for word in ("dev-toy bn-en: 2 sentences", "chrF++", "BLEU", "sentences/s", "peak memory"):
        assert word in result.output


@pytest.mark.parametrize(("engine", "folder", "word"), [("fake", "empty", "no dev-*.tsv.xz"), ("none", "", "none")])
def test_faults_are_one_message(corpora, engine, folder, word):
    result = CliRunner().invoke(devset_eval.main, [str(corpora / folder), "--engine", engine])
    assert result.exit_code == 1
    assert word in result.output
    assert "Traceback" not in result.output
