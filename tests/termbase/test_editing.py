"""Adding entries: every byte that was there stays, and what cannot be added leaves the file as it was."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli.glossary import glossary as command
from pipeline.errors import GlossaryError, SetuError
from pipeline.records import TermEntry, TermSide
from pipeline.termbase_edit import add_entries, entry_yaml, same
from pipeline.termbase_yaml import parse_bytes

NEW = TermEntry("ecowas", TermSide("ইকোয়াস"), TermSide("ECOWAS"), type="organisation")
FILES = [
    ("plain", b"- id: a\n  bn: \xe0\xa6\x95\n  en: A\n"),
    ("comments", b"# head\n\n- id: a   # why\n  bn: \xe0\xa6\x95\n  en: A\n\n# tail, with no entry below\n"),
    ("no line end at the end", b"- id: a\n  bn: \xe0\xa6\x95\n  en: A"),
    ("line ends of Windows", b"- id: a\r\n  bn: \xe0\xa6\x95\r\n  en: A\r\n"),
    ("byte order mark", b"\xef\xbb\xbf- id: a\n  bn: \xe0\xa6\x95\n  en: A\n"),
    ("indented list", b"  - id: a\n    bn: \xe0\xa6\x95\n    en: A\n"),
    ("flow entries", b"- {id: a, bn: \xe0\xa6\x95, en: A}\n"),
    ("wide dash", b"-   id: a\n    bn: \xe0\xa6\x95\n    en: A\n"),
    ("empty", b""),
    ("only a comment", b"# ours\n"),
    ("nothing but a list sign", b"---\n"),
]


@pytest.mark.parametrize(("label", "before"), FILES, ids=[row[0] for row in FILES])
def test_what_was_there_stays_byte_for_byte(tmp_path, label, before) -> None:
    path = tmp_path / "g.yaml"
    path.write_bytes(before)
    add_entries(path, [NEW])
    after = path.read_bytes()
    assert after.startswith(before)
    entries = parse_bytes(after, "g.yaml").entries
    assert same(entries[-1], NEW)
    assert len(entries) == (1 if label in {"empty", "only a comment", "nothing but a list sign"} else 2)
    assert (b"\r\n" in after[len(before) :]) == (b"\r\n" in before)


def test_a_missing_file_is_made(tmp_path) -> None:
    path = tmp_path / "new" / "ours.yaml"
    add_entries(path, [NEW])
    assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=schema.json\n- id: ecowas\n")


REFUSED = [
    ("id is there", b"- id: ecowas\n  bn: \xe0\xa6\x95\n  en: A\n", "already at"),
    ("flow list", b"[{id: a, bn: \xe0\xa6\x95, en: A}]\n", "block list"),
    ("document end", b"- {id: a, bn: \xe0\xa6\x95, en: A}\n...\n", "block list"),
    ("a fault in the file", b"- id: a\n", "no bn"),
    ("a mapping", b"a: 1\n", "a mapping"),
]


@pytest.mark.parametrize(("label", "before", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_added_leaves_the_file_as_it_was(tmp_path, label, before, words) -> None:
    path = tmp_path / "g.yaml"
    path.write_bytes(before)
    with pytest.raises(GlossaryError, match=words):
        add_entries(path, [NEW])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["g.yaml"]


def test_ids_of_other_files_are_taken(tmp_path) -> None:
    with pytest.raises(GlossaryError, match=r"other\.yaml:7"):
        add_entries(tmp_path / "g.yaml", [NEW], taken={"ecowas": TermEntry(
            "ecowas", TermSide("ক"), TermSide("A"), file="other.yaml", line=7)})  # fmt: skip
    with pytest.raises(GlossaryError, match="already"):
        add_entries(tmp_path / "g.yaml", [NEW, NEW])


ALPHABET = "অকখভা্ি\u200d\u09bcABcdé 0২.:,'\"#-[]{}\\|>&*!%@`~?—…=<\x7f\ufeff"
WORDS = st.text(ALPHABET, min_size=1, max_size=8).map(lambda text: " ".join(text.split())).filter(bool)
LISTS = st.lists(WORDS, max_size=3).map(tuple)
SIDES = st.builds(TermSide, WORDS, st.none() | WORDS, LISTS)
ENTRIES = st.builds(
    TermEntry, st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True), SIDES, SIDES,
    type=st.sampled_from(["term", "acronym", "person", "do-not-translate"]),
    direction=st.sampled_from(["both", "bn-en", "en-bn"]), case_sensitive=st.booleans(),
    forbidden=st.fixed_dictionaries({"bn": LISTS, "en": LISTS}), confusable_with=LISTS,
    cues=st.fixed_dictionaries({"bn": LISTS, "en": LISTS}), first_mention=st.sampled_from(["expand", "term"]),
    note=st.just("") | WORDS,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ENTRIES)
def test_every_entry_can_be_written_and_read_back(entry) -> None:
    parsed = parse_bytes(entry_yaml(entry).encode(), "g.yaml")
    assert not parsed.problems
    assert same(parsed.entries[0], entry)


@pytest.mark.parametrize(
    "text", ["no", "true", "~", "1e3", "0x10", "2024-03-05", "- a", "a: b", "a #b", "#a", "'a", '"a"', "a, b", "[a]",
             "{a}", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "?", "a\\b", "a]", "null", "12:30", "=", "<<",
             "এ:", "।"],
)  # fmt: skip
def test_words_that_yaml_would_misread(text) -> None:
    entry = TermEntry("a", TermSide(text, text, (text,)), TermSide(text))
    assert same(parse_bytes(entry_yaml(entry).encode(), "g.yaml").entries[0], entry)


def run(*arguments: str):
    return CliRunner().invoke(command, list(arguments))


def test_command_adds(tmp_path) -> None:
    path = tmp_path / "ours.yaml"
    result = run(
        "add", "ecowas", "--bn", "ইকোয়াস", "--en", "ECOWAS", "--type", "organisation", "--bn-variant", "ইকোওয়াস",
        "--en-expansion", "Economic Community of West African States", "--case-sensitive", "--note", "a: b",
        "--confusable-with", "eu", "--glossary", str(path),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (entry,) = parse_bytes(path.read_bytes(), "g").entries
    assert entry.bn == TermSide("ইকোয়াস", None, ("ইকোওয়াস",))
    assert entry.en.expansion == "Economic Community of West African States"
    assert (entry.type, entry.case_sensitive, entry.note) == ("organisation", True, "a: b")
    assert entry.confusable_with == ("eu",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["Ecowas", "--bn", "ক", "--en", "A"], "small Latin letters"),
        (["a", "--bn", " ", "--en", "A"], "text without white space"),
        (["a", "--bn", "ক", "--en", "A", "--type", "acronim"], "acronym, title"),
    ],
)
def test_command_refuses(tmp_path, options, words) -> None:
    path = tmp_path / "ours.yaml"
    result = run("add", *options, "--glossary", str(path))
    assert isinstance(result.exception, SetuError)
    assert words in str(result.exception)
    assert not path.exists()


def test_command_adds_to_the_project_by_default(tmp_path, monkeypatch) -> None:
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "people.yaml").write_bytes(FILES[0][1])
    monkeypatch.chdir(tmp_path)
    assert run("add", "b", "--bn", "খ", "--en", "B").exit_code == 0
    assert Path("glossary/diplomacy.yaml").exists()
    assert isinstance(run("add", "a", "--bn", "খ", "--en", "B").exception, GlossaryError)


def test_command_shows(tmp_path) -> None:
    path = tmp_path / "g.yaml"
    add_entries(path, [NEW])
    assert "- id: ecowas" in run("show", "ecowas", "--glossary", str(path)).output
    assert '"id": "ecowas"' in run("show", "ecowas", "--json", "--glossary", str(path)).output
    assert "ইকোয়াস" in run("show", "--glossary", str(path)).output
    assert "ecowas" in str(run("show", "ecowass", "--glossary", str(path)).exception)
