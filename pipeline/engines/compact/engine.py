"""The `compact` engine: requests in, candidates with links to the source out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import regex
from threadpoolctl import ThreadpoolController

from pipeline.engines.compact.arrange import arrange, read
from pipeline.engines.compact.beside import WORKERS, side_by_side
from pipeline.engines.compact.dates import dates
from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.inflect import VOWEL_SIGNS, VOWELS, renderings
from pipeline.engines.compact.kin import Kin, Lexicon
from pipeline.engines.compact.letters import acronyms
from pipeline.engines.compact.prefix import claim
from pipeline.engines.compact.smt import Draft, Job, Word
from pipeline.engines.compact.store import DEFAULT, Loaded, load_model
from pipeline.engines.compact.text import JOINER, Splitter, Token, tokenize, write_codes, write_number
from pipeline.engines.compact.titles import without_articles, write_titles
from pipeline.errors import EngineError
from pipeline.records import Candidate, Direction, EngineInfo, Link, Request, target_language

__all__ = ["CompactEngine", "load"]

OPENING = "\"'([ "
QUOTES = frozenset("'\"")
LITTLE = frozenset({"of", "the"})
"""What an acronym's rendering may begin with: the only words of a hint that take a capital."""
STOPS = frozenset(".।")
UNENDED = regex.compile(r"[\p{L}\p{M}\p{N}]\s*$")
"""A text that ends with a word, as headlines do."""
BATCH, FEW = 22, 4
"""Most sentences searched together (memory against speed), and fewest; it never changes a translation."""
THOROUGH = "thorough"
"""The name that lets the attention models write sentences which are too long for them at 15 sentences a second."""
ROUND = 16
"""Batches whose states are in memory at once."""


def load(*, model: str | None = None) -> CompactEngine:
    """Load the model that ships with Setu, or one from a folder; THOROUGH is the former, given more time.

    Raises:
        EngineError: the folder is missing or damaged.
    """
    if model == THOROUGH:
        return CompactEngine(load_model(thorough=True), f"-{THOROUGH}")
    return CompactEngine(load_model(Path(model) if model else DEFAULT))


@dataclass(frozen=True, slots=True)
class _Task:
    """A request on its way: its place in the batch and the search's job."""

    place: int
    request: Request
    job: Job


_Batch = tuple[Direction, Sequence[_Task]]
Made = TypeVar("Made")


class CompactEngine:
    """Keeps a loaded model; a `Translator`."""

    def __init__(self, model: Loaded, suffix: str = "") -> None:
        """`model`: from `load_model`; `suffix`: of its name, where it works otherwise than the model by itself."""
        self._model, self._suffix = model, suffix
        self._splitter = Splitter(model.counts)
        self._kin: dict[str, Kin] = {}
        self._blas = ThreadpoolController()

    @property
    def info(self) -> EngineInfo:
        """Name, version and hash of the model, and what it can do."""
        features = frozenset({"prefix", "n_best", "links", "score", "hints"})
        name = f"compact-{self._model.manifest['version']}{self._suffix}"
        return EngineInfo("compact", name, self._model.sha256, features)

    def translate(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Translate a batch; see `pipeline.translate.Translator`."""
        out: list[tuple[Candidate, ...]] = [(Candidate(""),) for _ in requests]
        for task, candidates in self._each(self._translated, list(map(self._task, range(len(requests)), requests))):
            out[task.place] = candidates
        return out

    def drafts(
        self, requests: Sequence[Request], settings: SearchSettings
    ) -> list[tuple[Sequence[Token], Draft | None]]:
        """The tokens of each request, as they stand in the source, and the best draft of it, whose words point at them.

        What text alone does not tell: training learns from which word became which. A word without a link of its own
        spans the places of its phrase; without tokens there is no draft.
        """
        tasks = list(map(self._task, range(len(requests)), requests))
        out: list[tuple[Sequence[Token], Draft | None]] = [(task.job.tokens, None) for task in tasks]
        for task, draft in self._each(lambda batch: self._drafted(batch, settings), tasks):
            out[task.place] = (task.job.tokens, draft)
        return out

    def _each(self, work: Callable[[_Batch], Sequence[Made]], tasks: Sequence[_Task]) -> Iterator[tuple[_Task, Made]]:
        """Every task that has tokens, read, and what `work` makes of it, a batch at a time."""
        batches = list(_batches(tasks))[::-1]
        with self._blas.limit(limits=1, user_api="blas"):
            for at in range(0, len(batches), ROUND):  # their states are in memory together
                part = [(direction, self._read(direction, batch)) for direction, batch in batches[at : at + ROUND]]
                for (_, batch), made in zip(part, side_by_side(work, part), strict=True):
                    yield from zip(batch, made, strict=True)

    def _task(self, place: int, request: Request) -> _Task:
        if request.direction not in self._model.books:
            raise EngineError(
                where="engine compact", found=f"direction {request.direction!r}", expected="bn-en or en-bn",
                do="Choose one of the two directions.",
            )  # fmt: skip
        source, target = request.direction.split("-")
        if request.direction not in self._kin:
            book = self._model.books[request.direction]
            self._kin[request.direction] = Kin(source, Lexicon(book.source, book.knows))
        tokens = self._kin[request.direction](self._tokens(request.text, source))
        hints = []
        for hint in request.hints:
            inside = [i for i, t in enumerate(tokens) if t.start < hint.end and t.end > hint.start]
            if inside:
                forms = [t.literal for t in self._tokens(hint.target, target)]
                hints.append((inside[0], inside[-1] + 1, renderings(forms, target)))
        rules = [(a, z, [words]) for a, z, words in dates(tokens, source)]
        rules += [(k, k + 1, [[token.literal]]) for k, token in enumerate(tokens) if token.tag]
        rules += acronyms(request.text, tokens) if source == "bn" else []
        taken = {i for start, end, _ in hints for i in range(start, end)}
        hints += [rule for rule in rules if not taken & set(range(rule[0], rule[1]))]
        return _Task(place, request, Job(tokens, hints))

    def _tokens(self, text: str, language: str) -> list[Token]:
        tokens = tokenize(text)
        return self._splitter.tokens(tokens) if language == "bn" else tokens

    def _read(self, direction: Direction, tasks: Sequence[_Task]) -> list[_Task]:
        """The tasks with the encoder's states, and what their translation reads from files read."""
        self._model.books[direction]
        if not self._model.encoder or direction[:2] not in self._model.orderers:
            return list(tasks)
        jobs = read([task.job for task in tasks], self._model.encoder)
        return [replace(task, job=job) for task, job in zip(tasks, jobs, strict=True)]

    def _arranged(self, direction: Direction, tasks: Sequence[_Task]) -> list[Job]:
        """The jobs of tasks that are read, their tokens in the order of the target, prefixes claimed."""
        source, target = direction.split("-")
        jobs = [task.job for task in tasks]
        if source in self._model.orderers and jobs[0].states is not None:
            jobs = arrange(jobs, self._model.orderers[source])
        prefixes = [[t.form for t in self._tokens(task.request.prefix, target)] for task in tasks]
        book = self._model.books[direction]
        return [
            replace(job, context=forms, covered=claim(book, job.tokens, forms)) if forms else job
            for job, forms in zip(jobs, prefixes, strict=True)
        ]

    def _drafted(self, batch: _Batch, settings: SearchSettings) -> list[Draft | None]:
        """The best draft of each task of a batch that is read."""
        direction, tasks = batch
        jobs = self._arranged(direction, tasks)
        found = self._model.books[direction].translate(jobs, settings)
        return [
            _in_source_order(drafts[0], job.tokens, task.job.tokens) if drafts else None
            for task, job, drafts in zip(tasks, jobs, found, strict=True)
        ]

    def _translated(self, batch: _Batch) -> list[tuple[Candidate, ...]]:
        """The candidates of each task of a batch that is read."""
        direction, tasks = batch
        jobs = self._arranged(direction, tasks)
        most = max(task.request.n_best for task in tasks)
        settings = SearchSettings(n_best=1 if most == 1 else 3 * most)
        found = self._model.books[direction].translate(jobs, settings)
        out = []
        for task, job, drafts in zip(tasks, jobs, found, strict=True):
            seen: dict[str, Candidate] = {}
            for draft in drafts:
                candidate = write(draft, job.tokens, task.request)
                seen.setdefault(candidate.text, candidate)
            out.append(tuple(seen.values())[: task.request.n_best])
        return out


def _batches(tasks: Sequence[_Task]) -> Iterator[tuple[Direction, list[_Task]]]:
    """Tasks that have tokens, BATCH of them together: of one direction and about one length."""
    ranked = sorted((t for t in tasks if t.job.tokens), key=lambda task: (len(task.job.tokens), task.place))
    directions: tuple[Direction, ...] = ("bn-en", "en-bn")
    for direction in directions:
        mine = [task for task in ranked if task.request.direction == direction]
        if len(mine) > WORKERS * BATCH:
            yield from ((direction, mine[k : k + BATCH]) for k in range(0, len(mine), BATCH))
        else:  # every worker an equal share
            share = max(1, min(WORKERS, len(mine) // FEW))
            yield from ((direction, mine[k::share]) for k in range(share) if mine)


def _in_source_order(draft: Draft, searched: Sequence[Token], tokens: Sequence[Token]) -> Draft:
    """A draft of tokens in the order they were searched in, with its words' places in the order of the source."""
    place = {token.start: k for k, token in enumerate(tokens)}
    at = [place[token.start] for token in searched]
    words = (
        replace(word, start=min(at[word.start : word.end]), end=max(at[word.start : word.end]) + 1)
        for word in draft.words
    )
    return Draft(tuple(words), draft.score)


def write(draft: Draft, tokens: Sequence[Token], request: Request) -> Candidate:
    """A draft as text, each word linked to the source it came from."""
    language = target_language(request.direction)
    text, links = request.prefix, []
    glue = not text or text[-1].isspace()
    words = without_articles(draft.words) if language == "en" else draft.words
    if len(words) > 1 and words[-1].form.strip(JOINER) in STOPS and UNENDED.search(request.text):
        words = words[:-1]  # a headline stays one
    for word in words:
        body = _form(word, language)
        if language == "bn" and text[-1:] in VOWEL_SIGNS | VOWELS and body[:1] == "ে":
            body = body[1:]  # after a vowel the ending has no vowel of its own
        if language == "en" and not text.strip(OPENING) and (not word.hint or body in LITTLE):
            body = body[:1].upper() + body[1:]
        here = tokens[word.start : word.end]
        body = _quote(body, here)
        glue = glue or word.form.startswith(JOINER)
        if glue and body in QUOTES and text.endswith(body):  # some corpora double them, as tables do
            glue = word.form.endswith(JOINER)
            continue
        text += "" if glue else " "
        if body:
            start, end = min(t.start for t in here), max(t.end for t in here)
            links.append(Link(len(text), len(text) + len(body), start, end, 1.0))
        text += body
        glue = word.form.endswith(JOINER)
    last = write_titles if language == "en" else write_codes
    text = request.prefix + last(text)[len(request.prefix) :]  # neither changes its length
    # A token of the source: of one request all candidates are divided alike, so that the best stays first.
    score = min(0.0, draft.score / (len(tokens) + 1))
    return Candidate(text, round(score, 4), tuple(links))


def _quote(body: str, here: Sequence[Token]) -> str:
    """A quotation mark as the source has it, single or double: the corpora mix them, and the table with them."""
    marks = {t.form.strip(JOINER) for t in here} & QUOTES
    return marks.pop() if body in QUOTES and len(marks) == 1 else body


def _form(word: Word, language: str) -> str:
    body = word.form.strip(JOINER)
    return write_number(body, language) if body[:1].isdigit() or language == "bn" else body
