"""Every step from the engine's raw output to the proposed target, recorded so that it can be undone.

A step is a list of consecutive edits. Their offsets count in the text as it stands before each edit, so the
edits are applied one after the other from the first, and undone one after the other from the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

import regex

from pipeline.errors import InputError
from pipeline.records import Change, Translation

__all__ = ["About", "apply", "record", "shift", "undo"]

About = Callable[[tuple[int, int]], tuple[str, str]]
"""The entry and the reason for an edit whose new text stands at a span."""

_TOKEN: Final = regex.compile(r"\s+|[\p{L}\p{M}\p{N}\u200c\u200d]+|.", regex.DOTALL)


def record(before: str, after: str, *, rule: str, glossary: str, about: About) -> list[Change]:
    """The edits that turn one text into another, token by token, in order of their place.

    `about` gives the entry and the reason for an edit whose new text stands at a span of `after`.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    changes: list[Change] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        # What stands left of this edit is new already, so its place is that of its new text.
        start = sum(map(len, new[:j1]))
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        entry, why = about((start, start + len(come)))
        changes.append(Change(rule, entry, glossary, start, start + len(gone), gone, come, why))
    return changes


def apply(text: str, changes: Sequence[Change]) -> str:
    """Apply recorded changes to the text that they were recorded on.

    Raises:
        InputError: a change does not fit the text.
    """
    for change in changes:
        _expect(text[change.start : change.end], change.before, change=change)
        text = text[: change.start] + change.after + text[change.end :]
    return text


def undo(translation: Translation) -> str:
    """The engine's raw output, won back from the target by undoing every change, last first.

    Raises:
        InputError: the target was edited after the changes were recorded.
    """
    text = translation.target
    for change in reversed(translation.changes):
        end = change.start + len(change.after)
        _expect(text[change.start : end], change.after, change=change)
        text = text[: change.start] + change.before + text[end:]
    return text


def shift(changes: Sequence[Change], by: int) -> list[Change]:
    """The same changes in a text that has `by` more code points before them."""
    return [replace(change, start=change.start + by, end=change.end + by) for change in changes]


def _expect(found: str, expected: str, *, change: Change) -> None:
    if found != expected:
        raise InputError(
            where=f"change {change.rule} at {change.start}", found=repr(found), expected=repr(expected),
            do="Undo later edits of this text first.",
        )  # fmt: skip
