"""What makes two source texts differ in meaning although they look alike: numbers, dates, negations, terms.

Everything is judged on the words that one text has and the other lacks, so that a memory match is flagged
for what it would get wrong and for nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from typing import Final, Protocol

import regex

from pipeline.languages import facts, negations, quantities
from pipeline.records import Direction, Language
from pipeline.text import key, to_ascii_digits, words

__all__ = ["Occurrence", "TermFinder", "differences", "exact_key", "fold_key"]

_SPACE: Final = re.compile(r"\s+")
_DIGIT: Final = re.compile("[0-9]")


class Occurrence(Protocol):
    """A term found in a text."""

    @property
    def entry(self) -> str:
        """Glossary id."""
        ...


class TermFinder(Protocol):
    """What is asked of a term base (`pipeline.termbase.TermBase` answers it)."""

    def find(self, text: str, language: Language, *, direction: Direction | None = None) -> Sequence[Occurrence]:
        """Occurrences of terms in a text."""
        ...


def exact_key(text: str) -> str:
    """Equal for two texts that are the same sentence: spelling of characters, digits and spaces unified."""
    return _SPACE.sub(" ", to_ascii_digits(key(text))).strip()


def fold_key(exact: str) -> str:
    """The form that similarity is measured on: `exact_key` without letter case."""
    return exact.lower()


def differences(one: str, other: str, language: Language, terms: TermFinder | None = None) -> tuple[str, ...]:
    """Names of what differs in meaning between two texts of one language: number, date, negation, term.

    Args:
        one: a source text.
        other: another.
        language: of both.
        terms: term base to look glossary terms up in, when there is one.
    """
    left, right = _words(one, language), _words(other, language)
    apart = [*(left - right).elements(), *(right - left).elements()]
    flags = []
    if _numbers(one) != _numbers(other) or any(_is_number(word, language) for word in apart):
        flags.append("number")
    if any(word in _calendar(language) for word in apart):
        flags.append("date")
    if any(_is_negative(word, language) for word in apart):
        flags.append("negation")
    if terms is not None and _terms(one, language, terms) != _terms(other, language, terms):
        flags.append("term")
    return tuple(flags)


def _words(text: str, language: Language) -> Counter[str]:
    plain = fold_key(exact_key(text))
    return Counter(plain[start:end] for start, end in words(plain, language))


_NUMBER: Final = re.compile(r"[0-9]+(?:[.,:/-][0-9]+)*")


def _numbers(text: str) -> Counter[str]:
    """Numbers written in digits, without the commas that group them."""
    return Counter(number.replace(",", "") for number in _NUMBER.findall(exact_key(text)))


def _terms(text: str, language: Language, terms: TermFinder) -> Counter[str]:
    return Counter(hit.entry for hit in terms.find(text, language))


@cache
def _number_words(language: Language) -> frozenset[str]:
    if language == "en":
        named: Collection[str] = {*quantities.ENGLISH_CARDINALS, *quantities.ENGLISH_ORDINALS}
    else:
        spelt = "|".join(quantities.BENGALI_CARDINALS).split("|")
        named = {*spelt, *quantities.BENGALI_ORDINALS, *quantities.BENGALI_MIXED, *quantities.BENGALI_FRACTION_PREFIXES}
    return frozenset(fold_key(exact_key(word)) for word in (*named, *quantities.SCALES[language]))


def _is_number(word: str, language: Language) -> bool:
    """Whether a word (as a fold key) says a number; Bengali counting suffixes are allowed for."""
    if _DIGIT.search(word):
        return False  # judged as digits, whatever is attached to them
    known = _number_words(language)
    if word in known or language == "en":
        return word in known
    stems = (word.removesuffix(suffix) for suffix in quantities.BENGALI_COUNT_SUFFIXES)
    return any(stem in known for stem in stems)


@cache
def _calendar(language: Language) -> frozenset[str]:
    known = facts(language)
    return frozenset(fold_key(exact_key(name)) for name in (*known.months, *known.weekdays))


# The verb with its negative joined to it. The second Bengali form is the first person (করিনি, পারিনি), which a
# word of two letters (তিনি, চিনি) is not.
_NEGATIVE_FORMS: Final[dict[Language, regex.Pattern[str]]] = {
    "bn": regex.compile(rf"[\p{{L}}\p{{M}}](?:{negations.BENGALI_VERB_NEGATION})$|[\p{{L}}\p{{M}}]{{2,}}িনি$"),
    "en": regex.compile("n't$"),
}
# Not in every sentence a denial, but never without consequence when one of two sentences has it.
_CONDITIONS: Final[dict[Language, frozenset[str]]] = {
    "bn": frozenset({"ছাড়া", "ছাড়াই", "ব্যতীত", "বিনা", "নইলে"}),
    "en": frozenset({"without", "unless", "except", "hardly", "barely"}),
}


def _is_negative(word: str, language: Language) -> bool:
    if word in negations.WORDS[language] or word in _CONDITIONS[language]:
        return True
    return bool(_NEGATIVE_FORMS[language].search(word))
