"""The phrase table of one direction, and the translation options of a batch of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.ngram import BOS, FACTORS, KEY_BITS, PAD, Ints, Words
from pipeline.engines.compact.options import CONTEXT, Options

__all__ = ["Forced", "PhraseTable", "gather", "offered", "phrase_keys"]

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
LONGEST = (5, 6)
"""Words of the longest source and target phrase."""
UNLINKED = 15


def phrase_keys(ids: Ints, start: Longs, length: Longs) -> Words:
    """One hash of KEY_BITS bits a phrase, from a flat array of word ids."""
    key = length.astype(np.uint64) * FACTORS[7]
    for k in range(int(length.max(initial=0))):
        word = ids[np.minimum(start + k, len(ids) - 1)].astype(np.uint64) + np.uint64(1)
        key = np.where(length > k, (key ^ (word * FACTORS[k % 4])) * FACTORS[4] + (key >> np.uint64(31)), key)
    out: Words = (key ^ (key >> np.uint64(33))) >> np.uint64(64 - KEY_BITS)
    return out


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """Options of source phrases: those of `keys[k]` are rows `first[k]:first[k+1]`, best first."""

    keys: Words
    first: npt.NDArray[np.uint32]
    words: Ints
    """Target words, LONGEST[1] columns padded with PAD."""
    length: npt.NDArray[np.uint8]
    score: npt.NDArray[np.float16]
    reorder: npt.NDArray[np.float16]
    alignment: npt.NDArray[np.uint32]
    """Four bits a target word: the source word of the phrase that it is linked to, or UNLINKED."""

    def find(self, keys: Words) -> tuple[Longs, Longs]:
        """First row and number of rows of each key (0 rows when unknown)."""
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        hit = self.keys[at] == keys
        first = self.first.astype(np.int64)
        return first[at], np.where(hit, first[at + 1] - first[at], 0)


@dataclass(frozen=True, slots=True)
class Forced:
    """An option that does not come from the table: of a hint, or of a word that the table does not know.

    `alone`: no other option may cover a part of its words.
    """

    sentence: int
    start: int
    end: int
    words: tuple[int, ...]
    """Ids for the language model; what is written are the `forms`."""
    forms: tuple[str, ...]
    score: float
    alone: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """Options with what the search does not need: rows of the table (or -1 - k for the k-th forced option)."""

    options: Options
    row: Longs


def offered(table: PhraseTable, ids: Ints) -> Ints:
    """Every target word that stands in a translation of some phrase of a sentence, ascending."""
    *_, first, number = _spans(table, [ids], ())
    rows = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number - first, number)
    words = table.words[rows]
    out: Ints = np.unique(words[words != PAD])
    return out


def gather(  # noqa: PLR0913 (the search's inputs, each its own thing)
    table: PhraseTable, sentences: Sequence[Ints], forced: Sequence[Forced], *,
    context: Ints, covered: npt.NDArray[np.uint64], walls: Longs, numbers: tuple[Ints, Ints],
    denials: tuple[Sequence[Bools], Ints],
) -> Gathered:  # fmt: skip
    """All options of a batch: of the table, and the forced ones.

    `numbers`: ids of the number classes in both languages. An option that loses or adds a number is no option.
    `denials`: which words of each sentence deny, and the target ids that do: what an option loses or adds is its turn.
    """
    sentence, start, length, first, number = _spans(table, sentences, forced)
    rows = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number) + np.repeat(first, number)
    span = np.repeat(np.arange(len(number)), number)
    wanted = _count_in([np.isin(ids, numbers[0]) for ids in sentences], sentence, start, length)
    same = np.isin(table.words[rows], numbers[1]).sum(1) == wanted[span]
    rows, span = rows[same], span[same]
    denied = _count_in(denials[0], sentence, start, length)[span] > 0
    denies = np.isin(table.words[rows], denials[1]).any(1)
    part = {
        "sentence": sentence[span],
        "start": start[span],
        "end": start[span] + length[span],
        "words": table.words[rows].astype(np.int32),
        "length": table.length[rows].astype(np.int64),
        "score": table.score[rows].astype(np.float32),
        "turn": denied.astype(np.int64) - denies,
        "reorder": table.reorder[rows].astype(np.float32),
    }
    extra = _forced_arrays(forced, table.words.shape[1])
    width = max(part["words"].shape[1], extra["words"].shape[1])
    whole = {k: np.concatenate([_wide(part[k], width, k), _wide(extra[k], width, k)]) for k in part}
    row = np.concatenate([rows, -1 - np.arange(len(forced))])
    order = np.lexsort((np.arange(len(row)), whole["end"], whole["start"], whole["sentence"]))
    lengths = np.array([len(s) for s in sentences], np.int64)
    options = Options(
        **{k: v[order] for k, v in whole.items()}, source_length=lengths, context=context, covered=covered, walls=walls
    )
    return Gathered(options, row[order])


def _count_in(marked: Sequence[Bools], sentence: Longs, start: Longs, length: Longs) -> Longs:
    """How many marked words stand in each span."""
    size = np.array([len(marks) for marks in marked], np.int64)
    at = (np.cumsum(size) - size)[sentence] + start
    count = np.concatenate([[0], np.cumsum(np.concatenate(marked))])
    out: Longs = count[at + length] - count[at]
    return out


def _wide(array: npt.NDArray[np.generic], width: int, name: str) -> npt.NDArray[np.generic]:
    if name != "words" or array.shape[1] == width:
        return array
    return np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=PAD)


def _spans(table: PhraseTable, sentences: Sequence[Ints], forced: Sequence[Forced]) -> tuple[Longs, ...]:
    """Sentence, start, length, first row and number of rows of every span that the table knows and hints leave free."""
    flat = np.concatenate([*sentences, np.zeros(1, np.int32)]).astype(np.int32)
    size = np.array([len(s) for s in sentences], np.int64)
    offset = np.cumsum(size) - size
    owner, place = np.repeat(np.arange(len(size)), size), np.arange(size.sum()) - np.repeat(offset, size)
    taken = np.zeros(len(flat) + 1, np.int64)
    for f in forced:
        if f.alone:
            taken[offset[f.sentence] + f.start + 1 : offset[f.sentence] + f.end + 1] = 1
    taken = np.cumsum(taken)
    out = []
    for n in range(1, LONGEST[0] + 1):
        at = np.flatnonzero(place + n <= size[owner])
        at = at[taken[at + n] == taken[at]]
        first, number = table.find(phrase_keys(flat, at, np.full(len(at), n, np.int64)))
        known = number > 0
        out.append((owner[at][known], place[at][known], np.full(int(known.sum()), n), first[known], number[known]))
    return tuple(np.concatenate(columns) for columns in zip(*out, strict=True))


def _forced_arrays(forced: Sequence[Forced], width: int) -> dict[str, npt.NDArray[np.generic]]:
    width = max([width, *(len(f.words) for f in forced)])
    words = np.full((len(forced), width), PAD, np.int32)
    for k, f in enumerate(forced):
        words[k, : len(f.words)] = f.words
    return {
        "sentence": np.array([f.sentence for f in forced], np.int64),
        "start": np.array([f.start for f in forced], np.int64),
        "end": np.array([f.end for f in forced], np.int64),
        "words": words,
        "length": np.array([len(f.words) for f in forced], np.int64),
        "score": np.array([f.score for f in forced], np.float32),
        "turn": np.zeros(len(forced), np.int64),
        "reorder": np.zeros((len(forced), 6), np.float32),
    }


def fresh_context(sentences: int) -> Ints:
    """The context at the beginning of a text."""
    return np.tile(np.array([BOS] + [PAD] * (CONTEXT - 1), np.int32), (sentences, 1))
