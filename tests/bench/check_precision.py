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
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import regex

from pipeline.checks import CHECKS, DOCUMENT_CHECKS, CheckConfig, Pair, check_document, check_pairs, check_segment
from pipeline.checks.adequacy import load_adequacy
from pipeline.checks.dates import read_dates
from pipeline.checks.model import Side
from pipeline.languages import facts
from pipeline.records import Direction, Document, Language, Segment, TermMatch, source_language, target_language
from pipeline.termbase import TermBase, default_paths, load
from pipeline.terms import find_terms
from pipeline.text import to_bengali_digits

BAR_EACH, BAR_ERRORS = 2.0, 3.0  # per cent of sentences
DOCUMENT_LINES = 12
LANGUAGES: tuple[Language, Language] = ("bn", "en")
Broken = str | None
Injection = Callable[[random.Random, Pair, TermBase], Broken]


@dataclass(frozen=True)
class Case:
    """One way to break a translation, and the checks of which one must notice."""

    label: str
    expected: tuple[str, ...]
    break_it: Injection


ENDING = "(?:টি|টির|টা|জন|জনের|ের|র|ে|কে|এর|ও|ই|s)?"
RIGHT = rf"(?={ENDING}(?![\p{{L}}\p{{M}}]))"  # a whole word, inflected or not
AFTER_NUMBER = r"(?<=[0-9০-৯](?: |-|))"


def swap(table: dict[str, str], *, left: str = r"(?<![\p{L}\p{M}])", right: str = RIGHT) -> Injection:
    """Replace the first word of a table that stands in the target."""
    words = "|".join(regex.escape(word) for word in sorted(table, key=len, reverse=True))
    pattern = regex.compile(f"{left}({words}){right}")

    def apply(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
        del rng, base
        broken = pattern.sub(lambda match: table[match[1]], pair.target, count=1)
        return broken if broken != pair.target else None

    return apply


def around(*words: str) -> dict[str, str]:
    """Each word becomes the next of the row."""
    return dict(zip(words, (*words[1:], words[0]), strict=True))


NUMBER = regex.compile(r"(?<![\p{L}\p{N}.,:-])([0-9০-৯]+)(?:[.,][0-9০-৯]+)*(?![\p{N}:])")


def drop_number(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    found = list(NUMBER.finditer(pair.target))
    if not found:
        return None
    match = rng.choice(found)
    return pair.target[: match.start()] + pair.target[match.end() :].lstrip()


def change_digit(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    found = list(NUMBER.finditer(pair.target))
    if not found:
        return None
    match = rng.choice(found)
    place = rng.randrange(match.start(1), match.end(1))
    zero = "0" if pair.target[place] in "0123456789" else "০"
    digit = chr(ord(zero) + (ord(pair.target[place]) - ord(zero) + rng.randint(1, 8)) % 10)
    broken = pair.target[:place] + digit + pair.target[place + 1 :]
    return None if pair.target[place] == zero or (digit == zero and place == match.start(1)) else broken


def move_point(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    broken = regex.sub(r"(?<=[0-9০-৯])\.(?=[0-9০-৯])", "", pair.target, count=1)
    return broken if broken != pair.target else None


def drop(pattern: str) -> Injection:
    """Remove what a pattern matches, everywhere."""
    compiled = regex.compile(pattern)

    def apply(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
        broken = regex.sub(r"  +", " ", compiled.sub("", pair.target))
        return broken if broken != pair.target else None

    return apply


NEGATIONS = {
    "en": r"\b(?:not|never) |n't\b|(?<=\bcan)not\b|\bno (?=[a-z])",
    "bn": r"(?<![\p{L}\p{M}])(?:না|নি|নয়|নেই)(?![\p{L}\p{M}])|(?<=[\u09c7ন])নি(?![\p{L}\p{M}])",
}
HAS_NEGATION = {language: regex.compile(pattern) for language, pattern in NEGATIONS.items()}


def drop_negation(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    language = target_language(pair.direction)
    if not HAS_NEGATION[source_language(pair.direction)].search(pair.source):
        return None
    return drop(NEGATIONS[language])(rng, pair, base)


def add_negation(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    if any(pattern.search(text) for pattern in HAS_NEGATION.values() for text in (pair.source, pair.target)):
        return None
    if pair.direction == "bn-en":
        broken = regex.sub(r"\b(is|are|was|were|will|has|have|can|should|would|did)\b", r"\1 not", pair.target, count=1)
    else:
        broken = regex.sub(r"(?<=[\p{L}\p{M}])([।])", r" না\1", pair.target, count=1)
    return broken if broken != pair.target else None


def untranslated(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    return pair.source


def half_translated(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    source, target = pair.source.split(), pair.target.split()
    if len(source) < 12 or len(target) < 12:
        return None
    start = rng.randrange(len(source) - 6)
    return " ".join([*target[:4], *source[start : start + 6], *target[9:]])


def devanagari(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    words = pair.target.split()
    at = rng.randrange(len(words))
    if pair.direction == "bn-en":
        words[at] = "भारत"
    else:
        moved = "".join(chr(ord(char) - 0x80) if "\u0995" <= char <= "\u09b9" else char for char in words[at])
        if moved == words[at]:
            return None
        words[at] = moved
    return " ".join(words)


def cut(keep: float) -> Injection:
    """Keep the first part of the words."""

    def apply(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
        words = pair.target.split()
        return " ".join(words[: int(len(words) * keep)]) if len(words) >= 8 else None

    return apply


def runaway(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    words = pair.target.split()
    size = rng.randint(1, min(6, len(words)))
    at = rng.randint(size, len(words))
    return " ".join([*words[:at], *(words[at - size : at] * 4), *words[at:]])


def once_only(marks: str) -> Injection:
    """Remove the first mark of a pair."""

    def apply(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
        place = next((index for index, char in enumerate(pair.target) if char in marks), None)
        return None if place is None else pair.target[:place] + pair.target[place + 1 :]

    return apply


def wrong_end(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    mark, other = (".", "।") if pair.direction == "bn-en" else ("।", ".")
    return pair.target[:-1] + other if pair.target.endswith(mark) else None


def other_digits(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    numbers = list(NUMBER.finditer(pair.target))
    if len(numbers) < 2 or pair.direction == "bn-en":
        return None
    match = numbers[-1]
    ascii_digits = "".join(str(int(char)) if char.isdigit() else char for char in match[0])
    new = to_bengali_digits(match[0]) if match[0].isascii() else ascii_digits
    return pair.target[: match.start()] + new + pair.target[match.end() :]


def term_span(pair: Pair, base: TermBase) -> tuple[str, tuple[int, int]] | None:
    """The first glossary term of the source that the target renders."""
    for match in pair.matches:
        if match.entry in base.entries:
            spans = base.present(match.entry, pair.target, target_language(pair.direction))
            if spans:
                return match.entry, spans[0]
    return None


def drop_term(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    found = term_span(pair, base)
    if found is None:
        return None
    target, language = pair.target, target_language(pair.direction)
    for start, end in reversed(base.present(found[0], target, language)):
        target = target[:start] + target[end:]
    return target


def double_term(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    found = term_span(pair, base)
    if found is None:
        return None
    start, end = found[1]
    return f"{pair.target[:end]} {pair.target[start:end]}{pair.target[end:]}"


def forbid_term(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    found, language = term_span(pair, base), target_language(pair.direction)
    forms = base.entries[found[0]].forbidden.get(language, ()) if found else ()
    if found is None or not forms:
        return None
    return pair.target[: found[1][0]] + forms[0] + pair.target[found[1][1] :]


PERSON = regex.compile(
    r"(?:Minister|President|Mr|Dr|Secretary|Ambassador)\.? ([A-Z][a-z]{3,}(?: [A-Z][a-z]+)? )([A-Z][a-z]{4,})"
)


def other_name(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    broken = PERSON.sub(lambda match: match[0].replace(match[2], "Kowalczyk"), pair.target, count=1)
    return broken if broken != pair.target else None


def spellings(table: Mapping[str, int], shape: Callable[[str], bool]) -> list[str]:
    """One name for each number of a language's months or weekdays."""
    names = {number: name for name, number in reversed(table.items()) if shape(name)}
    return [names[number].title() if names[number].isascii() else names[number] for number in sorted(names)]


MONTHS = around(*spellings(facts("en").months, lambda name: len(name) > 4))
MONTHS_BN = around(*spellings(facts("bn").months, lambda name: name != "মে"))
DAYS = around(*spellings(facts("en").weekdays, lambda name: name.endswith("day")))
DAYS_BN = around(*spellings(facts("bn").weekdays, lambda name: name.endswith("বার")))
WORDS = around("three", "five", "four", "six", "seven", "eight") | around("second", "third", "fourth")
WORDS_BN = around("তিন", "পাঁচ", "চার", "সাত") | around("দ্বিতীয়", "তৃতীয়", "চতুর্থ")
SCALES = around("lakh", "crore") | around("million", "billion") | around("লাখ", "কোটি") | around("মিলিয়ন", "বিলিয়ন")
MONEY = (
    around("dollar", "euro", "pound")
    | around("ডলার", "ইউরো")
    | {"$": "€", "£": "$", "Tk": "$", "টাকা": "ডলার", "taka": "dollars"}
)
MONEY_LEFT, MONEY_RIGHT = r"(?:(?<![\p{L}\p{M}])|(?<=US))", rf"(?:{RIGHT}|(?<=\p{{Sc}}))"
UNITS = around("kilometre", "mile") | around("kilometer", "meter") | around("km", "miles") | {
    "কিলোমিটার": "মাইল", "কিমি": "মাইল", "মাইল": "কিলোমিটার", "মিটার": "ফুট", "ফুট": "মিটার", "metre": "feet",
    "meter": "feet", "feet": "metres", "hours": "days", "minutes": "hours", "days": "months", "years": "months",
    "বছর": "মাস", "মিনিট": "ঘণ্টা",
}  # fmt: skip
ANY_NUMBER = ("numbers", "dates", "codes", "number-words")

CASES = (
    Case("number dropped", ANY_NUMBER, drop_number),
    Case("digit changed", ANY_NUMBER, change_digit),
    Case("decimal point lost", ANY_NUMBER, move_point),
    Case("lakh ↔ crore, million ↔ billion", ANY_NUMBER, swap(SCALES)),
    Case("number word changed", ("number-words", "numbers"), swap(WORDS | WORDS_BN)),
    Case("weekday changed", ("weekdays",), swap(DAYS | DAYS_BN)),
    Case("month changed", ("dates",), swap(MONTHS | MONTHS_BN)),
    Case("percent dropped", ("percentages",), drop(r" ?(?:%|শতাংশ|per ?cent\b)")),
    Case("currency changed", ("money",), swap(MONEY, left=MONEY_LEFT, right=MONEY_RIGHT)),
    Case("unit changed", ("units",), swap(UNITS, left=AFTER_NUMBER)),
    Case("negation dropped", ("negation",), drop_negation),
    Case("negation added", ("negation",), add_negation),
    Case("term dropped", ("term-missing",), drop_term),
    Case("term doubled", ("term-doubled",), double_term),
    Case("forbidden rendering", ("term-forbidden",), forbid_term),
    Case("surname replaced", ("names",), other_name),
    Case("left untranslated", ("untranslated",), untranslated),
    Case("six words untranslated", ("untranslated",), half_translated),
    Case("Devanagari word", ("wrong-script",), devanagari),
    Case("cut in half", ("omission",), cut(0.5)),
    Case("last third cut", ("omission",), cut(0.67)),
    Case("runaway phrase", ("repetition",), runaway),
    Case("bracket lost", ("brackets",), once_only("()[]")),
    Case("quotation mark lost", ("quotes",), once_only('"“”')),
    Case("question mark lost", ("question",), drop(r"\?(?=[\"”']?$)")),
    Case("foreign full stop", ("sentence-end",), wrong_end),
    Case("double space", ("double-space",), lambda rng, pair, base: pair.target.replace(" ", "  ", 1)),
    Case("digits mixed", ("mixed-digits",), other_digits),
    Case("empty", ("empty",), lambda rng, pair, base: ""),
)  # fmt: skip


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
    result = measure(given.corpus, load(default_paths()))
    if given.adequacy:
        result["adequacy"] = adequacy_rates(read(given.corpus))
    if given.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        return 0
    return 0 if report(result) else 1


if __name__ == "__main__":
    sys.exit(main())
