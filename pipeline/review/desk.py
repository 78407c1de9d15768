"""The open run behind the review desk: rows as produced, edits on top, search, progress, changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from pipeline.errors import InputError
from pipeline.files import read_bytes, read_jsonl, sha256_bytes
from pipeline.review.store import STATUSES, State, Store
from pipeline.review.view import Where
from pipeline.text import key

__all__ = ["Behind", "Desk", "Query", "Run", "read_run"]

Row = dict[str, Any]
FLAGS: Final = ("contested", "finding", "error", "warning", "edited", "attention")
_MOST_ACROSS: Final = 500
_MAX_RUN_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run as it lies in its folder."""

    folder: Path
    rows: list[Row]
    manifest: dict[str, Any]
    scores: dict[str, Any]
    sha256: str
    """Of aligned.jsonl."""


class Behind(Protocol):
    """What the desk asks of what stands behind it."""

    def recheck(self, row: Row, target: str, direction: str) -> list[dict[str, Any]]:
        """Findings of a row whose translation is now `target`."""
        ...

    def across(self, rows: Sequence[Row], direction: str) -> list[int]:
        """Check the rows of a document against each other, in place; indices of those whose findings changed."""
        ...

    def rendering(self, entry: str, direction: str) -> str:
        """The term that a glossary entry is written with in a direction's target, or empty."""
        ...

    def locate(self, entry: str, target: str, text: str) -> list[tuple[int, int]]:
        """Places of a term's right renderings in a text."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """Which segments are asked for; empty fields ask for everything."""

    doc: str = ""
    status: str = ""
    check: str = ""
    term: str = ""
    flag: str = ""
    q: str = ""


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        InputError: it is no finished run, or a file of it is damaged.
    """
    if not folder.is_dir():
        raise InputError(
            where=str(folder), found="no such folder", expected="the folder of a run, such as outputs/<run-id>",
            do="Run `setu run` first, or check the path.",
        )  # fmt: skip
    manifest, scores = _json(folder / "manifest.json"), {}
    if not manifest.get("finished"):
        raise InputError(
            where=str(folder / "manifest.json"), found="a run that is not finished", expected="a finished run",
            do="Finish it with `setu run --resume`.",
        )  # fmt: skip
    if (folder / "scores.json").exists():
        scores = _json(folder / "scores.json")
    aligned = folder / "aligned.jsonl"
    data = read_bytes(aligned, limit=_MAX_RUN_BYTES)
    rows = list(read_jsonl(aligned))
    missing = next(
        (name for row in rows for name in ("id", "doc", "start", "source", "target") if name not in row), None
    )
    if missing:
        raise InputError(
            where=str(aligned), found=f"a row without {missing!r}", expected="the rows that `setu run` writes",
            do="Run `setu run` again.",
        )  # fmt: skip
    return Run(folder, rows, manifest, scores, sha256_bytes(data))


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_bytes(path, limit=_MAX_RUN_BYTES))
    except ValueError as error:
        raise InputError(
            where=str(path), found=f"no JSON ({error})", expected="the file that `setu run` writes",
            do="Run `setu run` again.",
        ) from error  # fmt: skip
    if not isinstance(value, dict):
        raise InputError(
            where=str(path), found=type(value).__name__, expected="a JSON object", do="Run `setu run` again."
        )
    return value


class Desk:
    """One run with its edits in memory; the store holds the truth, this holds the merged rows."""

    def __init__(self, run: Run, store: Store, backing: Behind) -> None:
        """Merge the stored edits into the rows."""
        self.run, self.store = run, store
        self._across = backing.across
        self._recheck, self._rendering, self.locate = backing.recheck, backing.rendering, backing.locate
        self.where = Where(run.rows)
        self.directions: dict[str, str] = {d["doc"]: d["direction"] for d in run.manifest.get("documents", ())}
        self.docs = frozenset(self.directions) | {row["doc"] for row in run.rows}
        self.numbers = {row["id"]: number for number, row in enumerate(run.rows)}
        self.extra: dict[str, list[dict[str, Any]]] = {}
        """Term matches of entries that were added at the desk, by segment."""
        self.states = store.states()
        self.rows = [self.merge(row, self.states.get(row["id"], State())) for row in run.rows]
        self._keys = [self._key_of(row) for row in self.rows]

    # reading ------------------------------------------------------------------------------------------

    def direction(self, row: Mapping[str, Any]) -> str:
        """Direction of a row's document."""
        return self.directions.get(row["doc"], "bn-en")

    def number(self, ident: str) -> int:
        """Place of a segment in the run.

        Raises:
            InputError: no such segment.
        """
        if ident not in self.numbers:
            raise InputError(
                where="segment", found=repr(ident), expected="the id of a segment of this run", do="Reload the page."
            )
        return self.numbers[ident]

    def state(self, ident: str) -> State:
        """What stands for a segment now."""
        return self.states.get(ident, State())

    def merge(self, row: Row, state: State) -> Row:
        """A row with an editor's work on top; its fields are those of aligned.jsonl and of exports."""
        target = row["target"] if state.target is None else state.target
        direction = self.direction(row)
        terms = [
            _chosen(term, state.readings.get(str(index)), lambda entry: self._rendering(entry, direction))
            for index, term in enumerate([*(row.get("terms") or ()), *self.extra.get(row["id"], ())])
        ]
        merged = {**row, "target": target, "terms": terms, "status": state.status, "note": state.note}
        merged |= {"changed": state.changed, "version": state.version}
        merged |= {"edited": state.target is not None, "by": state.by}
        by_hand = merged["edited"] and not state.by
        merged["origin"] = "approved" if state.status == "approved" else "draft" if by_hand else "mt"
        if merged["edited"] or self.extra.get(row["id"]):
            merged["findings"] = self._recheck({**row, "terms": terms}, target, direction)
        merged["findings"] = [f for f in merged.get("findings") or () if not _settled(f, terms)]
        return merged

    def find(self, query: Query) -> list[int]:
        """Numbers of the segments that a query asks for, in order of the run."""
        q = key(query.q, case=False).strip()
        words = " ".join(q.split())
        return [
            number
            for number, row in enumerate(self.rows)
            if _wanted(row, query) and (not words or words in self._keys[number])
        ]

    def progress(self, rows: Sequence[Row] | None = None) -> dict[str, int]:
        """Counts that the head of the page shows."""
        rows = self.rows if rows is None else rows
        statuses = Counter(row["status"] for row in rows)
        severities = Counter(f.get("severity", "info") for row in rows for f in row["findings"])
        return {
            "segments": len(rows),
            **{status: statuses[status] for status in STATUSES},
            "edited": sum(row["edited"] and not row["by"] for row in rows),
            "contested": sum(is_open(term) for row in rows for term in row["terms"]),
            **{severity: severities[severity] for severity in ("error", "warning", "info")},
        }

    def documents(self) -> list[dict[str, Any]]:
        """The articles in order, each with its progress."""
        grouped: dict[str, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row["doc"], []).append(row)
        return [
            {"doc": doc, "direction": self.directions.get(doc, "bn-en"), **self.progress(rows)}
            for doc, rows in grouped.items()
        ]

    def document(self, doc: str) -> dict[str, Any]:
        """One article with its progress."""
        progress = self.progress([row for row in self.rows if row["doc"] == doc])
        return {"doc": doc, "direction": self.directions.get(doc, "bn-en"), **progress}

    # changing -----------------------------------------------------------------------------------------

    def save(self, changes: Mapping[str, tuple[int, Mapping[str, Any]]]) -> list[int]:
        """Store changes (segment id → (version, fields)), all or none; numbers of the changed segments.

        Raises:
            StaleError: a segment was changed elsewhere first.
            OutputError: the store cannot be written.
        """
        own = {ident: (version, self._fields(ident, fields)) for ident, (version, fields) in changes.items()}
        self.states |= self.store.save(own)
        for ident in own:
            self.refresh(ident)
        return [self.numbers[ident] for ident in own]

    def compare(self, doc: str) -> list[int]:
        """Check an edited document's segments against each other; numbers of those whose findings changed.

        A document of more than `_MOST_ACROSS` segments keeps what the run found: an edit must answer at once.
        """
        numbers = [number for number, row in enumerate(self.rows) if row["doc"] == doc]
        if len(numbers) > _MOST_ACROSS:
            return []
        rows = [self.rows[number] for number in numbers]
        return [numbers[index] for index in self._across(rows, self.directions.get(doc, "bn-en"))]

    def refresh(self, ident: str) -> None:
        """Merge one segment anew after its state or its terms changed."""
        number = self.number(ident)
        self.rows[number] = self.merge(self.run.rows[number], self.state(ident))
        self._keys[number] = self._key_of(self.rows[number])

    def _fields(self, ident: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """An edit that restores the run's own target is no edit."""
        own = self.run.rows[self.number(ident)]["target"]
        if "target" not in fields:
            return dict(fields)
        return {"by": "", **fields, "target": None if fields["target"] == own else fields["target"]}

    @staticmethod
    def _key_of(row: Row) -> str:
        parts = (row["source"], row["target"], row["note"])
        return "\n".join(" ".join(key(part, case=False).split()) for part in parts)


def is_open(term: Mapping[str, Any]) -> bool:
    """Whether a term is contested and nobody has decided."""
    return term.get("status") == "contested" and not term.get("chosen")


def _chosen(term: Mapping[str, Any], entry: str | None, rendering: Callable[[str], str]) -> dict[str, Any]:
    """A contested term as an editor decided it."""
    if not entry:
        return dict(term)
    target = term.get("target") if entry == term.get("proposed") else rendering(entry)
    return {**term, "chosen": entry, "proposed": entry, "target": target or term.get("target")}


def _settled(finding: Mapping[str, Any], terms: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a finding only said that an acronym is contested, and an editor has decided it."""
    span = finding.get("source_span")
    if not span or "acronym" not in finding["check"]:
        return False
    over = [term for term in terms if term["start"] < span[1] and span[0] < term["end"] and term.get("readings")]
    return bool(over) and not any(is_open(term) for term in over)


def _wanted(row: Row, query: Query) -> bool:
    return (
        (not query.doc or row["doc"] == query.doc)
        and (not query.status or row["status"] == query.status)
        and (not query.check or any(f["check"] == query.check for f in row["findings"]))
        and (not query.term or any(query.term in {t["entry"], t.get("proposed")} for t in row["terms"]))
        and (not query.flag or _flagged(row, query.flag))
    )


def _flagged(row: Row, flag: str) -> bool:
    contested = any(is_open(term) for term in row["terms"])
    grave = {f.get("severity") for f in row["findings"]}
    flags: dict[str, bool] = {
        "contested": contested,
        "finding": bool(grave),
        "error": "error" in grave,
        "warning": "warning" in grave,
        "edited": row["edited"],
        "attention": row["status"] == "rejected"
        or (row["status"] == "draft" and (contested or bool(grave & {"error", "warning"}))),
    }
    return flags.get(flag, False)
