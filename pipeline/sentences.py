"""Sentence ends for both languages, from the facts in `pipeline.languages`.

A mark ends a sentence unless what stands around it says otherwise: an abbreviation, an initial, a number, a
bracket or quotation that goes on. Each rule looks at a bounded piece of the line, so that time stays linear in
its length. A line end is always a sentence end.
"""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import regex

from pipeline.languages import FACTS, LanguageFacts
from pipeline.records import Language
from pipeline.text import key

__all__ = ["LINE", "MAX_SENTENCE", "sentence_spans"]

LINE: Final = regex.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
"""A line of text: what stands between the line ends that Unicode knows."""

MAX_SENTENCE: Final = 1500
"""Code points; longer stretches without an end mark are cut at a clause end, since no engine reads so far."""

_REACH: Final = 200
"""How far a rule looks back or ahead, in code points."""

_SHORT: Final = 3
"""User-perceived characters below which a Bengali word before a full stop is taken for an abbreviation."""

_LIST_NUMBER: Final = 3
"""Figures that a number of a list item has at most; years have more."""

_ATTRIBUTION: Final = 6
"""Words that a clause has at most that only says who spoke."""

_QUOTES: Final = "\"'”’»›"
_BRACKETS: Final = {")": "(", "]": "[", "}": "{"}
_HARD: Final = "".join(sorted({mark for found in FACTS.values() for mark in found.hard_ends}))
_SOFT: Final[dict[Language, str]] = {code: found.soft_ends for code, found in FACTS.items()}
_ENDS: Final = {
    code: regex.compile(rf"(?P<marks>[{regex.escape(_HARD + soft)}]+)(?P<closers>[\"'”’»›)\]}}]*)")
    for code, soft in _SOFT.items()
}
_SPACED_CLOSER: Final = regex.compile(r"\s+(?:[”»)\]}]+|[\"'](?=\s|$))")
_LAST_CLOSERS: Final = regex.compile(r"\s*[\"'”’»›)\]}]+\s*$")
_LETTER: Final = r"[\p{L}\p{M}\u200c\u200d]"
_TOKEN: Final = regex.compile(rf"(?:{_LETTER}+\.\s?)*{_LETTER}+$")  # the word before a full stop, inner dots kept
_NEXT: Final = regex.compile(rf"\s*[\"'“‘«(\[]*({_LETTER}+|\p{{N}})?")
_CONTENT: Final = regex.compile(r"[\p{L}\p{N}]")
_DASH: Final = regex.compile(r"\s*(?:[–—]|--?\s)")
_CLAUSE: Final = regex.compile(r"[;,:]\s")


@dataclass(frozen=True, slots=True)
class _Mark:
    """One run of end marks with its closers, in its line."""

    line: str
    first: bool
    """Whether this is the first sentence of its line."""
    sentence: int
    """Where the sentence began."""
    start: int
    marks: str
    end: int
    """Behind the closers."""
    closers: str
    before: str
    """The word that the mark is attached to, its inner dots kept (U.S, কি.মি), as a key; or nothing."""
    following: str
    """The next word, or the next digit, or nothing."""

    @property
    def hard(self) -> bool:
        """Whether a danda or the like is among the marks."""
        return any(char in _HARD for char in self.marks)

    @property
    def facts(self) -> LanguageFacts:
        """Of the script that the word before is written in: Bengali articles carry Latin abbreviations."""
        return FACTS["en" if self.before.isascii() else "bn"]


def _glued(mark: _Mark) -> bool:
    """A soft mark ends nothing inside a word or number (3.5, example.org); a danda may lack its space."""
    following = mark.line[mark.end : mark.end + 1]
    if not following or following.isspace():
        return mark.marks == "|" and not mark.before
    return not mark.hard or following in ",;:-–—"


def _list_number(mark: _Mark) -> bool:
    """`1.` or `১।` where a sentence begins, and `a.` at the start of a line, number an item."""
    head = mark.line[mark.sentence : mark.start].strip(" (")
    small = mark.first and len(head) == 1 and head.isascii() and head.islower()
    number = head.isdigit() and len(head) <= _LIST_NUMBER
    return len(mark.marks) == 1 and (small or number) and bool(mark.following)


def _bracket_goes_on(mark: _Mark) -> bool:
    """A mark within brackets ends nothing when the bracket opened inside the sentence: (অব.), (!)."""
    brackets = [char for char in mark.closers if char in _BRACKETS]
    if not brackets:
        return False
    opened = mark.line.rfind(_BRACKETS[brackets[0]], max(mark.sentence, mark.start - _REACH), mark.start)
    return opened > mark.sentence + 1


def _abbreviated(mark: _Mark) -> bool:
    """Titles, initials and other abbreviations share the full stop."""
    if mark.marks != "." or not mark.before:
        return False
    found, word = mark.facts, mark.before
    last = word.rpartition(".")[2].lstrip()
    if word in found.titles or last in found.titles:
        return True
    if word in found.before_numbers:
        return mark.following[:1].isdigit()
    if word in found.abbreviations or _initials(word, found):
        return mark.following not in found.starters and bool(mark.following)
    if found.code == "bn" and last not in found.finals:
        return len(regex.findall(r"\X", last)) < _SHORT
    return False


def _initials(word: str, found: LanguageFacts) -> bool:
    """A single letter, a letter's name (এস.), or several with dots between (H.E, এস.সি.ও)."""
    parts = [part for part in regex.split(r"[.\s]+", word) if part]
    return all(part in found.letters or (len(part) == 1 and part.isupper()) for part in parts)


def _lower_case_goes_on(mark: _Mark) -> bool:
    """After a soft mark a small letter goes on with the sentence ("Why?" he asked), after a quotation a dash."""
    if any(char in _QUOTES for char in mark.closers) and _DASH.match(mark.line, mark.end):
        return True
    return not mark.hard and mark.following[:1].islower()


def _attribution(mark: _Mark) -> bool:
    """A quotation ended, and what follows up to the next danda only says who spoke."""
    if not any(char in _QUOTES for char in mark.closers):
        return False
    clause, end, _ = mark.line[mark.end : mark.end + _REACH].partition("।")
    spoken = key(clause).split()
    if not end or not 0 < len(spoken) <= _ATTRIBUTION:
        return False
    edges = (spoken[:1], spoken[-1:], spoken[-2:], spoken[:2])
    return any(" ".join(edge) in FACTS["bn"].reporting for edge in edges)


_GOES_ON: Final[tuple[Callable[[_Mark], bool], ...]] = (
    _glued,
    _list_number,
    _bracket_goes_on,
    _abbreviated,
    _lower_case_goes_on,
    _attribution,
)


def _closed(line: str, match: regex.Match[str], straight: list[int]) -> tuple[int, str]:
    """Where the closers of a mark end, and which they are.

    A straight mark that touches the next word closes only when the line has one open; marks after a space
    belong here when they cannot open anything.
    """
    end, closers = match.end(), match["closers"]
    is_open = bisect.bisect_left(straight, match.start()) % 2 == 1
    if closers.startswith('"') and end < len(line) and not line[end].isspace() and not is_open:
        return match.end("marks"), ""
    last = _LAST_CLOSERS.match(line, end, end + _REACH) if len(line) - end < _REACH else None
    spaced = last or _SPACED_CLOSER.match(line, end)
    if spaced and (last or is_open or line[spaced.end() - 1] not in "\"'"):
        return spaced.end() if not last else len(line.rstrip()), closers + spaced[0].strip()
    return end, closers


def _cuts(line: str, language: Language) -> Iterator[int]:
    """Offsets in a line behind the end of a sentence."""
    straight = [index for index, char in enumerate(line) if char == '"']
    begin, first = 0, True
    for match in _ENDS[language].finditer(line):
        if match.start() < begin:
            continue
        end, closers = _closed(line, match, straight)
        word = _TOKEN.search(line, max(begin, match.start() - _REACH), match.start())
        following = _NEXT.match(line, end, end + _REACH)
        mark = _Mark(
            line, first, begin, match.start(), match["marks"], end, closers,
            before=key(word[0]) if word else "", following=(following[1] or "") if following else "",
        )  # fmt: skip
        if not any(rule(mark) for rule in _GOES_ON):
            yield end
            begin, first = _skip_space(line, end), False


def _skip_space(line: str, at: int) -> int:
    while at < len(line) and line[at].isspace():
        at += 1
    return at


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _pieces(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """An overlong stretch cut at clause ends, else at spaces, else between characters."""
    while end - start > MAX_SENTENCE:
        clauses = [match.start() + 1 for match in _CLAUSE.finditer(line, start, start + MAX_SENTENCE)]
        cut = clauses[-1] if clauses else max(line.rfind(" ", start + 1, start + MAX_SENTENCE), 0)
        if cut <= start:
            cut = start + MAX_SENTENCE
            while cut > start + 1 and (unicodedata.category(line[cut])[0] == "M" or line[cut] in "\u200c\u200d"):
                cut -= 1
        yield _trimmed(line, start, cut)
        start = _skip_space(line, cut)
    if start < end:
        yield start, end


def _line_spans(line: str, language: Language) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    begin = 0
    for cut in (*_cuts(line, language), len(line)):
        start, end = _trimmed(line, begin, cut)
        begin = cut
        if start == end:
            continue
        if spans and not _CONTENT.search(line, start, end):  # stray marks belong to the sentence before
            start = spans.pop()[0]
        spans.append((start, end))
    return [piece for start, end in spans for piece in _pieces(line, start, end)]


def sentence_spans(text: str, language: Language) -> list[tuple[int, int]]:
    """Spans of the sentences of a text, in order; only white space lies between them.

    Takes time linear in the text. A sentence longer than `MAX_SENTENCE` is cut.
    """
    return [
        (line.start() + start, line.start() + end)
        for line in LINE.finditer(text)
        for start, end in _line_spans(line[0], language)
    ]
