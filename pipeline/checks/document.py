"""Checks of one text alone: nothing is translated yet, or the fault is in the article itself."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.dates import weekday_dates
from pipeline.checks.model import CheckConfig, Seen, Side
from pipeline.checks.names import name_spellings
from pipeline.checks.punctuation import open_brackets, open_quotes
from pipeline.checks.script import mixed_digits_of

__all__ = ["digits", "names", "unclosed_brackets", "unclosed_quotes", "weekday_date"]


def weekday_date(side: Side, config: CheckConfig) -> Iterator[Seen]:
    """A weekday does not fall on the date beside it."""
    del config
    return weekday_dates(side)


def names(side: Side, config: CheckConfig) -> Iterator[Seen]:
    """A name or word is spelt in two ways in one document."""
    return name_spellings(side, config)


def digits(side: Side, config: CheckConfig) -> Iterator[Seen]:
    """Bengali and ASCII digits are mixed in one document.

    One finding a document, at the first number in the other digits; the evidence has the others.
    """
    spans = list(mixed_digits_of(side.text, side.language))
    if spans:
        shown = side.text[slice(*spans[0])]
        evidence = {"text": shown, "count": len(spans), "spans": spans[: config.most]}
        yield Seen(f"{shown} is not in the digits of the rest of the document.", spans[0], None, evidence)


def unclosed_brackets(side: Side, config: CheckConfig) -> Iterator[Seen]:
    """A bracket has no partner anywhere in the document."""
    del config
    for span in open_brackets(side.text):
        mark = side.text[slice(*span)]
        yield Seen(f"{mark} has no partner.", span, None, {"mark": mark})


def unclosed_quotes(side: Side, config: CheckConfig) -> Iterator[Seen]:
    """A quotation is opened and never closed, or closed and never opened.

    Paragraphs of one quotation are unbalanced each for itself; only the whole document is judged.
    """
    del config
    for span in open_quotes(side.text):
        yield Seen("This quotation mark has no partner.", span, None, {"mark": side.text[slice(*span)]})
