"""Where quotations stand, also those that run over paragraphs and those typed with straight marks.

A straight mark does not say whether it opens or closes. It alternates within a paragraph; between paragraphs a
quotation goes on only when the next paragraph with marks agrees with that, so that one stray mark spoils no
more than its own paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import regex

__all__ = ["quoted_spans"]

MAX_PARAGRAPHS: Final = 12
"""A quotation that has not closed after so many paragraphs is a stray mark."""

_LINE: Final = regex.compile(r"[^\r\n\u2028\u2029]+")
# straight and directional double marks, guillemets, and the directional single opener; ’ closes only what ‘ opened
_MARK: Final = regex.compile(r"[\"“”„«»‘]|(?<!\p{L})’|’(?!\p{L})")
_OPENERS: Final = "“„«‘"
_CLOSERS: Final = "”»’"


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A line that carries text, with its quotation marks."""

    start: int
    end: int
    marks: tuple[int, ...]
    text: str

    def continues(self) -> bool | None:
        """Whether a quotation open before this paragraph is still open at its start; None: no mark tells."""
        if not self.marks:
            return None
        first = self.text[self.marks[0] - self.start]
        if first != '"':
            return first in _CLOSERS
        head = self.text[: self.marks[0] - self.start].strip()
        straight = sum(self.text[mark - self.start] == '"' for mark in self.marks)
        if not head:  # a new paragraph of a quotation repeats the opening mark
            return False
        return bool(straight % 2)


def _paragraphs(text: str) -> list[_Paragraph]:
    found = []
    for line in _LINE.finditer(text):
        if line[0].strip():
            marks = tuple(line.start() + mark.start() for mark in _MARK.finditer(line[0]))
            found.append(_Paragraph(line.start(), line.end(), marks, line[0]))
    return found


def _carries(paragraphs: list[_Paragraph], index: int) -> bool:
    """Whether an open quotation reaches into paragraph `index`."""
    for paragraph in paragraphs[index : index + MAX_PARAGRAPHS]:
        told = paragraph.continues()
        if told is not None:
            return told
    return False


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Spans of quoted text in order, marks excluded; an unclosed quotation ends with its paragraph.

    A quotation over several paragraphs gives one span a paragraph. Takes time linear in the text.
    """
    paragraphs = _paragraphs(text)
    spans: list[tuple[int, int]] = []
    closer = ""  # the mark that closes the open quotation
    for index, paragraph in enumerate(paragraphs):
        if closer and not _carries(paragraphs, index):
            closer = ""
        start = paragraph.start
        for mark in paragraph.marks:
            char = text[mark]
            if closer and char == closer:
                spans.append((start, mark))
                closer = ""
            elif not closer and (char in _OPENERS or char == '"'):
                start, closer = mark + 1, _closing(char)
        if closer:
            spans.append((start, paragraph.end))
    return [span for span in spans if text[span[0] : span[1]].strip()]


def _closing(opener: str) -> str:
    """The mark that ends what `opener` began."""
    return {"“": "”", "„": "“", "«": "»", "‘": "’"}.get(opener, '"')
