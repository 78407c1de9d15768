"""Tunes the log-linear weights on held-out pairs: n-best lists, then a seeded search for weights that rank them best.

As in minimum error rate training (Och 2003) the lists of all rounds are kept and candidates are re-ranked by
new weights; the search is random steps, since eleven dimensions need no line search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.decoder import SearchSettings, Weights
from pipeline.engines.compact.derivations import Derivation
from pipeline.engines.compact.joint import JointModel, JointScorer
from pipeline.engines.compact.ngram import NgramModel
from pipeline.engines.compact.options import MAX_WORDS, Options
from pipeline.engines.compact.smt import UNKNOWN_SCORE, Job, Phrasebook
from pipeline.engines.compact.table import Gathered
from pipeline.engines.compact.text import JOINER, join, tokenize
from pipeline.training.table import FEATURES, Features, build

__all__ = ["START", "Setup", "TuneSettings", "matches", "metric", "profile", "tune"]

Floats = npt.NDArray[np.float64]
NAMES = (*FEATURES, "reorder", "distortion", "word", "lm", "joint", "order", "unknown")
UNKNOWN = len(NAMES) - 1
START = {
    "forward": 0.45,
    "backward": 0.3,
    "lexical_forward": 0.3,
    "lexical_backward": 0.25,
    "phrase": 0.05,
    "drop": -3.5,
    "reorder": 0.12,
    "distortion": 0.2,
    "word": 2.3,
    "lm": 0.5,
    "joint": 0.3,
    "order": 0.1,
}
"""Where tuning starts: weights found for the first version."""
ORDERS = 4


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything fixed while weights are tuned."""

    source: Mapping[str, int]
    target: Sequence[str]
    features: Features
    lm: NgramModel
    fold: bool
    joint: JointModel | None = None

    def book(
        self, weights: Mapping[str, float], *, bonus: npt.NDArray[np.float32] | None = None
    ) -> tuple[Phrasebook, npt.NDArray[np.int64]]:
        """The phrasebook under weights and bonuses of target words, and the feature row of each of its table rows."""
        table, order = build(self.features, weights, reorder=weights["reorder"], bonus=bonus)
        search = Weights(
            lm=weights["lm"], word=weights["word"], distortion=weights["distortion"], joint=weights["joint"],
            order=weights["order"],
        )  # fmt: skip
        book = Phrasebook(self.source, self.target, table, self.lm, search, fold=self.fold, joint=self.joint)
        return book, order


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """How long to tune."""

    rounds: int = 4
    steps: int = 900
    n_best: int = 40
    damping: float = 0.6
    """Share of the way to the best weights found that a round goes: lists know only their neighbourhood."""
    seed: int = 1
    search: SearchSettings = field(default_factory=lambda: SearchSettings(beam=40, n_best=40))


@dataclass(slots=True)
class _Pool:
    """Candidates of one sentence: text and rounded features as the key, then features and match counts."""

    features: list[Floats] = field(default_factory=list)
    counts: list[Floats] = field(default_factory=list)
    seen: set[tuple[object, ...]] = field(default_factory=set)


class _Recorder(Phrasebook):
    """A phrasebook that notes the features of each derivation that it writes out."""

    def __init__(
        self, book: Phrasebook, setup: Setup, order: npt.NDArray[np.int64], weights: Mapping[str, float]
    ) -> None:
        super().__init__(book.source, book.target, book.table, book.lm, book.weights, fold=book.fold, joint=book.joint)
        self._setup, self._order, self._chosen = setup, order, weights
        self.notes: dict[int, Floats] = {}
        self._paid: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._reading: tuple[JointScorer, npt.NDArray[np.float32]] | None = None

    def _scorer(self, jobs: Sequence[Job], gathered: Gathered) -> JointScorer | None:
        made = super()._scorer(jobs, gathered)
        self._paid = self._lost(jobs, gathered)
        self._reading = (made, made.inside()[0]) if made else None
        return made

    def _drafts(self, job, found, g, forced):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 (as inherited)
        drafts = super()._drafts(job, found, g, forced)
        for draft, d in zip(drafts, found, strict=True):
            self.notes[id(draft)] = self._measure(len(job.tokens), d, g)
            self.notes[-id(draft)] = draft  # type: ignore[assignment]  # keeps the id alive
        return drafts

    def _measure(self, source_length: int, d: Derivation, g: Gathered) -> Floats:
        """Values of NAMES for one derivation; the language model's is what the score leaves unexplained."""
        f, o = self._setup.features, g.options
        value = np.zeros(len(NAMES))
        last_start, last_end, after = -1, 0, np.zeros(3)
        left = np.ones(source_length + 1, bool)
        for x in d.options:
            start, end, row = int(o.start[x]), int(o.end[x]), int(g.row[x])
            moves = np.zeros(6)
            if row >= 0:
                value[: len(FEATURES)] += f.values[self._order[row]]
                moves = f.moves[self._order[row]]
            else:
                value[UNKNOWN] += 1
            jump = abs(start - last_end)
            value[11] -= _overtaken(o, left, x)
            left[start:end] = False
            kind = 0 if jump == 0 else 1 if end == last_start else 2
            value[6] += moves[kind] + after[kind]
            value[7] -= jump
            value[8] += int(o.length[x])
            if o.length[x]:
                after, last_start, last_end = moves[3:], start, end
            elif jump == 0:
                last_start, last_end = start, end
        value[6] += after[0] if last_end == source_length else after[2]
        value[10] = self._joint(d, o)
        given = (*range(9), 10, 11)
        known = sum(value[k] * self._chosen[NAMES[k]] for k in given) + value[UNKNOWN] * UNKNOWN_SCORE
        known -= float(self._paid[list(d.options)].sum())
        value[9] = (d.score - known) / self._chosen["lm"]
        return value

    def _joint(self, d: Derivation, o: Options) -> float:
        """What the joint model gave all words of a derivation."""
        if self._reading is None:
            return 0.0
        scorer, inner = self._reading
        past = o.context[o.sentence[d.options[0]]]
        contexts = []
        for x in d.options:
            contexts.append(past)
            words = o.words[x, : o.length[x]]
            past = np.concatenate([words[::-1], past])[: len(past)]
        rows = np.array(d.options)
        return float((scorer.first(rows, np.array(contexts, np.int32)) + inner[rows]).sum())


def _overtaken(options: Options, left: npt.NDArray[np.bool_], x: int) -> float:
    """Log-odds that the words left before an option come before its own."""
    if options.ahead is None:
        return 0.0
    start, end = options.start[x], options.end[x]
    rows = options.ahead[options.sentence[x], :start][left[:start]]
    return float((rows[:, end] - rows[:, start]).sum())


def tune(setup: Setup, pairs: Sequence[tuple[Job, str]], settings: TuneSettings | None = None,
         start: Mapping[str, float] = START) -> tuple[dict[str, float], list[float]]:  # fmt: skip
    """Weights that translate (job, reference) pairs best, and the metric of each round.

    The metric is BLEU plus half a character 4-gram F2: both want the right length.
    """
    settings = settings or TuneSettings()
    chance = np.random.default_rng(settings.seed)
    weights, history = {**START, **start}, []
    best = (-1.0, weights)
    references = [profile(text) for _, text in pairs]
    pools = [_Pool() for _ in pairs]
    for _ in range(settings.rounds):
        firsts = _decode(setup, weights, pairs, references, pools, settings.search)
        history.append(metric(np.array(firsts).sum(0)))
        best = max(best, (history[-1], weights), key=lambda pair: pair[0])
        found = _search([p for p in pools if p.features], weights, settings.steps, chance)
        mixed = {n: w + settings.damping * (found[n] - w) for n, w in weights.items()}
        weights = {n: w * 0.5 / mixed["lm"] for n, w in mixed.items()}  # the scale is free: keep that of the LM
    return best[1], history


def _decode(  # noqa: PLR0913, PLR0917 (one round needs all of it)
    setup: Setup, weights: Mapping[str, float], pairs: Sequence[tuple[Job, str]],
    references: Sequence[Profile], pools: Sequence[_Pool], search: SearchSettings,
) -> list[Floats]:  # fmt: skip
    """Translate all pairs, add new candidates to the pools; match counts of the first candidates."""
    book, order = setup.book(weights)
    recorder = _Recorder(book, setup, order, weights)
    firsts = []
    size = [len(job.tokens) for job, _ in pairs]
    ranked = sorted((k for k in range(len(pairs)) if size[k] <= MAX_WORDS), key=lambda k: size[k])
    for at in range(0, len(ranked), 64):
        batch = ranked[at : at + 64]
        for k, drafts in zip(batch, recorder.search([pairs[k][0] for k in batch], search), strict=True):
            for place, draft in enumerate(drafts):
                counts = matches(profile(join(w.form for w in draft.words)), references[k])
                _add(pools[k], recorder.notes[id(draft)], counts)
                if place == 0:
                    firsts.append(counts)
        recorder.notes.clear()
    return firsts


def _add(pool: _Pool, features: Floats, counts: Floats) -> None:
    key = (*np.round(features, 1), *counts)
    if key not in pool.seen:
        pool.seen.add(key)
        pool.features.append(features)
        pool.counts.append(counts)


@dataclass(frozen=True, slots=True)
class Profile:
    """Word n-grams and character 4-grams of a text."""

    words: list[Counter[tuple[str, ...]]]
    characters: Counter[str]
    length: int


def profile(text: str) -> Profile:
    """What the metric counts in a text."""
    forms = [t.value or t.form.strip(JOINER) for t in tokenize(text)]
    grams = [Counter(tuple(forms[i : i + n]) for i in range(len(forms) - n + 1)) for n in range(1, ORDERS + 1)]
    flat = "".join(forms)
    return Profile(grams, Counter(flat[i : i + 4] for i in range(len(flat) - 3)), len(forms))


def matches(a: Profile, b: Profile) -> Floats:
    """Lengths, n-gram matches and totals: what sums up to a corpus score."""
    row = [a.length, b.length]
    for n in range(ORDERS):
        row += [(a.words[n] & b.words[n]).total(), max(0, a.length - n)]
    row += [(a.characters & b.characters).total(), a.characters.total(), b.characters.total()]
    return np.array(row, float)


def metric(s: Floats) -> float:
    """BLEU plus half a character 4-gram F2 of summed matches, 0 to 150."""
    log = sum(np.log(max(s[2 + 2 * n], 0.1) / max(s[3 + 2 * n], 1)) for n in range(ORDERS)) / ORDERS
    bleu = 100 * np.exp(log + min(0, 1 - s[1] / max(s[0], 1)))
    precision, recall = s[10] / max(s[11], 1), s[10] / max(s[12], 1)
    return float(bleu + 50 * 5 * precision * recall / max(4 * precision + recall, 1e-9))


def _search(
    pools: Sequence[_Pool], weights: Mapping[str, float], steps: int, chance: np.random.Generator
) -> dict[str, float]:
    """Random steps from the given weights, each kept when the re-ranked lists score better."""
    most = max(len(p.features) for p in pools)
    features = np.zeros((len(pools), most, len(NAMES)))
    counts = np.zeros((len(pools), most, len(pools[0].counts[0])))
    absent = np.full((len(pools), most), -1e9)
    for k, p in enumerate(pools):
        n = len(p.features)
        features[k, :n], counts[k, :n], absent[k, :n] = p.features, p.counts, 0
    rows = np.arange(len(pools))

    def value(x: Floats) -> float:
        return metric(counts[rows, (features @ x + absent).argmax(1)].sum(0))

    at = np.array([*(weights[n] for n in NAMES[:-1]), UNKNOWN_SCORE])
    best = value(at)
    for step in range(steps):
        size = 0.5 * 0.995**step + 0.02
        which = chance.choice(len(NAMES) - 1, chance.integers(1, 4), replace=False)
        new = at.copy()
        new[which] += chance.normal(0, 1, len(which)) * size * np.maximum(np.abs(new[which]), 0.08)
        new[[0, 1, 2, 3, 6, 7, 10, 11]] = np.maximum(new[[0, 1, 2, 3, 6, 7, 10, 11]], 0)
        new[9] = max(new[9], 0.05)
        if (score := value(new)) > best:
            at, best = new, score
    return dict(zip(NAMES[:-1], at[:-1].tolist(), strict=True))
