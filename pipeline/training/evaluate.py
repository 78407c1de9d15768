"""Scores of a model folder on the held-out pairs, as the model card states them."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import regex
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from pipeline.engines.compact import CompactEngine
from pipeline.engines.compact.text import TO_ASCII
from pipeline.records import Direction, Request, target_language
from pipeline.training.corpus import Sources, read_held_out_pairs

__all__ = ["Result", "evaluate", "measure_speed"]

SAMPLES = 1000
"""Bootstrap samples of the confidence intervals."""
NUMBER = regex.compile(r"[0-9]{2,}")
NAME = regex.compile(r"(?<![.?!]\s)(?<!^)\b\p{Lu}\p{Ll}{2,}")


@dataclass(frozen=True, slots=True)
class Result:
    """Scores of one file in one direction; intervals are half the width of the 95 % bootstrap interval."""

    file: str
    direction: str
    lines: int
    bleu: float
    bleu_interval: float
    chrf: float
    chrf_interval: float
    numbers: float
    """Share of the reference's numbers of two digits or more that stand in the output."""
    names: float | None
    """Share of the capitalised words inside English references that stand in the output; None for Bengali."""
    signatures: tuple[str, str]
    outputs: tuple[str, ...]


def evaluate(
    engine: CompactEngine, corpora: Path, sources: Sources, *, skip: int = 0, samples: int = SAMPLES
) -> Iterator[Result]:
    """Translate and score every held-out file both ways; `skip` leaves out the first pairs (those tuned on)."""
    for name in sources.held_out:
        pairs = read_held_out_pairs(corpora, sources, name)[skip:]
        for direction in ("bn-en", "en-bn"):
            texts, references = ([p[k] for p in pairs] for k in ((0, 1) if direction == "bn-en" else (1, 0)))
            yield score(name, direction, translate(engine, direction, texts), references, samples=samples)


def translate(engine: CompactEngine, direction: Direction, texts: list[str]) -> list[str]:
    """First candidates."""
    return [candidates[0].text for candidates in engine.translate([Request(text, direction) for text in texts])]


def score(name: str, direction: Direction, outputs: list[str], references: list[str], *, samples: int) -> Result:
    """BLEU (13a for English, intl for Bengali) and chrF++ with intervals, and what was kept of numbers and names."""
    english = target_language(direction) == "en"
    bleu, chrf = BLEU(tokenize="13a" if english else "intl"), CHRF(word_order=2)
    first, second = (
        m.corpus_score(outputs, [references], **({"n_bootstrap": samples} if samples else {})) for m in (bleu, chrf)
    )
    ascii_outputs, ascii_references = ([text.translate(TO_ASCII) for text in side] for side in (outputs, references))
    return Result(
        file=name,
        direction=direction,
        lines=len(outputs),
        bleu=first.score,
        bleu_interval=float(first._ci) if samples else 0.0,  # noqa: SLF001 (sacrebleu keeps the interval there)
        chrf=second.score,
        chrf_interval=float(second._ci) if samples else 0.0,  # noqa: SLF001 (the same)
        numbers=kept_share(ascii_outputs, ascii_references, NUMBER),
        names=kept_share(outputs, references, NAME) if english else None,
        signatures=(str(bleu.get_signature()), str(chrf.get_signature())),
        outputs=tuple(outputs),
    )


def kept_share(outputs: list[str], references: list[str], pattern: regex.Pattern[str]) -> float:
    """Share of a pattern's matches in the references that stand in the outputs."""
    wanted = [(o, m) for o, r in zip(outputs, references, strict=True) for m in pattern.findall(r)]
    return sum(m in o for o, m in wanted) / max(1, len(wanted))


def measure_speed(engine: CompactEngine, direction: Direction, texts: list[str]) -> tuple[float, float]:
    """Sentences a second over texts as one batch, and the peak memory of the process in MB."""
    start = time.perf_counter()
    translate(engine, direction, texts)
    rate = len(texts) / (time.perf_counter() - start)
    return rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
