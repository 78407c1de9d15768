"""Stage 1: a document into segments with exact offsets, and translations back into the document's layout."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from pipeline.errors import InputError
from pipeline.languages import FACTS
from pipeline.quotes import quoted_spans
from pipeline.records import Document, Kind, Segment
from pipeline.sentences import LINE, sentence_spans
from pipeline.text import key, words

__all__ = ["MAX_LINE", "rejoin", "segment"]

MAX_LINE: Final = 100_000
"""Code points in one line. A line is a paragraph; one of this length is data, or a book without line ends."""

_HEADING_WORDS: Final = 25
"""Words that a heading has at most."""

_HEADING_LENGTH: Final = 300
"""Code points that a heading has at most."""

_LINES_UNDER_TITLE: Final = 2
"""Lines that must follow a title that ends like prose."""

_TITLE_RATIO: Final = 1.5
"""How much longer than such a title the next line must be."""

_BOILERPLATE_LENGTH: Final = 300
"""Code points that a line of boilerplate has at most."""

_PROSE_ENDS: Final = "।॥৷."
_SENTENCE_END: Final = regex.compile(r"[।॥৷.?!][\"'”’»)\]]*$")
_GOES_ON: Final = regex.compile(r"[:;,–—][\"'”’»)\]]*$|^[-–—•*▪◦]\s")
_BOILERPLATE: Final = regex.compile(
    "|".join(f"(?:{pattern})" for found in FACTS.values() for pattern in found.boilerplate), regex.IGNORECASE
)
_RELATED: Final = regex.compile(
    "|".join(f"(?:{pattern})" for found in FACTS.values() for pattern in found.related), regex.IGNORECASE
)
_BREAK: Final = regex.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]")
_LINE_END: Final = regex.compile(r"\r\n|[\n\r]")


@dataclass(slots=True)
class _Line:
    """One line with text, and what is found out about it."""

    text: str
    spans: list[tuple[int, int]]
    """Of its sentences, in the document."""
    sentences: list[str]
    quoted: list[bool]
    """For each sentence, whether most of it is a quotation."""
    kind: Kind = "sentence"


def segment(document: Document) -> list[Segment]:
    """Split a document into segments in order.

    `text == document.text[start:end]`; only white space lies between segments; a line end is always a segment
    boundary. Kinds: `boilerplate` is no part of the article; `heading` stands alone on its line without the
    marks of prose; `quote` is quoted for more than half of its length, also where the quotation runs over
    paragraphs; everything else is `sentence`. Takes time linear in the text.

    Raises:
        InputError: a line is longer than `MAX_LINE`.
    """
    text = document.text
    line_starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    lines = _lines(document, line_starts)
    _mark_kinds(lines)
    kinds = [(span, _kind(line, index)) for line in lines for index, span in enumerate(line.spans)]
    width = max(4, len(str(len(kinds))))
    return [
        Segment(
            id=f"{document.doc}:{index:0{width}d}",
            doc=document.doc,
            index=index,
            line=bisect_right(line_starts, start),
            start=start,
            end=end,
            text=text[start:end],
            kind=kind,
        )
        for index, ((start, end), kind) in enumerate(kinds)
    ]


def _lines(document: Document, line_starts: Sequence[int]) -> list[_Line]:
    text = document.text
    quotes = _Quotes(text)
    found = []
    for match in LINE.finditer(text):
        if len(match[0]) > MAX_LINE:
            raise InputError(
                where=f"{document.path}, line {bisect_right(line_starts, match.start())}",
                found=f"a line of {len(match[0]):,} characters",
                expected=f"lines of at most {MAX_LINE:,} characters",
                do="Put each paragraph on a line of its own.",
            )
        at = match.start()
        spans = [(at + start, at + end) for start, end in sentence_spans(match[0], document.language)]
        if spans:
            sentences = [text[start:end] for start, end in spans]
            found.append(_Line(match[0].strip(), spans, sentences, [quotes.fill(*span) for span in spans]))
    return found


class _Quotes:
    """The quotations of a document, ready to be asked about a span."""

    def __init__(self, text: str) -> None:
        self._spans = quoted_spans(text)
        self._ends = [end for _, end in self._spans]

    def fill(self, start: int, end: int) -> bool:
        """Whether quotations cover more than half of a span."""
        covered = 0
        for index in range(bisect_right(self._ends, start), len(self._spans)):
            begin, stop = self._spans[index]
            if begin >= end:
                break
            covered += min(end, stop) - max(start, begin)
        return covered * 2 > end - start


def _mark_kinds(lines: Sequence[_Line]) -> None:
    """Decide on whole lines: boilerplate, headings, and the links that follow "read also"."""
    links, top = False, True
    for index, line in enumerate(lines):
        short = key(line.text) if len(line.text) <= _BOILERPLATE_LENGTH else ""
        if short and _RELATED.fullmatch(short):
            line.kind, links = "boilerplate", True
        elif short and _BOILERPLATE.fullmatch(short):
            line.kind = "boilerplate"
        else:
            if _is_heading(line, linked=links) or (top and _is_title(line, lines[index + 1 : index + 3])):
                line.kind = "heading"
            else:
                links = False  # prose again: the block of links is over
            top = False


def _is_heading(line: _Line, *, linked: bool) -> bool:
    """Whether a line is short and has no mark of prose; among links questions and exclamations are titles too."""
    if not _may_be_heading(line) or any(_final(text) in _PROSE_ENDS for text in line.sentences[:-1]):
        return False
    ended = _SENTENCE_END.search(line.text)
    return not ended or (linked and ended[0][0] in "?!")


def _is_title(line: _Line, following: Sequence[_Line]) -> bool:
    """Whether a line on top is the title though it ends like prose: one short sentence, then longer lines."""
    if len(following) < _LINES_UNDER_TITLE or len(line.sentences) != 1 or not _may_be_heading(line):
        return False
    return len(following[0].text) > _TITLE_RATIO * len(line.text)


def _may_be_heading(line: _Line) -> bool:
    short = len(line.text) <= _HEADING_LENGTH and 0 < len(words(line.text, "bn")) <= _HEADING_WORDS
    return short and not any(line.quoted) and not _GOES_ON.search(line.text)


def _final(text: str) -> str:
    """The mark that ends a sentence, without what closes over it."""
    return text.rstrip("\"'”’»)]} ")[-1:]


def _kind(line: _Line, index: int) -> Kind:
    if line.kind == "sentence" and line.quoted[index]:
        return "quote"
    return line.kind


def rejoin(document: Document, translations: Mapping[str, str]) -> str:
    """The translation in the source's own layout: white space between segments stays as it stands.

    Line ends inside a translation become spaces, so that lines correspond. Where the source has no space
    between two sentences, one is put in as soon as either is translated. With every segment "translated" to
    itself the result is the document, character for character.

    Args:
        document: the source.
        translations: text for every segment id of the document.

    Raises:
        KeyError: a segment has no translation.
    """
    parts: list[str] = []
    done, changed = 0, False
    for piece in segment(document):
        new = translations[piece.id]
        if new != piece.text:
            new = " ".join(line.strip() for line in _BREAK.split(new) if line.strip())
        gap = document.text[done : piece.start]
        if not gap and done and (changed or new != piece.text):
            gap = " "
        parts += (gap, new)
        done, changed = piece.end, new != piece.text
    return "".join((*parts, document.text[done:]))
