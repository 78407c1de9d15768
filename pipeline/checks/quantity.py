"""Reads the numbers of a text: digits of both scripts, number words, scales, ordinals, times.

Every number becomes a set of canonical decimal strings that it may stand for, so that ১.৮৭ লাখ, 1,87,000
and 187 thousand meet in "187000". One pass over the tokens, no backtracking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import regex

from pipeline.checks.model import Side
from pipeline.checks.quantity_words import (
    added,
    bare,
    canonical,
    fraction_prefixes,
    loose_values,
    ordinal_suffixes,
    plain,
    prefixed,
    scale_words,
    scaled,
    value_words,
)  # fmt: skip
from pipeline.languages import quantities as facts

__all__ = ["Quantity", "offered", "read_quantities"]

_TOKEN: Final = regex.compile(r"[0-9]+(?:[.,:][0-9]+)*|[\p{L}\p{M}]+")
_GROUPED: Final = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3})(?:\.[0-9]+)?")
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-4])[:.]([0-5][0-9])")
_RANGE: Final = re.compile(r"\s*(?:-|~|to|and|or|থেকে|হতে|ও|বা|কিংবা|এবং)\s*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number; offsets into the key. `values` is what it may mean, `parts` what it may be split into."""

    start: int
    end: int
    values: frozenset[str]
    parts: tuple[str, ...] = ()
    digits: bool = True
    """Written in digits (or digits and a scale word); number words alone are read more loosely."""
    scale: int = 0
    """Powers of ten that scale words after it stand for."""
    ordinal: bool = False
    code: bool = False
    """Glued to Latin letters (A4, 105mm): part of a code or unit."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str

    @property
    def number(self) -> bool:
        return self.text[0] in "0123456789"


class _Reader:
    """A cursor over the tokens of one side."""

    def __init__(self, side: Side) -> None:
        self.text, self.language = side.digits, side.language
        self.tokens = [_Token(*match.span(), match[0]) for match in _TOKEN.finditer(self.text)]
        self.words, self.scales = value_words(self.language), scale_words(self.language)

    def token(self, index: int) -> _Token | None:
        return self.tokens[index] if index < len(self.tokens) else None

    def gap(self, index: int) -> str:
        """What stands between a token and the one before it."""
        return self.text[self.tokens[index - 1].end : self.tokens[index].start]

    def read(self) -> Iterator[Quantity]:
        index = 0
        while index < len(self.tokens):
            found, index = self.quantity(index)
            yield from found

    def quantity(self, index: int) -> tuple[list[Quantity], int]:
        """The number that begins at a token, if any, and the next token to look at."""
        atom = self.atom(index)
        if atom is None:
            return [], index + 1
        found, after = atom
        if len(found) > 1 or any(":" in value for value in found[0].values):
            return found, after
        return self.compound(found[0], after)

    def compound(self, first: Quantity, index: int) -> tuple[list[Quantity], int]:
        """Scale words and further numbers: ২ কোটি ৫০ লাখ, five thousand and 117, একশো তিরিশ কোটি."""
        total, index = self.group(first, index)
        last = total.scale
        while last and (found := self.next_atom(index)) is not None:
            part, after = self.group(*found)
            limit = last if part.scale else 3  # a bare year after a scale word is a number of its own
            if part.scale >= last or _whole(found[0]) > limit:
                break
            total = _sum(total, part)
            last, index = part.scale, after
        return [total], index

    def group(self, atom: Quantity, index: int) -> tuple[Quantity, int]:
        """Hundreds with what is added to them, then the larger scale words: two hundred and five thousand."""
        hundreds, after = self.scale(atom, index, only=2)
        if _is_hundreds(hundreds) and (found := self.next_atom(after)) is not None:
            part, following = found
            if _whole(part) <= 2 and self.scale(part, following, only=2)[1] == following:  # noqa: PLR2004 (below 100)
                hundreds, after = _sum(hundreds, part), following
        return self.scale(hundreds, after)

    def next_atom(self, index: int) -> tuple[Quantity, int] | None:
        """The single number that follows directly or after `and`."""
        skip = index + 1 if self._is_and(index) else index
        if skip >= len(self.tokens) or self.gap(skip).strip():
            return None
        found = self.atom(skip)
        if found is None or len(found[0]) > 1 or found[0][0].ordinal:
            return None
        return found[0][0], found[1]

    def _is_and(self, index: int) -> bool:
        token = self.token(index)
        return token is not None and token.text == "and" and self.gap(index) == " "

    def scale(self, atom: Quantity, index: int, *, only: int = 0) -> tuple[Quantity, int]:
        """Multiply by the scale words that follow, or by those of one power alone."""
        while (token := self.token(index)) is not None and self._joined(atom, token):
            power = self.scales.get(bare(token.text, self.language))
            if power is None or (only and power != only):
                break
            values = frozenset(scaled(value, power) for value in atom.values if ":" not in value)
            atom = replace(atom, end=token.end, values=values, scale=atom.scale + power, parts=())
            index += 1
        return atom, index

    def _joined(self, atom: Quantity, token: _Token) -> bool:
        """Whether only a space, a hyphen or (after a word: দু’হাজার) an apostrophe stands between."""
        gap = self.text[atom.end : token.start]
        return gap in {"", " ", "-"} or (gap == "'" and not atom.digits)

    def atom(self, index: int) -> tuple[list[Quantity], int] | None:
        """One number without scale."""
        token = self.tokens[index]
        if token.number:
            return self.numeral(index)
        prefix = fraction_prefixes().get(token.text)
        if prefix is not None:
            return self.prefixed(index, prefix)
        word = bare(token.text, self.language)
        if word not in self.words:
            return None
        value, ordinal = self.words[word]
        quantity = Quantity(token.start, token.end, frozenset({value}), digits=False, ordinal=ordinal)
        return self.decimal_word(*self.tens(quantity, index + 1))

    def tens(self, quantity: Quantity, index: int) -> tuple[Quantity, int]:
        """English twenty-five, twenty fifth."""
        token = self.token(index)
        tens = next(iter(quantity.values))
        if (
            token is None
            or self.language != "en"
            or tens not in _TENS
            or quantity.ordinal
            or self.gap(index) not in {" ", "-"}
        ):
            return quantity, index
        value, ordinal = self.words.get(token.text, ("", False))
        if len(value) != 1 or value == "0":
            return quantity, index
        total = frozenset({str(int(tens) + int(value))})
        return replace(quantity, end=token.end, values=total, ordinal=ordinal), index + 1

    def prefixed(self, index: int, add: str) -> tuple[list[Quantity], int] | None:
        """সাড়ে ৬: the word changes the number that follows it."""
        if index + 1 >= len(self.tokens) or self.gap(index + 1) != " ":
            return None
        atom = self.atom(index + 1)
        if atom is None or len(atom[0]) > 1:
            return None
        number = atom[0][0]
        values = frozenset(added(value, add) for value in number.values)
        start = self.tokens[index].start
        return [replace(number, start=start, values=values, parts=())], atom[1]

    def numeral(self, index: int) -> tuple[list[Quantity], int]:
        """A number in digits with what is glued to it."""
        token = self.tokens[index]
        following = self.token(index + 1)
        glued = following is not None and following.start == token.end and following.text.isascii()
        ordinal = self._ordinal(index)
        code = (glued and not ordinal) or self._after_latin(index)
        found = [replace(item, code=code, ordinal=ordinal) for item in _numerals(token)]
        after = index + 2 if ordinal else index + 1
        if len(found) > 1:
            return found, after
        return self.decimal_word(found[0], after)

    def _ordinal(self, index: int) -> bool:
        following = self.token(index + 1)
        if following is None or following.start - self.tokens[index].end > 1:
            return False
        if self.text[self.tokens[index].end : following.start] not in {"", " ", "-"}:
            return False
        return following.text in ordinal_suffixes(self.language)

    def _after_latin(self, index: int) -> bool:
        before = self.tokens[index - 1] if index else None
        return before is not None and before.end == self.tokens[index].start and before.text.isascii()

    def decimal_word(self, quantity: Quantity, index: int) -> tuple[list[Quantity], int]:
        """৭ দশমিক ৯, seven point nine."""
        if index + 1 >= len(self.tokens) or self.tokens[index].text not in facts.DECIMAL_WORDS[self.language]:
            return [quantity], index
        token = self.tokens[index + 1]
        value = token.text if token.number else self.words.get(bare(token.text, self.language), ("", False))[0]
        if not value.isdigit() or self.gap(index).strip() or self.gap(index + 1).strip():
            return [quantity], index
        values = frozenset(canonical(f"{whole}.{value}") for whole in quantity.values if "." not in whole)
        return [replace(quantity, end=token.end, values=values or quantity.values)], index + 2


def _whole(quantity: Quantity) -> int:
    """Digits before the point in the longest reading."""
    return max(len(value.split(".")[0]) for value in quantity.values)


def _is_hundreds(quantity: Quantity) -> bool:
    value = next(iter(quantity.values))
    hundreds = len(value) == 3 and value.endswith("00")  # noqa: PLR2004 (100 to 900)
    return hundreds and (quantity.scale == 2 or not quantity.digits)  # noqa: PLR2004 (a power of ten)


_TENS: Final = frozenset(str(value) for value in range(20, 100, 10))


def _sum(total: Quantity, part: Quantity) -> Quantity:
    values = frozenset(added(one, other) for one in total.values for other in part.values)
    return replace(total, end=part.end, values=values, digits=total.digits or part.digits)


def _numerals(token: _Token) -> list[Quantity]:
    """What a run of digits, points, commas and colons stands for; several numbers when it groups nothing."""
    text = token.text
    if text.isdigit():
        return [Quantity(token.start, token.end, frozenset({canonical(text)}))]
    time = _TIME.fullmatch(text) if len(text) <= len("23:59") else None
    if ":" in text and time is not None:
        return [_time(token, time)]
    if _GROUPED.fullmatch(text):
        return [Quantity(token.start, token.end, frozenset({canonical(text.replace(",", ""))}))]
    if text.count(".") == 1 and "," not in text and ":" not in text:
        values = frozenset({canonical(text)})
        parts = (canonical(time[1]), canonical(time[2])) if time is not None else ()
        return [Quantity(token.start, token.end, values, parts)]
    return [
        Quantity(token.start + match.start(), token.start + match.end(), frozenset({canonical(match[0])}))
        for match in re.finditer(r"[0-9]+", text)
    ]


def _time(token: _Token, match: re.Match[str]) -> Quantity:
    """09:30 is 9:30, 0930, half past nine, and 21:30 on a twelve-hour clock."""
    hour, minute = int(match[1]), int(match[2])
    values = {f"{hour}:{minute:02}", f"{hour % 12}:{minute:02}", f"{(hour + 12) % 24}:{minute:02}"}
    values.add(canonical(f"{hour}{minute:02}"))
    for shown in {hour, hour % 12 or 12}:
        values |= {canonical(f"{shown}.{minute:02}"), plain(Decimal(shown) + Decimal(minute * 100 // 60) / 100)}
        if not minute:
            values.add(str(shown))
    return Quantity(token.start, token.end, frozenset(values), (str(hour % 12 or 12), str(minute)))


def read_quantities(side: Side) -> tuple[Quantity, ...]:
    """Every number of a side in order, spans in its key; read once for all checks."""
    if "quantities" not in side.memo:
        side.memo["quantities"] = _all_quantities(side)
    quantities: tuple[Quantity, ...] = side.memo["quantities"]
    return quantities


def _all_quantities(side: Side) -> tuple[Quantity, ...]:
    """Numbers one by one, then ranges: in 5-6 million both ends are millions."""
    found = list(_Reader(side).read())
    for index in range(len(found) - 1):
        one, two = found[index], found[index + 1]
        if two.scale and not one.scale and _RANGE.fullmatch(side.digits, one.end, two.start):
            larger = frozenset(scaled(value, two.scale) for value in one.values if ":" not in value)
            found[index] = replace(one, values=one.values | larger)
    return tuple(found)


_DATE_YEAR: Final = re.compile(r"(1[0-9]|20)[0-9]{2}")


def offered(side: Side, quantities: tuple[Quantity, ...]) -> frozenset[str]:
    """Every value that a side can answer for, words with a number inside included; read once for all checks."""
    if "offered" not in side.memo:
        side.memo["offered"] = _all_offered(side, quantities)
    values: frozenset[str] = side.memo["offered"]
    return values


def _all_offered(side: Side, quantities: tuple[Quantity, ...]) -> frozenset[str]:
    """Values of the numbers, and what words beside them stand for."""
    values: set[str] = set()
    for quantity in quantities:
        values |= quantity.values
        values.update(quantity.parts)
        values.update(_year_forms(side, quantity))
    loose, scales = loose_values(side.language), scale_words(side.language)
    for match in _TOKEN.finditer(side.digits):
        word = bare(match[0], side.language)
        values.update(str(value) for value in loose.get(word, loose.get(match[0], ())))
        if side.language == "bn":
            values.update(prefixed(match[0]))
        if word in scales:
            values.add(scaled("1", scales[word]))
    return frozenset(values)


def _year_forms(side: Side, quantity: Quantity) -> Iterator[str]:
    """১৯৭১ answers for '71, 1995-96 for 1996, the 1800s for the 19th century."""
    for value in quantity.values:
        if _DATE_YEAR.fullmatch(value):
            yield canonical(value[2:])
            if value.endswith("00"):
                yield str(int(value[:2]) + 1)
    before = side.digits[max(0, quantity.start - 5) : quantity.start]
    short = side.digits[quantity.start : quantity.end]
    if len(short) == 2 and short.isdigit():  # noqa: PLR2004 (the two last digits of a year)
        if _DATE_YEAR.match(before) and before[-1] in "-/":
            yield before[:2] + short
        else:
            yield f"19{short}"
