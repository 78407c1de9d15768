"""`setu score` as users and programs meet it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sacrebleu.metrics import BLEU, CHRF, TER

from pipeline.cli import main

SEEDS = Path(__file__).parents[2] / "seeds"
ARTICLE = SEEDS / "references" / "05-central-asia.en.txt"
LINES = [line for line in ARTICLE.read_text(encoding="utf-8").split("\n") if line.strip()]


@pytest.fixture
def setu(monkeypatch, capsys):
    def call(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["setu", "score", *map(str, args)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.fixture
def write(tmp_path):
    def make(name: str, data: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        return path

    return make


def worn(every: int) -> str:
    return "\n".join(" ".join(word for i, word in enumerate(line.split()) if i % every) for line in LINES) + "\n"


def test_json_has_sacrebleus_figures(setu, write):
    hyp, ref = write("hyp", worn(4)), write("ref", "\n".join(LINES))
    code, out, err = setu("--hyp", hyp, "--ref", ref, "--lang", "en", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert set(found) == {"bleu", "chrf", "ter", "terms", "baseline", "n"}
    hypotheses = worn(4).splitlines()
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF(word_order=2)), ("ter", TER())):
        assert found[name]["score"] == pytest.approx(metric.corpus_score(hypotheses, [LINES]).score, abs=0.005)
    assert (found["terms"], found["baseline"], found["n"]) == (None, None, len(LINES))


def test_blank_lines_of_the_layout_do_not_count(setu):
    code, out, _ = setu("--hyp", ARTICLE, "--ref", ARTICLE, "--lang", "en", "--json")
    assert (code, json.loads(out)["n"]) == (0, len(LINES))


def test_line_ends_and_byte_order_marks_do_not_count(setu, write):
    hyp = write("hyp", b"\xef\xbb\xbf" + worn(4).replace("\n", "\r\n").encode())
    ref = write("ref", "\n".join(LINES))
    _, out, _ = setu("--hyp", hyp, "--ref", ref, "--lang", "en", "--json")
    _, plain, _ = setu("--hyp", write("plain", worn(4)), "--ref", ref, "--lang", "en", "--json")
    assert out == plain


def test_unicode_line_separators_end_no_line(setu, write):
    hyp = write("hyp", "one\u2028two\nthree\x85four\n")
    code, out, _ = setu("--hyp", hyp, "--ref", hyp, "--lang", "en", "--json")
    assert (code, json.loads(out)["n"]) == (0, 2)


def test_baseline_and_several_references(setu, write):
    hyp, base, ref = write("hyp", worn(6)), write("base", worn(3)), write("ref", "\n".join(LINES))
    code, out, _ = setu("--hyp", hyp, "--ref", ref, "--ref", base, "--baseline", base, "--lang", "en", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["bleu"]["signature"].startswith("nrefs:2|")
    assert found["baseline"]["delta"] < 0
    assert set(found["baseline"]) >= {"delta", "p"}


def test_the_table_names_metrics_intervals_and_signatures(setu, write):
    hyp, ref = write("hyp", worn(4)), write("ref", "\n".join(LINES))
    code, out, _ = setu("--hyp", hyp, "--ref", ref, "--lang", "en", "--baseline", hyp)
    assert code == 0
    for word in ("chrF++", "BLEU", "TER", "95 % interval", "+0.0", "tok:13a", "version:", f"{len(LINES)} segments"):
        assert word in out


def test_terms_of_the_sources_are_counted(setu, write):
    src = write("src", "এসসিও শীর্ষ সম্মেলন শুরু হয়েছে।\nবিদেশ মন্ত্রক (এমইএ) জানিয়েছে।\n")
    hyp = write("hyp", "The SCO summit has begun.\nThe foreign office said so.\n")
    glossary = write("terms.yaml", "- {id: sco, bn: {term: এসসিও}, en: {term: SCO}, type: acronym}\n"
                                   "- {id: mea, bn: {term: এমইএ}, en: {term: MEA}, type: acronym}\n")  # fmt: skip
    code, out, _ = setu(
        "--hyp", hyp, "--ref", hyp, "--src", src, "--lang", "en", "--glossary", glossary, "--json"
    )  # fmt: skip
    terms = json.loads(out)["terms"]
    assert code == 0
    assert (terms["success_rate"], terms["forbidden"], terms["n"]) == (50.0, 0, 2)


def test_free_form_documents_are_aligned_first(setu, write):
    free = " ".join(LINES[1:6]) + "\n" + " ".join(LINES[6:])
    hyp = write("hyp", "\n".join([LINES[0], *LINES[1:]]))
    ref = write("ref", f"{LINES[0]}\n\n{free}")
    assert setu("--hyp", hyp, "--ref", ref, "--lang", "en")[0] == 2
    code, out, _ = setu("--hyp", hyp, "--ref", ref, "--src", SEEDS / "05-central-asia.txt",
                        "--lang", "en", "--align", "--json")  # fmt: skip
    found = json.loads(out)
    assert code == 0
    assert found["bleu"]["score"] == 100.0
    assert found["n"] >= 30
    assert found["terms"]["success_rate"] > 80


def test_a_sentence_that_is_missing_counts_against_an_aligned_translation(setu, write):
    hyp = write("hyp", "\n".join([*LINES[:4], *LINES[6:]]))
    _, out, _ = setu("--hyp", hyp, "--ref", ARTICLE, "--lang", "en", "--align", "--json")
    assert 50 < json.loads(out)["chrf"]["score"] < 99


NUKTA = ("ভারতী\u09af\u09bc\n", "ভারতী\u09df\n")


def test_nukta_letters_count_as_one_unless_asked_otherwise(setu, write):
    hyp, ref = write("hyp", NUKTA[0]), write("ref", NUKTA[1])
    one = json.loads(setu("--hyp", hyp, "--ref", ref, "--lang", "bn", "--json")[1])
    two = json.loads(setu("--hyp", hyp, "--ref", ref, "--lang", "bn", "--json", "--as-written")[1])
    assert one["chrf"]["score"] == 100.0 > two["chrf"]["score"]


BAD = [
    ("unequal lines", "a\nb\n", "a\n", ["1 lines", "2 lines", "--align"]),
    ("empty", "", "a\n", ["hyp", "no text"]),
    ("nothing but white space", "a\n", " \n", ["ref", "no text"]),
    ("not UTF-8", b"caf\xe9\n", "a\n", ["hyp", "byte 3", "UTF-8"]),
    ("binary", b"a\x00\x01\n", "a\n", ["hyp", "binary"]),
]


@pytest.mark.parametrize(("hyp", "ref", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_files_give_one_clear_message(setu, write, hyp, ref, words):
    code, out, err = setu("--hyp", write("hyp", hyp), "--ref", write("ref", ref), "--lang", "en", "--json")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


USAGE = [
    ("no such file", ["--hyp", "nowhere.txt", "--ref", ARTICLE, "--lang", "en"], "no such file"),
    ("a folder", ["--hyp", SEEDS, "--ref", ARTICLE, "--lang", "en"], "folder"),
    ("no reference", ["--hyp", ARTICLE, "--lang", "en"], "--ref"),
    ("no language", ["--hyp", ARTICLE, "--ref", ARTICLE], "--lang"),
    ("unknown language", ["--hyp", ARTICLE, "--ref", ARTICLE, "--lang", "fr"], "fr"),
    ("sources of another length", ["--hyp", ARTICLE, "--ref", ARTICLE, "--src", SEEDS / "01-belgium-call.txt",
                                   "--lang", "en"], "lines"),
    ("a missing glossary", ["--hyp", ARTICLE, "--ref", ARTICLE, "--src", SEEDS / "05-central-asia.txt",
                            "--lang", "en", "--glossary", "none.yaml"], "none.yaml"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "args", "word"), USAGE, ids=[case[0] for case in USAGE])
def test_bad_usage_exits_2_without_a_traceback(setu, label, args, word):
    code, out, err = setu(*args)
    assert (code, out) == (2, "")
    assert word in err
    assert "Traceback" not in err


def test_help_has_examples(setu):
    code, out, _ = setu("--help")
    assert code == 0
    for word in ("Examples:", "--baseline", "--align", "--src", "--json"):
        assert word in out
