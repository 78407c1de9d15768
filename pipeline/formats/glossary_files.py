"""Glossary files of other tools by suffix: a literal table, so that a miss can say what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.files import read_bytes, write_atomic
from pipeline.formats import glossary_csv, glossary_tmx, tbx
from pipeline.formats.glossary_rows import Imported
from pipeline.records import TermEntry

__all__ = ["FORMATS", "export_glossary", "import_glossary"]

Write = Callable[[Iterable[TermEntry]], bytes]
Read = Callable[[bytes, str], Imported]
FORMATS: Final[dict[str, tuple[Write, Read]]] = {
    ".csv": (glossary_csv.write, glossary_csv.read),
    ".tbx": (tbx.write, tbx.read),
    ".tmx": (glossary_tmx.write, glossary_tmx.read),
}


def _format(path: Path) -> tuple[Write, Read]:
    """How files of this suffix are written and read.

    Raises:
        InputError: an unknown suffix.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(
            where=str(path),
            found=f"suffix {path.suffix or 'none'!r}",
            expected=f"one of {', '.join(FORMATS)}",
            do="Rename the file, or convert it.",
        )
    return FORMATS[path.suffix.lower()]


def export_glossary(entries: Sequence[TermEntry], path: Path) -> list[str]:
    """Write entries in the format that the suffix names; returns what the format could not express as its own.

    Raises:
        InputError: an unknown suffix.
        OutputError: the file cannot be written.
    """
    write, _ = _format(path)
    write_atomic(path, write(entries))
    return tbx.carried_as_notes(entries) if path.suffix.lower() == ".tbx" else []


def import_glossary(path: Path) -> Imported:
    """Read entries from a file in the format that its suffix names.

    Raises:
        InputError: an unknown suffix, or a file that cannot be read as such.
    """
    _, read = _format(path)
    return read(read_bytes(path), str(path))
