"""The stages in order over one work folder; each ends with `model.pt`, from which the next begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pipeline.errors import InputError
from pipeline.files import write_atomic
from pipeline.records import Direction
from pipeline.training.corpus import Sources, read_held_out_pairs
from pipeline.training.evaluate import Result, score
from pipeline.training.neural import e5 as e5_file
from pipeline.training.neural import parts
from pipeline.training.neural.batches import Sampler
from pipeline.training.neural.exporting import export, quantisation, translated
from pipeline.training.neural.loop import save, train
from pipeline.training.neural.network import create, warm_start
from pipeline.training.neural.packing import load_group, load_tokenizer
from pipeline.training.neural.settings import Settings
from pipeline.training.neural.synthetic import back_translate

__all__ = ["GROUPS", "carry", "deliver", "evaluate", "load_settings", "open_model", "run_stage", "save_settings"]

GROUPS: Final = ("pairs", "terms", "drafted", "mono", "synthetic")
CHECKED: Final = 200
"""Pairs that the cost of int8 is measured on."""
Say = Callable[[str], None]


def save_settings(work: Path, settings: Settings) -> None:
    """Keep the settings beside what they made."""
    work.mkdir(parents=True, exist_ok=True)
    write_atomic(work / "settings.json", json.dumps(asdict(settings), indent=2))


def load_settings(work: Path) -> Settings:
    """The settings that a work folder was prepared with.

    Raises:
        InputError: the folder is not prepared.
    """
    path = work / "settings.json"
    if not path.is_file():
        raise InputError(
            where=str(work), found="no settings.json", expected="a prepared work folder",
            do="Run the stage prepare first.",
        )  # fmt: skip
    return Settings.parse(json.loads(path.read_text("utf-8")))


def open_model(work: Path, settings: Settings, *, say: Say) -> Any:
    """The network as the last stage left it, or at its start; on CUDA where it is there."""
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    torch.set_float32_matmul_precision("high")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = create(load_tokenizer(work).get_vocab_size(), settings.size)
    if (work / "model.pt").is_file():
        model.load_state_dict(torch.load(work / "model.pt", map_location="cpu", weights_only=True)["model"])
    elif settings.start == "e5":
        warm_start(model, e5_file.read(work / "e5.bin"))
    say(f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters on {device}")
    return model.to(device)


def run_stage(name: str, work: Path, *, minutes: float, say: Say) -> Any:
    """One stage (sup, bt, final) of at most so many minutes; gives the model. A killed stage goes on when called again.

    Raises:
        InputError: an unknown stage, or a folder that is not prepared.
    """
    settings = load_settings(work)
    if name not in settings.stages:
        raise InputError(
            where="neural recipe, stage", found=repr(name), expected=f"one of: {', '.join(settings.stages)}",
            do="Name a stage of the settings.",
        )  # fmt: skip
    model, tokenizer, checkpoint = open_model(work, settings, say=say), load_tokenizer(work), work / f"{name}.ckpt"
    stage = settings.stages[name]
    left = minutes
    if "synthetic" in stage.shares and not checkpoint.is_file():
        left = _with_synthetic(model, work, tokenizer, settings=settings, minutes=minutes, say=say)
    groups = {group: load_group(work / f"{group}.npz") for group in GROUPS if (work / f"{group}.npz").is_file()}
    progress = train(model, Sampler(groups, stage, tokenizer), stage, settings=settings, minutes=left,
                     checkpoint=checkpoint, say=lambda text: say(f"{name}: {text}"))  # fmt: skip
    save(work / "model.pt", {"model": model.state_dict()})
    history = json.loads((work / "history.json").read_text("utf-8")) if (work / "history.json").is_file() else []
    write_atomic(work / "history.json", json.dumps([*history, {"stage": name, **asdict(progress)}], indent=2))
    checkpoint.unlink(missing_ok=True)
    return model


def _with_synthetic(  # noqa: PLR0913 (what back-translation needs)
    model: Any, work: Path, tokenizer: Any, *, settings: Settings, minutes: float, say: Say
) -> float:
    """Back-translate with the model as it is; gives the minutes that are left."""
    import time

    began = time.monotonic()
    count = back_translate(
        model, work, tokenizer, settings=settings, minutes=minutes * settings.share_of_minutes, say=say
    )
    say(f"{count} synthetic pairs")
    return max(0.0, minutes - (time.monotonic() - began) / 60)


def carry(stage: str, work: Path, folder: Path, *, say: Say) -> None:
    """Pack the weights of `model.pt` into small files, or unpack them to it.

    Raises:
        InputError: nothing trained to pack, or a part is missing.
    """
    import torch

    path = work / "model.pt"
    if stage == "unpack":
        work.mkdir(parents=True, exist_ok=True)
        save(path, {"model": parts.unpack(folder)})
        say(f"unpacked to {path}")
    elif path.is_file():
        count = parts.pack(torch.load(path, map_location="cpu", weights_only=True)["model"], folder)
        say(f"{count} parts in {folder}")
    else:
        raise InputError(where=str(path), found="no such file", expected="trained weights", do="Run a stage first.")


def deliver(  # noqa: PLR0913 (each is an option of the command)
    model: Any, work: Path, destination: Path, *, corpora: Path, sources: Sources, name: str, say: Say
) -> dict[str, float]:  # fmt: skip
    """Export int8, compare it with full precision; gives the chrF++ that int8 costs."""
    longest = load_settings(work).longest
    model.to("cpu").eval()
    export(model, work, destination, name=name, longest=longest)
    pairs = [p for file in sources.held_out for p in read_held_out_pairs(corpora, sources, file)][:CHECKED]
    with TemporaryDirectory() as folder:
        full = Path(folder) / "full"
        export(model, work, full, name=name, longest=longest, quantization="float32")
        lost = quantisation(destination, full, pairs)
    size = sum(path.stat().st_size for path in destination.iterdir()) / 1e6
    say(f"exported {size:.1f} MB to {destination}; int8 costs {lost} chrF++")
    return lost


def evaluate(folder: Path, corpora: Path, sources: Sources, *, limit: int = 0, beams: int = 4) -> Iterator[Result]:
    """Scores of an exported folder on the held-out pairs, both directions; `limit` takes the first pairs only."""
    directions: tuple[Direction, ...] = ("bn-en", "en-bn")
    for file in sources.held_out:
        pairs = read_held_out_pairs(corpora, sources, file)[: limit or None]
        for direction in directions:
            texts, references = zip(*(p if direction == "bn-en" else p[::-1] for p in pairs), strict=True)
            outputs = translated(folder, direction, texts, beams=beams)
            yield score(file, direction, outputs, list(references), samples=0)
