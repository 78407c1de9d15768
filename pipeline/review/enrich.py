"""Adding a glossary entry from the desk: write it, lint it, apply it to the segments that hold it, and no others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pipeline.engines import load_engine
from pipeline.errors import GlossaryError, InputError
from pipeline.records import Direction, Segment, TermEntry, target_language
from pipeline.review.desk import Desk
from pipeline.review.live import matches_of, matches_of_entry
from pipeline.termbase import TermBase
from pipeline.termbase_edit import add_entries
from pipeline.termbase_lint import lint
from pipeline.termbase_yaml import KEYS, parse_bytes
from pipeline.translate import Item, translate_segments

__all__ = ["append", "entry_of", "problems_of", "retranslated", "spread"]

_PACKAGE: Final = Path(__file__).resolve().parents[1]


def entry_of(body: Mapping[str, Any]) -> TermEntry:
    """The entry that a request describes; `bn` and `en` may be terms alone or the mappings of the YAML.

    Raises:
        InputError: an unknown field.
        GlossaryError: what the glossary reader would refuse.
    """
    unknown = sorted(set(body) - set(KEYS))
    if unknown:
        raise InputError(
            where="glossary entry",
            found=f"the field {unknown[0]!r}",
            expected=f"fields among {', '.join(KEYS)}",
            do="Correct the request.",
        )
    sides = {name: {"term": body[name]} for name in ("bn", "en") if isinstance(body.get(name), str)}
    # JSON is YAML: the glossary's own reader validates the request
    parsed = parse_bytes(json.dumps([{**body, **sides}], ensure_ascii=False).encode(), "the new entry")
    if parsed.problems:
        raise parsed.problems[0].error()
    return parsed.entries[0]


def append(entry: TermEntry, paths: Sequence[Path], base: TermBase) -> Path:
    """Write an entry into the last glossary file, keeping every other byte; returns the file.

    Raises:
        GlossaryError: the id is taken, or the file cannot be added to.
        OutputError: the file cannot be written.
    """
    file = paths[-1].resolve()
    if file.is_relative_to(_PACKAGE):
        raise GlossaryError(
            where=str(file),
            found="the glossary that ships with Setu",
            expected="a glossary of your own, which an update does not overwrite",
            do="Copy it into a folder named glossary and run `setu run` again from beside it.",
        )
    add_entries(paths[-1], [entry], taken=base.entries)
    return paths[-1]


def problems_of(entry: TermEntry, paths: Sequence[Path]) -> list[dict[str, Any]]:
    """What lint says of one entry, as JSON."""
    return [
        {"severity": p.severity, "code": p.code, "file": p.file, "line": p.line, "entry": p.entry, "message": p.message}
        for p in lint(paths)
        if p.entry == entry.id
    ]


def spread(desk: Desk, entry: TermEntry) -> list[int]:
    """Give the desk's rows the occurrences of an entry; numbers of the rows that have any."""
    found = matches_of_entry(desk.run.rows, entry, desk.directions)
    for ident, terms in found.items():
        desk.extra.setdefault(ident, []).extend(terms)
        desk.refresh(ident)
    return [desk.numbers[ident] for ident in found]


def retranslated(desk: Desk, numbers: Sequence[int], entry: TermEntry, base: TermBase) -> dict[str, str]:
    """New translations of the untouched drafts that lack an entry's rendering: segment id → text.

    What an editor wrote or approved is never rewritten; there the checks say that the term is missing.

    Raises:
        EngineError: the run's engine cannot be loaded or fails.
    """
    rows = [desk.rows[number] for number in numbers]
    lacking = [
        row
        for row in rows
        if row["status"] == "draft" and not row["edited"]
        and not base.present(entry.id, row["target"], target_language(_way(desk, row)))
    ]  # fmt: skip
    if not lacking:
        return {}
    made = desk.run.manifest.get("engine", {})
    options = desk.run.manifest.get("options", {})
    engine = load_engine(str(made.get("name") or "compact"), model=options.get("model"))
    items = [_item(row, _way(desk, row)) for row in lacking]
    done = translate_segments(items, engine, base)
    return {row["id"]: " ".join(t.target.split()) for row, t in zip(lacking, done, strict=True) if t.target.strip()}


def _way(desk: Desk, row: Mapping[str, Any]) -> Direction:
    return "en-bn" if desk.direction(row) == "en-bn" else "bn-en"


def _item(row: Mapping[str, Any], direction: Direction) -> Item:
    segment = Segment(
        row["id"], row["doc"], row.get("index", 0), row.get("line", 1), start=row["start"], end=row["end"],
        text=row["source"], kind=row.get("kind", "sentence"),
    )  # fmt: skip
    return Item(segment, tuple(replace(match, segment=segment.id) for match in matches_of(row)), direction)
