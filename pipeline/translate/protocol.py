"""The seams of stage 3: what an engine must do, what the term base must answer, and what the stage is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from pipeline.errors import InputError
from pipeline.records import Candidate, Direction, EngineInfo, Language, Request, Segment, TermEntry, TermMatch

__all__ = ["RUNG_NAMES", "Item", "Terms", "TranslateOptions", "Translator"]

RUNG_NAMES = ("hints", "n-best", "prefix", "placeholder", "substitute")
"""The rungs of the ladder in the order in which they are tried."""


class Translator(Protocol):
    """The seam between Setu and every translation engine: one method, batch in, batch out."""

    @property
    def info(self) -> EngineInfo:
        """Name, model, hash and features; stands in manifests and signatures."""
        ...

    def translate(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Translate a batch.

        Returns one non-empty tuple a request, best candidate first, at most `n_best` long; an empty or
        blank text gives one candidate with empty text. The result for a request does not depend on the
        other requests of the batch. A candidate's score is of its whole text, a forced prefix included, so
        that candidates with different prefixes compare.

        Raises:
            EngineError: the engine cannot translate a request (unknown direction, broken model).
        """
        ...


class Terms(Protocol):
    """What enforcement asks of a term base (`pipeline.termbase.TermBase` keeps it)."""

    @property
    def entries(self) -> Mapping[str, TermEntry]:
        """Entries by id."""
        ...

    @property
    def sha256(self) -> str:
        """Of the glossary files; stands in changes."""
        ...

    def accepted(self, entry_id: str, language: Language) -> tuple[str, ...]:
        """All right renderings of an entry in a language, the term first."""
        ...

    def present(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of any right rendering in a text, inflected forms included."""
        ...

    def adjectives(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of adjectives that stand for a place: the Russian President."""
        ...

    def forbidden(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of forbidden renderings of an entry in a text."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One segment to translate with the matches that lie in it (their offsets count in the document)."""

    segment: Segment
    matches: tuple[TermMatch, ...]
    direction: Direction


@dataclass(frozen=True, slots=True)
class TranslateOptions:
    """What stage 3 may be told; the defaults are those of every command."""

    rungs: tuple[str, ...] = field(default=RUNG_NAMES)
    """Rungs that may be used; none of them means: decode freely and report what is missing."""
    n_best: int = 4
    """Candidates asked of an engine that has alternatives, 1 to 32."""
    tries: int = 4
    """Places at which one missing term is tried, 1 to 16."""
    rounds: int = 4
    """Missing terms of one segment that are repaired one after another, 1 to 16."""
    max_chars: int = 480
    """Longer segments go to the engine in pieces, cut at clause marks; 40 or more code points."""
    batch: int = 32
    """Segments that go to the engine together, 1 or more."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming what can."""
        wrong = [name for name in self.rungs if name not in RUNG_NAMES]
        if wrong:
            raise _refused(", ".join(wrong), f"rungs among: {', '.join(RUNG_NAMES)}")
        limits = {"n_best": (1, 32), "tries": (1, 16), "rounds": (1, 16), "max_chars": (40, 10**6), "batch": (1, 4096)}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise _refused(f"{name}={getattr(self, name)}", f"{name} from {low} to {high}")

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> TranslateOptions:
        """Options from a mapping, such as a manifest's.

        Raises:
            InputError: a key that is no option, or a value out of range.
        """
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise _refused(", ".join(unknown), f"keys among: {', '.join(sorted(known))}")
        made = dict(values)
        if "rungs" in made:
            made["rungs"] = tuple(made["rungs"])
        return cls(**made)


def _refused(found: str, expected: str) -> InputError:
    return InputError(where="translate options", found=found, expected=expected, do="Correct the option.")
