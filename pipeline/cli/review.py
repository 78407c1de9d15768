"""`setu review`: the review desk on a finished run."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["review"]

EXAMPLES = """\b
Examples:
  setu review outputs/seeds-1a2b3c4d5e
  setu review outputs/seeds-1a2b3c4d5e --port 8020 --no-browser
"""


@click.command(epilog=EXAMPLES)
@click.argument("run_dir", type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=8017, show_default=True, help="0 takes any free port.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--memory", type=click.Path(path_type=Path), metavar="FILE",
    help="Translation memory to feed.  [default: memory.sqlite beside RUN_DIR]",
)  # fmt: skip
def review(run_dir: Path, port: int, memory: Path | None, *, no_browser: bool) -> None:
    """Edit, approve and export the translations of RUN_DIR in the browser.

    The desk listens on 127.0.0.1 alone. Edits are kept in RUN_DIR/review.sqlite, on the disk before the page says
    so; aligned.jsonl stays as the run wrote it. Ctrl+C ends it.
    """
    from pipeline.review.serve import serve

    def ready(url: str) -> None:
        click.echo(f"Review desk: {url}  (Ctrl+C ends it)")

    serve(run_dir, port, memory=memory, browser=not no_browser, ready=ready)
