"""`setu terms`: the glossary terms of a document, with verdicts on its acronyms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import direction_option, glossary_option, json_option, load_termbase, table
from pipeline.records import Direction, source_language

if TYPE_CHECKING:
    from pipeline.records import TermMatch
    from pipeline.termbase import TermBase

__all__ = ["terms"]

EXAMPLES = """\b
Examples:
  setu terms seeds/02-kazakhstan-call.txt
  setu terms seeds/02-kazakhstan-call.txt --json | jq -c 'select(.status == "contested")'
  setu terms article.txt --direction en-bn --glossary glossary/diplomacy.yaml --glossary ours.yaml
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@direction_option
@glossary_option
@json_option
def terms(file: Path, direction: Direction | None, glossary_files: tuple[Path, ...], *, as_json: bool) -> None:
    """Find the glossary terms of FILE, inflected or not, and the acronyms that contradict their context.

    With --json one object a match, offsets in code points of the decoded text: segment, start, end, surface,
    suffix, entry, target, status (ok, contested, unknown), evidence, readings, proposed.
    """
    from pipeline.files import to_json

    matches = list(_matches(file, direction, load_termbase(glossary_files)))
    if as_json:
        for match in matches:
            click.echo(to_json(match))
        return
    rows = ((m.surface + m.suffix, m.entry, m.target, m.status, _told(m), str(m.start)) for m in matches)
    table(f"{file.name}: {len(matches)} terms", ("term", "entry", "target", "status", "evidence", "at"), rows)


def _matches(file: Path, direction: Direction | None, termbase: TermBase) -> list[TermMatch]:
    """Stages 1 and 2 on one file."""
    from pipeline.acronyms import judge
    from pipeline.files import read_document
    from pipeline.segment import segment
    from pipeline.terms import find_terms, settle_targets

    document = read_document(file, language=source_language(direction) if direction else None)
    way: Direction = direction or ("bn-en" if document.language == "bn" else "en-bn")
    segments = segment(document)
    judged, _ = judge(document, segments, find_terms(document, segments, termbase, way), termbase)
    return settle_targets(document, segments, judged, termbase, direction=way)


def _told(match: TermMatch) -> str:
    """The evidence of a match that is not plainly right, in one line."""
    if match.status == "ok":
        return ""
    return "; ".join(f"{one.kind} {one.text!r} → {one.says}" for one in match.evidence)
