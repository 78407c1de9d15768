"""The arrays of the attention model as the model folder holds them."""

from __future__ import annotations

import numpy as np

from pipeline.training.guide.heads import Arrays
from pipeline.training.guide.joint import whole_rows
from pipeline.training.guide.network import Weights

__all__ = ["attention_arrays"]

PLACES = ("rank", "orig")
MATRIX = 2
"""Dimensions of what is rounded; biases and norms have one."""
MOST = 31
"""Largest whole number of a matrix: six bits, which pack into a quarter less than eight."""


def attention_arrays(weights: Weights) -> Arrays:
    """Matrices as rows of whole numbers up to MOST and their unit, the rest as it is, under the names of `network`.

    `E` is called `words.weight` and `words.scale`. Both tables of source places are in half precision. The tag of real
    pairs is added to one of them, for every word reads a row of it; no translation reads a synthetic source.
    """
    plain = {name: value.detach().float().numpy() for name, value in weights.items()}
    tag, plain["words.weight"] = plain.pop("tag"), plain.pop("E")
    plain["orig"] = plain["orig"] + tag[0]
    out: Arrays = {}
    for name, values in plain.items():
        if name in PLACES:
            out[name] = values.astype(np.float16)
        elif values.ndim == MATRIX:
            out[name], out[f"{name.removesuffix('.weight')}.scale"] = whole_rows(values, MOST)
        else:
            out[name] = values.astype(np.float32)
    return out
