"""Drawing examples by shares, noising monolingual ones, and cutting a pool into batches of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pipeline.errors import InputError
from pipeline.training.neural.packing import Group, Ids
from pipeline.training.neural.settings import Settings, Stage
from pipeline.training.neural.vocabulary import BACK, BOS, EOS, TO, UNK

__all__ = ["Batch", "Sampler", "noised", "stream"]

_DROPPED, _MASKED, _SHUFFLED = 0.1, 0.12, 3.0  # Lample et al. (2018), for sentences of unigram pieces
_FEW: Final = 4  # tokens of a sentence from which nothing is dropped
Example = tuple[Ids, Ids]
Batch = list[Example]


@dataclass(frozen=True, slots=True)
class _Choice:
    """A group with its examples' cumulative weights."""

    name: str
    group: Group
    members: np.ndarray[Any, np.dtype[np.int64]]
    cumulative: np.ndarray[Any, np.dtype[np.float64]]


class Sampler:
    """Draws framed examples from groups; a group without examples gives its share to the others."""

    def __init__(self, groups: Mapping[str, Group], stage: Stage, tokenizer: Any) -> None:
        """Groups by name; names of the stage's shares that are not among them count as empty.

        Raises:
            InputError: nothing to draw from.
        """
        made = [_choice(name, groups[name], stage.least) for name in stage.shares if name in groups]
        self._choices = [choice for choice in made if len(choice.members)]
        if not self._choices:
            raise InputError(
                where="neural recipe", found="no examples for this stage",
                expected=f"one of: {', '.join(stage.shares)}",
                do="Check the corpora and run the stage prepare again.",
            )  # fmt: skip
        shares = np.array([stage.shares[choice.name] for choice in self._choices])
        self._shares = shares / shares.sum()
        self._to = {language: tokenizer.token_to_id(piece) for language, piece in TO.items()}
        self._back = tokenizer.token_to_id(BACK)

    def draw(self, count: int, rng: np.random.Generator) -> list[Example]:
        """Framed (source, target) pairs; each group gives its share of the count, one at least."""
        return [
            self._framed(choice, int(choice.members[k]), rng)
            for choice, share in zip(self._choices, self._shares, strict=True)
            for k in np.searchsorted(choice.cumulative, rng.random(max(1, round(share * count))), side="right")
        ]

    def _framed(self, choice: _Choice, k: int, rng: np.random.Generator) -> Example:
        row = choice.group.row(k)
        source = noised(row.source, rng) if choice.name == "mono" else row.source
        head = [BOS, self._back] if choice.name == "synthetic" else [BOS]
        return (
            np.concatenate([head, source, [EOS]]).astype(np.int32),
            np.concatenate([[EOS, self._to[row.language]], row.target, [EOS]]).astype(np.int32),
        )


def _choice(name: str, group: Group, least: float) -> _Choice:
    members = np.flatnonzero(group.weight >= least) if name in {"pairs", "terms", "drafted"} else np.arange(len(group))
    weights = np.cumsum(group.weight[members], dtype=np.float64)
    # The last value is above every draw, or rounding could point behind the end.
    return _Choice(name, group, members, np.append(weights[:-1] / weights[-1], 1.0) if len(members) else weights)


def noised(ids: Ids, rng: np.random.Generator) -> Ids:
    """Some tokens dropped, some unknown, neighbours exchanged."""
    kept = ids[rng.random(len(ids)) > _DROPPED] if len(ids) > _FEW else ids
    masked = np.where(rng.random(len(kept)) < _MASKED, UNK, kept)
    return np.asarray(masked[np.argsort(np.arange(len(masked)) + rng.random(len(masked)) * _SHUFFLED)], np.int32)


def _bucketed(examples: list[Example], budget: int) -> list[Batch]:
    """Batches whose padded positions, on the longer side, stay within a budget."""
    ordered = sorted(examples, key=lambda pair: len(pair[0]) + len(pair[1]))
    made: list[Batch] = [[]]
    longest = 0
    for pair in ordered:
        length = max(longest, len(pair[0]), len(pair[1]))
        if made[-1] and length * (len(made[-1]) + 1) > budget:
            made.append([])
            length = max(len(pair[0]), len(pair[1]))
        made[-1].append(pair)
        longest = length
    return made


def stream(sampler: Sampler, settings: Settings, *, budget: int, seed: int) -> Iterator[Batch]:
    """Batches without end; the next pool is drawn while the present one is learnt."""
    rng, chance = np.random.default_rng(seed), random.Random(seed)  # noqa: S311 (order of batches, nothing secret)

    def pool() -> list[Batch]:
        batches = _bucketed(sampler.draw(settings.pool, rng), budget)
        chance.shuffle(batches)
        return batches

    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(pool)
        while True:
            batches, coming = coming.result(), worker.submit(pool)
            yield from batches
