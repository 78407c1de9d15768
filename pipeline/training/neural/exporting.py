"""The trained network as an int8 CTranslate2 folder for the engine `ct2`, and what int8 costs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.engines import load_engine
from pipeline.engines.ct2_frame import FILE
from pipeline.errors import InputError
from pipeline.files import write_atomic
from pipeline.records import Direction, Request
from pipeline.training.neural.packing import load_tokenizer
from pipeline.training.neural.vocabulary import DRAFT, MARKS, TO

__all__ = ["export", "quantisation", "translated"]


def export(  # noqa: PLR0913 (each is a fact of the folder)
    model: Any, work: Path, destination: Path, *, name: str, longest: int, quantization: str = "int8"
) -> None:
    """Write the folder whole, beside the old one, then put it in its place."""
    from ctranslate2.converters import TransformersConverter
    from transformers import PreTrainedTokenizerFast
    from transformers.utils import logging

    bars: Any = logging  # typed in some versions of transformers only
    bars.disable_progress_bar()
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
    path = work / "prepared.json"
    if not path.is_file():
        raise InputError(
            where=str(work), found="no prepared.json", expected="a prepared work folder",
            do="Run the stage prepare first: it says whether the model has seen annotations and drafts.",
        )  # fmt: skip
    groups = json.loads(path.read_text("utf-8"))["groups"]
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
