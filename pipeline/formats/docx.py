"""A bilingual table as a Word file: for translators who work in Word, and read back when they are done.

A table a document, with the columns Id, source, target, Status, Notes. Bengali is set as complex script with
fonts that Windows, macOS and Linux have.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from pipeline.errors import InputError
from pipeline.formats.docx_zip import W, main_part, pack, parse_part, unpack, w
from pipeline.formats.units import TOOL, Bundle, Head, by_document, language_of, origin_of, status_of, timestamp
from pipeline.formats.xml_build import without_illegal
from pipeline.records import Language, Unit

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read", "write"]

_LANGUAGES: Final = {"bn": "Bengali (bn)", "en": "English (en)"}
_CODE: Final = re.compile(r"\((bn|en)\)\s*$")
_WIDTHS: Final = (1200, 5200, 5200, 1200, 2600)
"""Of the columns, in twentieths of a point; together the width of a landscape A4 page within its margins."""
_A4: Final = (16838, 11906, 720)
"""Width and height of landscape A4 and its margins, in twentieths of a point."""
_UNKNOWN: Final = datetime(1980, 1, 1, tzinfo=UTC)
_MACHINE: Final = "machine"
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


def write(bundle: Bundle) -> bytes:
    """The bytes of the Word file."""
    import docx

    document = docx.Document()
    body = document.element.body
    page = body.find(w("sectPr"))
    for (doc, source, target), units in by_document(bundle.units):
        page.addprevious(_heading(doc))
        page.addprevious(_table(units, source, target))
    _set_page(page)
    _set_properties(document.core_properties, bundle.head)
    stream = io.BytesIO()
    document.save(stream)
    return pack(unpack(stream.getvalue(), "export"))


def _set_properties(properties: Any, head: Head) -> None:
    """The head of the file; python-docx wants times without a zone."""
    created = datetime.fromisoformat(head.created) if head.created else _UNKNOWN
    properties.created = properties.modified = created.replace(tzinfo=None)
    properties.author = properties.last_modified_by = TOOL
    properties.version = head.version
    properties.identifier = head.run
    properties.title = head.run
    properties.comments = ""


def _set_page(section: _Element) -> None:
    size, margin = section.find(w("pgSz")), section.find(w("pgMar"))
    for name, value in (("w", _A4[0]), ("h", _A4[1])):
        size.set(w(name), str(value))
    size.set(w("orient"), "landscape")
    for side in ("top", "right", "bottom", "left"):
        margin.set(w(side), str(_A4[2]))


def _make(parent: _Element, name: str, **attributes: str) -> _Element:
    child = etree.SubElement(parent, w(name))
    for key, value in attributes.items():
        child.set(w(key), value)
    return child


def _heading(text: str) -> _Element:
    paragraph = etree.Element(w("p"), nsmap={"w": W})
    _make(_make(paragraph, "pPr"), "pStyle", val="Heading2")
    _fill(_make(paragraph, "r"), text)
    return paragraph


def _table(units: Iterable[Unit], source: Language, target: Language) -> _Element:
    table = etree.Element(w("tbl"), nsmap={"w": W})
    properties = _make(table, "tblPr")
    _make(properties, "tblStyle", val="TableGrid")
    _make(properties, "tblW", w=str(sum(_WIDTHS)), type="dxa")
    _make(properties, "tblLayout", type="fixed")
    grid = _make(table, "tblGrid")
    for width in _WIDTHS:
        _make(grid, "gridCol", w=str(width))
    titles = ("Id", _LANGUAGES[source], _LANGUAGES[target], "Status", "Notes")
    row = _row(table, [[title] for title in titles], (None,) * 5, bold=True)
    row.insert(0, etree.Element(w("trPr")))
    _make(row[0], "tblHeader")
    for unit in units:
        status = f"{unit.status}, {_MACHINE}" if unit.origin == "mt" else unit.status
        cells = [[unit.id], [unit.source], [unit.target], [status], list(unit.notes) or [""]]
        _row(table, cells, (None, source, target, None, None))
    return table


def _row(
    table: _Element, cells: list[list[str]], languages: Iterable[Language | None], *, bold: bool = False
) -> _Element:
    row = _make(table, "tr")
    for paragraphs, language, width in zip(cells, languages, _WIDTHS, strict=True):
        cell = _make(row, "tc")
        _make(_make(cell, "tcPr"), "tcW", w=str(width), type="dxa")
        for text in paragraphs:
            run = _make(_make(cell, "p"), "r")
            _run_properties(run, language, bold=bold)
            _fill(run, text)
    return row


def _run_properties(run: _Element, language: Language | None, *, bold: bool) -> None:
    properties = _make(run, "rPr")
    if language == "bn":
        _make(properties, "rFonts", ascii="Nirmala UI", hAnsi="Nirmala UI", cs="Nirmala UI")
    if bold:
        _make(properties, "b")
    if language == "bn":
        _make(properties, "cs")
        _make(properties, "lang", val="bn-IN", bidi="bn-IN")
    elif language == "en":
        _make(properties, "lang", val="en-GB")


_BREAKS: Final = re.compile(r"([\n\t])")


def _fill(run: _Element, text: str) -> None:
    """Text of a run; Word writes line ends and tabs as elements."""
    for part in _BREAKS.split(without_illegal(text)):
        if part in ("\n", "\t"):
            _make(run, "br" if part == "\n" else "tab")
        elif part:
            leaf = _make(run, "t")
            leaf.text = part
            leaf.set(_SPACE, "preserve")


def read(data: bytes, where: str) -> Bundle:
    """The units of the tables that `write` made, edited or not.

    Raises:
        InputError: no Word file, or none with such a table.
    """
    package = unpack(data, where)
    root = parse_part(package, main_part(package, where), where)
    units: list[Unit] = []
    notices: list[str] = []
    found, doc = False, ""
    for element in root.iterfind(f"{w('body')}/*"):
        if element.tag == w("p") and _text(element):
            doc = _text(element)
        elif element.tag == w("tbl") and (languages := _languages(element)):
            found = True
            units += _units(element, languages, doc, notices=notices)
    if not found:
        raise InputError(
            where=where,
            found="no bilingual table",
            expected="the Word file that Setu exports, with the columns Id, Bengali (bn), English (en), Status, Notes",
            do="Export the run as DOCX again. To translate a Word document, give it to `setu run`.",
        )
    return Bundle(tuple(units), _head(package, where), tuple(notices))


def _head(package: dict[str, bytes], where: str) -> Head:
    if "docProps/core.xml" not in package:
        return Head()
    root = parse_part(package, "docProps/core.xml", where)
    facts = {etree.QName(item).localname: item.text or "" for item in root}
    created = timestamp(facts.get("created", ""))
    known = "" if created.startswith("1980-") else created
    return Head(known, facts.get("version", ""), facts.get("identifier", ""))


def _languages(table: _Element) -> tuple[Language, Language] | None:
    """The languages of a table, from its first row; None when it is no table of ours."""
    row = table.find(w("tr"))
    titles = [_text(cell) for cell in row.iterfind(w("tc"))] if row is not None else []
    if len(titles) != len(_WIDTHS):
        return None
    codes = [match[1] if (match := _CODE.search(title)) else "" for title in titles[1:3]]
    source, target = (language_of(code) for code in codes)
    return (source, target) if source and target and source != target else None


def _units(table: _Element, languages: tuple[Language, Language], doc: str, *, notices: list[str]) -> Iterator[Unit]:
    for number, row in enumerate(table.findall(w("tr"))[1:], 1):
        cells = row.findall(w("tc"))
        if len(cells) != len(_WIDTHS):
            notices.append(f"{doc}, row {number} of the table has {len(cells)} cells and was left out")
            continue
        state = _text(cells[3]).lower()
        status = status_of(re.split(r"\W", state.strip())[0])
        notes = [_text(paragraph) for paragraph in cells[4].iterfind(w("p"))]
        yield Unit(
            _text(cells[1]), _text(cells[2]), *languages, id=_text(cells[0]), doc=doc, status=status,
            origin=origin_of("mt" if _MACHINE in state else "", status=status),
            notes=tuple(note for note in notes if note),
        )  # fmt: skip


def _text(element: _Element) -> str:
    """Text of a cell or paragraph: paragraphs and breaks end lines; deleted text of tracked changes is not there."""
    if element.tag == w("tc"):
        return "\n".join(_text(paragraph) for paragraph in element.iterfind(w("p")))
    parts = []
    for item in element.iter(w("t"), w("br"), w("cr"), w("tab")):
        if any(parent.tag in (w("tabs"), w("moveFrom")) for parent in item.iterancestors()):
            continue  # a tab stop of the paragraph's style; text that was moved away
        parts.append((item.text or "") if item.tag == w("t") else "\t" if item.tag == w("tab") else "\n")
    return "".join(parts)
