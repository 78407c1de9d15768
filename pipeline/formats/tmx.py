"""TMX 1.4b, the Translation Memory eXchange of LISA OSCAR (now GALA): written strictly, read widely.

Setu's own facts travel as `prop` elements named x-…; the two context properties carry the names that memoQ
uses. A character that XML cannot hold travels as `<ph type="x-setu-char">U+000C</ph>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from pipeline.errors import InputError
from pipeline.formats.units import TOOL, Bundle, Head, language_of, origin_of, status_of, timestamp
from pipeline.formats.xml_build import add, code_point, flat, put_text, serialise
from pipeline.formats.xml_safe import XML_LANG, local_name, parse_xml
from pipeline.records import Language, Unit

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read", "write"]

_LEAVES: Final = frozenset({"seg", "prop", "note"})
_CHARACTER: Final = "x-setu-char"
_DOCTYPE: Final = '<!DOCTYPE tmx SYSTEM "tmx14.dtd">'
# property type → field of Unit
_FIELDS: Final = {
    "x-document": "doc", "x-status": "status", "x-origin": "origin", "x-context-pre": "previous",
    "x-context-post": "following",
}  # fmt: skip
_OWN: Final = "x-setu-"


def write(bundle: Bundle) -> bytes:
    """The bytes of a TMX file."""
    root = etree.Element("tmx", version="1.4")
    languages = {unit.source_language for unit in bundle.units}
    header = add(
        root, "header", creationtool=TOOL, creationtoolversion=bundle.head.version, segtype="sentence",
        o_tmf=TOOL, adminlang="en", srclang=languages.pop() if len(languages) == 1 else "*all*",
        datatype="plaintext", creationdate=_compact(bundle.head.created),
    )  # fmt: skip
    if bundle.head.run:
        add(header, "prop", bundle.head.run, type="x-run")
    body = add(root, "body")
    for unit in bundle.units:
        _write_unit(body, unit)
    return serialise(root, _LEAVES, doctype=_DOCTYPE)


def _compact(stamp: str) -> str:
    """TMX writes times in ISO 8601's basic form."""
    return stamp.replace("-", "").replace(":", "")


def _write_unit(body: _Element, unit: Unit) -> None:
    tu = add(body, "tu", tuid=unit.id, changedate=_compact(unit.changed), srclang=unit.source_language)
    for note in unit.notes:
        add(tu, "note", note)
    facts = {name: getattr(unit, attribute) for name, attribute in _FIELDS.items()}
    facts |= {_OWN + name: value for name, value in unit.props.items()}
    for name, value in facts.items():
        if value:
            add(tu, "prop", value, type=name)
    for language, text in ((unit.source_language, unit.source), (unit.target_language, unit.target)):
        variant = add(tu, "tuv")
        variant.set(XML_LANG, language)
        put_text(add(variant, "seg"), text, _inline)


def _inline(seg: _Element, character: str) -> _Element:
    return add(seg, "ph", f"U+{ord(character):04X}", type=_CHARACTER)


def _character(element: _Element) -> str | None:
    return code_point(element.text) if element.get("type") == _CHARACTER else None


def read(data: bytes, where: str) -> Bundle:
    """The units of a TMX file of any tool and of versions 1.1 to 1.4b.

    Raises:
        InputError: not safe or well-formed XML, not TMX, or a unit without its text; says the line.
    """
    root = parse_xml(data, where)
    body = root.find("body")
    if local_name(root) != "tmx" or body is None:
        raise InputError(
            where=f"{where}, line {root.sourceline}",
            found=f"the element <{local_name(root)}>" + (" without <body>" if local_name(root) == "tmx" else ""),
            expected="a TMX file: <tmx> with a <header> and a <body>",
            do="Export the memory as TMX 1.4 again.",
        )
    header = root.find("header")
    notices: list[str] = []
    spoken = header.get("srclang", "") if header is not None else ""
    units = [unit for tu in body.iterfind("tu") if (unit := _read_unit(tu, spoken, where, notices=notices))]
    return Bundle(tuple(units), _head(header), tuple(notices))


def _head(header: _Element | None) -> Head:
    if header is None:
        return Head()
    run = next((prop.text or "" for prop in header.iterfind("prop") if prop.get("type") == "x-run"), "")
    return Head(timestamp(header.get("creationdate", "")), header.get("creationtoolversion", ""), run)


def _read_unit(tu: _Element, srclang: str, where: str, *, notices: list[str]) -> Unit | None:
    texts: dict[Language, str] = {}
    for tuv in tu.iterfind("tuv"):
        language = language_of(tuv.get(XML_LANG) or tuv.get("lang"))
        if language:
            texts.setdefault(language, _segment(tuv, where, notices=notices))
    if len(texts) != 2:  # noqa: PLR2004 (a pair)
        notices.append(f"line {tu.sourceline}: a unit without Bengali and English was left out")
        return None
    said = language_of(tu.get("srclang") or srclang)
    source = next(iter(texts)) if said is None else said
    target: Language = "en" if source == "bn" else "bn"
    return Unit(texts[source], texts[target], source, target, **_facts(tu))


def _segment(tuv: _Element, where: str, *, notices: list[str]) -> str:
    seg = tuv.find("seg")
    if seg is None:
        raise InputError(
            where=f"{where}, line {tuv.sourceline}",
            found="a <tuv> without <seg>",
            expected="one <seg> in every <tuv>",
            do="Mend that unit, or export the memory again.",
        )
    return flat(seg, through=("hi",), character=_character, lost=notices)


def _facts(tu: _Element) -> dict[str, Any]:
    """The fields of a unit besides its texts."""
    props = {prop.get("type", ""): prop.text or "" for prop in tu.iterfind("prop")}
    facts: dict[str, Any] = {field: props[name] for name, field in _FIELDS.items() if name in props}
    status = status_of(facts.get("status", ""))
    return facts | {
        "id": tu.get("tuid", ""),
        "status": status,
        "origin": origin_of(facts.get("origin", ""), status=status),
        "notes": tuple(note.text or "" for note in tu.iterfind("note")),
        "changed": timestamp(tu.get("changedate") or tu.get("creationdate") or ""),
        "props": {name[len(_OWN) :]: value for name, value in props.items() if name.startswith(_OWN)},
    }
