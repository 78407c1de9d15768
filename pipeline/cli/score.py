"""`setu score`: translations against references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import console, echo_json, glossary_option, json_option, load_termbase, table
from pipeline.errors import InputError
from pipeline.records import Direction, Document, Language, Segment

if TYPE_CHECKING:
    from pipeline.score import CorpusScore, TermScore

__all__ = ["score"]

PATH = click.Path(path_type=Path)
TITLES = {"chrf": "chrF++", "bleu": "BLEU", "ter": "TER (less is better)"}
EXAMPLES = """\b
Examples:
  setu score --hyp out.txt --ref ref.txt --lang en
  setu score --hyp out.txt --ref ref.txt --lang bn --baseline old.txt --json
  setu score --hyp out.txt --ref ref.txt --src source.txt --lang en   (adds term success)
  setu score --hyp article.en.txt --ref translated-freely.txt --lang en --align
"""


@dataclass(frozen=True, slots=True)
class Texts:
    """The files of one scoring, cut into units that belong together."""

    hypotheses: Sequence[str]
    references: Sequence[Sequence[str]]
    baseline: Sequence[str] | None = None
    sources: Sequence[str] | None = None


@click.command(epilog=EXAMPLES)
@click.option("--hyp", required=True, type=PATH, metavar="FILE", help="Translations, one a line.")
@click.option("--ref", "refs", required=True, multiple=True, type=PATH, metavar="FILE", help="References; repeatable.")
@click.option("--src", type=PATH, metavar="FILE", help="Sources: adds term success, consistency and forbidden terms.")
@click.option("--baseline", type=PATH, metavar="FILE", help="Another system's translations, to compare with.")
@click.option("--lang", required=True, type=click.Choice(["bn", "en"]), help="Language of the translations.")
@click.option("--align", is_flag=True, help="Files are free-form documents: align their sentences first.")
@click.option("--as-written", is_flag=True, help="Count the two encodings of ড় ঢ় য় as different letters.")
@glossary_option
@json_option
def score(*, lang: Language, align: bool, glossary_files: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Score translations with chrF++, BLEU and TER, as sacreBLEU computes them, with 95 % intervals.

    Files have a segment a line and the same number of lines; lines that are blank in all of them do not count.
    """
    from pipeline.score import ScoreConfig, score_corpus

    optional = [given[name] for name in ("baseline", "src") if given[name]]
    files = [given["hyp"], *given["refs"], *optional]
    columns = aligned(files, lang, has_source=bool(given["src"])) if align else parallel(files)
    texts = arrange(columns, len(given["refs"]), has_baseline=bool(given["baseline"]))
    config = ScoreConfig(unify=not given["as_written"])
    found = score_corpus(texts.hypotheses, texts.references, lang, baseline=texts.baseline, config=config)
    if texts.sources is not None:
        found = replace(found, terms=term_score(texts.sources, texts.hypotheses, lang, glossary=glossary_files))
    if as_json:
        echo_json(found.to_json())
    else:
        show(found)


def arrange(columns: Sequence[Sequence[str]], refs: int, *, has_baseline: bool) -> Texts:
    """Name the columns, which come in the order translations, references, baseline, sources."""
    rest = list(columns[1 + refs :])
    baseline = rest.pop(0) if has_baseline else None
    return Texts(columns[0], columns[1 : 1 + refs], baseline, rest[0] if rest else None)


def parallel(files: Sequence[Path]) -> list[list[str]]:
    """The lines of each file.

    Raises:
        InputError: a file cannot be read, says nothing, or has another number of lines than the first.
    """
    from pipeline.files import read_lines

    columns = [read_lines(path) for path in files]
    for path, lines in zip(files, columns, strict=True):
        if not any(line.strip() for line in lines):
            raise InputError(
                where=str(path), found="no text", expected="a segment a line", do="Check that the file was saved."
            )
        if len(lines) != len(columns[0]):
            raise InputError(
                where=str(path),
                found=f"{len(lines)} lines",
                expected=f"{len(columns[0])} lines, as in {files[0]}",
                do="Make the files line-parallel, or use --align for free-form documents.",
            )
    rows = [row for row in zip(*columns, strict=True) if any(text.strip() for text in row)]
    return [list(column) for column in zip(*rows, strict=True)]


def aligned(files: Sequence[Path], lang: Language, *, has_source: bool) -> list[list[str]]:
    """The sentences of each file, aligned with those of the first reference.

    Raises:
        InputError: a file cannot be read or says nothing.
    """
    from pipeline.align import common_units
    from pipeline.files import read_document
    from pipeline.segment import segment

    other: Language = "en" if lang == "bn" else "bn"
    languages = [lang] * (len(files) - has_source) + [other] * has_source
    documents = [read_document(path, language=language) for path, language in zip(files, languages, strict=True)]
    sentences = [[item.text for item in segment(document)] for document in documents]
    units = common_units(sentences[1], [sentences[0], *sentences[2:]])
    return [[unit[index] for unit in units] for index in (1, 0, *range(2, len(files)))]


def term_score(
    sources: Sequence[str], targets: Sequence[str], lang: Language, *, glossary: tuple[Path, ...]
) -> TermScore | None:
    """Find the terms of the sources, a segment a line, and count them in the targets."""
    from pipeline.acronyms import judge
    from pipeline.score import score_terms
    from pipeline.terms import find_terms

    base = load_termbase(glossary)
    direction: Direction = "bn-en" if lang == "en" else "en-bn"
    document, segments = as_document(sources, "bn" if lang == "en" else "en")
    matches, _ = judge(document, segments, find_terms(document, segments, base, direction), base)
    by_segment = [[match for match in matches if match.segment == segment.id] for segment in segments]
    return score_terms(by_segment, targets, base, lang)


def as_document(lines: Sequence[str], language: Language) -> tuple[Document, list[Segment]]:
    """Lines as one document with a segment each, since acronyms are judged by all that surrounds them."""
    segments, start = [], 0
    for index, line in enumerate(lines):
        end = start + len(line)
        segments.append(Segment(f"src:{index:06}", "src", index, index + 1, start, end, line, "sentence"))
        start = end + 1
    return Document("src", "", "\n".join(lines), "", language), segments


def show(found: CorpusScore) -> None:
    """The table that a person reads."""
    compared = bool(found.baseline)
    head = ["metric", "score", "95 % interval", *(["against baseline", "p"] if compared else [])]
    rows = []
    for name, title in TITLES.items():
        metric, rival = found.metrics[name], found.baseline.get(name)
        interval = f"{metric.ci[0]:.1f} – {metric.ci[1]:.1f}" if metric.ci else "–"
        rows.append([title, f"{metric.score:.1f}", interval])
        if rival:
            rows[-1] += [f"{rival.delta:+.1f}", f"{rival.p:.3f}" if rival.p is not None else "–"]
    table("", head, rows)
    out = console()
    out.print(f"{found.n} segments")
    if found.terms:
        terms = found.terms
        steady = "–" if terms.consistency is None else f"{terms.consistency:.1f} %"
        out.print(
            f"{terms.n} terms: success {terms.success_rate:.1f} %, consistency {steady}, forbidden {terms.forbidden}"
        )
    for name in TITLES:
        out.print(f"{TITLES[name].split()[0]}: {found.metrics[name].signature}", soft_wrap=True)
