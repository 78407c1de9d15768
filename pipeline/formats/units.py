"""What every interchange format carries: bilingual units and the head of the file.

Rows of aligned.jsonl become units here, once, so that each format only says how a unit is spelt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from pipeline import __version__
from pipeline.errors import InputError
from pipeline.records import Language, Origin, Unit, UnitStatus, source_language, target_language

__all__ = [
    "ORIGINS", "STATUSES", "TOOL", "Bundle", "Head", "by_document", "head_of", "language_of", "origin_of",
    "status_of", "timestamp", "units_of",
]  # fmt: skip

TOOL: Final = "Setu"
STATUSES: Final[tuple[UnitStatus, ...]] = ("draft", "approved", "rejected")
ORIGINS: Final[tuple[Origin, ...]] = ("approved", "draft", "mt")
_STAMP: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:\.\d+)?(?:Z|\+00:?00)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Head:
    """Facts about a file as a whole."""

    created: str = ""
    """UTC, `YYYY-MM-DDTHH:MM:SSZ`, or empty."""
    version: str = __version__
    run: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One interchange file: its head, its units in order, and what could not be taken over."""

    units: tuple[Unit, ...]
    head: Head = field(default_factory=Head)
    notices: tuple[str, ...] = ()
    """One line each: what a foreign file has that Setu does not keep, with its line where known."""


def head_of(manifest: Mapping[str, Any]) -> Head:
    """The head that a run's manifest gives."""
    return Head(
        created=timestamp(str(manifest.get("finished") or manifest.get("started") or "")),
        version=str(manifest.get("setu_version") or __version__),
        run=str(manifest.get("run_id") or ""),
    )


def timestamp(text: str) -> str:
    """A UTC time as `YYYY-MM-DDTHH:MM:SSZ`, from ISO 8601's basic or extended form; empty if it is neither."""
    match = _STAMP.fullmatch(text.strip())
    return "{}-{}-{}T{}:{}:{}Z".format(*match.groups()) if match else ""


def units_of(rows: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> list[Unit]:
    """Units of a run's rows, in order.

    Args:
        rows: objects of aligned.jsonl; a row may carry its own `direction`, `note`, `changed`, `origin`, and
            `edited` when a person wrote the target.
        manifest: the run's manifest; its documents say the directions.

    Raises:
        InputError: a row lacks a field, or its document is not in the manifest.
    """
    directions = {entry["doc"]: entry["direction"] for entry in manifest.get("documents", ())}
    sources = [(str(row.get("doc", "")), str(row.get("source", ""))) for row in rows]
    units = []
    for index, row in enumerate(rows):
        doc = sources[index][0]
        before = sources[index - 1] if index else ("", "")
        after = sources[index + 1] if index + 1 < len(sources) else ("", "")
        units.append(
            _unit(
                row,
                row.get("direction") or directions.get(doc),
                previous=before[1] if before[0] == doc else "",
                following=after[1] if after[0] == doc else "",
            )
        )
    return units


def _unit(row: Mapping[str, Any], direction: Any, *, previous: str, following: str) -> Unit:
    missing = [name for name in ("id", "source", "target") if not isinstance(row.get(name), str)]
    if missing or direction not in ("bn-en", "en-bn"):
        raise InputError(
            where=f"segment {row.get('id', '?')}",
            found=f"no {missing[0]}" if missing else f"the direction {direction!r}",
            expected="id, source and target as text, and a document with a direction in the manifest",
            do="Export a run that `setu run` wrote.",
        )
    status = status_of(str(row.get("status", "")))
    return Unit(
        source=row["source"],
        target=row["target"],
        source_language=source_language(direction),
        target_language=target_language(direction),
        id=row["id"],
        doc=str(row.get("doc", "")),
        status=status,
        origin=origin_of(str(row.get("origin", "")), status=status, otherwise="draft" if row.get("edited") else "mt"),
        notes=tuple(_notes(row)),
        previous=previous,
        following=following,
        changed=timestamp(str(row.get("changed", ""))),
        props=_props(row),
    )


def _notes(row: Mapping[str, Any]) -> Iterator[str]:
    """The editor's own note first, then findings in words."""
    if row.get("note"):
        yield str(row["note"])
    for finding in row.get("findings", ()):
        yield f"[{finding['severity']}] {finding['check']}: {finding['message']}"


def _props(row: Mapping[str, Any]) -> dict[str, str]:
    props = {"kind": str(row.get("kind") or "")}
    if isinstance(row.get("raw"), str) and row["raw"] != row["target"]:
        props["raw"] = row["raw"]
    return {name: value for name, value in props.items() if value}


def status_of(text: str) -> UnitStatus:
    """A status by its name; what is unknown is a draft: nothing is approved by accident."""
    return next((status for status in STATUSES if status == text), "draft")


def origin_of(text: str, *, status: UnitStatus, otherwise: Origin = "draft") -> Origin:
    """An origin by its name; without one an approved unit was approved, anything else is `otherwise`.

    A status that is no longer approved takes the trust with it.
    """
    known = next((origin for origin in ORIGINS if origin == text), None)
    if status == "approved":
        return "approved"
    return otherwise if known in (None, "approved") else known or otherwise


def language_of(tag: str | None) -> Language | None:
    """Setu's language for a BCP 47 tag (bn-IN, en_US, EN), or None for any other."""
    primary = re.split("[-_]", (tag or "").strip().lower())[0]
    if primary in ("bn", "ben"):
        return "bn"
    return "en" if primary in ("en", "eng") else None


def by_document(units: Iterable[Unit]) -> Iterator[tuple[tuple[str, Language, Language], list[Unit]]]:
    """Neighbouring units of one document and direction together, in order."""
    for group, members in groupby(units, lambda unit: (unit.doc, unit.source_language, unit.target_language)):
        yield group, list(members)
