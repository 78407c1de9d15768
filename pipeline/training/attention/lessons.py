"""What the attention model learns from: whole pairs, real and back-translated, as states, ranks, words and links.

Columns run over the sentences of all parts, one part behind the other; a batch is cut out of them. Numpy only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.joint import HIDDEN, HISTORY, START
from pipeline.engines.compact.reorder import Orderer, best_order
from pipeline.training.attention.settings import AttentionSettings
from pipeline.training.guide.examples import Bools, Lesson, Longs
from pipeline.training.guide.heads import Floats, States

__all__ = ["Batch", "Course", "Part", "ranks", "shares", "usable"]

Say = Callable[[str], None]
SAID = 50_000
"""Sentences between two words about how far the ranks are."""


def usable(lesson: Lesson, settings: AttentionSettings) -> Bools:
    """Which sentences can teach: both sides have words, not too many, and links between them."""
    source, target = lesson.source_size, lesson.target_size
    sized = (source > 0) & (source <= settings.longest_source) & (target > 0) & (target <= settings.longest_target)
    sized[sized] = lesson.belongs[lesson.target_first[sized]] >= 0  # links all of a sentence's words or none
    return sized


def shares(lesson: Lesson, tags: Sequence[str], settings: AttentionSettings) -> Floats:
    """Of each sentence of the corpus, how much of it one pass draws."""
    kind = np.array([tag.split("-")[0] for tag in tags])
    listed = np.isin(kind, settings.plan.lists) | (lesson.target_size <= settings.short)
    light = np.isin(kind, settings.light) | (lesson.weight < np.float32(settings.light_weight))
    drawn = np.where(listed, settings.list_share, np.where(light, settings.light_share, 1.0))
    return drawn.astype(np.float32)


def ranks(states: States, chosen: Longs, lesson: Lesson, *, orderer: Orderer, say: Say) -> npt.NDArray[np.int16]:
    """For each row of the states, its word's place in the order that the guide predicts."""
    out = np.zeros(len(states.rows), np.int16)
    for done, k in enumerate(chosen.tolist(), 1):
        first, size = int(states.first[k]), int(lesson.source_size[k])
        if size > 1:
            order = best_order(orderer.scores(states.of(np.arange(first, first + size))))
            out[first + np.array(order)] = np.arange(size)
        if done % SAID == 0:
            say(f"{done} of {len(chosen)} sentences ordered")
    return out


@dataclass(frozen=True, slots=True)
class Part:
    """Pairs of one kind; `share`: of each sentence, how much of it one pass draws, 0 for what does not teach."""

    lesson: Lesson
    states: States
    rank: npt.NDArray[np.int16]
    share: Floats


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of one step: (batch, source words) or (batch, target places), a place more than words for the end."""

    states: Floats
    rank: Longs
    real: Bools
    kind: Longs
    past: Longs
    """(batch, places, HISTORY): rows of the words before, latest first."""
    words: Longs
    asked: Bools
    """Places that hold a word or the end."""
    pointed: Longs
    """Of each place the source word that its word is linked with, -1 for the end."""
    weight: Floats
    """(batch)."""


@dataclass(frozen=True, slots=True)
class Course:
    """All pairs; a sentence of a later part has a number behind those of the parts before."""

    parts: Sequence[Part]
    """Those of the corpus, and behind them, if there are any, the back-translated ones."""
    held: Longs
    """Sentences of the first part that measure."""
    settings: AttentionSettings
    kind: Longs
    """Of each sentence its part."""
    begin: Longs
    """Of each part its first sentence."""
    share: Floats
    source_size: Longs
    target_size: Longs

    @classmethod
    def of(cls, parts: Sequence[Part], held: Longs, settings: AttentionSettings) -> Course:
        """Put the parts together; what is held out never teaches."""
        sizes = np.array([len(part.share) for part in parts], np.int64)
        share = _column(parts, lambda part: part.share)
        share[held] = 0.0
        return cls(
            parts, held, settings, np.repeat(np.arange(len(parts)), sizes), np.cumsum(sizes) - sizes, share,
            _column(parts, lambda part: part.lesson.source_size), _column(parts, lambda part: part.lesson.target_size),
        )  # fmt: skip

    @property
    def known(self) -> int:
        """Rows of the vocabulary."""
        return self.parts[0].lesson.known

    def batches(self, number: int) -> list[Longs]:
        """The batches of a pass, each of sentences of about one size, in random order; they hang on seed and number."""
        settings, chance = self.settings, np.random.default_rng([self.settings.seed, number])
        drawn = np.flatnonzero(chance.random(len(self.share)) < self.share)
        if not len(drawn):
            return []
        size = self.target_size[drawn] + self.source_size[drawn] * settings.source_part
        drawn = drawn[np.argsort(size + chance.random(len(drawn)) * settings.jitter, kind="stable")]
        cost = np.cumsum(self.target_size[drawn] + 1) // settings.batch
        parts = np.split(drawn, np.flatnonzero(np.diff(cost)) + 1)
        return [parts[k] for k in chance.permutation(len(parts))]

    def batch(self, sentences: Longs, chance: np.random.Generator | None = None) -> Batch:
        """The arrays of some sentences; with `chance` a share of the words before is hidden."""
        source, target = self.source_size[sentences], self.target_size[sentences]
        real = np.arange(source.max()) < source[:, None]
        word = np.arange(target.max() + 1) < target[:, None]
        rows, rank = self._sources(sentences, real)
        end = self.known + START
        words, pointed = np.full(word.shape, end), np.full(word.shape, -1)
        weight = np.zeros(len(sentences), np.float32)
        for part, mine, own in self._apart(sentences):
            at = (part.lesson.target_first[own][:, None] + np.arange(word.shape[1]))[word[mine]]
            inside = word & mine[:, None]
            words[inside], pointed[inside] = part.lesson.words[at], part.lesson.belongs[at]
            weight[mine] = part.lesson.weight[own]
        asked = np.arange(word.shape[1]) <= target[:, None]
        past = _past(words, self.known, self.settings.hide, chance)
        return Batch(rows, rank, real, self.kind[sentences], past, words, asked, pointed, weight)

    def _sources(self, sentences: Longs, real: Bools) -> tuple[Floats, Longs]:
        """States and ranks of sources, zero where there is no word."""
        rows = np.zeros((*real.shape, self.parts[0].states.rows.shape[1]), np.float32)
        rank = np.zeros(real.shape, np.int64)
        for part, mine, own in self._apart(sentences):
            at = (part.states.first[own][:, None] + np.arange(real.shape[1]))[real[mine]]
            inside = real & mine[:, None]
            rows[inside], rank[inside] = part.states.rows[at], part.rank[at]
        return rows, rank

    def _apart(self, sentences: Longs) -> list[tuple[Part, Bools, Longs]]:
        """For each part that has some of the sentences: which they are, and their numbers in it."""
        kind = self.kind[sentences]
        found = ((part, kind == k, self.begin[k]) for k, part in enumerate(self.parts))
        return [(part, mine, sentences[mine] - begin) for part, mine, begin in found if mine.any()]


def _column(parts: Sequence[Part], get: Callable[[Part], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate([get(part) for part in parts])


def _past(words: Longs, known: int, hide: float, chance: np.random.Generator | None) -> Longs:
    """The words before each place, latest first; what is hidden is so for every place that sees it."""
    begin = np.full((len(words), HISTORY), known + START)
    before = words[:, :-1]
    if chance is not None:
        before = np.where(chance.random(before.shape) < hide, known + HIDDEN, before)
    row, places = np.concatenate([begin, before], 1), words.shape[1]
    return np.stack([row[:, HISTORY - 1 - k :][:, :places] for k in range(HISTORY)], 2)
