"""The translation that the attention model writes with the words of the search, near what most of its list says.

The search knows which words a source has; the attention model knows how a sentence runs. A beam adds up what the model
says of each word and what share of the list holds the word, and the two, three and four words that end with it
(Stahlberg et al. 2017). Of its own words the model may bring frequent ones that the table has for a phrase of the
source, no names and no amounts.

What must not change is not left to it: terms and other hints stand once and whole, numbers and denials as often as in
the best translation of the search, and a name or a rare word that most of the list renders has one of these renderings;
where it finds no such translation, or only one that leaves out more of the source than the search's best, that one
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex

from pipeline.engines.compact.attention import AttentionModel
from pipeline.engines.compact.coverage import Coverage, lone
from pipeline.engines.compact.evidence import BEGIN, END, ORDERS, Evidence
from pipeline.engines.compact.joint import HISTORY
from pipeline.engines.compact.ngram import UNK
from pipeline.engines.compact.options import Floats, Longs
from pipeline.engines.compact.smt import Draft, Job, Phrasebook, Word
from pipeline.engines.compact.text import JOINER, Token

__all__ = ["Fusion", "FusionWeights"]

Bools = npt.NDArray[np.bool_]
MARKS = frozenset('?"')
"""Marks of a source that stand as often as in the best of the search: a question stays one, what is quoted too."""
STOPS = frozenset(".।?!")
"""Marks that end a sentence: behind the last that the best of the search has, nothing is said but closing marks."""
CLOSING = regex.compile(r"[\p{Pe}\p{Pf}\"'.।?!]*")
"""What may stand behind it: marks that close, and others of those."""
NEVER = np.float32(-1e9)
LEAST = np.float32(1e-4)
"""Of the pointer's probability: no word is impossible because the pointer looks elsewhere."""
LITTLE = np.float32(0.1)
"""Of a source word that the pointer leaves out: it may be one that says nothing."""
LEAD = 2.0
"""By how much a finished translation has to lead before the beam stops: what is unfinished may still gain."""
LONGER, MORE = 1.5, 5
"""Most words of a translation, against the best of the search."""
COMMON = 2000
"""Frequent words that stand for all others in the sum that makes scores of one sentence probabilities; the model may
say them where the list does not and the table does, names, amounts and denials excepted."""
OFTEN = 2
"""How often it may say one such word."""
FEWER = 0.7
"""Share of a batch that is left when the finished sentences are put away."""
TOGETHER = 8
"""Sentences that are written together (memory against speed)."""


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How the two are weighed, and how wide to search."""

    model: float = 2.0
    """Of a word's log-probability by the attention model."""
    word: float = 0.7
    """For each word."""
    grams: tuple[float, ...] = (2.3, 1.3, 1.0, 0.4)
    """For the share of the list that holds a word, and the two, three and four words that end with it."""
    coverage: float = 0.6
    """At the end, of the logarithm of what the pointer gave each source word in all, up to one (Wu et al. 2016)."""
    told: float = 1.0
    """For each source token that gets a word of its own, times the share of the list that gives it one."""
    lost: float = 2.7
    """How much more may be left untold at the end than the best of the list leaves, in such tokens."""
    own: float = 0.0
    """For each word that no translation of the list has."""
    sharp: float = 0.5
    """How much more the best of the list count: of the logarithm of their share, a unit of score."""
    named: float = 0.8
    """Share of the list that makes a name, or what stands for a rare word, one that must stand."""
    rare: int = 10000
    """Place in the source's vocabulary, most frequent first, from which on a word is rare."""
    list: int = 60
    """Translations of the search that are asked for."""
    beam: int = 10
    margin: float = 7.0
    """By how much a hypothesis of the beam may be worse than its best."""
    longest: int = 28
    """Most source tokens: longer sentences take long, and in most of them the network leaves out too much."""


@dataclass(slots=True)
class _Sentence:
    """One sentence, and the hypotheses so far: a row of each array each."""

    job: Job
    order: Longs
    """The job's tokens in the order of the source."""
    inverse: Longs
    best: Draft
    evidence: Evidence
    rows: Longs
    """Of the symbols' first words in the attention model."""
    table: Floats
    """(width, symbols): the embeddings of these, those of the model's own words left out."""
    rare: Longs
    """Symbols whose rows are not those of frequent words, one a row."""
    own: Longs
    """Rows of the model's own words, whose symbols come last."""
    hinted: Bools
    stops: Bools
    closing: Bools
    """Symbols that are such marks."""
    pointed: Floats
    """(source words, symbols that the pointer tells apart): ones where a symbol comes from."""
    apart: Longs
    """Which symbols these are: hints, and words whose row is that of others too."""
    coverage: Coverage
    limit: int
    scores: Floats
    counts: Floats
    covered: Floats
    """What the pointer has given each source word."""
    untold: Floats
    """(hypotheses, source tokens): the share of the list that gives a token a word, until it has one here."""
    pasts: list[list[int]]
    words: list[list[Word]]
    ahead: list[list[Word]]
    """Words of a hint that have yet to be said."""
    found: float = float(NEVER)
    """The score of the best finished translation."""
    kept: tuple[float, list[Word]] | None = None
    """The best of those that leave out little, with its score."""


class Fusion:
    """The attention model of a direction with the words of its phrasebook."""

    def __init__(self, model: AttentionModel, weights: FusionWeights, book: Phrasebook) -> None:
        """`book`: whose words the model scores."""
        self.model, self.weights, self._book = model, weights, book
        common = [*range(min(COMMON, model.known)), model.known, model.end]
        self._own = np.array([k for k in model.own.tolist() if not book.keeps(book.target[k])], np.int64)
        self._plain = frozenset(model.own.tolist())
        self._common = model.scorer(np.array(common))

    def asks(self, job: Job) -> int:
        """How many translations of the search it reads: of a job that it leaves to the search, the best alone.

        It leaves those without the encoder's states, with words before them, and too long ones.
        """
        able = job.states is not None and not job.context and len(job.tokens) <= self.weights.longest
        return self.weights.list if able else 1

    def _names(self, form: str, tokens: Sequence[Token]) -> bool:
        """Whether a word is a name: it or what it stands for has a capital, as the first word of a sentence has too.

        What stands for a rare word is treated as one: a network that has seldom read a word drops it, or says another.
        """
        if any(place >= self.weights.rare for place in self._book.ids(tokens).tolist()):
            return True
        capital = any(token.form[:1].isupper() for token in tokens)
        return form[:1].isupper() or (capital and self._row(form) not in self._plain)

    def _row(self, form: str) -> int:
        """Of a word in the model; rare ones and those that the phrasebook does not know share one."""
        place = self._book.target_id(form)
        return self.model.known if place == UNK else min(place, self.model.known)

    def write(self, jobs: Sequence[Job], lists: Sequence[Sequence[Draft]]) -> list[Draft]:
        """One translation a job, from the list of the search's best; its score is that of the best of them."""
        out = [drafts[0] for drafts in lists]
        able = [
            k for k, (job, drafts) in enumerate(zip(jobs, lists, strict=True))
            if self.asks(job) > 1 and len(drafts) > 1 and len(drafts[0].words) > 1
        ]  # fmt: skip
        for at in range(0, len(able), TOGETHER):
            part = able[at : at + TOGETHER]
            sentences = [self._sentence(jobs[k], lists[k]) for k in part]
            self._write(sentences)
            for k, sentence in zip(part, sentences, strict=True):
                if sentence.kept:
                    out[k] = Draft(tuple(sentence.kept[1]), out[k].score)
        return out

    def _sentence(self, job: Job, drafts: Sequence[Draft]) -> _Sentence:
        weights = self.weights
        order = np.argsort([token.start for token in job.tokens], kind="stable")
        inverse = np.argsort(order)
        marks = MARKS & {token.form.strip(JOINER) for token in job.tokens}
        evidence = Evidence.of(
            drafts[: weights.list], weights.sharp,
            lambda form: form.strip(JOINER) in marks or self._book.keeps(form), weights.named,
            lambda form, place: self._names(form, job.tokens[slice(*place)]),
        )  # fmt: skip
        rows = np.array([self._row(symbol.forms[0]) for symbol in evidence.symbols])
        rows[[BEGIN, END]] = self.model.end
        own = self._own[np.isin(self._own, self._book.offers(job.tokens)) & ~np.isin(self._own, rows)]
        evidence, rows, size = evidence.with_more(len(own), OFTEN), np.append(rows, own), len(rows) + len(own)
        hinted = np.zeros(size, bool)
        hinted[: len(evidence.symbols)] = [symbol.hint is not None for symbol in evidence.symbols]
        hinted[[BEGIN, END]] = False
        bodies = [symbol.forms[0].strip(JOINER) for symbol in evidence.symbols]
        stops, closing = np.zeros(size, bool), np.zeros(size, bool)
        stops[: len(bodies)] = [body in STOPS for body in bodies]
        closing[: len(bodies)] = [CLOSING.fullmatch(body) is not None for body in bodies]
        number = np.bincount(rows[~hinted], minlength=self.model.end + 1)
        apart = hinted | (number[rows] > 1) | (rows == self.model.known)
        apart[[BEGIN, END]] = False
        different, first = np.unique(rows, return_index=True)
        rare = first[(different >= COMMON) & (different < self.model.known)]
        pointed = np.zeros((len(order), size), np.float32)
        for symbol in np.flatnonzero(apart).tolist():
            for start, end in evidence.places[symbol]:
                pointed[inverse[start:end], symbol] = 1
        coverage = Coverage.of(evidence.told, evidence.places, drafts[0], len(order))
        limit = int(LONGER * len(drafts[0].words)) + MORE
        table = np.ascontiguousarray(self.model.words(rows[: len(evidence.symbols)]).T)
        return _Sentence(
            job, order, inverse, drafts[0], evidence, rows, table, rare, own, hinted, stops, closing,
            np.ascontiguousarray(pointed[:, apart]), np.flatnonzero(apart), coverage, limit,
            np.zeros(1, np.float32), np.zeros((1, size), np.float32), np.zeros((1, len(order)), np.float32),
            coverage.share, [[BEGIN]], [[]], [[]],
        )  # fmt: skip

    def _write(self, sentences: Sequence[_Sentence]) -> None:
        """Say words until every sentence is finished or too long."""
        model, beam, longest = self.model, self.weights.beam, max(s.limit for s in sentences)
        states = [s.job.states[s.order] for s in sentences if s.job.states is not None]
        memory = model.read(states, [s.order for s in sentences])
        past = model.begin(memory, beam, longest)
        alive = list(sentences)
        history = np.full((len(alive), beam, HISTORY), model.end, np.int64)
        parents = np.zeros((len(alive), beam), np.int64)
        for step in range(longest):
            numbers = np.array([len(s.scores) for s in alive])
            live = np.arange(beam) < numbers[:, None]
            out, points = model.step(memory, past, history, parents, live)
            common = np.split(self._common(out[live]), np.cumsum(numbers)[:-1])
            for k, s in enumerate(alive):
                number = len(s.scores)
                if not number:
                    continue
                likely = self._likely(s, out[k, :number], common[k])
                chosen = self._advance(s, likely, np.exp(points[k, :number, : len(s.order)]))
                before = history[k].copy()
                for j, parent in enumerate(chosen):
                    parents[k, j] = parent
                    history[k, j] = (self._row(s.words[j][-1].form), *before[parent, :-1])
                if step + 1 >= s.limit:
                    s.scores = s.scores[:0]
            running = [k for k, s in enumerate(alive) if len(s.scores)]
            if not running:
                return
            if len(running) <= FEWER * len(alive):  # the others need not be said on
                alive = [alive[k] for k in running]
                memory, past = memory.take(running), past.take(running)
                history, parents = history[running], parents[running]

    def _likely(self, s: _Sentence, out: Floats, common: Floats) -> Floats:
        """Log-probabilities of the symbols (columns): the sum runs over them and the frequent words.

        `common`: the scores of these.
        """
        likely = out @ s.table + self.model.bias[s.rows[: s.table.shape[1]]]
        every = np.concatenate([common, likely[:, s.rare]], 1)
        likely = np.concatenate([likely, common[:, s.own]], 1)
        top = every.max(1, keepdims=True)
        likely -= top + np.log(np.exp(every - top).sum(1, keepdims=True))
        return likely

    def _advance(self, s: _Sentence, likely: Floats, points: Floats) -> Sequence[int]:
        """Go on by one word; for each new hypothesis the one that it goes on from."""
        value = s.scores[:, None] + self._worth(s, likely, points)
        waiting = np.array([bool(s.ahead[j]) for j in range(len(value))])
        value[waiting, 1:] = NEVER
        value[waiting, BEGIN] = s.scores[waiting]
        flat = value.reshape(-1)
        some = min(len(flat), 2 * self.weights.beam)
        ranked = np.sort(np.argpartition(-flat, some - 1)[:some])
        ranked = ranked[np.argsort(-flat[ranked], kind="stable")]
        chosen: list[tuple[int, int]] = []
        for place in ranked[flat[ranked] > NEVER / 2].tolist():
            j, symbol = divmod(place, value.shape[1])
            if symbol == END:
                self._finish(s, j, float(flat[place]))
            elif chosen and flat[place] < value[chosen[0]] - self.weights.margin:
                break
            else:
                chosen.append((j, symbol))
            if len(chosen) == self.weights.beam:
                break
        scores = np.array([value[j, symbol] for j, symbol in chosen], np.float32)
        if not len(scores) or s.found > float(scores[0]) + LEAD:
            scores, chosen = scores[:0], []
        self._go_on(s, chosen, points)
        s.scores = scores
        return [j for j, _ in chosen]

    def _finish(self, s: _Sentence, hypothesis: int, score: float) -> None:
        """A hypothesis ends; one that leaves out too much ends the search for others, but is not kept."""
        s.found = max(s.found, score)
        little = float(s.untold[hypothesis].sum()) <= s.coverage.left + self.weights.lost
        if little and (s.kept is None or score > s.kept[0]):
            s.kept = (score, s.words[hypothesis])

    def _go_on(self, s: _Sentence, chosen: Sequence[tuple[int, int]], points: Floats) -> None:
        parents = [j for j, _ in chosen]
        counts, s.covered, untold = s.counts[parents], s.covered[parents] + points[parents], s.untold[parents]
        pasts, words, ahead = [], [], []
        for k, (j, symbol) in enumerate(chosen):
            if symbol == BEGIN:
                said, past = s.ahead[j], s.pasts[j]
            else:
                said, past = self._said(s, symbol, points[j], untold[k]), [*s.pasts[j], symbol]
                counts[k, symbol] += 1
                untold[k, list(lone(said))] = 0
            pasts.append(past)
            words.append([*s.words[j], said[0]])
            ahead.append(said[1:])
        s.counts, s.untold, s.pasts, s.words, s.ahead = counts, untold, pasts, words, ahead

    def _worth(self, s: _Sentence, likely: Floats, points: Floats) -> Floats:
        """What each symbol (columns) adds to each hypothesis (rows)."""
        weights, evidence = self.weights, s.evidence
        likely[:, s.hinted] = 0  # how likely a hint is, only the pointer tells
        likely[:, s.apart] += np.log(np.maximum(points @ s.pointed, LEAST))
        left = np.clip(evidence.often - s.counts, 0, evidence.share)
        worth: Floats = np.float32(weights.grams[0]) * left
        for j, past in enumerate(s.pasts):
            for order in range(2, min(ORDERS, len(past) + 1) + 1):
                symbols, share = evidence.follows(order, past)
                if not len(symbols):
                    break
                worth[j, symbols] += np.float32(weights.grams[order - 1]) * share * (left[j, symbols] > 0)
        worth[:, len(evidence.symbols) :] += np.float32(weights.own)
        worth[:, s.coverage.symbols] += np.float32(weights.told) * s.coverage.gain(s.untold)
        worth += np.float32(weights.model) * likely + np.float32(weights.word)
        worth[:, END] -= np.float32(weights.word + weights.grams[0])  # every translation ends: no merit of this one
        worth[:, END] += np.float32(weights.coverage) * np.log(np.clip(s.covered, LITTLE, 1)).sum(1)
        worth[:, BEGIN] = NEVER
        worth[s.counts >= evidence.most] = NEVER
        worth[evidence.exact & (s.counts >= evidence.wanted)] = NEVER
        unfinished = (evidence.exact & (s.counts < evidence.wanted)).any(1)
        unfinished |= np.array([len(past) == 1 for past in s.pasts])
        for symbols in evidence.spans:
            said = s.counts[:, symbols].any(1)
            worth[np.ix_(said, symbols)] = NEVER
            unfinished |= ~said
        for symbols in evidence.names:
            unfinished |= ~s.counts[:, symbols].any(1)
        worth[unfinished, END] = NEVER
        ended = (s.counts @ s.stops >= evidence.wanted @ s.stops) & [_stopped(s, past) for past in s.pasts]
        worth[np.ix_(ended, ~s.closing)] = NEVER
        return worth

    def _said(self, s: _Sentence, symbol: int, points: Floats, untold: Floats) -> list[Word]:
        """The words of a symbol; of the places that it comes from in the list, one that is untold or pointed at."""
        if symbol >= len(s.evidence.symbols):
            place = int(s.order[points.argmax()])
            return [Word(self._book.target[s.rows[symbol]], place, place + 1)]
        forms, hint = s.evidence.symbols[symbol]
        if hint is not None:
            return [Word(form, *hint, hint=True) for form in forms]

        def claim(place: tuple[int, int]) -> float:
            alone = float(untold[place[0]]) if place[1] - place[0] == 1 else 0.0
            return alone + float(points[s.inverse[place[0] : place[1]]].mean())

        return [Word(forms[0], *max(s.evidence.places[symbol], key=claim))]


def _stopped(s: _Sentence, past: Sequence[int]) -> bool:
    """Whether nothing but closing marks stands behind a stop at the end."""
    last = next((symbol for symbol in reversed(past) if s.stops[symbol] or not s.closing[symbol]), BEGIN)
    return bool(s.stops[last])
