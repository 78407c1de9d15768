"""An attention model that begins as that of the other direction: such a decoder knows already what a source is.

The layers go on as they are; what they read is brought over. A word's row is the mean of the rows of the words that
are linked with it; a source word's state goes through the linear map that takes it to the state of its translation (as
Mikolov et al. 2013 did with vectors of words). What comes from the joint model is this direction's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.joint import HIDDEN, HISTORY
from pipeline.training.align import Aligned
from pipeline.training.attention.network import EPSILON, JOINT
from pipeline.training.guide.examples import Lesson, Longs
from pipeline.training.guide.heads import Arrays, Floats, States

__all__ = ["Crossing", "Links", "linked_rows", "linked_states"]

LEAST_SHARE = 0.04
"""Of a word's links, that a translation needs to count."""
MOST_LINKS = 3000
"""What a word counts at most when the directions of the rows are chosen: else the commonest ones are all."""
RIDGE = 30.0
"""Added to the diagonal of the regression."""
OWN_WAY = 0.2
"""Share of the other decoder's own way to the rows that is left at the beginning: the joint model's is better."""
ADDED = frozenset(
    {"E", "bias", "tag", "U.weight", *(f"{name}.{part}" for name in JOINT for part in ("weight", "bias"))}
)
"""What a new model has of itself."""


@dataclass(frozen=True, slots=True)
class Links:
    """Which words are linked how often, a column each: rows of this direction's words, of the other's, and number."""

    mine: Longs
    theirs: Longs
    number: Longs


def linked_rows(aligned: Aligned, direction: str, known: int, others: int) -> Links:
    """Of the frequent target words of a direction and its frequent source words, which have a row in the other one.

    English words with their capitals: a direction that reads English reads it in lower case, and names have rows apart.
    """
    corpus = aligned.corpus
    sides = corpus.source[corpus.links[:, 0]], corpus.target[corpus.links[:, 1]]
    mine, theirs = sides if direction == "en-bn" else sides[::-1]
    frequent = (mine < known) & (theirs < others)
    pair, number = np.unique(mine[frequent].astype(np.int64) * others + theirs[frequent], return_counts=True)
    return Links(pair // others, pair % others, number)


def linked_states(
    links: Longs, sentence: Longs, here: tuple[States, Lesson], there: tuple[States, Lesson]
) -> tuple[Floats, Floats]:
    """States of source words and of the words that they alone are linked with, a row each.

    `links` (links, 2): words of the corpus as the direction reads it; `sentence`: that of each link. The other lesson's
    sources are this one's targets; a word whose sentence was not read is left out.
    """
    alone = [np.unique(links[:, k], return_index=True, return_counts=True)[1:] for k in (0, 1)]
    rows = np.intersect1d(*(first[number == 1] for first, number in alone))
    sides = [(states, states.first[sentence[rows]], lesson.source_first[sentence[rows]])
             for states, lesson in (here, there)]  # fmt: skip
    read = (sides[0][1] >= 0) & (sides[1][1] >= 0)
    mine, theirs = (states.of((begin + links[rows, k] - first)[read]) for k, (states, begin, first) in enumerate(sides))
    return mine, theirs


@dataclass(frozen=True, slots=True)
class Crossing:
    """What brings the other direction's model over."""

    other: Arrays
    """As it was exported."""
    links: Links
    here: Floats
    """From `linked_states`, as is `there`: the other language's."""
    there: Floats

    def begin(self, fresh: Mapping[str, Any]) -> dict[str, Any]:
        """The weights to begin with; `fresh`: those of a new model, which gives names, shapes and the joint model."""
        import torch

        other, out = _plain(self.other), {name: value.numpy().copy() for name, value in fresh.items()}
        out |= {name: value for name, value in other.items() if name in out and name not in ADDED}
        narrow = out["hist.weight"].shape[1] // HISTORY
        rows, mean = self._rows(other["words"], len(out["E"]) - (HIDDEN + 1))
        wide = out["E"].shape[1] - narrow
        basis = self._basis(rows)[:, :wide]
        out["E"] = np.concatenate([out["E"][:, :narrow], rows @ basis], 1)
        # The other model's rows had one place in its layers; here they have the columns that the joint model has not.
        out["inp.bias"] = other["inp.bias"] + other["inp.weight"] @ mean
        out["inp.weight"] = _beside(narrow, other["inp.weight"] @ basis, 1)
        out["Wd.weight"] = _beside(narrow, OWN_WAY * basis.T @ other["Wd.weight"], 0)
        out["Wd.bias"] = _beside(narrow, OWN_WAY * basis.T @ other["Wd.bias"], 0)
        turn, shift = self._turn(other["hn.weight"], other["hn.bias"])
        out["hn.weight"], out["hn.bias"] = np.ones_like(other["hn.weight"]), np.zeros_like(other["hn.bias"])
        out["mem.weight"] = other["mem.weight"] @ turn
        out["mem.bias"] = other["mem.bias"] + other["mem.weight"] @ shift
        return {name: torch.from_numpy(np.ascontiguousarray(value, np.float32)) for name, value in out.items()}

    def _rows(self, words: Floats, size: int) -> tuple[Floats, Floats]:
        """The rows of so many words of this direction, special ones behind them, less their mean, and it."""
        known, links = words[: len(words) - (HIDDEN + 1)], self.links
        share = links.number / np.bincount(links.mine, links.number, size)[links.mine]
        kept = share >= LEAST_SHARE
        mine, weight = links.mine[kept], share[kept].astype(np.float32)[:, None]
        rows, total = np.zeros((size, known.shape[1]), np.float32), np.zeros((size, 1), np.float32)
        np.add.at(rows, mine, weight * known[links.theirs[kept]])
        np.add.at(total, mine, weight)
        rows = np.where(total > 0, rows / np.maximum(total, LEAST_SHARE), known.mean(0))
        rows = np.concatenate([rows, words[len(known) :]])
        mean = rows.mean(0)
        return rows - mean, mean

    def _basis(self, rows: Floats) -> Floats:
        """The directions in which the rows differ most, a column each."""
        often = np.full(len(rows), MOST_LINKS, np.float32)
        often[: -(HIDDEN + 1)] = np.bincount(self.links.mine, self.links.number, len(rows) - (HIDDEN + 1))
        weight = np.sqrt(np.minimum(often, MOST_LINKS))[:, None]
        turned: Floats = np.linalg.svd(rows * weight, full_matrices=False)[2].T
        return turned

    def _turn(self, weight: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """The map from a normalised state here to the other model's normalised state of its translation."""
        known = np.append(_normal(self.here), np.ones((len(self.here), 1), np.float32), 1)
        wanted = _normal(self.there) * weight + bias
        square = known.T @ known + RIDGE * np.eye(known.shape[1], dtype=np.float32)
        found = np.linalg.solve(square, known.T @ wanted)
        return found[:-1].T, found[-1]


def _plain(arrays: Arrays) -> dict[str, Floats]:
    """Exported arrays as the numbers that they stand for, the rows of words as `words`."""
    out = {}
    for name, values in arrays.items():
        scale = arrays.get(f"{name.removesuffix('.weight')}.scale")
        if name.endswith(".weight") and scale is not None:
            values = values * scale.astype(np.float32)[:, None]  # noqa: PLW2901 (the same matrix)
        if not name.endswith(".scale"):
            out["words" if name == "words.weight" else name] = values.astype(np.float32)
    return out


def _normal(rows: Floats) -> Floats:
    rows = rows - rows.mean(1, keepdims=True)
    out: Floats = rows / np.sqrt((rows * rows).mean(1, keepdims=True) + EPSILON)
    return out


def _beside(narrow: int, values: npt.NDArray[np.floating[Any]], axis: int) -> Floats:
    """Values behind so many zeros."""
    shape = list(values.shape)
    shape[axis] = narrow
    return np.concatenate([np.zeros(shape, np.float32), values.astype(np.float32)], axis)
