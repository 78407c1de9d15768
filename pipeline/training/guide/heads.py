"""The states that the int8 encoder gives, and the order heads, which are trained on them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.reorder import Orderer, best_order
from pipeline.files import write_atomic
from pipeline.training.guide import network
from pipeline.training.guide.examples import Lesson, Longs, Selection
from pipeline.training.guide.settings import GuideSettings
from pipeline.training.guide.tuning import agreement

__all__ = ["Arrays", "Encoder", "Floats", "States", "order_arrays", "read_states", "save_arrays", "train_order"]

Say = Callable[[str], None]
Floats = npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[Any]]
TOGETHER = 2000
WARMUP = 100


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


def read_states(
    sentences: Iterable[Sequence[str]], chosen: Longs, lesson: Lesson, encoder: Encoder, path: Path
) -> States:
    """The states of chosen ones of a lesson's source sentences, through the encoder into a memory-mapped file."""
    ranked = np.sort(chosen)
    size = lesson.source_size[ranked]
    first = np.full(len(lesson.source_size), -1, np.int64)
    first[ranked] = np.cumsum(size) - size
    width = encoder.states([["-"]])[0].shape[1]
    rows = np.lib.format.open_memmap(path, "w+", np.float16, (int(size.sum()), width))
    wanted = set(ranked.tolist())
    stream = ((k, forms) for k, forms in enumerate(sentences) if k in wanted)
    while part := list(islice(stream, TOGETHER)):
        for (k, forms), states in zip(part, encoder.states([forms for _, forms in part]), strict=True):
            rows[first[k] : first[k] + len(forms)] = states
    return States(rows, first)


def train_order(
    states: States, lesson: Lesson, selection: Selection, *, settings: GuideSettings, say: Say
) -> Mapping[str, Any]:
    """An order head, trained on the good sentences and those of the grammar; those held out measure it."""
    import torch

    chosen, heads, chance = selection.ordered, settings.heads, np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    weights = network.new_order(states.rows.shape[1], settings, torch.Generator().manual_seed(settings.seed))
    parameters = [value.requires_grad_() for value in weights.values()]
    optimizer = torch.optim.AdamW(parameters, lr=0.0, weight_decay=0.01)
    steps, step = heads.order_epochs * -(-len(chosen) // heads.order_batch), 0
    for _ in range(heads.order_epochs):
        for part in _batches(chosen, lesson.source_size, heads.order_batch, chance):
            rate = heads.order_rate * min(1.0, (step + 1) / WARMUP) * max(0.02, 1 - step / steps)
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
    with network.halved(settings.bf16):
        scores = network.order_scores(weights, dropout(torch.from_numpy(block), settings.dropout), real)
    return network.order_loss(scores, torch.from_numpy(position))


def _agreements(orderer: Orderer, states: States, lesson: Lesson, held: Longs) -> list[float]:
    right: list[float] = []
    for k in held.tolist():
        rows = states.of(np.arange(states.first[k], states.first[k] + lesson.source_size[k]))
        right += agreement(best_order(orderer.scores(rows)), lesson.places(k))
    return right


def order_arrays(weights: network.Weights) -> Arrays:
    """The arrays that `Orderer` reads: the names are the same."""
    return {name: value.detach().float().numpy().copy() for name, value in weights.items()}


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_atomic(path, buffer.getvalue())
