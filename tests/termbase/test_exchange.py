"""Glossaries as CSV, TBX and TMX: everything comes back, what cannot is listed, bad files are refused."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from translate.storage.tmx import tmxfile

from pipeline.cli.glossary import glossary as command
from pipeline.errors import InputError
from pipeline.formats.glossary_files import FORMATS, export_glossary, import_glossary
from pipeline.records import TermEntry, TermSide
from pipeline.termbase import load
from pipeline.termbase_edit import same

ROOT = Path(__file__).parents[2]
SUFFIXES = sorted(FORMATS)
FULL = TermEntry(
    "sco", TermSide("এসসিও", "সাংহাই সহযোগিতা সংস্থা", ("এস.সি.ও.", "ক | খ", "গ\\ঘ")),
    TermSide("SCO", "Shanghai Cooperation Organisation", ("S.C.O.", 'the "SCO"', "a, b; c")),
    type="acronym", direction="bn-en", case_sensitive=False, forbidden={"en": ("Shanghai Corporation <Organisation>",)},
    confusable_with=("mea", "csto"), cues={"bn": ("শীর্ষ সম্মেলন", "আস্তানা"), "en": ("summit & more",)},
    first_mention="expand", note="One line.\nAnother = line: with signs.",
)  # fmt: skip
SPARSE = TermEntry("mea", TermSide("এমইএ"), TermSide("MEA", None, ("M.E.A.",)))
HALF = TermEntry("fm", TermSide("এফএম", "পররাষ্ট্রমন্ত্রী"), TermSide("FM"), type="title", case_sensitive=True)
WORDS = st.text("অকখা্য়\u200dAbé 0২.:,;'\"|\\<>&=-#\t", min_size=1, max_size=8).map(lambda text: " ".join(text.split()))
LISTS = st.lists(WORDS.filter(bool), max_size=3).map(tuple)
SIDES = st.builds(TermSide, WORDS.filter(bool), st.none() | WORDS.filter(bool), LISTS)
ENTRIES = st.builds(
    TermEntry, st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True), SIDES, SIDES,
    type=st.sampled_from(["term", "acronym", "person"]), direction=st.sampled_from(["both", "bn-en", "en-bn"]),
    case_sensitive=st.booleans(), forbidden=st.fixed_dictionaries({"bn": LISTS, "en": LISTS}), confusable_with=LISTS,
    cues=st.fixed_dictionaries({"bn": LISTS, "en": LISTS}), first_mention=st.sampled_from(["expand", "term"]),
    note=st.just("") | WORDS,
)  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_field_comes_back(tmp_path, suffix) -> None:
    path = tmp_path / f"g{suffix}"
    entries = [FULL, SPARSE, HALF]
    export_glossary(entries, path)
    imported = import_glossary(path)
    assert not imported.dropped
    assert not imported.losses
    assert all(same(one, other) for one, other in zip(imported.entries, entries, strict=True))


@pytest.mark.parametrize("name", ["2024", "2plus2", "a.b-c_d"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_ids_with_digits_come_back(tmp_path, suffix, name) -> None:
    path = tmp_path / f"g{suffix}"
    entry = TermEntry(name, TermSide("ক"), TermSide("A"), confusable_with=("3x",))
    export_glossary([entry], path)
    assert same(import_glossary(path).entries[0], entry)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=30, deadline=None)
@given(entry=ENTRIES)
def test_any_entry_comes_back(tmp_path_factory, suffix, entry) -> None:
    path = tmp_path_factory.mktemp("x") / f"g{suffix}"
    export_glossary([entry], path)
    imported = import_glossary(path)
    assert not imported.dropped, imported.dropped
    assert same(imported.entries[0], entry)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_our_glossary_survives_and_gives_the_same_bytes_again(tmp_path, suffix) -> None:
    entries = list(load([ROOT / "glossary" / "diplomacy.yaml"]).entries.values())
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    export_glossary(entries, one)
    imported = import_glossary(one)
    assert len(imported.entries) == len(entries)
    export_glossary(imported.entries, two)
    assert one.read_bytes() == two.read_bytes()


def test_another_program_reads_our_tmx(tmp_path) -> None:
    path = tmp_path / "g.tmx"
    export_glossary([FULL, SPARSE], path)
    with path.open("rb") as stream:
        store = tmxfile(stream, "bn", "en")
    pairs = [(unit.source, unit.target) for unit in store.units]
    assert pairs == [("এসসিও", "SCO"), (FULL.bn.expansion, FULL.en.expansion), ("এমইএ", "MEA")]


def test_tbx_is_basic_in_form(tmp_path) -> None:
    path = tmp_path / "g.tbx"
    losses = export_glossary([FULL, SPARSE], path)
    root = etree.parse(path).getroot()
    core, minimal = "{urn:iso:std:iso:30042:ed-2}", "{http://www.tbxinfo.net/ns/min}"
    assert (root.tag, root.get("type"), root.get("style")) == (f"{core}tbx", "TBX-Basic", "dct")
    assert [child.tag for child in root] == [f"{core}tbxHeader", f"{core}text"]
    concepts = root.findall(f"{core}text/{core}body/{core}conceptEntry")
    assert [concept.get("id") for concept in concepts] == ["sco", "mea"]
    statuses = [element.text for element in concepts[0].iter(f"{minimal}administrativeStatus")]
    assert statuses.count("preferredTerm-admn-sts") == 2
    assert statuses.count("deprecatedTerm-admn-sts") == 1
    told = " ".join(losses)
    assert all(name in told for name in ("type", "direction", "case_sensitive", "cues_bn", "first_mention"))


TBX_2 = """<?xml version="1.0"?>
<martif type="TBX" xml:lang="en"><text><body>
<termEntry id="c1"><descrip type="subjectField">diplomacy</descrip><note>old</note>
<langSet xml:lang="bn-IN"><tig><term>এসসিও</term></tig></langSet>
<langSet xml:lang="en-GB"><ntig><termGrp><term>SCO</term>
<termNote type="administrativeStatus">preferredTerm-admn-sts</termNote></termGrp></ntig>
<ntig><termGrp><term>S.C.O</term>
<termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termGrp></ntig></langSet>
<langSet xml:lang="hi"><tig><term>एससीओ</term></tig></langSet></termEntry>
<termEntry id="c2"><langSet xml:lang="en"><tig><term>Alone</term></tig></langSet></termEntry>
</body></text></martif>
"""
TMX_FOREIGN = """<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu tuid="17"><prop type="client">x</prop>
<tuv xml:lang="EN-US"><seg>Prime <bpt i="1">&lt;b&gt;</bpt>Minister</seg></tuv>
<tuv xml:lang="bn_BD"><seg>প্রধানমন্ত্রী</seg></tuv><tuv xml:lang="fr"><seg>ministre</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Alone</seg></tuv></tu>
<tu><tuv lang="en"><seg>Prime Minister</seg></tuv><tuv lang="bn"><seg>পিএম</seg></tuv></tu></body></tmx>
"""


def test_tbx_of_version_2_is_read(tmp_path) -> None:
    path = tmp_path / "g.tbx"
    path.write_text(TBX_2, "utf-8")
    imported = import_glossary(path)
    (entry,) = imported.entries
    assert (entry.id, entry.bn.term, entry.en.term, entry.note) == ("c1", "এসসিও", "SCO", "old")
    assert entry.forbidden == {"en": ("S.C.O",)}
    assert [(problem.line, problem.entry) for problem in imported.dropped] == [(10, "c2")]
    assert "subjectField" in imported.losses[0]
    assert "एससीओ" in imported.losses[1]


def test_tmx_of_another_tool_is_read(tmp_path) -> None:
    path = tmp_path / "g.tmx"
    path.write_text(TMX_FOREIGN, "utf-8")
    imported = import_glossary(path)
    assert [(e.id, e.bn.term, e.en.term) for e in imported.entries] == [
        ("prime-minister", "প্রধানমন্ত্রী", "Prime Minister"), ("prime-minister-2", "পিএম", "Prime Minister"),
    ]  # fmt: skip
    assert [problem.line for problem in imported.dropped] == [6]
    assert [any(word in loss for loss in imported.losses) for word in ("client", "<bpt>", "fr 'ministre'")] == [
        True
    ] * 3


CSVS = [
    ("bn and en are enough", "bn,en\nঢাকা,Dhaka\n", ["dhaka"], 0),
    ("semicolons and a byte order mark", "\ufeffid;bn;en\na;ঢাকা;Dhaka\n", ["a"], 0),
    ("tabs", "bn\ten\nঢাকা\tDhaka\n", ["dhaka"], 0),
    ("capital letters in the header", "ID,BN,EN\na,ঢাকা,Dhaka\n", ["a"], 0),
    ("blank lines and short rows", "bn,en,note\n\nঢাকা,Dhaka\n,,\n", ["dhaka"], 0),
    ("a row without English", "id,bn,en\na,ঢাকা,\nb,চিন,China\n", ["b"], 1),
    ("the same id twice", "id,bn,en\na,ঢাকা,Dhaka\na,চিন,China\n", ["a"], 1),
    ("an unknown type", "id,bn,en,type\na,ঢাকা,Dhaka,city\n", [], 1),
    ("an unknown first mention", "id,bn,en,first_mention\na,ঢাকা,Dhaka,never\n", [], 1),
    ("ids are made and kept apart", "bn,en\nঢাকা,Dhaka\nঢাকা শহর,dhaka!\n", ["dhaka", "dhaka-2"], 0),
]


@pytest.mark.parametrize(("label", "text", "ids", "dropped"), CSVS, ids=[row[0] for row in CSVS])
def test_csv_of_others(tmp_path, label, text, ids, dropped) -> None:
    path = tmp_path / "g.csv"
    path.write_text(text, "utf-8")
    imported = import_glossary(path)
    assert [entry.id for entry in imported.entries] == ids
    assert len(imported.dropped) == dropped
    assert all(problem.file == str(path) and problem.line > 1 for problem in imported.dropped)


BOMB = '<!DOCTYPE t [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><tbx><text>&b;</text></tbx>'
FILE = (
    '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><tmx><body><tu><tuv><seg>&x;</seg></tuv></tu></body></tmx>'
)
REFUSED = [
    ("g.csv", "", "bn and en"),
    ("g.csv", "a,b\n1,2\n", "columns a, b"),
    ("g.csv", 'bn,en\n"ক,A\n', "broken CSV"),
    ("g.csv", "bn,en\n", "no entries"),
    ("g.tbx", BOMB, "entity"),
    ("g.tmx", FILE, "entity"),
    ("g.tbx", "<tbx>", "not well-formed"),
    ("g.tmx", "<tmx/>", "no entries"),
    ("g.tbx", "not xml", "not well-formed"),
    ("g.txt", "ক", "'.txt'"),
    ("g", "ক", "none"),
]


@pytest.mark.parametrize(("name", "text", "words"), REFUSED)
def test_bad_files_are_refused(tmp_path, name, text, words) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=words):
        import_glossary(path)


def run(*arguments: str):
    return CliRunner().invoke(command, list(arguments))


def test_commands(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "own.yaml").write_text("[]\n", "utf-8")
    partner = tmp_path / "partner.csv"
    partner.write_text("id,bn,en,colour\na,ঢাকা,Dhaka,red\nb,,China,\n", "utf-8")
    result = run("import", str(partner))
    assert result.exit_code == 1, result.output
    assert "partner.csv:3:1: error: b:" in result.output
    assert "not imported: column 'colour'" in result.output
    assert "1 added to glossary/partner.yaml, 0 known, 1 not taken" in result.output
    partner.write_text("id,bn,en\na,ঢাকা,Dhaka\n", "utf-8")
    again = run("import", str(partner))
    assert (again.exit_code, "0 added" in again.output, "1 known" in again.output) == (0, True, True)
    partner.write_text("id,bn,en\na,ঢাকা,Dacca\n", "utf-8")
    differs = run("import", str(partner))
    assert differs.exit_code == 1
    assert "entry a differs from glossary/partner.yaml:2" in differs.output
    assert run("export", "out.tbx").exit_code == 0
    assert [entry.id for entry in import_glossary(Path("out.tbx")).entries] == ["a"]
    assert run("export", "bn.csv", "--direction", "bn-en").exit_code == 0


def test_a_project_without_glossary_gets_its_own_copy(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    partner = tmp_path / "partner.csv"
    partner.write_text("id,bn,en\npartner-term,কখগ,Partner term\n", "utf-8")
    result = run("import", str(partner))
    assert result.exit_code == 0, result.output
    assert "made glossary/" in result.output
    names = sorted(path.name for path in Path("glossary").iterdir())
    assert {"diplomacy.yaml", "partner.yaml", "places.yaml", "schema.json"} <= set(names)
    assert "sco" in load(sorted(Path("glossary").glob("*.yaml"))).entries
