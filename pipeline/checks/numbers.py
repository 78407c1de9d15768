"""Numbers, percentages, money, units and codes: what a translation must carry over digit for digit."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from sys import maxsize
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Seen, Side, Span, View
from pipeline.checks.quantity import Quantity, offered, read_quantities
from pipeline.checks.quantity_words import bare
from pipeline.languages import quantities as facts
from pipeline.records import Language
from pipeline.text import key, to_ascii_digits

__all__ = ["codes", "money", "number_words", "numbers", "percentages", "units"]


def _shown(side: Side, quantity: Quantity) -> str:
    return side.text[slice(*side.span(quantity.start, quantity.end))]


def _answered(quantity: Quantity, values: frozenset[str]) -> bool:
    if quantity.values & values:
        return True
    return bool(quantity.parts) and all(part in values for part in quantity.parts)


def _unanswered(side: Side, other: Side) -> tuple[list[Quantity], list[Quantity]]:
    """Numbers in digits of a side that the other side does not answer; and those of the other side."""
    here, there = read_quantities(side), read_quantities(other)
    offers = offered(side, here), offered(other, there)
    codes_here, codes_there = _code_spans(side), _code_spans(other)
    lost = [one for one in here if one.digits and not _inside(one, codes_here) and not _answered(one, offers[1])]
    new = [one for one in there if one.digits and not _inside(one, codes_there) and not _answered(one, offers[0])]
    return lost, new


def _inside(quantity: Quantity, spans: list[Span]) -> bool:
    """Whether a number is part of one of some spans, which are in order and apart."""
    index = bisect_right(spans, (quantity.start, maxsize)) - 1
    return index >= 0 and quantity.end <= spans[index][1]


def numbers(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Numbers differ between source and translation.

    Digits of both scripts, Indian and Western grouping, লাখ and কোটি against million and billion, decimals,
    ordinals, number words: compared by value.
    """
    del config
    lost, new = _unanswered(view.source, view.target)
    for index in range(max(len(lost), len(new))):
        one = lost[index] if index < len(lost) else None
        other = new[index] if index < len(new) else None
        yield _difference(view, one, other)


def _difference(view: View, one: Quantity | None, other: Quantity | None) -> Seen:
    here = _shown(view.source, one) if one else ""
    there = _shown(view.target, other) if other else ""
    if one and other:
        message = f"{here} in the source, {there} in the translation."
    else:
        message = f"{here} is missing from the translation." if one else f"{there} has no counterpart in the source."
    return Seen(
        message,
        view.source.span(one.start, one.end) if one else None,
        view.target.span(other.start, other.end) if other else None,
        {
            "source": here,
            "target": there,
            "source_values": sorted(one.values) if one else [],
            "target_values": sorted(other.values) if other else [],
        },
    )


def number_words(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A number word is missing or became another number.

    Speaks of cardinals from three and ordinals from two; one, two and words that are often something else
    come and go in right translations (দুই নেতা, "the leaders"; নয়, "not").
    """
    here, there = read_quantities(view.source), read_quantities(view.target)
    offers = offered(view.source, here), offered(view.target, there)
    lost = [one for one in here if _said(view.source, one, config) and not _answered(one, offers[1])]
    new = [one for one in there if _said(view.target, one, config) and not _answered(one, offers[0])]
    for index in range(max(len(lost), len(new))):
        one = lost[index] if index < len(lost) else None
        yield _difference(view, one, new[index] if index < len(new) else None)


def _said(side: Side, quantity: Quantity, config: CheckConfig) -> bool:
    """Whether a number in words must be carried over."""
    word = side.digits[quantity.start : quantity.end]
    if quantity.digits or word in _homographs() or bare(word, side.language) in _homographs() or word == "second":
        return False
    least = config.least_ordinal_word if quantity.ordinal else config.least_number_word
    return all(len(value) > 1 or int(value) >= least for value in quantity.values)


@cache
def _homographs() -> frozenset[str]:
    return frozenset(key(word) for word in facts.BENGALI_HOMOGRAPHS)


@cache
def _marker(language: Language) -> regex.Pattern[str]:
    forms = sorted((key(form) for form in facts.PERCENT[language]), key=len, reverse=True)
    return regex.compile(r"(?<![\p{L}\p{M}])(?:" + "|".join(regex.escape(form) for form in forms) + ")")


def percentages(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A percentage is no percentage any more.

    Counts percent signs and words that follow (or শতকরা, that precedes) a number; ভাগ alone only excuses.
    """
    del config
    here, there = _percents(view.source), _percents(view.target)
    if here and not there and not _marker(view.target.language).search(view.target.digits):
        span = here[0]
        yield Seen(
            "The percent sign is missing from the translation.", view.source.span(*span), None, {"source": len(here)}
        )
    elif there and not here and not _marker(view.source.language).search(view.source.digits):
        span = there[0]
        yield Seen("The source has no percentage.", None, view.target.span(*span), {"target": len(there)})


def _percents(side: Side) -> list[Span]:
    """Spans of numbers with a percent sign."""
    found = []
    for quantity in read_quantities(side):
        after = side.digits[quantity.end : quantity.end + 14].lstrip(" -")
        if after.startswith(_firm(side.language)):
            found.append((quantity.start, quantity.end))
    return found


@cache
def _firm(language: Language) -> tuple[str, ...]:
    return tuple(key(form) for form in facts.PERCENT[language] if form not in {"ভাগ", "শতকরা", "percentage"})


@cache
def _currency_forms(language: Language) -> Mapping[str, tuple[str, ...]]:
    """Form → the currencies it may mean."""
    table: dict[str, list[str]] = {}
    for currency, forms in facts.CURRENCIES.items():
        for form in forms[language]:
            table.setdefault(key(form), []).append(currency)
    return {form: tuple(names) for form, names in table.items()}


@cache
def _currency_pattern(language: Language) -> regex.Pattern[str]:
    words = [form for form in _currency_forms(language) if form[0].isalpha()]
    signs = [form for form in _currency_forms(language) if not form[0].isalpha()]
    tail = r"s?(?![\p{L}\p{M}])" if language == "en" else ""
    words.sort(key=len, reverse=True)
    return regex.compile(
        r"(?<![\p{L}\p{M}])("
        + "|".join(words)
        + ")"
        + tail
        + "|(["
        + "".join(regex.escape(sign) for sign in signs)
        + "])"
    )


def _currencies(side: Side) -> dict[str, tuple[Span, tuple[str, ...]]]:
    """Form → (first span, currencies that it may mean)."""
    found: dict[str, tuple[Span, tuple[str, ...]]] = {}
    table = _currency_forms(side.language)
    for match in _currency_pattern(side.language).finditer(side.digits):
        form = match[1] or match[2]
        found.setdefault(form, (match.span(), table[form]))
    return found


def _priced(side: Side) -> Iterator[tuple[Quantity, frozenset[str], Span]]:
    """Numbers with the currency written directly before or after them."""
    pattern, table = _currency_pattern(side.language), _currency_forms(side.language)
    places = {match.start(): match for match in pattern.finditer(side.digits)}
    ends = {match.end(): match for match in places.values()}
    for quantity in read_quantities(side):
        after = _NATIONAL.match(side.digits, quantity.end)
        place = after.end() if after else quantity.end
        match = places.get(place) or ends.get(quantity.start) or ends.get(quantity.start - 1)
        if match is not None:
            span = min(match.start(), quantity.start), max(match.end(), quantity.end)
            yield quantity, frozenset(table[match[1] or match[2]]), span


_NATIONAL: Final = regex.compile(r"[ -]?(?:(?:us|u\.s\.|american|canadian|মার্কিন|ভারতীয়|আমেরিকান|কানাডীয়) )?")


def money(view: View, config: CheckConfig) -> Iterator[Seen]:
    """One currency became another.

    A currency that is only left out is often right ("$5–6 million" once for both). Two are compared where the
    same number has them, or where neither side has any of the other's.
    """
    del config
    there = _by_value(_priced(view.target))
    for one, names, span in _priced(view.source):
        same = [found for value in one.values for found in there.get(value, ())]
        if same and not any(names & other for other, _ in same):
            yield _exchanged(view, span, same[0][1])
            return
    lost, new = _lone_currencies(view)
    if lost and new:
        yield _exchanged(view, lost[0], new[0])


def _by_value(found: Iterable[tuple[Quantity, frozenset[str], Span]]) -> dict[str, list[tuple[frozenset[str], Span]]]:
    """What is measured, by each value of its number; equal measures once."""
    table: dict[str, dict[frozenset[str], Span]] = {}
    for quantity, names, span in found:
        for value in quantity.values:
            table.setdefault(value, {}).setdefault(names, span)
    return {value: list(measures.items()) for value, measures in table.items()}


def _lone_currencies(view: View) -> tuple[list[Span], list[Span]]:
    """Currencies of each side that the other does not know."""
    here, there = _currencies(view.source), _currencies(view.target)
    known_here = {name for _, names in here.values() for name in names}
    known_there = {name for _, names in there.values() for name in names}
    lost = [span for span, names in here.values() if not known_there.intersection(names)]
    new = [span for span, names in there.values() if not known_here.intersection(names)]
    return lost, new


def _exchanged(view: View, here: Span, there: Span) -> Seen:
    spans = view.source.span(*here), view.target.span(*there)
    shown = view.source.text[slice(*spans[0])], view.target.text[slice(*spans[1])]
    return Seen(
        f"{shown[0]} in the source, {shown[1]} in the translation.", *spans, {"source": shown[0], "target": shown[1]}
    )


@cache
def _unit_pattern(language: Language) -> regex.Pattern[str]:
    forms = sorted(_unit_forms(language), key=len, reverse=True)
    tail = r"s?(?![\p{L}\p{M}])" if language == "en" else r"(?=[^A-Za-z]|$)"
    return regex.compile(
        r"[ -]?(?:square |cubic |বর্গ ?|ঘন ?|কিউবিক |স্কয়ার )?("
        + "|".join(regex.escape(form) for form in forms)
        + ")"
        + tail
    )


@cache
def _unit_forms(language: Language) -> Mapping[str, str]:
    return {key(form): unit for unit, forms in facts.UNITS.items() for form in forms[language]}


def _measured(side: Side) -> Iterator[tuple[Quantity, frozenset[str], Span]]:
    """Numbers with the unit written directly after them."""
    for quantity in read_quantities(side):
        match = _unit_pattern(side.language).match(side.digits, quantity.end)
        if match is not None:
            yield quantity, frozenset({_unit_forms(side.language)[match[1]]}), (quantity.start, match.end())


def units(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A number keeps its value and changes its unit.

    Compares only numbers that stand directly before a unit on both sides, so a converted measure
    (5 miles, ৮ কিমি) is left to the check of numbers.
    """
    del config
    there = _by_value(_measured(view.target))
    for one, names, span in _measured(view.source):
        same = [found for value in one.values for found in there.get(value, ())]
        if same and all(names != other for other, _ in same):
            yield _exchanged(view, span, same[0][1])


_CODE: Final = re.compile(
    r"(?P<link>(?:https?://|www\.)[^\s।,;()<>\"']++|(?<![\w.+-])[\w.+-]{1,64}+@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++)"
    r"|(?P<phone>\+?[0-9]{2,5}(?:[ -][0-9]{2,7}){2,5}(?![0-9])|\+[0-9]{8,15}(?![0-9]))"
    r"|(?P<code>(?<![A-Za-z0-9@#-])(?=[A-Z0-9])(?=[A-Z0-9-]{0,40}[A-Z])(?=[A-Z-]{0,40}[0-9])"
    r"[A-Z0-9]{1,12}(?:-[A-Z0-9]{1,12}){0,3}(?![A-Za-z0-9]))"
)
_DIGIT_RUN: Final = re.compile(r"[0-9]+")


def _codes(side: Side) -> Iterator[tuple[str, str, Span]]:
    """Kind, code and span of every link, address, phone-like and code-like string."""
    for match in _CODE.finditer(to_ascii_digits(side.key)):
        kind = match.lastgroup or "code"
        if kind != "phone" or (len(re.sub(r"[^0-9]", "", match[0])) >= 7 and not _dated(match[0])):  # noqa: PLR2004
            yield kind, match[0].rstrip(".-"), match.span()


def _dated(text: str) -> bool:
    """2025-03-05 and ranges of years are no phone numbers."""
    return (
        re.fullmatch(r"(?:1[0-9]|20)[0-9]{2}[ -][0-9]{1,4}(?:[ -][0-9]{1,4})*|.*[ -](?:1[89]|20)[0-9]{2}", text)
        is not None
    )


def _code_spans(side: Side) -> list[Span]:
    return [span for kind, _, span in _codes(side) if kind != "code"]


def codes(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A code, phone number or address is not kept.

    105mm, COVID-19 and A1GP may change script, never their digits; links, addresses and phone numbers must
    stand as they are.
    """
    del config
    target = to_ascii_digits(view.target.key).lower()
    runs = set(_DIGIT_RUN.findall(target))
    squeezed = re.sub(r"[^0-9a-z+@./:\u0980-\u09ff]", "", target)
    for kind, code, span in _codes(view.source):
        if kind == "code":
            kept = set(_DIGIT_RUN.findall(code)) <= runs or code.lower().replace("-", "") in squeezed
        else:
            kept = re.sub(r"[^0-9a-z+@./:\u0980-\u09ff]", "", code.lower()) in squeezed
        if not kept:
            yield Seen(
                f"{code} is not in the translation.", view.source.span(*span), None, {"kind": kind, "code": code}
            )
