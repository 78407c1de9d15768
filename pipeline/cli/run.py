"""`setu run`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import (
    console,
    direction_option,
    echo_json,
    engine_options,
    glossary_option,
    json_option,
    progress_bar,
    table,
)

if TYPE_CHECKING:
    from pipeline.run import Result

__all__ = ["run"]

COLUMNS = ("document", "direction", "segments", "terms found/kept", "contested", "findings", "chrF++", "BLEU")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH ...]")
@direction_option
@click.option(
    "--out", default=Path("outputs"), show_default=True, type=click.Path(path_type=Path), help="Folder of runs."
)
@glossary_option
@engine_options
@click.option(
    "--refs",
    type=click.Path(path_type=Path),
    help="Reference translations, <doc>.<language>.txt.  [default: references/ beside the inputs]",
)
@click.option("--memory", type=click.Path(path_type=Path), help="Translation memory to use before the engine.")
@click.option("--resume", is_flag=True, help="Continue an interrupted run.")
@click.option("--force", is_flag=True, help="Run again although the same run is already done.")
@json_option
@click.option(
    "--fail-on",
    default="none",
    show_default=True,
    type=click.Choice(["none", "error", "warning"]),
    help="Exit 1 when findings of this severity remain.",
)
def run(paths: tuple[Path, ...], *, as_json: bool, fail_on: str, glossary_files: tuple[Path, ...], **given: Any) -> int:
    """Translate articles and write the aligned result, its scores and a page to read it on.

    PATH: files or folders of texts; the default is seeds.

    \b
    Examples:
      setu run seeds
      setu run article.txt --direction bn-en --out work
      setu run seeds --engine hf --model facebook/nllb-200-distilled-600M
      setu run seeds --json | jq .documents
      setu run seeds --resume --fail-on error
    """  # noqa: D301 (click reads the backslash)
    from pipeline.run import Options
    from pipeline.run import run as run_stages

    options = Options(paths=paths or (Path("seeds"),), glossary=glossary_files, **given)
    with progress_bar("translating") as update:
        result = run_stages(options, update)
    if as_json:
        echo_json(summary(result))
    else:
        show(result)
    return int(fails(result, fail_on))


def summary(result: Result) -> dict[str, Any]:
    """What `--json` prints: the manifest's documents with their figures."""
    return {
        "run_id": result.manifest["run_id"],
        "folder": str(result.folder),
        "reused": result.reused,
        "signature": result.manifest["signature"],
        "documents": [document_figures(result, doc) for doc in result.manifest["documents"]],
        "scores": result.scores,
    }


def document_figures(result: Result, doc: dict[str, Any]) -> dict[str, Any]:
    """One document's line of the table, as numbers."""
    rows = [row for row in result.rows if row["doc"] == doc["doc"]]
    terms = [term for row in rows for term in row["terms"]]
    missing = sum(f["check"] == "term-missing" for row in rows for f in row["findings"])
    scored = result.scores["documents"].get(doc["doc"]) or {}
    return {
        "doc": doc["doc"],
        "direction": doc["direction"],
        "segments": len(rows),
        "terms": len(terms),
        "terms_kept": len(terms) - missing,
        "term_success": (scored.get("terms") or {}).get("success_rate"),
        "contested": sum(term["status"] == "contested" for term in terms),
        "findings": sum(len(row["findings"]) for row in rows),
        "chrf": scored.get("chrf", {}).get("score"),
        "bleu": scored.get("bleu", {}).get("score"),
    }


def show(result: Result) -> None:
    """The table that a person reads, and where the files are."""
    figures = [document_figures(result, doc) for doc in result.manifest["documents"]]
    table("", COLUMNS, [[str(cell) for cell in cells(line)] for line in figures])
    note = " (already done; --force runs it again)" if result.reused else ""
    out = console()
    out.print(f"Results: {result.folder}{note}", soft_wrap=True)
    out.print(f"Read:    {result.folder / 'review.html'}", soft_wrap=True)
    out.print(f"Edit:    setu review {result.folder}", soft_wrap=True)


def cells(line: dict[str, Any]) -> list[object]:
    """One row of the table; scores as sacreBLEU prints them, a dash where there is no reference."""
    scores = ["–" if line[key] is None else f"{line[key]:.1f}" for key in ("chrf", "bleu")]
    kept = f"{line['terms']}/{line['terms_kept']}"
    return [line["doc"], line["direction"], line["segments"], kept, line["contested"], line["findings"], *scores]


def fails(result: Result, fail_on: str) -> bool:
    """Whether findings of the asked severity remain."""
    wanted = {"none": set(), "error": {"error"}, "warning": {"error", "warning"}}[fail_on]
    return any(finding["severity"] in wanted for row in result.rows for finding in row["findings"])
