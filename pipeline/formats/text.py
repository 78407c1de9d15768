"""Plain text out: each document's translation in the layout of its source.

One document gives a text; several give a ZIP archive with one text each, named `<doc>.<language>.txt`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pipeline.errors import InputError
from pipeline.formats.documents import read_any
from pipeline.formats.units import Bundle
from pipeline.records import Document, source_language, target_language
from pipeline.segment import rejoin

__all__ = ["ZIP_MEDIA", "write", "write_layout"]

ZIP_MEDIA: Final = "application/zip"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write(bundle: Bundle) -> bytes:
    """Targets one a line, for units whose documents are not at hand (a memory)."""
    return "".join(" ".join(unit.target.split()) + "\n" for unit in bundle.units).encode()


def write_layout(rows: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> bytes:
    """The translation of a run in the layout of its sources.

    Raises:
        InputError: a source is gone or changed since the run, or a document lacks rows.
    """
    documents = {entry["doc"]: entry for entry in manifest.get("documents", ())}
    targets: dict[str, dict[str, str]] = {}
    for row in rows:
        targets.setdefault(str(row["doc"]), {})[str(row["id"])] = str(row["target"])
    texts = {}
    for doc, translations in targets.items():
        if doc not in documents:
            raise _unusable(f"document {doc}", "rows without their document in the manifest")
        language = target_language(documents[doc]["direction"])
        texts[f"{doc}.{language}.txt"] = _layout(documents[doc], translations)
    return texts.popitem()[1].encode() if len(texts) == 1 else _archive(texts)


def _unusable(where: str, found: str) -> InputError:
    return InputError(
        where=where,
        found=found,
        expected="the source as the run read it, and all its segments",
        do="Put the file back, export without filters, or choose another format.",
    )


def _layout(entry: Mapping[str, Any], translations: Mapping[str, str]) -> str:
    read = read_any(Path(entry["path"]), language=source_language(entry["direction"]))
    if read.sha256 != entry["sha256"]:
        raise _unusable(str(entry["path"]), "a source that changed since the run")
    document = Document(entry["doc"], read.path, read.text, read.sha256, read.language)
    try:
        return rejoin(document, translations)
    except KeyError as error:
        raise _unusable(f"document {entry['doc']}", f"no row for the segment {error.args[0]}") from None


def _archive(texts: Mapping[str, str]) -> bytes:
    """A ZIP without clock times, so that the same rows give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
