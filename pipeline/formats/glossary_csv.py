"""A glossary as CSV: one entry a row, lists in one cell, every field kept.

Values of a list are set apart by ` | `; a bar or backslash within a value is written with a backslash before it.
The file begins with a byte order mark, without which spreadsheets garble Bengali.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final

import regex

from pipeline.errors import InputError
from pipeline.files import decode
from pipeline.formats.glossary_rows import FIELDS, LISTS, Imported, Row, entries_of, fields_of
from pipeline.records import TermEntry

__all__ = ["read", "write"]

_SPLIT: Final = regex.compile(r"(?<!\\)(?:\\\\)*\K\|")
_REQUIRED: Final = ("bn", "en")


def write(entries: Iterable[TermEntry]) -> bytes:
    """The bytes of a CSV file; nothing is lost."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)
    for entry in entries:
        writer.writerow([_cell(value) for value in fields_of(entry).values()])
    return stream.getvalue().encode("utf-8-sig")


def _cell(value: str | tuple[str, ...]) -> str:
    """Text as it is, a list with bars."""
    if isinstance(value, str):
        return value
    return " | ".join(one.replace("\\", "\\\\").replace("|", "\\|") for one in value)


def _values(cell: str) -> tuple[str, ...]:
    """The inverse of `_cell` for lists."""
    parts = (regex.sub(r"\\([\\|])", r"\1", part.strip()) for part in _SPLIT.split(cell))
    return tuple(part for part in parts if part)


def read(data: bytes, where: str) -> Imported:
    """Entries of a CSV file; columns bn and en are enough.

    Raises:
        InputError: the file is no text, has no header with bn and en, or a quotation is not closed.
    """
    text = decode(data, where=where)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in _REQUIRED if name not in header]
        if missing:
            raise InputError(
                where=f"{where}, line 1",
                found=f"columns {', '.join(header) or 'none'}",
                expected=f"a header with {' and '.join(_REQUIRED)}, and of {', '.join(FIELDS)} what you have",
                do="Add the header line.",
            )
        rows = [Row(line, fields) for line, fields in _rows(reader, header)]
    except csv.Error as error:
        raise InputError(
            where=f"{where}, line {reader.line_num}", found=f"broken CSV ({error})", expected="CSV", do="Mend the line."
        ) from error
    unknown = [name for name in header if name not in FIELDS]
    return entries_of(rows, where, losses=[f"column {name!r}: not a field of a glossary" for name in unknown])


def _rows(reader: Iterable[list[str]], header: list[str]) -> Iterable[tuple[int, Mapping[str, str | tuple[str, ...]]]]:
    """Rows that hold anything, with the line on which each ends."""
    for cells in reader:
        if any(cell.strip() for cell in cells):
            named = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
            fields = {name: _values(cell) if name in LISTS else cell for name, cell in named.items() if name in FIELDS}
            yield getattr(reader, "line_num", 0), fields
