"""What Setu exports is valid by the standards' own schemas, and opens in an independent reader."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from lxml import etree
from translate.storage import factory, tmx, xliff, xliff2

from pipeline.formats import export_rows, export_units, read_units
from pipeline.formats.units import units_of

SCHEMAS = Path(__file__).parent / "schemas"
RUNS = ["bengali_run", "tricky_run", "control_run"]
X2 = {"x": "urn:oasis:names:tc:xliff:document:2.0", "m": "urn:oasis:names:tc:xliff:metadata:2.0"}


class Local(etree.Resolver):
    """The namespace schema from the folder, whatever address it is asked for by; nothing else."""

    def resolve(self, url, public, context):
        if url.endswith("xml.xsd"):
            return self.resolve_filename(str(SCHEMAS / "xml.xsd"), context)
        return None


def schema(name):
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.parse(SCHEMAS / name, parser))


@pytest.fixture(scope="module")
def validators():
    with (SCHEMAS / "tmx14.dtd").open("rb") as stream:
        dtd = etree.DTD(stream)
    return {
        "tmx": dtd, "xliff": schema("xliff-core-1.2-strict.xsd"), "xliff2": schema("xliff-core-2.0.xsd"),
    }  # fmt: skip


def faults(validator, data):
    root = etree.fromstring(data)
    return [] if validator.validate(root) else [str(entry) for entry in validator.error_log]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("kind", ["tmx", "xliff", "xliff2"])
def test_exports_are_valid(kind, run, validators, request):
    assert faults(validators[kind], export_rows(*request.getfixturevalue(run), kind)) == []


@pytest.mark.parametrize("kind", ["tmx", "xliff", "xliff2"])
def test_an_empty_export_is_valid(kind, validators):
    assert faults(validators[kind], export_units([], kind)) == []


@pytest.mark.parametrize("kind", ["tmx", "xliff"])
def test_both_directions_are_valid(kind, validators, seeds_run):
    assert faults(validators[kind], export_rows(*seeds_run, kind)) == []


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("tmx", b'<tuv xml:lang="bn">', b"<tuv>"),
        ("tmx", b"<seg>", b"<seg><b/>"),
        ("xliff", b' original="odd"', b""),
        ("xliff", b'state="signed-off"', b'state="no-such"'),
        ("xliff2", b' srcLang="bn"', b""),
        ("xliff2", b'state="final"', b'state="done"'),
    ],
)
def test_the_schemas_do_find_faults(kind, before, after, validators, tricky_run):
    data = export_rows(*tricky_run, kind)
    assert before in data
    assert faults(validators[kind], data.replace(before, after, 1))


def ids_fault(root):
    for scope, path in ((root, "x:file"), *((file, ".//x:unit") for file in root.iterfind("x:file", X2))):
        ids = [element.get("id") for element in scope.iterfind(path, X2)]
        if len(ids) != len(set(ids)) or not all(re.fullmatch(r"[\w.:-]+", name or "") for name in ids):
            yield f"ids of {path}"


def segment_faults(root):
    for segment in root.iterfind(".//x:segment", X2):
        substate = segment.get("subState", "setu:x")
        if not re.fullmatch(r"[^:]+:.+", substate) or substate.startswith("xlf:") or not segment.get("state"):
            yield f"subState {substate}"
    for character in root.iterfind(".//x:cp", X2):
        code = int(character.get("hex"), 16)
        if code in (9, 10, 13) or 0x20 <= code < 0xD800:
            yield "cp is for characters that XML cannot hold"


def metadata_faults(root):
    for metadata in root.iterfind(".//m:metadata", X2):
        if metadata.getparent()[0] is not metadata:
            yield "modules stand before the core's elements"
        groups = list(metadata)
        if not groups or any(group.tag != f"{{{X2['m']}}}metaGroup" or not len(group) for group in groups):
            yield "metadata holds metaGroups, a metaGroup holds meta"
        if any(meta.tag != f"{{{X2['m']}}}meta" or not meta.get("type") for group in groups for meta in group):
            yield "meta has a type"


def structural_faults(root):
    """Rules of XLIFF 2.1 that the core schema cannot say (sections 4.2, 4.3 and 5.5 of the standard)."""
    if root.get("version") != "2.1":
        yield "version"
    if root.findall(".//x:target", X2) and not root.get("trgLang"):
        yield "trgLang is required where there are targets"
    yield from ids_fault(root)
    yield from segment_faults(root)
    yield from metadata_faults(root)


@pytest.mark.parametrize("run", RUNS)
def test_xliff_2_1_obeys_the_rules_beyond_the_schema(run, request):
    root = etree.fromstring(export_rows(*request.getfixturevalue(run), "xliff2"))
    assert list(structural_faults(root)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [(b' version="2.1"', b' version="2.0"'), (b' trgLang="en"', b""), (b'id="u2"', b'id="u1"'), (b"setu:mt", b"mt")],
)
def test_those_rules_do_find_faults(before, after, tricky_run):
    data = export_rows(*tricky_run, "xliff2")
    assert list(structural_faults(etree.fromstring(data.replace(before, after, 1))))


READERS = [("tmx", tmx.tmxfile, "x.tmx"), ("xliff", xliff.Xliff1File, "x.xlf"), ("xliff2", xliff2.Xliff2File, None)]


@pytest.mark.parametrize(("kind", "reader", "name"), READERS, ids=[kind for kind, *_ in READERS])
def test_translate_toolkit_reads_the_same_texts(kind, reader, name, bengali_run):
    rows, manifest = bengali_run
    data = export_rows(rows, manifest, kind)
    store = reader.parsestring(data)
    read = [unit for unit in store.units if not unit.isheader()]
    assert [(str(unit.source), str(unit.target)) for unit in read] == [(row["source"], row["target"]) for row in rows]
    if name is None:
        return  # its guess by the suffix .xlf knows version 1 only
    stream = io.BytesIO(data)
    stream.name = name
    assert len([unit for unit in factory.getobject(stream).units if not unit.isheader()]) == len(rows)


def test_translate_toolkit_reads_status_and_notes(tricky_run):
    rows, manifest = tricky_run
    store = xliff.Xliff1File.parsestring(export_rows(rows, manifest, "xliff"))
    assert [unit.isapproved() for unit in store.units] == [row["status"] == "approved" for row in rows]
    assert [unit.getid().rpartition("\x04")[2] for unit in store.units] == [row["id"] for row in rows]
    for unit, wanted in zip(store.units, units_of(rows, manifest), strict=True):
        assert all(note in unit.getnotes() for note in wanted.notes)


@pytest.mark.parametrize(
    ("kind", "make"),
    [("tmx", lambda: tmx.tmxfile(sourcelanguage="bn", targetlanguage="en")), ("xliff", xliff.Xliff1File)],
)
def test_files_of_translate_toolkit_are_read(kind, make, bengali_run):
    rows, _ = bengali_run
    store = make()
    if kind == "xliff":
        store.setsourcelanguage("bn")
        store.settargetlanguage("en")
    for row in rows:
        if kind == "tmx":
            store.addtranslation(row["source"], "bn", row["target"], "en")
        else:
            unit = store.addsourceunit(row["source"])
            unit.target = row["target"]
    units = read_units(bytes(store), kind)
    assert {(unit.source, unit.target) for unit in units} == {(row["source"], row["target"]) for row in rows}
