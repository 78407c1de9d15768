"""A glossary as TMX 1.4b: one translation unit an entry, and one more for its expansions.

Tools that know nothing of Setu then offer both pairs. Everything else of an entry travels as `prop` elements
of types x-setu-…, one a value, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lxml import etree

from pipeline import __version__
from pipeline.formats.glossary_rows import FIELDS, LISTS, Imported, Row, entries_of, fields_of
from pipeline.formats.xml_build import add, flat, serialise
from pipeline.formats.xml_safe import XML_LANG, local_name, parse_xml
from pipeline.records import TermEntry

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read", "write"]

_LEAVES: Final = frozenset({"seg", "prop", "note"})
_DOCTYPE: Final = '<!DOCTYPE tmx SYSTEM "tmx14.dtd">'
_FORMAT: Final = "Setu glossary"
_OWN: Final = "x-setu-"
_EXPANSION: Final = ":expansion"
_BARE: Final = frozenset({"id", "bn", "en", "note"})


def write(entries: Iterable[TermEntry]) -> bytes:
    """The bytes of a TMX file; nothing is lost."""
    root = etree.Element("tmx", version="1.4")
    add(
        root, "header", creationtool="Setu", creationtoolversion=__version__, segtype="phrase", o_tmf=_FORMAT,
        adminlang="en", srclang="*all*", datatype="plaintext",
    )  # fmt: skip
    body = add(root, "body")
    for entry in entries:
        _write_entry(body, entry)
    return serialise(root, _LEAVES, doctype=_DOCTYPE)


def _write_entry(body: _Element, entry: TermEntry) -> None:
    """The units of one entry."""
    tu = add(body, "tu", tuid=entry.id)
    if entry.note:
        add(tu, "note", entry.note)
    for name, value in fields_of(entry).items():
        if name not in _BARE:
            for one in [value] if isinstance(value, str) else value:
                if one:
                    add(tu, "prop", one, type=_OWN + name)
    _write_pair(tu, entry.bn.term, entry.en.term)
    if entry.bn.expansion and entry.en.expansion:
        _write_pair(add(body, "tu", tuid=entry.id + _EXPANSION), entry.bn.expansion, entry.en.expansion)


def _write_pair(tu: _Element, bengali: str, english: str) -> None:
    for language, text in (("bn", bengali), ("en", english)):
        tuv = add(tu, "tuv")
        tuv.set(XML_LANG, language)
        add(tuv, "seg", text)


def read(data: bytes, where: str) -> Imported:
    """Entries of a TMX file of Setu or of any other tool.

    Raises:
        InputError: no well-formed XML, or no translation units.
    """
    root = parse_xml(data, where)
    losses: list[str] = []
    units = [element for element in root.iter() if local_name(element) == "tu"]
    own = any(element.get("o-tmf") == _FORMAT for element in root if local_name(element) == "header")
    names = {unit.get("tuid") for unit in units}
    rows = [_row(unit, losses, own=own) for unit in units if not _is_expansion(unit, names)]
    return entries_of(rows, where, losses=losses)


def _is_expansion(unit: _Element, names: set[str | None]) -> bool:
    """Whether a unit repeats the expansions of an entry of Setu's, whose props have them."""
    name = unit.get("tuid") or ""
    return name.endswith(_EXPANSION) and name.removesuffix(_EXPANSION) in names


def _row(unit: _Element, losses: list[str], *, own: bool) -> Row:
    """The fields of one unit."""
    fields: dict[str, str | list[str]] = {"id": unit.get("tuid") or ""}
    for child in unit:
        kind = local_name(child)
        if kind == "note":
            fields["note"] = "\n".join(filter(None, [str(fields.get("note", "")), child.text or ""]))
        elif kind == "prop":
            _read_prop(child, fields, losses)
        elif kind == "tuv":
            _read_variant(child, fields, losses)
    if not own and not _valid_id(str(fields["id"])):
        fields["id"] = ""
    return Row(unit.sourceline or 0, fields)


def _valid_id(name: str) -> bool:
    """Foreign tools number or hash their units: such names are no ids of a glossary."""
    return bool(name) and not name.isdigit() and name == name.lower() and " " not in name and name.isascii()


def _read_prop(prop: _Element, fields: dict[str, str | list[str]], losses: list[str]) -> None:
    """One property; foreign ones are listed."""
    name = (prop.get("type") or "").removeprefix(_OWN)
    if name not in FIELDS or name in _BARE:
        losses.append(f"line {prop.sourceline}: property {prop.get('type')!r}")
    elif name in LISTS:
        values = fields.setdefault(name, [])
        if isinstance(values, list):
            values.append(prop.text or "")
    else:
        fields[name] = prop.text or ""


def _read_variant(tuv: _Element, fields: dict[str, str | list[str]], losses: list[str]) -> None:
    """One language; the first of Bengali and of English count, others are listed."""
    language = (tuv.get(XML_LANG) or tuv.get("lang") or "").lower().split("-")[0].split("_")[0]
    for segment in _segments(tuv):
        text = " ".join(flat(segment, through=("hi", "sub"), character=lambda _: None, lost=losses).split())
        if language not in {"bn", "en"} or language in fields:
            losses.append(f"line {tuv.sourceline}: {language or 'no language'} {text!r}")
        else:
            fields[language] = text


def _segments(tuv: _Element) -> Iterator[_Element]:
    return (child for child in tuv if local_name(child) == "seg")
