"""`setu batch`: large tables, in shards, on several processes or a Ray cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli.common import (
    console,
    direction_option,
    echo_json,
    engine_options,
    glossary_option,
    json_option,
    progress_bar,
)

__all__ = ["batch"]


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("folder", metavar="OUT", type=click.Path(path_type=Path))
@direction_option
@glossary_option
@engine_options
@click.option("--id-column", default="id", show_default=True, help="Column with a name for each row.")
@click.option("--text-column", default="text", show_default=True, help="Column to translate.")
@click.option(
    "--format", type=click.Choice(["jsonl", "parquet"]), default="jsonl", show_default=True, help="Of shards."
)
@click.option("--shard", type=click.IntRange(1), default=1000, show_default=True, help="Rows a shard.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes side by side.")
@click.option("--ray", metavar="ADDRESS", help="Work on a Ray cluster (extra ray): an address, auto or local.")
@click.option("--force", is_flag=True, help="Write over the shards of another batch.")
@json_option
def batch(source: Path, folder: Path, *, glossary_files: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Translate a table (JSONL, CSV or Parquet) into shards under OUT; run it again to continue.

    \b
    Examples:
      setu batch news.jsonl out
      setu batch news.csv out --id-column url --text-column body --workers 2
      setu batch news.parquet out --format parquet --ray auto
    """  # noqa: D301 (click reads the backslash)
    from pipeline.batch import BatchOptions
    from pipeline.batch import batch as translate_table

    options = BatchOptions(glossary=tuple(path.resolve() for path in glossary_files), **given)
    with progress_bar("shards") as update:
        result = translate_table(source, folder, options, update)
    if as_json:
        figures = {"rows": result.rows, "shards": result.shards, "reused": result.reused}
        echo_json({"folder": str(result.folder), **figures})
    else:
        again = f", {result.reused} of them from an earlier call" if result.reused else ""
        console().print(f"{result.rows} rows in {result.shards} shards{again}: {result.folder}", soft_wrap=True)
