"""The arrays of the attention model as the model folder holds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.engines.compact.joint import HIDDEN
from pipeline.training.attention.settings import Levels
from pipeline.training.guide.heads import Arrays
from pipeline.training.guide.joint import whole_rows
from pipeline.training.guide.network import Weights

__all__ = ["attention_arrays"]

PLACES = ("rank", "orig")
MATRIX = 2
"""Dimensions of what is rounded; biases and norms have one."""


def attention_arrays(weights: Weights, own: Sequence[int], *, rows: int, levels: Levels) -> Arrays:
    """Matrices as rows of whole numbers and their unit, by `levels`; the rest as it is, under the names of `network`.

    `E` is called `words.weight` and `words.scale`. Both tables of source places are in half precision. The tag of real
    pairs is added to one of them, for every word reads a row of it; no translation reads a synthetic source.
    `own`: rows of the words that the model may say though no translation of the search has them. `rows`: most words
    that keep a row of their own; the rarer ones share that of unknown words, and the pointer tells them apart.
    """
    plain = {name: value.detach().float().numpy() for name, value in weights.items()}
    tag, plain["words.weight"] = plain.pop("tag"), plain.pop("E")
    plain["orig"] = plain["orig"] + tag[0]
    known = len(plain["words.weight"]) - (HIDDEN + 1)
    for name in ("words.weight", "bias"):
        plain[name] = np.delete(plain[name], np.arange(min(rows, known), known), 0)
    out: Arrays = {"own": np.array(own, np.uint16)}
    for name, values in plain.items():
        if name in PLACES:
            out[name] = values.astype(np.float16)
        elif values.ndim == MATRIX:
            out[name], out[f"{name.removesuffix('.weight')}.scale"] = whole_rows(values, levels.of(name))
        else:
            out[name] = values.astype(np.float32)
    return out
