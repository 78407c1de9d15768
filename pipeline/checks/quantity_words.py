"""Number words as the reader of numbers looks them up: match keys to values, endings, decimal strings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Final

import regex

from pipeline.languages import quantities as facts
from pipeline.records import Language
from pipeline.text import key

__all__ = [
    "added", "bare", "canonical", "fraction_prefixes", "loose_values", "ordinal_suffixes", "plain", "prefixed",
    "scale_words", "scaled", "value_words",
]  # fmt: skip

_LONGEST_WORD: Final = 24  # number word with its suffixes, in code points
_MAX_DIGITS: Final = 40  # longer strings are codes, compared as they stand
_ENDING: Final = regex.compile(key(r"(?:[েওইর]{0,3}|ের[ওই]?|খানেক|টার?|টায়|গুণ|য়)"))


def canonical(text: str) -> str:
    """The decimal string of a number without grouping, sign or needless zeros."""
    if len(text) > _MAX_DIGITS:
        return text
    try:
        return plain(Decimal(text))
    except InvalidOperation:
        return text


def plain(value: Decimal) -> str:
    """Without needless zeros and without an exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(value: str, power: int) -> str:
    """A decimal string times a power of ten."""
    return value if len(value) > _MAX_DIGITS else plain(Decimal(value).scaleb(power))


def added(one: str, other: str) -> str:
    """The sum of two decimal strings."""
    return one + other if len(one) + len(other) > _MAX_DIGITS else plain(Decimal(one) + Decimal(other))


@cache
def value_words(language: Language) -> Mapping[str, tuple[str, bool]]:
    """Number word (match key) → (value, is ordinal)."""
    if language == "en":
        table = {word: (str(value), False) for word, value in facts.ENGLISH_CARDINALS.items()}
        return table | {word: (str(value), True) for word, value in facts.ENGLISH_ORDINALS.items()}
    table = {
        key(form): (str(value), False)
        for value, forms in enumerate(facts.BENGALI_CARDINALS)
        for form in forms.split("|")
    }
    table |= {key(word): (value, False) for word, value in facts.BENGALI_MIXED.items()}
    table |= {
        word + key(hundred): (scaled(value, 2), False)
        for word, (value, _) in table.items()
        if len(value.split(".")[0]) == 1 and value != "0"
        for hundred in ("শ", "শো", "শত")
    }
    return table | {key(word): (str(value), True) for word, value in facts.BENGALI_ORDINALS.items()}


@cache
def _suffixes() -> tuple[str, ...]:
    return tuple(sorted({key(suffix) for suffix in facts.BENGALI_COUNT_SUFFIXES}, key=len, reverse=True))


@cache
def _bases(language: Language) -> frozenset[str]:
    return frozenset(value_words(language)) | frozenset(scale_words(language)) | frozenset(loose_values(language))


@cache
def scale_words(language: Language) -> Mapping[str, int]:
    """Scale word (match key) → power of ten."""
    return {key(word): power for word, power in facts.SCALES[language].items()}


@cache
def fraction_prefixes() -> Mapping[str, str]:
    """Bengali word → what it adds to the number after it."""
    return {key(word): value for word, value in facts.BENGALI_FRACTION_PREFIXES.items()}


@cache
def ordinal_suffixes(language: Language) -> frozenset[str]:
    """What makes the digits before it an ordinal."""
    if language == "en":
        return frozenset({"st", "nd", "rd", "th"})
    return frozenset(key(suffix) for suffix in facts.BENGALI_ORDINAL_SUFFIXES)


@cache
def loose_values(language: Language) -> Mapping[str, tuple[int, ...]]:
    """Words that excuse a number → the numbers."""
    table = facts.BENGALI_LOOSE if language == "bn" else facts.ENGLISH_LOOSE
    return {key(word): values for word, values in table.items()}


@cache
def _prefixes() -> Mapping[str, str]:
    table = {key(word): str(value) for word, value in facts.BENGALI_NUMBER_PREFIXES.items()}
    numbers = {word: value for word, (value, _) in value_words("bn").items() if len(word) > 2}  # noqa: PLR2004 (not এক, দু)
    return numbers | table


def bare(word: str, language: Language) -> str:
    """A Bengali number or scale word without classifier and case ending; otherwise the word."""
    if language == "en" or word in _bases(language):
        return word
    if len(word) > _LONGEST_WORD or word.startswith(facts.BENGALI_CENTURY):
        return word
    for end in range(len(word) - 1, 0, -1):
        if word[:end] in _bases(language) and _is_ending(word[end:]):
            return word[:end]
    return word


@cache
def _is_ending(rest: str) -> bool:
    """Whether letters after a number word are endings that leave its value."""
    for suffix in _suffixes():
        if rest.startswith(suffix) and _ENDING.fullmatch(rest[len(suffix) :]):
            return True
    return _ENDING.fullmatch(rest) is not None


def prefixed(word: str) -> Iterator[str]:
    """Numbers that a Bengali word begins with: চারঘন্টার, দ্বিপাক্ষিক."""
    for end in range(3, min(len(word), _LONGEST_WORD) + 1):
        if word[:end] in _prefixes():
            yield _prefixes()[word[:end]]
