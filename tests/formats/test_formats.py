"""One contract for every format that is read back: nothing is lost that it says it keeps, and bytes repeat."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.formats import (
    FORMATS,
    SUFFIXES,
    Bundle,
    export_rows,
    export_units,
    format_of,
    read_bundle,
    read_units,
)  # fmt: skip
from pipeline.formats.units import head_of, units_of
from pipeline.records import Unit

READ = [kind for kind, known in FORMATS.items() if known.reads]
# What a format for people does not carry; the XML formats carry all.
LEFT_OUT = {
    "csv": {"previous": "", "following": "", "changed": "", "props": {}},
    "docx": {"previous": "", "following": "", "changed": "", "props": {}},
    "html": {"previous": "", "following": "", "props": {}},
}


def as_kept(units, kind):
    return [replace(unit, **LEFT_OUT.get(kind, {})) for unit in units]


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("run", ["bengali_run", "tricky_run"])
def test_units_come_back_as_they_went(kind, run, request):
    rows, manifest = request.getfixturevalue(run)
    bundle = read_bundle(export_rows(rows, manifest, kind), kind)
    wanted = as_kept(units_of(rows, manifest), kind)
    if kind == "csv":  # a note of two lines comes back as two notes
        wanted = [
            replace(unit, notes=tuple("\n".join(unit.notes).split("\n")) if unit.notes else ()) for unit in wanted
        ]
    if kind == "docx":  # Word keeps line ends as breaks
        wanted = [as_word(unit) for unit in wanted]
        bundle = Bundle(tuple(as_word(unit) for unit in bundle.units), bundle.head)
    assert list(bundle.units) == wanted
    assert bundle.notices == ()
    assert kind == "csv" or bundle.head == head_of(manifest)


def as_word(unit):
    return replace(unit, source=unit.source.replace("\r", ""), target=unit.target.replace("\r", ""))


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("run", ["bengali_run", "tricky_run", "control_run"])
def test_export_import_export_is_identical(kind, run, request):
    rows, manifest = request.getfixturevalue(run)
    first = export_rows(rows, manifest, kind)
    bundle = read_bundle(first, kind)
    assert export_units(bundle.units, kind, head=bundle.head) == first


@pytest.mark.parametrize("kind", ["tmx", "xliff", "xliff2"])
def test_characters_that_xml_cannot_hold_come_back(kind, control_run):
    rows, manifest = control_run
    units = read_units(export_rows(rows, manifest, kind), kind)
    assert [(unit.source, unit.target) for unit in units] == [(row["source"], row["target"]) for row in rows]


@pytest.mark.parametrize("kind", [kind for kind in READ if kind != "xliff2"])
def test_both_directions_stand_in_one_file(kind, seeds_run):
    rows, manifest = seeds_run
    units = read_units(export_rows(rows, manifest, kind), kind)
    assert len(units) == len(rows)
    assert {(unit.doc, unit.direction) for unit in units} == {
        (entry["doc"], entry["direction"]) for entry in manifest["documents"]
    }


def test_xliff_2_refuses_both_directions(seeds_run):
    with pytest.raises(InputError, match="both directions"):
        export_rows(*seeds_run, "xliff2")


@pytest.mark.parametrize("kind", READ)
def test_nothing_at_all_is_a_valid_file(kind):
    empty = export_rows([], {"documents": []}, kind)
    if kind in ("docx", "html"):
        with pytest.raises(InputError, match="table"):
            read_bundle(empty, kind)
    else:
        assert read_units(empty, kind) == []


@pytest.mark.parametrize("kind", [*READ, "txt"])
def test_the_same_rows_give_the_same_bytes(kind, bengali_run):
    assert export_rows(*bengali_run, kind) == export_rows(*bengali_run, kind)


def test_status_and_trust_of_rows():
    rows = [
        {"id": "d:1", "doc": "d", "source": "ক", "target": "k", "status": "draft"},
        {"id": "d:2", "doc": "d", "source": "ক", "target": "k", "status": "draft", "origin": "draft"},
        {"id": "d:3", "doc": "d", "source": "ক", "target": "k", "status": "approved"},
        {"id": "d:4", "doc": "d", "source": "ক", "target": "k", "status": "rejected", "origin": "approved"},
        {"id": "d:5", "doc": "d", "source": "ক", "target": "k", "status": "nonsense"},
        {"id": "d:6", "doc": "d", "source": "ক", "target": "k", "status": "draft", "edited": True},
    ]
    units = units_of(rows, {"documents": [{"doc": "d", "direction": "bn-en"}]})
    assert [(unit.status, unit.origin) for unit in units] == [
        ("draft", "mt"), ("draft", "draft"), ("approved", "approved"), ("rejected", "mt"), ("draft", "mt"),
        ("draft", "draft"),
    ]  # fmt: skip


CHARACTERS = st.characters(exclude_categories=("Cs",)) | st.sampled_from("ক\u09bc্\u200d০1 =<&\t\n\r\x0b'\"")
TEXTS = st.text(CHARACTERS, max_size=20)
UNITS = st.builds(
    Unit, source=TEXTS, target=TEXTS, source_language=st.just("bn"), target_language=st.just("en"),
    id=st.from_regex(r"[a-z]{1,4}:[0-9]{4}", fullmatch=True), doc=st.sampled_from("ab"),
    previous=st.sampled_from(["", "ক"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(UNITS, max_size=5))
@pytest.mark.parametrize("kind", ["tmx", "xliff", "xliff2"])
def test_any_text_survives(kind, units):
    assert read_units(export_units(units, kind), kind) == units


@settings(max_examples=15, deadline=None)
@given(st.lists(UNITS, min_size=1, max_size=5))
@pytest.mark.parametrize("kind", READ)
def test_any_units_export_identically_again(kind, units):
    if kind == "csv":
        units = [unit for unit in units if not re.search("[\x00-\x08\x0e-\x1f\x7f]", unit.source + unit.target)]
    first = export_units(units, kind)
    if not units:
        return
    bundle = read_bundle(first, kind)
    assert export_units(bundle.units, kind, head=bundle.head) == first


def test_context_stays_within_a_document():
    rows = [{"id": f"{doc}:{n}", "doc": doc, "source": f"{doc}{n}", "target": "x"} for doc in "ab" for n in (1, 2)]
    units = units_of(rows, {"documents": [{"doc": doc, "direction": "bn-en"} for doc in "ab"]})
    assert [(unit.previous, unit.following) for unit in units] == [("", "a2"), ("a1", ""), ("", "b2"), ("b1", "")]


@pytest.mark.parametrize(
    ("label", "row", "says"),
    [
        ("no source", {"id": "d:1", "doc": "d", "target": "x"}, "no source"),
        ("unknown document", {"id": "e:1", "doc": "e", "source": "ক", "target": "x"}, "the direction None"),
    ],
)
def test_rows_that_are_no_rows(label, row, says):
    with pytest.raises(InputError, match=says):
        export_rows([row], {"documents": [{"doc": "d", "direction": "bn-en"}]}, "tmx")


def test_one_text_in_the_layout_of_its_source(seeds_run):
    rows, manifest = seeds_run
    entry = manifest["documents"][1]
    own = [row for row in rows if row["doc"] == entry["doc"]]
    text = export_rows([row | {"target": row["source"]} for row in own], manifest, "txt")
    assert text == Path(entry["path"]).read_bytes()
    marked = export_rows([row | {"target": f"T{row['index']}"} for row in own], manifest, "txt").decode()
    source = Path(entry["path"]).read_text(encoding="utf-8")
    assert [bool(line) for line in marked.split("\n")] == [bool(line.strip()) for line in source.split("\n")]


def test_several_texts_come_in_an_archive(seeds_run):
    rows, manifest = seeds_run
    with zipfile.ZipFile(io.BytesIO(export_rows(rows, manifest, "txt"))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert names[0] == "01-belgium-call.en.txt"
    assert "04-belgium-defence.bn.txt" in names
    assert len(names) == 5


@pytest.mark.parametrize(
    ("label", "spoil", "says"),
    [
        ("source gone", lambda rows, documents: documents[0].update(path="nowhere.txt"), "no such file"),
        ("source changed", lambda rows, documents: documents[0].update(sha256="0"), "changed since the run"),
        ("a row short", lambda rows, documents: rows.pop(), "no row for the segment"),
        ("document unknown", lambda rows, documents: documents.clear(), "without their document"),
    ],
)
def test_text_needs_its_source(seeds_run, label, spoil, says):
    rows = [dict(row) for row in seeds_run[0] if row["doc"].startswith("01")]
    documents = [dict(item) for item in seeds_run[1]["documents"] if item["doc"].startswith("01")]
    spoil(rows, documents)
    with pytest.raises(InputError, match=says):
        export_rows(rows, {"documents": documents}, "txt")


def test_a_memory_as_text_is_its_targets():
    assert (
        export_units([Unit("ক", "one\ntwo", "bn", "en"), Unit("খ", "three", "bn", "en")], "txt") == b"one two\nthree\n"
    )


def test_unknown_formats_name_the_known():
    with pytest.raises(InputError, match="tmx, xliff, xliff2, csv, docx, html, txt"):
        export_units([], "pdf")
    with pytest.raises(InputError, match=r"\.tmx, \.xlf"):
        format_of(Path("x.pdf"))
    with pytest.raises(InputError, match="without its other language"):
        read_bundle(b"x", "txt")
    assert set(SUFFIXES.values()) <= set(FORMATS)


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"hello", b"<html><p>x</p></html>", b"PK\x03\x04"])
def test_other_files_are_refused(kind, data):
    with pytest.raises(InputError):
        read_bundle(data, kind)


def test_a_file_is_read_by_its_suffix(tmp_path, tricky_run):
    for name in ("a.tmx", "a.xlf", "a.XLIFF", "a.csv", "a.docx", "a.htm"):
        kind = format_of(tmp_path / name)
        (tmp_path / name).write_bytes(export_rows(*tricky_run, kind))
        assert len(read_units(tmp_path / name)) == len(tricky_run[0])
    with pytest.raises(InputError, match="no such file"):
        read_units(tmp_path / "none.tmx")
