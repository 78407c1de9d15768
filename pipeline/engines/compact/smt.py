"""Phrase-based translation of token sequences in one direction: options, search, and words with their origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt
import regex

from pipeline.engines.compact.decoder import SearchSettings, Weights, decode
from pipeline.engines.compact.derivations import Derivation
from pipeline.engines.compact.joint import JointModel, JointScorer
from pipeline.engines.compact.ngram import NUMBERS, UNK, Ints, NgramModel
from pipeline.engines.compact.options import MAX_WORDS, Longs
from pipeline.engines.compact.reorder import WALLS
from pipeline.engines.compact.table import (
    UNLINKED,
    Forced,
    Gathered,
    PhraseTable,
    fresh_context,
    gather,
    offered,
    phrase_keys,
)  # fmt: skip
from pipeline.engines.compact.text import JOINER, Token, class_of
from pipeline.languages.negations import BENGALI_VERB_NEGATION
from pipeline.languages.negations import WORDS as NEGATIONS
from pipeline.text import key

__all__ = ["STEM", "Draft", "Job", "Phrasebook", "Word", "cuts"]

Floats = npt.NDArray[np.float32]
UNKNOWN_SCORE = -6.0
"""Score of a word that the table does not know: below any entry, so that it is never a way out."""
EXTRA_WORD = 0.75
"""Share of the reward for a word that the words added to a hint (of the, case endings) do not get."""
DENIALS = frozenset(key(word) for words in NEGATIONS.values() for word in words)
STEM = "নি"
"""A denial, and the stem of "to take"."""
VERB_DENIAL = regex.compile(f"(?:{key(BENGALI_VERB_NEGATION)})$")
LEFT = 4.0
"""What a phrase pays for a word that it leaves as it is: interface strings do so with "name", "weather", "off"."""
BENGALI, ENGLISH = regex.compile(r"\p{Bengali}{2,}"), regex.compile(r"[A-Za-z][A-Za-z'-]+")
"""Words of either script."""
CLAUSE_ENDS = frozenset({"￭,", "￭;", "￭:", "￭।", "￭.", "-", "￭?", "￭!"})


@dataclass(frozen=True, slots=True)
class Word:
    """One target token: its form, the range of source tokens it came from, and whether a hint put it there."""

    form: str
    start: int
    end: int
    hint: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A translation in tokens with its model score."""

    words: tuple[Word, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Job:
    """A source sentence in tokens; `hints`: (start, end, renderings) in token offsets, each rendering a word list."""

    tokens: Sequence[Token]
    hints: Sequence[tuple[int, int, Sequence[Sequence[str]]]] = ()
    context: Sequence[str] = ()
    """Target words that stand before the translation (a forced prefix)."""
    covered: int = 0
    """Bits of the source words that the prefix has translated."""
    states: Floats | None = None
    """The encoder's state of each token (tokens, width), for the joint model."""
    ahead: Floats | None = None
    """Log-odds that the token of a row comes before the token of a column in the translation (tokens, tokens)."""


class Writer(Protocol):
    """Writes a translation of its own out of those that the search found; `Fusion`."""

    def asks(self, job: Job) -> int:
        """How many translations of a job it reads; one where it has nothing to say."""
        ...

    def write(self, jobs: Sequence[Job], lists: Sequence[Sequence[Draft]]) -> list[Draft]:
        """One translation a job, from its list, best first."""
        ...


class Phrasebook:
    """Everything that one direction needs: vocabularies, phrase table, language model, weights."""

    def __init__(  # noqa: PLR0913 (the parts of a model)
        self, source: Mapping[str, int], target: Sequence[str], table: PhraseTable, lm: NgramModel, weights: Weights, *,
        fold: bool, spell: Callable[[Sequence[str]], list[str]] = list, joint: JointModel | None = None,
    ) -> None:  # fmt: skip
        """`fold`: the source is looked up in lower case; `spell`: renders words that the table does not know."""
        self.joint = joint
        self.source, self.target, self.table, self.lm, self.weights = source, list(target), table, lm, weights
        self.fold = fold
        self.spell = spell
        self.target_ids = {form: k for k, form in enumerate(self.target)}
        self._numbers = (_number_ids(self.source), _number_ids(self.target_ids))
        self._left = _left_over(self.target)
        self.writer: Writer | None = None
        """Has the last word on a translation, in a model that brings one."""
        self._denials = (_denial_ids(self.source), _denial_ids({w: k for w, k in self.target_ids.items() if w != STEM}))

    def knows(self, form: str) -> bool:
        """Whether the table has translations of a source form that stands alone."""
        place = self.source.get(form)
        return place is not None and self._alone[place]

    @cached_property
    def _alone(self) -> list[bool]:
        ids = np.arange(len(self.source) + 1)
        found = self.table.find(phrase_keys(ids.astype(np.int32), ids, np.ones_like(ids)))[1]
        return [bool(number) for number in found.tolist()]

    def target_id(self, form: str) -> int:
        """The id of a target word, a number's that of its class."""
        return self.target_ids.get(class_of(form), UNK)

    def keeps(self, form: str) -> bool:
        """Whether a target word is a number or a denial: what must neither be lost nor added."""
        return self.target_id(form) in self._kept

    @cached_property
    def _kept(self) -> frozenset[int]:
        return frozenset(np.concatenate([self._numbers[1], self._denials[1]]).tolist())

    def ids(self, tokens: Sequence[Token]) -> Ints:
        """Word ids of the source tokens."""
        forms = (t.known or (t.form.lower() if self.fold else t.form) for t in tokens)
        return np.array([self.source.get(f, UNK) for f in forms], np.int32)

    def offers(self, tokens: Sequence[Token]) -> Ints:
        """The ids of all target words that the table has for some phrase of the tokens."""
        return offered(self.table, self.ids(tokens))

    def translate(self, jobs: Sequence[Job], settings: SearchSettings) -> list[list[Draft]]:
        """The best drafts of each job, best first. A job longer than the search allows is cut at a clause end."""
        parts = [piece for k, job in enumerate(jobs) for piece in _pieces(k, job)]
        found = self._written([job for _, _, job in parts], settings)
        out: list[list[Draft]] = [[] for _ in jobs]
        for (k, offset, _), drafts in zip(parts, found, strict=True):
            moved = [_moved(d, offset) if offset else d for d in drafts]
            if not out[k]:
                out[k] = moved
            else:
                out[k] = [
                    Draft(a.words + b.words, a.score + b.score)
                    for a, b in zip(out[k], moved * len(out[k]), strict=False)
                ]
        return out

    def _written(self, jobs: Sequence[Job], settings: SearchSettings) -> list[list[Draft]]:
        """The drafts of short jobs, before those of the search the writer's own."""
        if self.writer is None:
            return self.search(jobs, settings)
        lists = self.search(jobs, settings, [max(settings.n_best, self.writer.asks(job)) for job in jobs])
        written = self.writer.write(jobs, lists)
        return [
            [best, *(draft for draft in drafts if draft.words != best.words)][: settings.n_best]
            for best, drafts in zip(written, lists, strict=True)
        ]

    def search(
        self, jobs: Sequence[Job], settings: SearchSettings, asked: Sequence[int] | None = None
    ) -> list[list[Draft]]:
        """The best drafts of jobs short enough for the search: `asked` of each, else the settings' `n_best`."""
        asked = asked or [settings.n_best] * len(jobs)
        settings = replace(settings, n_best=max(asked))
        sentences = [self.ids(job.tokens) for job in jobs]
        unknown = [(k, i) for k, job in enumerate(jobs) for i in self._unknown(job, sentences[k])]
        spelt = self.spell([jobs[k].tokens[i].literal for k, i in unknown])  # those of all jobs in one search
        forced = [hint for k, job in enumerate(jobs) for hint in self._hints(k, job)]
        forced += [
            self._force((k, i, i + 1), [form], UNKNOWN_SCORE, alone=False)
            for (k, i), form in zip(unknown, spelt, strict=True)
        ]
        context = fresh_context(len(jobs))
        for k, job in enumerate(jobs):
            for j, form in enumerate(reversed(job.context[-context.shape[1] :])):
                context[k, j] = self.target_ids.get(class_of(form), UNK)
        covered = np.array([job.covered for job in jobs], np.uint64)
        gathered = gather(
            self.table,
            sentences,
            forced,
            context=context,
            covered=covered,
            walls=_walls(jobs),
            numbers=self._numbers,
            denials=(
                [self._denying(job.tokens, ids) for job, ids in zip(jobs, sentences, strict=True)],
                self._denials[1],
            ),
        )
        lost = self._lost(jobs, gathered)
        options = replace(gathered.options, ahead=_ahead(jobs), score=gathered.options.score - lost)
        gathered = replace(gathered, options=options)
        found = decode(options, self.lm, self.weights, settings, joint=self._scorer(jobs, gathered), asked=asked)
        return [
            self._drafts(job, best[:most], gathered, forced) for job, best, most in zip(jobs, found, asked, strict=True)
        ]

    def _lost(self, jobs: Sequence[Job], gathered: Gathered) -> Floats:
        """What each option pays for words that it leaves in the source's script, names of the text excepted."""
        options = gathered.options
        inside = np.arange(options.words.shape[1]) < options.length[:, None]
        words = np.where(inside, options.words, 0)
        named = np.isin(options.sentence[:, None] * np.int64(len(self.target)) + words, self._names(jobs))
        left = (self._left[words] & inside & ~named).sum(1)
        return np.where(gathered.row >= 0, LEFT * left, 0).astype(np.float32)

    def _names(self, jobs: Sequence[Job]) -> Longs:
        """Names and acronyms of the text, as job * words + word."""
        forms = {(k, t.form) for k, job in enumerate(jobs) for i, t in enumerate(job.tokens) if _is_name(t.form, i)}
        found = [k * len(self.target) + self.target_ids[form] for k, form in forms if form in self.target_ids]
        return np.array(found, np.int64)

    def _scorer(self, jobs: Sequence[Job], gathered: Gathered) -> JointScorer | None:
        """The joint model over the batch, where the jobs bring the encoder's states."""
        states = [job.states for job in jobs if job.states is not None]
        if self.joint is None or len(states) < len(jobs):
            return None
        size = np.array([len(s) for s in states], np.int64)
        o = gathered.options
        begin = (np.cumsum(size) - size)[o.sentence] + o.start
        of = begin[:, None] + _sources(self.table, gathered.row, o.words.shape[1])
        return JointScorer(self.joint, self.joint.read(np.concatenate(states)), of, o.words, o.length)

    def _denying(self, tokens: Sequence[Token], ids: Ints) -> npt.NDArray[np.bool_]:
        """Which tokens deny: "নি" does on its own (হয় নি) and not as the stem of নিতে, নিয়ে."""
        stem = np.array([t.form == STEM and u.form.startswith(JOINER) for t, u in pairwise(tokens)] + [False], bool)
        denying: npt.NDArray[np.bool_] = np.isin(ids, self._denials[0]) & ~stem[: len(ids)]
        return denying

    def _hints(self, k: int, job: Job) -> list[Forced]:
        """What a job's hints ask for."""
        out: list[Forced] = []
        for start, end, renderings in job.hints:
            extra = -EXTRA_WORD * self.weights.word
            out += [
                self._force((k, start, end), r, extra * (len(r) - len(renderings[0])), alone=True) for r in renderings
            ]
        return out

    def _unknown(self, job: Job, ids: Ints) -> list[int]:
        """The places of words that need a way through: no option covers them."""
        places = np.arange(len(ids))
        known = self.table.find(phrase_keys(np.append(ids, 0).astype(np.int32), places, np.ones_like(places)))[1] > 0
        known &= ~np.isin(ids, self._numbers[0])  # a number can always go through as it is
        for start, end, _ in job.hints:
            known[start:end] = True
        return np.flatnonzero(~known).tolist()

    def _force(self, place: tuple[int, int, int], forms: Sequence[str], score: float, *, alone: bool) -> Forced:
        words = tuple(self.target_ids.get(class_of(form), UNK) for form in forms)
        return Forced(*place, words, tuple(forms), score, alone)

    def _drafts(self, job: Job, found: Sequence[Derivation], g: Gathered, forced: Sequence[Forced]) -> list[Draft]:
        """The translations of one job in words; those of an option are made once, for many translations share it."""
        words = {o: self._words(job, o, g, forced) for o in {o for d in found for o in d.options}}
        return [Draft(tuple(chain.from_iterable(words[o] for o in d.options)), d.score) for d in found]

    def _words(self, job: Job, o: int, g: Gathered, forced: Sequence[Forced]) -> list[Word]:
        words: list[Word] = []
        start, end, row = int(g.options.start[o]), int(g.options.end[o]), int(g.row[o])
        packed = int(self.table.alignment[row]) if row >= 0 else 0xFFFFFFFF
        hint = row < 0 and forced[-1 - row].alone
        for k in range(int(g.options.length[o])):
            form = self.target[int(g.options.words[o, k])] if row >= 0 else forced[-1 - row].forms[k]
            place = packed >> (4 * k) & 15
            at = (start, end) if place == UNLINKED else (start + place, start + place + 1)
            words.append(Word(self._value(form, job, at=at, phrase=(start, end)), *at, hint))
        return words

    def _value(self, form: str, job: Job, *, at: tuple[int, int], phrase: tuple[int, int]) -> str:
        """A number class becomes the value of its source token: linked, else in the phrase, else the nearest."""
        body = form.strip(JOINER)
        if body not in NUMBERS:
            return form
        near = sorted(range(len(job.tokens)), key=lambda i: (abs(i - at[0]), i))
        places = [*range(*at), *range(*phrase), *near]
        return form.replace(body, next((job.tokens[i].value for i in places if job.tokens[i].value), ""))


def _sources(table: PhraseTable, rows: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int64]:
    """The source word in its phrase that each target word belongs to: its link, else that of the nearest linked word.

    As in training, the word to the right wins a tie; the first word stands for a phrase without links.
    """
    # Ones above the links: words past a phrase's end are unlinked however wide the batch's longest hint makes the rows.
    packed = np.where(rows >= 0, table.alignment[np.maximum(rows, 0)].astype(np.int64) | ~0xFFFFFFFF, -1)
    place = packed[:, None] >> (4 * np.arange(width)) & UNLINKED
    found = np.where(place == UNLINKED, -1, place)
    for step in range(1, width):
        for near in (step, -step):
            moved = np.full_like(place, -1)
            moved[:, max(0, -near) : width - max(0, near)] = np.where(place == UNLINKED, -1, place)[
                :, max(0, near) : width + min(0, near)
            ]
            found = np.where(found < 0, moved, found)
    return np.maximum(found, 0)


def _number_ids(ids: Mapping[str, int]) -> Ints:
    return np.array([k for form, k in ids.items() if form.strip(JOINER) in NUMBERS], np.int32)


def _left_over(target: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which target words are words of the other script: the one that fewer of them have."""
    bodies = [form.strip(JOINER) for form in target]
    scripts = [np.array([script.fullmatch(body) is not None for body in bodies], bool) for script in (BENGALI, ENGLISH)]
    return min(scripts, key=np.sum)


def _is_name(form: str, place: int) -> bool:
    """Whether an English token is a name or an acronym; a capital may be owed to the beginning of its sentence."""
    return not (form[1:] if place == 0 else form).islower() and ENGLISH.fullmatch(form) is not None


def _denial_ids(ids: Mapping[str, int]) -> Ints:
    """Words that deny in either language, joined forms (করেনি, didn't) included."""
    return np.array([k for form, k in ids.items() if _denies(form.strip(JOINER).lower())], np.int32)


def _denies(form: str) -> bool:
    if form.endswith("n't"):
        return True
    return key(form) in DENIALS or (form[-2:-1] == "ন" and VERB_DENIAL.search(key(form)) is not None)


def _walls(jobs: Sequence[Job]) -> npt.NDArray[np.int64]:
    """For every word of every job, the next clause punctuation at or after it (its length when there is none)."""
    longest = max(len(job.tokens) for job in jobs)
    walls = np.zeros((len(jobs), longest + 1), np.int64)
    for k, job in enumerate(jobs):
        n = len(job.tokens)
        walls[k, n:] = n
        for i in range(n - 1, -1, -1):
            walls[k, i] = i if job.tokens[i].form in WALLS else walls[k, i + 1]
    return walls


def _ahead(jobs: Sequence[Job]) -> Floats | None:
    """The order of the jobs' words as the search reads it, where the jobs bring one."""
    found = [job.ahead for job in jobs if job.ahead is not None]
    if not found or len(found) < len(jobs):
        return None
    longest = max(len(rows) for rows in found)
    out = np.zeros((len(jobs), longest, longest + 1), np.float32)
    for k, rows in enumerate(found):
        n = len(rows)
        out[k, :n, 1 : n + 1] = rows.cumsum(1, dtype=np.float32)
    return out


def _moved(draft: Draft, offset: int) -> Draft:
    return replace(draft, words=tuple(replace(w, start=w.start + offset, end=w.end + offset) for w in draft.words))


def _pieces(k: int, job: Job) -> list[tuple[int, int, Job]]:
    """(job, offset, piece): the job itself, or pieces short enough for the search, cut after clause ends."""
    return [(k, start, _slice(job, start, end)) for start, end in cuts(job, MAX_WORDS)]


def cuts(job: Job, most: int) -> list[tuple[int, int]]:
    """Spans of a job's tokens, at most `most` long, cut after clause ends and never inside a hint."""
    out = []
    offset = 0
    inside = {i for a, z, _ in job.hints for i in range(a + 1, z)}
    while len(job.tokens) - offset > most:
        ends = [i for i in range(offset + 20, offset + most) if job.tokens[i - 1].form in CLAUSE_ENDS]
        anywhere = range(offset + 1, offset + most - 9)
        free = [i for i in ends if i not in inside] or [i for i in anywhere if i not in inside]
        cut = max(free, default=offset + most - 10)
        out.append((offset, cut))
        offset = cut
    return [*out, (offset, len(job.tokens))]


def _slice(job: Job, start: int, end: int) -> Job:
    hints = [(a - start, z - start, r) for a, z, r in job.hints if a >= start and z <= end]
    covered = job.covered >> start & (1 << (end - start)) - 1
    states = None if job.states is None else job.states[start:end]
    ahead = None if job.ahead is None else job.ahead[start:end, start:end]
    return Job(job.tokens[start:end], hints, job.context if start == 0 else (), covered, states, ahead)
