"""What the guide learns from: word links as places in the translation, source words of target words, histories.

All of it is flat over the aligned corpus; a batch is cut out of it. Numpy only.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.encoder import BOS, EOS, pieces_of, places
from pipeline.engines.compact.joint import HIDDEN, HISTORY, START
from pipeline.engines.compact.text import class_of
from pipeline.training.align import Aligned
from pipeline.training.guide.settings import Plan
from pipeline.training.phrases import Corpus
from pipeline.training.prepare import read_tokens

__all__ = ["Batch", "Coded", "Lesson", "News", "Pairs", "Selection", "affiliations", "hidden", "histories",
           "positions", "select"]  # fmt: skip

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
PAD = 1
FAR = np.int64(1 << 40)
LEAST, MOST = 0.2, 1.0
"""Range of the weight of a pair in the joint model."""


def _sizes(sentence: Longs, number: int) -> tuple[Longs, Longs]:
    size = np.bincount(sentence, minlength=number).astype(np.int64)
    return np.cumsum(size) - size, size


def positions(corpus: Corpus) -> Longs:
    """For each source word the place in its target sentence of its middle link (the lower of two), or -1."""
    first, _ = _sizes(corpus.target_sentence, len(corpus.weight))
    links = corpus.links[np.lexsort((corpus.links[:, 1], corpus.links[:, 0]))]
    word, begin, number = np.unique(links[:, 0], return_index=True, return_counts=True)
    out = np.full(len(corpus.source), -1, np.int64)
    out[word] = links[begin + (number - 1) // 2, 1] - first[corpus.source_sentence[word]]
    return out


def affiliations(corpus: Corpus) -> Longs:
    """For each target word its source word (global place): the middle linked one, else that of the nearest linked word.

    The word to the right wins a tie; -1 in a sentence without links (Devlin et al. 2014).
    """
    links = corpus.links[np.lexsort((corpus.links[:, 0], corpus.links[:, 1]))]
    word, begin, number = np.unique(links[:, 1], return_index=True, return_counts=True)
    found = np.full(len(corpus.target), -1, np.int64)
    found[word] = links[begin + number // 2, 0]
    place, sentence = np.arange(len(found)), corpus.target_sentence
    before = np.maximum.accumulate(np.where(found >= 0, place, -1))
    after = np.minimum.accumulate(np.where(found >= 0, place, FAR)[::-1])[::-1]
    left, right = np.maximum(before, 0), np.minimum(after, len(found) - 1)
    back = np.where((before >= 0) & (sentence[left] == sentence), place - before, FAR)
    ahead = np.where((after < FAR) & (sentence[right] == sentence), after - place, FAR)
    near = found[np.where(ahead <= back, right, left)]
    return np.where(np.minimum(ahead, back) < FAR, near, -1)


def histories(words: Longs, place: Longs, known: int) -> Longs:
    """(words, HISTORY): rows of the words before each word, latest first; `place`: of each word in its sentence."""
    start = known + START
    columns = [np.concatenate([np.full(k, start), words])[: len(words)] for k in range(1, HISTORY + 1)]
    return np.stack([np.where(place >= k, c, start) for k, c in enumerate(columns, 1)], 1)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One direction of the corpus as the guide reads it."""

    position: Longs
    belongs: Longs
    """Of each target word, the place of its source word in the source sentence; -1 without."""
    words: Longs
    """Rows of the joint model for target words."""
    history: Longs
    source_first: Longs
    source_size: Longs
    target_first: Longs
    target_size: Longs
    weight: npt.NDArray[np.float32]
    known: int

    @classmethod
    def of(cls, corpus: Corpus, known: int) -> Lesson:
        """From a corpus in the direction's own reading; `known`: rows of the joint model's vocabulary."""
        n = len(corpus.weight)
        source_first, source_size = _sizes(corpus.source_sentence, n)
        target_first, target_size = _sizes(corpus.target_sentence, n)
        owner = affiliations(corpus)
        words = np.minimum(corpus.target, known).astype(np.int64)
        place = np.arange(len(words)) - target_first[corpus.target_sentence]
        belongs = np.where(owner >= 0, owner - source_first[corpus.target_sentence], -1)
        weight = np.clip(corpus.weight, LEAST, MOST).astype(np.float32)
        return cls(positions(corpus), belongs, words, histories(words, place, known), source_first, source_size,
                   target_first, target_size, weight, known)  # fmt: skip

    def targets(self, sentence: int) -> slice:
        """The target words of a sentence that can be learnt: all or none."""
        first = int(self.target_first[sentence])
        size = int(self.target_size[sentence])
        return slice(first, first + size if size and self.belongs[first] >= 0 else first)

    def places(self, sentence: int) -> Longs:
        """`position` of a sentence's source words."""
        first = int(self.source_first[sentence])
        return self.position[first : first + int(self.source_size[sentence])]


@dataclass(frozen=True, slots=True)
class Coded:
    """A source sentence as pieces: `ids` with the frame, and for each word its pieces (places in `ids`)."""

    ids: npt.NDArray[np.int32]
    pieces: Longs
    word: Longs
    words: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of one step; `piece`, `word` and `source` point into the flattened (batch, ...) arrays."""

    ids: Longs
    piece: Longs
    word: Longs
    position: Longs
    """(batch, words)."""
    real: Bools
    source: Longs
    words: Longs
    history: Longs
    weight: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pairs:
    """The chosen pairs of one direction, ready for batches."""

    lesson: Lesson
    coded: Mapping[int, Coded]

    @classmethod
    def read(cls, path: Path, lesson: Lesson, chosen: Iterable[int], *, tokenizer: Any, longest: int) -> Pairs:
        """Code the chosen sentences of a token file that `prepare` wrote."""
        wanted = {int(k) for k in chosen}
        sentences = ((k, forms) for k, forms in enumerate(read_tokens(path)) if k in wanted)
        return cls.of(sentences, lesson, tokenizer=tokenizer, longest=longest)

    @classmethod
    def of(
        cls, sentences: Iterable[tuple[int, Sequence[str]]], lesson: Lesson, *, tokenizer: Any, longest: int
    ) -> Pairs:
        """Code source sentences, each with its number in the lesson."""
        rows = ((k, *places(forms)) for k, forms in sentences)
        coded: dict[int, Coded] = {}
        while part := list(islice(rows, 20_000)):
            made = tokenizer.encode_batch([text for _, text, _ in part], add_special_tokens=False)
            for (k, _, spans), code in zip(part, made, strict=True):
                coded[k] = _code(code.ids[:longest], code.offsets[:longest], spans)
        return cls(lesson, coded)

    def digest(self) -> bytes:
        """Names all that the pairs say of words: a checkpoint of other pairs is not gone on from."""
        made, lesson = hashlib.sha256(), self.lesson
        for row in self.coded.values():
            made.update(row.ids.tobytes() + row.pieces.tobytes() + row.word.tobytes())
        for column in (lesson.target_size, lesson.words, lesson.belongs):
            made.update(column.tobytes())
        made.update(lesson.weight.tobytes())
        return made.digest()

    def size(self, sentence: int) -> int:
        """Pieces of a sentence, with the frame."""
        return len(self.coded[sentence].ids)

    def batch(self, sentences: Sequence[int] | Longs) -> Batch:
        """The arrays of some sentences."""
        lesson, rows = self.lesson, [self.coded[int(k)] for k in sentences]
        most, wide = max(len(r.ids) for r in rows), max(r.words for r in rows)
        ids = np.full((len(rows), most), PAD, np.int64)
        position = np.full((len(rows), wide), -1, np.int64)
        for r, (k, row) in enumerate(zip(sentences, rows, strict=True)):
            ids[r, : len(row.ids)] = row.ids
            position[r, : row.words] = lesson.places(int(k))
        taken = [lesson.targets(int(k)) for k in sentences]
        at = np.concatenate([np.arange(t.start, t.stop) for t in taken])
        owner = np.repeat(np.arange(len(rows)), [t.stop - t.start for t in taken])
        return Batch(
            ids,
            np.concatenate([row.pieces + r * most for r, row in enumerate(rows)]),
            np.concatenate([row.word + r * wide for r, row in enumerate(rows)]),
            position,
            np.arange(wide) < np.array([row.words for row in rows])[:, None],
            lesson.belongs[at] + owner * wide,
            lesson.words[at],
            lesson.history[at],
            lesson.weight[np.asarray(sentences, np.int64)][owner],
        )


@dataclass(frozen=True, slots=True)
class News:
    """Text of the target language alone: what follows what."""

    rows: npt.NDArray[np.int32]
    """Of the joint model; before every sentence HISTORY rows of its beginning, so that a history is what stands before.
    """
    at: Longs
    """Places of words in `rows`."""

    @classmethod
    def read(cls, path: Path, words: Sequence[str], known: int) -> News:
        """The whole of a token file that `prepare` wrote; `words`: the target's vocabulary. No file, no words."""
        index = {word: row for row, word in enumerate(words[:known])}
        row = cache(lambda form: index.get(class_of(form), known))
        flat = array("i")
        for forms in read_tokens(path) if path.is_file() else ():
            flat.extend([known + START] * HISTORY)
            flat.extend(row(form) for form in forms if form)
        rows = np.array(flat, np.int32)
        return cls(rows, np.flatnonzero(rows != known + START))

    def draw(self, number: int, chance: np.random.Generator) -> tuple[Longs, Longs]:
        """Histories (number, HISTORY), latest first, and the words behind them."""
        at = self.at[chance.integers(0, len(self.at), number)]
        history = self.rows[at[:, None] - np.arange(1, HISTORY + 1)]
        return history.astype(np.int64), self.rows[at].astype(np.int64)


def hidden(history: Longs, known: int) -> Longs:
    """The history of words that know nothing of what stands before them."""
    return np.full_like(history, known + HIDDEN)


def _code(ids: Sequence[int], offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> Coded:
    """Pieces are counted behind the frame's first one; a sentence without any takes the frame itself."""
    found = [[k + 1 for k in part] for part in pieces_of(offsets, spans)] if ids else [[0]] * len(spans)
    word = np.repeat(np.arange(len(spans)), [len(part) for part in found])
    flat = np.array([k for part in found for k in part], np.int64)
    return Coded(np.array([BOS, *ids, EOS], np.int32), flat, word, len(spans))


@dataclass(frozen=True, slots=True)
class Selection:
    """Sentences by what they are for."""

    held: Longs
    good: Longs
    lists: Longs
    other: Longs
    taught: Longs
    """What the joint model learns from: all that have weight and links, but for those held out."""
    grammar: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    """Sentences of the grammar of diplomacy with links: they teach order too."""

    @property
    def ordered(self) -> Longs:
        """What an order head learns from."""
        return np.concatenate([self.good, self.grammar])

    @property
    def every(self) -> Longs:
        """What fine-tuning reads."""
        return np.concatenate([self.held, self.good, self.lists, self.other])


def select(aligned: Aligned, plan: Plan, chance: np.random.Generator) -> Selection:
    """Choose the pairs: good ones (long enough, well linked, of weight) in full, a sample of lists and other kinds."""
    corpus = aligned.corpus
    number = len(corpus.weight)
    bn, en = (_sizes(s, number)[1] for s in (corpus.source_sentence, corpus.target_sentence))
    linked = np.bincount(corpus.source_sentence[np.unique(corpus.links[:, 0])], minlength=number) / np.maximum(bn, 1)
    (low, high), (least, most) = plan.source_size, plan.target_size
    is_list = _tagged(aligned.tags, plan.lists)
    taught = (corpus.weight > 0) & (linked > 0)
    sound = taught & (corpus.weight >= plan.least_weight) & (linked > plan.linked) & ~is_list
    good = np.flatnonzero(sound & (bn >= low) & (bn <= high) & (en >= least) & (en <= most))
    chance.shuffle(good)
    held, good = good[: min(plan.held, len(good) // 10)], good[min(plan.held, len(good) // 10) :]
    free = (corpus.weight > 0) & (bn >= 1) & (bn <= high) & (en >= 1) & (en <= most)
    free[held], free[good], taught[held] = False, False, False
    other = _tagged(aligned.tags, plan.other) & (bn >= 3) & ~is_list  # noqa: PLR2004 (three words have an order)
    grammar = _some(np.flatnonzero(_tagged(aligned.tags, plan.grammar) & free & taught & (linked > plan.linked)),
                    plan.most_grammar, chance)  # fmt: skip
    lists = _some(np.flatnonzero(is_list & free), plan.most_lists, chance)
    return Selection(held, good, lists, _some(np.flatnonzero(other & free), plan.most_other, chance),
                     np.flatnonzero(taught), grammar)  # fmt: skip


def _tagged(tags: Sequence[str], starts: tuple[str, ...]) -> Bools:
    """By the part of a tag before its first hyphen."""
    return np.isin(np.array([tag.split("-")[0] for tag in tags]), np.array(starts))


def _some(rows: Longs, number: int, chance: np.random.Generator) -> Longs:
    return chance.choice(rows, min(len(rows), number), replace=False)
