"""Across the pairs of a document: one sentence in two translations, two sentences in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Pair, Seen
from pipeline.text import key, to_ascii_digits

__all__ = ["one_source", "one_target"]

_LOOSE: Final = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def _plain(text: str) -> str:
    """What must be equal: letters and digits, no case, no punctuation."""
    return _LOOSE.sub(" ", to_ascii_digits(key(text, case=False))).strip()


def _groups(texts: Sequence[str]) -> Mapping[str, list[int]]:
    """Equal texts with the indices of their pairs; blank ones left out."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        if text:
            groups[text].append(index)
    return groups


def one_source(pairs: Sequence[Pair], config: CheckConfig) -> Iterator[tuple[int, Seen]]:
    """The same sentence is translated in two ways.

    Case, punctuation and the script of digits are no difference. The first translation is the measure.
    """
    del config
    sources, targets = [_plain(pair.source) for pair in pairs], [_plain(pair.target) for pair in pairs]
    for indices in _groups(sources).values():
        for index in indices[1:]:
            if targets[index] != targets[indices[0]] and targets[index]:
                yield index, _seen(pairs, index, indices[0], "The same sentence is translated otherwise earlier.")


def one_target(pairs: Sequence[Pair], config: CheckConfig) -> Iterator[tuple[int, Seen]]:
    """Different sentences have one translation.

    Short ones may rightly fall together (Yes, হ্যাঁ), so both sources must have some words.
    """
    sources, targets = [_plain(pair.source) for pair in pairs], [_plain(pair.target) for pair in pairs]
    for indices in _groups(targets).values():
        first = indices[0]
        for index in indices[1:]:
            words = min(len(sources[index].split()), len(sources[first].split()))
            if sources[index] != sources[first] and words >= config.same_words:
                yield index, _seen(pairs, index, first, "Another sentence has the same translation.")


def _seen(pairs: Sequence[Pair], index: int, first: int, message: str) -> Seen:
    pair, other = pairs[index], pairs[first]
    evidence = {"other_index": first, "other_source": other.source, "other_target": other.target}
    return Seen(message, (0, len(pair.source)), (0, len(pair.target)), evidence)
