"""What several commands share: options, JSON lines, tables, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from pipeline.termbase import TermBase

__all__ = [
    "console", "direction_option", "echo_json", "engine_options", "glossary_option", "json_option",
    "load_termbase", "progress_bar", "table",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """`--json`: output for machines."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON for machines.")(command)


def glossary_option(command: F) -> F:
    """`--glossary FILE ...`: may be given several times; later files override by id."""
    return click.option(
        "--glossary", "glossary_files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
        help="Glossary YAML; may be repeated, later files override by id.  [default: all of glossary/]",
    )(command)  # fmt: skip


def direction_option(command: F) -> F:
    """`--direction`: force a direction that is detected otherwise."""
    return click.option("--direction", type=click.Choice(["bn-en", "en-bn"]), help="Direction.  [default: detected]")(
        command
    )


def engine_options(command: F) -> F:
    """`--engine NAME` and `--model ID`."""
    model = click.option("--model", default=None, help="Model of the engine: a folder or a hub id.")(command)
    return click.option(
        "--engine", default="compact", show_default=True, help="Engine, or ENGINE:MODEL; see `setu engines`."
    )(model)


def load_termbase(files: Iterable[Path]) -> TermBase:
    """The given glossary files, or all of glossary/; notices go to stderr."""
    from pipeline import termbase

    paths = tuple(files) or termbase.default_paths()
    base = termbase.load(paths)
    for notice in base.notices:
        click.echo(f"setu: note: {notice}", err=True)
    return base


def echo_json(value: Mapping[str, Any] | list[Any]) -> None:
    """One JSON line, Bengali unescaped."""
    click.echo(json.dumps(value, ensure_ascii=False))


def console(*, stderr: bool = False) -> Console:
    """A rich console on stdout (or stderr); plain text when it is no terminal."""
    from rich.console import Console

    # A pipe has no width: tables must not be cut at 80 columns there.
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 160, highlight=False)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; the first column is text, the rest are figures set right."""
    from rich import box
    from rich.table import Table

    grid = Table(title=title, box=box.SIMPLE, title_justify="left")
    for index, column in enumerate(columns):
        grid.add_column(column, justify="right" if index else "left", overflow="fold")
    for row in rows:
        grid.add_row(*row)
    console().print(grid)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, only on a terminal; yields `update(done, total)`."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
