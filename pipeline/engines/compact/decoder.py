"""Phrase-based decoding of many sentences at once, in numpy.

Stacks by covered source words with beam, hypothesis recombination, a distortion window and lexicalised
reordering (Koehn et al. 2003, 2005), each step done for the whole batch with array operations. Every number
of a sentence is computed from that sentence alone by element-wise sums in a fixed order, so that the batch
that a sentence travels in never changes its translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.engines.compact.derivations import Derivation, Derivations
from pipeline.engines.compact.joint import JointScorer
from pipeline.engines.compact.ngram import EOS, Ints, NgramModel, Places
from pipeline.engines.compact.options import CONTEXT, Bits, Floats, Longs, Options
from pipeline.engines.compact.ranking import near_best, top
from pipeline.engines.compact.spans import Spans, expand
from pipeline.engines.compact.stack import Stack

__all__ = ["Derivation", "SearchSettings", "Weights", "decode"]

ONE = np.uint64(1)
DENIAL = 5.0
"""What a translation pays for each denial less or more than in its source so far, and again at its end: lost at one
word it may come back at another ("no decision has been taken" denies at the verb in Bengali)."""

SLACK = 0.01
"""What sums of the same numbers in another order may differ by, and more."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-linear weights of what is scored during the search (the table's own features are weighed before it)."""

    lm: float = 0.5
    word: float = 0.0
    distortion: float = 0.05
    reorder: float = 0.3
    joint: float = 0.0
    order: float = 0.0


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How wide to search; a source in the order of the target needs few jumps, and the time goes into the beam."""

    beam: int = 140
    margin: float = 7.0
    distortion: int = 5
    options: int = 16
    """Translations of one source phrase that the search tries: the best by all that is known before it begins."""
    n_best: int = 1


@dataclass(frozen=True, slots=True)
class _Search:
    """What the whole search reads."""

    options: Options
    lm: NgramModel
    weights: Weights
    settings: SearchSettings
    spans: Spans
    fixed: Floats
    """Table score, word reward and the language model inside the option where its context is complete."""
    guess: Floats
    """Language model of the words whose context is not complete, with what context there is."""
    future: Floats
    """What covering the option's source words is expected to cost: taken off the future of a hypothesis."""
    joint: JointScorer | None
    least: Floats
    """What the best option of a source phrase is worth at least, whatever comes before it."""
    most: Floats
    """(source phrases, options of one): what each option is worth at most; nothing where a phrase has no more."""
    places: Places
    """Of the context behind an option in the language model, where all of it lies inside."""
    assumed: Floats
    """What `fixed` holds for the joint model of an option's first words, until a hypothesis gives them a history."""


def decode(  # noqa: PLR0913 (what a search reads)
    options: Options, lm: NgramModel, weights: Weights, settings: SearchSettings, *, joint: JointScorer | None = None,
    asked: Sequence[int] | None = None,
) -> list[list[Derivation]]:  # fmt: skip
    """The best translations of every sentence, best first; a sentence always has at least one.

    `asked`: most translations of each sentence, in place of the `n_best` of the settings; no two have the same words.
    """
    search, rows = _prepare(options, lm, weights, settings, joint=joint)
    options = search.options
    number = np.array(asked) if asked is not None else np.full(len(options.source_length), settings.n_best)
    longest = int(options.source_length.max(initial=0))
    pending: list[list[Stack]] = [[] for _ in range(longest + 1)]
    for part, count in _begin(search):
        pending[count].append(part)
    done: list[Stack] = []
    seen = Derivations(options)
    for count in range(longest + 1):
        if not pending[count]:
            continue
        stack, detours = Stack.join(pending[count]).recombined(settings.beam * 3 // 2, number > 1)
        pending[count] = []
        stack.name = seen.add(stack.parent, stack.option, detours)
        _read(search, stack)
        finished = options.source_length[stack.sentence] == count
        if finished.any():
            done.append(_finish(search, stack.take(finished)))
            stack = stack.take(~finished)
        if not len(stack.score):
            continue
        for new, size in _expand(search, stack.best(settings.beam)):
            pending[size].append(new)
    found: list[list[Derivation]] = [[] for _ in number]
    if done:
        final = Stack.join(done)
        best = top(final.sentence, final.score, int(number.max()), np.arange(len(final.score)))
        ends = np.searchsorted(final.sentence[best], np.arange(len(number) + 1))
        for k, most in enumerate(number.tolist()):
            mine = best[ends[k] : ends[k + 1]]
            found[k] = seen.best(final.name[mine], final.score[mine], most)
    return [[Derivation(tuple(rows[list(d.options)].tolist()), d.score) for d in best] for best in found]


def _prepare(
    options: Options, lm: NgramModel, weights: Weights, settings: SearchSettings, *, joint: JointScorer | None
) -> tuple[_Search, Longs]:
    """Everything the search reads of the options that it tries, and which these are."""
    inner, guess = np.zeros(len(options.score), np.float32), np.zeros(len(options.score), np.float32)
    width = options.words.shape[1]
    places = np.full((len(options.score), lm.order - 2), -1, np.int32)
    for k in range(width):
        rows = np.flatnonzero(options.length > k)
        past = [options.words[rows, j] for j in range(k - 1, max(-1, k - 1 - CONTEXT), -1)]
        value, places[rows] = lm.follow(options.words[rows, k], past, places[rows])
        if k >= CONTEXT:
            inner[rows] += value
        else:
            guess[rows] += value
    fixed = (
        options.score + np.float32(weights.lm) * inner + np.float32(weights.word) * options.length.astype(np.float32)
    )
    guess *= np.float32(weights.lm)
    within, assumed = joint.inside() if joint else (np.zeros_like(fixed), np.zeros_like(fixed))
    assumed *= np.float32(weights.joint)
    fixed += np.float32(weights.joint) * within + assumed
    rows = _promising(options, fixed + guess, settings.options)
    options, fixed, guess, assumed = options.take(rows), fixed[rows], guess[rows], assumed[rows]
    places, joint = places[rows], joint.take(rows) if joint else None
    longest = int(options.source_length.max(initial=0))
    share = _shares(options, fixed + guess, longest)
    future = np.zeros(len(options.score), np.float32)
    for k in range(int((options.end - options.start).max(initial=0))):
        inside = options.start + k < options.end
        future[inside] += share[options.sentence[inside], options.start[inside] + k]
    spans = Spans.of(options)
    least, most = _bounds(options, spans, fixed + guess - future)
    return _Search(
        options, lm, weights, settings, spans, fixed, guess, future, joint, least, most, places, assumed
    ), rows  # fmt: skip


def _bounds(options: Options, spans: Spans, value: Floats) -> tuple[Floats, Floats]:
    """`least` (spans) and `most` (spans, options of one): the move before an option and its denials are not known."""
    denials = np.float32(DENIAL) * np.abs(options.turn).astype(np.float32)
    least = value + options.reorder[:, :3].min(1) - denials
    most = value + options.reorder[:, :3].max(1) + denials
    owner, place = expand(np.zeros_like(spans.size), spans.size)
    found = np.full((2, len(spans.size), int(spans.size.max(initial=0))), -np.inf, np.float32)
    found[0, owner, place], found[1, owner, place] = least, most
    return found[0].max(1, initial=-np.inf), found[1]


def _promising(options: Options, value: Floats, most: int) -> Longs:
    """The best options of each source phrase, by sentence, start and end, and then in their order."""
    phrase = (options.sentence * 64 + options.start) * 64 + options.end
    rows = np.sort(top(phrase, value, most, np.arange(len(value))))
    return rows[np.argsort(phrase[rows], kind="stable")]


def _shares(options: Options, value: Floats, longest: int) -> Floats:
    """Expected score of each source word: the best segmentation's phrases, spread evenly over their words."""
    n = len(options.source_length)
    spans = options.sentence * 64 * 64 + options.start * 64 + options.end
    order = np.lexsort((-value, spans))
    best = order[np.concatenate([[True], spans[order][1:] != spans[order][:-1]])] if len(order) else order
    total = np.full((n, longest + 1), -np.inf, np.float32)
    total[:, 0] = 0
    back = np.full((n, longest + 1), -1)
    best = best[np.argsort(options.end[best], kind="stable")]
    for end in range(1, longest + 1):
        rows = best[options.end[best] == end]
        rows = rows[np.argsort(-(options.end[rows] - options.start[rows]), kind="stable")]
        for span in range(1, int((options.end[rows] - options.start[rows]).max(initial=0)) + 1):
            r = rows[options.end[rows] - options.start[rows] == span]
            s = options.sentence[r]
            new = total[s, end - span] + value[r]
            better = new > total[s, end]
            total[s[better], end] = new[better]
            back[s[better], end] = r[better]
    share = np.zeros((n, longest + 1), np.float32)
    at = options.source_length.copy()
    while (alive := np.flatnonzero(at > 0)).size:
        r = back[alive, at[alive]]
        size = np.where(r >= 0, options.end[r] - options.start[r], 1)
        each = np.where(r >= 0, value[r] / size.astype(np.float32), np.float32(-10)).astype(np.float32)
        for k in range(int(size.max())):
            inside = k < size
            share[alive[inside], at[alive[inside]] - 1 - k] = each[inside]
        at[alive] -= size
    return share


def _begin(search: _Search) -> list[tuple[Stack, int]]:
    o = search.options
    n = len(o.source_length)
    zero = np.zeros(n, np.float32)
    start = np.zeros(n, np.int64)
    after, places = np.zeros((n, 3), np.float32), search.lm.places(list(o.context.T))
    whole = Stack(np.arange(n), o.covered, start - 1, start, o.context, places, after, zero, zero,
                   start - 1, start - 1, start, o.context, start)  # fmt: skip
    counts = np.bitwise_count(o.covered).astype(np.int64)
    return [(whole.take(counts == count), int(count)) for count in np.unique(counts)]


def _expand(search: _Search, stack: Stack) -> list[tuple[Stack, int]]:
    """Every hypothesis with every option that fits, pruned twice: before and after the language model is asked."""
    o, spans = search.options, search.spans
    at, span, move, moved = _steps(search, stack)
    covered = stack.covered[at] | spans.bits[span]
    count = np.bitwise_count(covered).astype(np.int64)
    group = stack.sentence[at] * 64 + count
    row, opt = _hopeful(search, span, moved + (stack.estimate - stack.score)[at], group)
    hyp = at[row]
    score = moved[row] + search.fixed[opt] + o.reorder[opt, move[row]]
    balance = stack.balance[hyp] + o.turn[opt]
    score -= np.float32(DENIAL) * (np.abs(balance) - np.abs(stack.balance[hyp])).astype(np.float32)
    ahead = stack.estimate[hyp] - stack.score[hyp] - search.future[opt]
    count = count[row]
    keep = near_best(
        group[row], score + ahead + search.guess[opt], margin=search.settings.margin, most=4 * search.settings.beam
    )
    row, hyp, opt, balance = row[keep], hyp[keep], opt[keep], balance[keep]
    score, ahead, count = score[keep], ahead[keep], count[keep]
    score, context, places = _ask(search, stack, hyp, opt, score)
    new = Stack(stack.sentence[hyp], covered[row], o.start[opt], o.end[opt], context, places, o.reorder[opt, 3:],
                score, score + ahead, stack.name[hyp], opt, balance, stack.context[hyp], opt)  # fmt: skip
    empty = o.length[opt] == 0  # a dropped word does not move the reading position
    if empty.any():
        stay = empty & (o.start[opt] != stack.last_end[hyp])
        new.last_start[stay], new.last_end[stay] = stack.last_start[hyp[stay]], stack.last_end[hyp[stay]]
        new.after[empty] = stack.after[hyp[empty]]
    new, sizes = new.take(np.argsort(count, kind="stable")), np.bincount(count)
    ends = np.cumsum(sizes)
    return [(new.part(ends[c] - sizes[c], ends[c]), int(c)) for c in np.flatnonzero(sizes)]


def _hopeful(search: _Search, span: Longs, before: Floats, group: Longs) -> tuple[Longs, Longs]:
    """The row of each source phrase that a hypothesis may take, with each option that may come within the margin.

    `before`: the estimate of a row without its option. An option is surely worth its `least` and surely no more than
    its `most`: where this is below the margin of what another row of the group is surely worth, nobody need look.
    """
    best = np.full(int(group.max(initial=0)) + 1, -np.inf, np.float32)
    np.maximum.at(best, group, before + search.least[span])
    fits = search.most[span] >= (best[group] - before - np.float32(search.settings.margin + SLACK))[:, None]
    row, place = np.nonzero(fits)
    return row, search.spans.first[span[row]] + place


def _steps(search: _Search, stack: Stack) -> tuple[Longs, Longs, Longs, Floats]:
    """The source phrases that fit each hypothesis: its row, the span, the kind of move, and its score behind the move.

    A move goes on (0), swaps with what came before (1), or is another (2).
    """
    spans, window = search.spans, search.settings.distortion
    gap = _lowest(~stack.covered)
    wall = search.options.walls[stack.sentence, gap]
    reach = np.minimum(gap + window + 1, np.where(wall > gap, wall, gap + 1))
    low, high = spans.range_at[stack.sentence, gap], spans.range_at[stack.sentence, reach]
    at, span = expand(low, high - low)
    start = spans.start[span]
    jump = np.abs(start - stack.last_end[at])
    fits = ((stack.covered[at] & spans.bits[span]) == 0) & ((jump <= window) | (start == gap[at]))
    at, span, jump = at[fits], span[fits], jump[fits]
    move = np.where(jump == 0, 0, np.where(spans.end[span] == stack.last_start[at], 1, 2))
    cost = np.float32(search.weights.distortion) * jump.astype(np.float32)
    cost += np.float32(search.weights.order) * _overtaken(search, stack.covered[at], span)
    return at, span, move, stack.score[at] + stack.after[at, move] - cost


def _overtaken(search: _Search, covered: Bits, span: Longs) -> Floats:
    """Log-odds that the words which a phrase leaves behind come before its own (each pair counts once)."""
    cost, spans, odds = np.zeros(len(span), np.float32), search.spans, search.options.ahead
    if odds is None:
        return cost
    left = ~covered & ((ONE << spans.start[span].astype(np.uint64)) - ONE)
    rows = np.flatnonzero(left)
    left = left[rows]
    while len(rows):
        word, k = _lowest(left), span[rows]
        cost[rows] += odds[spans.sentence[k], word, spans.end[k]] - odds[spans.sentence[k], word, spans.start[k]]
        left &= left - ONE
        rows, left = rows[left != 0], left[left != 0]
    return cost


def _ask(search: _Search, stack: Stack, hyp: Longs, opt: Longs, score: Floats) -> tuple[Floats, Ints, Places]:
    """Add the language model of the first words of each option after the hypothesis, and shift the context."""
    o = search.options
    context, places = stack.context[hyp], stack.places[hyp]
    score = score.copy()
    words, length, each = o.words[opt], o.length[opt], np.arange(len(opt))
    for k in range(min(CONTEXT, words.shape[1])):
        rows = np.flatnonzero(length > k)
        past = [words[rows, k - 1 - j] if j < k else context[rows, j - k] for j in range(CONTEXT)]
        value, places[rows] = search.lm.follow(words[rows, k], past, places[rows])
        score[rows] += np.float32(search.weights.lm) * value
    inside = length > CONTEXT
    places[inside] = search.places[opt[inside]]
    new = np.empty_like(context)
    for k in range(CONTEXT):
        new[:, k] = np.where(length > k, words[each, length - 1 - k], context[each, np.maximum(k - length, 0)])
    return score, new, places


def _lowest(bits: Bits) -> Longs:
    """The place of the lowest one."""
    return np.bitwise_count((bits & (~bits + ONE)) - ONE).astype(np.int64)


def _read(search: _Search, stack: Stack) -> None:
    """Let the joint model read the first words of each hypothesis' last option."""
    if search.joint is None:
        return
    rows = np.flatnonzero(stack.option >= 0)
    option = stack.option[rows]
    more = np.float32(search.weights.joint) * search.joint.first(option, stack.past[rows]) - search.assumed[option]
    stack.score[rows] += more
    stack.estimate[rows] += more


def _finish(search: _Search, stack: Stack) -> Stack:
    """Add the end of the sentence: its language-model score, the move to the end, denials that stayed lost."""
    o = search.options
    end = np.full(len(stack.score), EOS)
    past = [stack.context[:, k] for k in range(CONTEXT)]
    stack.score = stack.score + np.float32(search.weights.lm) * search.lm.follow(end, past, stack.places)[0]
    stack.score -= np.float32(DENIAL) * np.abs(stack.balance).astype(np.float32)
    at_end = stack.last_end == o.source_length[stack.sentence]
    stack.score = stack.score + np.where(at_end, stack.after[:, 0], stack.after[:, 2])
    return stack
