"""A bilingual table as one HTML page that opens offline: for reading, printing and, edited, for reading back.

The page is well-formed XML and valid HTML at once. Each row carries what the cells do not show in data
attributes; the texts stand escaped in cells that say their language.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from pipeline.errors import InputError
from pipeline.files import decode
from pipeline.formats.units import Bundle, Head, by_document, language_of, origin_of, status_of
from pipeline.formats.xml_build import without_illegal
from pipeline.records import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

__all__ = ["read", "write"]

_STYLE: Final = (
    "body{font-family:'Noto Sans Bengali','Nirmala UI','Vrinda',system-ui,sans-serif;line-height:1.6;margin:1rem}"
    "table{border-collapse:collapse;width:100%;table-layout:fixed}"
    "th,td{border:1px solid #767676;padding:.4rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere;"
    "white-space:pre-wrap}td p{margin:0 0 .4rem}th{background:#eee}.s{width:7rem}.n{width:16rem}"
    "@media(max-width:40rem){thead{display:none}tr,td{display:block}tr{border:2px solid #767676;margin-bottom:1rem}"
    "td:empty{display:none}}"
)
_HEADINGS: Final = {"bn": "Bengali", "en": "English"}
_REFERENCES: Final = {ord(character): f"&#{ord(character)};" for character in "\n\r\x7f"}
_CLASS: Final = "setu-units"


def write(bundle: Bundle) -> bytes:
    """The bytes of the page."""
    return ("\n".join(_lines(bundle)) + "\n").encode("utf-8", "xmlcharrefreplace")


def _escaped(text: str) -> str:
    """For cells and attributes; bare, a carriage return would become a line end and DEL be refused as binary."""
    return html.escape(without_illegal(text)).translate(_REFERENCES)


def _lines(bundle: Bundle) -> Iterator[str]:
    facts = {"created": bundle.head.created, "version": bundle.head.version, "run": bundle.head.run}
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8"/>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
    for name, value in facts.items():
        if value:
            yield f'<meta name="setu-{name}" content="{_escaped(value)}"/>'
    yield f"<title>{_escaped(bundle.head.run or 'Translation')}</title><style>{_STYLE}</style></head><body>"
    for (doc, source, target), units in by_document(bundle.units):
        yield f"<h2>{_escaped(doc)}</h2>"
        yield f'<table class="{_CLASS}" data-doc="{_escaped(doc)}" data-source="{source}" data-target="{target}">'
        yield (
            f'<thead><tr><th scope="col">{_HEADINGS[source]}</th><th scope="col">{_HEADINGS[target]}</th>'
            '<th class="s" scope="col">Status</th><th class="n" scope="col">Notes</th></tr></thead><tbody>'
        )
        yield from map(_row, units)
        yield "</tbody></table>"
    yield "</body></html>"


def _row(unit: Unit) -> str:
    facts = {"id": unit.id, "origin": unit.origin, "changed": unit.changed}
    attributes = "".join(f' data-{name}="{_escaped(value)}"' for name, value in facts.items() if value)
    notes = "".join(f"<p>{_escaped(note)}</p>" for note in unit.notes)
    return (
        f'<tr{attributes}><td lang="{unit.source_language}">{_escaped(unit.source)}</td>'
        f'<td lang="{unit.target_language}">{_escaped(unit.target)}</td><td>{unit.status}</td><td>{notes}</td></tr>'
    )


def read(data: bytes, where: str) -> Bundle:
    """The units of a page that `write` made, edited or not.

    Raises:
        InputError: not UTF-8, not HTML, or without such a table; a row with too few cells; says the line.
    """
    text = decode(data, where=where)
    try:
        root = document_fromstring(text.encode(), parser=HTMLParser(encoding="utf-8", no_network=True, huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise _no_table(where, f"no HTML ({error})") from None
    tables = root.findall(f".//table[@class='{_CLASS}']")
    if not tables:
        raise _no_table(where, "no table of Setu")
    metas = {meta.get("name"): meta.get("content", "") for meta in root.iterfind(".//meta")}
    head = Head(metas.get("setu-created", ""), metas.get("setu-version", ""), metas.get("setu-run", ""))
    return Bundle(tuple(unit for table in tables for unit in _table(table, where)), head)


def _no_table(where: str, found: str) -> InputError:
    return InputError(
        where=where,
        found=found,
        expected="the bilingual page that Setu exports",
        do="Export the run as HTML again. To translate a web page, give it to `setu run`.",
    )


def _table(table: _Element, where: str) -> Iterator[Unit]:
    source, target = language_of(table.get("data-source")), language_of(table.get("data-target"))
    if source is None or target is None or source == target:
        raise _no_table(f"{where}, line {table.sourceline}", "a table without its languages")
    for row in table.iterfind("./tbody/tr"):
        cells = row.findall("td")
        if len(cells) != 4:  # noqa: PLR2004 (source, target, status, notes)
            raise InputError(
                where=f"{where}, line {row.sourceline}",
                found=f"a row of {len(cells)} cells",
                expected="four: source, target, status, notes",
                do="Mend that row.",
            )
        texts = ["".join(cell.itertext()) for cell in cells[:3]]
        status = status_of(texts[2].strip().lower())
        yield Unit(
            texts[0], texts[1], source, target, id=row.get("data-id", ""), doc=table.get("data-doc", ""),
            status=status, origin=origin_of(row.get("data-origin", ""), status=status),
            notes=tuple("".join(note.itertext()) for note in cells[3].iterfind("p")),
            changed=row.get("data-changed", ""),
        )  # fmt: skip
