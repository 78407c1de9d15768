"""XLIFF 2.1 (OASIS, 2018): written with the core and its Metadata module, read from any 2.x file.

Status: approved is state final; a draft is state translated, with subState setu:mt while no person has
touched it; rejected is state initial with subState setu:rejected. Control characters travel as `<cp hex>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from pipeline.errors import InputError
from pipeline.formats.units import Bundle, Head, by_document, language_of, timestamp
from pipeline.formats.xml_build import add, code_point, flat, put_text, serialise
from pipeline.formats.xml_safe import local_name, parse_xml
from pipeline.records import Language, Unit

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["NAMESPACE", "read", "read_tree", "write"]

NAMESPACE: Final = "urn:oasis:names:tc:xliff:document:2.0"
METADATA: Final = "urn:oasis:names:tc:xliff:metadata:2.0"
_X: Final = {"x": NAMESPACE, "m": METADATA}
_LEAVES: Final = frozenset({"source", "target", "note", "meta"})
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_STATES: Final = {
    ("approved", False): ("final", ""),
    ("draft", False): ("translated", ""),
    ("draft", True): ("translated", "setu:mt"),
    ("rejected", False): ("initial", "setu:rejected"),
    ("rejected", True): ("initial", "setu:rejected-mt"),
}
_TRUST: Final[dict[str, dict[str, str]]] = {
    "setu:mt": {"status": "draft", "origin": "mt"},
    "setu:rejected": {"status": "rejected", "origin": "draft"},
    "setu:rejected-mt": {"status": "rejected", "origin": "mt"},
}


def write(bundle: Bundle) -> bytes:
    """The bytes of an XLIFF 2.1 file: one `file` for each document.

    Raises:
        InputError: the units are of both directions; an XLIFF 2 file has one source language.
    """
    pairs = {(unit.source_language, unit.target_language) for unit in bundle.units} or {("bn", "en")}
    if len(pairs) > 1:
        raise InputError(
            where="XLIFF 2.1 export",
            found="documents of both directions",
            expected="documents of one direction, as XLIFF 2 has one source language a file",
            do="Export each direction by itself, or choose XLIFF 1.2.",
        )
    source, target = next(iter(pairs))
    root = etree.Element(f"{{{NAMESPACE}}}xliff", nsmap={None: NAMESPACE, "mda": METADATA}, version="2.1")
    root.set("srcLang", source)
    root.set("trgLang", target)
    for number, ((doc, _, _), units) in enumerate(by_document(bundle.units), 1):
        file = add(root, "file", id=f"f{number}", original=doc)
        _write_meta(file, {"created": bundle.head.created, "version": bundle.head.version, "run": bundle.head.run})
        for count, unit in enumerate(units, 1):
            _write_unit(file, unit, count)
    if not bundle.units:
        _write_empty(root)
    return serialise(root, _LEAVES)


def _write_empty(root: _Element) -> None:
    """The standard asks for a file with at least one unit or group; an empty group is allowed."""
    add(add(root, "file", id="f1"), "group", id="g1")


def _write_unit(file: _Element, unit: Unit, number: int) -> None:
    element = add(file, "unit", id=f"u{number}", name=unit.id)
    element.set(_SPACE, "preserve")
    facts = {"previous": unit.previous, "following": unit.following, "changed": unit.changed}
    _write_meta(element, facts | {f"prop-{name}": value for name, value in unit.props.items()})
    if unit.notes:
        notes = add(element, "notes")
        for text in unit.notes:
            add(notes, "note", text, category="setu")
    state, substate = _STATES[unit.status, unit.origin == "mt"]
    segment = add(element, "segment", id="s1", state=state, subState=substate)
    put_text(add(segment, "source"), unit.source, _inline)
    put_text(add(segment, "target"), unit.target, _inline)


def _write_meta(parent: _Element, facts: dict[str, str]) -> None:
    if not any(facts.values()):
        return
    metadata = etree.SubElement(parent, f"{{{METADATA}}}metadata")
    group = add(metadata, "metaGroup", category="setu")
    for name, value in facts.items():
        if value:
            add(group, "meta", value, type=name)


def _inline(element: _Element, character: str) -> _Element:
    return add(element, "cp", hex=f"{ord(character):04X}")


def _character(element: _Element) -> str | None:
    return code_point(f"U+{element.get('hex', '').upper()}") if local_name(element) == "cp" else None


def read(data: bytes, where: str) -> Bundle:
    """The units of an XLIFF 2.x file.

    Raises:
        InputError: not safe or well-formed XML, or no units of this version; says the line.
    """
    return read_tree(parse_xml(data, where), where)


def read_tree(root: _Element, where: str) -> Bundle:
    """The same, from a parsed tree.

    Raises:
        InputError: the languages are not Bengali and English, or a segment has no source.
    """
    source, target = language_of(root.get("srcLang")), language_of(root.get("trgLang"))
    if source is None or target is None or source == target:
        raise InputError(
            where=f"{where}, line {root.sourceline}",
            found=f"srcLang {root.get('srcLang')!r} and trgLang {root.get('trgLang')!r}",
            expected="an XLIFF 2 file with bn and en",
            do="Export the file with both languages.",
        )
    notices: list[str] = []
    units = [
        unit
        for file in root.iterfind("x:file", _X)
        for element in file.iterfind(".//x:unit", _X)
        for unit in _read_unit(element, (source, target, file.get("original", "")), where, notices=notices)
    ]
    return Bundle(tuple(units), _head(root), tuple(notices))


def _head(root: _Element) -> Head:
    file = root.find("x:file", _X)
    facts = _meta(file) if file is not None else {}
    return Head(timestamp(facts.get("created", "")), facts.get("version") or Head().version, facts.get("run", ""))


def _meta(element: _Element) -> dict[str, str]:
    path = "m:metadata/m:metaGroup[@category='setu']/m:meta"
    return {item.get("type", ""): item.text or "" for item in element.iterfind(path, _X)}


def _read_unit(
    element: _Element, place: tuple[Language, Language, str], where: str, *, notices: list[str]
) -> list[Unit]:
    """One unit of XLIFF holds one or more segments; each becomes a unit of its own."""
    facts = _meta(element)
    segments = element.findall("x:segment", _X)
    shared: dict[str, Any] = {
        "doc": place[2],
        "notes": tuple(note.text or "" for note in element.iterfind("x:notes/x:note", _X)),
        "props": {name[5:]: value for name, value in facts.items() if name.startswith("prop-")},
        **{name: facts.get(name, "") for name in ("previous", "following", "changed")},
    }
    name = element.get("name", "")
    units = []
    for number, segment in enumerate(segments, 1):
        called = name if len(segments) == 1 else f"{name or element.get('id', '')}:{number}"
        source, target = _texts(segment, where, notices=notices)
        units.append(Unit(source, target, place[0], place[1], id=called, **_trust(segment), **shared))
    return units


def _texts(segment: _Element, where: str, *, notices: list[str]) -> tuple[str, str]:
    source, target = segment.find("x:source", _X), segment.find("x:target", _X)
    if source is None:
        raise InputError(
            where=f"{where}, line {segment.sourceline}",
            found="a <segment> without <source>",
            expected="one <source> in every <segment>",
            do="Mend that segment, or export the file again.",
        )
    return _text(source, notices), _text(target, notices) if target is not None else ""


def _text(element: _Element, notices: list[str]) -> str:
    return flat(element, through=("pc", "mrk"), character=_character, lost=notices)


def _trust(segment: _Element) -> dict[str, Any]:
    """Status and origin, from the segment's state and subState."""
    known = _TRUST.get(segment.get("subState", ""))
    if known:
        return dict(known)
    final = segment.get("state") == "final"
    return {"status": "approved" if final else "draft", "origin": "approved" if final else "draft"}
