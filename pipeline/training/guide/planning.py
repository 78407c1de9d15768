"""The batches of the encoder's tuning, all of them in their order, drawn from the seed before the first is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.training.guide.examples import Longs, Pairs, Selection
from pipeline.training.guide.settings import GuideSettings

__all__ = ["Step", "plan_steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of the plan: sentences of one source language."""

    language: str
    sentences: Longs
    back: bool = False
    """They are back-translated pairs, counted apart from those of the corpus."""


def plan_steps(
    selection: Selection, pairs: Mapping[str, Pairs], settings: GuideSettings, *, back: Mapping[str, Pairs]
) -> list[Step]:
    """All batches of all epochs in their order; lists come in the first epoch only, back-translated pairs in each."""
    chance, plan = np.random.default_rng(settings.seed), settings.plan
    steps = _back_steps(back, settings)
    for epoch in range(settings.epochs):
        again = chance.choice(selection.other, min(plan.most_other_again, len(selection.other)), replace=False)
        mix = [selection.good, selection.other if epoch == 0 else again]
        parts = [(lang, part) for lang in pairs for part in _packed(np.concatenate(mix), pairs[lang], settings, chance)]
        if epoch == 0:
            lists = chance.permutation(selection.lists)
            cuts = [lists[k : k + plan.list_batch] for k in range(0, len(lists), plan.list_batch)]
            parts += [(lang, part) for part in cuts for lang in pairs]
        steps += [(epoch + chance.random(), Step(lang, part)) for lang, part in parts]
    return [step for _, step in sorted(steps, key=lambda pair: pair[0])]


def _back_steps(back: Mapping[str, Pairs], settings: GuideSettings) -> list[tuple[float, Step]]:
    """Drawn by themselves, so that the steps on the corpus are those of a plan without them, in the same order."""
    chance = np.random.default_rng([settings.seed, 1])
    return [
        (epoch + chance.random(), Step(lang, part, back=True))
        for epoch in range(settings.epochs)
        for lang, side in back.items()
        for part in _packed(np.arange(len(side.lesson.weight)), side, settings, chance)
    ]


def _packed(rows: Longs, pairs: Pairs, settings: GuideSettings, chance: np.random.Generator) -> list[Longs]:
    """Sentences of about one length together, as many as the budget of padded pieces holds."""
    size = np.array([pairs.size(int(k)) for k in rows])
    ranked = rows[np.lexsort((chance.random(len(rows)), size + chance.random(len(rows)) * 4))]
    out: list[list[int]] = []
    widest = 0
    for k in ranked.tolist():
        widest = max(widest, pairs.size(k))
        if out and widest * (len(out[-1]) + 1) <= settings.pieces:
            out[-1].append(k)
        else:
            out.append([k])
            widest = pairs.size(k)
    return [np.array(part, np.int64) for part in out]
