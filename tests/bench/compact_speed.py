"""Speed of the compact engine on sentences of one length, in the first call after loading and in the second.

    python tests/bench/compact_speed.py CORPORA
    python tests/bench/compact_speed.py CORPORA --words 15 --model MODEL --json >> speed.jsonl

CORPORA is the folder of the recipe. Taken are all held-out sentences whose source has exactly so many words between
white space: one batch a direction, so that neither a mix of lengths nor the reading of files is measured. A desk works
in many calls and finds what the calls before left in memory: the second call is the same batch again. Peak memory is
that of the process until the direction was done, as the system counts it. One run on a busy machine says little.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from pipeline.engines import load_engine
from pipeline.errors import InputError, SetuError
from pipeline.files import to_json
from pipeline.records import Direction, Request
from pipeline.training.corpus import load_sources, read_held_out_pairs
from pipeline.training.evaluate import measure_speed
from pipeline.translate import Translator

DIRECTIONS: tuple[Direction, ...] = ("bn-en", "en-bn")
HEAD = ("direction", "sentences", "first/s", "second/s", "ratio", "peak MB")


@dataclass(frozen=True, slots=True)
class Row:
    """One direction."""

    sentences: int
    first: float
    """Sentences a second, in the first call and in the second."""
    second: float
    ratio: float
    """Of the second to the first."""
    memory_mb: float


def sentences(corpora: Path, direction: Direction, words: int) -> list[str]:
    """The sources of so many words, in the order of the files."""
    sources = load_sources()
    pairs = [pair for name in sources.held_out for pair in read_held_out_pairs(corpora, sources, name)]
    texts = [pair[0 if direction == "bn-en" else 1] for pair in pairs]
    found = [text for text in texts if len(text.split()) == words]
    if not found:
        raise InputError(
            where=f"{corpora}, {direction}", found=f"no held-out sentence of {words} words",
            expected="some of that length", do="Choose another number.",
        )  # fmt: skip
    return found


def measure(engine: Translator, direction: Direction, texts: Sequence[str]) -> Row:
    """Two calls with the same batch."""
    (first, _), (second, memory) = (measure_speed(engine, direction, list(texts)) for _ in range(2))
    return Row(len(texts), round(first, 2), round(second, 2), round(second / first, 2), round(memory))


def table(words: int, load_seconds: float, rows: dict[Direction, Row]) -> str:
    """What a reader wants to see."""
    lines = [f"sentences of {words} words, loaded in {load_seconds:.2f} s", " ".join(f"{name:>9}" for name in HEAD)]
    for direction, row in rows.items():
        lines.append(
            f"{direction:>9} {row.sentences:>9} {row.first:>9.2f} {row.second:>9.2f} {row.ratio:>9.2f} "
            f"{row.memory_mb:>9.0f}"
        )
    return "\n".join(lines)


@click.command()
@click.argument("corpora", type=click.Path(path_type=Path))
@click.option("--words", type=click.IntRange(1), default=25, show_default=True, help="Of a source sentence.")
@click.option("--model", default=None, help="Model folder.  [default: the one that ships]")
@click.option("--json", "as_json", is_flag=True, help="One JSON line in place of the table.")
def main(corpora: Path, *, words: int, model: str | None, as_json: bool) -> None:
    """Measure the compact engine on the held-out sentences of one length in CORPORA."""
    try:
        texts = {direction: sentences(corpora, direction, words) for direction in DIRECTIONS}
        start = time.perf_counter()
        engine = load_engine("compact", model=model)
        for direction, (text, *_) in texts.items():  # the engine reads a direction when it is first asked for
            engine.translate([Request(text.split()[0], direction)])
        load_seconds = round(time.perf_counter() - start, 2)
        rows = {direction: measure(engine, direction, texts[direction]) for direction in DIRECTIONS}
    except SetuError as error:
        raise click.ClickException(str(error)) from error
    facts = {"words": words, "load_seconds": load_seconds, **{name: asdict(row) for name, row in rows.items()}}
    click.echo(to_json(facts) if as_json else table(words, load_seconds, rows))


if __name__ == "__main__":
    main()
