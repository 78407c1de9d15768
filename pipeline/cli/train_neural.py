"""`setu train neural`: the neural recipe, unattended on one GPU, or at toy size on a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli.common import echo_json, json_option

__all__ = ["neural"]

EXAMPLES = """\b
Examples:
  setu train neural corpora work --stage prepare
  setu train neural corpora work --stage draft --count 20000 --stage prepare   to read the phrase engine's drafts
  setu train neural corpora work --stage sup --stage bt --stage bt --stage final --stage pack --minutes 6
  setu train neural corpora work --stage unpack --stage export --output model --stage evaluate
  setu translate --from bn --to en --engine ct2 --model model
"""
STAGES = ("draft", "prepare", "sup", "bt", "final", "pack", "unpack", "export", "evaluate")
Folder = click.Path(exists=True, file_okay=False, path_type=Path)
Out = click.Path(file_okay=False, path_type=Path)
File = click.Path(exists=True, dir_okay=False, path_type=Path)


def say(message: str) -> None:
    """Progress goes to stderr: stdout is for results."""
    click.echo(f"setu: {message}", err=True)


@click.command(epilog=EXAMPLES)
@click.argument("corpora", type=Folder)
@click.argument("work", type=Out)
@click.option("--stage", "stages", multiple=True, required=True, type=click.Choice(STAGES), help="May be repeated.")
@click.option("--minutes", default=8.0, show_default=True, help="Of each stage that trains.")
@click.option(
    "--config",
    type=File,
    default=None,
    help="Settings as JSON, for prepare; without it those of WORK, or the defaults.",
)
@click.option("--count", default=20000, show_default=True, help="Drafts that the stage draft writes.")
@click.option("--clean-licences", is_flag=True, help="Use only sources whose licence allows reuse (prepare).")
@click.option("--output", type=Out, default=None, help="Folder of the exported model.  [default: WORK/model]")
@click.option(
    "--parts", type=Out, default=None, help="Folder of the packed weights, files under 15 MiB.  [default: WORK/parts]"
)
@click.option("--name", default="setu-neural", show_default=True, help="Name of the exported model.")
@click.option("--limit", default=0, help="Sentences a file for evaluate.  [default: all]")
@json_option
def neural(  # noqa: PLR0913 (the options of the command)
    *, corpora: Path, work: Path, stages: tuple[str, ...], minutes: float, config: Path | None, count: int,
    clean_licences: bool, output: Path | None, parts: Path | None, name: str, limit: int, as_json: bool,
) -> None:  # fmt: skip
    """Train the neural model, stage by stage: e5's encoder, both directions, back-translation, term annotations.

    A stage that was killed goes on where its last checkpoint stands when it is called again.
    """
    from pipeline.training.corpus import load_sources
    from pipeline.training.neural import stages as recipe

    sources, folder = load_sources(), output or work / "model"
    for stage in stages:
        if stage == "prepare":
            _prepare(corpora, work, config=config, clean_licences=clean_licences)
        elif stage == "draft":
            _draft(corpora, work, count=count)
        elif stage == "export":
            model = recipe.open_model(work, recipe.load_settings(work), say=say)
            recipe.deliver(model, work, folder, corpora=corpora, sources=sources, name=name, say=say)
        elif stage in {"pack", "unpack"}:
            recipe.carry(stage, work, parts or work / "parts", say=say)
        elif stage == "evaluate":
            _evaluate(folder, corpora, limit=limit, as_json=as_json)
        else:
            recipe.run_stage(stage, work, minutes=minutes, say=say)


def _draft(corpora: Path, work: Path, *, count: int) -> None:
    from pipeline.engines import load_engine
    from pipeline.training.corpus import load_sources
    from pipeline.training.neural.drafting import write_drafts

    work.mkdir(parents=True, exist_ok=True)
    engine = load_engine("compact")
    write_drafts(corpora, work / "drafts.tsv", load_sources(), engine, count=count, say=say)


def _prepare(corpora: Path, work: Path, *, config: Path | None, clean_licences: bool) -> None:
    from pipeline.training.corpus import load_sources
    from pipeline.training.neural import packing, stages
    from pipeline.training.neural.settings import Settings

    if config or not (work / "settings.json").is_file():
        stages.save_settings(work, Settings.parse(_values(config)))
        (work / "tokenizer.json").unlink(missing_ok=True)  # other settings may want another vocabulary
    settings = stages.load_settings(work)
    drafts = work / "drafts.tsv" if (work / "drafts.tsv").is_file() else None
    packing.prepare(corpora, work, load_sources(), say, settings=settings, clean_licences=clean_licences, drafts=drafts)


def _values(config: Path | None) -> dict[str, Any]:
    import json

    from pipeline.errors import InputError

    try:
        values = json.loads(config.read_text("utf-8")) if config else {}
    except ValueError as error:
        raise InputError(where=str(config), found=str(error), expected="JSON", do="Correct the file.") from error
    if not isinstance(values, dict):
        raise InputError(where=str(config), found=type(values).__name__, expected="an object", do="Correct the file.")
    return values


def _evaluate(folder: Path, corpora: Path, *, limit: int, as_json: bool) -> None:
    from dataclasses import asdict

    from pipeline.training.corpus import load_sources
    from pipeline.training.neural import stages

    for r in stages.evaluate(folder, corpora, load_sources(), limit=limit):
        if as_json:
            echo_json(asdict(r))
        else:
            click.echo(f"{r.file} {r.direction} {r.lines} lines: BLEU {r.bleu:.2f}, chrF++ {r.chrf:.2f}, "
                       f"numbers {r.numbers:.1%}, names {r.names:.1%}")  # fmt: skip
