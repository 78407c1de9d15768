"""Edits of a run, kept in SQLite beside it; what the run produced is never touched.

Write-ahead log and `synchronous=FULL`: when a write returns, the edit survives the death of the process and
of the machine. Every edit is kept in a history table, so nothing that an editor wrote is ever overwritten.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipeline.errors import InputError, OutputError

__all__ = ["STATUSES", "StaleError", "State", "Store"]

STATUSES: Final = ("draft", "approved", "rejected")
_LAYOUT: Final = "1"
_BUSY_SECONDS: Final = 5
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments (
  id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, changed TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS edits (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, version INTEGER NOT NULL, changed TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS edits_of ON edits (id, version);
"""


@dataclass(frozen=True, slots=True)
class State:
    """What an editor made of one segment; the default is a segment nobody has touched."""

    target: str | None = None
    """The edited translation, or None while the run's own stands."""
    status: str = "draft"
    note: str = ""
    readings: Mapping[str, str] = field(default_factory=dict)
    """Index of a contested term in the row → glossary id that the editor chose."""
    by: str = ""
    """Glossary id for whose sake the machine wrote the target anew; empty when a person did."""
    version: int = 0
    """Grows by one with every edit."""
    changed: str = ""
    """When, in UTC, or empty."""


class StaleError(Exception):
    """Another window changed the segment first; `state` is what stands now."""

    def __init__(self, state: State) -> None:
        """Keep the state that stands, so that the caller can show both."""
        super().__init__(state)
        self.state = state


class Store:
    """The open database of one run; safe to use from several threads."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Use `Store.open`."""
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, *, run: str) -> Store:
        """Open or make the database, check it, and keep a copy of the last good state beside it.

        Args:
            path: file of the database.
            run: hash of the rows that the edits belong to.

        Raises:
            InputError: the database is damaged, of another layout, or belongs to other rows.
            OutputError: the database is locked or cannot be written.
        """
        store = None
        try:
            connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            store = cls(path, connection)
            store._prepare(run)
        except sqlite3.Error as error:
            if store:
                store.close()
            raise _trouble(path, error) from error
        except InputError:
            if store:
                store.close()
            raise
        return store

    @classmethod
    def reading(cls, path: Path, *, run: str) -> Store:
        """The stored edits for reading alone, also while a desk is open; without a database, no edits.

        Raises:
            InputError: the database is damaged or belongs to other rows.
            OutputError: the database is locked.
        """
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        try:
            if path.exists():
                source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
                source.backup(connection)
                source.close()
            connection.executescript(_TABLES)
            store = cls(path, connection)
            store._admit(
                {"layout": _LAYOUT, "run": run, **dict(connection.execute("SELECT name, value FROM meta"))}, run
            )
        except sqlite3.Error as error:
            raise _trouble(path, error) from error
        return store

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def token(self) -> str:
        """The secret that a page must show with every change; it outlives restarts, so open pages go on working."""
        with self._write() as connection:
            fresh = secrets.token_urlsafe(32)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('token', ?)", (fresh,))
            return str(connection.execute("SELECT value FROM meta WHERE name = 'token'").fetchone()[0])

    def added(self) -> list[str]:
        """Ids of the glossary entries that were added at the desk, oldest first."""
        with self._lock:
            found = self._connection.execute("SELECT value FROM meta WHERE name = 'added'").fetchone()
        return list(json.loads(found[0])) if found else []

    def remember_added(self, entry: str) -> None:
        """Note that an entry was added, so that a later sitting finds its occurrences again.

        Raises:
            OutputError: the database is locked or cannot be written.
        """
        packed = json.dumps([*self.added(), entry])
        try:
            with self._write() as connection:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('added', ?)", (packed,))
        except sqlite3.Error as error:
            raise _trouble(self.path, error) from error

    def states(self) -> dict[str, State]:
        """Every segment that was ever edited."""
        with self._lock:
            found = self._connection.execute("SELECT id, version, state, changed FROM segments").fetchall()
        return {ident: _state(version, state, changed) for ident, version, state, changed in found}

    def history(self, ident: str) -> list[tuple[int, State]]:
        """Earlier and present states of a segment as (version, state), oldest first."""
        with self._lock:
            found = self._connection.execute(
                "SELECT version, after, changed FROM edits WHERE id = ? ORDER BY version", (ident,)
            ).fetchall()
        return [(version, _state(version, after, changed)) for version, after, changed in found]

    def count(self) -> int:
        """Number of edits in the history."""
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM edits").fetchone()[0])

    def save(self, changes: Mapping[str, tuple[int, Mapping[str, Any]]]) -> dict[str, State]:
        """Apply changes to segments, all or none; durable when this returns.

        Args:
            changes: segment id → (version that the change was made from, fields of `State` to set).

        Raises:
            StaleError: a segment has another version by now; nothing was written.
            OutputError: the database is locked or cannot be written.
        """
        try:
            with self._write() as connection:
                return {ident: _save_one(connection, ident, *change) for ident, change in changes.items()}
        except sqlite3.Error as error:
            raise _trouble(self.path, error) from error

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _prepare(self, run: str) -> None:
        connection = self._connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check failed")
        connection.executescript(_TABLES)
        with self._write():
            connection.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", [("layout", _LAYOUT), ("run", run)])
        facts = dict(connection.execute("SELECT name, value FROM meta"))
        self._admit(facts, run)
        self._back_up()

    def _admit(self, facts: Mapping[str, str], run: str) -> None:
        """Edits belong to exactly the rows they were made on, in exactly this layout."""
        if facts["layout"] != _LAYOUT:
            raise InputError(
                where=str(self.path),
                found=f"edits in layout {facts['layout']}",
                expected=f"layout {_LAYOUT}",
                do="Open this run with the version of Setu that wrote them.",
            )
        if facts["run"] != run:
            raise InputError(
                where=str(self.path),
                found="edits of other rows: aligned.jsonl has changed since they were made",
                expected="the rows that the edits belong to",
                do="Put the old aligned.jsonl back, or move review.sqlite away to begin anew.",
            )

    def _back_up(self) -> None:
        """Keep the last state that was found whole, so that a damaged file costs no more than one session."""
        draft = self.path.with_name(self.path.name + ".bak.tmp")
        copy = sqlite3.connect(draft)
        try:
            self._connection.backup(copy)
        finally:
            copy.close()
        draft.replace(self.path.with_name(self.path.name + ".bak"))


def _save_one(connection: sqlite3.Connection, ident: str, version: int, fields: Mapping[str, Any]) -> State:
    found = connection.execute("SELECT version, state, changed FROM segments WHERE id = ?", (ident,)).fetchone()
    old = _state(*found) if found else State()
    if old.version != version:
        raise StaleError(old)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    before = _fields(old)
    after = {**before, **fields}
    packed = json.dumps(after, ensure_ascii=False)
    row = (ident, version + 1, packed, now)
    connection.execute(
        "INSERT INTO segments VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
        "SET version = excluded.version, state = excluded.state, changed = excluded.changed",
        row,
    )
    connection.execute(
        "INSERT INTO edits (id, version, changed, before, after) VALUES (?, ?, ?, ?, ?)",
        (ident, version + 1, now, json.dumps(before, ensure_ascii=False), packed),
    )
    return State(**after, version=version + 1, changed=now)


def _fields(state: State) -> dict[str, Any]:
    fields = asdict(state)
    del fields["version"], fields["changed"]
    return fields


def _state(version: int, packed: str, changed: str) -> State:
    return State(**json.loads(packed), version=version, changed=changed)


def _trouble(path: Path, error: sqlite3.Error) -> InputError | OutputError:
    """A fault of SQLite in words; a damaged file is copied first."""
    reason = str(error)
    if "locked" in reason or "busy" in reason:
        return OutputError(
            where=str(path),
            found="a database that another program holds locked",
            expected="a free database",
            do="Close the other review desk or database tool; your text is still in the page.",
        )
    if isinstance(error, sqlite3.OperationalError):
        return OutputError(
            where=str(path),
            found=f"a database that cannot be written ({reason})",
            expected="a writable file on a disk with space",
            do="Free the disk or mend the folder's permissions, then try again.",
        )
    kept = _set_aside(path)
    backup = path.with_name(path.name + ".bak")
    way = f"put {backup.name} in its place to go on from the last good state" if backup.exists() else "begin anew"
    return InputError(
        where=str(path),
        found=f"a damaged database ({reason})",
        expected="the edits of this run",
        do=f"A copy was kept as {kept.name}. Move {path.name} away and {way}.",
    )


def _set_aside(path: Path) -> Path:
    """Copy a damaged database with its log, under a name that is not taken."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            shutil.copy2(part, kept.with_name(kept.name + suffix))
    return kept
