"""The figures of the model card: an engine over the development sets, scored the way `setu score` scores.

    python tests/bench/devset_eval.py CORPORA
    python tests/bench/devset_eval.py CORPORA --engine hf --model facebook/nllb-200-distilled-600M --limit 200
    python tests/bench/devset_eval.py CORPORA --out scored --json > figures.jsonl

CORPORA is a folder with dev-*.tsv.xz: source tag, Bengali, English. Prints, for each set and direction, chrF++
and BLEU with 95 % intervals and signatures, sentences a second (after one warm-up sentence, loading apart) and the
peak memory of the process so far. With --out the translations are kept, a line each, for `setu score --baseline`.
"""

from __future__ import annotations

import lzma
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline.engines import load_engine
from pipeline.errors import InputError, SetuError
from pipeline.files import to_json, write_atomic
from pipeline.records import Direction, Request, target_language
from pipeline.score import CorpusScore, score_corpus
from pipeline.translate import Translator

DIRECTIONS: tuple[Direction, ...] = ("bn-en", "en-bn")
PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Figures:
    """One development set in one direction."""

    devset: str
    direction: Direction
    score: CorpusScore
    seconds: float
    words: int
    """Of the sources, between white space."""

    def to_json(self) -> dict[str, Any]:
        return {
            "set": self.devset,
            "direction": self.direction,
            **self.score.to_json(),
            "seconds": round(self.seconds, 2),
            "sentences_per_second": round(self.score.n / self.seconds, 2),
            "words_per_second": round(self.words / self.seconds, 1),
            "peak_memory_mb": peak_memory_mb(),
        }


def peak_memory_mb() -> int:
    """Of this process since it began; Linux counts in kilobytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))


def devsets(folder: Path) -> list[Path]:
    found = sorted(folder.glob("dev-*.tsv.xz"))
    if not found:
        raise InputError(
            where=str(folder), found="no dev-*.tsv.xz", expected="development sets", do="Name the corpora folder."
        )
    return found


def read_pairs(path: Path, limit: int | None) -> list[tuple[str, str]]:
    """(Bengali, English) of each line."""
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream]
    return [(bengali, english) for _, bengali, english in rows[:limit]]


def translate(engine: Translator, sources: Sequence[str], direction: Direction, *, batch: int) -> list[str]:
    """Batches of sentences of like length, put back in order: what `setu run` would not gain is not measured."""
    order = sorted(range(len(sources)), key=lambda index: len(sources[index]))
    done: dict[int, str] = {}
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        found = engine.translate([Request(sources[index], direction) for index in chosen])
        done |= {index: candidates[0].text for index, candidates in zip(chosen, found, strict=True)}
    return [done[index] for index in range(len(sources))]


def evaluate(
    engine: Translator, path: Path, direction: Direction, *, limit: int | None, batch: int
) -> tuple[Figures, list[str]]:
    pairs = read_pairs(path, limit)
    columns = list(zip(*pairs, strict=True))
    sources, references = columns if direction == "bn-en" else columns[::-1]
    translate(engine, sources[:1], direction, batch=1)  # one sentence: an engine may remember what it has done
    began = time.perf_counter()
    targets = translate(engine, sources, direction, batch=batch)
    seconds = time.perf_counter() - began
    score = score_corpus(targets, [references], target_language(direction))
    words = sum(len(source.split()) for source in sources)
    return Figures(path.name.removesuffix(".tsv.xz"), direction, score, seconds, words), targets


def lines(figures: Figures) -> Iterator[str]:
    fields, score = figures.to_json(), figures.score
    yield f"{figures.devset} {figures.direction}: {score.n} sentences"
    for name, title in (("chrf", "chrF++"), ("bleu", "BLEU")):
        metric = score.metrics[name]
        low, high = metric.ci or (metric.score, metric.score)
        yield f"  {title:<6} {metric.score:5.1f}  [{low:.1f}, {high:.1f}]  {metric.signature}"
    yield (
        f"  {fields['sentences_per_second']} sentences/s, {fields['words_per_second']} source words/s, "
        f"peak memory {fields['peak_memory_mb']} MB"
    )


@click.command()
@click.argument("corpora", type=PATH)
@click.option("--engine", "name", default="compact", show_default=True)
@click.option("--model", default=None, help="Folder or hub id, for engines that take one.")
@click.option("--direction", "directions", multiple=True, type=click.Choice(DIRECTIONS), default=DIRECTIONS)
@click.option("--limit", type=click.IntRange(1), help="Only the first sentences of each set.")
@click.option("--batch", type=click.IntRange(1), default=32, show_default=True, help="Sentences a call.")
@click.option("--out", type=PATH, help="Folder for the translations.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a set and direction.")
def main(corpora: Path, *, name: str, model: str | None, directions: Sequence[Direction], **given: Any) -> None:
    """Score an engine on the development sets in CORPORA."""
    try:
        paths = devsets(corpora)
        engine = load_engine(name, model=model)
        for path in paths:
            for direction in directions:
                figures, targets = evaluate(engine, path, direction, limit=given["limit"], batch=given["batch"])
                if given["out"]:
                    kept = given["out"] / f"{figures.devset}.{direction}.txt"
                    write_atomic(kept, "".join(f"{' '.join(target.split())}\n" for target in targets))
                click.echo(to_json(figures.to_json()) if given["as_json"] else "\n".join(lines(figures)))
    except SetuError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
