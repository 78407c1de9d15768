"""Ways to break a right translation, and the checks that must notice; `check_precision` applies them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import regex

from pipeline.checks import Pair
from pipeline.checks.names import consonants
from pipeline.languages import facts
from pipeline.languages.roles import OBJECTIVE, ROLE_VERBS
from pipeline.records import source_language, target_language
from pipeline.termbase import TermBase
from pipeline.text import key, to_bengali_digits, words

__all__ = ["CASES", "DAYS", "DAYS_BN", "Case"]

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


NAME = r"\p{Lu}[\p{L}-]{2,}(?: \p{Lu}[\p{L}-]*)*"
ROLES = [
    (
        regex.compile("|".join(stems)),
        regex.compile(rf"({NAME}) (?:has |had |have )?(?:{'|'.join(verbs)})s? (?:the )?({NAME})(?!['’\p{{L}}])"),
    )
    for stems, verbs in ROLE_VERBS
]


def in_bengali(name: str, pair: Pair, bengali: str, base: TermBase) -> tuple[int, int] | None:
    """Where the Bengali side has an English name, by the glossary or by the sound of its last word."""
    for entry in {match.entry for match in pair.matches} & set(base.entries):
        if any(end == len(name) for _, end in base.present(entry, name, "en")):
            return next(iter(base.present(entry, bengali, "bn")), None)
    sound = consonants(name.rsplit(maxsplit=1)[-1])
    sounds = ((span, consonants(bengali[slice(*span)].removesuffix(OBJECTIVE) or "ক")) for span in words(bengali, "bn"))
    return next((span for span, other in sounds if other == sound), None)


def exchange_roles(rng: random.Random, pair: Pair, base: TermBase) -> Broken:
    """The two names of a doer and a receiver for each other, in Bengali by their case."""
    english, bengali = (pair.source, pair.target) if pair.direction == "en-bn" else (pair.target, pair.source)
    for match in (found for stem, form in ROLES if stem.search(key(bengali)) for found in form.finditer(english)):
        does, receives = (in_bengali(match[group], pair, bengali, base) for group in (1, 2))
        if not does or not receives or not bengali[: receives[1]].endswith(OBJECTIVE):
            continue
        if bengali[: does[1]].endswith((OBJECTIVE, "র")):
            continue
        if pair.direction == "bn-en":
            between = english[match.end(1) : match.start(2)]
            return english[: match.start()] + match[2] + between + match[1] + english[match.end() :]
        taken = sorted([(does[1], 0, OBJECTIVE), (receives[1], len(OBJECTIVE), "")], reverse=True)
        for end, less, more in taken:
            bengali = bengali[: end - less] + more + bengali[end:]
        return bengali
    return None


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
    Case("doer and receiver exchanged", ("roles",), exchange_roles),
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
