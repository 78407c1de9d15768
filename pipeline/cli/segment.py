"""`setu segment`: a document into segments."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from pipeline.cli.common import json_option
from pipeline.records import Language

__all__ = ["segment"]

EXAMPLES = """\b
Examples:
  setu segment seeds/02-kazakhstan-call.txt
  setu segment article.txt --json | jq -r 'select(.kind == "quote") | .text'
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(["bn", "en"]), help="Language of FILE.  [default: detected]")
@json_option
def segment(file: Path, language: Language | None, *, as_json: bool) -> None:
    """Split FILE into segments: sentences, headings, quotations and boilerplate, with exact offsets.

    Offsets count code points of the decoded text (byte order mark removed) and are half-open. With --json
    one object a line: id, index, line, start, end, text, kind.
    """
    from pipeline.files import read_document, to_json
    from pipeline.segment import segment as split

    document = read_document(file, language=language)
    segments = split(document)
    if as_json:
        for item in segments:
            click.echo(to_json(item))
        return
    for item in segments:
        click.echo(f"{item.line:>5}  {item.kind:<11}  {item.text}")
    kinds = Counter(item.kind for item in segments)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    click.echo(f"{len(segments)} segments: {told}")
