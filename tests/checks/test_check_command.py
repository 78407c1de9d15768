"""`setu check` as users and scripts call it."""

import json
import sys
from pathlib import Path

import pytest

from pipeline.checks import CHECKS
from pipeline.cli import main

SEEDS = Path(__file__).parents[2] / "seeds"
GLOSSARY = """\
- id: mea
  bn: {term: এমইএ, expansion: বিদেশ মন্ত্রক}
  en: {term: MEA, expansion: Ministry of External Affairs}
  type: acronym
"""


@pytest.fixture
def setu(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["setu", "check", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        output = capsys.readouterr()
        return stop.value.code, output.out, output.err

    return call


@pytest.fixture
def files(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            (tmp_path / name).write_bytes(text.encode())
        (tmp_path / "glossary.yaml").write_text(GLOSSARY, encoding="utf-8")
        return [tmp_path / name for name in (*texts, "glossary.yaml")]

    return write


def rows(output):
    return [json.loads(line) for line in output.splitlines()]


def test_one_object_a_finding(setu, files):
    source = "শিরোনাম\nমঙ্গলবার এমইএ ৫টি চুক্তির কথা বলেছে।\n"
    target = "A heading\nOn Thursday the office spoke of 5 agreements.\n"
    src, tgt, glossary = files(s=source, t=target)
    code, out, _ = setu("--src", src, "--tgt", tgt, "--direction", "bn-en", "--glossary", glossary, "--json")
    found = rows(out)
    assert code == 0
    assert [(row["line"], row["check"], row["severity"]) for row in found] == [
        (2, "weekdays", "error"),
        (2, "term-missing", "error"),
    ]
    assert list(found[0]) == ["line", "check", "severity", "message", "source_span", "target_span", "evidence"]
    assert source[slice(*found[0]["source_span"])] == "মঙ্গলবার"  # offsets of the document, not of the line
    assert target[slice(*found[0]["target_span"])] == "Thursday"
    assert source[slice(*found[1]["source_span"])] == "এমইএ"
    assert found[1]["target_span"] is None


def test_carriage_returns_count_in_offsets(setu, files):
    source, target = "ক\r\nমঙ্গলবার\r\n", "\ufeffK\r\nThursday\r\n"
    src, tgt, glossary = files(s=source, t=target)
    _, out, _ = setu("--src", src, "--tgt", tgt, "--direction", "bn-en", "--glossary", glossary, "--json")
    row = next(row for row in rows(out) if row["check"] == "weekdays")
    assert source[slice(*row["source_span"])] == "মঙ্গলবার"
    assert target[1:][slice(*row["target_span"])] == "Thursday"  # the byte order mark is no part of the text


@pytest.mark.parametrize(("gate", "expected"), [("none", 0), ("error", 1), ("warning", 1)])
def test_fail_on(setu, files, gate, expected):
    src, tgt, glossary = files(s="মঙ্গলবার\n", t="Thursday\n")
    arguments = ("--src", src, "--tgt", tgt, "--direction", "bn-en", "--glossary", glossary, "--fail-on", gate)
    assert setu(*arguments)[0] == expected


def test_fail_on_error_lets_warnings_pass(setu, files):
    src, tgt, glossary = files(s="তিনি বৈঠকে আসবেন কি?\n", t="He will come to the talks.\n")
    arguments = ("--src", src, "--tgt", tgt, "--direction", "bn-en", "--glossary", glossary, "--fail-on")
    assert setu(*arguments, "error")[0] == 0
    assert setu(*arguments, "warning")[0] == 1


def test_unequal_line_counts(setu, files):
    src, tgt, glossary = files(s="এক\nদুই\n", t="one\n")
    code, out, err = setu("--src", src, "--tgt", tgt, "--direction", "bn-en", "--glossary", glossary)
    assert (code, out) == (2, "")
    assert "2 and 1 lines" in err
    assert "Traceback" not in err


BAD = [
    (["--off", "nope"], "nope"),
    (["--severity", "numbers=fatal"], "fatal"),
    (["--severity", "numbers"], "severity"),
    (["--direction", "bn-fr"], "bn-fr"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_options(setu, files, options, message):
    src, glossary = files(s="ভারত\n")
    code, _, err = setu("--src", src, "--glossary", glossary, *options)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("content", "name"), [(b"", "empty"), (b"\x00\x01\x02\xff" * 9, "binary")])
def test_bad_files(setu, tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    for given in (path, tmp_path / "missing"):
        code, _, err = setu("--src", given, "--direction", "bn-en")
        assert code == 2
        assert str(given) in err
        assert "Traceback" not in err


def test_a_seed_alone(setu):
    code, out, _ = setu("--src", SEEDS / "05-central-asia.txt", "--direction", "bn-en", "--json", "--fail-on", "error")
    assert code == 1
    found = [row for row in rows(out) if row["check"] == "weekday-date"]
    assert [(row["line"], row["evidence"]["is"]) for row in found] == [(12, "Thursday")]


def test_contested_acronyms_are_among_the_findings(setu):
    _, out, _ = setu("--src", SEEDS / "02-kazakhstan-call.txt", "--direction", "bn-en", "--json")
    text = (SEEDS / "02-kazakhstan-call.txt").read_text(encoding="utf-8")
    contested = [row for row in rows(out) if row["check"] == "contested-acronym"]
    assert [row["line"] for row in contested] == [1, 3, 4]
    assert {text[slice(*row["source_span"])] for row in contested} == {"এমইএ"}


def test_options_change_severities_and_leave_checks_out(setu, files):
    src, tgt, glossary = files(s="মঙ্গলবার ৫ জন\n", t="Thursday 6\n")
    arguments = ("--src", src, "--tgt", tgt, "--direction", "bn-en", "--glossary", glossary, "--json")
    _, out, _ = setu(*arguments, "--off", "numbers", "--severity", "weekdays=info")
    assert [(row["check"], row["severity"]) for row in rows(out)] == [("weekdays", "info")]


def test_the_table(setu, files):
    src, tgt, glossary = files(s="মঙ্গলবার\n", t="Thursday\n")
    code, out, _ = setu("--src", src, "--tgt", tgt, "--direction", "bn-en", "--glossary", glossary)
    assert code == 0
    assert "মঙ্গলবার in the source, Thursday in the translation." in out
    assert out.rstrip().endswith("1 finding: 1 error")


def test_nothing_found(setu, files):
    src, tgt, glossary = files(s="মঙ্গলবার\n", t="Tuesday\n")
    assert setu("--src", src, "--tgt", tgt, "--glossary", glossary)[:2] == (0, "0 findings\n")


def test_the_list_names_every_check(setu):
    code, out, _ = setu("--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(CHECKS)
