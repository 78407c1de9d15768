"""Files in and out: documents as they stand, JSON lines, whole-or-nothing writes, content hashes."""

from __future__ import annotations

import codecs
import dataclasses
import errno
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pipeline.errors import InputError, OutputError
from pipeline.records import Document, Language, Reading
from pipeline.text import detect_language

__all__ = [
    "MAX_BYTES", "decode", "find_documents", "read_bytes", "read_document", "read_jsonl", "read_lines", "read_text",
    "sha256_bytes", "to_json", "to_plain", "write_atomic", "write_jsonl",
]  # fmt: skip

MAX_BYTES: Final = 20 * 1024 * 1024
"""A newspaper article is some kilobytes; anything near this size is the wrong file."""

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Control characters never stand in text; tab, line feed, vertical tab, form feed and carriage return do.
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_ENCODINGS: Final = "UTF-8 text (or UTF-16 with a byte order mark)"


def sha256_bytes(data: bytes) -> str:
    """The content hash that manifests carry, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of an input file.

    Raises:
        InputError: the file is missing, a folder, not readable, or longer than `limit` bytes.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        raise InputError(
            where=str(path), found="no such file", expected="a text file", do="Check the spelling of the path."
        ) from None
    except IsADirectoryError:
        raise InputError(where=str(path), found="a folder", expected="a text file", do="Name one file in it.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InputError(
            where=str(path),
            found=f"a file that cannot be read ({_reason(error)})",
            expected="a readable file",
            do="Check its permissions.",
        ) from None
    if len(data) > limit:
        raise InputError(
            where=str(path),
            found=f"more than {limit / 2**20:.0f} MB",
            expected=f"a document of at most {limit / 2**20:.0f} MB",
            do="Split the file, or check that it is the one you meant.",
        )
    return data


def decode(data: bytes, *, where: str) -> str:
    """Text of a file's bytes: the byte order mark goes, line ends stay as they stand.

    Args:
        data: UTF-8 with or without byte order mark, or UTF-16 with one.
        where: what error messages call the file.

    Raises:
        InputError: another encoding or a binary file; `where` carries the byte offset of the fault.
    """
    if data.startswith(_UTF32):
        raise _undecodable(where, 0, "a UTF-32 byte order mark")
    bom, encoding = next((pair for pair in _BOMS if data.startswith(pair[0])), (b"", "utf-8"))
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        at = len(bom) + error.start
        raise _undecodable(where, at, f"bytes that are not {encoding.upper()} ({error.reason})") from None
    control = _CONTROL.search(text)
    if control:
        at = len(bom) + len(text[: control.start()].encode(encoding))
        raise _undecodable(where, at, f"a binary file (control character U+{ord(control[0]):04X})")
    return text


def _undecodable(where: str, offset: int, found: str) -> InputError:
    return InputError(
        where=f"{where}, byte {offset}",
        found=found,
        expected=_ENCODINGS,
        do="Save the file as UTF-8 plain text.",
    )


def read_text(path: Path) -> tuple[str, str]:
    """A text file's text and the hash of its bytes; it may be empty.

    Raises:
        InputError: see `read_bytes` and `decode`.
    """
    data = read_bytes(path)
    return decode(data, where=str(path)), sha256_bytes(data)


def read_document(path: Path, *, language: Language | None = None) -> Document:
    """One source document, its language detected unless it is given.

    Raises:
        InputError: the file is not readable text, has no text, or its language cannot be told.
    """
    text, digest = read_text(path)
    if not text.strip():
        raise InputError(
            where=str(path),
            found="an empty file" if not text else "nothing but white space",
            expected="text to translate",
            do="Check that the file was saved.",
        )
    spoken = language or detect_language(text, where=str(path))
    return Document(doc=path.stem, path=str(path), text=text, sha256=digest, language=spoken)


def read_lines(path: Path) -> list[str]:
    """The lines of a line-parallel file, without line ends; only LF and CRLF end a line.

    Raises:
        InputError: see `read_bytes` and `decode`.
    """
    text, _ = read_text(path)
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines


def find_documents(paths: Sequence[Path], *, suffixes: Sequence[str] = (".txt",)) -> list[Path]:
    """The documents that paths name: files as they are, folders by the files of these suffixes; each once.

    Files of a folder are sorted by name. Folders are not entered further, so that `references` beside the articles
    stays apart.

    Raises:
        InputError: a path does not exist, or a folder has no file of the suffixes.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for document in _documents_in(path, suffixes) if path.is_dir() else [path]:
            found.setdefault(document.resolve(), document)
    return list(found.values())


def _documents_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    try:
        names = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(
            where=str(folder),
            found=f"a folder that cannot be read ({_reason(error)})",
            expected="a readable folder",
            do="Check its permissions.",
        ) from None
    texts = [name for name in names if name.suffix.lower() in suffixes and name.name[0] not in ".~" and name.is_file()]
    if not texts:
        raise InputError(
            where=str(folder),
            found=f"a folder without {' or '.join(suffixes)} files",
            expected=f"at least one {' or '.join(suffixes)} file in it",
            do="Name the files, or a folder that holds them.",
        )
    return texts


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write a file whole or not at all: a temporary file beside it, fsync, rename. Folders are made as needed.

    Text is written as UTF-8 with the line ends it has.

    Raises:
        OutputError: the disk is full, the folder is read-only, the path is a folder.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_synced(temporary, raw)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None


def _write_synced(path: Path, raw: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can open folders."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_ADVICE: Final = {
    errno.ENOSPC: "Free some space, or write elsewhere with --out.",
    errno.EDQUOT: "Free some space, or write elsewhere with --out.",
    errno.EROFS: "Choose a writable folder.",
    errno.EACCES: "Choose a folder that you may write to.",
    errno.EPERM: "Choose a folder that you may write to.",
    errno.EISDIR: "Name a file, not a folder.",
    errno.ENOTDIR: "Name a folder that is not a file.",
    errno.EEXIST: "Name a folder that is not a file.",
}


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        where=str(path),
        found=f"a place that cannot be written ({_reason(error)})",
        expected="a writable folder with room",
        do=_ADVICE.get(error.errno or 0, "Check the folder, or write elsewhere."),
    )


def _reason(error: Exception) -> str:
    """The system's own words, without the path that the message already carries."""
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


# Fields whose JSON name is no Python name.
_JSON_NAMES: Final[dict[type, dict[str, str]]] = {Reading: {"evidence": "for"}}


def to_plain(value: Any) -> Any:
    """A record as JSON values: fields in their order, tuples as lists, sets sorted, paths as strings.

    Raises:
        TypeError: a value has no JSON form; a mistake of the caller, not of the user.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = _JSON_NAMES.get(type(value), {})
        return {names.get(f.name, f.name): to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_plain(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, Sequence):
        return [to_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def to_json(record: Any) -> str:
    """One canonical JSON line (without its line end): field order, unescaped, no numbers that JSON lacks."""
    return json.dumps(to_plain(record), ensure_ascii=False, allow_nan=False)


def write_jsonl(path: Path, records: Iterable[Any]) -> None:
    """Write records one a line, whole or not at all.

    Raises:
        OutputError: see `write_atomic`.
    """
    write_atomic(path, "".join(to_json(record) + "\n" for record in records))


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, in order; blank lines are passed over.

    Raises:
        InputError: the file is not readable text, or a line is not one JSON object.
    """
    text, _ = read_text(path)
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _json_object(line, where=f"{path}, line {number}")


def _json_object(line: str, *, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        found = (
            f"no JSON ({error.msg} at column {error.colno})" if isinstance(error, json.JSONDecodeError) else "no JSON"
        )
    else:
        if isinstance(value, dict):
            return value
        found = f"JSON of type {type(value).__name__}"
    raise InputError(
        where=where, found=found, expected="one JSON object a line", do="Mend or remove that line."
    ) from None
