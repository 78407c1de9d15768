"""Text to the tokens of a CTranslate2 folder and back: `tokenizer.json`, or sentencepiece models.

CTranslate2 reads and writes tokens as strings, so that a codec needs no ids of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from pipeline.errors import EngineError

__all__ = ["Codec", "Piece", "load_codec", "places"]

_REACH: Final = 24  # code points that a piece may lie behind the last one: what the tokenizer dropped in between
_UNKNOWN: Final = "<unk>"  # CTranslate2 takes every token outside its vocabulary for the unknown one
_SPACE: Final = "\u2581"
_SHARED: Final = ("sentencepiece.bpe.model", "sentencepiece.model", "spiece.model", "spm.model", "tokenizer.model")


@dataclass(frozen=True, slots=True)
class Piece:
    """One token and the span of the text that it stands for; empty for what stands for none."""

    token: str
    start: int
    end: int


class Codec(Protocol):
    """What the engine asks of a tokenizer; no method adds tokens of a model's frame."""

    @property
    def frame(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Tokens that the tokenizer itself sets before and behind a source text."""
        ...

    def has(self, token: str) -> bool:
        """Whether the tokenizer knows a token (language codes need not stand in sentencepiece models)."""
        ...

    def read(self, text: str) -> list[Piece]:
        """A source text as tokens."""
        ...

    def read_target(self, text: str) -> list[str]:
        """The beginning of a target text as tokens."""
        ...

    def write(self, tokens: Sequence[str]) -> str:
        """Tokens as text; tokens that stand for no text are left out."""
        ...


class _Fast:
    """A `tokenizer.json` of the tokenizers library."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenizer.encode_special_tokens = True  # "</s>" in an article is text, not an end
        added = self._tokenizer.get_added_tokens_decoder().values()
        self._special = {token.content for token in added if token.special}

    @property
    def frame(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        tokens = self._tokenizer.encode("").tokens
        tail = tokens[-1:]
        return tuple(tokens[: len(tokens) - len(tail)]), tuple(tail)

    def has(self, token: str) -> bool:
        return self._tokenizer.token_to_id(token) is not None

    def read(self, text: str) -> list[Piece]:
        made = self._tokenizer.encode(text, add_special_tokens=False)
        pairs = zip(made.tokens, made.offsets, strict=True)
        return [_trimmed(text, _UNKNOWN if t in self._special else t, start=a, end=b) for t, (a, b) in pairs]

    def read_target(self, text: str) -> list[str]:
        return [piece.token for piece in self.read(text)]

    def write(self, tokens: Sequence[str]) -> str:
        ids = [self._tokenizer.token_to_id(token) for token in tokens]
        return str(self._tokenizer.decode([k for k in ids if k is not None], skip_special_tokens=True))


class _Sentencepiece:
    """One sentencepiece model for both languages (M2M-100, mBART) or one a side (Marian)."""

    def __init__(self, source: Path, target: Path) -> None:
        import sentencepiece

        self._source, self._target = (sentencepiece.SentencePieceProcessor(model_file=str(p)) for p in (source, target))

    @property
    def frame(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (), ("</s>",)

    def has(self, token: str) -> bool:
        return any(not model.is_unknown(model.piece_to_id(token)) for model in (self._source, self._target))

    def read(self, text: str) -> list[Piece]:
        return places(text, self._source.encode(text, out_type=str))

    def read_target(self, text: str) -> list[str]:
        return [str(token) for token in self._target.encode(text, out_type=str)]

    def write(self, tokens: Sequence[str]) -> str:
        model = self._target
        ids = [model.piece_to_id(token) for token in tokens]
        return str(model.decode([k for k in ids if not model.is_unknown(k) and not model.is_control(k)]))


def _trimmed(text: str, token: str, *, start: int, end: int) -> Piece:
    """Spans without the space before a word, which some tokenizers count as the word's."""
    while start < end and text[start].isspace():
        start += 1
    return Piece(token, start, end)


def places(text: str, tokens: Iterable[str]) -> list[Piece]:
    """Tokens of a tokenizer that tells no offsets, looked up in the text in order."""
    found: list[Piece] = []
    at = 0
    for token in tokens:
        body = token.replace(_SPACE, " ").strip()
        place = text.find(body, at, at + len(body) + _REACH) if body else -1
        if place < 0:
            found.append(Piece(token, at, at))
        else:
            at = place + len(body)
            found.append(Piece(token, place, at))
    return found


def load_codec(folder: Path) -> Codec:
    """The tokenizer of a folder.

    Raises:
        EngineError: there is none, it is damaged, or the package that reads it is missing.
    """
    fast = folder / "tokenizer.json"
    if fast.is_file():
        return _opened(fast, lambda: _Fast(fast))
    pair = folder / "source.spm", folder / "target.spm"
    shared = next((folder / name for name in _SHARED if (folder / name).is_file()), None)
    if all(path.is_file() for path in pair):
        return _opened(pair[0], lambda: _Sentencepiece(*pair))
    if shared is not None:
        return _opened(shared, lambda: _Sentencepiece(shared, shared))
    raise EngineError(
        where=f"engine ct2, folder {folder}", found="no tokenizer",
        expected=f"tokenizer.json, source.spm with target.spm, or one of: {', '.join(_SHARED)}",
        do="Copy the tokenizer's files from the model that was converted into the folder.",
    )  # fmt: skip


def _opened(path: Path, make: Callable[[], Codec]) -> Codec:
    try:
        return make()
    except ImportError as error:
        raise EngineError(
            where=f"engine ct2, {path}", found="no package sentencepiece", expected="the package that reads this file",
            do="pip install sentencepiece, or put a tokenizer.json into the folder.",
        ) from error  # fmt: skip
    except Exception as error:  # tokenizers raises bare Exception, sentencepiece RuntimeError or OSError
        raise EngineError(
            where=f"engine ct2, {path}", found=f"an unreadable tokenizer ({error})", expected="an intact file",
            do="Fetch or convert the model again.",
        ) from error  # fmt: skip


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a model folder.

    Raises:
        EngineError: unreadable, or no object.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(data, dict):
        raise _damaged(path, type(data).__name__)
    return data


def _damaged(path: Path, found: str) -> EngineError:
    return EngineError(
        where=f"engine ct2, {path}", found=found, expected="a JSON object", do="Fetch or convert the model again."
    )
