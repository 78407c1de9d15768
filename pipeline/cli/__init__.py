"""The command line: the only floor that prints. Commands are loaded when they are called."""

from __future__ import annotations

import importlib
import sys

import click

from pipeline import __version__
from pipeline.errors import SetuError

__all__ = ["main", "setu"]

# command → (module under pipeline.cli, attribute, one-line help shown without importing it)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("run", "run", "Translate articles: segment, terms, translate, check, score, review page."),
    "segment": ("segment", "segment", "Split a document into segments with exact offsets."),
    "terms": ("terms", "terms", "Find glossary terms and contested acronyms in a document."),
    "check": ("check", "check", "Check a translation, or one document alone."),
    "translate": ("translate", "translate", "Translate lines from standard input."),
    "score": ("score", "score", "Score translations against references."),
    "glossary": ("glossary", "glossary", "Lint, show, edit, import and export the glossary."),
    "review": ("review", "review", "Open the review desk on a finished run."),
    "report": ("report", "report", "Write a one-page report on a run."),
    "engines": ("engines", "engines", "List and test translation engines."),
    "tm": ("tm", "tm", "Search, import and export the translation memory."),
    "batch": ("batch", "batch", "Translate a large table, in shards, on several processes or a cluster."),
    "train": ("train", "train", "Train the compact model."),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it runs, so that `setu --help` takes no time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All command names, in the order users meet them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or None so that click reports the unknown name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"pipeline.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help lines from the table, without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="setu")
def setu() -> None:
    """Bengali-English translation desk for diplomatic news.

    \b
    Examples:
      setu run seeds                 translate every article in seeds/
      setu review outputs/RUN        read and edit the result
      setu glossary lint             check the glossary
    """  # noqa: D301 (click reads the backslash)


def main() -> None:
    """Entry point: a SetuError is one message and exit 2, an interrupt is exit 130."""
    try:
        code = setu(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except SetuError as error:
        click.echo(f"setu: {error}", err=True)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("setu: interrupted; work so far is kept.", err=True)
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
