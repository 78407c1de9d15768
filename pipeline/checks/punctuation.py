"""Brackets, quotation marks, sentence ends and spaces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Seen, Span, View
from pipeline.languages import facts
from pipeline.records import Language
from pipeline.text import key

__all__ = ["brackets", "double_spaces", "open_brackets", "open_quotes", "quotes", "sentence_ends", "stops"]

_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
# a list mark (1), ক), b.) has no opening bracket; a face has no meaning
_IGNORED: Final = regex.compile(r"(?m)^\s*[\p{L}\p{N}]{1,3}[)\]]|(?<=[;,:]\s?)[\p{L}\p{N}]{1,2}\)(?=\s)|[:;=]-?[()]")


def open_brackets(text: str) -> list[Span]:
    """Spans of brackets without their partner, in order; list marks and faces aside."""
    clear = _IGNORED.sub(lambda match: " " * len(match[0]), text)
    stacks: dict[str, list[int]] = {mark: [] for mark in _PAIRS.values()}
    lonely: list[int] = []
    for index, char in enumerate(clear):
        if char in stacks:
            stacks[char].append(index)
        elif char in _PAIRS:
            stack = stacks[_PAIRS[char]]
            if stack:
                stack.pop()
            else:
                lonely.append(index)
    lonely.extend(index for stack in stacks.values() for index in stack)
    return [(index, index + 1) for index in sorted(lonely)]


def brackets(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Brackets do not balance.

    Where the source's own brackets do not balance either, the translation only follows.
    """
    del config
    lonely = open_brackets(view.target.text)
    if lonely and not open_brackets(view.source.text):
        mark = view.target.text[slice(*lonely[0])]
        yield Seen(f"{mark} has no partner.", None, lonely[0], {"unpaired": len(lonely)})


_STRAIGHT: Final = regex.compile(r"\"|``|''|(?<![0-9])″|„|‟")
_NOT_QUOTES: Final = regex.compile(r"(?<=[0-9])\"(?=[ ,.)x×-]|$)")  # inches


def open_quotes(text: str) -> list[Span]:
    """Double quotation marks without a partner: an odd straight one, or “ and ” that do not match.

    A paragraph that opens with a mark while a quotation is open continues it, as newspapers write. Single
    marks are apostrophes too often to be counted.
    """
    clear = _NOT_QUOTES.sub(" ", text)
    opened: int | None = None
    lonely: list[Span] = []
    for match in regex.finditer(r"[“”«»]|" + _STRAIGHT.pattern, clear):
        if opened is not None and _begins_paragraph(clear, match.start()):
            continue
        if match[0] in "“«":
            opened = match.start() if opened is None else opened
        elif opened is not None:
            opened = None
        elif match[0] in "”»":
            lonely.append(match.span())
        else:
            opened = match.start()
    if opened is not None:
        lonely.append((opened, opened + 1))
    return lonely


def _begins_paragraph(text: str, index: int) -> bool:
    while index > 0 and text[index - 1] in " \t":
        index -= 1
    return index > 0 and text[index - 1] in "\r\n"


def quotes(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Quotation marks do not balance.

    One segment of a longer quotation is unbalanced on both sides and is no finding.
    """
    del config
    lonely = open_quotes(view.target.text)
    if lonely and not open_quotes(view.source.text):
        yield Seen("A quotation mark has no partner.", None, lonely[0], {"unpaired": len(lonely)})


_DANDA_IN_LATIN: Final = regex.compile(r"[।॥\u09f7]")
_STOP_IN_BENGALI: Final = regex.compile(r"(?P<word>[\p{Bengali}]++)[\"'”’)]?\.(?=[\"'”’)\]]*\s*(?:\n|$))")


@cache
def _abbreviations() -> frozenset[str]:
    known = facts("bn").titles | facts("bn").abbreviations
    return frozenset(key(part) for form in known for part in form.split("."))


def stops(text: str, language: Language) -> Iterator[Span]:
    """Dandas in English text; full stops that end a Bengali sentence at the end of a line."""
    if language == "en":
        for match in _DANDA_IN_LATIN.finditer(text):
            yield match.span()
        return
    for match in _STOP_IN_BENGALI.finditer(text):
        dotted = text[max(0, match.start() - 1) : match.start()] == "."  # এস.সি.ও.
        if not dotted and key(match["word"]) not in _abbreviations() and len(match["word"]) > 1:
            yield match.end() - 1, match.end()


def sentence_ends(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A sentence ends with the mark of the other language: danda in English, full stop in Bengali."""
    del config
    for span in stops(view.target.text, view.target.language):
        mark = view.target.text[slice(*span)]
        yield Seen(f"“{mark}” ends a sentence here.", None, span, {"mark": mark})
        return


_ASKS: Final = regex.compile(r"[?？][\"'”’)\]\s]*$")


def question(view: View, config: CheckConfig) -> Iterator[Seen]:
    """A question became a statement, or a statement a question."""
    del config
    here, there = _ASKS.search(view.source.text), _ASKS.search(view.target.text)
    if bool(here) == bool(there) or not view.target.text.strip() or not view.source.text.strip():
        return
    message = "The question mark is missing." if here else "The source asks nothing."
    yield Seen(message, here.span() if here else None, there.span() if there else None, {})


_DOUBLE: Final = regex.compile(r"(?<=\S) {2,}(?=\S)")


def double_spaces(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Two spaces in a row."""
    del config
    match = _DOUBLE.search(view.target.text)
    if match and not _DOUBLE.search(view.source.text):
        yield Seen("Two spaces in a row.", None, match.span(), {"spaces": len(match[0])})
