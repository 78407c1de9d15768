"""Training of the attention model: a round lasts as long as its minutes, a killed one goes on, another may follow.

What is kept and measured is an average of the weights. The chance of a step hangs on seed and step alone, so that a
run that the clock does not end is the same whether it was killed or not.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import InputError
from pipeline.files import write_atomic
from pipeline.training.attention import network
from pipeline.training.attention.crossing import Crossing
from pipeline.training.attention.lessons import Batch, Course
from pipeline.training.attention.settings import AttentionSettings
from pipeline.training.guide.examples import Longs
from pipeline.training.guide.heads import Arrays
from pipeline.training.guide.network import Weights, halved, softmax_loss
from pipeline.training.guide.tuning import clock_share

__all__ = ["fit_attention", "measured"]

Say = Callable[[str], None]
Losses = tuple[Any, Any, Any]
"""Of words and pointer, and the squared log of the normaliser."""
TOGETHER = 50
"""Sentences that are measured at once."""
DAMAGE = (AttributeError, EOFError, KeyError, OSError, RuntimeError, TypeError, ValueError, pickle.UnpicklingError)
"""What reading a damaged checkpoint raises."""


@dataclass(slots=True)
class _Run:
    """What a step needs and a checkpoint holds."""

    weights: dict[str, Any]
    average: dict[str, Any]
    optimizer: Any
    course: Course
    drops: network.Drops
    step: int = 0
    """Of all rounds."""
    made: int = 0
    """Steps of this round."""
    seconds: float = 0.0
    """Of this round."""
    number: int = 0
    """Of the pass over the pairs."""
    place: int = 0
    """Of the next batch in it."""

    @property
    def settings(self) -> AttentionSettings:
        return self.course.settings

    @property
    def done(self) -> float:
        """Share of the round that is over, by its steps or the clock, whichever is ahead."""
        settings = self.settings
        clock = clock_share(self.seconds, settings.minutes) if settings.minutes > 0 else 1.0
        return max(clock, self.made / settings.steps if settings.steps else 0.0)


def fit_attention(  # noqa: PLR0913 (what a run needs)
    course: Course, joint: Arrays, *, checkpoint: Path, origin: str, say: Say, crossing: Crossing | None = None
) -> dict[str, Any]:
    """Train one round and give the averaged weights; `joint`: the arrays of the joint model that it begins as.

    With `crossing` the rest begins as the other direction's model.

    `origin` names what the states and rows mean: guide and vocabulary. A round that was killed goes on where the
    checkpoint stands, its time counts; behind a finished round the next one begins, with a new rise and fall of the
    rate.

    Raises:
        InputError: the checkpoint is damaged, or of another network, guide or vocabulary.
    """
    import torch

    if course.settings.threads:
        torch.set_num_threads(course.settings.threads)
    run = _begin(course, joint, crossing)
    mark = _mark(run.weights, origin)
    _restore(run, checkpoint, mark, say)
    sizes = [int((course.share[course.kind == k] > 0).sum()) for k in range(len(course.parts))]
    say(f"{sizes[0]} pairs{''.join(f' and {n} back-translated ones' for n in sizes[1:])}; {_checked(run)}")
    _steps(run, save=lambda: _save(checkpoint, run, mark), say=say)
    say(_checked(run))
    return run.average


def _begin(course: Course, joint: Arrays, crossing: Crossing | None = None) -> _Run:
    import torch

    settings = course.settings
    generator = torch.Generator().manual_seed(settings.seed)
    weights = network.new_attention(joint, settings, generator)
    if crossing:
        weights = crossing.begin(weights)
    average = {name: value.clone() for name, value in weights.items()}
    groups: list[dict[str, Any]] = [{"params": [], "peak": settings.rate * k} for k in (1.0, settings.joint_rate)]
    for name, value in weights.items():
        old = name in ("E", "bias") or name.rpartition(".")[0] in network.JOINT
        groups[old]["params"].append(value.requires_grad_())
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), weight_decay=settings.decay)
    return _Run(weights, average, optimizer, course, network.drops_of(settings))


def _steps(run: _Run, *, save: Callable[[], None], say: Say) -> None:
    """Learn until the round is over."""
    settings, batches = run.settings, _batches(run)
    began, saved = time.monotonic() - run.seconds, run.seconds
    seen: list[tuple[float, float, int]] = []
    logged = run.seconds
    while run.done < 1:
        seen.append(_step(run, next(batches)))
        run.seconds = time.monotonic() - began
        if run.seconds - saved >= 60 * settings.save_minutes:
            save()
            saved = run.seconds
        if run.step % settings.log_steps == 0:
            say(f"step {run.step}, {run.seconds / 60:.1f} min: {_means(seen, run.seconds - logged)}")
            seen, logged = [], run.seconds
        if run.step % settings.check_steps == 0:
            say(_checked(run))
    save()


def _batches(run: _Run) -> Iterator[Longs]:
    """Pass after pass, from the batch that the run stands at."""
    while True:
        parts = run.course.batches(run.number)
        while run.place < len(parts):
            run.place += 1
            yield parts[run.place - 1]
        run.number, run.place = run.number + 1, 0


def _means(seen: list[tuple[float, float, int]], seconds: float) -> str:
    words, pointer, number = np.sum(seen, 0) / len(seen)
    fast = number * len(seen) / max(seconds, 0.001)
    return f"words {words:.3f}, pointer {pointer:.3f}, {fast:.0f} words a second"


def _step(run: _Run, sentences: Longs) -> tuple[float, float, int]:
    """One update; the losses of words and pointer, and the number of words."""
    import torch

    settings, weights = run.settings, list(run.weights.values())
    torch.manual_seed(settings.seed * 1_000_003 + run.step)
    batch = run.course.batch(sentences, np.random.default_rng([settings.seed, 1, run.step]))
    rate = min(1.0, (run.made + 1) / settings.warmup) * max(settings.least_rate, 1 - run.done)
    for group in run.optimizer.param_groups:
        group["lr"] = group["peak"] * rate
    words, pointer, norm = _losses(run, batch)
    run.optimizer.zero_grad()
    (words + settings.pointer_weight * pointer + settings.norm_weight * norm).backward()
    torch.nn.utils.clip_grad_norm_(weights, settings.clip)
    run.optimizer.step()
    run.step, run.made = run.step + 1, run.made + 1
    if run.made % settings.average_steps == 0:
        _join(run)
    return float(words.detach()), float(pointer.detach()), int(batch.asked.sum())


def _join(run: _Run) -> None:
    """The weights join the average, which forgets fast at the beginning of a round."""
    import torch

    settings = run.settings
    times = run.made // settings.average_steps
    kept = min(settings.average, 1 - 1 / (times + 1) ** settings.average_rise)
    average = list(run.average.values())
    torch._foreach_mul_(average, kept)
    torch._foreach_add_(average, [value.detach() for value in run.weights.values()], alpha=1 - kept)


def _losses(run: _Run, batch: Batch) -> Losses:
    import torch

    settings, weights, known = run.settings, run.weights, run.course.known
    words, asked = torch.from_numpy(batch.words), torch.from_numpy(batch.asked)
    weight = torch.from_numpy(batch.weight)[:, None].expand_as(words)
    with halved(settings.bf16):
        out, pointed = _answers(weights, batch, run.drops)
        table = {"words.weight": weights["E"], "bias": weights["bias"]}
        softmax = network.draw_words(known, settings)
        word, norm = softmax_loss(table, out[asked], words[asked], weight[asked], softmax)
    missed, linked = _missed(pointed, batch)
    return word, (missed * weight[linked]).sum() / weight[linked].sum(), norm


def _answers(weights: Weights, batch: Batch, drops: network.Drops) -> tuple[Any, Any]:
    import torch

    sources = (torch.from_numpy(column) for column in (batch.states, batch.rank, batch.real, batch.kind))
    reading = network.read(weights, *sources, drops=drops)
    return network.predict(weights, reading, torch.from_numpy(batch.past), drops=drops)


def _missed(pointed: Any, batch: Batch) -> tuple[Any, Any]:
    """-log of what the pointer gives to the linked source words, and the places that have one."""
    import torch

    place = torch.from_numpy(batch.pointed)
    linked = place >= 0
    return -pointed.gather(2, place.clamp(min=0)[..., None])[..., 0][linked], linked


def _checked(run: _Run) -> str:
    words, pointer, right = measured(run.average, run.course)
    return f"step {run.step}, held out: words {words:.3f}, pointer {pointer:.3f}, first guesses right {right:.3f}"


def measured(weights: Weights, course: Course) -> tuple[float, float, float]:
    """On the pairs held out: normalised loss of words, loss of the pointer, share of best words that are right."""
    import torch

    words: list[Any] = []
    pointer: list[Any] = []
    right: list[Any] = []
    for k in range(0, len(course.held), TOGETHER):
        batch = course.batch(course.held[k : k + TOGETHER])
        with torch.no_grad():
            out, pointed = _answers(weights, batch, network.KEEP)
            asked = torch.from_numpy(batch.asked)
            scores = network.word_scores(weights, out[asked]).log_softmax(1)
            true = torch.from_numpy(batch.words)[asked]
            words += (-scores.gather(1, true[:, None])[:, 0]).tolist()
            pointer += _missed(pointed, batch)[0].tolist()
            right += (scores.argmax(1) == true).tolist()
    means = [float(np.mean(column)) if column else float("nan") for column in (words, pointer, right)]
    return means[0], means[1], means[2]


def _mark(weights: Weights, origin: str) -> str:
    """What a checkpoint belongs to; the data, the rates and the clock may change from round to round."""
    shapes = {name: tuple(value.shape) for name, value in weights.items()}
    return hashlib.sha256(repr((origin, network.HEAD, shapes)).encode()).hexdigest()


def _save(path: Path, run: _Run, mark: str) -> None:
    """Write a checkpoint whole or not at all."""
    import torch

    counts = {name: getattr(run, name) for name in ("step", "made", "seconds", "number", "place")}
    state = {"mark": mark, "counts": counts, "finished": run.done >= 1, "weights": run.weights, "average": run.average,
             "optimizer": run.optimizer.state_dict()}  # fmt: skip
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomic(path, buffer.getvalue())


def _restore(run: _Run, path: Path, mark: str, say: Say) -> None:
    """Go on from a checkpoint, where there is one."""
    import torch

    if not path.is_file():
        return
    try:
        state = torch.load(path, weights_only=True)
        fits = state["mark"] == mark
        if fits:
            _put(run, state)
    except DAMAGE as error:
        raise _refused(path, f"a damaged file ({type(error).__name__})") from error
    if not fits:
        raise _refused(path, "a checkpoint of another network, guide or vocabulary")
    if state["finished"]:
        run.made, run.seconds = 0, 0.0
        say(f"a new round from step {run.step}")
    else:
        say(f"going on from step {run.step}, {run.seconds / 60:.1f} min")


def _put(run: _Run, state: dict[str, Any]) -> None:
    import torch

    with torch.no_grad():
        for kind, to in (("weights", run.weights), ("average", run.average)):
            for name, value in to.items():
                value.copy_(state[kind][name])
    peaks = [group["peak"] for group in run.optimizer.param_groups]
    run.optimizer.load_state_dict(state["optimizer"])
    for group, peak in zip(run.optimizer.param_groups, peaks, strict=True):
        group["peak"] = peak  # a round may have another rate than the one before
    for name, value in state["counts"].items():
        setattr(run, name, value)


def _refused(path: Path, found: str) -> InputError:
    return InputError(
        where=str(path), found=found, expected="the checkpoint of an earlier run of the same model",
        do="Remove the file to begin anew.",
    )  # fmt: skip
