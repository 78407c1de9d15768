"""XLIFF 1.2 (OASIS, 2008) out and in, and XLIFF 2.x in; `xliff2.py` writes 2.1.

Status: approved is `approved="yes"` with state signed-off; a draft needs review, with the qualifier
mt-suggestion while no person has touched it; rejected needs translation, qualifier rejected-inaccurate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from pipeline.errors import InputError
from pipeline.formats import xliff2
from pipeline.formats.units import TOOL, Bundle, Head, by_document, language_of, timestamp
from pipeline.formats.xml_build import add, code_point, flat, put_text, serialise
from pipeline.formats.xml_safe import XML_LANG, local_name, parse_xml
from pipeline.records import Language, Unit

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read", "write"]

NAMESPACE: Final = "urn:oasis:names:tc:xliff:document:1.2"
_READ: Final = frozenset({NAMESPACE, "urn:oasis:names:tc:xliff:document:1.1"})
_LEAVES: Final = frozenset({"source", "target", "note", "context"})
_CHARACTER: Final = "x-setu-char"
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_CONTEXT: Final = "x-setu-"
# (status, whether a machine wrote it) → state and state-qualifier of the target
_STATES: Final = {
    ("approved", False): ("signed-off", ""),
    ("draft", False): ("needs-review-translation", ""),
    ("draft", True): ("needs-review-translation", "leveraged-mt"),
    ("rejected", False): ("needs-translation", "rejected-inaccurate"),
    ("rejected", True): ("needs-translation", "rejected-inaccurate"),
}
_APPROVED_STATES: Final = frozenset({"final", "signed-off"})
_MT_QUALIFIERS: Final = frozenset({"leveraged-mt", "mt-suggestion"})


def write(bundle: Bundle) -> bytes:
    """The bytes of an XLIFF 1.2 file: one `file` for each document."""
    root = etree.Element(f"{{{NAMESPACE}}}xliff", nsmap={None: NAMESPACE}, version="1.2")
    for (doc, source, target), units in by_document(bundle.units):
        file = add(
            root, "file", original=doc or "memory", source_language=source, target_language=target,
            datatype="plaintext", date=bundle.head.created, tool_id="setu",
        )  # fmt: skip
        header = add(file, "header")
        add(header, "tool", tool_id="setu", tool_name=TOOL, tool_version=bundle.head.version)
        if bundle.head.run:
            add(header, "note", f"run {bundle.head.run}")
        body = add(file, "body")
        for number, unit in enumerate(units, 1):
            _write_unit(body, unit, number)
    if not bundle.units:
        _write_empty(root)
    return serialise(root, _LEAVES)


def _write_empty(root: _Element) -> None:
    """The standard asks for at least one file with a body, which may be empty."""
    file = add(root, "file", original="memory", source_language="bn", target_language="en", datatype="plaintext")
    add(file, "body")


def _write_unit(body: _Element, unit: Unit, number: int) -> None:
    approved = "yes" if unit.status == "approved" else "no"
    trans = add(body, "trans-unit", id=unit.id or f"u{number}", approved=approved)
    trans.set(_SPACE, "preserve")
    source = add(trans, "source")
    source.set(XML_LANG, unit.source_language)
    put_text(source, unit.source, _inline)
    state, qualifier = _STATES[unit.status, unit.origin == "mt"]
    target = add(trans, "target", state=state, state_qualifier=qualifier)
    target.set(XML_LANG, unit.target_language)
    put_text(target, unit.target, _inline)
    _write_context(trans, unit)
    for note in unit.notes:
        add(trans, "note", note, **{"from": TOOL})


def _write_context(trans: _Element, unit: Unit) -> None:
    facts = {"previous": unit.previous, "following": unit.following, "changed": unit.changed}
    facts |= {f"prop-{name}": value for name, value in unit.props.items()}
    facts |= {"unnamed": "yes" if not unit.id else "", "origin": "mt" if unit.origin == "mt" else ""}
    if any(facts.values()):
        group = add(trans, "context-group", purpose="information")
        for name, value in facts.items():
            if value:
                add(group, "context", value, context_type=_CONTEXT + name)


def _inline(element: _Element, character: str) -> _Element:
    """Ids of inline elements are unique within their source or target."""
    return add(element, "ph", f"U+{ord(character):04X}", id=str(len(element) + 1), ctype=_CHARACTER)


def _character(element: _Element) -> str | None:
    return code_point(element.text) if element.get("ctype") == _CHARACTER else None


def read(data: bytes, where: str) -> Bundle:
    """The units of an XLIFF file of any tool, of version 1.1, 1.2 or 2.x.

    Raises:
        InputError: not safe or well-formed XML, not XLIFF, or neither version; says the line.
    """
    root = parse_xml(data, where)
    namespace = etree.QName(root).namespace
    if local_name(root) == "xliff" and namespace in _READ:
        return _read_old(root, where)
    if local_name(root) == "xliff" and namespace == xliff2.NAMESPACE:
        return xliff2.read_tree(root, where)
    raise InputError(
        where=f"{where}, line {root.sourceline}",
        found=f"the element <{local_name(root)}> of {namespace or 'no namespace'}",
        expected="an XLIFF file of version 1.1, 1.2 or 2.x",
        do="Export the file as XLIFF again.",
    )


def _read_old(root: _Element, where: str) -> Bundle:
    notices: list[str] = []
    units: list[Unit] = []
    for file in root.iterfind("{*}file"):
        source, target = (language_of(file.get(f"{side}-language")) for side in ("source", "target"))
        if source is None or target is None or source == target:
            notices.append(f"line {file.sourceline}: a file that is not Bengali and English was left out")
            continue
        doc = file.get("original", "")
        named = "" if doc == "memory" else doc
        units += [_read_unit(trans, (source, target, named), where, notices=notices) for trans in _units_in(file)]
    return Bundle(tuple(units), _head(root), tuple(notices))


def _units_in(file: _Element) -> list[_Element]:
    return list(file.iterfind("{*}body//{*}trans-unit"))


def _head(root: _Element) -> Head:
    file = root.find("{*}file")
    if file is None:
        return Head()
    tool = root.find(".//{*}tool")
    notes = (note.text or "" for note in file.iterfind("{*}header/{*}note"))
    run = next((note[4:] for note in notes if note.startswith("run ")), "")
    version = tool.get("tool-version", "") if tool is not None else Head().version
    return Head(timestamp(file.get("date", "")), version, run)


def _read_unit(trans: _Element, place: tuple[Language, Language, str], where: str, *, notices: list[str]) -> Unit:
    source = trans.find("{*}source")
    if source is None:
        raise InputError(
            where=f"{where}, line {trans.sourceline}",
            found="a <trans-unit> without <source>",
            expected="one <source> in every <trans-unit>",
            do="Mend that unit, or export the file again.",
        )
    target = trans.find("{*}target")
    context = {
        item.get("context-type", "").removeprefix(_CONTEXT): item.text or ""
        for item in trans.iterfind("{*}context-group/{*}context")
        if item.get("context-type", "").startswith(_CONTEXT)
    }
    return Unit(
        _text(source, notices),
        _text(target, notices) if target is not None else "",
        place[0],
        place[1],
        id="" if context.get("unnamed") else trans.get("id", ""),
        doc=place[2],
        notes=tuple(note.text or "" for note in trans.iterfind("{*}note")),
        **_trust(trans, target, context),
        previous=context.get("previous", ""),
        following=context.get("following", ""),
        changed=context.get("changed", ""),
        props={name[5:]: value for name, value in context.items() if name.startswith("prop-")},
    )


def _trust(trans: _Element, target: _Element | None, context: dict[str, str]) -> dict[str, Any]:
    """Status and origin, from `approved` and the target's state."""
    facts = target.attrib if target is not None else {}
    machine = context.get("origin") == "mt" or facts.get("state-qualifier") in _MT_QUALIFIERS
    if trans.get("approved") == "yes" or facts.get("state") in _APPROVED_STATES:
        return {"status": "approved", "origin": "approved"}
    rejected = str(facts.get("state-qualifier", "")).startswith("rejected")
    return {"status": "rejected" if rejected else "draft", "origin": "mt" if machine else "draft"}


def _text(element: _Element, notices: list[str]) -> str:
    return flat(element, through=("g", "mrk"), character=_character, lost=notices)
