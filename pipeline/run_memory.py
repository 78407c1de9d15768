"""Translation memory in a run: what an editor approved before is taken before anything is translated.

Documents with references are scored; they are translated without the memory, so that their scores measure the
engine and not what was approved after reading them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.files import to_plain
from pipeline.memory import Memory, TmMatch
from pipeline.records import Direction, Segment, Translation
from pipeline.termbase import TermBase

__all__ = ["DEFAULT_NAME", "fingerprint_of", "memory_path", "recall", "remembered", "tm_json"]

DEFAULT_NAME = "memory.sqlite"
"""File beside the runs; the review desk writes it."""


def memory_path(given: Path | None, out: Path) -> Path | None:
    """The memory to read: the one given, else the one beside the runs when there is one.

    Raises:
        InputError: the memory given does not exist.
    """
    if given is None:
        beside = out / DEFAULT_NAME
        return beside if beside.is_file() else None
    if not given.is_file():
        raise InputError(
            where=str(given), found="no such file", expected="a translation memory",
            do="Check --memory, or import one with `setu tm import`.",
        )  # fmt: skip
    return given


def fingerprint_of(path: Path | None) -> str:
    """Digest of what a memory holds, for the recipe; `none` without one."""
    if path is None:
        return "none"
    with Memory.open(path, create=False) as memory:
        return memory.fingerprint()[:12]


def recall(
    path: Path | None, segments: Sequence[Segment], *, direction: Direction, base: TermBase
) -> dict[str, TmMatch]:
    """The best match of each segment that has one, by segment id."""
    if path is None:
        return {}
    found = {}
    with Memory.open(path, create=False, terms=base) as memory:
        memory.warm()
        for index, segment in enumerate(segments):
            previous = segments[index - 1].text if index else ""
            following = segments[index + 1].text if index + 1 < len(segments) else ""
            matches = memory.lookup(segment.text, direction, previous=previous, following=following)
            if matches:
                found[segment.id] = matches[0]
    return found


def remembered(segment: Segment, recalled: Mapping[str, TmMatch]) -> Translation | None:
    """The approved translation of this very source, if the memory has it."""
    match = recalled.get(segment.id)
    if match is None or match.score < 1:
        return None
    return Translation(segment=segment.id, raw=match.target, target=match.target)


def tm_json(match: TmMatch | None) -> dict[str, Any] | None:
    """The `tm` field of a row."""
    if match is None:
        return None
    fields: dict[str, Any] = to_plain(match)
    return {name: fields[name] for name in ("score", "id", "source", "target", "origin", "differs")}
