"""Any sequence-to-sequence model of Hugging Face transformers as an engine (extra `hf`).

NLLB-200, M2M-100, mBART-50, IndicTrans2, OPUS-MT and other Marian models, BART and T5 are told the languages as
their families ask (`hf_family`). Prefixes are forced token by token during beam search; scores and attention
come from one more pass over each finished candidate, so that they cover its whole text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pipeline.engines.hf_family import Family, family_of
from pipeline.engines.hf_model import Judged, Output, Seq2Seq
from pipeline.engines.hf_spans import DECODE, digest, source_spans, target_spans
from pipeline.engines.joining import joined
from pipeline.errors import EngineError
from pipeline.records import Candidate, Direction, EngineInfo, Link, Request, source_language, target_language
from pipeline.translate.split import cut

__all__ = ["HfEngine", "load"]

_DIRECTIONS: Final = ("bn-en", "en-bn")
_FEATURES: Final = frozenset({"prefix", "n_best", "links", "score"})
_FAINT: Final = 0.2  # attention below this part of a word's strongest is noise, and most of the volume
_POSITIONS: Final = 512  # for models that state no limit (T5)


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is run."""

    beams: int = 4
    batch_size: int = 16
    max_tokens: int = 512
    direction: Direction | None = None
    """The one direction of a bilingual model; None trusts the user."""


class HfEngine:
    """A loaded model; see `load`."""

    def __init__(self, info: EngineInfo, network: Seq2Seq, *, family: Family, options: Options) -> None:
        """Keep a model that is loaded and in evaluation mode."""
        self._info, self._network, self._family, self._options = info, network, family, options
        self._tokenizer = network.tokenizer

    @property
    def info(self) -> EngineInfo:
        """The model's name as it was asked for, and the hash of its files."""
        return self._info

    def translate(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Translate a batch; see the protocol. Texts over the model's limit go in pieces.

        Raises:
            EngineError: a direction that the model does not have, or a prefix for a text over the limit.
        """
        for request in requests:
            self._check(request.direction)
        answers: dict[int, tuple[Candidate, ...]] = {}
        groups: dict[tuple[Direction, int], list[int]] = defaultdict(list)
        for k, request in enumerate(requests):
            if not request.text.strip():
                answers[k] = (Candidate("", 0.0),)
            elif self._tokens(request) > self._limit:
                answers[k] = self._in_pieces(request)
            else:
                groups[request.direction, request.n_best].append(k)
        for members in groups.values():
            for start in range(0, len(members), self._options.batch_size):
                part = members[start : start + self._options.batch_size]
                answers.update(zip(part, self._batch([requests[k] for k in part]), strict=True))
        return [answers[k] for k in range(len(requests))]

    def _check(self, direction: Direction) -> None:
        allowed = (self._options.direction,) if self._options.direction else _DIRECTIONS
        if direction not in allowed:
            raise EngineError(
                where=f"engine hf, model {self._info.model}", found=f"direction {direction!r}",
                expected=" or ".join(allowed), do="Choose another direction or another model.",
            )  # fmt: skip

    @property
    def _limit(self) -> int:
        """Positions of the model that are left for text."""
        return min(self._network.positions(_POSITIONS), self._options.max_tokens) - 4

    def _ids(self, request: Request) -> list[int]:
        """Source tokens with the family's codes and tags."""
        self._tell(request.direction)
        text, _ = self._family.read(request.text, request.direction)
        return list(self._tokenizer(text)["input_ids"])

    def _tell(self, direction: Direction) -> None:
        """Tokenizers keep the languages as state; it is set before every use."""
        if self._family.codes and self._family.name != "indictrans":
            self._tokenizer.src_lang = self._family.codes[source_language(direction)]
            self._tokenizer.tgt_lang = self._family.codes[target_language(direction)]

    def _tokens(self, request: Request) -> int:
        return len(self._ids(request))

    def _in_pieces(self, request: Request) -> tuple[Candidate, ...]:
        """A text over the limit, cut at clause marks, translated and joined: never truncated."""
        if request.prefix:
            raise EngineError(
                where=f"engine hf, model {self._info.model}", found=f"a prefix for a text over {self._limit} tokens",
                expected="a text within the model's limit", do="Split the text.",
            )  # fmt: skip
        size = max(1, int(0.8 * len(request.text) * self._limit / self._tokens(request)))
        spans = cut(request.text, min(size, len(request.text) - 1))
        parts = self.translate([replace(request, text=request.text[a:b], hints=(), n_best=1) for a, b in spans])
        whole = Candidate("", 0.0)
        for span, (part, *_) in zip(spans, parts, strict=True):
            whole = joined(whole, part, by=span[0])
        scores = [part[0].score or 0.0 for part in parts]
        return (replace(whole, score=sum(scores) / len(scores)),)

    def _forced(self, request: Request) -> list[int]:
        """Tokens that the output must begin with: the target language's code, then the prefix."""
        self._tell(request.direction)
        first = self._language_id(request.direction)
        start = [first] if first is not None else []
        if not request.prefix:
            return start
        text = self._family.script(request.prefix.rstrip())
        return start + list(self._tokenizer(text_target=text, add_special_tokens=False)["input_ids"])

    def _language_id(self, direction: Direction) -> int | None:
        """The token that a decoder must begin with, if the family or the checkpoint has one."""
        code = self._family.codes.get(target_language(direction))
        if code and self._family.name == "m2m":
            return int(self._tokenizer.get_lang_id(code))
        if code and self._family.name in {"nllb", "mbart"}:
            return int(self._tokenizer.convert_tokens_to_ids(code))
        forced: int | None = self._network.model.generation_config.forced_bos_token_id
        return forced

    def _batch(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Requests of one direction and one width; candidates have texts of their own, best first."""
        sources = [self._ids(request) for request in requests]
        forced = [self._forced(request) for request in requests]
        width, beams = requests[0].n_best, self._options.beams
        outputs = self._network.search(sources, forced, beams=beams, width=width, limit=self._limit)
        given = 1 if self._language_id(requests[0].direction) is not None else 0
        judged = self._network.judge(sources, outputs, given=given)
        answers: list[tuple[Candidate, ...]] = []
        for request, source, group, views in zip(requests, sources, outputs, judged, strict=True):
            found: dict[str, Candidate] = {}
            for output, view in zip(group, views, strict=True):
                candidate = self._candidate(request, source, output=output, judged=view)
                found.setdefault(candidate.text, candidate)
            answers.append(tuple(sorted(found.values(), key=lambda candidate: -(candidate.score or 0.0))))
        return answers

    def _candidate(self, request: Request, source: Sequence[int], *, output: Output, judged: Judged) -> Candidate:
        """Tokens as text: the prefix letter for letter, behind it what the model went on with."""
        whole = self._tokenizer.decode(output.ids, **DECODE)
        head = self._tokenizer.decode(output.ids[: output.forced], **DECODE) if request.prefix else ""
        if not whole.startswith(head):  # the tokenizer wrote the prefix in another way when more followed
            rest = f" {self._tokenizer.decode(output.ids[output.forced :], **DECODE)}".rstrip()
            return Candidate(
                request.prefix + self._family.write(rest, target_language(request.direction)), judged.score
            )
        rest = whole[len(head) :].rstrip()
        if not request.prefix or request.prefix[-1].isspace():
            rest = rest.lstrip()
        text = request.prefix + self._family.write(rest, target_language(request.direction))
        by = len(text) - len(whole.rstrip())
        spans = target_spans(self._tokenizer, output.ids, whole)
        places = [_clamped(span, by if k >= output.forced else 0, len(text)) for k, span in enumerate(spans)]
        return Candidate(text, judged.score, self._links(request, source, places=places, looks=judged.looks))

    def _links(
        self, request: Request, source: Sequence[int], *, places: Sequence[tuple[int, int]], looks: Any
    ) -> tuple[Link, ...]:
        """Attention as links between places of the texts."""
        if looks is None:
            return ()
        read, before = self._family.read(request.text, request.direction)
        self._tell(request.direction)
        spans = [_clamped(span, -before, len(request.text)) for span in source_spans(self._tokenizer, read, source)]
        return tuple(
            Link(*place, *span, round(float(weight), 4))
            for place, row in zip(places, looks, strict=False)
            if place[0] < place[1]
            for span, weight in zip(spans, row, strict=False)
            if span[0] < span[1] and weight >= _FAINT * float(row.max())
        )


def _clamped(span: tuple[int, int], by: int, size: int) -> tuple[int, int]:
    return max(0, min(size, span[0] + by)), max(0, min(size, span[1] + by))


def load(  # noqa: PLR0913 (the options of the engine, all by name)
    *,
    model: str | None = None,
    device: str = "auto",
    beams: int = 4,
    batch_size: int = 16,
    max_tokens: int = 512,
    direction: Direction | None = None,
    template: str | None = None,
    trust_remote_code: bool = False,
) -> HfEngine:
    """Load a model from a folder (no network is used then) or from the hub.

    Args:
        model: folder or hub id.
        device: "auto" takes CUDA where it is there; else a name of torch.
        beams: width of the search, 1 or more; widened to `n_best`.
        batch_size: texts a pass.
        max_tokens: limit on positions below the model's own.
        direction: of a bilingual model.
        template: the text that the model reads; see `family_of`.
        trust_remote_code: run code that the model brings (IndicTrans2 needs it).

    Raises:
        EngineError: no model named, the hub out of reach, no usable model at the place.
    """
    if not model:
        raise EngineError(
            where="engine hf", found="no model", expected="a folder or a hub id",
            do="Give one: --model facebook/nllb-200-distilled-600M",
        )  # fmt: skip
    network, tokenizer, folder = _fetch(model, trust_remote_code=trust_remote_code)
    network.to(_device(device)).eval()
    family = family_of(network.config.model_type, tokenizer, template=template)
    options = Options(beams, batch_size, max_tokens, direction)
    info = EngineInfo("hf", model, digest(folder), _FEATURES)
    return HfEngine(info, Seq2Seq(network, tokenizer), family=family, options=options)


def _fetch(model: str, *, trust_remote_code: bool) -> tuple[Any, Any, Path]:
    """Model, tokenizer and the folder that they lie in."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
    from transformers.utils import logging
    from transformers.utils.hub import cached_file

    local = Path(model).is_dir()
    if local:  # a download is worth a progress bar, reading a folder is not
        bars: Any = logging  # typed in some versions of transformers only
        bars.disable_progress_bar()
    given = {"local_files_only": local, "trust_remote_code": trust_remote_code}
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, **given)
        network = AutoModelForSeq2SeqLM.from_pretrained(model, attn_implementation="eager", **given)
        folder = Path(model) if local else Path(str(cached_file(model, "config.json"))).parent
    except (OSError, ValueError, ImportError, KeyError, TypeError, RuntimeError) as error:
        raise EngineError(
            where=f"engine hf, model {model}", found=_first_line(error),
            expected="a folder with a sequence-to-sequence model, or a hub id that can be reached",
            do="Check the name and the network, or download the model and give its folder with --model.",
        ) from error  # fmt: skip
    return network, tokenizer, folder


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")


def _device(name: str) -> str:
    """The device by name, checked by torch.

    Raises:
        EngineError: no such device here.
    """
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise EngineError(
            where="engine hf, option device", found=repr(name), expected="auto, cpu, cuda or another device of torch",
            do="Leave the option out.",
        ) from error  # fmt: skip
    return name
