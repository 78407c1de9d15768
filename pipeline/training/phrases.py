"""Phrase pairs from word alignments, extracted for the whole corpus at once with array operations.

Koehn, Och and Marcu 2003 for the extraction, Koehn et al. 2005 for orientations (word-based, monotone, swap,
discontinuous). All positions are global: the corpus is one flat array of word ids a language, so that a
sentence is a range. `links` are global (source, target) pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.ngram import Ints, Words
from pipeline.engines.compact.table import phrase_keys

__all__ = ["Corpus", "PhrasePairs", "extract", "lexical", "symmetrise"]

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
FAR = np.int64(1 << 40)
NO_LINK = 15
"""Marks a target word without a link in the packed alignment of a phrase pair."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A word-aligned corpus: flat ids, the sentence of each position, links and the weight of each sentence."""

    source: Ints
    target: Ints
    source_sentence: Longs
    target_sentence: Longs
    links: npt.NDArray[np.int64]
    weight: Floats


@dataclass(frozen=True, slots=True)
class PhrasePairs:
    """The distinct phrase pairs, grouped by source phrase.

    `example` points at one place in the corpus that shows the pair: source start, source length, target
    start, target length. `orientation`: weighted counts (before: monotone, swap, other; after: the same).
    """

    source_key: Words
    target_key: Words
    example: npt.NDArray[np.int64]
    number: Longs
    weight: Floats
    lexical: npt.NDArray[np.float64]
    orientation: npt.NDArray[np.float64]
    alignment: npt.NDArray[np.uint32]


def symmetrise(forward: Longs, backward: Longs, width: int) -> npt.NDArray[np.int64]:
    """Grow-diag-final-and over packed links (source * width + target, global positions); returns packed links."""
    union = np.union1d(forward, backward)
    source, target = union // width, union % width
    taken = np.isin(union, np.intersect1d(forward, backward))
    has_source, has_target = np.zeros(source.max(initial=0) + 1, bool), np.zeros(width, bool)
    has_source[source[taken]], has_target[target[taken]] = True, True
    steps = np.array([1, -1, width, -width, width + 1, width - 1, 1 - width, -width - 1])
    frontier = union[taken]
    while len(frontier):
        near = (frontier[:, None] + steps).ravel()
        at = np.minimum(np.searchsorted(union, near), len(union) - 1)
        at = np.unique(at[union[at] == near])
        at = at[~taken[at] & ~(has_source[source[at]] & has_target[target[at]])]
        taken[at], has_source[source[at]], has_target[target[at]] = True, True, True
        frontier = union[at]
    last = ~taken & ~has_source[source] & ~has_target[target]
    return union[taken | last]


def lexical(corpus: Corpus) -> tuple[Floats, Floats]:
    """Log lexical weight at each target position (given its source words) and at each source position.

    The mean over the links of a word of w(word | other word), or w(word | nothing) without a link, as in
    Koehn et al. 2003; sums over a phrase are the lexical weights of the phrase.
    """
    s, t = corpus.links.T
    weight = corpus.weight[corpus.source_sentence[s]]
    forward = _word_probability(corpus.target, corpus.source, t, s, weight, corpus.weight[corpus.target_sentence])
    backward = _word_probability(corpus.source, corpus.target, s, t, weight, corpus.weight[corpus.source_sentence])
    return forward, backward


def _word_probability(  # noqa: PLR0913, PLR0917 (six parallel arrays are one table)
    words: Ints, others: Ints, at: Longs, other_at: Longs, weight: Floats, base: Floats
) -> Floats:
    width = np.int64(words.max()) + 1
    _, pair, number = np.unique(others[other_at] * width + words[at], return_inverse=True, return_counts=True)
    total = np.bincount(others[other_at], weight)
    shrink = 1 - 0.4 / number  # absolute discount in counts of occurrences: a word pair seen once is worth 0.6
    w = np.bincount(pair, weight) * shrink
    p = w[pair] / total[others[other_at]]
    sums, links = np.bincount(at, p, len(words)), np.bincount(at, minlength=len(words))
    free = links == 0
    nothing = np.bincount(words[free], base[free], words.max() + 1) / max(1e-9, base[free].sum())
    mean = np.where(free, np.maximum(nothing[words] * 0.1, 1e-5), sums / np.maximum(links, 1))
    return np.log(np.maximum(mean, 1e-7))


def _reach(values: Longs, sentence: Longs, n: int, *, least: bool) -> Longs:
    """Minimum or maximum of each window of n positions; FAR (or -1) where the window leaves its sentence."""
    out = values.copy()
    size = len(values)
    for k in range(1, n):
        shifted = np.concatenate([values[k:], np.full(k, FAR if least else -1)])
        out = np.minimum(out, shifted) if least else np.maximum(out, shifted)
    inside = np.zeros(size, bool)
    inside[: size - n + 1] = sentence[: size - n + 1] == sentence[n - 1 :]
    return np.where(inside, out, FAR if least else -1)


def _instances(corpus: Corpus, longest: tuple[int, int]) -> npt.NDArray[np.int64]:
    """All consistent phrase instances, tight or widened over unaligned target words: rows of start, n, start, m."""
    s, t = corpus.links.T
    first_t, last_t = np.full(len(corpus.source), FAR), np.full(len(corpus.source), -1)
    np.minimum.at(first_t, s, t)
    np.maximum.at(last_t, s, t)
    first_s, last_s = np.full(len(corpus.target), FAR), np.full(len(corpus.target), -1)
    np.minimum.at(first_s, t, s)
    np.maximum.at(last_s, t, s)
    low = {m: _reach(first_s, corpus.target_sentence, m, least=True) for m in range(1, longest[1] + 1)}
    high = {m: _reach(last_s, corpus.target_sentence, m, least=False) for m in range(1, longest[1] + 1)}
    free = np.concatenate([first_s == FAR, [False]])
    out = []
    for n in range(1, longest[0] + 1):
        a, z = (
            _reach(first_t, corpus.source_sentence, n, least=True),
            _reach(last_t, corpus.source_sentence, n, least=False),
        )
        i = np.flatnonzero((a < FAR) & (z >= a) & (z - a < longest[1]))
        for m in range(1, longest[1] + 1):
            x = i[z[i] - a[i] + 1 == m]
            tight = x[(low[m][a[x]] >= x) & (high[m][a[x]] <= x + n - 1)]
            out.append(np.stack([tight, np.full_like(tight, n), a[tight], np.full_like(tight, m)], 1))
    rows = np.concatenate(out)
    return _widen(rows, free, corpus.target_sentence, longest[1])


def _widen(
    rows: npt.NDArray[np.int64], free: npt.NDArray[np.bool_], sentence: Longs, longest: int
) -> npt.NDArray[np.int64]:
    """Add the instances that take up to two unaligned target words on either side."""
    out = [rows]
    left = rows
    for _ in range(2):
        left = left[(left[:, 2] > 0) & (left[:, 3] < longest)]
        left = left[free[left[:, 2] - 1] & (sentence[left[:, 2] - 1] == sentence[left[:, 2]])] + [0, 0, -1, 1]
        out.append(left)
    right = np.concatenate(out)
    for _ in range(2):
        right = right[(right[:, 2] + right[:, 3] < len(sentence)) & (right[:, 3] < longest)]
        after = right[:, 2] + right[:, 3]
        right = right[free[after] & (sentence[after] == sentence[after - 1])] + [0, 0, 0, 1]
        out.append(right)
    return np.concatenate(out)


def _orientation(corpus: Corpus, rows: npt.NDArray[np.int64]) -> tuple[Longs, Longs]:
    """0 monotone, 1 swap, 2 other: of the phrase before and of the phrase after, in target order."""
    width = np.int64(len(corpus.target))
    known = np.sort(corpus.links[:, 0] * width + corpus.links[:, 1])

    def linked(s: Longs, t: Longs) -> npt.NDArray[np.bool_]:
        code = s * width + t
        at = np.minimum(np.searchsorted(known, code), len(known) - 1)
        found: npt.NDArray[np.bool_] = known[at] == code
        return found

    i, n, j, m = rows.T
    sent, size = corpus.source_sentence, len(corpus.source)
    lead = (j == 0) | (corpus.target_sentence[np.maximum(j - 1, 0)] != corpus.target_sentence[j])
    start = (i == 0) | (sent[np.maximum(i - 1, 0)] != sent[i])
    before = np.where((lead & start) | linked(i - 1, j - 1), 0, np.where(linked(i + n, j - 1), 1, 2))
    e, f = i + n, j + m
    stop = (e >= size) | (sent[np.minimum(e, size - 1)] != sent[i])
    end = (f >= width) | (corpus.target_sentence[np.minimum(f, width - 1)] != corpus.target_sentence[j])
    after = np.where((stop & end) | linked(e, f), 0, np.where(linked(i - 1, f), 1, 2))
    return before, after


def _pack_alignment(corpus: Corpus, rows: npt.NDArray[np.int64], longest: int) -> npt.NDArray[np.uint32]:
    """Four bits a target word: place of its first linked source word in the phrase."""
    first = np.full(len(corpus.target) + longest, FAR)
    np.minimum.at(first, corpus.links[:, 1], corpus.links[:, 0])
    packed = np.zeros(len(rows), np.uint32)
    for k in range(longest):
        place = first[rows[:, 2] + k] - rows[:, 0]
        place = np.where((k < rows[:, 3]) & (place >= 0) & (place < NO_LINK), place, NO_LINK)
        packed |= place.astype(np.uint32) << np.uint32(4 * k)
    return packed


def extract(corpus: Corpus, longest: tuple[int, int] = (5, 6)) -> PhrasePairs:
    """Phrase pairs with counts, lexical weights and orientations; `longest`: words of source and target phrases."""
    rows = _instances(corpus, longest)
    weight = corpus.weight[corpus.source_sentence[rows[:, 0]]]
    source, target = (
        phrase_keys(*part)
        for part in ((corpus.source, rows[:, 0], rows[:, 1]), (corpus.target, rows[:, 2], rows[:, 3]))
    )
    order = np.lexsort((-weight, target, source))
    rows, weight, source, target = rows[order], weight[order], source[order], target[order]
    new = np.concatenate([[True], (source[1:] != source[:-1]) | (target[1:] != target[:-1])])
    group = np.cumsum(new) - 1
    before, after = _orientation(corpus, rows)
    moves = np.stack([np.bincount(group, weight * (side == k)) for side in (before, after) for k in range(3)], 1)
    forward, backward = (np.concatenate([[0], np.cumsum(x)]) for x in lexical(corpus))
    show = rows[new]
    weights = np.stack([forward[show[:, 2] + show[:, 3]] - forward[show[:, 2]],
                        backward[show[:, 0] + show[:, 1]] - backward[show[:, 0]]], 1)  # fmt: skip
    return PhrasePairs(
        source_key=source[new],
        target_key=target[new],
        example=show,
        number=np.bincount(group).astype(np.int64),
        weight=np.asarray(np.bincount(group, weight), np.float64),
        lexical=weights,
        orientation=moves.astype(np.float64),
        alignment=_pack_alignment(corpus, show, longest[1]),
    )
