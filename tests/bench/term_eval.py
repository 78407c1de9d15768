"""How well terms hold: success, consistency, no-term control and chrF++ on real sentences, rung by rung.

    python tests/bench/term_eval.py CORPORA
    python tests/bench/term_eval.py CORPORA --direction bn-en --limit 400 --ladder cumulative
    python tests/bench/term_eval.py CORPORA --engine hf --model facebook/nllb-200-distilled-600M --show 20

CORPORA is a folder with dev-*.tsv.xz: source tag, Bengali, English. A sentence is taken when the glossary finds
a term in it and the human reference has that term too (so the term is meant, and its rendering is known to be
right there); inflected ones come first. Only those terms are asked for, as in WMT25's terminology task.

success   terms of the source that stand in the target, counted a segment, per cent
consist.  renderings that equal the commonest one of their term, per cent
extra     renderings of glossary terms that the source does not ask for and the reference does not have, a hundred
          sentences: what a copying engine would be scored down for
time      of the processor, against plain decoding (the clock would measure the machine's other work as well)
surplus   asked terms written more often than the source has them, a hundred sentences

With --novel every asked term gets a target that no model has ever seen (its letters from last to first): a
customer's own glossary at its worst. The references do not have these, so only success and surplus mean anything.
"""

from __future__ import annotations

import lzma
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import regex

from pipeline import termbase
from pipeline.engines import load_engine
from pipeline.errors import InputError, SetuError
from pipeline.files import to_json
from pipeline.records import (
    Direction,
    Document,
    Language,
    Segment,
    TermEntry,
    TermMatch,
    TermSide,
    Translation,
    source_language,
    target_language,
)  # fmt: skip
from pipeline.score import score_corpus, score_terms
from pipeline.termbase import TermBase, termbase_of
from pipeline.terms import find_terms
from pipeline.translate import Item, TranslateOptions, Translator, translate_segments, undo
from pipeline.translate.protocol import RUNG_NAMES

DIRECTIONS: tuple[Direction, ...] = ("bn-en", "en-bn")


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence with its asked terms and its reference."""

    item: Item
    reference: str


@dataclass(frozen=True, slots=True)
class Row:
    """One ladder on one test set."""

    ladder: str
    success: float
    consistency: float | None
    extra: float
    surplus: float
    chrf: float
    p: float | None
    changed: float
    """Sentences that enforcement altered, per cent."""
    seconds: float


def read_pairs(folder: Path) -> Iterator[tuple[str, str, str]]:
    paths = sorted(folder.glob("dev-*.tsv.xz"))
    if not paths:
        raise InputError(
            where=str(folder), found="no dev-*.tsv.xz", expected="development sets", do="Name the corpora folder."
        )
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8", newline="\n") as stream:
            for line in stream:
                tag, bengali, english = line.rstrip("\n").split("\t")
                yield tag, bengali, english


def cases(folder: Path, base: TermBase, direction: Direction, *, limit: int) -> list[Case]:
    """Sentences whose terms the reference confirms; the inflected first, then in the order of the files."""
    found: list[tuple[bool, int, Case]] = []
    for number, (_, bengali, english) in enumerate(read_pairs(folder)):
        source, reference = (bengali, english) if direction == "bn-en" else (english, bengali)
        document = Document(f"s{number}", "-", source, "", source_language(direction))
        piece = Segment(f"s{number}", document.doc, 0, 1, 0, len(source), source, "sentence")
        asked = confirmed(find_terms(document, [piece], base, direction), reference, base, target_language(direction))
        if asked:
            inflected = any(match.suffix for match in asked)
            found.append((not inflected, number, Case(Item(piece, tuple(asked), direction), reference)))
    return [case for _, _, case in sorted(found, key=lambda entry: entry[:2])][:limit]


def confirmed(matches: Sequence[TermMatch], reference: str, base: TermBase, language: Language) -> list[TermMatch]:
    """The matches whose entries stand in the reference as often as in the source."""
    counts = Counter(match.proposed for match in matches if match.proposed in base.entries)
    right = {entry for entry, times in counts.items() if len(base.present(entry, reference, language)) >= times}
    return [match for match in matches if match.proposed in right]


def novel(base: TermBase, chosen: Sequence[Case]) -> tuple[TermBase, list[Case]]:
    """The asked terms with targets spelt from the last letter to the first, and the cases that ask for those."""
    language = target_language(chosen[0].item.direction)
    entries = {}
    for entry in {match.proposed: base.entries[match.proposed] for c in chosen for match in c.item.matches}.values():
        letters = regex.findall(r"\X", entry.side(language).term.replace(" ", ""))
        name = "".join(reversed(letters)).lower().capitalize()
        entries[entry.id] = replace(
            entry, **{language: TermSide(name)}, type="place", forbidden={}, first_mention="term"
        )
    cases = [replace(c, item=replace(c.item, matches=renamed(c.item.matches, entries, language))) for c in chosen]
    return termbase_of(entries.values()), cases


def renamed(matches: Sequence[TermMatch], entries: dict[str, TermEntry], language: Language) -> tuple[TermMatch, ...]:
    return tuple(replace(match, target=entries[match.proposed].side(language).term) for match in matches)


def extra(case: Case, target: str, base: TermBase) -> int:
    language = target_language(case.item.direction)
    asked = {match.proposed for match in case.item.matches}
    meant = {hit.entry for hit in base.find(case.reference, language)}
    return sum(hit.entry not in asked | meant for hit in base.find(target, language))


def surplus(case: Case, target: str, base: TermBase) -> int:
    language = target_language(case.item.direction)
    counts = Counter(match.proposed for match in case.item.matches)
    return sum(max(0, len(base.present(entry, target, language)) - times) for entry, times in counts.items())


def measure(
    chosen: Sequence[Case], engine: Translator, base: TermBase, *, rungs: Sequence[str], plain: Sequence[str] | None
) -> tuple[Row, list[Translation]]:
    """Translate with a ladder and score it, against the plain outputs where there are any."""
    start = time.process_time()
    made = translate_segments([c.item for c in chosen], engine, base, options=TranslateOptions(rungs=tuple(rungs)))
    seconds = time.process_time() - start
    for translation in made:
        if undo(translation) != translation.raw:
            raise click.ClickException(f"{translation.segment}: undoing the changes does not give raw")
    language = target_language(chosen[0].item.direction)
    targets = [translation.target for translation in made]
    score = score_corpus(targets, [[c.reference for c in chosen]], language, baseline=plain)
    terms = score_terms([c.item.matches for c in chosen], targets, base, language)
    a_hundred = 100 / len(chosen)
    row = Row(
        ladder=" ".join(rungs) or "plain",
        success=terms.success_rate if terms else 100.0,
        consistency=terms.consistency if terms else None,
        extra=a_hundred * sum(extra(c, t, base) for c, t in zip(chosen, targets, strict=True)),
        surplus=a_hundred * sum(surplus(c, t, base) for c, t in zip(chosen, targets, strict=True)),
        chrf=score.metrics["chrf"].score,
        p=score.baseline["chrf"].p if score.baseline else None,
        changed=a_hundred * sum(bool(t.changes) for t in made),
        seconds=seconds,
    )
    return row, made


def ladders(kind: str) -> list[tuple[str, ...]]:
    """Which rungs are tried together."""
    if kind == "full":
        return [(), RUNG_NAMES]
    if kind == "alone":
        return [(), *((name,) for name in RUNG_NAMES), RUNG_NAMES]
    return [RUNG_NAMES[:k] for k in range(len(RUNG_NAMES) + 1)]


def line(row: Row, plain: Row) -> str:
    consistency = "    –" if row.consistency is None else f"{row.consistency:5.1f}"
    p = "" if row.p is None else f"  p={row.p:.3f}"
    return (
        f"{row.ladder:<44} success {row.success:5.1f}  consist. {consistency}  extra {row.extra:4.1f}  "
        f"surplus {row.surplus:4.1f}  chrF++ {row.chrf:5.2f}{p:<9}  changed {row.changed:4.1f} %  "
        f"time x{row.seconds / plain.seconds:.2f}"
    )


def examples(chosen: Sequence[Case], made: Sequence[Translation], number: int) -> Iterator[str]:
    """Failures first, then altered sentences."""
    pairs = sorted(zip(chosen, made, strict=True), key=lambda pair: (not pair[1].findings, not pair[1].changes))
    for case, translation in pairs[:number]:
        yield f"source    {case.item.segment.text}"
        yield f"reference {case.reference}"
        yield f"raw       {translation.raw}"
        yield f"target    {translation.target}"
        yield from (f"change    {c.rule} {c.entry}: {c.before!r} → {c.after!r} ({c.why})" for c in translation.changes)
        yield from (f"finding   {f.check}: {f.message}" for f in translation.findings)
        yield ""


@click.command()
@click.argument("corpora", type=click.Path(path_type=Path))
@click.option("--engine", "name", default="compact", show_default=True)
@click.option("--model", default=None, help="Folder or hub id, for engines that take one.")
@click.option("--direction", "directions", multiple=True, type=click.Choice(DIRECTIONS), default=DIRECTIONS)
@click.option("--limit", type=click.IntRange(1), default=400, show_default=True, help="Sentences a direction.")
@click.option("--ladder", type=click.Choice(["full", "alone", "cumulative"]), default="cumulative", show_default=True)
@click.option("--show", type=click.IntRange(0), default=0, help="Examples of the last ladder, failures first.")
@click.option("--novel", is_flag=True, help="Ask for targets that no model has seen.")
@click.option("--json", "as_json", is_flag=True)
def main(corpora: Path, *, name: str, model: str | None, directions: Sequence[Direction], **given: Any) -> None:
    """Measure the enforcement of glossary terms on the development sets in CORPORA."""
    try:
        base = termbase.load(termbase.default_paths())
        engine = load_engine(name, model=model)
        for direction in directions:
            chosen = cases(corpora, base, direction, limit=given["limit"])
            inflected = sum(bool(m.suffix) for c in chosen for m in c.item.matches)
            total = sum(len(c.item.matches) for c in chosen)
            click.echo(
                f"{direction}: {len(chosen)} sentences, {total} terms, {inflected} inflected", err=given["as_json"]
            )
            report(
                *(novel(base, chosen) if given["novel"] else (base, chosen)), engine, direction=direction, given=given
            )
    except SetuError as error:
        raise click.ClickException(str(error)) from error


def report(
    base: TermBase, chosen: Sequence[Case], engine: Translator, *, direction: Direction, given: dict[str, Any]
) -> None:
    """Print a row a ladder; the first is plain decoding, which the others are compared with."""
    # Once for nothing, so that plain is not charged for what engines load and remember on first sight of a text.
    measure(chosen, engine, base, rungs=(), plain=None)
    plain: Row | None = None
    texts: list[str] | None = None
    made: list[Translation] = []
    for rungs in ladders(given["ladder"]):
        row, made = measure(chosen, engine, base, rungs=rungs, plain=texts)
        if plain is None:
            plain, texts = row, [translation.target for translation in made]
        click.echo(to_json({"direction": direction, **to_dict(row)}) if given["as_json"] else line(row, plain))
    for text in examples(chosen, made, given["show"]):
        click.echo(text)


def to_dict(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__slots__}


if __name__ == "__main__":
    main()
