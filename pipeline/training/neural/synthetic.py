"""Back-translation (Sennrich et al. 2016): monolingual text with sources that the model itself wrote, tagged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from pipeline.records import Language
from pipeline.training.neural.network import greedy
from pipeline.training.neural.packing import Group, Row, load_group, save_group
from pipeline.training.neural.settings import Settings
from pipeline.training.neural.vocabulary import BOS, EOS, TO

__all__ = ["back_translate", "translate_ids"]

_POOL: Final = 16  # batches whose sentences are sorted by length together
_BATCH: Final = {"cuda": 1024, "cpu": 16}
_GROWTH: Final = {"en": 1.3, "bn": 2.2}  # most tokens written for one read, by the language written
_RATIO: Final = 4.0  # of lengths; beyond it the model ran away or gave up


def back_translate(  # noqa: PLR0913 (each is a fact of the round)
    model: Any, work: Path, tokenizer: Any, *, settings: Settings, minutes: float, say: Callable[[str], None]
) -> int:
    """Write the group `synthetic` from the group `mono`; gives its size. Ends by count or by the clock."""
    began, mono = time.monotonic(), load_group(work / "mono.npz")
    order = np.random.default_rng(settings.seed).permutation(len(mono))[: settings.synthetic]
    rows: list[Row] = []
    model.eval()
    for k, made in enumerate(_rounds(model, mono, tokenizer, order=order)):
        rows += [row for row in made if _sane(row)]
        if k % 10 == 0:
            say(f"back-translated {len(rows)} sentences in {time.monotonic() - began:.0f} s")
        if time.monotonic() - began > 60 * minutes:
            break
    return save_group(work / "synthetic.npz", rows)


def _rounds(model: Any, mono: Group, tokenizer: Any, *, order: Any) -> Iterator[list[Row]]:
    size = _BATCH[next(model.parameters()).device.type]
    for start in range(0, len(order), size * _POOL):
        pool = [mono.row(int(k)) for k in order[start : start + size * _POOL]]
        for language in ("bn", "en"):
            texts = sorted((r.target for r in pool if r.language == language), key=len)
            for at in range(0, len(texts), size):
                part = texts[at : at + size]
                sources = translate_ids(model, part, tokenizer, to="en" if language == "bn" else "bn")
                yield [Row(s, t, language, 1.0) for s, t in zip(sources, part, strict=True)]


def translate_ids(model: Any, texts: list[Any], tokenizer: Any, *, to: Language) -> list[Any]:
    """Greedy translations of ids without frame."""
    sources = [[BOS, *map(int, text), EOS] for text in texts]
    room = min(128, int(_GROWTH[to] * max(map(len, sources))) + 8)
    made = greedy(model, sources, first=tokenizer.token_to_id(TO[to]), room=room)
    return [np.array(row, np.int32) for row in made]


def _sane(row: Row) -> bool:
    a, b = len(row.source), len(row.target)
    return a > 1 and max(a, b) <= _RATIO * min(a, b)
