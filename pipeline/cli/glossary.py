"""`setu glossary`: lint, show, add, import, export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from pipeline.cli.common import glossary_option, json_option, load_termbase, table
from pipeline.records import Direction

if TYPE_CHECKING:
    from pipeline.records import TermEntry
    from pipeline.termbase_yaml import Problem

__all__ = ["glossary"]

EXAMPLES = """\b
Examples:
  setu glossary lint
  setu glossary show sco
  setu glossary add ecowas --bn ইকোয়াস --en ECOWAS --type organisation
  setu glossary export terms.tbx
  setu glossary import partner.csv
"""
_LINT = """\b
Examples:
  setu glossary lint
  setu glossary lint --glossary ours.yaml --json
  setu glossary lint partner.csv
"""
_SHOW = """\b
Examples:
  setu glossary show
  setu glossary show sco mea
  setu glossary show --json
"""
_EXPORT = """\b
Examples:
  setu glossary export terms.tbx
  setu glossary export terms.csv --direction bn-en
"""
_IMPORT = """\b
Examples:
  setu glossary import partner.csv
  setu glossary import partner.tbx --glossary glossary/partner.yaml
"""
_ADD = """\b
Examples:
  setu glossary add ecowas --bn ইকোয়াস --en ECOWAS --type organisation
  setu glossary add ctbto --bn সিটিবিটিও --en CTBTO --type acronym --en-variant "C.T.B.T.O." --glossary ours.yaml
"""


@click.group(epilog=EXAMPLES)
def glossary() -> None:
    """Look at the glossary, check it, change it, exchange it with other tools."""


@glossary.command(epilog=_LINT)
@click.argument("files", nargs=-1, metavar="[FILE ...]", type=click.Path(path_type=Path))
@glossary_option
@json_option
@click.pass_context
def lint(context: click.Context, files: tuple[Path, ...], glossary_files: tuple[Path, ...], *, as_json: bool) -> None:
    """Report every problem with file, line and entry; exit 1 when there is an error.

    FILEs are glossary files as with --glossary, or files to import (.tbx, .csv, .tmx): of those, the rows that an
    import would drop and what it would leave out.
    """
    from pipeline.formats.glossary_files import FORMATS
    from pipeline.termbase import default_paths
    from pipeline.termbase_lint import lint as check

    foreign = [file for file in files if file.suffix.lower() in FORMATS]
    own = [*glossary_files, *(file for file in files if file not in foreign)]
    problems = [problem for file in foreign for problem in _import_problems(file)]
    problems += check(own or default_paths()) if own or not foreign else []
    for problem in problems:
        _tell(problem, as_json=as_json)
    errors = sum(problem.severity == "error" for problem in problems)
    if not as_json:
        click.echo(f"{errors} errors, {len(problems) - errors} warnings")
    context.exit(1 if errors else 0)


def _import_problems(file: Path) -> list[Problem]:
    """Rows of a file that an import would drop, what it would leave out, and what is wrong with the rest."""
    from pipeline.formats.glossary_files import import_glossary
    from pipeline.termbase_lint import lint_entries
    from pipeline.termbase_yaml import Problem

    imported = import_glossary(file)
    expected, do = "fields of a glossary", "It is left out when the file is imported."
    losses = [Problem("left-out", "warning", str(file), 0, 0, "", loss, expected, do) for loss in imported.losses]
    return [*imported.dropped, *losses, *lint_entries({entry.id: entry for entry in imported.entries})]


def _tell(problem: Problem, *, as_json: bool) -> None:
    """One problem, for people or for machines."""
    from pipeline.files import to_json

    if as_json:
        fields = {name: getattr(problem, name) for name in ("file", "line", "column", "entry", "code", "severity")}
        click.echo(to_json({**fields, "message": problem.message}))
    else:
        entry = f" {problem.entry}:" if problem.entry else ""
        click.echo(f"{problem.file}:{problem.line}:{problem.column}: {problem.severity}:{entry} {problem.message}")


@glossary.command(epilog=_SHOW)
@click.argument("ids", nargs=-1, metavar="[ID ...]")
@glossary_option
@json_option
def show(ids: tuple[str, ...], glossary_files: tuple[Path, ...], *, as_json: bool) -> None:
    """Show entries, all of them when no ID is named; with --json one object a line."""
    from pipeline.files import to_json
    from pipeline.termbase_edit import entry_yaml

    base = load_termbase(glossary_files)
    entries = [base.entry(name) for name in ids] if ids else list(base.entries.values())
    if as_json:
        for entry in entries:
            click.echo(to_json(entry))
    elif ids:
        for entry in entries:
            click.echo(f"# {entry.file}:{entry.line}\n{entry_yaml(entry)}", nl=False)
    else:
        rows = ((e.id, e.bn.term, e.en.term, e.type, f"{e.file}:{e.line}") for e in entries)
        table(f"{len(entries)} entries", ("entry", "bn", "en", "type", "place"), rows)


@glossary.command(epilog=_ADD)
@click.argument("entry_id", metavar="ID")
@click.option("--bn", required=True, metavar="TERM", help="Bengali term.")
@click.option("--en", required=True, metavar="TERM", help="English term.")
@click.option("--bn-expansion", metavar="TEXT", help="Bengali spelt-out form.")
@click.option("--en-expansion", metavar="TEXT", help="English spelt-out form.")
@click.option("--bn-variant", "bn_variants", multiple=True, metavar="TEXT", help="Bengali variant; may be repeated.")
@click.option("--en-variant", "en_variants", multiple=True, metavar="TEXT", help="English variant; may be repeated.")
@click.option("--type", "term_type", default="term", show_default=True, metavar="TYPE", help="Type of the entry.")
@click.option(
    "--direction", type=click.Choice(["both", "bn-en", "en-bn"]), default="both", show_default=True,
    help="Direction in which texts are searched for it.",
)  # fmt: skip
@click.option("--case-sensitive/--any-case", default=None, help="Letter case.  [default: by type]")
@click.option(
    "--first-mention", type=click.Choice(["expand", "term"]), default="term", show_default=True,
    help="Form at the first mention in a document.",
)  # fmt: skip
@click.option("--confusable-with", multiple=True, metavar="ID", help="Entry it is mistaken for; may be repeated.")
@click.option("--note", default="", metavar="TEXT", help="Note for readers of the glossary.")
@glossary_option
def add(entry_id: str, glossary_files: tuple[Path, ...], **fields: Any) -> None:  # click hands options over by name
    """Add an entry ID at the end of a glossary file; comments, order and every other byte stay.

    It goes into the last --glossary FILE (made when missing), else into glossary/diplomacy.yaml.
    """
    from pipeline.termbase_edit import add_entries

    path = _writable(glossary_files)
    entry = _entry(entry_id, fields)
    add_entries(path, [entry], taken=_others(glossary_files, path))
    click.echo(f"added {entry.id} to {path}")


def _writable(files: Sequence[Path], name: str = "diplomacy.yaml") -> Path:
    """The file to write into; a project without glossary files first gets its own copy of the packaged ones.

    Without the copy the new file would stand alone in glossary/, and everything else would no longer be found.
    """
    if files:
        return files[-1]
    folder = Path("glossary")
    if not any(folder.glob("*.yaml")):
        from pipeline.files import write_atomic
        from pipeline.termbase import default_paths

        packaged = default_paths()
        for path in [*packaged, *packaged[0].parent.glob("schema.json")]:
            write_atomic(folder / path.name, path.read_bytes())
        click.echo(f"made {folder}/ from the glossary that came with Setu")
    return folder / name


def _others(files: Sequence[Path], path: Path) -> dict[str, TermEntry]:
    """Entries of the glossary files that are used together with `path`."""
    from pipeline.termbase import expand_paths, load

    used = files[:-1] if files else sorted(Path("glossary").glob("*.yaml"))
    others = [one for one in expand_paths(used) if one != path]
    return dict(load(others).entries) if others else {}


def _entry(entry_id: str, fields: dict[str, Any]) -> TermEntry:
    """The entry that the options describe, checked as if it stood in a file."""
    from pipeline.errors import GlossaryError
    from pipeline.formats.glossary_rows import Row, entries_of

    case: bool | None = fields.pop("case_sensitive")
    named = {name: value for name, value in fields.items() if value}
    named |= {"id": entry_id, "type": fields["term_type"], "case_sensitive": "" if case is None else str(case).lower()}
    made = entries_of([Row(1, named)], f"entry {entry_id}")
    if made.dropped:
        problem = made.dropped[0]
        raise GlossaryError(
            where=f"entry {entry_id}", found=problem.found, expected=problem.expected, do="Correct the option."
        )
    return made.entries[0]


@glossary.command(epilog=_EXPORT)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--direction", type=click.Choice(["bn-en", "en-bn"]), help="Only entries that work in this direction.")
@glossary_option
def export(file: Path, direction: Direction | None, glossary_files: tuple[Path, ...]) -> None:
    """Write the glossary to FILE as .tbx (v3 Basic), .csv or .tmx (1.4b), and list what the format cannot express."""
    from pipeline.formats.glossary_files import export_glossary

    entries = load_termbase(glossary_files).entries.values()
    kept = [entry for entry in entries if direction is None or entry.direction in {"both", direction}]
    losses = export_glossary(kept, file)
    click.echo(f"{len(kept)} entries to {file}")
    _list("not expressed", losses)


def _list(title: Literal["not expressed", "not imported"], lines: Sequence[str]) -> None:
    """What a format does not carry; nothing is left out in silence."""
    for line in lines:
        click.echo(f"{title}: {line}", err=True)


@glossary.command("import", epilog=_IMPORT)
@click.argument("file", type=click.Path(path_type=Path))
@glossary_option
@click.pass_context
def import_(context: click.Context, file: Path, glossary_files: tuple[Path, ...]) -> None:
    """Add the entries of FILE (.tbx, .csv, .tmx) to the glossary; exit 1 when a row could not be taken.

    They go into the last --glossary FILE (made when missing), else into glossary/<name of FILE>.yaml. An entry
    that is there already in the same words is left as it is; one that differs is reported and not taken.
    """
    from pipeline.formats.glossary_files import import_glossary
    from pipeline.termbase import load
    from pipeline.termbase_edit import add_entries, same

    imported = import_glossary(file)
    path = _writable(glossary_files, f"{file.stem}.yaml")
    taken = _others(glossary_files, path) | (dict(load([path]).entries) if path.exists() else {})
    new = [entry for entry in imported.entries if entry.id not in taken]
    differing = [e for e in imported.entries if e.id in taken and not same(e, taken[e.id])]
    if new:
        add_entries(path, new, taken=_others(glossary_files, path))
    for problem in imported.dropped:
        _tell(problem, as_json=False)
    for entry in differing:
        old = taken[entry.id]
        click.echo(f"{file}:{entry.line}: not taken: entry {entry.id} differs from {old.file}:{old.line}")
    _list("not imported", imported.losses)
    known = len(imported.entries) - len(new) - len(differing)
    click.echo(f"{len(new)} added to {path}, {known} known, {len(differing) + len(imported.dropped)} not taken")
    context.exit(1 if differing or imported.dropped else 0)
