"""`setu tm`: search, fill and hand over the translation memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pipeline.cli.common import direction_option, echo_json, glossary_option, json_option, load_termbase, table
from pipeline.records import Direction, Origin, UnitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from pipeline.formats import Bundle
    from pipeline.memory import TmMatch
    from pipeline.records import Unit

__all__ = ["tm"]

DEFAULT_MEMORY: Final = Path("outputs/memory.sqlite")
ORIGINS: Final = click.Choice(["approved", "draft", "mt"])

GROUP_EXAMPLES = """\b
Examples:
  setu tm import old.tmx --origin approved
  setu tm search "ভারত ও বেলজিয়াম উষ্ণ সম্পর্ক উপভোগ করে।"
  setu tm export memory.tmx
"""
SEARCH_EXAMPLES = """\b
Examples:
  setu tm search "ভারত ও বেলজিয়াম উষ্ণ সম্পর্ক উপভোগ করে।"
  setu tm search "India and Belgium enjoy warm ties." --limit 3 --min-score 0.8
  setu tm search "হ্যাঁ।" --previous "তিনি কি যাবেন?" --json | jq -r .target

\b
Exit codes: 0 done, matches or none; 2 bad input, or a memory that is missing, damaged or locked.
"""
IMPORT_EXAMPLES = """\b
Examples:
  setu tm import colleagues.tmx
  setu tm import edited.docx reviewed.xlf --origin approved --json

\b
Exit codes: 0 done; 2 bad input (nothing was imported) or a memory that is damaged or locked.
"""
EXPORT_EXAMPLES = """\b
Examples:
  setu tm export memory.tmx
  setu tm export approved.csv --direction bn-en --origin approved
  setu tm export memory.xlf --format xliff2 --direction bn-en

\b
Exit codes: 0 done; 2 bad usage, or a memory that is missing, damaged or locked.
"""


def memory_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--memory FILE`."""
    return click.option(
        "--memory", "path", type=click.Path(path_type=Path), default=DEFAULT_MEMORY, show_default=True, metavar="FILE",
        help="The memory: an SQLite file.",
    )(command)  # fmt: skip


@click.group(epilog=GROUP_EXAMPLES)
def tm() -> None:
    """Search, fill and hand over the translation memory."""


@tm.command(epilog=SEARCH_EXAMPLES)
@click.argument("text")
@memory_option
@direction_option
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="Matches at most.")
@click.option("--min-score", type=click.FloatRange(0.05, 1), default=0.7, show_default=True, help="Least score.")
@click.option("--previous", default="", help="Source text of the segment before: a match in the same context leads.")
@click.option("--following", default="", help="Source text of the segment after.")
@glossary_option
@click.option("--no-glossary", is_flag=True, help="Do not flag matches that differ in a glossary term.")
@json_option
def search(text: str, path: Path, direction: Direction | None, **options: Any) -> None:
    """Find translations of TEXT and of what resembles it, best first.

    A score of 1 is an approved translation of the same text. What differs in a number, a date, a negation or
    a glossary term is named and never scores above 0.94. With --json one object a match: id, score,
    similarity, source, target, origin, differs, context, doc, segment, changed.
    """
    from pipeline.files import to_plain

    way = direction or _direction_of(text)
    matches = _search(text, path, way, **options)
    if options["as_json"]:
        for match in matches:
            echo_json(to_plain(match))
        return
    rows = (
        (f"{match.score:.2f}", match.origin, ", ".join(match.differs), match.source, match.target) for match in matches
    )
    table(f"{len(matches)} matches", ("score", "trust", "differs in", "source", "target"), rows)


def _direction_of(text: str) -> Direction:
    from pipeline.text import detect_language

    return "bn-en" if detect_language(text, where="TEXT") == "bn" else "en-bn"


def _search(text: str, path: Path, way: Direction, **options: Any) -> list[TmMatch]:
    from pipeline.memory import Memory, MemoryConfig

    config = MemoryConfig(min_score=options["min_score"], limit=options["limit"])
    terms = None if options["no_glossary"] else load_termbase(options["glossary_files"])
    with Memory.open(path, terms=terms, config=config, create=False) as memory:
        return memory.lookup(text, way, previous=options["previous"], following=options["following"])


@tm.command("import", epilog=IMPORT_EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@memory_option
@click.option("--origin", type=ORIGINS, help="Trust that all units get.  [default: what the file says, else draft]")
@json_option
def import_(files: tuple[Path, ...], path: Path, origin: Origin | None, *, as_json: bool) -> None:
    """Take the units of FILEs into the memory: .tmx, .xlf, .csv, and the tables that Setu exports as .docx, .html.

    All files are read before the first unit is written. Rejected units and units with a blank side are
    skipped and counted. With --json one object a file: file, units, added, updated, skipped, notices.
    """
    from pipeline.files import to_plain
    from pipeline.formats import read_bundle
    from pipeline.memory import Memory

    bundles = [read_bundle(file) for file in files]
    with Memory.open(path) as memory:
        for file, bundle in zip(files, bundles, strict=True):
            counts = memory.add(_trusted(bundle, origin))
            if as_json:
                facts = {"file": str(file), "units": len(bundle.units), **to_plain(counts)}
                echo_json(facts | {"notices": list(bundle.notices)})
                continue
            for notice in bundle.notices:
                click.echo(f"setu: note: {file}, {notice}", err=True)
            click.echo(f"{file}: {counts.added} added, {counts.updated} updated, {counts.skipped} skipped")


def _trusted(bundle: Bundle, origin: Origin | None) -> Iterable[Unit]:
    """The units with the trust that the user gives them; a rejected unit stays rejected."""
    if origin is None:
        return bundle.units
    status: UnitStatus = "approved" if origin == "approved" else "draft"
    return (unit if unit.status == "rejected" else replace(unit, origin=origin, status=status) for unit in bundle.units)


@tm.command(epilog=EXPORT_EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@memory_option
@click.option("--direction", type=click.Choice(["bn-en", "en-bn"]), help="Only this direction.  [default: both]")
@click.option("--origin", type=ORIGINS, help="Only units of this trust.  [default: all]")
@click.option(
    "--format", "kind", type=click.Choice(["tmx", "xliff", "xliff2", "csv", "docx", "html", "txt"]),
    help="Format.  [default: by the suffix of FILE]",
)  # fmt: skip
@json_option
def export(  # noqa: PLR0913 (one parameter an option)
    file: Path, path: Path, direction: Direction | None, origin: Origin | None, kind: str | None, *, as_json: bool
) -> None:
    """Write the memory, or a part of it, to FILE: .tmx, .xlf, .csv, .docx, .html, .txt.

    The same memory gives the same bytes. With --json one object: file, format, units.
    """
    from pipeline.files import write_atomic
    from pipeline.formats import Head, export_units, format_of
    from pipeline.memory import Memory

    chosen = kind or format_of(file)
    with Memory.open(path, create=False) as memory:
        units = memory.units(direction=direction, origin=origin)
    # The newest change dates the file: a clock would make each export another file.
    head = Head(created=max((unit.changed for unit in units), default=""))
    write_atomic(file, export_units(units, chosen, head=head))
    if as_json:
        echo_json({"file": str(file), "format": chosen, "units": len(units)})
    else:
        click.echo(f"{file}: {len(units)} units")
