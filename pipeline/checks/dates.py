"""Dates of both languages in every order, weekdays, and the contradiction between the two."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Seen, Side, Span, View
from pipeline.languages import facts
from pipeline.languages.quantities import BENGALI_ORDINAL_SUFFIXES
from pipeline.records import Language
from pipeline.text import key

__all__ = ["Date", "dates", "read_dates", "weekday_dates", "weekday_names", "weekdays"]


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date as written; offsets into the key. Day and year are None where they are not said."""

    start: int
    end: int
    month: int
    day: int | None = None
    year: int | None = None
    several: bool = False
    """The day is one end of a range or one of several (২২-২৪ অক্টোবর): it proves nothing."""


# Names that are common words as well need a number beside them (May, March, মে).
_AMBIGUOUS: Final = frozenset({"may", "march", "mar", "মে", "sun", "sat", "mon", "sep", "jun", "জুন"})


def _alternatives(names: Mapping[str, int]) -> str:
    return "|".join(regex.escape(name) for name in sorted(names, key=len, reverse=True))


@cache
def _months(language: Language) -> Mapping[str, int]:
    return {key(name).lower(): number for name, number in facts(language).months.items()}


_DAY: Final = r"3[01]|[12][0-9]|0?[1-9]"
_ISO: Final = (
    r"(?<![0-9-])(?P<isoyear>(?:1[0-9]|20)[0-9]{2})-(?P<isomonth>0[1-9]|1[0-2])"
    r"-(?P<isoday>0[1-9]|[12][0-9]|3[01])(?![0-9-])"
)
_YEAR: Final = r"(?(yearb)|(?:,? (?:of |in )?(?P<year>(?:1[0-9]|20)[0-9]{2})(?![0-9]))?)"  # unless it stood before


@cache
def _pattern(language: Language) -> regex.Pattern[str]:
    """A month's name with the day before or after it and the year around, or a numeric date."""
    month = rf"(?<![\p{{L}}\p{{M}}])(?P<month>{_alternatives(_months(language))})"
    named = _bengali(month) if language == "bn" else _english(month)
    return regex.compile(f"{_ISO}|{named}{_YEAR}")


def _bengali(month: str) -> str:
    """২০২৪ সালের ৪ঠা জুলাই; ৪ জুলাই; জুলাই ৪, ২০২৪; জুলাইয়ের."""
    ordinal = "|".join(sorted((key(suffix) for suffix in BENGALI_ORDINAL_SUFFIXES), key=len, reverse=True))
    before = r"(?:(?P<yearb>(?:1[0-9]|20)[0-9]{2}) ?(?:সালের|সনের|এর|-এর|-র|সাল,?) ?)?"
    day = rf"(?:(?<![0-9.,])(?P<day>{_DAY})(?: ?-?'?(?:{ordinal}))?,? ?)?"
    ending = key(r"(?:ের|র|ে|তে|কে|য়ের|য়ে|য়|ও|ই|মাসে|মাসের)?(?![\p{L}\p{M}])")
    after = rf"(?:,? (?P<dayb>{_DAY})(?: ?(?:{ordinal})(?![\p{{L}}\p{{M}}])|(?=, ?[0-9]{{4}})))?"
    return before + day + month + ending + after


def _english(month: str) -> str:
    """4 July; 4th of July; July 4, 2024; July the 4th."""
    before = rf"(?P<yearb>(?!))?(?:(?<![0-9.,])(?P<day>{_DAY})(?:st|nd|rd|th)?(?: of)? )?"
    after = rf"(?: (?:the )?(?P<dayb>{_DAY})(?:st|nd|rd|th)?(?![0-9:]|[.,][0-9]|%))?"
    return before + month + r"\.?(?![\p{L}])" + after


def read_dates(side: Side) -> list[Date]:
    """Every date with a month in a side, in order."""
    return [date for match in _pattern(side.language).finditer(side.digits) if (date := _date(side, match)) is not None]


def _date(side: Side, match: regex.Match[str]) -> Date | None:
    if match["isoyear"]:
        return Date(*match.span(), int(match["isomonth"]), int(match["isoday"]), int(match["isoyear"]))
    day, year = match["day"] or match["dayb"], match["yearb"] or match["year"]
    name = match["month"]
    if name in _AMBIGUOUS and not (day or year or _surely_month(side, match)):
        return None
    if side.language == "en" and not side.key[match.start("month")].isupper():
        return None
    month = _months(side.language)[name]
    several = _MORE_BEFORE.search(side.digits, max(0, match.start() - 12), match.start()) is not None
    several = several or _MORE_AFTER.match(side.digits, match.end()) is not None
    return Date(*match.span(), month, int(day) if day else None, int(year) if year else None, several)


_MORE_BEFORE: Final = regex.compile(r"[0-9](?:st|nd|rd|th)?[^0-9\p{Latin}]{0,4}(?:-|,|to|and|থেকে|ও|এবং|বা|or)\s?$")
_MORE_AFTER: Final = regex.compile(r"\s?(?:-|,|to|and|থেকে|ও|এবং|বা|or)\s?[0-9]{1,2}(?![0-9:])")
_IN: Final = regex.compile(r"\b(?:in|since|until|till|by|from|of|last|next|this|early|late|mid|and|to)[ -]$")


def _surely_month(side: Side, match: regex.Match[str]) -> bool:
    """Whether the words around show that May or মে is the month."""
    start, end = match.span("month")
    if side.language == "en":
        return side.key[start].isupper() and _IN.search(side.digits, max(0, start - 8), start) is not None
    return side.digits.startswith((" মাস", "-র", " থেকে", "-জুন"), end)


def _shown(side: Side, date: Date) -> str:
    return side.text[slice(*side.span(date.start, date.end))].strip()


def dates(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A date became another date.

    Compares months, and day with month where both sides say both; order, language and digits are free.
    """
    del config
    here, there = _distinct(read_dates(view.source)), _distinct(read_dates(view.target))
    lost = [one for one in here if not any(_agrees(one, other) for other in there)]
    new = [other for other in there if not any(_agrees(one, other) for one in here)]
    if not (lost and new):
        return
    for one, other in zip(lost, new, strict=False):
        shown = _shown(view.source, one), _shown(view.target, other)
        yield Seen(
            f"{shown[0]} in the source, {shown[1]} in the translation.",
            view.source.span(one.start, one.end),
            view.target.span(other.start, other.end),
            {"source": _parts(one), "target": _parts(other)},
        )


def _distinct(found: list[Date]) -> list[Date]:
    """Each date once: a long text repeats few."""
    return list({(date.year, date.month, date.day, date.several): date for date in reversed(found)}.values())[::-1]


def _agrees(one: Date, other: Date) -> bool:
    """The same month, and nothing said on both sides that differs."""
    days = one.day is None or other.day is None or one.several or other.several or one.day == other.day
    years = one.year is None or other.year is None or one.year == other.year
    return one.month == other.month and days and years


def _parts(date: Date) -> dict[str, int | None]:
    return {"year": date.year, "month": date.month, "day": date.day}


@cache
def _weekday_pattern(language: Language) -> regex.Pattern[str]:
    names = {key(name).lower(): number for name, number in facts(language).weekdays.items()}
    if language == "bn":
        full = {name: number for name, number in names.items() if name.endswith("বার")}
        short = "|".join(sorted(set(names) - set(full), key=len, reverse=True))
        joined = (
            rf"(?:{short})(?=(?:[,-] ?| ও | বা | এবং | থেকে )(?:(?:{short})[, ওবাএং-]{{1,6}})?(?:{_alternatives(full)}))"
        )
        tail = r"(?:ের|ে|কে|টি|ও|ই)?(?:ও|ই)?(?![\p{L}\p{M}])"
        return regex.compile(rf"(?<![\p{{L}}\p{{M}}])(?P<day>{_alternatives(full)}|{joined}){tail}")
    return regex.compile(rf"(?<![\p{{L}}])(?P<day>{_alternatives(names)})(?:'?s)?(?![\p{{L}}])")


def weekday_names(side: Side) -> list[tuple[Span, int]]:
    """Spans in the key and ISO numbers of the weekdays of a side."""
    numbers = {key(name).lower(): number for name, number in facts(side.language).weekdays.items()}
    found = []
    for match in _weekday_pattern(side.language).finditer(side.digits):
        name = match["day"]
        if side.language == "en" and not _names_day(side, match):
            continue
        found.append((match.span(), numbers[name]))
    return found


def _names_day(side: Side, match: regex.Match[str]) -> bool:
    """English weekdays are written large; their short forms (Sun, Sat) stand before a point or a date."""
    if not side.key[match.start()].isupper():
        return False
    return match["day"].endswith("day") or _before_date().match(side.digits, match.end("day")) is not None


@cache
def _before_date() -> regex.Pattern[str]:
    return regex.compile(rf"[., (]{{1,3}}(?:[0-9]|(?:{_alternatives(_months('en'))})\b)")


def weekdays(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A weekday became another weekday, or is missing."""
    del config
    here, there = weekday_names(view.source), weekday_names(view.target)
    known_here, known_there = {number for _, number in here}, {number for _, number in there}
    lost = [span for span, number in here if number not in known_there]
    new = [span for span, number in there if number not in known_here]
    for index in range(max(len(lost), len(new))):
        one = view.source.span(*lost[index]) if index < len(lost) else None
        other = view.target.span(*new[index]) if index < len(new) else None
        here_text = view.source.text[slice(*one)] if one else ""
        there_text = view.target.text[slice(*other)] if other else ""
        if one and other:
            message = f"{here_text} in the source, {there_text} in the translation."
        else:
            message = (
                f"{here_text} is missing from the translation." if one else f"The source does not say {there_text}."
            )
        yield Seen(message, one, other, {"source": here_text, "target": there_text})


_BETWEEN: Final = regex.compile(r"[\s,(\[-]{1,4}(?:the )?")
_AFTER: Final = regex.compile(r"[\s,(\[-]{1,4}(?:a )?")


def weekday_dates(side: Side) -> Iterator[Seen]:
    """A weekday does not fall on the date beside it.

    Only a full date with nothing but a comma, bracket or space between it and the weekday is compared, by
    the Gregorian calendar. Spans are given as source spans: the check reads one text.
    """
    names = weekday_names(side)
    full = [date for date in read_dates(side) if date.day and date.year]
    starts = [date.start for date in full]
    for (start, end), said in names:
        near = bisect_left(starts, end)
        for date in full[max(0, near - 1) : near + 1]:
            before = _BETWEEN.fullmatch(side.digits, end, date.start) if end <= date.start <= end + 8 else None
            after = _AFTER.fullmatch(side.digits, date.end, start) if date.end <= start <= date.end + 6 else None
            if before or after:
                yield from _contradiction(side, date, (min(start, date.start), max(end, date.end)), said)


_ENGLISH: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _contradiction(side: Side, date: Date, span: Span, said: int) -> Iterator[Seen]:
    try:
        true = dt.date(date.year or 1, date.month, date.day or 1)
    except ValueError:
        yield Seen(f"{_shown(side, date)} is no date.", side.span(*span), None, {"date": _parts(date)})
        return
    if true.isoweekday() != said:
        names = _ENGLISH[said - 1], _ENGLISH[true.isoweekday() - 1]
        yield Seen(
            f"{true.isoformat()} is a {names[1]}, not a {names[0]}.",
            side.span(*span),
            None,
            {"date": true.isoformat(), "said": names[0], "is": names[1]},
        )
