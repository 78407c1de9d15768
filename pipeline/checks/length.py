"""Empty, short, long and runaway translations, and similarity of meaning where the extra is installed.

Lengths: log(Bengali characters / English characters) has mean -0.066 over the human pairs of FLORES-200 dev
and RisingNews validation; its spread narrows with length, variance 0.0185 + 1/length fits both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Seen, Side, Span, View
from pipeline.text import words

__all__ = ["addition", "empty", "omission", "repetition"]

_MEAN: Final = -0.066  # of log(Bengali / English characters)
_BASE_VARIANCE: Final = 0.0185
_SHORT_VARIANCE: Final = 1.0  # divided by the source's characters
_END: Final = regex.compile(r"[.।?!;:]")
_WORD: Final = regex.compile(r"[\p{L}\p{N}]")


def empty(view: View, config: CheckConfig) -> Iterator[Seen]:
    """The translation is empty, or translates nothing."""
    del config
    source, target = _WORD.search(view.source.text), _WORD.search(view.target.text)
    if source and not target:
        yield Seen(
            "There is no translation.", (0, len(view.source.text)), (0, len(view.target.text)), {"characters": 0}
        )
    elif target and not source:
        yield Seen("The source has no words, the translation has.", None, (0, len(view.target.text)), {})


def _deviation(view: View) -> tuple[float, float] | None:
    """Standard deviations from the expected length, and target / source characters; None when either is blank."""
    source, target = len(view.source.key.strip()), len(view.target.key.strip())
    if not source or not target:
        return None
    ratio = target / source
    expected = -_MEAN if view.pair.direction == "bn-en" else _MEAN
    spread = math.sqrt(_BASE_VARIANCE + _SHORT_VARIANCE / source)
    return (math.log(ratio) - expected) / spread, ratio


def omission(view: View, config: CheckConfig) -> Iterator[Seen]:
    """The translation is much shorter than the source: something may be left out."""
    measured = _deviation(view)
    if measured and measured[0] < -config.length_short and len(view.source.key.strip()) >= config.length_floor:
        message = f"The translation has {measured[1]:.0%} of the source's characters."
        yield Seen(message, (0, len(view.source.text)), (0, len(view.target.text)), _evidence(*measured))


def addition(view: View, config: CheckConfig) -> Iterator[Seen]:
    """The translation is much longer than the source: something may be added."""
    measured = _deviation(view)
    if measured and measured[0] > config.length_long and len(view.target.key.strip()) >= config.length_floor:
        message = f"The translation has {measured[1]:.0%} of the source's characters."
        yield Seen(message, (0, len(view.source.text)), (0, len(view.target.text)), _evidence(*measured))


def _evidence(deviation: float, ratio: float) -> dict[str, float]:
    return {"deviations": round(deviation, 2), "ratio": round(ratio, 3)}


def repetition(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Words or phrases are repeated over and over.

    A phrase of three words or more that follows itself, or a shorter one that stands three times in a row;
    Bengali doubles single words by grammar (ধীরে ধীরে), so two in a row are nothing.
    """
    found = _loops(view.target, config)
    if found and not _loops(view.source, config):
        span, phrase, times = found[0]
        yield Seen(
            f"“{phrase}” stands {times} times in a row.",
            None,
            view.target.span(*span),
            {"phrase": phrase, "times": times},
        )


def _loops(side: Side, config: CheckConfig) -> list[tuple[Span, str, int]]:
    """Repeated phrases: (span of the whole run, phrase, times). One pass: a trigram met again gives the period."""
    spans = words(side.digits, side.language)
    tokens = [side.digits[start:end] for start, end in spans]
    found = []
    for first, period, times in (*_same_word(tokens, config), *_same_phrase(tokens, config)):
        seam = side.digits[spans[first + period - 1][1] : spans[first + period][0]]
        begins = not first or _END.search(side.digits[spans[first - 1][1] : spans[first][0]])
        if times == 2 and _END.search(seam) and not (begins and period >= config.repeat_across):  # noqa: PLR2004 (twice)
            continue
        last = min(first + period * times, len(tokens)) - 1
        phrase = side.text[slice(*side.span(spans[first][0], spans[first + period - 1][1]))]
        found.append(((spans[first][0], spans[last][1]), phrase[:80], times))
    return sorted(found)


def _same_word(tokens: list[str], config: CheckConfig) -> Iterator[tuple[int, int, int]]:
    """(first token, 1, times) of one word that follows itself; numbers in tables do that rightly."""
    start = 0
    for index in range(1, len(tokens) + 1):
        if index < len(tokens) and tokens[index] == tokens[start]:
            continue
        if index - start >= config.repeat_times and not tokens[start][0].isdigit():
            yield start, 1, index - start
        start = index


def _same_phrase(tokens: list[str], config: CheckConfig) -> Iterator[tuple[int, int, int]]:
    """(first token, period, times) of phrases of two words and more that follow themselves."""
    last: dict[tuple[str, str, str] | None, int] = {}
    run = period = 0
    trigrams = [*zip(tokens, tokens[1:], tokens[2:], strict=False), None]  # None ends the last run
    for index, trigram in enumerate(trigrams):
        now = index - last.get(trigram, index)
        last[trigram] = index
        if now == period and now:
            run += 1
            continue
        length = run + 2 + period
        if period > 1 and length // period >= (2 if period >= config.repeat_words else config.repeat_times):
            yield index - run - period, period, length // period
        run, period = (1 if now else 0), now
