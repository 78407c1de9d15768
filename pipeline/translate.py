"""Stage 3: the Translator protocol and the enforcement of terms over any engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipeline.records import Candidate, EngineInfo, Request

__all__ = ["Translator"]


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
        other requests of the batch.

        Raises:
            EngineError: the engine cannot translate a request (unknown direction, broken model).
        """
        ...
