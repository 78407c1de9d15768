"""`setu report`: one page about a run for a desk head."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["report"]

EXAMPLES = """\b
Examples:
  setu report outputs/seeds-1a2b3c4d5e
  setu report outputs/seeds-1a2b3c4d5e --out monday.html
"""


@click.command(epilog=EXAMPLES)
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: RUN_DIR/report.html]")
def report(run_dir: Path, out: Path | None) -> None:
    """Write a self-contained page on RUN_DIR: volume, progress, scores with intervals, checks, weak segments.

    Edits and approvals of the review desk count; other runs of the same articles beside RUN_DIR give the change
    from run to run.
    """
    from pipeline.files import write_atomic
    from pipeline.review.report import render_report

    path = out or run_dir / "report.html"
    write_atomic(path, render_report(run_dir))
    click.echo(str(path))
