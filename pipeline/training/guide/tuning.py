"""Fine-tuning of the encoder on word links: which word comes first, and which word stands for it in the translation.

Both languages and all four tasks together, with temporary heads. Back-translated pairs teach words alone: the order of
a synthetic source says what the engine thought, not what is true. One plan of batches is made from the seed; a
checkpoint holds the step, so that a killed run goes on with the batch that would have been next.
"""

from __future__ import annotations

import hashlib
import io
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.compact.joint import HIDDEN, HISTORY
from pipeline.engines.compact.reorder import best_order
from pipeline.files import write_atomic
from pipeline.training.guide import network
from pipeline.training.guide.examples import Batch, Longs, Pairs, Selection, hidden
from pipeline.training.guide.pieces import Start
from pipeline.training.guide.planning import Step, plan_steps
from pipeline.training.guide.settings import GuideSettings, HeadSettings
from pipeline.training.neural.vocabulary import EOS, UNK

__all__ = ["Tuned", "agreement", "clock_share", "initial_words", "masked", "tune_encoder", "with_unknown"]

Say = Callable[[str], None]
Losses = tuple[float, float, float]
"""Of order and words, and the squared log of the normaliser."""
FROZEN = ("words", "places")
"""Tables of the encoder that keep their weights: most of them would never be seen."""
CHECKED = 200
TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Tuned:
    """The encoder's tensors, those of the temporary heads by source language, and the steps made."""

    encoder: Mapping[str, Any]
    heads: Mapping[str, Mapping[str, Mapping[str, Any]]]
    steps: int


@dataclass(slots=True)
class _Run:
    """What a step needs; `weights`: all tensors by `encoder.…`, `order.bn.…`, `joint.bn.…` and so on."""

    weights: dict[str, Any]
    optimizer: Any
    pairs: Mapping[str, Pairs]
    settings: GuideSettings
    heads: int
    step: int = 0
    seconds: float = 0.0
    """Of all runs."""
    back: Mapping[str, Pairs] = field(default_factory=dict)
    """Back-translated pairs, as `pairs` by source language."""

    def side(self, step: Step) -> Pairs:
        """The pairs that a step's sentences are of."""
        return (self.back if step.back else self.pairs)[step.language]

    def part(self, name: str) -> dict[str, Any]:
        """The tensors of one network."""
        return {key.removeprefix(f"{name}."): v for key, v in self.weights.items() if key.startswith(f"{name}.")}


def tune_encoder(  # noqa: PLR0913 (the parts of a run)
    start: Start, pairs: Mapping[str, Pairs], selection: Selection, settings: GuideSettings, *,
    words: Mapping[str, Any], checkpoint: Path, say: Say, back: Mapping[str, Pairs] | None = None,
) -> Tuned:  # fmt: skip
    """Tune until the plan or the minutes are over; `words`: first embeddings of target words by source language.

    `back`: back-translated pairs by source language, which teach words beside `pairs`.

    A checkpoint of the same plan and settings is gone on from, its time counts; the caller removes it.
    """
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    run = _begin(start, pairs, settings, words)
    run.back = back or {}
    steps = plan_steps(selection, pairs, settings, back=run.back)
    mark = _fingerprint(settings, steps, start, run.back)
    _restore(run, checkpoint, mark, say)
    held, more = selection.held[:CHECKED], sum(len(side.coded) for side in run.back.values())
    say(f"{len(steps)} steps on {len(selection.every)} pairs{f' and {more} back-translated ones' if more else ''}")
    _steps(run, steps, held, save=lambda: _save(checkpoint, run, mark), say=say)
    say(_checked(run, selection.held))
    both = {kind: {lang: run.part(f"{kind}.{lang}") for lang in pairs} for kind in ("order", "joint")}
    return Tuned(run.part("encoder"), both, run.step)


def _begin(start: Start, pairs: Mapping[str, Pairs], settings: GuideSettings, words: Mapping[str, Any]) -> _Run:
    import torch

    generator = torch.Generator().manual_seed(settings.seed)
    weights = {f"encoder.{name}": torch.from_numpy(value.copy()) for name, value in start.weights.items()}
    width = int(start.weights["words"].shape[1])
    for lang, side in pairs.items():
        order = network.new_order(width, settings, generator)
        joint = network.new_joint(width, side.lesson.known, settings, generator)
        joint["words.weight"] *= 0.5
        joint["words.weight"][: len(words[lang])] = words[lang]
        weights |= {f"order.{lang}.{name}": value for name, value in order.items()}
        weights |= {f"joint.{lang}.{name}": value for name, value in joint.items()}
    for name, value in weights.items():
        value.requires_grad_(name.removeprefix("encoder.") not in FROZEN)
    body = [v for name, v in weights.items() if name.startswith("encoder.") and v.requires_grad]
    heads = [v for name, v in weights.items() if not name.startswith("encoder.")]
    groups = [{"params": body, "peak": settings.rate}, {"params": heads, "peak": settings.head_rate}]
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), weight_decay=settings.decay)
    return _Run(weights, optimizer, pairs, settings, start.heads)


def _steps(run: _Run, steps: Sequence[Step], held: Longs, *, save: Callable[[], None], say: Say) -> None:
    settings = run.settings
    began, saved = time.monotonic() - run.seconds, run.seconds
    seen: list[tuple[bool, Losses]] = []
    while run.step < len(steps) and run.seconds < 60 * settings.minutes:
        step, done = steps[run.step], max(run.step / len(steps), clock_share(run.seconds, settings.minutes))
        seen.append((step.back, _step(run, step, done)))
        run.step += 1
        run.seconds = time.monotonic() - began
        if run.seconds - saved >= 60 * settings.save_minutes:
            save()
            saved = run.seconds
        if run.step % settings.log_steps == 0:
            say(f"step {run.step}, {run.seconds / 60:.1f} min: {_means(seen)}")
            seen.clear()
        if run.step % settings.check_steps == 0:
            say(_checked(run, held))
    save()


def _means(seen: Sequence[tuple[bool, Losses]]) -> str:
    """Mean losses of some steps, those on back-translated pairs apart: they have no order."""
    plain, back = ([losses for of, losses in seen if of == kind] for kind in (False, True))
    said = []
    if plain:
        order, word, norm = np.mean(plain, 0)
        said.append(f"order {order:.3f}, word {word:.3f}, norm {norm:.2f}")
    if back:
        said.append(f"back-translated word {np.mean(back, 0)[1]:.3f}")
    return ", ".join(said)


def clock_share(seconds: float, minutes: float) -> float:
    """Share of the minutes that is over, in whole percent: a run that the clock does not end is the same every time."""
    return math.floor(100 * seconds / 60 / minutes) / 100


def _step(run: _Run, step: Step, done: float) -> Losses:
    """One update; its chance hangs on seed and step alone, so that a resumed run draws as one that was not killed.

    A loss is a weighted mean: where all of a batch have one low weight, as back-translated pairs have, that weight
    shows only in the step as a whole.
    """
    import torch

    settings = run.settings
    torch.manual_seed(settings.seed * 1_000_003 + run.step)
    rate = min(1.0, (run.step + 1) / settings.warmup) * max(settings.least_rate, 1 - done)
    for group in run.optimizer.param_groups:
        group["lr"] = group["peak"] * rate
    order, word, norm = _losses(run, step)
    weight = float(run.side(step).lesson.weight[step.sentences].mean()) if step.back else 1.0
    loss = weight * (settings.order_weight * order + word + settings.norm_weight * norm)
    run.optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([v for v in run.weights.values() if v.requires_grad], settings.clip)
    run.optimizer.step()
    return float(order.detach()), float(word.detach()), float(norm.detach())


def _losses(run: _Run, step: Step) -> tuple[Any, Any, Any]:
    """`Losses` of a batch as tensors; back-translated pairs have none of order."""
    import torch
    from torch.nn.functional import dropout

    settings, joint, pairs = run.settings, run.part(f"joint.{step.language}"), run.side(step)
    known, batch = pairs.lesson.known, pairs.batch(step.sentences)
    batch = replace(batch, ids=with_unknown(batch.ids, settings.hide_piece))
    with network.halved(settings.bf16):
        states = dropout(_states(run, batch), settings.dropout)
        order = torch.zeros(()) if step.back else _order_loss(run.part(f"order.{step.language}"), states, batch)
        past = masked(torch.from_numpy(batch.history), settings.hide_all, settings.hide_one, known)
        out = network.joint_hidden(joint, states[torch.from_numpy(batch.source)], past, smooth=True)
        softmax = network.Softmax.draw(known, settings)
        target, weight = torch.from_numpy(batch.words), torch.from_numpy(batch.weight)
        word, norm = network.softmax_loss(joint, out, target, weight, softmax)
    return order, word, norm


def _order_loss(head: network.Weights, states: Any, batch: Batch) -> Any:
    import torch

    shaped = states.view(*batch.position.shape, -1)
    scores = network.order_scores(head, shaped, torch.from_numpy(batch.real), smooth=True)
    return network.order_loss(scores, torch.from_numpy(batch.position))


def with_unknown(ids: Longs, share: float) -> Longs:
    """Piece ids of which a share stands as unknown; frame and padding, which come before it, stay what they are."""
    import torch

    drawn = torch.rand(ids.shape).numpy() < share
    return np.where(drawn & (ids > EOS), UNK, ids)


def masked(history: Any, every: float, one: float, known: int) -> Any:
    """Histories with some wholly hidden (the first words of a phrase have none in the search) and single words too."""
    import torch

    history = torch.where(torch.rand(len(history), 1) < every, known + HIDDEN, history)
    return torch.where(torch.rand(len(history), HISTORY) < one, known + HIDDEN, history)


def _states(run: _Run, batch: Batch) -> Any:
    import torch

    states = network.encode(run.part("encoder"), torch.from_numpy(batch.ids), heads=run.heads)
    piece, word = torch.from_numpy(batch.piece), torch.from_numpy(batch.word)
    return network.word_states(states, piece, word, batch.position.size)


def _checked(run: _Run, held: Longs) -> str:
    """Agreement of orders and loss of words on pairs held out, per language."""
    said = []
    for lang, pairs in run.pairs.items():
        order, with_past, without = _measured(run, lang, pairs, held)
        said.append(f"{lang} order {order:.4f} word {with_past:.3f} without history {without:.3f}")
    return f"step {run.step}, held out: {', '.join(said)}"


def _measured(run: _Run, lang: str, pairs: Pairs, held: Longs) -> tuple[float, float, float]:
    import torch

    right: list[float] = []
    loss = np.zeros((0, 2))
    joint, order = run.part(f"joint.{lang}"), run.part(f"order.{lang}")
    for k in range(0, len(held), TOGETHER):
        batch = pairs.batch(held[k : k + TOGETHER])
        with torch.no_grad(), network.halved(run.settings.bf16):
            states = _states(run, batch)
            shaped = states.view(*batch.position.shape, -1)
            scores = network.order_scores(order, shaped, torch.from_numpy(batch.real), smooth=True).float().numpy()
            of = states[torch.from_numpy(batch.source)]
            pasts = (batch.history, hidden(batch.history, pairs.lesson.known))
            made = [network.joint_hidden(joint, of, torch.from_numpy(past), smooth=True) for past in pasts]
            words = torch.from_numpy(batch.words)[:, None]
            both = [-network.joint_scores(joint, h).float().log_softmax(1).gather(1, words)[:, 0] for h in made]
        loss = np.concatenate([loss, np.stack([b.numpy() for b in both], 1)])
        for grid, place, real in zip(scores, batch.position, batch.real, strict=True):
            n = int(real.sum())
            right += agreement(best_order(grid[:n, :n]), place[:n])
    one, two = loss.mean(0) if len(loss) else (math.nan, math.nan)
    return float(np.mean(right)) if right else math.nan, float(one), float(two)


def agreement(order: Sequence[int], position: Longs) -> list[float]:
    """Share of linked word pairs that stand in the order of the translation; nothing for fewer than two links."""
    place = np.array([position[i] for i in order if position[i] >= 0])
    if len(place) < 2:  # noqa: PLR2004 (a pair)
        return []
    one, two = np.triu_indices(len(place), 1)
    return [float((place[one] <= place[two]).mean())]


def initial_words(start: Start, tokenizer: Any, words: Iterable[str], settings: GuideSettings) -> Any:
    """First embeddings of target words: each alone through the encoder, projected at random.

    e5 knows both languages, so that a source word's state and its translation's row are alike from the beginning.
    """
    import torch

    weights = {name: torch.from_numpy(value.copy()) for name, value in start.weights.items()}
    coded = [code.ids[:16] for code in tokenizer.encode_batch(list(words), add_special_tokens=False)]
    means = []
    for k in range(0, len(coded), 1000):
        part = coded[k : k + 1000]
        ids = torch.ones(len(part), max(map(len, part)) + 2, dtype=torch.long)
        for r, row in enumerate(part):
            ids[r, : len(row) + 2] = torch.tensor([0, *row, 2])
        with torch.no_grad(), network.halved(settings.bf16):
            states = network.encode(weights, ids, heads=start.heads).float()
        real = (ids != 1).float()
        real[:, 0] = 0
        means.append((states * real[..., None]).sum(1) / real.sum(1, keepdim=True))
    mean = torch.cat(means) - torch.cat(means).mean(0)
    mean = mean / mean.norm(dim=1, keepdim=True).clamp(min=1e-6)
    generator = torch.Generator().manual_seed(settings.seed)
    return mean @ torch.randn(mean.shape[1], settings.embedding, generator=generator) * 0.1


def _fingerprint(settings: GuideSettings, steps: Sequence[Step], start: Start, back: Mapping[str, Pairs]) -> str:
    """What a checkpoint belongs to: other settings, other pairs or another start begin anew; the clock may differ."""
    own = replace(settings, minutes=0, threads=0, save_minutes=0, log_steps=0, check_steps=0, heads=HeadSettings())
    made = hashlib.sha256(repr(asdict(own)).encode())
    made.update(repr((len(start.pieces), {name: value.shape for name, value in start.weights.items()})).encode())
    for step in steps:
        made.update(f"{step.language}{' back' * step.back}".encode() + step.sentences.tobytes())
    for language, pairs in back.items():
        made.update(language.encode() + pairs.digest())
    return made.hexdigest()


def _save(path: Path, run: _Run, mark: str) -> None:
    """Write a checkpoint whole or not at all."""
    import torch

    state = {"mark": mark, "step": run.step, "seconds": run.seconds, "weights": run.weights,
             "optimizer": run.optimizer.state_dict()}  # fmt: skip
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomic(path, buffer.getvalue())


def _restore(run: _Run, path: Path, mark: str, say: Say) -> None:
    import torch

    if not path.is_file():
        return
    state = torch.load(path, weights_only=True)
    if state["mark"] != mark:
        say("a checkpoint of other data or settings is left aside")
        return
    with torch.no_grad():
        for name, value in state["weights"].items():
            run.weights[name].copy_(value)
    run.optimizer.load_state_dict(state["optimizer"])
    run.step, run.seconds = state["step"], state["seconds"]
    say(f"going on from step {run.step}")
