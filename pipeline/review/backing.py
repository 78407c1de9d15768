"""What stands behind the desk: the glossary, the translation memory, the engine; each may be missing, none silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pipeline import termbase
from pipeline.errors import GlossaryError, SetuError
from pipeline.files import to_plain
from pipeline.formats.units import units_of
from pipeline.memory import Memory
from pipeline.records import Direction
from pipeline.review import enrich
from pipeline.review.desk import Desk
from pipeline.review.live import ACROSS, across, recheck
from pipeline.review.locate import locator
from pipeline.termbase import TermBase

__all__ = ["Backing"]

Row = dict[str, Any]
T = TypeVar("T")


class Backing:
    """The resources of one desk. What fails here is told in `notices` and never costs an edit."""

    def __init__(self, glossary: Sequence[Path], memory: Path | None) -> None:
        """Load the glossary and open the memory, or note why that cannot be."""
        self._faults: dict[str, str] = {}
        self._paths = [path for path in glossary if path.is_file()]
        if not self._paths:
            self._paths = termbase.default_paths()
            used = ", ".join(map(str, self._paths))
            self._faults["files"] = f"glossary: the files of this run are not here; using {used} instead."
        self.base = self._tried("glossary", self._load)
        self._memory = self._tried("memory", lambda: Memory.open(memory)) if memory else None

    def _load(self) -> TermBase:
        return termbase.load(self._paths)

    def _tried(self, name: str, work: Callable[[], T]) -> T | None:
        """The result, or None with the fault kept for the page; a success clears an earlier fault."""
        try:
            result = work()
        except SetuError as error:
            self._faults[name] = f"{name}: {error}"
            return None
        self._faults.pop(name, None)
        return result

    def close(self) -> None:
        """Let go of the memory."""
        if self._memory:
            self._memory.close()

    def notices(self) -> list[str]:
        """What does not work just now, in words for the editor."""
        return list(self._faults.values())

    def glossary_files(self) -> list[str]:
        """The files whose entries hold."""
        return [str(path) for path in self._paths]

    # for the desk -------------------------------------------------------------------------------------

    def recheck(self, row: Row, target: str, direction: str) -> list[dict[str, Any]]:
        """Findings of an edited row."""
        way: Direction = "en-bn" if direction == "en-bn" else "bn-en"
        return recheck(row, target, way, base=self.base)

    def locate(self, entry: str, target: str, text: str) -> list[tuple[int, int]]:
        """Places of a term's right renderings: by the glossary where it knows the entry, else by letters."""
        return locator(self.base)(entry, target, text)

    def across(self, rows: Sequence[Row], direction: str) -> list[int]:
        """Check the rows of a document against each other; indices of those whose findings changed."""
        found = across(rows, "en-bn" if direction == "en-bn" else "bn-en")
        changed = []
        for index, (row, fresh) in enumerate(zip(rows, found, strict=True)):
            old = [finding for finding in row["findings"] if finding["check"] in ACROSS]
            if old != fresh:
                row["findings"] = [f for f in row["findings"] if f["check"] not in ACROSS] + fresh
                changed.append(index)
        return changed

    def rendering(self, entry: str, direction: str) -> str:
        """The term of a glossary entry in the target of a direction, or empty where the glossary lacks it."""
        if self.base is None or entry not in self.base.entries:
            return ""
        return self.base.entries[entry].side("bn" if direction == "en-bn" else "en").term

    # glossary -----------------------------------------------------------------------------------------

    def restore(self, desk: Desk) -> None:
        """Give the rows the entries that were added in earlier sittings."""
        for ident in desk.store.added():
            if self.base is not None and ident in self.base.entries:
                enrich.spread(desk, self.base.entries[ident])

    def add_entry(self, desk: Desk, body: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
        """Add an entry; what was written where, what lint says, and the numbers of the segments that hold it.

        Raises:
            GlossaryError, InputError: the entry cannot be used as it is.
            OutputError: the glossary file cannot be written.
        """
        base = self.base
        if base is None:
            raise GlossaryError(
                where="glossary", found="a glossary that cannot be read", expected="the glossary of this run",
                do=self._faults.get("glossary", "Mend the glossary."),
            )  # fmt: skip
        entry = enrich.entry_of(body)
        file = enrich.append(entry, self._paths, base)
        desk.store.remember_added(entry.id)
        self.base = self._tried("glossary", self._load) or base
        numbers = enrich.spread(desk, entry)
        self._tried("engine", lambda: self._apply(desk, numbers, entry.id))
        answer = {"entry": entry.id, "file": str(file), "lint": enrich.problems_of(entry, self._paths)}
        return answer, numbers

    def _apply(self, desk: Desk, numbers: Sequence[int], ident: str) -> None:
        base = self.base
        if base is not None and ident in base.entries:
            texts = enrich.retranslated(desk, numbers, base.entries[ident], base)
            desk.save({name: (desk.state(name).version, {"target": text, "by": ident}) for name, text in texts.items()})

    # translation memory -------------------------------------------------------------------------------

    def teach(self, desk: Desk, numbers: Sequence[int]) -> None:
        """Tell the memory what became of segments: approved and edited ones are remembered, others forgotten."""
        memory = self._memory
        if memory is not None:
            self._tried("memory", lambda: self._teach(memory, desk, numbers))

    @staticmethod
    def _teach(memory: Memory, desk: Desk, numbers: Sequence[int]) -> None:
        units = []
        for number in numbers:
            row = desk.rows[number]
            if row["status"] == "approved" or (row["origin"] == "draft" and row["status"] == "draft"):
                around = [r for r in desk.rows[max(0, number - 1) : number + 2] if r["doc"] == row["doc"]]
                units += [unit for unit in units_of(around, desk.run.manifest) if unit.id == row["id"]]
            else:
                memory.forget(row["doc"], row["id"])
        memory.add(units)

    def matches(self, desk: Desk, number: int) -> list[dict[str, Any]]:
        """What the memory offers for a segment, without the segment's own unit."""
        memory, row = self._memory, desk.rows[number]
        if memory is None:
            return []
        direction: Direction = "en-bn" if desk.direction(row) == "en-bn" else "bn-en"
        found = self._tried("memory", lambda: memory.lookup(row["source"], direction)) or []
        return [to_plain(match) for match in found if match.segment != row["id"] or match.doc != row["doc"]]
