"""pipeline/docs/commands.md is what the commands say of themselves, so that it cannot fall behind.

After a change of a command: `python tests/cli/test_reference.py` writes it anew.
"""

from __future__ import annotations

import sys
from copy import copy
from pathlib import Path

import click
import pytest

from pipeline.cli import COMMANDS, setu

PAGE = Path(__file__).resolve().parents[2] / "pipeline" / "docs" / "commands.md"
HEAD = """# Commands

What `setu COMMAND --help` says, in one page. Exit codes of all: 0 done; 1 done, and what was asked to be clean
is not; 2 bad input or usage, one message on stderr; 130 interrupted, work so far kept.
"""


def walk(command, words=("setu",), parent=None):
    """Every command with its words and a context such as the program makes, groups before what they hold."""
    command = copy(command)
    command._help_option = None  # kept from the first use, which may have been a test of the command alone, without -h
    settings = {**command.context_settings, "max_content_width": 100, "terminal_width": 100}
    context = click.Context(command, parent=parent, info_name=words[-1], **settings)
    yield words, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*words, name), context)


def commands():
    return [(words, command) for words, command, _ in walk(setu)]


def page():
    parts = [f"\n## {' '.join(words)}\n\n```text\n{context.get_help()}\n```\n" for words, _, context in walk(setu)]
    return HEAD + "".join(parts)


def test_the_reference_says_what_the_commands_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/cli/test_reference.py"


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_every_command_shows_examples_and_explains_its_options(words):
    command, group = dict(commands())[words], dict(commands()).get(words[:-1])
    if not isinstance(command, click.Group) or words == ("setu",):
        told = "".join(text or "" for one in (command, group) if one for text in (one.help, one.epilog))
        assert "Examples:" in told, f"{' '.join(words)} has no examples"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(words)} {parameter.opts[0]} is not explained"


def test_every_command_has_a_line_in_the_main_help():
    assert all(text.endswith(".") for _, _, text in COMMANDS.values())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} written\n")
