"""Interchange formats in and out.

`export_rows` writes a run, `export_units` a memory, `read_bundle` and `read_units` read what any tool wrote.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.errors import InputError
from pipeline.files import read_bytes
from pipeline.formats.units import Bundle, Head, head_of, units_of
from pipeline.formats.xml_safe import MAX_XML_BYTES
from pipeline.records import Unit

__all__ = [
    "FORMATS", "SUFFIXES", "Bundle", "Format", "Head", "export_rows", "export_units", "format_of", "read_bundle",
    "read_units",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the module that holds `write(bundle)` and, when it can be read back, `read(data, where)`."""

    module: str
    title: str
    suffix: str
    media: str
    reads: bool = True


_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

FORMATS: Final[dict[str, Format]] = {
    "tmx": Format("tmx", "TMX 1.4b", ".tmx", "application/x-tmx+xml"),
    "xliff": Format("xliff", "XLIFF 1.2", ".xlf", "application/x-xliff+xml"),
    "xliff2": Format("xliff2", "XLIFF 2.1", ".xlf", "application/xliff+xml"),
    "csv": Format("csv_", "CSV for spreadsheets", ".csv", "text/csv; charset=utf-8"),
    "docx": Format("docx", "Word, bilingual table", ".docx", _WORD),
    "html": Format("html", "HTML, bilingual table", ".html", "text/html; charset=utf-8"),
    "txt": Format("text", "plain text in the source's layout", ".txt", "text/plain; charset=utf-8", reads=False),
}  # fmt: skip

# Suffix of a file → format that reads it. Both versions of XLIFF come as .xlf; its reader tells them apart.
SUFFIXES: Final[dict[str, str]] = {
    ".tmx": "tmx", ".xlf": "xliff", ".xliff": "xliff", ".csv": "csv", ".docx": "docx", ".html": "html", ".htm": "html",
    ".txt": "txt",
}  # fmt: skip


def format_of(path: Path) -> str:
    """The format that a file name's suffix stands for.

    Raises:
        InputError: the suffix is unknown; the message names the known ones.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise InputError(
            where=str(path),
            found=f"the suffix {path.suffix!r}",
            expected=f"one of {', '.join(SUFFIXES)}",
            do="Rename the file, or choose another format.",
        )
    return kind


def _format(kind: str) -> Format:
    if kind not in FORMATS:
        raise InputError(
            where="format", found=repr(kind), expected=f"one of {', '.join(FORMATS)}", do="Choose one of these."
        )
    return FORMATS[kind]


def _module(known: Format) -> Any:
    """A format's module, loaded when it is asked for: Word's library alone takes a tenth of a second."""
    return importlib.import_module(f"pipeline.formats.{known.module}")


def export_rows(rows: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any], kind: str) -> bytes:
    """A run, or some of its segments, as a file.

    Args:
        rows: objects of aligned.jsonl, in order; the review desk may add `note`, `changed` and `origin`.
        manifest: of the run; says directions, time and version.
        kind: a key of FORMATS.

    Raises:
        InputError: an unknown format, rows without their fields, or (txt) a source that is gone or changed.
    """
    known = _format(kind)
    if kind == "txt":
        data: bytes = _module(known).write_layout(rows, manifest)
        return data
    return export_units(units_of(rows, manifest), kind, head=head_of(manifest))


def export_units(units: Iterable[Unit], kind: str, *, head: Head | None = None) -> bytes:
    """Units as a file.

    Raises:
        InputError: an unknown format, or units that it cannot hold together.
    """
    data: bytes = _module(_format(kind)).write(Bundle(tuple(units), head or Head()))
    return data


def read_bundle(source: Path | bytes, kind: str = "", *, where: str = "") -> Bundle:
    """Units, head and notices of a file.

    Args:
        source: a path, or the bytes themselves.
        kind: a key of FORMATS; from the path's suffix when empty.
        where: what messages call the bytes.

    Raises:
        InputError: missing, too large, of an unknown format, or not what its suffix says; says the line.
    """
    if isinstance(source, Path):
        kind, where = kind or format_of(source), where or str(source)
    known = _format(kind)
    if not known.reads:
        raise InputError(
            where=where or known.title,
            found="a text without its other language",
            expected=f"one of {', '.join(name for name, item in FORMATS.items() if item.reads)}",
            do="Translate it with `setu run`, or give a bilingual file.",
        )
    data = read_bytes(source, limit=MAX_XML_BYTES) if isinstance(source, Path) else source
    bundle: Bundle = _module(known).read(data, where or known.title)
    return bundle


def read_units(source: Path | bytes, kind: str = "") -> list[Unit]:
    """The units of a file alone.

    Raises:
        InputError: see `read_bundle`.
    """
    return list(read_bundle(source, kind).units)
