"""`setu check`: a translation against its source, or one document alone."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import console, echo_json, glossary_option, json_option, load_termbase
from pipeline.errors import InputError
from pipeline.records import (
    Direction,
    Document,
    Finding,
    Language,
    Severity,
    TermMatch,
    source_language,
    target_language,
)

if TYPE_CHECKING:
    from pipeline.checks import CheckConfig
    from pipeline.termbase import TermBase

__all__ = ["check"]

PATH = click.Path(path_type=Path)
# Of the one-sided checks only this is run on the target too: the others would repeat the pair's or the source's.
TARGET_ALONE = "name-spelling"
GATES = {"none": (), "error": ("error",), "warning": ("error", "warning")}
COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "blue"}
EXAMPLES = """\b
Examples:
  setu check --src article.bn.txt --tgt article.en.txt --direction bn-en
  setu check --src seeds/05-central-asia.txt --direction bn-en        (the article alone)
  setu check --src a.txt --tgt b.txt --direction en-bn --json --fail-on error
  setu check --src a.txt --tgt b.txt --direction bn-en --off quotes --severity negation=error
  setu check --list
"""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a document with their offsets in its text, line ends left out."""

    texts: Sequence[str]
    starts: Sequence[int]

    def line_at(self, offset: int) -> int:
        """Index of the line that an offset is in."""
        return max(0, bisect_right(self.starts, offset) - 1)


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding with the line that it is shown at, from 1; its spans are document offsets."""

    line: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options ask for."""

    config: CheckConfig
    base: TermBase
    adequacy: bool


def list_checks(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
    """Print every check with its severity and title, and stop."""
    if not value or ctx.resilient_parsing:
        return
    from pipeline.checks import CHECKS

    for name, one in CHECKS.items():
        click.echo(f"{name:20} {one.severity:8} {one.title}")
    ctx.exit()


@click.command(epilog=EXAMPLES)
@click.option("--src", required=True, type=PATH, metavar="FILE", help="Source text, a segment a line.")
@click.option(
    "--tgt", type=PATH, metavar="FILE", help="Its translation, line for line; without it SRC alone is checked."
)
@click.option(
    "--direction", type=click.Choice(["bn-en", "en-bn"]), help="Direction.  [default: by the language of SRC]"
)
@glossary_option
@click.option("--off", multiple=True, metavar="CHECK", help="Leave a check out; repeatable.")
@click.option("--severity", "severities", multiple=True, metavar="CHECK=LEVEL", help="Change a severity; repeatable.")
@click.option("--adequacy", is_flag=True, help="Compare meanings too (extra `adequacy`).")
@click.option("--fail-on", type=click.Choice(["none", "error", "warning"]), default="none", show_default=True,
              help="Exit 1 when there is a finding of this severity or above.")  # fmt: skip
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=list_checks, help="List all checks.")
@json_option
def check(
    src: Path, tgt: Path | None, direction: Direction | None, *, as_json: bool, fail_on: str, **given: Any
) -> int:
    """Check a translation against its source, or one document alone.

    With --json one object a finding: line, check, severity, message, source_span, target_span (offsets in code
    points of the decoded documents), evidence.
    """
    from pipeline.files import read_document

    config = configured(given["off"], given["severities"])
    document = read_document(src, language=source_language(direction) if direction else None)
    way: Direction = direction or ("bn-en" if document.language == "bn" else "en-bn")
    base = load_termbase(given["glossary_files"])
    wish = Wish(config, base, adequacy=given["adequacy"])
    found, matches = alone(document, way, wish)
    if tgt is not None:
        target = read_document(tgt, language=target_language(way))
        found += against(document, target, matches, wish)
    found.sort(
        key=lambda one: (one.line, one.finding.source_span or one.finding.target_span or (0, 0), one.finding.check)
    )
    (write_json if as_json else show)(found)
    return int(any(one.finding.severity in GATES[fail_on] for one in found))


def configured(off: Sequence[str], severities: Sequence[str]) -> CheckConfig:
    """The configuration that the options ask for.

    Raises:
        InputError: an unknown check or severity.
    """
    from pipeline.checks import configure

    pairs = [text.partition("=")[::2] for text in severities]
    return configure({"off": list(off), "severities": {name.strip(): level.strip() for name, level in pairs}})


def lines_of(text: str) -> Lines:
    """Lines as `read_lines` counts them: LF and CRLF end a line, the last may lack its end."""
    texts, starts, at = [], [], 0
    for raw in text.split("\n"):
        texts.append(raw.removesuffix("\r"))
        starts.append(at)
        at += len(raw) + 1
    if len(texts) > 1 and not texts[-1]:
        texts, starts = texts[:-1], starts[:-1]
    return Lines(texts, starts)


def alone(document: Document, direction: Direction, wish: Wish) -> tuple[list[Placed], list[TermMatch]]:
    """Findings about the source alone, contested acronyms among them, and its terms."""
    from pipeline.acronyms import judge
    from pipeline.checks import check_document
    from pipeline.segment import segment
    from pipeline.terms import find_terms, settle_targets

    segments = segment(document)
    judged, acronyms = judge(document, segments, find_terms(document, segments, wish.base, direction), wish.base)
    matches = settle_targets(document, segments, judged, wish.base, direction=direction)
    own = check_document(document.text, document.language, wish.base, config=wish.config)
    lines = lines_of(document.text)
    placed = [Placed(lines.line_at((one.source_span or (0, 0))[0]) + 1, one) for one in [*own, *acronyms]]
    return placed, list(matches)


def against(document: Document, target: Document, matches: Sequence[TermMatch], wish: Wish) -> list[Placed]:
    """Findings of the pairs, line by line and across lines.

    Raises:
        InputError: the files do not have the same number of lines.
        EngineError: the meanings are to be compared and the extra is not installed.
    """
    from pipeline.checks import Pair, check_pairs, check_segment
    from pipeline.checks.adequacy import load_adequacy

    here, there = lines_of(document.text), lines_of(target.text)
    same_count(document, target, len(here.texts), len(there.texts))
    direction: Direction = "bn-en" if document.language == "bn" else "en-bn"
    on_line: dict[int, list[TermMatch]] = {}
    for match in matches:
        on_line.setdefault(here.line_at(match.start), []).append(match)
    pairs = [
        Pair(source, translation, direction, matches=tuple(on_line.get(index, ())), start=here.starts[index])
        for index, (source, translation) in enumerate(zip(here.texts, there.texts, strict=True))
    ]
    across = check_pairs(pairs, config=wish.config, adequacy_of=load_adequacy() if wish.adequacy else None)
    found = []
    for index, pair in enumerate(pairs):
        findings = [*check_segment(pair, termbase=wish.base, config=wish.config), *across.get(index, ())]
        found += [Placed(index + 1, shifted(one, here.starts[index], there.starts[index])) for one in findings]
    return [*found, *of_target(target.text, target.language, there, config=wish.config)]


def same_count(document: Document, target: Document, here: int, there: int) -> None:
    """Refuse files that are not line-parallel."""
    if here != there:
        raise InputError(
            where=f"{document.path} and {target.path}",
            found=f"{here} and {there} lines",
            expected="one line of translation for each line of source",
            do="Make the files line-parallel, or give --src alone to check the article itself.",
        )


def of_target(text: str, language: Language, lines: Lines, *, config: CheckConfig) -> Iterator[Placed]:
    """What is said of the target alone, its spans on the target's side."""
    from pipeline.checks import check_document

    for one in check_document(text, language, config=config):
        if one.check == TARGET_ALONE and one.source_span:
            line = lines.line_at(one.source_span[0]) + 1
            yield Placed(line, replace(one, source_span=None, target_span=one.source_span))


def shifted(finding: Finding, source: int, target: int) -> Finding:
    """Spans of a line as spans of the documents."""
    here, there = finding.source_span, finding.target_span
    return replace(
        finding,
        source_span=(here[0] + source, here[1] + source) if here else None,
        target_span=(there[0] + target, there[1] + target) if there else None,
    )


def write_json(found: Sequence[Placed]) -> None:
    """JSONL, fields and order of the contract."""
    from pipeline.files import to_plain

    for one in found:
        echo_json({"line": one.line, **to_plain(one.finding)})


def show(found: Sequence[Placed]) -> None:
    """A table and one line of counts."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE)
    for heading in ("line", "severity", "check", "message"):
        grid.add_column(heading, justify="right" if heading == "line" else "left", overflow="fold")
    for one in found:
        severity = one.finding.severity
        cells = (str(one.line), Text(severity, COLOURS[severity]), one.finding.check, Text(one.finding.message))
        grid.add_row(*cells)
    if found:
        console().print(grid)
    counts = Counter(one.finding.severity for one in found)
    told = ", ".join(f"{counts[level]} {level}" for level in COLOURS if counts[level])
    click.echo(f"{len(found)} finding{'' if len(found) == 1 else 's'}{': ' + told if told else ''}")
