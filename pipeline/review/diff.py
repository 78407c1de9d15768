"""Word differences between two versions of one text, for display."""

from __future__ import annotations

import difflib
from typing import Final, Literal, NamedTuple

import regex

__all__ = ["Piece", "word_diff"]

# a word with its vowel signs, joiners and inner hyphens; or one run of spaces; or any other character
_TOKEN: Final = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]+(?:[-'’.][\p{L}\p{M}\p{N}\u200c\u200d]+)*|\s+|.", regex.S)


class Piece(NamedTuple):
    """A stretch of text that both versions share, or that only one of them has."""

    op: Literal["same", "del", "ins"]
    text: str


def word_diff(before: str, after: str) -> list[Piece]:
    """The steps from one text to the other, in whole words so that no conjunct is ever cut.

    Joining all pieces but `ins` gives `before`; joining all but `del` gives `after`.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[a:b])))
            continue
        if a < b:
            pieces.append(Piece("del", "".join(old[a:b])))
        if c < d:
            pieces.append(Piece("ins", "".join(new[c:d])))
    return pieces
