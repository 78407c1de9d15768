"""A glossary as TBX v3 (ISO 30042:2019), dialect TBX-Basic, style DCT; TBX v2 is read too.

TBX-Basic has categories for terms, full forms, variants, deprecated terms, related concepts and notes. What it
has no category for (direction, letter case, cues, first mention) travels as notes that begin with `setu:`:
Setu reads them back, other tools show them and obey them not; `write` lists those fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lxml import etree

from pipeline.formats.glossary_rows import FIELDS, LISTS, Imported, Row, entries_of, fields_of
from pipeline.formats.xml_build import serialise, without_illegal
from pipeline.formats.xml_safe import XML_LANG, local_name, parse_xml
from pipeline.records import TermEntry

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["carried_as_notes", "read", "write"]

_TBX: Final = "urn:iso:std:iso:30042:ed-2"
_MIN: Final = "http://www.tbxinfo.net/ns/min"
_BASIC: Final = "http://www.tbxinfo.net/ns/basic"
_LEAVES: Final = frozenset(
    {"term", "note", "p", "title", "administrativeStatus", "partOfSpeech", "termType", "crossReference"}
)
_NOTES: Final = ("type", "direction", "case_sensitive", "cues_bn", "cues_en", "first_mention")
_DEFAULTS: Final = {"type": "term", "direction": "both", "first_mention": "term"}
_KNOWN: Final = frozenset({"administrativeStatus", "partOfSpeech", "termType"})
_OWN: Final = "setu:"
_PREFERRED, _ADMITTED, _DEPRECATED = "preferredTerm-admn-sts", "admittedTerm-admn-sts", "deprecatedTerm-admn-sts"
_PROPER: Final = frozenset({"person", "place", "organisation", "acronym"})


def write(entries: Iterable[TermEntry]) -> bytes:
    """The bytes of a TBX file."""
    root = etree.Element(f"{{{_TBX}}}tbx", nsmap={None: _TBX, "min": _MIN, "basic": _BASIC})
    root.set("type", "TBX-Basic")
    root.set("style", "dct")
    root.set(XML_LANG, "en")
    source = _sub(_sub(_sub(root, "tbxHeader"), "fileDesc"), "sourceDesc")
    _sub(source, "p", "Glossary exported by Setu.")
    body = _sub(_sub(root, "text"), "body")
    for entry in entries:
        _write_entry(body, entry)
    return serialise(root, _LEAVES)


def carried_as_notes(entries: Iterable[TermEntry]) -> list[str]:
    """What other tools will not obey: each field that TBX-Basic has no category for, with its entries counted."""
    counts: dict[str, int] = {}
    for entry in entries:
        for name, _ in _own_notes(entry):
            counts[name] = counts.get(name, 0) + 1
    return [
        f"{name} of {count} entries: TBX-Basic has no category for it; kept as notes" for name, count in counts.items()
    ]


def _sub(parent: _Element, tag: str, text: str | None = None, *, namespace: str = _TBX) -> _Element:
    child = etree.SubElement(parent, f"{{{namespace}}}{tag}")
    if text is not None:
        child.text = without_illegal(text)
    return child


def _own_notes(entry: TermEntry) -> Iterator[tuple[str, str]]:
    """Fields without a category that differ from their defaults, one value at a time."""
    fields = fields_of(entry)
    for name in _NOTES:
        value = fields[name]
        default = str(entry.type == "acronym").lower() if name == "case_sensitive" else _DEFAULTS.get(name)
        for one in (value,) if isinstance(value, str) else value:
            if one != default:
                yield name, one


def _write_entry(body: _Element, entry: TermEntry) -> None:
    """One concept."""
    concept = _sub(body, "conceptEntry")
    concept.set("id", _xml_id(entry.id))
    for other in entry.confusable_with:
        _sub(concept, "crossReference", other, namespace=_BASIC).set("target", _xml_id(other))
    if entry.note:
        _sub(concept, "note", entry.note)
    for name, value in _own_notes(entry):
        _sub(concept, "note", f"{_OWN}{name}={value}")
    for language, side in (("bn", entry.bn), ("en", entry.en)):
        section = _sub(concept, "langSec")
        section.set(XML_LANG, language)
        kind = "acronym" if entry.type == "acronym" else "shortForm" if side.expansion else ""
        _write_term(section, side.term, _PREFERRED, kind=kind, proper=entry.type in _PROPER)
        if side.expansion:
            _write_term(section, side.expansion, _ADMITTED, kind="fullForm", proper=entry.type in _PROPER)
        for variant in side.variants:
            _write_term(section, variant, _ADMITTED, kind="variant", proper=entry.type in _PROPER)
        for wrong in entry.forbidden.get(language, ()):
            _write_term(section, wrong, _DEPRECATED, kind="", proper=entry.type in _PROPER)


def _xml_id(name: str) -> str:
    """An id that XML allows, which begins with no digit."""
    return f"_{name}" if name[:1].isdigit() else name


def _own_id(name: str) -> str:
    """The inverse."""
    return name[1:] if name[:1] == "_" and name[1:2].isdigit() else name


def _write_term(section: _Element, text: str, status: str, *, kind: str, proper: bool) -> None:
    """One term with its categories."""
    term = _sub(section, "termSec")
    _sub(term, "term", text)
    _sub(term, "administrativeStatus", status, namespace=_MIN)
    _sub(term, "partOfSpeech", "properNoun" if proper else "noun", namespace=_MIN)
    if kind:
        _sub(term, "termType", kind, namespace=_BASIC)


def read(data: bytes, where: str) -> Imported:
    """Entries of a TBX file, v3 in style DCT or DCA, or v2.

    Raises:
        InputError: no well-formed XML, or no concepts.
    """
    root = parse_xml(data, where)
    losses: list[str] = []
    concepts = (element for element in root.iter() if local_name(element) in {"conceptEntry", "termEntry"})
    rows = [_row(concept, losses) for concept in concepts]
    return entries_of(rows, where, losses=losses)


def _row(concept: _Element, losses: list[str]) -> Row:
    """The fields of one concept."""
    name = concept.get("id") or ""
    plain = name.isascii() and name == name.lower() and not name.isdigit()
    fields: dict[str, str | list[str]] = {"id": _own_id(name) if plain else ""}
    for child in concept:
        kind = local_name(child)
        if kind in {"langSec", "langSet"}:
            _read_language(child, fields, losses)
        elif kind == "note":
            _read_note(child.text or "", fields)
        elif _category(child) == "crossReference":
            _append(fields, "confusable_with", _own_id(child.get("target") or child.text or ""))
        else:
            losses.append(f"line {child.sourceline}: {_category(child)} {(child.text or '').strip()!r}")
    return Row(concept.sourceline or 0, fields)


def _category(element: _Element) -> str:
    """The data category: the element's name in DCT, its attribute `type` in DCA and v2."""
    return element.get("type") or local_name(element)


def _append(fields: dict[str, str | list[str]], name: str, value: str) -> None:
    values = fields.setdefault(name, [])
    if isinstance(values, list) and value:
        values.append(value)


def _read_note(text: str, fields: dict[str, str | list[str]]) -> None:
    """A note of Setu's own, or one for people."""
    name, equals, value = text.removeprefix(_OWN).partition("=")
    if text.startswith(_OWN) and equals and name in FIELDS:
        if name in LISTS:
            _append(fields, name, value)
        else:
            fields[name] = value
    elif text.strip():
        fields["note"] = "\n".join(filter(None, [str(fields.get("note", "")), text.strip()]))


def _read_language(section: _Element, fields: dict[str, str | list[str]], losses: list[str]) -> None:
    """The terms of one language."""
    language = (section.get(XML_LANG) or "").lower().split("-")[0]
    for holder in section.iter():
        if local_name(holder) not in {"termSec", "tig", "ntig"}:
            continue
        text, categories = _read_term(holder)
        if language not in {"bn", "en"}:
            losses.append(f"line {holder.sourceline}: {language or 'no language'} {text!r}")
            continue
        _place_term(text, categories, fields, language=language)
        known = {"administrativeStatus", "partOfSpeech", "termType"}
        losses += [
            f"line {holder.sourceline}: {name} {value!r}" for name, value in categories.items() if name not in known
        ]


def _read_term(holder: _Element) -> tuple[str, dict[str, str]]:
    """The text of a term and its categories."""
    text, categories = "", {}
    for element in holder.iter():
        if local_name(element) == "term":
            text = " ".join("".join(element.itertext()).split())
        elif element is not holder and local_name(element) not in {"termGrp", "termNoteGrp"}:
            categories[_category(element)] = (element.text or "").strip()
    return text, categories


def _place_term(text: str, categories: dict[str, str], fields: dict[str, str | list[str]], *, language: str) -> None:
    """A term where it belongs: the term, the expansion, a variant, or what is forbidden."""
    status = categories.get("administrativeStatus", "").lower()
    if status.startswith(("deprecated", "superseded")):
        _append(fields, f"forbidden_{language}", text)
    elif language not in fields:
        fields[language] = text
    elif categories.get("termType") == "fullForm" and f"{language}_expansion" not in fields:
        fields[f"{language}_expansion"] = text
    else:
        _append(fields, f"{language}_variants", text)
