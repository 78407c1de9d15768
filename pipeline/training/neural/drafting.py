"""Drafts of the phrase engine, for a model that reads `source ⊕ draft` (Niehues et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pipeline.records import Direction, Request
from pipeline.training.corpus import Pair, Sources, read_pairs
from pipeline.training.neural.terms import TAGS
from pipeline.translate.protocol import Translator

__all__ = ["write_drafts"]

_BATCH: Final = 256
_LONGEST: Final = 60
"""Words of a source: drafting longer ones takes most of the time."""


def write_drafts(  # noqa: PLR0913 (each is an option of the command)
    corpora: Path, path: Path, sources: Sources, engine: Translator, *, count: int, say: Callable[[str], None]
) -> int:
    """Append drafts of the weightiest pairs, half of the count a direction, to a TSV; gives how many it holds.

    What the file holds already is not drafted again. Drafts of pairs that the engine was trained on are better than
    it really is; give it other pairs, or expect the model to trust drafts too much.
    """
    known = {tuple(line.split("\t")[:2]) for line in path.read_text("utf-8").splitlines()} if path.is_file() else set()
    pairs = sorted((p for p in read_pairs(corpora, sources) if _fit(p)), key=lambda p: -p.weight)[: count // 2]
    wanted = [one for one in _requests(pairs) if (one.direction, one.text) not in known]
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        made = engine.translate(part)
        with path.open("a", encoding="utf-8") as file:
            for one, candidates in zip(part, made, strict=True):
                file.write(f"{one.direction}\t{one.text}\t{' '.join(candidates[0].text.split())}\n")
        say(f"drafted {start + len(part)} of {len(wanted)}")
    return len(known) + len(wanted)


def _fit(pair: Pair) -> bool:
    return not pair.tag.startswith(TAGS) and max(len(pair.bn.split()), len(pair.en.split())) <= _LONGEST


def _requests(pairs: list[Pair]) -> Iterator[Request]:
    directions: tuple[Direction, ...] = ("bn-en", "en-bn")
    for direction in directions:
        for text in dict.fromkeys(p.bn if direction == "bn-en" else p.en for p in pairs):
            yield Request(text, direction)
