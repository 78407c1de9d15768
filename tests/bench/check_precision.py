"""False alarms and recall of every check on human translations, which are right by definition.

    python tests/bench/check_precision.py dev-flores-dev.tsv.xz dev-risingnews-valid.tsv.xz

Each file has three columns (tag, Bengali, English). Every pair is checked in both directions as it stands:
a finding is a false alarm. Then each pair is broken in every way that applies (a number dropped, lakh made
crore, a negation removed, …) and the check that must speak is asked again. Exit 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import lzma
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import regex
from check_injections import CASES, DAYS, DAYS_BN

from pipeline.checks import CHECKS, DOCUMENT_CHECKS, CheckConfig, Pair, check_document, check_pairs, check_segment
from pipeline.checks.adequacy import load_adequacy
from pipeline.checks.dates import read_dates
from pipeline.checks.model import Side
from pipeline.records import Direction, Document, Language, Segment, TermMatch, source_language
from pipeline.termbase import TermBase, default_paths, load, termbase_of
from pipeline.terms import find_terms

BAR_EACH, BAR_ERRORS = 2.0, 3.0  # per cent of sentences
DOCUMENT_LINES = 12
LANGUAGES: tuple[Language, Language] = ("bn", "en")


def read(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """(Bengali, English) of every line."""
    rows = []
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
            rows += [tuple(line.rstrip("\n").split("\t")[1:3]) for line in file]
    return [(row[0], row[1]) for row in rows]


def pairs_of(rows: Sequence[tuple[str, str]], direction: Direction, base: TermBase) -> list[Pair]:
    """Pairs of one direction with the glossary's matches."""
    texts = [(bn, en) if direction == "bn-en" else (en, bn) for bn, en in rows]
    return [Pair(source, target, direction, matches=matches_of(source, direction, base)) for source, target in texts]


def matches_of(text: str, direction: Direction, base: TermBase) -> tuple[TermMatch, ...]:
    document = Document("line", "line", text, "", source_language(direction))
    segment = Segment("line:0", "line", 0, 1, 0, len(text), text, "sentence")
    return tuple(find_terms(document, [segment], base, direction))


def false_alarms(pairs: Sequence[Pair], base: TermBase) -> Iterator[set[str]]:
    """The checks that speak on each right pair."""
    across = check_pairs(pairs)
    for index, pair in enumerate(pairs):
        yield {finding.check for finding in (*check_segment(pair, termbase=base), *across.get(index, ()))}


def document_alarms(rows: Sequence[tuple[str, str]]) -> Counter[str]:
    """Findings of the one-sided checks over documents of some lines, both languages."""
    counts: Counter[str] = Counter()
    for start in range(0, len(rows), DOCUMENT_LINES):
        chunk = rows[start : start + DOCUMENT_LINES]
        for side, language in enumerate(LANGUAGES):
            text = "\n".join(row[side] for row in chunk)
            counts.update(finding.check for finding in check_document(text, language))
    return counts


def recall(pairs: Sequence[Pair], alarms: Sequence[set[str]], base: TermBase) -> dict[str, tuple[int, int]]:
    """Label → (noticed, tried); pairs on which the check spoke before it was broken are left out."""
    counts = {}
    for case in CASES:
        rng, noticed, tried = random.Random(case.label), 0, 0  # noqa: S311 (a reproducible sample, no secret)
        for pair, before in zip(pairs, alarms, strict=True):
            broken = None if before & set(case.expected) else case.break_it(rng, pair, base)
            if broken is not None:
                tried += 1
                found = check_segment(replace(pair, target=broken), termbase=base)
                noticed += any(finding.check in case.expected for finding in found)
        counts[case.label] = (noticed, tried)
    return counts


def wrong_weekday(text: str, language: Language) -> str | None:
    """A weekday that is wrong for a full date of the text, set before it."""
    for date in read_dates(Side(text, language)):
        if date.day and date.year and date.day < 29:
            true = dt.date(date.year, date.month, date.day).isoweekday()
            day = list(DAYS if language == "en" else DAYS_BN)[true % 7]
            return f"{text[: date.start]}{day} ({text[date.start : date.end]}){text[date.end :]}"
    return None


def other_spelling(text: str, language: Language) -> str | None:
    """A long word of the text once more, spelt as another writer of the name would."""
    table = [("ট", "ত"), ("ত", "ট"), ("স", "শ"), ("শ", "স"), ("ন", "ণ"), ("ি", "ী"), ("ু", "ূ")]
    table = table if language == "bn" else [("y", "i"), ("i", "y"), ("o", "u"), ("sh", "s"), ("kh", "k"), ("t", "th")]
    for word in regex.findall(r"\p{Bengali}{9,}" if language == "bn" else r"(?<=[a-z] )[A-Z][a-z]{6,}(?= )", text):
        for old, new in table:
            if old in word[1:]:
                return f"{text}\n{word[0]}{word[1:].replace(old, new, 1)}"
    return None


DOCUMENT_CASES: Mapping[str, Callable[[str, Language], str | None]] = {
    "weekday-date": wrong_weekday,
    "name-spelling": other_spelling,
    "document-brackets": lambda text, language: text + "\n(" + text[:9],
    "document-quotes": lambda text, language: text + '\n"' + text[:9].replace('"', ""),
}


def document_recall(rows: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """Check → (noticed, tried) over single texts for the dates, over documents for the rest."""
    counts = {}
    for check, break_it in DOCUMENT_CASES.items():
        size, noticed, tried = 1 if check == "weekday-date" else DOCUMENT_LINES, 0, 0
        for start, (side, language) in product(range(0, len(rows), size), enumerate(LANGUAGES)):
            text = "\n".join(row[side] for row in rows[start : start + size])
            broken = break_it(text, language)
            if broken is not None:
                before, after = (sum(f.check == check for f in check_document(t, language)) for t in (text, broken))
                tried, noticed = tried + 1, noticed + (after > before)
        counts[check] = (noticed, tried)
    return counts


def adequacy_rates(rows: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Per cent of right pairs, and of pairs with the next line's translation, under the floor."""
    measure_of, floor = load_adequacy(), CheckConfig().adequacy_floor
    moved = [(row[0], other[1]) for row, other in zip(rows, [*rows[1:], rows[0]], strict=True)]
    return {
        name: 100 * sum(value < floor for value in measure_of(pairs)) / len(rows)
        for name, pairs in (("right", rows), ("wrong", moved))
    }


def with_forbidden(base: TermBase) -> TermBase:
    """The glossary with a forbidden rendering for every entry that has none, so that its check can be tried."""
    made = [
        entry
        if entry.forbidden
        else replace(entry, forbidden={"en": (f"{entry.en.term} Corporation",), "bn": (f"{entry.bn.term} কর্পোরেশন",)})
        for entry in base.entries.values()
    ]
    return termbase_of(made)


def measure(paths: Sequence[Path], base: TermBase) -> dict[str, Any]:
    """Everything that the report prints."""
    rows = read(paths)
    pairs = [pair for direction in ("bn-en", "en-bn") for pair in pairs_of(rows, direction, base)]
    alarms = [*false_alarms(pairs[: len(rows)], base), *false_alarms(pairs[len(rows) :], base)]
    counts = Counter(check for found in alarms for check in found)
    severe = sum(any(CHECKS[check].severity == "error" for check in found) for found in alarms)
    return {
        "sentences": len(pairs),
        "alarms": {name: counts[name] for name in CHECKS if name not in DOCUMENT_CHECKS and name != "adequacy"},
        "errors": severe,
        "documents": {name: document_alarms(rows)[name] for name in DOCUMENT_CHECKS},
        "lines": 2 * len(rows),
        "recall": recall(pairs, alarms, base),
        "document_recall": document_recall(rows),
    }


def report(result: dict[str, Any]) -> bool:
    """Print the tables; whether every bar is met."""
    write, total = sys.stdout.write, result["sentences"]
    write(f"False alarms on {total} sentences\n")
    for name, count in result["alarms"].items():
        write(f"  {name:20} {CHECKS[name].severity:8} {count:5}  {100 * count / total:5.2f} %\n")
    write(f"  all errors together           {result['errors']:5}  {100 * result['errors'] / total:5.2f} %\n")
    write(f"One-sided checks, documents of {DOCUMENT_LINES} lines, findings a line (the text may truly be at fault)\n")
    for name, count in result["documents"].items():
        write(f"  {name:20} {CHECKS[name].severity:8} {count:5}  {100 * count / result['lines']:5.2f} %\n")
    write("Recall of injected errors\n")
    for case in CASES:
        noticed, tried = result["recall"][case.label]
        share = f"{100 * noticed / tried:5.1f} %" if tried else "  none"
        write(f"  {case.label:32} {noticed:5} of {tried:5}  {share}  {'/'.join(case.expected)}\n")
    for check, (noticed, tried) in result["document_recall"].items():
        write(f"  {check:32} {noticed:5} of {tried:5}  {100 * noticed / max(tried, 1):5.1f} %  (one text alone)\n")
    for name, rate in result.get("adequacy", {}).items():
        write(f"  adequacy speaks on {rate:.2f} % of {name} pairs\n")
    worst = max(result["alarms"].values()) / total * 100
    return worst <= BAR_EACH and 100 * result["errors"] / total <= BAR_ERRORS


def main() -> int:
    """Measure, print, and say by the exit code whether the bars are met."""
    parser = argparse.ArgumentParser(description="False alarms and recall of the checks on human translations.")
    parser.add_argument("corpus", nargs="+", type=Path, help="TSV (may be .xz): tag, Bengali, English")
    parser.add_argument("--adequacy", action="store_true", help="measure the check of meaning too (extra adequacy)")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    given = parser.parse_args()
    result = measure(given.corpus, with_forbidden(load(default_paths())))
    if given.adequacy:
        result["adequacy"] = adequacy_rates(read(given.corpus))
    if given.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        return 0
    return 0 if report(result) else 1


if __name__ == "__main__":
    sys.exit(main())
