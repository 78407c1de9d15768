"""What a model of a CTranslate2 folder must be told beside the text: languages, annotations, a draft.

Families are told apart by their vocabulary, since CTranslate2 does not keep the name of the architecture. Setu's
own exports say everything in `setu.json`:

    {"format": 1, "name": "…", "directions": ["bn-en", "en-bn"],
     "source": {"start": ["<s>"], "end": ["</s>"]}, "target": {"en": ["<2en>"], "bn": ["<2bn>"]},
     "terms": ["<t>", "<=>", "</t>"] or null, "draft": {"piece": "<d>", "engine": "compact"} or null,
     "nukta": "precomposed" or "as is", "max_tokens": 120}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipeline.engines.ct2_codec import Codec, Piece, read_json
from pipeline.errors import EngineError
from pipeline.records import Direction, Language, source_language, target_language

__all__ = ["FILE", "NUKTA", "Frame", "Spec", "annotated", "frame_of", "read_spec"]

FILE: Final = "setu.json"
NUKTA: Final = {"\u09af\u09bc": "\u09df", "\u09a1\u09bc": "\u09dc", "\u09a2\u09bc": "\u09dd"}
"""NFKC takes য় ড় ঢ় apart; newspapers write them as one code point each."""
_KEYS: Final = {"format", "name", "directions", "source", "target", "terms", "draft", "nukta", "max_tokens"}
_NAMES: Final[Mapping[Language, str]] = {"bn": "Bengali", "en": "English"}
# Codes of NLLB-200, M2M-100 and mBART-50, in the order in which they are looked for; from their tokenizers.
_CODES: Final[tuple[Mapping[Language, str], ...]] = (
    {"bn": "ben_Beng", "en": "eng_Latn"},
    {"bn": "__bn__", "en": "__en__"},
    {"bn": "bn_IN", "en": "en_XX"},
)
_TAGS: Final[Mapping[Language, tuple[str, ...]]] = {"bn": (">>ben<<", ">>bn<<"), "en": (">>eng<<", ">>en<<")}


@dataclass(frozen=True, slots=True)
class Spec:
    """The contents of `setu.json`; the defaults are those of a foreign folder."""

    name: str = ""
    directions: tuple[Direction, ...] = ("bn-en", "en-bn")
    source: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Tokens before and behind the source text."""
    target: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    """Tokens that begin the target, by its language."""
    terms: tuple[str, str, str] | None = None
    """Pieces that open, link and close an annotated term."""
    draft: tuple[str, str] | None = None
    """The piece before a draft, and the engine that writes it."""
    precomposed: bool = False
    max_tokens: int = 256


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a text in one direction."""

    head: tuple[str, ...]
    tail: tuple[str, ...]
    forced: tuple[str, ...]
    """Tokens that begin the target and are no text."""
    before: str = ""
    """Text before the source text, of a template."""
    after: str = ""


def read_spec(folder: Path) -> Spec | None:
    """The folder's `setu.json`, or None where it has none.

    Raises:
        EngineError: it is damaged, or of a newer format.
    """
    path = folder / FILE
    if not path.exists():
        return None
    data = read_json(path)
    unknown = sorted(set(data) - _KEYS)
    if data.get("format") != 1 or unknown:
        found = f"format {data.get('format')!r}" if data.get("format") != 1 else f"keys {', '.join(unknown)}"
        raise _refused(path, found, f"format 1 with keys among: {', '.join(sorted(_KEYS))}")
    try:
        return _spec(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused(
            path, f"{type(error).__name__}: {error}", "the fields that pipeline.engines.ct2_frame lists"
        ) from error


def _spec(data: Mapping[str, Any]) -> Spec:
    opening, link, closing = data["terms"] or ("", "", "")
    draft = data["draft"]
    return Spec(
        name=str(data["name"]),
        directions=tuple(data["directions"]),
        source=(tuple(data["source"]["start"]), tuple(data["source"]["end"])),
        target={language: tuple(tokens) for language, tokens in data["target"].items()},
        terms=(opening, link, closing) if data["terms"] else None,
        draft=(draft["piece"], draft["engine"]) if draft else None,
        precomposed=data["nukta"] == "precomposed",
        max_tokens=int(data["max_tokens"]),
    )


def _refused(path: Path, found: str, expected: str) -> EngineError:
    return EngineError(
        where=f"engine ct2, {path}", found=found, expected=expected, do="Export the model again, or update Setu."
    )


def frame_of(
    codec: Codec,
    spec: Spec | None,
    *,
    has: Callable[[str], bool],
    config: Mapping[str, Any],
    template: str | None = None,
) -> Callable[[Direction], Frame]:
    """The frame of each direction.

    Args:
        codec: its own frame is what a family without language codes gets.
        spec: of a Setu folder.
        has: whether the model's vocabulary has a token.
        config: CTranslate2's `config.json`; what its runtime adds to the source by itself is not added twice.
        template: the text that the model reads, such as `translate {source} to {target}: {text}`.
    """
    head, tail = spec.source if spec else codec.frame
    codes = next((c for c in _CODES if all(has(code) for code in c.values())), None)
    tags = {language: next((t for t in forms if has(t)), "") for language, forms in _TAGS.items()}

    def frame(direction: Direction) -> Frame:
        source, target = source_language(direction), target_language(direction)
        if spec:
            return Frame(head, tail, spec.target.get(target, ()))
        if codes:
            return Frame((codes[source],), ("</s>",), (codes[target],))
        before, _, after = (template or "{text}").partition("{text}")
        before = before.format(source=_NAMES[source], target=_NAMES[target])
        tag = (tags[target],) if tags[target] else ()
        first, last = _left(head, tail, config)
        return Frame((*first, *tag), last, (), before, after)

    return frame


def _left(
    head: tuple[str, ...], tail: tuple[str, ...], config: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of a plain family that the runtime does not add by itself."""
    return (() if config.get("add_source_bos") else head), (() if config.get("add_source_eos") else tail)


def annotated(
    pieces: Sequence[Piece], hints: Sequence[tuple[int, int, Sequence[str]]], marks: tuple[str, str, str]
) -> list[Piece]:
    """Pieces with terms and their required targets set between marks: `<t> source <=> target </t>`.

    Inline annotation after Dinu et al. (2019) with the source kept. `hints` are (start, end, target tokens); a
    term covers all pieces that it touches, the second of two that share a piece is left out.
    """
    made: list[Piece] = []
    done = 0
    for start, end, target in sorted(hints, key=lambda hint: hint[:2]):
        inside = [k for k, p in enumerate(pieces) if p.start < end and start < p.end]
        if not inside or inside[0] < done:
            continue
        first, last = inside[0], inside[-1] + 1
        here = pieces[last - 1].end
        made += [*pieces[done:first], _mark(marks[0], pieces[first].start), *pieces[first:last]]
        made += [_mark(token, here) for token in (marks[1], *target, marks[2])]
        done = last
    return [*made, *pieces[done:]]


def _mark(token: str, at: int) -> Piece:
    return Piece(token, at, at)
