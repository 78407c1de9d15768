"""Cutting long segments for engines with a limit: at clause marks where there are any, never inside a term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

__all__ = ["cut"]

# Best first: ends of sentences inside the segment, then clause marks, then any space, then any grapheme.
_CUTS: Final = (
    regex.compile(r"(?<=[।॥?!…])[\"'”’)\]]*\s+|(?<=[^\s.]{3}\.)[\"'”’)\]]*\s+(?=\p{Lu})"),
    regex.compile(r"(?<=[;:—–])\s+|\s+(?=[—–])"),
    regex.compile(r"(?<=[,،])\s+"),
    regex.compile(r"\s+"),
)
_GRAPHEME: Final = regex.compile(r"\X")

Span = tuple[int, int]


def cut(text: str, limit: int, *, keep: Sequence[Span] = ()) -> list[Span]:
    """Spans of at most `limit` code points that cover all of a text but white space between them.

    `keep` are spans that are not cut through; one longer than the limit gives a piece longer than the limit.
    """
    spans: list[Span] = []
    start, end = _trim(text, (0, len(text)))
    while end - start > limit:
        left, right = _best(text, (start, end), limit=limit, keep=keep)
        spans.append(_trim(text, (start, left)))
        start, _ = _trim(text, (right, end))
    return [*spans, (start, end)] if end > start else spans


def _trim(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _best(text: str, span: Span, *, limit: int, keep: Sequence[Span]) -> Span:
    """The white space (or empty place) to cut at: the best kind of mark, as late as the limit allows.

    Marks in the first third are passed over while a lesser mark stands later: crumbs translate badly.
    """
    start, end = span
    last = start + limit
    floors = [start + limit // 3] * len(_CUTS) + [start + 1]
    for pattern, floor in zip((*_CUTS, _CUTS[-1]), floors, strict=True):
        found = [
            m.span()
            for m in pattern.finditer(text, start + 1, min(end, last + 1))
            if floor <= m.start() <= last and not _inside(m.span(), keep)
        ]
        if found:
            return found[-1]
    return _anywhere(text, span, last=last, keep=keep)


def _anywhere(text: str, span: Span, *, last: int, keep: Sequence[Span]) -> Span:
    """The last place between two graphemes, or the end of a kept span that leaves no such place."""
    places = [m.start() for m in _GRAPHEME.finditer(text, span[0], span[1])]
    open_places = [place for place in places[1:] if not _inside((place, place), keep)]
    place = max((p for p in open_places if p <= last), default=min(open_places, default=span[1]))
    return place, place


def _inside(span: Span, keep: Sequence[Span]) -> bool:
    return any(a < span[0] < b or a < span[1] < b for a, b in keep)
