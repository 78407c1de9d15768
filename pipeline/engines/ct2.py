"""Any CTranslate2 translation folder as an engine: converted NLLB, M2M-100, mBART-50, Marian, BART, or Setu's own.

Needs no torch: int8 on a CPU or CUDA. On a CPU every text is decoded by itself, several at a time on threads of
their own, so that a result depends on nothing but its request; passes of several texts (`batch_size`, the way of a
GPU) round differently with the company they hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pipeline.engines.ct2_codec import Codec, Piece
from pipeline.engines.ct2_frame import NUKTA, Frame, Spec, annotated
from pipeline.engines.ct2_model import Opened, open_folder
from pipeline.engines.joining import joined
from pipeline.errors import EngineError
from pipeline.records import Candidate, Direction, EngineInfo, Link, Request
from pipeline.translate.protocol import Translator
from pipeline.translate.split import cut

__all__ = ["Ct2Engine", "load"]

_FAINT: Final = 0.2  # attention below this part of a token's strongest is noise, and most of the volume
_STEP: Final = 32  # room for output grows in steps of this many tokens, by the request's own length
_DIRECTIONS: Final = ("bn-en", "en-bn")


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is run."""

    beams: int = 4
    batch_size: int = 1
    max_tokens: int = 256
    directions: tuple[Direction, ...] = _DIRECTIONS


@dataclass(frozen=True, slots=True)
class _Task:
    """A request in the model's tokens."""

    request: Request
    source: list[Piece]
    start: list[str]
    """Tokens that the output begins with: the language, then the prefix."""
    given: int
    """How many of them are no text."""
    room: int


class Ct2Engine:
    """A loaded folder; see `load`."""

    def __init__(self, model: Opened, *, options: Options, info: EngineInfo, drafter: Translator | None = None) -> None:
        """`drafter` writes the drafts that a model trained with drafts reads."""
        self._model, self._options, self._info, self._drafter = model, options, info, drafter
        self._codec: Codec = model.codec
        self._spec = model.spec or Spec()

    @property
    def info(self) -> EngineInfo:
        """The model's name and the hash of its files."""
        return self._info

    def translate(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Translate a batch; see the protocol. Texts over the model's limit go in pieces.

        Raises:
            EngineError: a direction that the model does not have, a prefix for a text over the limit.
        """
        for request in requests:
            self._check(request.direction)
        drafts = self._drafts(requests)
        answers: dict[int, tuple[Candidate, ...]] = {}
        groups: dict[tuple[int, int], list[tuple[int, _Task]]] = defaultdict(list)
        for k, request in enumerate(requests):
            task = self._task(request, drafts[k]) if request.text.strip() else None
            if task is None:
                answers[k] = (Candidate("", 0.0),)
            elif len(task.source) > self._options.max_tokens:
                answers[k] = self._in_pieces(task)
            else:
                groups[task.room, request.n_best].append((k, task))
        for members in groups.values():
            made = self._decode([task for _, task in members])
            answers.update(zip([k for k, _ in members], made, strict=True))
        return [answers[k] for k in range(len(requests))]

    def _check(self, direction: Direction) -> None:
        allowed = self._options.directions
        if direction not in allowed:
            raise EngineError(
                where=f"engine ct2, model {self._info.model}", found=f"direction {direction!r}",
                expected=" or ".join(allowed), do="Choose another direction or another model.",
            )  # fmt: skip

    def _drafts(self, requests: Sequence[Request]) -> list[str]:
        """What another engine makes of the texts, for a model that reads drafts; else nothing."""
        if self._drafter is None:
            return [""] * len(requests)
        made = self._drafter.translate([replace(r, prefix="", hints=(), n_best=1) for r in requests])
        return [candidates[0].text for candidates in made]

    def _task(self, request: Request, draft: str) -> _Task:
        frame = self._model.frame(request.direction)
        start = [*frame.forced, *(self._codec.read_target(request.prefix.rstrip()) if request.prefix.strip() else ())]
        source = self._source(request, frame, draft=draft)
        room = min(-(-(2 * len(source) + 16) // _STEP) * _STEP, self._options.max_tokens) + len(start)
        if room > 2 * self._options.max_tokens:
            raise EngineError(
                where=f"engine ct2, model {self._info.model}", found=f"a prefix of {len(start)} tokens",
                expected=f"at most {self._options.max_tokens}", do="Split the text.",
            )  # fmt: skip
        return _Task(request, source, start, len(frame.forced), room)

    def _source(self, request: Request, frame: Frame, *, draft: str) -> list[Piece]:
        """The frame, the text, hints where the model knows them, the draft where it reads one."""
        before, size = len(frame.before), len(request.text)
        read = self._codec.read(f"{frame.before}{request.text}{frame.after}")
        pieces = [Piece(p.token, *_clamped((p.start, p.end), -before, size)) for p in read]
        if self._spec.terms and request.hints:
            hints = [(h.start, h.end, self._codec.read_target(h.target)) for h in request.hints]
            pieces = annotated(pieces, hints, self._spec.terms)
        if self._spec.draft and draft:
            pieces += [Piece(t, size, size) for t in (self._spec.draft[0], *self._codec.read_target(draft))]
        return [*(Piece(t, 0, 0) for t in frame.head), *pieces, *(Piece(t, size, size) for t in frame.tail)]

    def _in_pieces(self, task: _Task) -> tuple[Candidate, ...]:
        """A text over the limit, cut at clause marks, translated and joined: never truncated."""
        request, limit = task.request, self._options.max_tokens
        text = request.text
        frame = len(task.source) - len(self._codec.read(text))
        size = max(1, int(0.8 * len(text) * limit / len(task.source)))
        spans = cut(text, max(1, min(size, len(text) - 1)), keep=[(h.start, h.end) for h in request.hints])
        stuck = spans == [(0, len(text))]
        if stuck and request.hints:  # one kept span fills the text: its hint must give way
            return self._in_pieces(replace(task, request=replace(request, hints=())))
        if request.prefix or stuck or limit <= frame + 1:
            raise EngineError(
                where=f"engine ct2, model {self._info.model}", found=f"{len(task.source)} tokens"
                + (" and a prefix" if request.prefix else ""), expected=f"at most {limit} tokens", do="Split the text.",
            )  # fmt: skip
        parts = self.translate([_part(request, span) for span in spans])
        whole = Candidate("", 0.0)
        for span, (part, *_) in zip(spans, parts, strict=True):
            whole = joined(whole, part, by=span[0])
        return (replace(whole, score=sum(part[0].score or 0.0 for part in parts) / len(parts)),)

    def _decode(self, tasks: Sequence[_Task]) -> list[tuple[Candidate, ...]]:
        """Tasks of one room and width; candidates have texts of their own, best first."""
        width, size = tasks[0].request.n_best, self._options.batch_size
        sources = [[piece.token for piece in task.source] for task in tasks]
        starts, beams = [task.start or None for task in tasks], max(self._options.beams, width)
        results = self._model.translator.translate_batch(
            sources, starts, max_batch_size=size, beam_size=beams, num_hypotheses=width,
            max_decoding_length=tasks[0].room, max_input_length=0, return_attention=True, disable_unk=True,
        )  # fmt: skip
        scores = iter(self._scores(sources, tasks, results=results))
        answers = []
        for task, result in zip(tasks, results, strict=True):
            found: dict[str, Candidate] = {}
            for tokens, looks in zip(result.hypotheses, result.attention, strict=True):
                candidate = self._candidate(task, tokens[task.given :], looks=looks[task.given :], score=next(scores))
                found.setdefault(candidate.text, candidate)
            answers.append(tuple(sorted(found.values(), key=lambda candidate: -(candidate.score or 0.0))))
        return answers

    def _scores(self, sources: Sequence[Sequence[str]], tasks: Sequence[_Task], *, results: Any) -> list[float]:
        """Mean log-probability a token of every hypothesis; the search itself leaves the prefix out of its scores."""
        rows = [(s, h, t) for s, r, t in zip(sources, results, tasks, strict=True) for h in r.hypotheses]
        judged = self._model.translator.score_batch(
            [s for s, _, _ in rows],
            [h for _, h, _ in rows],
            max_batch_size=self._options.batch_size,
            max_input_length=0,
        )
        logs = [list(row.log_probs)[task.given :] for row, (_, _, task) in zip(judged, rows, strict=True)]
        return [min(0.0, round(sum(log) / max(1, len(log)), 6)) for log in logs]

    def _write(self, tokens: Sequence[str]) -> str:
        text = self._codec.write(tokens)
        if self._spec.precomposed:
            for apart, one in NUKTA.items():
                text = text.replace(apart, one)
        return text

    def _candidate(self, task: _Task, tokens: Sequence[str], *, looks: Any, score: float) -> Candidate:
        """Tokens as text: the prefix letter for letter, behind it what the model went on with."""
        prefix, forced = task.request.prefix, len(task.start) - task.given
        whole, head = self._write(tokens), self._write(tokens[:forced]) if prefix else ""
        if not whole.startswith(head):  # the tokenizer wrote the prefix in another way when more followed
            return Candidate(f"{prefix} {self._write(tokens[forced:])}".rstrip(), score)
        rest = whole[len(head) :].rstrip()
        text = prefix + (rest if prefix and not prefix[-1].isspace() else rest.lstrip())
        by = len(text) - len(whole.rstrip())
        spans = _target_spans(self._write, tokens, whole)
        places = [_clamped(span, by if k >= forced else 0, len(text)) for k, span in enumerate(spans)]
        return Candidate(text, score, _links(task.source, places, looks))


def _part(request: Request, span: tuple[int, int]) -> Request:
    """The part of a request in a span, with the hints that lie in it."""
    a, b = span
    hints = tuple(replace(h, start=h.start - a, end=h.end - a) for h in request.hints if a <= h.start and h.end <= b)
    return replace(request, text=request.text[a:b], hints=hints, n_best=1)


def _clamped(span: tuple[int, int], by: int, size: int) -> tuple[int, int]:
    return max(0, min(size, span[0] + by)), max(0, min(size, span[1] + by))


def _target_spans(write: Callable[[Sequence[str]], str], tokens: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Spans of tokens in the text that they decode to: each adds what longer decoding adds."""
    spans: list[tuple[int, int]] = []
    at = 0
    for k in range(len(tokens)):
        here = write(tokens[: k + 1])
        end = next((i for i, (a, b) in enumerate(zip(here, text, strict=False)) if a != b), min(len(here), len(text)))
        start, at = at, max(at, end)
        while start < at and text[start].isspace():
            start += 1
        spans.append((start, at))
    return spans


def _links(source: Sequence[Piece], places: Sequence[tuple[int, int]], looks: Any) -> tuple[Link, ...]:
    """Attention as links between places of the texts; looks at language codes and the end are no links."""
    read = [k for k, piece in enumerate(source) if piece.start < piece.end]
    links: list[Link] = []
    for place, row in zip(places, looks, strict=False):
        if place[0] == place[1] or not read:
            continue
        floor = _FAINT * max(row[k] for k in read)
        links += [Link(*place, source[k].start, source[k].end, _shown(row[k])) for k in read if row[k] >= floor]
    return tuple(links)


def _shown(weight: float) -> float:
    """Four digits, and never nothing."""
    return max(1e-4, round(weight, 4))


def load(  # noqa: PLR0913 (the options of the engine, all by name)
    *,
    model: str | None = None,
    device: str = "auto",
    compute: str = "int8",
    beams: int = 4,
    batch_size: int | None = None,
    max_tokens: int | None = None,
    direction: Direction | None = None,
    template: str | None = None,
) -> Ct2Engine:
    """Load a converted model from a folder; no network is used.

    Args:
        model: the folder with model.bin and its tokenizer.
        device: auto (CUDA where it is there), cpu or cuda.
        compute: a compute type of CTranslate2, such as int8, int8_float16, float32.
        beams: width of the search, 1 or more; widened to `n_best`.
        batch_size: texts a pass; one by default on a CPU, 32 on CUDA.
        max_tokens: longest source in tokens, frame included; 256, or what `setu.json` says.
        direction: of a bilingual model.
        template: the text that a plain model reads, such as `translate {source} to {target}: {text}`.

    Raises:
        EngineError: no folder named, a folder without a usable model, an option that cannot work.
    """
    opened = open_folder(model, device=device, compute=compute, template=template)
    spec = opened.spec or Spec()
    options = Options(
        beams=beams, batch_size=batch_size or (1 if opened.device == "cpu" else 32),
        max_tokens=max_tokens or spec.max_tokens, directions=(direction,) if direction else spec.directions,
    )  # fmt: skip
    drafter = _drafter(spec)
    features = frozenset({"prefix", "n_best", "links", "score", *(["hints"] if spec.terms else [])})
    hashes = opened.sha256 if drafter is None else _digest(opened.sha256 + drafter.info.sha256)
    return Ct2Engine(opened, options=options, info=EngineInfo("ct2", opened.name, hashes, features), drafter=drafter)


def _drafter(spec: Spec) -> Translator | None:
    if spec.draft is None:
        return None
    from pipeline.engines import load_engine

    return load_engine(spec.draft[1])


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
