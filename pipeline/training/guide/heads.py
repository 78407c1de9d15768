"""The heads that are kept: trained on the states that the int8 encoder gives, written as the engine reads them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.joint import JointModel
from pipeline.engines.compact.reorder import Orderer, best_order
from pipeline.files import write_atomic
from pipeline.training.guide import network
from pipeline.training.guide.examples import Lesson, Longs, Selection, hidden
from pipeline.training.guide.settings import GuideSettings
from pipeline.training.guide.tuning import agreement, clock_share, masked
from pipeline.training.prepare import read_tokens

__all__ = ["Encoder", "States", "joint_arrays", "order_arrays", "read_states", "save_arrays", "train_joint",
           "train_order"]  # fmt: skip

Say = Callable[[str], None]
Floats = npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[Any]]
TOGETHER = 2000
ORDER_WARMUP, JOINT_WARMUP = 100, 200
LEAST_RATE = 0.01
MEASURED = 6000
"""Target words held out that a joint model is measured on."""
LAYERS = ("source", "history", "middle", "output", "words")


class Encoder(Protocol):
    """What gives the states: `SentenceEncoder`."""

    def states(self, sentences: Sequence[Sequence[str]]) -> list[Floats]:
        """Per sentence (tokens, width)."""
        ...


@dataclass(frozen=True, slots=True)
class States:
    """States of the words of some sentences, flat, in half precision."""

    rows: npt.NDArray[np.float16]
    first: Longs
    """Row of the first word of each sentence of the corpus, -1 for one that is not here."""

    def of(self, rows: Longs) -> Floats:
        """Rows in single precision."""
        return self.rows[rows].astype(np.float32)


def read_states(tokens: Path, chosen: Longs, lesson: Lesson, encoder: Encoder, path: Path) -> States:
    """The states of chosen sentences of a token file, through the encoder into a memory-mapped file."""
    ranked = np.sort(chosen)
    size = lesson.source_size[ranked]
    first = np.full(len(lesson.source_size), -1, np.int64)
    first[ranked] = np.cumsum(size) - size
    width = encoder.states([["-"]])[0].shape[1]
    rows = np.lib.format.open_memmap(path, "w+", np.float16, (int(size.sum()), width))
    wanted = set(ranked.tolist())
    stream = ((k, forms) for k, forms in enumerate(read_tokens(tokens)) if k in wanted)
    while part := list(islice(stream, TOGETHER)):
        for (k, forms), states in zip(part, encoder.states([forms for _, forms in part]), strict=True):
            rows[first[k] : first[k] + len(forms)] = states
    return States(rows, first)


def train_order(
    states: States, lesson: Lesson, selection: Selection, *, settings: GuideSettings, say: Say
) -> Mapping[str, Any]:
    """An order head, trained on the good sentences; those held out measure it."""
    import torch

    chosen, heads, chance = selection.good, settings.heads, np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    weights = network.new_order(states.rows.shape[1], settings, torch.Generator().manual_seed(settings.seed))
    parameters = [value.requires_grad_() for value in weights.values()]
    optimizer = torch.optim.AdamW(parameters, lr=0.0, weight_decay=0.01)
    steps, step = heads.order_epochs * -(-len(chosen) // heads.order_batch), 0
    for _ in range(heads.order_epochs):
        for part in _batches(chosen, lesson.source_size, heads.order_batch, chance):
            rate = heads.order_rate * min(1.0, (step + 1) / ORDER_WARMUP) * max(0.02, 1 - step / steps)
            optimizer.param_groups[0]["lr"] = rate
            loss = _order_loss(weights, states, lesson, part, settings)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    right = _agreements(Orderer(order_arrays(weights)), states, lesson, selection.held)
    say(f"order head: {step} steps, {np.mean(right) if right else float('nan'):.4f} of held-out word pairs in order")
    return weights


def _batches(chosen: Longs, size: Longs, most: int, chance: np.random.Generator) -> Iterator[Longs]:
    """Sentences of about one length together, the batches in random order."""
    ranked = chosen[np.lexsort((chance.random(len(chosen)), size[chosen] + chance.random(len(chosen)) * 3))]
    parts = [ranked[k : k + most] for k in range(0, len(ranked), most)]
    return (parts[k] for k in chance.permutation(len(parts)))


def _order_loss(weights: network.Weights, states: States, lesson: Lesson, part: Longs, settings: GuideSettings) -> Any:
    import torch
    from torch.nn.functional import dropout

    sizes = lesson.source_size[part]
    wide = int(sizes.max())
    block = np.zeros((len(part), wide, states.rows.shape[1]), np.float32)
    position = np.full((len(part), wide), -1, np.int64)
    for r, k in enumerate(part.tolist()):
        block[r, : sizes[r]] = states.of(np.arange(states.first[k], states.first[k] + sizes[r]))
        position[r, : sizes[r]] = lesson.places(k)
    real = torch.from_numpy(np.arange(wide) < sizes[:, None])
    with torch.autocast("cpu", torch.bfloat16, enabled=settings.bf16):
        scores = network.order_scores(weights, dropout(torch.from_numpy(block), settings.dropout), real)
    return network.order_loss(scores, torch.from_numpy(position))


def _agreements(orderer: Orderer, states: States, lesson: Lesson, held: Longs) -> list[float]:
    right: list[float] = []
    for k in held.tolist():
        rows = states.of(np.arange(states.first[k], states.first[k] + lesson.source_size[k]))
        right += agreement(best_order(orderer.scores(rows)), lesson.places(k))
    return right


@dataclass(frozen=True, slots=True)
class _Words:
    """Target words to learn: the state of their source word by its row, history, the word, its weight."""

    row: Longs
    history: Longs
    words: Longs
    weight: Floats

    @classmethod
    def of(cls, states: States, lesson: Lesson, chosen: Longs) -> _Words:
        taken = [(k, lesson.targets(k)) for k in chosen.tolist()]
        at = np.concatenate([np.zeros(0, np.int64), *(np.arange(t.start, t.stop) for _, t in taken)])
        owner = np.repeat(chosen, [t.stop - t.start for _, t in taken])
        row = states.first[owner] + lesson.belongs[at]
        return cls(row, lesson.history[at], lesson.words[at], lesson.weight[owner])


def train_joint(
    states: States, lesson: Lesson, selection: Selection, *, settings: GuideSettings, say: Say
) -> Mapping[str, Any]:
    """A joint model, trained on the target words of the good sentences; those held out measure it."""
    import torch

    heads, chance = settings.heads, np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    generator = torch.Generator().manual_seed(settings.seed)
    weights = network.new_joint(states.rows.shape[1], lesson.known, settings, generator)
    parameters = [value.requires_grad_() for value in weights.values()]
    optimizer = torch.optim.AdamW(parameters, lr=0.0, betas=(0.9, 0.98), weight_decay=heads.joint_decay)
    data = _Words.of(states, lesson, selection.good)
    size = max(1, min(heads.joint_batch, len(data.row)))
    steps, step, began = len(data.row) // size * heads.joint_epochs, 0, time.monotonic()
    while step < steps:
        ranked = chance.permutation(len(data.row))
        for k in range(0, len(ranked) - size + 1, size):
            done = max(step / steps, clock_share(time.monotonic() - began, heads.minutes))
            rate = heads.joint_rate * min(1.0, (step + 1) / JOINT_WARMUP) * max(LEAST_RATE, 1 - done)
            optimizer.param_groups[0]["lr"] = rate
            _joint_step(weights, optimizer, states, data, ranked[k : k + size], settings)
            step += 1
        if (time.monotonic() - began) / 60 > heads.minutes:
            break
    with_past, without = _joint_measured(weights, states, _Words.of(states, lesson, selection.held), lesson.known)
    say(f"joint model: {step} steps, held-out loss {with_past:.3f}, without history {without:.3f}")
    return weights


def _joint_step(  # noqa: PLR0913, PLR0917 (one step needs all of it)
    weights: network.Weights, optimizer: Any, states: States, data: _Words, part: Longs, settings: GuideSettings
) -> None:
    import torch
    from torch.nn.functional import dropout

    heads, known = settings.heads, len(weights["bias"]) - 1
    x = dropout(torch.from_numpy(states.of(data.row[part])), settings.dropout)
    past = masked(torch.from_numpy(data.history[part]), heads.hide_all, settings.hide_one, known)
    softmax = network.Softmax.draw(known, settings)
    with torch.autocast("cpu", torch.bfloat16, enabled=settings.bf16):
        out = network.joint_hidden(weights, x, past, drop=heads.joint_dropout)
        words, weight = torch.from_numpy(data.words[part]), torch.from_numpy(data.weight[part])
        loss, norm = network.softmax_loss(weights, out, words, weight, softmax)
    optimizer.zero_grad()
    (loss + heads.joint_norm * norm).backward()
    torch.nn.utils.clip_grad_norm_(list(weights.values()), settings.clip)
    optimizer.step()


def _joint_measured(weights: network.Weights, states: States, data: _Words, known: int) -> tuple[float, float]:
    """Normalised loss of the words, with and without their history."""
    import torch

    part = np.arange(min(MEASURED, len(data.row)))
    if not len(part):
        return float("nan"), float("nan")
    x, words = torch.from_numpy(states.of(data.row[part])), torch.from_numpy(data.words[part])[:, None]
    out = []
    for past in (data.history[part], hidden(data.history[part], known)):
        with torch.no_grad():
            scores = network.joint_scores(weights, network.joint_hidden(weights, x, torch.from_numpy(past)))
            out.append(float(-scores.log_softmax(1).gather(1, words).mean()))
    return out[0], out[1]


def order_arrays(weights: network.Weights) -> Arrays:
    """The arrays that `Orderer` reads: the names are the same."""
    return {name: value.detach().float().numpy().copy() for name, value in weights.items()}


def joint_arrays(weights: network.Weights) -> Arrays:
    """The arrays that `JointModel` reads: each row of a matrix as whole numbers up to 127 and their unit."""
    out: Arrays = {}
    for name in LAYERS:
        rows = weights[f"{name}.weight"].detach().float().numpy()
        unit = np.maximum(np.abs(rows).max(1), 1e-9) / 127
        out[f"{name}.weight"] = np.rint(rows / unit[:, None]).astype(np.int8)
        out[f"{name}.scale"] = unit.astype(np.float32)
        if f"{name}.bias" in weights:
            out[f"{name}.bias"] = weights[f"{name}.bias"].detach().float().numpy().copy()
    out["bias"] = weights["bias"].detach().float().numpy().copy()
    JointModel(out)  # refuses arrays that do not fit each other
    return out


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_atomic(path, buffer.getvalue())
