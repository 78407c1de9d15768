"""One stage of training: schedule by the clock, averaged weights, checkpoints from which a killed run goes on."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipeline.files import write_atomic
from pipeline.training.neural.batches import Batch, Sampler, stream
from pipeline.training.neural.network import padded
from pipeline.training.neural.settings import Settings, Stage
from pipeline.training.neural.vocabulary import PAD

__all__ = ["Progress", "loss_of", "save", "train"]

_CPU_TOKENS: Final = 2000  # positions a batch where there is no GPU
_EVERY: Final = 5  # steps between updates of the average
_FLOOR: Final = 0.05  # of the peak rate, at the end


@dataclass(slots=True)
class Progress:
    """Where a stage stands."""

    step: int = 0
    tokens: int = 0
    """Target tokens learnt."""
    seconds: float = 0.0
    """Time spent in all runs of the stage."""
    losses: list[tuple[float, float]] = field(default_factory=list)
    """(seconds, mean smoothed loss a target token since the last entry)."""
    skipped: int = 0
    """Steps whose gradient was not finite."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What one step needs."""

    model: Any
    optimizer: Any
    average: dict[str, Any]
    settings: Settings
    stage: Stage
    device: Any


def train(  # noqa: PLR0913 (a stage is all of these)
    model: Any, sampler: Sampler, stage: Stage, *, settings: Settings, minutes: float, checkpoint: Path,
    say: Callable[[str], None],
) -> Progress:  # fmt: skip
    """Train until the minutes (or the steps of the settings) are over; the model ends with the averaged weights.

    A checkpoint at the path is gone on from, its time counts; it is removed by the caller when the stage is saved.
    """
    import torch

    device = next(model.parameters()).device
    torch.manual_seed(settings.seed)
    run = _Run(model, _optimizer(model, settings, device), _copy(model), settings, stage, device)
    progress = _restore(run, checkpoint, say)
    model.train()
    budget = settings.tokens if device.type == "cuda" else min(settings.tokens, _CPU_TOKENS)
    batches = stream(sampler, settings, budget=budget, seed=settings.seed + progress.step)
    _steps(run, batches, progress, limit=60 * minutes, checkpoint=checkpoint, say=say)
    model.load_state_dict(run.average)
    say(f"{progress.step} steps, {progress.tokens} target tokens, {progress.seconds:.0f} s, {progress.skipped} skipped")
    return progress


def _steps(  # noqa: PLR0913 (the loop)
    run: _Run,
    batches: Iterator[Batch],
    progress: Progress,
    *,
    limit: float,
    checkpoint: Path,
    say: Callable[[str], None],
) -> None:
    began, total, count = time.monotonic() - progress.seconds, 0.0, 0
    saved, most = progress.seconds, run.settings.steps or 10**9
    while progress.seconds < limit and progress.step < most:
        done = max(progress.seconds / limit, progress.step / most)
        loss, tokens = _step(run, next(batches), progress, done=done)
        total, count = total + loss, count + tokens
        progress.tokens += tokens
        progress.seconds = time.monotonic() - began
        if progress.step % run.settings.log_steps == 0 and count:
            progress.losses.append((round(progress.seconds, 1), round(total / count, 4)))
            say(f"step {progress.step} loss {total / count:.3f} {progress.tokens / progress.seconds:.0f} tokens/s")
            total, count = 0.0, 0
        if progress.seconds - saved > 60 * run.settings.save_minutes:
            save(checkpoint, _state(run, progress))
            saved = progress.seconds
    batches.close()  # type: ignore[attr-defined] # a generator: ends the thread that draws
    save(checkpoint, _state(run, progress))


def _step(run: _Run, batch: Batch, progress: Progress, *, done: float) -> tuple[float, int]:
    """One update; gives the summed loss and the number of target tokens."""
    import torch

    progress.step += 1
    rate = run.stage.rate * min(1.0, progress.step / run.stage.warmup) * max(_FLOOR, 1 - done)
    for group in run.optimizer.param_groups:
        group["lr"] = rate * group["factor"]
    with torch.autocast(run.device.type, torch.bfloat16, enabled=run.device.type == "cuda" or run.settings.cpu_bf16):
        loss, tokens = loss_of(run.model, batch, smoothing=run.settings.smoothing)
    run.optimizer.zero_grad(set_to_none=True)
    (loss / tokens).backward()
    norm = torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
    if not bool(torch.isfinite(norm)):
        progress.skipped += 1
        return 0.0, 0
    run.optimizer.step()
    _follow(run, progress.step)
    return float(loss.detach()), tokens


def loss_of(model: Any, batch: Batch, *, smoothing: float) -> tuple[Any, int]:
    """Summed label-smoothed cross-entropy of a batch, and its target tokens.

    The first label, the language, is given at run time and not learnt. Only real positions are projected to the
    vocabulary, which is most of the work of a small network.
    """
    from torch.nn.functional import cross_entropy

    device = next(model.parameters()).device
    source, target = padded([pair[0] for pair in batch], device), padded([pair[1] for pair in batch], device)
    states = model.model(input_ids=source, attention_mask=source != PAD, decoder_input_ids=target[:, :-1])
    labels = target[:, 1:]
    real = labels != PAD
    real[:, 0] = False
    logits = states.last_hidden_state[real] @ model.lm_head.weight.T
    loss = cross_entropy(logits.float(), labels[real], label_smoothing=smoothing, reduction="sum")
    return loss, int(real.sum())


def _optimizer(model: Any, settings: Settings, device: Any) -> Any:
    """AdamW; a warm-started encoder learns more slowly."""
    import torch

    encoder = [p for name, p in model.named_parameters() if name.startswith("model.encoder.")]
    rest = [p for name, p in model.named_parameters() if not name.startswith("model.encoder.")]
    factor = settings.encoder_rate if settings.start == "e5" else 1.0
    groups = [{"params": encoder, "factor": factor}, {"params": rest, "factor": 1.0}]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01, fused=device.type == "cuda")


def _copy(model: Any) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _follow(run: _Run, step: int) -> None:
    """Move the averaged weights towards the present ones, every few steps: it is many small operations."""
    import torch

    if step % _EVERY:
        return
    decay = min(run.settings.decay, (1 + step) / (10 + step)) ** _EVERY
    with torch.no_grad():
        for name, value in run.model.state_dict().items():
            if value.is_floating_point():
                run.average[name].lerp_(value, 1 - decay)


def _state(run: _Run, progress: Progress) -> dict[str, Any]:
    facts = {name: getattr(progress, name) for name in ("step", "tokens", "seconds", "losses", "skipped")}
    optimizer = run.optimizer.state_dict()
    return {"model": run.model.state_dict(), "average": run.average, "optimizer": optimizer, "progress": facts}


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint whole or not at all."""
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomic(path, buffer.getvalue())


def _restore(run: _Run, checkpoint: Path, say: Callable[[str], None]) -> Progress:
    import torch

    if not checkpoint.is_file():
        return Progress()
    state = torch.load(checkpoint, map_location=run.device, weights_only=True)
    run.model.load_state_dict(state["model"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.average.update(state["average"])
    progress = Progress(**state["progress"])
    say(f"going on from step {progress.step}")
    return progress
