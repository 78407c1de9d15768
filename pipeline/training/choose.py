"""Which lines of the news would teach most if someone translated them: active learning by the phrases they bring.

A line is worth the phrases of one to three tokens that are frequent in the news and rare in the pairs, a token of it;
each line that is chosen lowers the worth of its phrases for the next (feature decay, Biçici and Yuret 2011). Numpy-free
and greedy, with a heap: worth only falls, so that a line which is still the best when counted anew is the best.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.training.prepare import read_tokens, written

__all__ = ["Choice", "choose"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What makes a line worth its translation."""

    shortest: int = 9
    """Tokens."""
    longest: int = 30
    least: int = 4
    """Lines of the news that a phrase stands in."""
    worth: tuple[float, ...] = (1.0, 0.7, 0.4)
    """Of a phrase by its tokens, times the logarithm of its lines."""
    decay: tuple[float, ...] = (0.8, 0.6, 0.45)
    """What is left of it when it has been seen once more, in the pairs or in a line that is chosen."""
    smooth: int = 3
    """Tokens that a line counts more than it has: short ones are not worth more because they are short."""
    rare: int = 1
    """Most tokens of a line that stand in fewer lines than `least`: names and misprints."""


def choose(work: Path, language: str, choice: Choice | None = None) -> Iterator[str]:
    """The lines of the news of a language ("bn" or "en") of a prepared work folder, the most useful first.

    Lines that begin with the same seven tokens as one before are left out.
    """
    choice = choice or Choice()
    lines = list(read_tokens(work / f"mono.{language}.tok"))
    worth = _worth(lines, work / f"pairs.{language}.tok", choice)
    phrases = {k: [p for p in set(_phrases(lines[k])) if p in worth] for k in _candidates(lines, worth, choice)}

    def value(k: int) -> float:
        return sum(worth[p] for p in phrases[k]) / (len(lines[k]) + choice.smooth)

    heap = [(-value(k), k) for k in phrases]
    heapq.heapify(heap)
    while heap:
        _, k = heapq.heappop(heap)
        now = value(k)
        if heap and now < -heap[0][0]:
            heapq.heappush(heap, (-now, k))
            continue
        yield written(lines[k], language)
        for phrase in phrases.pop(k):
            worth[phrase] *= choice.decay[phrase.count(" ")]


def _worth(lines: Sequence[Sequence[str]], pairs: Path, choice: Choice) -> dict[str, float]:
    """Of each frequent phrase of the news, less what the pairs have taught of it."""
    news = Counter(p for words in lines for p in set(_phrases(words)))
    frequent = {p: n for p, n in news.items() if n >= choice.least}
    seen = Counter(p for words in read_tokens(pairs) for p in set(_phrases(words)) if p in frequent)
    return {
        p: math.log(n) * choice.worth[p.count(" ")] * choice.decay[p.count(" ")] ** seen[p]
        for p, n in frequent.items()
    }  # fmt: skip


def _candidates(lines: Sequence[Sequence[str]], worth: dict[str, float], choice: Choice) -> Iterator[int]:
    begun: set[str] = set()
    for k, words in enumerate(lines):
        begin = " ".join(words[:7])
        if not choice.shortest <= len(words) <= choice.longest or begin in begun:
            continue
        begun.add(begin)
        if sum(word not in worth for word in words) <= choice.rare:
            yield k


def _phrases(words: Sequence[str]) -> Iterator[str]:
    for n in (1, 2, 3):
        yield from (" ".join(words[k : k + n]) for k in range(len(words) - n + 1))
