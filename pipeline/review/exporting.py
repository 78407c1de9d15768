"""Exports of the merged state through the interchange formats."""

from __future__ import annotations

from typing import Any, Final

import regex

from pipeline.errors import InputError
from pipeline.formats import FORMATS, export_rows
from pipeline.review.desk import Desk

__all__ = ["EXPORTS", "export_run"]

EXPORTS: Final = ("tmx", "xliff", "csv", "txt", "docx")
_ZIP: Final = (".zip", "application/zip")
_UNSAFE: Final = regex.compile(r"[^A-Za-z0-9._-]+")


def export_run(desk: Desk, kind: str, doc: str = "") -> tuple[str, str, bytes]:
    """The run, or one document of it, as (file name, media type, bytes).

    Plain text of several documents comes as an archive with one text each.

    Raises:
        InputError: no such format, or a source text that the layout needs is gone.
    """
    if kind not in EXPORTS:
        raise InputError(
            where="export", found=repr(kind), expected=f"one of {', '.join(EXPORTS)}", do="Choose a format."
        )
    rows = [_plain(row) for row in desk.rows if not doc or row["doc"] == doc]
    several = len({row["doc"] for row in rows}) > 1
    suffix, media = _ZIP if kind == "txt" and several else (FORMATS[kind].suffix, FORMATS[kind].media)
    name = _UNSAFE.sub("-", doc or str(desk.run.manifest.get("run_id") or "run")).strip("-.") or "run"
    return name + suffix, media, export_rows(rows, desk.run.manifest, kind)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A merged row without what only the desk needs."""
    return {name: value for name, value in row.items() if name not in {"version", "edited", "by"}}
