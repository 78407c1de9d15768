"""Translation memory: what people approved once is offered again, with its differences flagged.

A score of 1 means: the same sentence, approved by a person, nothing to change. Drafts and machine
translations lose a penalty, and a source that differs in a number, a date, a negation or a glossary term is
capped well below 1, however alike the two look.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, Self

from rapidfuzz.distance import Levenshtein

from pipeline.memory_index import Index
from pipeline.memory_match import TermFinder, differences, exact_key, fold_key
from pipeline.memory_store import WAIT, connect, digest, guard
from pipeline.records import Direction, Language, Origin, Unit, source_language, target_language

__all__ = ["Added", "Memory", "MemoryConfig", "TmMatch"]

Context = Literal["both", "previous", "following", "none"]
_ORIGINS: Final[tuple[Origin, ...]] = ("approved", "draft", "mt")
_CONTEXTS: Final[tuple[Context, ...]] = ("both", "previous", "following", "none")
_COLUMNS: Final = "id, direction, source, target, key, previous, following, origin, doc, segment, notes, props, changed"


@dataclass(frozen=True, slots=True)
class MemoryConfig:
    """What a match is worth; scores and penalties from 0 to 1."""

    min_score: float = 0.7
    """Matches below are not offered; above 0."""
    limit: int = 5
    """Matches offered for one text, 1 or more."""
    penalties: dict[Origin, float] = field(default_factory=lambda: {"approved": 0.0, "draft": 0.01, "mt": 0.05})
    difference_cap: float = 0.94
    """Highest score of a match that differs in a number, a date, a negation or a term: never rounds to 1."""
    spelling_cap: float = 0.99
    """Highest score of a match that differs at all, if only in letter case."""


@dataclass(frozen=True, slots=True)
class TmMatch:
    """One unit of the memory that resembles a source text."""

    id: str
    """Of the unit in this memory."""
    score: float
    """0 to 1 after penalties and caps, rounded to 4 places; 1 only for an approved unit of the same source."""
    similarity: float
    """Levenshtein similarity of the two sources, 0 to 1, before penalties."""
    source: str
    target: str
    origin: Origin
    differs: tuple[str, ...] = ()
    """Of: number, date, negation, term; what the translation would get wrong."""
    context: Context = "none"
    """Which neighbours agree too."""
    doc: str = ""
    segment: str = ""
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the units that were added; the three sum to their number."""

    added: int
    updated: int
    """The pair was there: its trust, notes and time were brought up to date."""
    skipped: int
    """A side was blank, or the unit was rejected."""


class Memory:
    """An open memory; one writer and any number of readers may hold the same file, in any processes or threads."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, *, terms: TermFinder | None, config: MemoryConfig
    ) -> None:
        self.path = path
        self.config = config
        self._terms = terms
        self._connection = connection
        self._lock = threading.RLock()
        self._indexes: dict[Direction, Index] = {"bn-en": Index(), "en-bn": Index()}

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        terms: TermFinder | None = None,
        config: MemoryConfig | None = None,
        create: bool = True,
        wait: float = WAIT,
    ) -> Self:
        """Open or make a memory.

        Args:
            path: the SQLite file.
            terms: term base; with it, matches that differ in a glossary term are flagged.
            config: penalties and caps.
            create: make the file when it is missing.
            wait: seconds that a locked database is waited for.

        Raises:
            InputError: missing (without `create`), corrupt, or no Setu memory.
            OutputError: cannot be written, or stays locked.
        """
        return cls(path, connect(path, create=create, wait=wait), terms=terms, config=config or MemoryConfig())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _using(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """The connection, alone, with SQLite's errors explained; a write is one transaction."""
        with self._lock, guard(self.path):
            if not write:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def count(self, direction: Direction | None = None) -> int:
        """Number of units, of one direction or of both.

        Raises:
            InputError, OutputError: the database is damaged or locked.
        """
        with self._using() as connection:
            row = connection.execute(
                "SELECT count(*) FROM units WHERE ?1 IS NULL OR direction = ?1", (direction,)
            ).fetchone()
        return int(row[0])

    def units(self, *, direction: Direction | None = None, origin: Origin | None = None) -> list[Unit]:
        """All units in the order they came, or those of one direction or origin.

        Raises:
            InputError, OutputError: the database is damaged or locked.
        """
        with self._using() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM units WHERE (?1 IS NULL OR direction = ?1) "  # noqa: S608 (constants)
                "AND (?2 IS NULL OR origin = ?2) ORDER BY id",
                (direction, origin),
            ).fetchall()
        return [_unit(row) for row in rows]

    def fingerprint(self) -> str:
        """Hash of everything that lookups depend on, in hexadecimal: for the recipe of a run.

        Raises:
            InputError, OutputError: the database is damaged or locked.
        """
        content = hashlib.sha256()
        with self._using() as connection:
            for row in connection.execute("SELECT id, pair, origin, doc, segment FROM units ORDER BY id"):
                content.update(repr(row).encode())
        return content.hexdigest()

    def add(self, units: Iterable[Unit]) -> Added:
        """Remember units, all or none.

        A unit with a segment (doc and id) takes the place of an older translation of the same segment; but
        machine translation never takes the place of a person's. The same pair in the same context is one unit,
        with the better trust of the two.

        Raises:
            InputError, OutputError: the database is damaged, locked or cannot be written.
        """
        counts = {"added": 0, "updated": 0, "skipped": 0}
        with self._using(write=True) as connection:
            for unit in units:
                counts[_remember(connection, unit)] += 1
        return Added(**counts)

    def forget(self, doc: str, segment: str) -> int:
        """Remove what a segment taught (it was rejected, say); the number of units removed.

        Raises:
            InputError, OutputError: the database is damaged, locked or cannot be written.
        """
        with self._using(write=True) as connection:
            return connection.execute(
                "DELETE FROM units WHERE doc = ? AND segment = ? AND segment != ''", (doc, segment)
            ).rowcount

    def warm(self) -> None:
        """Prepare for many lookups: about two seconds for 100,000 units, then a lookup takes milliseconds.

        Without this call a large memory does so by itself at its fourth lookup.

        Raises:
            InputError, OutputError: the database is damaged or locked.
        """
        with self._using() as connection:
            for direction in self._indexes:
                self._refreshed(connection, direction).warm()

    def _refreshed(self, connection: sqlite3.Connection, direction: Direction) -> Index:
        """The index with what any process has added since."""
        index = self._indexes[direction]
        rows = connection.execute(
            "SELECT id, key FROM units WHERE id > ? AND direction = ?", (index.last, direction)
        ).fetchall()
        index.add([row[0] for row in rows], [fold_key(row[1]) for row in rows])
        return index

    def lookup(
        self,
        text: str,
        direction: Direction,
        *,
        previous: str = "",
        following: str = "",
    ) -> list[TmMatch]:
        """Units that resemble a source text, best first: by score, then context, trust, newest.

        Args:
            text: one segment.
            direction: of the translation wanted.
            previous: source of the segment before, for the context.
            following: source of the segment after.

        Raises:
            InputError, OutputError: the database is damaged or locked.
        """
        key = exact_key(text)
        if not key:
            return []
        with self._using() as connection:
            rows = self._candidates(connection, key, direction)
        around = (exact_key(previous), exact_key(following))
        matches = (self._judged(row, text, around) for row in rows)
        offered = sorted((match for match in matches if match.score >= self.config.min_score), key=_rank)
        return _without_repeats(offered)[: self.config.limit]

    def _candidates(self, connection: sqlite3.Connection, key: str, direction: Direction) -> list[tuple[Any, ...]]:
        """Rows of the same key, and of the most similar ones; units removed meanwhile drop out."""
        columns = f"SELECT {_COLUMNS} FROM units WHERE "  # noqa: S608 (a constant)
        rows = connection.execute(
            columns + "keyed = ? AND direction = ? AND key = ? ORDER BY id DESC LIMIT 100",
            (_keyed(direction, key), direction, key),
        ).fetchall()
        index = self._refreshed(connection, direction)
        # Penalties, repeats and removed units thin the list: ask for more than is wanted.
        near = index.search(fold_key(key), cutoff=self.config.min_score, limit=4 * self.config.limit + 16)
        known = {row[0] for row in rows}
        ids = [ident for ident, _ in near if ident not in known]
        marks = ", ".join("?" * len(ids))
        return rows + connection.execute(f"{columns} id IN ({marks})", ids).fetchall()

    def _judged(self, row: tuple[Any, ...], text: str, around: tuple[str, str]) -> TmMatch:
        """Similarity, penalties and caps of one candidate."""
        ident, direction, source, target, key, previous, following, origin, doc, segment, _, _, changed = row
        asked = exact_key(text)
        similarity = Levenshtein.normalized_similarity(fold_key(asked), fold_key(key))
        differs: tuple[str, ...] = ()
        score = similarity
        if asked != key:
            differs = differences(text, source, source_language(direction), self._terms)
            score = min(score, self.config.difference_cap if differs else self.config.spelling_cap)
        score = max(0.0, score - self.config.penalties[origin])
        return TmMatch(
            id=str(ident), score=round(score, 4), similarity=round(similarity, 4), source=source, target=target,
            origin=origin, differs=differs, context=_context((previous, following), around), doc=doc,
            segment=segment, changed=changed,
        )  # fmt: skip


def _rank(match: TmMatch) -> tuple[float, int, int, int]:
    """Order of matches; among equals the newest unit first."""
    return (-match.score, _CONTEXTS.index(match.context), _ORIGINS.index(match.origin), -int(match.id))


def _without_repeats(matches: Iterable[TmMatch]) -> list[TmMatch]:
    """The best match of each pair of texts: a headline in ten articles is offered once."""
    best: dict[tuple[str, str], TmMatch] = {}
    for match in matches:
        best.setdefault((exact_key(match.source), match.target), match)
    return list(best.values())


def _context(neighbours: Sequence[str], around: Sequence[str]) -> Context:
    """Which neighbours agree; where either text has none, nothing is claimed."""
    before, after = (bool(text) and exact_key(text) == key for text, key in zip(neighbours, around, strict=True))
    if before and after:
        return "both"
    return "previous" if before else "following" if after else "none"


def _keyed(direction: str, key: str) -> int:
    return int.from_bytes(digest(direction, key, size=8), "big", signed=True)


def _pair(unit: Unit, key: str) -> bytes:
    return digest(unit.direction, key, unit.target, exact_key(unit.previous), exact_key(unit.following), size=16)


def _remember(connection: sqlite3.Connection, unit: Unit) -> Literal["added", "updated", "skipped"]:
    key = exact_key(unit.source)
    if not key or not unit.target.strip() or unit.status == "rejected":
        return "skipped"
    pair = _pair(unit, key)
    if unit.doc and unit.id and not _replace_segment(connection, unit, key, pair=pair):
        return "skipped"
    known = connection.execute("SELECT origin, doc, segment FROM units WHERE pair = ?", (pair,)).fetchone()
    if known is None:
        _insert(connection, unit, key, pair=pair)
        return "added"
    # A segment decides about its own trust; from elsewhere a pair can only gain.
    own = known[1:] == (unit.doc, unit.id)
    connection.execute(
        "UPDATE units SET origin = ?, notes = ?, props = ?, changed = max(changed, ?) WHERE pair = ?",
        (unit.origin if own else min(unit.origin, known[0], key=_ORIGINS.index), *_extras(unit), unit.changed, pair),
    )
    return "updated"


def _insert(connection: sqlite3.Connection, unit: Unit, key: str, *, pair: bytes) -> None:
    values = (
        pair, _keyed(unit.direction, key), unit.direction, unit.source, unit.target, key, unit.previous,
        unit.following, unit.origin, unit.doc, unit.id, *_extras(unit), unit.changed,
    )  # fmt: skip
    connection.execute(
        "INSERT INTO units (pair, keyed, direction, source, target, key, previous, following, origin, doc, segment, "
        "notes, props, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )


def _extras(unit: Unit) -> tuple[str, str]:
    """Notes and props as JSON."""
    return json.dumps(unit.notes, ensure_ascii=False), json.dumps(dict(unit.props), ensure_ascii=False)


def _replace_segment(connection: sqlite3.Connection, unit: Unit, key: str, *, pair: bytes) -> bool:
    """Drop other translations of this very segment; False when a person's must stay before a machine's."""
    older = connection.execute(
        "SELECT id, origin, pair FROM units WHERE doc = ? AND segment = ? AND segment != '' AND direction = ? "
        "AND key = ?",
        (unit.doc, unit.id, unit.direction, key),
    ).fetchall()
    if unit.origin == "mt" and any(origin != "mt" for _, origin, _ in older):
        return False
    connection.executemany("DELETE FROM units WHERE id = ?", [(row[0],) for row in older if row[2] != pair])
    return True


def _unit(row: tuple[Any, ...]) -> Unit:
    _, direction, source, target, _, previous, following, origin, doc, segment, notes, props, changed = row
    spoken: Language = source_language(direction)
    unit = Unit(
        source=source, target=target, source_language=spoken, target_language=target_language(direction), id=segment,
        doc=doc, origin=origin, notes=tuple(json.loads(notes)), previous=previous, following=following,
        changed=changed, props=json.loads(props),
    )  # fmt: skip
    return replace(unit, status="approved") if origin == "approved" else unit
