"""`setu translate` and `setu engines`, as a user calls them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline.cli import setu
from pipeline.errors import EngineError, GlossaryError, InputError

GLOSSARY = """\
- id: sco
  bn: {term: এসসিও, expansion: সাংহাই সহযোগিতা সংস্থা}
  en: {term: SCO, expansion: Shanghai Cooperation Organisation}
  type: acronym
  first_mention: expand
- id: astana
  bn: {term: আস্তানা}
  en: {term: Astana}
  type: place
"""


@pytest.fixture
def glossary(tmp_path):
    path = tmp_path / "terms.yaml"
    path.write_text(GLOSSARY, encoding="utf-8")
    return path


def call(*arguments, stdin="", ok=True):
    result = CliRunner().invoke(setu, list(map(str, arguments)), input=stdin, catch_exceptions=True)
    if ok:
        assert result.exit_code == 0, (result.output, result.exception)
    return result


def translate(glossary, stdin, *more, source="bn", target="en"):
    given = ("--no-glossary",) if glossary is None else ("--glossary", glossary)
    return call(
        "translate", "--from", source, "--to", target, "--engine", "fake", *given, *more, stdin=stdin
    ).stdout  # fmt: skip


LINES = [
    ("one line", "আস্তানা\n", 1),
    ("no line end at the end", "আস্তানা", 1),
    ("nothing", "", 0),
    ("empty lines stay", "\n\nআস্তানা\n\n", 4),
    ("a blank line is a line", " \t\nআস্তানা\n", 2),
    ("Windows line ends", "আস্তানা\r\nআজ\r\n", 2),
    ("two sentences on a line", "আজ বৈঠক। আজ সম্মেলন।\n", 1),
    ("a line separator ends no line", "আজ\u2028বৈঠক\u0085x\n", 1),
    ("more than one batch", "আজ\n" * 75, 75),
]


@pytest.mark.parametrize(("label", "stdin", "count"), LINES, ids=[case[0] for case in LINES])
def test_one_line_out_for_each_line_in(label, stdin, count, glossary):
    out = translate(glossary, stdin)
    assert out.count("\n") == count
    for line, made in zip(stdin.split("\n"), out.split("\n"), strict=False):
        assert bool(line.strip()) == bool(made.strip())


def test_a_byte_order_mark_is_no_text(glossary):
    assert translate(glossary, "\ufeffআস্তানা\n".encode()) == "Astana\n"


def test_terms_are_enforced_and_spelt_out_once_in_the_stream(glossary):
    out = translate(glossary, "এসসিও সম্মেলন।\nএসসিও বৈঠক।\n")
    assert out == "Shanghai Cooperation Organisation (SCO) conference.\nSCO meeting.\n"


CONFUSED = """\
- id: sco
  bn: {term: এসসিও, expansion: সাংহাই সহযোগিতা সংস্থা}
  en: {term: SCO, expansion: Shanghai Cooperation Organisation}
  type: acronym
  confusable_with: [mea]
  cues: {bn: [শীর্ষ সম্মেলন], en: [summit]}
  first_mention: expand
- id: mea
  bn: {term: এমইএ, expansion: বিদেশ মন্ত্রক}
  en: {term: MEA, expansion: Ministry of External Affairs}
  type: acronym
"""


def test_a_contested_acronym_is_read_by_its_evidence_and_says_so(tmp_path):
    path = tmp_path / "confused.yaml"
    path.write_text(CONFUSED, encoding="utf-8")
    line = "আজ সাংহাই সহযোগিতা সংস্থা (এমইএ) শীর্ষ সম্মেলন।\n"
    (row,) = map(json.loads, translate(path, line, "--json").splitlines())
    contested = [term for term in row["terms"] if term["status"] == "contested"]
    assert [(term["surface"], term["proposed"]) for term in contested] == [("এমইএ", "sco")]
    assert "Shanghai Cooperation Organisation (SCO)" in row["target"]
    assert "MEA" not in row["target"]
    assert any("contested" in change["why"] for change in row["changes"])


def test_no_glossary_leaves_the_engine_alone(glossary):
    assert "SCO" not in translate(None, "এসসিও বৈঠক।\n")


def test_json_has_every_field_of_the_contract(glossary):
    out = translate(glossary, "আজ আস্তানা। আজ আস্তানা।\n\n", "--json")
    first, second = map(json.loads, out.splitlines())
    assert {"source", "raw", "target", "terms", "findings"} <= set(first)
    assert first["source"] == "আজ আস্তানা। আজ আস্তানা।"
    assert first["target"] == "today Astana. today Astana."
    assert [first["source"][t["start"] : t["end"]] for t in first["terms"]] == ["আস্তানা", "আস্তানা"]
    for change in first["changes"]:
        assert first["target"][change["start"] :].startswith(change["after"])
    assert (second["source"], second["target"], second["terms"]) == ("", "", [])


def test_the_other_direction(glossary):
    assert "আস্তানা" in translate(glossary, "Astana today\n", source="en", target="bn")


WRONG = [
    ("same language", ["--from", "bn", "--to", "bn"], "translates bn to en", SystemExit),
    ("no language", ["--from", "bn"], "--to", SystemExit),
    ("another language", ["--from", "fr", "--to", "en"], "'fr'", SystemExit),
    ("unknown engine", ["--from", "bn", "--to", "en", "--no-glossary", "--engine", "nope"], "Available engines",
     EngineError),
    ("glossary that is not there", ["--from", "bn", "--to", "en", "--glossary", "none.yaml"], "none.yaml",
     (InputError, GlossaryError)),
]  # fmt: skip


@pytest.mark.parametrize(("label", "arguments", "says", "error"), WRONG, ids=[case[0] for case in WRONG])
def test_wrong_usage_is_one_message(label, arguments, says, error):
    result = call("translate", *arguments, stdin="আজ\n", ok=False)
    assert isinstance(result.exception, error)
    assert says in (result.output if error is SystemExit else str(result.exception))


def test_both_glossary_options_exclude_each_other(glossary):
    result = call("translate", "--from", "bn", "--to", "en", "--glossary", glossary, "--no-glossary", ok=False)
    assert "exclude each other" in result.output


def test_input_that_is_not_utf8_names_line_and_byte(glossary):
    result = call(
        "translate", "--from", "bn", "--to", "en", "--engine", "fake", "--glossary", glossary,
        stdin=b"ok\nab\xff\n", ok=False,
    )  # fmt: skip
    assert isinstance(result.exception, InputError)
    assert "line 2, byte 2" in str(result.exception)


def test_engines_lists_what_is_there_and_what_is_needed():
    rows = json.loads(call("engines", "list", "--json").stdout)
    assert [row["name"] for row in rows] == ["compact", "hf", "llm", "ct2", "fake"]
    assert all({"title", "needs", "installed"} <= set(row) for row in rows)
    table = call("engines").stdout
    assert all(row["name"] in table for row in rows)


def test_engines_test_translates_a_line_each_way():
    made = json.loads(call("engines", "test", "fake", "--json").stdout)
    assert made["name"] == "fake"
    assert [line["direction"] for line in made["lines"]] == ["bn-en", "en-bn"]
    assert all(line["target"] for line in made["lines"])
    assert "bn-en" in call("engines", "test", "fake").stdout


def test_engines_test_of_an_unknown_engine():
    result = call("engines", "test", "nope", ok=False)
    assert isinstance(result.exception, EngineError)
