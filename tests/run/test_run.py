"""The whole pipeline over the real articles with the deterministic engine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import setu
from pipeline.errors import SetuError
from pipeline.run import Options, run

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
FIELDS = {
    "id", "doc", "index", "start", "end", "source", "raw", "target", "reference", "tm", "terms", "changes",
    "findings", "scores", "status",
}  # fmt: skip


def options(out, **more):
    return Options(
        **{"paths": (SEEDS,), "out": out, "engine": "fake", "glossary": (ROOT / "glossary" / "diplomacy.yaml",), **more}
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return run(options(tmp_path_factory.mktemp("out")))


def rows_of(folder):
    return [json.loads(line) for line in (folder / "aligned.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_file_of_the_contract_is_there(done):
    names = {path.name for path in done.folder.iterdir()}
    assert names >= {"manifest.json", "aligned.jsonl", "aligned.tsv", "scores.json", "review.html"}
    assert {"01-belgium-call.en.txt", "04-belgium-defence.bn.txt"} <= names
    assert not {name for name in names if name.startswith(".")}, "nothing of the work in progress is left"


def test_rows_carry_the_fields_of_the_contract_and_exact_offsets(done):
    texts = {path.stem: path.read_bytes().decode("utf-8-sig") for path in SEEDS.glob("*.txt")}
    rows = rows_of(done.folder)
    assert rows
    for row in rows:
        assert row.keys() >= FIELDS
        assert row["source"] == texts[row["doc"]][row["start"] : row["end"]]
        assert row["status"] == "draft"
        for term in row["terms"]:
            assert row["start"] <= term["start"] < term["end"] <= row["end"]


def test_undoing_all_changes_gives_the_raw_output(done):
    changed = 0
    for row in rows_of(done.folder):
        text = row["target"]
        for change in reversed(row["changes"]):
            end = change["start"] + len(change["after"])
            assert text[change["start"] : end] == change["after"]
            text = text[: change["start"]] + change["before"] + text[end:]
            changed += 1
        assert text == row["raw"]
    assert changed, "the deterministic engine gets terms wrong on purpose"


def test_the_wrong_acronyms_of_the_second_article_are_contested_and_nothing_else(done):
    contested = [
        (row["doc"], term) for row in rows_of(done.folder) for term in row["terms"] if term["status"] == "contested"
    ]
    assert [doc for doc, _ in contested] == ["02-kazakhstan-call"] * 3
    text = (SEEDS / "02-kazakhstan-call.txt").read_text(encoding="utf-8")
    wrong = [text.index("এমইএ"), text.index("এমইএ", text.index('"')), text.index("(এমইএ)") + 1]
    assert [term["start"] for _, term in contested] == wrong
    assert {term["proposed"] for _, term in contested} == {"sco"}
    assert all(len(term["readings"]) >= 2 for _, term in contested)


def test_the_wrong_weekday_of_the_fifth_article_is_found(done):
    found = [
        (row["doc"], f["source_span"])
        for row in rows_of(done.folder)
        for f in row["findings"]
        if f["check"] == "weekday-date"
    ]
    text = (SEEDS / "05-central-asia.txt").read_text(encoding="utf-8")
    assert [doc for doc, _ in found] == ["05-central-asia"]
    assert found[0][1][0] <= text.index("৪ জুলাই") < found[0][1][1]


def test_translations_keep_the_layout_of_the_source(done):
    for path in SEEDS.glob("*.txt"):
        (translated,) = done.folder.glob(f"{path.stem}.*.txt")
        source = path.read_text(encoding="utf-8").split("\n")
        target = translated.read_text(encoding="utf-8").split("\n")
        assert [bool(line.strip()) for line in target] == [bool(line.strip()) for line in source]


def test_the_manifest_says_what_made_the_run(done):
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["run_id"] == done.folder.name
    assert manifest["finished"] >= manifest["started"]
    assert manifest["engine"]["name"] == "fake"
    assert [doc["doc"] for doc in manifest["documents"]] == sorted(path.stem for path in SEEDS.glob("*.txt"))
    assert [doc["direction"] for doc in manifest["documents"]] == ["bn-en", "bn-en", "bn-en", "en-bn", "bn-en"]
    assert {doc["status"] for doc in manifest["documents"]} == {"done"}


def test_scores_stand_for_every_document_and_direction(done):
    scores = json.loads((done.folder / "scores.json").read_text(encoding="utf-8"))
    assert all(0 <= scores["documents"][path.stem]["chrf"]["score"] <= 100 for path in SEEDS.glob("*.txt"))
    assert set(scores["overall"]) == {"bn-en", "en-bn"}
    assert all(0 < found["terms"]["success_rate"] <= 100 for found in scores["documents"].values())


def test_two_runs_give_the_same_bytes_and_a_repeated_run_is_not_done_again(done, tmp_path):
    again = run(options(tmp_path, batch=5))
    assert (again.folder / "aligned.jsonl").read_bytes() == (done.folder / "aligned.jsonl").read_bytes()
    stamp = (again.folder / "aligned.jsonl").stat().st_mtime_ns
    assert run(options(tmp_path)).reused
    assert (again.folder / "aligned.jsonl").stat().st_mtime_ns == stamp
    assert not run(options(tmp_path, force=True)).reused


KILLED = """
import os, signal, sys
from pathlib import Path
import pipeline.run as r
calls, translate = 0, r.translate_segments
def dies(*args, **kwargs):
    global calls
    calls += 1
    if calls > 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return translate(*args, **kwargs)
r.translate_segments = dies
r.run(r.Options(paths=(Path(sys.argv[1]),), out=Path(sys.argv[2]), engine="fake", glossary=(Path(sys.argv[3]),)))
"""


def test_a_killed_run_resumes_to_the_same_bytes(done, tmp_path):
    glossary = ROOT / "glossary" / "diplomacy.yaml"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(SEEDS), str(tmp_path), str(glossary)], check=False, cwd=ROOT
    )
    assert killed.returncode == -signal.SIGKILL
    (folder,) = tmp_path.iterdir()
    assert not (folder / "aligned.jsonl").exists(), "nothing looks done that is not"
    saved = len(list((folder / ".work").iterdir()))
    assert saved == 3
    translated = []
    result = run(options(tmp_path, resume=True), lambda count, _total: translated.append(count))
    assert (result.folder / "aligned.jsonl").read_bytes() == (done.folder / "aligned.jsonl").read_bytes()


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


ENTRY = b"- id: sco\n  bn: {term: x}\n  en: {term: SCO}\n"
BAD = {
    "missing path": (lambda tmp: {"paths": (tmp / "none.txt",)}, "none.txt"),
    "empty file": (lambda tmp: {"paths": (write(tmp / "empty.txt", b""),)}, "empty.txt"),
    "binary file": (lambda tmp: {"paths": (write(tmp / "bin.txt", bytes(range(256))),)}, "bin.txt"),
    "latin-1 file": (lambda tmp: {"paths": (write(tmp / "l1.txt", b"caf\xe9 au lait"),)}, "byte 3"),
    "folder without texts": (lambda tmp: {"paths": (write(tmp / "d" / "a.bin", b"x").parent,)}, "d"),
    "50 MB file": (lambda tmp: {"paths": (write(tmp / "big.txt", b"word " * 10_000_000),)}, "big.txt"),
    "line of 1 MB": (lambda tmp: {"paths": (write(tmp / "line.txt", "ভারত ".encode() * 80_000),)}, "line 1"),
    "malformed YAML": (lambda tmp: {"glossary": (write(tmp / "g.yaml", b"- id: [a\n"),)}, "g.yaml"),
    "duplicate ids": (lambda tmp: {"glossary": (write(tmp / "g.yaml", ENTRY + ENTRY),)}, "sco"),
    "unknown engine": (lambda _tmp: {"engine": "babelfish"}, "babelfish"),
    "missing references": (lambda tmp: {"refs": tmp / "norefs"}, "norefs"),
    "output under a file": (lambda tmp: {"out": write(tmp / "f", b"x") / "out"}, "out"),
}  # fmt: skip


@pytest.mark.parametrize("label", BAD)
def test_bad_input_is_one_clear_error_and_nothing_is_written(label, tmp_path):
    make, names = BAD[label]
    changes = make(tmp_path)
    out = changes.pop("out", tmp_path / "out")
    with pytest.raises(SetuError) as caught:
        run(options(out, **changes))
    assert names in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not out.exists()


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from pipeline.cli import main
sys.argv = ["setu", "run", *sys.argv[1:]]
main()
"""


def test_a_full_disk_is_one_message_and_no_half_written_file(tmp_path):
    command = [sys.executable, "-c", FULL, str(SEEDS), "--engine", "fake", "--out", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    (folder,) = tmp_path.iterdir()
    for path in folder.rglob("*.json*"):
        for line in (
            [path.read_text(encoding="utf-8")]
            if path.suffix == ".json"
            else path.read_text(encoding="utf-8").splitlines()
        ):
            json.loads(line)


def cli(*args):
    return CliRunner().invoke(setu, ["run", "--engine", "fake", *map(str, args)], standalone_mode=False)


def test_the_command_prints_a_table_and_where_to_read(tmp_path):
    result = cli(SEEDS, "--out", tmp_path)
    assert result.return_value == 0
    assert all(word in result.output for word in ("02-kazakhstan-call", "chrF++", "review.html", "bn-en"))


def test_json_and_fail_on(tmp_path):
    result = cli(SEEDS, "--out", tmp_path, "--json", "--fail-on", "error")
    assert result.return_value == 1, "the wrong weekday of the fifth article is an error"
    assert [doc["contested"] for doc in json.loads(result.stdout)["documents"]] == [0, 3, 0, 0, 0]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_documents_of_one_name_do_not_overwrite_each_other(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        shutil.copy(SEEDS / "01-belgium-call.txt", tmp_path / name / "same.txt")
    result = run(options(tmp_path / "out", paths=(tmp_path / "a", tmp_path / "b")))
    assert {row["doc"] for row in result.rows} == {"same", "same-2"}
    assert len({row["id"] for row in result.rows}) == len(result.rows)


def test_a_web_page_comes_back_as_a_page_and_as_text(tmp_path):
    script = "<script>var a = 'ভারত';</script>"
    page = f"<html><head><title>x</title>{script}</head><body><h1>ভারত</h1><p>এমইএ <b>বলেছে</b>।</p></body></html>"
    folder = write(tmp_path / "in" / "page.html", page.encode()).parent
    result = run(options(tmp_path / "out", paths=(folder,)))
    assert [row["source"] for row in result.rows if row["kind"] == "heading"][-1:] == ["ভারত"]
    translated = (result.folder / "page.en.html").read_text(encoding="utf-8")
    assert "<h1>India</h1>" in translated
    assert "var a = 'ভারত';" in translated
    assert "MEA" in (result.folder / "page.en.txt").read_text(encoding="utf-8")
