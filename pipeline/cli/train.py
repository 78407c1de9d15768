"""`setu train`: the recipe of the compact model, step by step."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from pipeline.cli.common import console, echo_json, json_option
from pipeline.cli.train_neural import neural
from pipeline.cli.translate import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.records import Direction

__all__ = ["train"]

EXAMPLES = """\b
Examples:
  setu train data corpora work                 clean and tokenise the corpora
  setu train guide work --minutes 110          the neural guide, which fit and export then use
  setu train backtranslate --direction en-bn --words news.en.txt > words.jsonl
  setu train guide work --back-translated words.jsonl
  setu train attention work --direction bn-en --minutes 95
  setu train attention work --direction en-bn --cross
  setu train fit corpora work                  align, measure phrases, tune
  setu train mine work > mined.tsv             pairs found in the news of both languages
  setu train mine work --vectors > more.tsv    the same by sentence vectors, slower
  setu train choose work --lines 20000 > news.bn   what to have translated
  setu train data corpora work --extra mined.tsv --extra translated.tsv
  setu train export corpora work model --version 1.0.0
  setu train evaluate corpora --model model
"""

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
corpora_argument = click.argument("corpora", type=Folder)
work_argument = click.argument("work", type=click.Path(file_okay=False, path_type=Path))


@click.group(epilog=EXAMPLES)
def train() -> None:
    """Train the compact model from the corpora that its manifest names."""


train.add_command(neural)


def say(message: str) -> None:
    """Progress goes to stderr: stdout is for results."""
    click.echo(f"setu: {message}", err=True)


@train.command()
@corpora_argument
@work_argument
@click.option("--extra", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="TSV",
              help="More pairs (tag, Bengali, English); may be repeated.")  # fmt: skip
@click.option("--clean-licences", is_flag=True, help="Use only sources whose licence allows reuse.")
def data(*, corpora: Path, work: Path, extra: tuple[Path, ...], clean_licences: bool) -> None:
    """Read, clean, weight and tokenise the corpora into a work folder."""
    from pipeline.training import steps
    from pipeline.training.corpus import load_sources

    steps.data(corpora, work, load_sources(), say, extra=extra, clean_licences=clean_licences)


@train.command()
@corpora_argument
@work_argument
@click.option("--rounds", default=4, show_default=True, help="Rounds of tuning.")
def fit(*, corpora: Path, work: Path, rounds: int) -> None:
    """Align words, measure phrase pairs, estimate language models, tune the weights, count frequent words."""
    from pipeline.training import steps
    from pipeline.training.corpus import load_sources
    from pipeline.training.tune import TuneSettings

    steps.fit(corpora, work, load_sources(), say, settings=TuneSettings(rounds=rounds))


@train.command()
@work_argument
@click.option("--minutes", default=110.0, show_default=True, help="Of fine-tuning; export and heads come after.")
@click.option("--threads", default=0, help="Threads of torch.  [default: torch's own choice]")
@click.option("--seed", default=0, show_default=True, help="Of every draw.")
@click.option("--back-translated", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              metavar="FILE", help="Pairs of `backtranslate --words` that teach too; may be repeated.")  # fmt: skip
def guide(*, work: Path, minutes: float, threads: int, seed: int, back_translated: tuple[Path, ...]) -> None:
    """Tune an encoder on the word links of the prepared data, and what orders and scores words by it.

    Killed, it goes on where the last checkpoint stands when it is called again. It needs the extra `train`.
    """
    from pipeline.training.guide.recipe import train_guide
    from pipeline.training.guide.settings import GuideSettings

    settings = GuideSettings(minutes=minutes, threads=threads, seed=seed)
    train_guide(work, settings, say, back_translated=back_translated)


@train.command()
@work_argument
@click.option("--direction", type=click.Choice(["bn-en", "en-bn"]), required=True, help="Direction of the translation.")
@click.option("--minutes", default=95.0, show_default=True, help="Of training; the states of all pairs come before.")
@click.option("--back-translated", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              metavar="FILE", help="Pairs of `backtranslate --words` that teach too; may be repeated.")  # fmt: skip
@click.option("--cross", is_flag=True, help="Begin as the other direction's model, which must be there.")
@click.option("--threads", default=0, help="Threads of torch.  [default: torch's own choice]")
@click.option("--seed", default=0, show_default=True, help="Of every draw.")
def attention(  # noqa: PLR0913 (each is an option)
    *, work: Path, direction: Direction, minutes: float, back_translated: tuple[Path, ...], cross: bool, threads: int,
    seed: int,
) -> None:  # fmt: skip
    """Train the model that reads the whole source and all words before, under a finished guide.

    Killed, it goes on where the last checkpoint stands when it is called again; called again when it is finished, it
    learns for another round. `export` puts it into the model folder. It needs the extra `train`.
    """
    from pipeline.training.attention.recipe import train_attention
    from pipeline.training.attention.settings import AttentionSettings

    settings = AttentionSettings(minutes=minutes, threads=threads, seed=seed)
    train_attention(work, direction, settings, say, back_translated=back_translated, cross=cross)


@train.command()
@work_argument
@click.option("--vectors", is_flag=True, help="Compare vectors of multilingual-e5-small instead of words.")
def mine(*, work: Path, vectors: bool) -> None:
    """Find pairs in the news of both languages and write them as TSV to stdout.

    By the words that the aligned pairs link, or with --vectors by sentence vectors: that takes an hour and more for
    400,000 lines a language, and finds pairs that say the same in other words.
    """
    from pipeline.training.prepare import require_data

    require_data(work)
    for tag, score, bn, en in _found_by_vectors(work) if vectors else _found_by_words(work):
        click.echo(f"{tag}-{score:.3f}\t{bn}\t{en}")


def _found_by_words(work: Path) -> Iterator[tuple[str, float, str, str]]:
    from pipeline.training.align import align
    from pipeline.training.mine import mine as find

    for row in find(work, align(work)):
        yield "mined-lexical", *row


def _found_by_vectors(work: Path) -> Iterator[tuple[str, float, str, str]]:
    from pipeline.training.vectors import SentenceVectors, mine_vectors, save_encoder

    with TemporaryDirectory() as folder:
        save_encoder(work, Path(folder) / "e5")
        for row in mine_vectors(work, SentenceVectors(Path(folder) / "e5"), say):
            yield "mined-vectors", *row


@train.command()
@work_argument
@click.option("--language", type=click.Choice(["bn", "en"]), default="bn", show_default=True, help="Of the news.")
@click.option("--lines", default=1000, show_default=True, type=click.IntRange(min=1), help="How many.")
def choose(*, work: Path, language: str, lines: int) -> None:
    """Write the lines of the news that would teach most, once someone translates them, to stdout.

    They hold the phrases that are frequent in the news and rare in the pairs. Translated (by people, or by a larger
    model: `setu translate --engine`), they come back with `data --extra`, tagged `translated`.
    """
    from pipeline.training.choose import choose as chosen
    from pipeline.training.prepare import require_data

    require_data(work)
    for line in islice(chosen(work, language), lines):
        click.echo(line)


@train.command()
@click.option("--direction", type=click.Choice(["bn-en", "en-bn"]), required=True, help="Direction of the translation.")
@click.option("--model", default=None, help="Model folder.  [default: the one that ships]")
@click.option("--words", is_flag=True, help="Write which word became which, for `guide --back-translated`.")
@click.argument("lines", type=click.File("rb"), default="-")
def backtranslate(*, direction: str, model: str | None, words: bool, lines: BinaryIO) -> None:
    """Translate monolingual lines and write the synthetic pairs as TSV to stdout.

    With --words they are JSON lines that teach the guide the other direction: its real target, its synthetic
    source, and the places in the source that each token of the target belongs to.
    """
    from pipeline.engines.compact import load
    from pipeline.files import to_json
    from pipeline.training.backtranslate import text_rows, word_pairs

    engine, read = load(model=model), read_lines(lines, name=getattr(lines, "name", "<stdin>"))
    spoken = cast("Direction", direction)
    rows = map(to_json, word_pairs(engine, spoken, read, say)) if words else text_rows(engine, spoken, read, say)
    for row in rows:
        click.echo(row)


@train.command()
@corpora_argument
@work_argument
@click.argument("model", type=click.Path(file_okay=False, path_type=Path))
@click.option("--version", required=True, help="Version of the model.")
def export(*, corpora: Path, work: Path, model: Path, version: str) -> None:
    """Write the model folder from a fitted work folder."""
    from pipeline.training import steps
    from pipeline.training.corpus import load_sources

    steps.export(corpora, work, load_sources(), say, destination=model, version=version)


@train.command()
@corpora_argument
@click.option("--model", default=None, help="Model folder.  [default: the one that ships]")
@click.option("--skip", default=0, show_default=True, help="Leave out the first pairs of each file (those tuned on).")
@click.option("--samples", default=1000, show_default=True, help="Bootstrap samples; 0 for no intervals.")
@json_option
def evaluate(*, corpora: Path, model: str | None, skip: int, samples: int, as_json: bool) -> None:
    """Score a model on the held-out pairs, both directions."""
    from dataclasses import asdict

    from pipeline.engines.compact import load
    from pipeline.training.corpus import load_sources
    from pipeline.training.evaluate import evaluate as score

    for r in score(load(model=model), corpora, load_sources(), skip=skip, samples=samples):
        if as_json:
            echo_json(asdict(r))
        else:
            console().print(
                f"{r.file} {r.direction} {r.lines} lines: BLEU {_measured(r.bleu, r.bleu_interval)}, "
                f"chrF++ {_measured(r.chrf, r.chrf_interval)}, numbers {r.numbers:.1%}"
                + ("" if r.names is None else f", names {r.names:.1%}")
            )


def _measured(score: float, interval: float) -> str:
    """A score with its interval, where one was asked for."""
    return f"{score:.2f} ± {interval:.2f}" if interval else f"{score:.2f}"
