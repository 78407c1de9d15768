"""`setu tm`, as a user calls it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pipeline.cli import setu
from pipeline.errors import InputError
from pipeline.formats import export_units, read_units
from pipeline.memory import Memory
from pipeline.records import Unit

TEXT = "ভারত ও বেলজিয়াম উষ্ণ ও বন্ধুত্বপূর্ণ দ্বিপাক্ষিক সম্পর্ক উপভোগ করে।"
UNITS = [
    Unit(TEXT, "India and Belgium enjoy warm and friendly ties.", "bn", "en", id="d:1", doc="d", status="approved",
         origin="approved", changed="2026-07-01T10:00:00Z"),
    Unit(TEXT.replace("উষ্ণ", "২টি উষ্ণ"), "Other.", "bn", "en", id="d:2", doc="d"),
    Unit("Yes.", "হ্যাঁ।", "en", "bn", id="e:1", doc="e"),
    Unit("No.", "না।", "en", "bn", id="e:2", doc="e", status="rejected"),
]  # fmt: skip


def call(*arguments):
    return CliRunner().invoke(setu, ["tm", *map(str, arguments)])


def lines(result):
    assert result.exit_code == 0, (result.output, result.exception)
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def filled(tmp_path):
    """A memory with three units."""
    (tmp_path / "in.tmx").write_bytes(export_units(UNITS, "tmx"))
    path = tmp_path / "sub" / "m.sqlite"
    (counts,) = lines(call("import", tmp_path / "in.tmx", "--memory", path, "--json"))
    assert counts == {
        "file": str(tmp_path / "in.tmx"), "units": 4, "added": 3, "updated": 0, "skipped": 1, "notices": [],
    }  # fmt: skip
    return path


def test_search_gives_the_best_first(filled):
    found = lines(call("search", TEXT, "--memory", filled, "--no-glossary", "--json"))
    assert [(match["score"], match["origin"], match["differs"]) for match in found] == [
        (1.0, "approved", []),
        (pytest.approx(0.93), "draft", ["number"]),
    ]
    assert list(found[0]) == [
        "id", "score", "similarity", "source", "target", "origin", "differs", "context", "doc", "segment", "changed",
    ]  # fmt: skip
    assert "বেলজিয়াম" in found[0]["source"]


def test_search_for_people_shows_a_table(filled):
    result = call("search", TEXT, "--memory", filled, "--no-glossary", "--limit", 1)
    assert "1 matches" in result.stdout
    assert "India and Belgium enjoy" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("label", "arguments", "targets"),
    [
        ("direction by the text", ["Yes."], ["হ্যাঁ।"]),
        ("direction as given", ["Yes.", "--direction", "bn-en"], []),
        ("nothing alike", ["Something else entirely."], []),
        ("limit", [TEXT, "--limit", "1"], [UNITS[0].target]),
        ("least score", [TEXT, "--min-score", "0.99"], [UNITS[0].target]),
    ],
)
def test_search_options(filled, label, arguments, targets):
    found = lines(call("search", *arguments, "--memory", filled, "--no-glossary", "--json"))
    assert [match["target"] for match in found] == targets, label


def test_search_flags_a_glossary_term(filled, tmp_path):
    (tmp_path / "g.yaml").write_text("- {id: india, bn: {term: ভারত}, en: {term: India}}\n", encoding="utf-8")
    asked = TEXT.replace("ভারত", "নেপাল")
    found = lines(call("search", asked, "--memory", filled, "--glossary", tmp_path / "g.yaml", "--json"))
    assert "term" in found[0]["differs"]
    assert found[0]["score"] <= 0.94


@pytest.mark.parametrize("suffix", [".tmx", ".xlf", ".csv", ".docx", ".html"])
def test_export_and_import_again(filled, tmp_path, suffix):
    out, other = tmp_path / f"out{suffix}", tmp_path / "other.sqlite"
    (facts,) = lines(call("export", out, "--memory", filled, "--json"))
    assert (facts["file"], facts["units"]) == (str(out), 3)
    (counts,) = lines(call("import", out, "--memory", other, "--json"))
    assert counts["added"] == 3
    again = tmp_path / f"again{suffix}"
    assert call("export", again, "--memory", other).exit_code == 0
    # What a table for people leaves out (the time of a change) dates the file no more.
    assert suffix in (".docx", ".html") or again.read_bytes() == out.read_bytes()
    with Memory.open(filled) as first, Memory.open(other) as second:
        assert [(u.source, u.target, u.origin, u.id) for u in first.units()] == [
            (u.source, u.target, u.origin, u.id) for u in second.units()
        ]


def test_export_filters(filled, tmp_path):
    call("export", tmp_path / "a.csv", "--memory", filled, "--direction", "bn-en", "--origin", "draft")
    assert [unit.target for unit in read_units(tmp_path / "a.csv")] == ["Other."]
    result = call("export", tmp_path / "b.xlf", "--memory", filled, "--format", "xliff2", "--direction", "en-bn")
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'b.xlf'}: 1 units\n")
    assert b'version="2.1"' in (tmp_path / "b.xlf").read_bytes()


def test_import_gives_the_trust_that_is_asked_for(filled, tmp_path):
    call("import", tmp_path / "in.tmx", "--memory", tmp_path / "n.sqlite", "--origin", "mt")
    with Memory.open(tmp_path / "n.sqlite") as memory:
        assert [unit.origin for unit in memory.units()] == ["mt"] * 3


def test_import_tells_what_was_left_out(tmp_path):
    (tmp_path / "a.tmx").write_text(
        '<tmx version="1.4"><header srclang="bn"/><body><tu><tuv xml:lang="bn"><seg>ক<ph>x</ph></seg></tuv>'
        '<tuv xml:lang="en-IN"><seg>k</seg></tuv></tu>\n<tu><tuv xml:lang="fr"><seg>x</seg></tuv></tu></body></tmx>',
        encoding="utf-8",
    )
    result = call("import", tmp_path / "a.tmx", "--memory", tmp_path / "m.sqlite")
    assert result.stdout == f"{tmp_path / 'a.tmx'}: 1 added, 0 updated, 0 skipped\n"
    assert "line 1: the inline code <ph> was left out" in result.stderr
    assert "line 2: a unit without Bengali and English was left out" in result.stderr


BAD = [
    ("no memory", ["search", "x", "--memory", "none.sqlite", "--no-glossary"], "no translation memory"),
    ("no words", ["search", "...", "--memory", "none.sqlite"], "no words"),
    ("no file", ["import", "none.tmx"], "no such file"),
    ("unknown suffix", ["import", "none.pdf"], "the suffix '.pdf'"),
    ("export from nothing", ["export", "x.tmx", "--memory", "none.sqlite"], "no translation memory"),
]


@pytest.mark.parametrize(("label", "arguments", "says"), BAD, ids=[case[0] for case in BAD])
def test_bad_input(tmp_path, monkeypatch, label, arguments, says):
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_one_bad_file_stops_the_whole_import(filled, tmp_path):
    (tmp_path / "bad.tmx").write_text("<tmx>\n<body>", encoding="utf-8")
    result = call("import", tmp_path / "in.tmx", tmp_path / "bad.tmx", "--memory", tmp_path / "n.sqlite")
    assert "bad.tmx, line 2" in str(result.exception)
    assert not (tmp_path / "n.sqlite").exists()


def test_a_damaged_memory_exits_2_with_one_message(tmp_path):
    path = tmp_path / "m.sqlite"
    Memory.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    path.write_bytes(b"rubbish" * 1000)
    done = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import main; main()", "tm", "export", "x.tmx", "--memory", path],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert "damaged translation memory" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(file.name.split("-")[0] for file in tmp_path.iterdir()) == ["m.sqlite", "m.sqlite.corrupt"]


@pytest.mark.parametrize("command", ["search", "import", "export"])
def test_help_has_examples_and_exit_codes(command):
    text = call(command, "--help").stdout
    assert f"setu tm {command}" in text
    assert "Exit codes: 0" in text
