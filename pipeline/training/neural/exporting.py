"""The trained network as an int8 CTranslate2 folder for the engine `ct2`; in parts; and what int8 costs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pipeline.engines import load_engine
from pipeline.engines.ct2_frame import FILE
from pipeline.errors import InputError
from pipeline.files import sha256_bytes, write_atomic
from pipeline.records import Direction, Request
from pipeline.training.neural.packing import load_tokenizer
from pipeline.training.neural.vocabulary import DRAFT, MARKS, TO

__all__ = ["export", "join", "quantisation", "split", "translated"]

PART: Final = 15 * 2**20 - 1
"""Bytes of a part: what small uploads take."""


def export(  # noqa: PLR0913 (each is a fact of the folder)
    model: Any, work: Path, destination: Path, *, name: str, longest: int, quantization: str = "int8"
) -> None:
    """Write the folder whole, beside the old one, then put it in its place."""
    from ctranslate2.converters import TransformersConverter
    from transformers import PreTrainedTokenizerFast

    tokenizer = load_tokenizer(work)
    new = destination.with_name(f"{destination.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    with TemporaryDirectory() as folder:
        # transformers 5 left this out of BartConfig; the converter still reads it.
        model.config.normalize_before = False
        model.save_pretrained(folder)
        names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
        fast: Any = PreTrainedTokenizerFast
        fast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
        TransformersConverter(folder).convert(str(new), quantization=quantization)
    shutil.copy(work / "tokenizer.json", new / "tokenizer.json")
    write_atomic(new / FILE, json.dumps(_facts(work, name=name, longest=longest), ensure_ascii=False, indent=2))
    shutil.rmtree(destination, ignore_errors=True)
    new.rename(destination)


def _facts(work: Path, *, name: str, longest: int) -> dict[str, Any]:
    """What `setu.json` says; annotations and drafts only where the model has seen them."""
    groups = json.loads((work / "prepared.json").read_text("utf-8"))["groups"]
    return {
        "format": 1,
        "name": name,
        "directions": ["bn-en", "en-bn"],
        "source": {"start": ["<s>"], "end": ["</s>"]},
        "target": {language: [piece] for language, piece in TO.items()},
        "terms": list(MARKS) if groups["terms"] else None,
        "draft": {"piece": DRAFT, "engine": "compact"} if groups["drafted"] else None,
        "nukta": "precomposed",
        "max_tokens": longest + 2,
    }


def translated(folder: Path, direction: Direction, texts: Sequence[str], *, beams: int = 4) -> list[str]:
    """First candidates of an exported folder."""
    engine = load_engine("ct2", model=str(folder), beams=beams, compute="default")
    return [candidates[0].text for candidates in engine.translate([Request(text, direction) for text in texts])]


def quantisation(small: Path, full: Path, pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """chrF++ that int8 costs on (Bengali, English) pairs, by direction: full precision less int8."""
    from sacrebleu.metrics.chrf import CHRF

    lost: dict[str, float] = {}
    directions: tuple[Direction, ...] = ("bn-en", "en-bn")
    for direction in directions:
        sources, references = zip(*(pair if direction == "bn-en" else pair[::-1] for pair in pairs), strict=True)
        scores = [
            CHRF(word_order=2).corpus_score(translated(folder, direction, sources), [list(references)]).score
            for folder in (full, small)
        ]
        lost[direction] = round(scores[0] - scores[1], 3)
    return lost


def split(folder: Path, parts: Path, *, size: int = PART) -> list[Path]:
    """Copy a folder with its model in parts; `parts.json` names them with their hashes."""
    parts.mkdir(parents=True, exist_ok=True)
    data = (folder / "model.bin").read_bytes()
    made = []
    for k, start in enumerate(range(0, len(data), size)):
        made.append(parts / f"model.bin.{k:03d}")
        write_atomic(made[-1], data[start : start + size])
    for path in folder.iterdir():
        if path.name != "model.bin":
            shutil.copy(path, parts / path.name)
    hashes = {path.name: sha256_bytes(path.read_bytes()) for path in made}
    write_atomic(parts / "parts.json", json.dumps(hashes, indent=2))
    return made


def join(parts: Path, folder: Path) -> None:
    """The inverse of `split`.

    Raises:
        InputError: a part is missing or damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = b""
    for name, digest in sorted(json.loads((parts / "parts.json").read_text("utf-8")).items()):
        part = (parts / name).read_bytes() if (parts / name).is_file() else b""
        if sha256_bytes(part) != digest:
            raise InputError(
                where=str(parts / name),
                found="a missing or damaged part",
                expected=f"sha256 {digest}",
                do="Fetch it again.",
            )
        data += part
    write_atomic(folder / "model.bin", data)
    for path in parts.iterdir():
        if path.name != "parts.json" and not path.name.startswith("model.bin."):
            shutil.copy(path, folder / path.name)
