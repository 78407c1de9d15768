"""The joint model that is kept: it goes on from the head of the fine-tuning, with all pairs and the target's news.

The pairs say which word a source word becomes. The news, several times as many words, say what follows what: without
them the rows of rarer words and the history stay as poor as the pairs are few. Back-translated news say both, as far
as the engine of the other direction is right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.joint import JointModel
from pipeline.training.guide import network
from pipeline.training.guide.examples import Lesson, Longs, News, Selection, hidden
from pipeline.training.guide.heads import Arrays, Floats, States
from pipeline.training.guide.settings import GuideSettings
from pipeline.training.guide.tuning import clock_share, masked

__all__ = ["joint_arrays", "train_joint", "whole_rows"]

Say = Callable[[str], None]
WARMUP = 200
LEAST_RATE = 0.01
TOGETHER = 2000
LAYERS = ("source", "history", "middle", "output", "words")
MOST = 31
"""Largest whole number of a matrix: six bits, which pack into a quarter less than eight."""
FRESH = "middle."
"""The layer that does not go on: the temporary head's is a GELU with a residual round it, this one a plain ReLU."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """Some words: states of their source words, histories, rows, weights."""

    x: Floats
    history: Longs
    words: Longs
    weight: Floats


@dataclass(frozen=True, slots=True)
class _Words:
    """Target words to learn: their place in the lesson, the row of their source word's state, their pair's weight."""

    states: States
    lesson: Lesson
    at: Longs
    row: Longs
    weight: Floats

    @classmethod
    def of(cls, states: States, lesson: Lesson, chosen: Longs) -> _Words:
        sentence = np.repeat(np.arange(len(lesson.weight)), lesson.target_size)
        inside = np.zeros(len(lesson.weight), bool)
        inside[chosen] = True
        at = np.flatnonzero(inside[sentence] & (lesson.belongs >= 0))
        owner = sentence[at]
        return cls(states, lesson, at, states.first[owner] + lesson.belongs[at], lesson.weight[owner])

    def take(self, part: Longs) -> _Taken:
        """The words `part`."""
        at = self.at[part]
        return _Taken(self.states.of(self.row[part]), self.lesson.history[at], self.lesson.words[at], self.weight[part])


@dataclass(frozen=True, slots=True)
class _Course:
    """What a step reads; `parts`: words of the corpus, and behind them those of back-translated pairs."""

    parts: Sequence[_Words]
    news: News
    settings: GuideSettings
    chance: np.random.Generator

    @property
    def known(self) -> int:
        """Rows of the vocabulary."""
        return self.parts[0].lesson.known

    def batches(self) -> Iterator[Longs]:
        """Words of the pairs, counted through the parts: few of those of light pairs in each pass."""
        heads, weight = self.settings.heads, np.concatenate([words.weight for words in self.parts])
        share = np.where(weight < self.settings.plan.least_weight, heads.light_share, 1.0)
        return _batches(share, heads.joint_batch, self.chance)

    def take(self, part: Longs) -> _Taken:
        """The words of a batch, which is sorted."""
        ends = np.cumsum([len(words.at) for words in self.parts])
        cut = np.split(part, np.searchsorted(part, ends[:-1]))
        taken = [w.take(p - (end - len(w.at))) for w, p, end in zip(self.parts, cut, ends, strict=True)]
        columns = ([getattr(t, f.name) for t in taken] for f in fields(_Taken))
        return _Taken(*(np.concatenate(column) for column in columns))

    def pairs_loss(self, weights: network.Weights, part: Longs, softmax: network.Softmax) -> tuple[Any, Any]:
        """Loss of the words `part`, and the squared log of their normaliser."""
        import torch
        from torch.nn.functional import dropout

        settings, heads, taken = self.settings, self.settings.heads, self.take(part)
        x = dropout(torch.from_numpy(taken.x), settings.dropout)
        past = masked(torch.from_numpy(taken.history), heads.hide_all, settings.hide_one, self.known)
        words = torch.from_numpy(taken.words)
        weight = torch.from_numpy(np.maximum(taken.weight, np.float32(heads.least_loss)))
        return _loss(weights, x, past, words=words, weight=weight, softmax=softmax, settings=settings)

    def news_loss(self, weights: network.Weights, softmax: network.Softmax) -> Any:
        """Loss of as many words of the news, which have no source: a state of zeros leaves the layer's bias alone."""
        import torch

        if not len(self.news.at):
            return torch.zeros(())
        settings, number = self.settings, self.settings.heads.joint_batch
        history, words = self.news.draw(number, self.chance)
        past = masked(torch.from_numpy(history), 0.0, settings.hide_one, self.known)
        return _loss(
            weights, torch.zeros(number, self.parts[0].states.rows.shape[1]), past, words=torch.from_numpy(words),
            weight=torch.ones(number), softmax=softmax, settings=settings,
        )[0]  # fmt: skip


def _batches(share: npt.NDArray[np.float64], size: int, chance: np.random.Generator) -> Iterator[Longs]:
    """Batches without end: a pass draws every word by its share, in a new order; what is left joins the next pass."""
    rest = np.zeros(0, np.int64)
    while share.any():
        drawn = np.flatnonzero(chance.random(len(share)) < share)
        rest = np.concatenate([rest, chance.permutation(drawn)])
        whole = len(rest) // size * size
        for k in range(0, whole, size):
            yield np.sort(rest[k : k + size])  # states are read from a file, in its order
        rest = rest[whole:]


def _loss(  # noqa: PLR0913 (one batch)
    weights: network.Weights, x: Any, past: Any, *, words: Any, weight: Any, softmax: network.Softmax,
    settings: GuideSettings,
) -> tuple[Any, Any]:  # fmt: skip
    with network.halved(settings.bf16):
        out = network.joint_hidden(weights, x, past, drop=settings.heads.joint_dropout)
        return network.softmax_loss(weights, out, words, weight, softmax)


def train_joint(  # noqa: PLR0913 (all that it learns from)
    states: States, lesson: Lesson, selection: Selection, *, news: News, start: network.Weights | None,
    settings: GuideSettings, say: Say, back: tuple[States, Lesson] | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """A joint model, trained on target words of all pairs and of the news; the pairs held out measure it.

    `back`: pairs with a synthetic source, which teach beside those of the corpus.

    It goes on from `start`, the temporary head of the fine-tuning (None: from random weights), until its steps or
    minutes are over.
    """
    import torch

    torch.manual_seed(settings.seed)
    weights = _begin(states.rows.shape[1], lesson.known, start, settings)
    parts = [_Words.of(states, lesson, selection.taught)]
    if back is not None:
        parts.append(_Words.of(*back, np.arange(len(back[1].weight))))
    course = _Course(parts, news, settings, np.random.default_rng(settings.seed))
    more = f", {len(parts[1].at)} of back-translated pairs" if back is not None else ""
    say(f"joint model: {len(parts[0].at)} words of pairs, {len(news.at)} of news{more}")
    steps = _steps(weights, course, say)
    held = _Words.of(states, lesson, selection.held)
    with_past, without = (_measured(weights, held, past=past) for past in (True, False))
    say(f"joint model: {steps} steps, held-out loss {with_past:.3f}, without history {without:.3f}")
    return weights


def _begin(width: int, known: int, start: network.Weights | None, settings: GuideSettings) -> dict[str, Any]:
    import torch

    weights = network.new_joint(width, known, settings, torch.Generator().manual_seed(settings.seed))
    for name, value in weights.items():
        if start is not None and not name.startswith(FRESH):
            value.copy_(start[name].detach())
        value.requires_grad_()
    return weights


def _steps(weights: network.Weights, course: _Course, say: Say) -> int:
    """Learn until the steps or the minutes are over; the steps made."""
    import torch

    settings, heads, parameters = course.settings, course.settings.heads, list(weights.values())
    optimizer = torch.optim.AdamW(parameters, lr=0.0, betas=(0.9, 0.98), weight_decay=heads.joint_decay)
    began, made, sums = time.monotonic(), 0, np.zeros(2)
    for part in course.batches():
        seconds = time.monotonic() - began
        if made >= heads.joint_steps or seconds >= 60 * heads.minutes:
            break
        done = max(made / heads.joint_steps, clock_share(seconds, heads.minutes))
        rate = heads.joint_rate * min(1.0, (made + 1) / WARMUP) * max(LEAST_RATE, 1 - done)
        optimizer.param_groups[0]["lr"] = rate
        sums += _step(weights, optimizer, course, part)
        made += 1
        if made % settings.log_steps == 0:
            pairs, news = sums / settings.log_steps
            say(f"joint model: step {made}, {seconds / 60:.1f} min: pairs {pairs:.3f}, news {news:.3f}")
            sums[:] = 0
    return made


def _step(weights: network.Weights, optimizer: Any, course: _Course, part: Longs) -> tuple[float, float]:
    """One update; the losses of pairs and news."""
    import torch

    settings, heads = course.settings, course.settings.heads
    softmax = network.Softmax.draw(course.known, settings)
    pairs, norm = course.pairs_loss(weights, part, softmax)
    news = course.news_loss(weights, softmax)
    optimizer.zero_grad()
    (pairs + heads.news_weight * news + heads.joint_norm * norm).backward()
    torch.nn.utils.clip_grad_norm_(list(weights.values()), settings.clip)
    optimizer.step()
    return float(pairs.detach()), float(news.detach())


def _measured(weights: network.Weights, held: _Words, *, past: bool) -> float:
    """Normalised loss of words, with or without their history."""
    import torch

    losses: list[Any] = []
    for k in range(0, len(held.at), TOGETHER):
        taken = held.take(np.arange(k, min(k + TOGETHER, len(held.at))))
        history = taken.history if past else hidden(taken.history, held.lesson.known)
        with torch.no_grad():
            out = network.joint_hidden(weights, torch.from_numpy(taken.x), torch.from_numpy(history))
            scores = network.joint_scores(weights, out).log_softmax(1)
            losses += (-scores.gather(1, torch.from_numpy(taken.words)[:, None])[:, 0]).tolist()
    return float(np.mean(losses)) if losses else float("nan")


def joint_arrays(weights: network.Weights) -> Arrays:
    """The arrays that `JointModel` reads: each row of a matrix as whole numbers up to MOST and their unit."""
    out: Arrays = {}
    for name in LAYERS:
        out[f"{name}.weight"], out[f"{name}.scale"] = whole_rows(weights[f"{name}.weight"].detach().float().numpy())
        if f"{name}.bias" in weights:
            out[f"{name}.bias"] = weights[f"{name}.bias"].detach().float().numpy().copy()
    out["bias"] = weights["bias"].detach().float().numpy().copy()
    JointModel(out)  # refuses arrays that do not fit each other
    return out


def whole_rows(rows: Floats, most: int = MOST) -> tuple[npt.NDArray[np.int8], Floats]:
    """The rows of a matrix as whole numbers up to `most`, and the unit of each."""
    unit = np.maximum(np.abs(rows).max(1), 1e-9) / most
    return np.rint(rows / unit[:, None]).astype(np.int8), unit.astype(np.float32)
