"""Glossary YAML: what is read, what is refused, and where the message points."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from pipeline.errors import GlossaryError, InputError, SetuError
from pipeline.termbase import default_paths, load, termbase_of
from pipeline.termbase_yaml import KEYS, TYPES, parse_bytes

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "glossary" / "schema.json").read_text("utf-8"))
CONTRACT = """\
- id: sco
  bn: {term: এসসিও, expansion: সাংহাই সহযোগিতা সংস্থা, variants: [সাংহাই কো-অপারেশন অর্গানাইজেশন, এস.সি.ও.]}
  en: {term: SCO, expansion: Shanghai Cooperation Organisation, variants: [Shanghai Cooperation Organization]}
  type: acronym            # acronym | title | organisation | person | place | term | do-not-translate
  direction: both          # both | bn-en | en-bn
  case_sensitive: true
  forbidden: {en: [Shanghai Corporation Organisation], bn: []}
  confusable_with: [mea]
  cues: {bn: [শীর্ষ সম্মেলন, রাষ্ট্রপ্রধান, আস্তানা], en: [summit, heads of state]}
  first_mention: expand    # expand | term
  note: …
"""
GOOD = "- id: a\n  bn: ক\n  en: A\n"

# label, YAML, line, column, words of the message, whether the schema refuses it too
BAD = [
    ("unknown key", GOOD + "  tipe: acronym\n", 4, 3, ["'tipe'", "type", "confusable_with"], True),
    ("unknown key of a side", "- id: a\n  bn: {terms: ক}\n  en: A\n", 2, 8, ["'terms'", "expansion, variants"], True),
    ("unknown language", GOOD + "  cues: {hi: [x]}\n", 4, 10, ["'hi'", "bn, en"], True),
    ("no English", "- id: a\n  bn: ক\n", 1, 3, ["no en"], True),
    ("no id", "- bn: ক\n  en: A\n", 1, 3, ["no id"], True),
    ("side without term", "- id: a\n  bn: {variants: [খ]}\n  en: A\n", 2, 7, ["no term"], True),
    ("id with a space", "- id: a b\n  bn: ক\n  en: A\n", 1, 7, ["'a b'", "small Latin letters"], True),
    ("id is a number", "- id: [1]\n  bn: ক\n  en: A\n", 1, 7, ["a list"], True),
    ("unknown type", GOOD + "  type: acronim\n", 4, 9, ["'acronim'", "acronym, title"], True),
    ("unknown direction", GOOD + "  direction: bn\n", 4, 14, ["'bn'", "both, bn-en, en-bn"], True),
    ("unknown first mention", GOOD + "  first_mention: always\n", 4, 18, ["'always'", "term, expand"], True),
    ("truth in words of YAML 1.1", GOOD + "  case_sensitive: yes\n", 4, 19, ["'yes'", "true or false"], True),
    ("variants that are no list", "- id: a\n  bn: {term: ক, variants: খ}\n  en: A\n", 2, 27, ["text", "a list"], True),
    ("term that is a number", "- id: a\n  bn: ক\n  en: 20\n", 3, 7, ["'20'", "int", "quotation marks"], True),
    ("term that is nothing", "- id: a\n  bn: ক\n  en:\n", 3, 3, ["nothing"], True),
    ("empty term", "- id: a\n  bn: ''\n  en: A\n", 2, 3, ["''"], True),
    ("white space around a term", "- id: a\n  bn: ' ক'\n  en: A\n", 2, 7, ["' ক'"], True),
    ("line end in a term", '- id: a\n  bn: "ক\\nখ"\n  en: A\n', 2, 7, ["line end"], True),
    ("the same key twice", GOOD + "  en: B\n", 4, 3, ["en a second time"], False),
    ("the same id twice", GOOD + GOOD, 4, 3, ["line 4", "line 1", "id a"], False),
    ("a mapping at the top", "sco:\n  bn: ক\n", 1, 1, ["a mapping", "- id:"], True),
    ("an entry that is text", "- sco\n", 1, 3, ["text"], True),
    ("open bracket", "- id: a\n  bn: {term: ক\n  en: A\n- id: b\n", 3, 5, ["expected"], False),
    ("tab as indentation", "- id: a\n\tbn: ক\n", 2, 1, ["well-formed YAML"], False),
    ("two documents", GOOD + "---\n" + GOOD, 4, 1, ["well-formed YAML"], False),
    ("unknown alias", "- *nowhere\n", 1, 3, ["nowhere"], False),
    ("a control character", "- id: a\x07\n", 1, 8, ["well-formed YAML"], False),
]  # fmt: skip


@pytest.mark.parametrize("row", BAD, ids=lambda row: row[0])
def test_faults_are_told_with_line_and_column(tmp_path, row) -> None:
    label, text, line, column, words, _ = row
    path = tmp_path / "g.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(GlossaryError) as caught:
        load([path])
    message = str(caught.value)
    assert caught.value.where.startswith(f"{path}:{line}:{column}"), (label, message)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(("label", "text"), [(row[0], row[1]) for row in BAD if row[5]], ids=lambda v: str(v)[:30])
def test_the_schema_refuses_what_the_loader_refuses(label, text) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(YAML(typ="safe", pure=True).load(text), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        CONTRACT, GOOD, "", "# nothing\n", GOOD + "  note: ''\n", GOOD + "  forbidden: {}\n",
        GOOD + "  confusable_with: []\n",
        *[GOOD + f"  type: {name}\n" for name in TYPES], "- id: no\n  bn: না\n  en: no\n",
        GOOD + "  note: |\n    two\n    lines\n", "- &x\n  id: a\n  bn: ক\n  en: A\n",
    ],
)  # fmt: skip
def test_loader_and_schema_accept(text) -> None:
    assert not parse_bytes(text.encode(), "g.yaml").problems
    jsonschema.validate(YAML(typ="safe", pure=True).load(text), SCHEMA)


def test_the_schema_names_every_key_and_type() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    entry = SCHEMA["$defs"]["entry"]
    assert tuple(entry["properties"]) == KEYS
    assert tuple(entry["properties"]["type"]["enum"]) == TYPES


def test_our_glossary_agrees_with_the_schema() -> None:
    for path in sorted((ROOT / "glossary").glob("*.yaml")):
        text = path.read_text("utf-8")
        assert text.startswith("# yaml-language-server: $schema=schema.json\n")
        jsonschema.validate(YAML(typ="safe", pure=True).load(text), SCHEMA)


def test_every_field_of_the_contract() -> None:
    (entry,) = parse_bytes(CONTRACT.encode(), "g.yaml").entries
    assert (entry.id, entry.type, entry.direction, entry.case_sensitive) == ("sco", "acronym", "both", True)
    assert (entry.first_mention, entry.confusable_with, entry.note, entry.line) == ("expand", ("mea",), "…", 1)
    assert entry.bn.variants == ("সাংহাই কো-অপারেশন অর্গানাইজেশন", "এস.সি.ও.")
    assert entry.en.expansion == "Shanghai Cooperation Organisation"
    assert entry.forbidden == {"en": ("Shanghai Corporation Organisation",), "bn": ()}
    assert entry.cues["en"] == ("summit", "heads of state")


def test_defaults_and_short_form() -> None:
    (entry,) = parse_bytes(GOOD.encode(), "g.yaml").entries
    assert (entry.bn.term, entry.en.term, entry.type, entry.direction) == ("ক", "A", "term", "both")
    assert (entry.case_sensitive, entry.first_mention, entry.cues) == (False, "term", {})
    (acronym,) = parse_bytes((GOOD + "  type: acronym\n").encode(), "g.yaml").entries
    assert acronym.case_sensitive


def test_all_faults_of_a_file_are_found_and_good_entries_kept() -> None:
    text = "- id: a\n  bn: ক\n- id: b\n  bn: খ\n  en: B\n- id: c\n  tipe: x\n  bn: গ\n  en: 7\n"
    parsed = parse_bytes(text.encode(), "g.yaml")
    assert [entry.id for entry in parsed.entries] == ["b"]
    assert [(problem.entry, problem.code) for problem in parsed.problems] == [
        ("a", "missing-key"), ("c", "unknown-key"), ("c", "not-text"),
    ]  # fmt: skip


@pytest.mark.parametrize("bomb", ["[" * 5000, "- " * 3000, "{a: " * 3000], ids=["lists", "dashes", "mappings"])
def test_deep_nesting_is_refused(bomb) -> None:
    assert [problem.code for problem in parse_bytes(bomb.encode(), "g.yaml").problems] == ["yaml"]


def test_aliases_cannot_blow_up() -> None:
    lines = ["- &a0 [x, x]"] + [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert parse_bytes("\n".join(lines).encode(), "g.yaml").problems


def test_later_files_override_with_a_notice(tmp_path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(GOOD + "- id: b\n  bn: খ\n  en: B\n", "utf-8")
    two.write_text("# ours\n- id: a\n  bn: ক\n  en: Other\n", "utf-8")
    base = load([one, two])
    assert base.entries["a"].en.term == "Other"
    assert base.notices == (f"{two}:2: entry a replaces {one}:1",)
    assert base.files == (str(one), str(two))
    assert load([two, one]).entries["a"].en.term == "A"


def test_the_hash_follows_the_bytes(tmp_path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(GOOD, "utf-8")
    before = load([path]).sha256
    assert before == load([path]).sha256
    path.write_text(GOOD + "# a comment\n", "utf-8")
    assert load([path]).sha256 != before


def test_byte_order_mark_and_line_ends_of_windows(tmp_path) -> None:
    path = tmp_path / "g.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (GOOD + GOOD.replace("id: a", "id: b")).replace("\n", "\r\n").encode())
    assert [entry.line for entry in load([path]).entries.values()] == [1, 4]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p.write_bytes(b"- id: a\n  bn: \xff\n"), ["byte 14", "0xff", "UTF-8"]),
        (lambda p: None, ["No such file"]),
        (lambda p: p.mkdir(), ["no *.yaml"]),
    ],
    ids=["not UTF-8", "missing", "folder without glossaries"],
)
def test_files_that_cannot_be_read(tmp_path, make, words) -> None:
    path = tmp_path / "g.yaml"
    make(path)
    with pytest.raises(InputError) as caught:
        load([path])
    assert all(word in str(caught.value) for word in words)


def test_a_folder_stands_for_its_files(tmp_path) -> None:
    (tmp_path / "b.yaml").write_text(GOOD.replace("id: a", "id: b"), "utf-8")
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    assert list(load([tmp_path]).entries) == ["a", "b"]


def test_unknown_entries_are_named_with_near_ones() -> None:
    base = termbase_of(parse_bytes(CONTRACT.encode(), "g.yaml").entries)
    for ask in (base.entry, lambda name: base.present(name, "x", "en"), lambda name: base.accepted(name, "en")):
        with pytest.raises(SetuError, match="sco"):
            ask("scoo")
    with pytest.raises(GlossaryError, match="twice"):
        termbase_of([*base.entries.values()] * 2)


def test_the_glossary_has_what_a_foreign_desk_needs() -> None:
    base = load([ROOT / "glossary" / "diplomacy.yaml"])
    assert len(base.entries) >= 150
    needed = "sco mea eam dpm fm pm nsa un unsg unsc unga who wto imf icj iaea eu nato brics asean saarc bimstec quad"
    assert set(needed.split()) <= set(base.entries)
    assert "mea" in base.entries["sco"].confusable_with
    assert all(base.entries[name].cues for name in ("sco", "mea"))


def test_no_glossary_anywhere_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipeline.termbase.__file__", str(tmp_path / "p" / "q" / "termbase.py"))
    with pytest.raises(GlossaryError, match="--glossary"):
        default_paths()


def test_an_unclosed_quotation_mark_is_found_once(tmp_path):
    """The parser says "found unexpected end of stream", and the message says "found" before it."""
    file = tmp_path / "a.yaml"
    file.write_text('- id: x\n  bn: {term: "\n', "utf-8")
    with pytest.raises(GlossaryError) as raised:
        load([file])
    assert "found unexpected end of stream" in str(raised.value)
    assert "found found" not in str(raised.value)
