"""Dates are carried across by rule: a day, its month and its year stay together and keep their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from pipeline.engines.compact.text import JOINER, Token
from pipeline.languages import FACTS
from pipeline.records import Language

__all__ = ["dates"]

DAY_ENDINGS = frozenset({"শে", "ই", "লা", "রা", "ঠা", "st", "nd", "rd", "th"})
"""What is written after the number of a day."""
DATE = "তারিখ"
YEAR_DIGITS = 4
SIGNS = frozenset(JOINER + sign + JOINER for sign in "-/")


def _names(language: Language) -> dict[int, str]:
    """The first, usual spelling of each month."""
    names: dict[int, str] = {}
    for name, number in FACTS[language].months.items():
        names.setdefault(number, name)
    return names


DOTTED = regex.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{2}){1,2}")
NAMES = {"bn": _names("bn"), "en": _names("en")}
NUMBERS = {
    "bn": dict(FACTS["bn"].months),
    "en": {name.lower(): number for name, number in FACTS["en"].months.items()},
}


def dates(tokens: Sequence[Token], source: str) -> Iterator[tuple[int, int, list[str]]]:
    """(start, end, rendering in the other language) of each date in a token list, in token offsets."""
    at = 0
    while at < len(tokens):
        end, rendering = _date(tokens, at, source)
        if source == "bn":
            end, rendering = _named(tokens, at, end, rendering)
        if rendering:
            yield at, end, rendering
        at = max(end, at + 1)


def _date(tokens: Sequence[Token], at: int, source: str) -> tuple[int, list[str]]:
    """`26 [th] March [,] 2024` in both languages, in English `March 26 [,] 2024` too; the year may be missing.

    A date in numbers (2025-03-05, 05/03/2025, 05.03.2025) stays as it is.
    """
    if DOTTED.fullmatch(tokens[at].value):
        return at + 1, [tokens[at].literal]
    if _in_numbers(tokens[at : at + 5]):
        return at + 5, [token.literal for token in tokens[at : at + 5]]
    end, day = _day(tokens, at)
    month = _month(tokens, end, source) if day else 0
    if month:
        end += 1
    elif source == "en" and (month := _month(tokens, at, source)):
        end, day = _day(tokens, at + 1)
    if not day or not month:
        return at + 1, []
    comma = end < len(tokens) and tokens[end].form == JOINER + ","
    year = _year(tokens, end + comma)
    end += (comma + 1) if year else 0
    return end, _write(day, month, year, "en" if source == "bn" else "bn", comma=comma)


def _named(tokens: Sequence[Token], at: int, end: int, rendering: list[str]) -> tuple[int, list[str]]:
    """Bengali says after a date that it is one: "১৫ আগস্ট তারিখে" is on August 15, "২৫ তারিখে" on the 25th."""
    start, day = (end, "") if rendering else _day(tokens, at)
    if not (rendering or day):
        return end, rendering
    for ending, word in (("ে", "on"), ("ের", "of")):
        for forms in ([DATE + ending], [DATE, JOINER + ending]):
            if [token.form for token in tokens[start : start + len(forms)]] == forms:
                return start + len(forms), [word, *(rendering or ["the", _ordinal(day)])]
    return end, rendering


def _ordinal(day: str) -> str:
    """1st, 2nd, 3rd, 4th; 11th to 13th."""
    return day + ("th" if day in {"11", "12", "13"} else {"1": "st", "2": "nd", "3": "rd"}.get(day[-1], "th"))


def _in_numbers(tokens: Sequence[Token]) -> bool:
    """Whether five tokens are three numbers, one of them a year, with the same sign between them."""
    if len(tokens) != 5 or tokens[1].form != tokens[3].form or tokens[1].form not in SIGNS:  # noqa: PLR2004 (see above)
        return False
    sizes = [len(tokens[k].value) if tokens[k].value.isdecimal() else 0 for k in (0, 2, 4)]
    return all(sizes) and max(sizes) == YEAR_DIGITS


def _day(tokens: Sequence[Token], at: int) -> tuple[int, str]:
    """The place after the day's number and its ending, and the number (empty when there is none)."""
    if at >= len(tokens) or not regex.fullmatch(r"0?[1-9]|[12][0-9]|3[01]", tokens[at].value):
        return at + 1, ""
    ending = at + 1 < len(tokens) and tokens[at + 1].form.strip(JOINER) in DAY_ENDINGS
    return at + 1 + ending, tokens[at].value.lstrip("0")


def _month(tokens: Sequence[Token], at: int, source: str) -> int:
    """The number of the month at a place, or 0. English `may` and `march` have to be capitalised."""
    if at >= len(tokens) or (source == "en" and not tokens[at].form[:1].isupper()):
        return 0
    return NUMBERS[source].get(tokens[at].form.lower(), 0)


def _year(tokens: Sequence[Token], at: int) -> str:
    value = tokens[at].value if at < len(tokens) else ""
    return value if len(value) == YEAR_DIGITS and value.isdecimal() else ""


def _write(day: str, month: int, year: str, language: str, *, comma: bool) -> list[str]:
    name = NAMES[language][month]
    if language == "en":
        return [name.title(), day, JOINER + ",", year] if year else [name.title(), day]
    return [day, name, *([JOINER + ","] if comma and year else []), *([year] if year else [])]
