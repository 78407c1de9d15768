"""Opening a CTranslate2 folder: everything that can be wrong with it is told in one message."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.engines.ct2_codec import Codec, load_codec, read_json
from pipeline.engines.ct2_frame import Frame, Spec, frame_of, read_spec
from pipeline.engines.hf_spans import digest
from pipeline.errors import EngineError
from pipeline.records import Direction

__all__ = ["Opened", "open_folder"]

_MOST_THREADS: Final = 8
_VOCABULARIES: Final = ("shared_vocabulary", "source_vocabulary", "target_vocabulary")


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder whose model and tokenizer are loaded."""

    name: str
    translator: Any
    codec: Codec
    spec: Spec | None
    frame: Callable[[Direction], Frame]
    sha256: str
    device: str


def open_folder(model: str | None, *, device: str, compute: str, template: str | None) -> Opened:
    """Load model, tokenizer and what the model must be told.

    Raises:
        EngineError: see `pipeline.engines.ct2.load`.
    """
    folder = _folder(model)
    if template is not None and "{text}" not in template:
        raise EngineError(
            where="engine ct2, option template", found=repr(template), expected="a text with {text} in it",
            do="For example: translate {source} to {target}: {text}",
        )  # fmt: skip
    spec, codec = read_spec(folder), load_codec(folder)
    config = read_json(folder / "config.json") if (folder / "config.json").is_file() else {}
    vocabulary = _vocabulary(folder)
    _check_pieces(folder, spec, vocabulary)
    device = _device(device)
    translator = _translator(folder, device, compute=compute)
    frame = frame_of(codec, spec, has=vocabulary.__contains__, config=config, template=template)
    name = spec.name if spec else str(model)
    return Opened(name, translator, codec, spec, frame, digest(folder), device)


def _folder(model: str | None) -> Path:
    if not model:
        raise EngineError(
            where="engine ct2", found="no model", expected="a folder that CTranslate2 converted",
            do="Give one: --model FOLDER",
        )  # fmt: skip
    folder = Path(model)
    if not (folder / "model.bin").is_file():
        found = "no model.bin" if folder.is_dir() else "a file" if folder.exists() else "no such folder"
        raise EngineError(
            where=f"engine ct2, model {model}", found=found, expected="a folder that CTranslate2 converted",
            do="Check the path, or convert: ct2-transformers-converter --model … --output_dir … --quantization int8",
        )  # fmt: skip
    return folder


def _vocabulary(folder: Path) -> frozenset[str]:
    """All tokens of the model, from whichever of CTranslate2's vocabulary files there are."""
    import json

    words: set[str] = set()
    for path in (folder / f"{name}{suffix}" for name in _VOCABULARIES for suffix in (".json", ".txt")):
        if not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
            words.update(map(str, json.loads(text)) if path.suffix == ".json" else text.split("\n"))
        except (ValueError, TypeError) as error:
            raise EngineError(
                where=f"engine ct2, {path}", found=str(error), expected="a vocabulary of CTranslate2",
                do="Fetch or convert the model again.",
            ) from error  # fmt: skip
    return frozenset(words)


def _check_pieces(folder: Path, spec: Spec | None, vocabulary: frozenset[str]) -> None:
    """A setu.json of another model is found before it spoils every translation."""
    if spec is None:
        return
    named = [*spec.source[0], *spec.source[1], *(t for tokens in spec.target.values() for t in tokens)]
    named += [*(spec.terms or ()), *(spec.draft or ())[:1]]
    missing = [token for token in named if token not in vocabulary]
    if missing:
        raise EngineError(
            where=f"engine ct2, {folder / 'setu.json'}", found=f"pieces that the model lacks: {' '.join(missing)}",
            expected="pieces of the model's vocabulary", do="Export the model again.",
        )  # fmt: skip


def _device(name: str) -> str:
    import ctranslate2

    there = ctranslate2.get_cuda_device_count() > 0
    if name == "auto":
        return "cuda" if there else "cpu"
    if name not in {"cpu", "cuda"} or (name == "cuda" and not there):
        raise EngineError(
            where="engine ct2, option device", found=repr(name), expected=f"auto, cpu{' or cuda' if there else ''}",
            do="Leave the option out.",
        )  # fmt: skip
    return name


def _translator(folder: Path, device: str, *, compute: str) -> Any:
    import ctranslate2

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = {"inter_threads": min(cores, _MOST_THREADS), "intra_threads": 1} if device == "cpu" else {}
    try:
        return ctranslate2.Translator(str(folder), device=device, compute_type=compute, **threads)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise EngineError(
            where=f"engine ct2, model {folder}", found=str(error).strip().rstrip(".") or type(error).__name__,
            expected="an intact translation model of CTranslate2, and a compute type that this machine has",
            do="Fetch or convert the model again; try --compute float32 for the other fault.",
        ) from error  # fmt: skip
