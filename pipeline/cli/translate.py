"""`setu translate`: a filter from lines to lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from pipeline.cli.common import echo_json, engine_options, glossary_option, json_option, load_termbase
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.records import Direction

__all__ = ["read_lines", "translate"]

BATCH = 32
LIMIT = 1_000_000  # code points of one line: more is no text for a translator

EXAMPLES = """\b
Examples:
  echo "আজ আস্তানায় এসসিও শীর্ষ সম্মেলন।" | setu translate --from bn --to en
  setu translate --from en --to bn < article.txt > article.bn.txt
  setu translate --from bn --to en --json < article.txt | jq -r .target
  setu translate --from bn --to en --engine hf --model facebook/nllb-200-distilled-600M < article.txt
"""

Code = click.Choice(["bn", "en"])


@click.command(epilog=EXAMPLES)
@click.option("--from", "source", required=True, type=Code, help="Language of the input.")
@click.option("--to", "target", required=True, type=Code, help="Language of the output.")
@engine_options
@glossary_option
@click.option("--no-glossary", is_flag=True, help="Translate without terms.")
@json_option
def translate(  # noqa: PLR0913 (click gives one argument an option)
    *,
    source: str,
    target: str,
    engine: str,
    model: str | None,
    glossary_files: tuple[Path, ...],
    no_glossary: bool,
    as_json: bool,
) -> None:
    """Translate lines from standard input to standard output, one line out for each line in.

    An empty line gives an empty line. Terms of the glossary are enforced; with --json each line is an object
    with source, raw (what the engine said), target, terms, changes and findings.
    """
    if source == target:
        raise click.UsageError(f"--from and --to are both {source}; Setu translates bn to en and en to bn.")
    if no_glossary and glossary_files:
        raise click.UsageError("--glossary and --no-glossary exclude each other.")
    from pipeline.engines import load_engine
    from pipeline.run_lines import LineTranslator
    from pipeline.termbase import termbase_of

    base = termbase_of([]) if no_glossary else load_termbase(glossary_files)
    work = LineTranslator(load_engine(engine, model=model), base, cast("Direction", f"{source}-{target}"))
    lines = read_lines(sys.stdin.buffer)
    # A person who types wants the answer to a line at once; a pipe wants throughput.
    size = 1 if sys.stdin.isatty() else BATCH
    while batch := list(islice(lines, size)):
        for row in work(batch):
            if as_json:
                echo_json(row)
            else:
                click.echo(row["target"])
        sys.stdout.flush()


def read_lines(stream: BinaryIO, *, name: str = "standard input") -> Iterator[str]:
    """Lines of UTF-8 text without their ends, as they come.

    Only LF and CRLF end a line: a line separator within a line (U+2028) must not change the count.

    Raises:
        InputError: a line is not UTF-8, or longer than a translator can mean.
    """
    for number, data in enumerate(stream, start=1):
        try:
            line = data.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                where=f"{name}, line {number}, byte {error.start}", found=f"0x{data[error.start]:02x}",
                expected="UTF-8 text", do="Convert the input, for example with iconv -t utf-8.",
            ) from error  # fmt: skip
        if len(line) > LIMIT:
            raise InputError(
                where=f"{name}, line {number}", found=f"{len(line)} characters in one line",
                expected=f"at most {LIMIT}", do="Put one paragraph on a line.",
            )  # fmt: skip
        yield line
