"""CSV for spreadsheets: UTF-8 with a byte order mark, one unit a row, cells that cannot start a formula.

A cell that begins with = + - @ (or tab, carriage return) gets an apostrophe before it, so that opening the
file runs nothing (OWASP, "CSV Injection"); reading takes exactly that apostrophe away again.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Any, Final

from pipeline.errors import InputError
from pipeline.files import decode
from pipeline.formats.units import Bundle, language_of, origin_of, status_of
from pipeline.records import Language, Unit

__all__ = ["read", "write"]

COLUMNS: Final = (
    "id", "document", "source_language", "target_language", "source", "target", "status", "origin", "notes",
)  # fmt: skip
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")
MAX_FIELD: Final = 16 * 1024 * 1024
"""Characters in one cell; beyond it a quotation mark was never closed."""


def write(bundle: Bundle) -> bytes:
    """The bytes of a CSV file."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for unit in bundle.units:
        cells = (
            unit.id, unit.doc, unit.source_language, unit.target_language, unit.source, unit.target,
            unit.status, unit.origin, "\n".join(unit.notes),
        )  # fmt: skip
        writer.writerow(["'" + cell if _FORMULA.match(cell) else cell for cell in cells])
    return codecs.BOM_UTF8 + stream.getvalue().encode("utf-8")


def read(data: bytes, where: str) -> Bundle:
    """The units of a CSV file: Setu's columns, or any with `source` and `target`, or with `bn` and `en`.

    Raises:
        InputError: not UTF-8 text, columns missing, a row too short or with an unknown language; says the line.
    """
    text = decode(data, where=where)
    rows = _rows(text, where)
    line, head = next(rows, (1, []))
    names = [cell.strip().lower() for cell in head]
    if not {"source", "target"} <= set(names) and not {"bn", "en"} <= set(names):
        raise InputError(
            where=f"{where}, line {line}",
            found=f"the columns {', '.join(names) or 'none'}",
            expected="a first line that names the columns: source and target, or bn and en",
            do="Add that line.",
        )
    units = []
    for number, cells in rows:
        if len(cells) != len(names):
            raise InputError(
                where=f"{where}, line {number}",
                found=f"{len(cells)} cells",
                expected=f"{len(names)}, as in the first line",
                do="Check the quotation marks and commas of that line.",
            )
        plain = [cell[1:] if _ESCAPED.match(cell) else cell for cell in cells]
        units.append(_unit(dict(zip(names, plain, strict=True)), f"{where}, line {number}"))
    known = {*COLUMNS, "bn", "en"}
    lost = [f"the column {name!r} was left out" for name in names if name not in known]
    return Bundle(tuple(units), notices=tuple(lost))


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line it begins on."""
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                where=f"{where}, line {line}",
                found=f"a row that is not CSV ({error})",
                expected="cells divided by commas, quotation marks doubled within quoted cells",
                do="Save the file as CSV (UTF-8) again.",
            ) from None
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


def _unit(cells: dict[str, str], where: str) -> Unit:
    source, target = _languages(cells, where)
    by_language = "source" not in cells or "target" not in cells
    status = status_of(cells.get("status", ""))
    fields: dict[str, Any] = {"id": cells.get("id", ""), "doc": cells.get("document", "")}
    return Unit(
        cells[source if by_language else "source"],
        cells[target if by_language else "target"],
        source,
        target,
        status=status,
        origin=origin_of(cells.get("origin", ""), status=status),
        notes=tuple(note for note in cells.get("notes", "").split("\n") if note),
        **fields,
    )


def _languages(cells: dict[str, str], where: str) -> tuple[Language, Language]:
    """From the columns that name them, or Bengali to English for columns `bn` and `en`."""
    if "source_language" not in cells and "bn" in cells:
        return "bn", "en"
    source = language_of(cells.get("source_language"))
    target = language_of(cells.get("target_language"))
    if source and target and source != target:
        return source, target
    raise InputError(
        where=where,
        found=f"the languages {cells.get('source_language')!r} and {cells.get('target_language')!r}",
        expected="the columns source_language and target_language with bn and en",
        do="Add them, or name the columns bn and en.",
    )
