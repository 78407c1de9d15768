"""The SQLite file behind the translation memory: schema, opening, and what goes wrong with it.

Write-ahead logging lets readers work beside one writer; a commit is on the disk when it returns. A file that
is broken or stays locked is copied aside before the error is raised, so that nobody repairs the only copy.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pipeline.errors import InputError, OutputError, SetuError

__all__ = ["connect", "digest", "guard"]

APPLICATION: Final = 0x53657475
"""`PRAGMA application_id` of a Setu memory: "Setu" in ASCII."""
VERSION: Final = 1
"""`PRAGMA user_version`: of the schema."""
WAIT: Final = 5.0
"""Seconds that a locked database is waited for."""
SCHEMA: Final = """
CREATE TABLE units (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that an index can ask for what is newer
  pair BLOB NOT NULL UNIQUE,            -- hash of direction, source key, target and context keys
  keyed INTEGER NOT NULL,               -- 64-bit hash of direction and source key
  direction TEXT NOT NULL CHECK (direction IN ('bn-en', 'en-bn')),
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  key TEXT NOT NULL,                    -- of the source: exact_key
  previous TEXT NOT NULL,
  following TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('approved', 'draft', 'mt')),
  doc TEXT NOT NULL,
  segment TEXT NOT NULL,
  notes TEXT NOT NULL,                  -- JSON list
  props TEXT NOT NULL,                  -- JSON object
  changed TEXT NOT NULL
);
CREATE INDEX by_key ON units (keyed);
CREATE INDEX by_segment ON units (doc, segment) WHERE segment != '';
"""


def digest(*parts: str, size: int) -> bytes:
    """A hash of strings that keeps them apart; `size` in bytes."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def connect(path: Path, *, create: bool, wait: float = WAIT) -> sqlite3.Connection:
    """Open a memory; a new one is made when `create` says so.

    Raises:
        InputError: no such file, no Setu memory, of a newer version, or corrupt.
        OutputError: the folder cannot be written, or the database stays locked.
    """
    fresh = _is_fresh(path)
    if fresh and not create:
        raise InputError(
            where=str(path),
            found="no translation memory",
            expected="a memory that `setu tm import` made",
            do="Check the path, or import a TMX file into it.",
        )
    with guard(path):
        if fresh:
            _make_folder(path)
        connection = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _is_fresh(path: Path) -> bool:
    try:
        return not path.exists() or not path.stat().st_size
    except OSError as error:
        raise InputError(
            where=str(path),
            found=f"a file that cannot be looked at ({error.strerror})",
            expected="a translation memory in a readable folder",
            do="Check the permissions of its folder.",
        ) from None


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            where=str(path.parent),
            found=f"a folder that cannot be made ({error.strerror})",
            expected="a writable folder",
            do="Choose another place with --memory.",
        ) from None


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Check that the file is ours, and make the schema in an empty one."""
    connection.execute("BEGIN")  # one reading: between two of them another process may make the schema
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    connection.execute("COMMIT")
    if tables and application != APPLICATION:
        raise InputError(
            where=str(path),
            found="an SQLite database of another program",
            expected="a translation memory of Setu",
            do="Name another file with --memory.",
        )
    if version > VERSION:
        raise InputError(
            where=str(path),
            found=f"a memory of schema version {version}",
            expected=f"version {VERSION}",
            do="Use the newer Setu that wrote it.",
        )
    if not tables:
        _create(connection)
    connection.execute("PRAGMA synchronous = FULL")


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:  # another process was quicker
        for statement in SCHEMA.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


@contextmanager
def guard(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into Setu's errors, with a copy of a broken or locked file.

    Raises:
        InputError: the file is corrupt or no database.
        OutputError: it is locked, read-only, or the disk is full.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(path, error) from error


_CORRUPT: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")
_LOCKED: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")


def _explained(path: Path, error: sqlite3.Error) -> SetuError:
    # The name of an extended code begins with the name of its primary one (SQLITE_BUSY_RECOVERY).
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(_CORRUPT):
        return InputError(
            where=str(path),
            found=f"a damaged translation memory ({error})",
            expected="a sound SQLite database",
            do=f"{_copied(path, 'corrupt')} Remove the file and import your last TMX export, or recover the copy "
            "with sqlite3's .recover.",
        )
    if name.startswith(_LOCKED):
        return OutputError(
            where=str(path),
            found=f"a translation memory that another program keeps locked ({error})",
            expected="a free database",
            do=f"{_copied(path, 'locked')} Close the other program, then try again.",
        )
    return OutputError(
        where=str(path),
        found=f"a translation memory that cannot be used ({error})",
        expected="a readable, writable file with room on its disk",
        do="Check its permissions and the free space.",
    )


def _copied(path: Path, why: str) -> str:
    """Copy the files of the database aside, once for each state of it, and say where."""
    try:
        stamp = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%S")
        copy = path.with_name(f"{path.name}.{why}-{stamp}")
        if not copy.exists():
            shutil.copy2(path, copy)
            with suppress(FileNotFoundError):
                shutil.copy2(path.with_name(path.name + "-wal"), copy.with_name(copy.name + "-wal"))
    except OSError as error:
        return f"It could not be copied aside ({error.strerror})."
    return f"A copy stands at {copy}."
