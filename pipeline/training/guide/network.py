"""The networks in torch: functions over weights by name, so that a weight has one name from e5's file to the model.

Encoder: the post-norm network of e5. Order head and joint model: as `Orderer` and `JointModel` compute them; with
`smooth` they are the temporary heads of fine-tuning (GELU, a residual round the joint model's middle layer), which
learn faster and are thrown away.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.engines.compact.joint import HISTORY
from pipeline.engines.compact.reorder import DISTANCES, distance_class
from pipeline.training.guide.settings import GuideSettings

__all__ = [
    "Softmax", "Weights", "encode", "halved", "joint_hidden", "joint_scores", "layer_count", "new_joint", "new_order",
    "order_loss", "order_scores", "softmax_loss", "word_states",
]  # fmt: skip

Weights = Mapping[str, Any]
"""Tensors by name."""
EPSILON = 1e-12
SOFT = 5
"""Added to the number of comparisons of a sentence: its weight grows with their root (long sentences have more)."""
EXTRA = 3
"""Rows of the joint model behind the known words: any other word, before the beginning, hidden."""
OFF = -1e9


def halved(wanted: bool) -> Any:  # noqa: FBT001 (a setting)
    """Where matrices are multiplied in bfloat16, if that is wanted and the CPU has an instruction for it.

    Others are slower so: a Xeon without one made 33 thousand million operations a second, and 95 in float32.
    A torch that cannot say what the CPU has takes the setting's word.
    """
    import torch

    told: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    able = any(has is True for name, has in told.items() if "bf16" in name) if told else True
    return torch.autocast("cpu", torch.bfloat16, enabled=wanted and able)


def layer_count(weights: Weights) -> int:
    """Layers that an encoder's weights hold."""
    return sum(name.endswith(".read.weight") for name in weights)


def encode(weights: Weights, ids: Any, *, heads: int, pad: int = 1) -> Any:
    """Piece ids (batch, pieces) to states (batch, pieces, width)."""
    from torch.nn.functional import embedding

    real = (ids != pad)[:, None, None, :]
    x = _norm(weights, "begin", embedding(ids, weights["words"]) + weights["places"][: ids.shape[1]])
    for k in range(layer_count(weights)):
        x = _layer(weights, k, x, real, heads)
    return x


def _layer(weights: Weights, k: int, x: Any, real: Any, heads: int) -> Any:
    from torch.nn.functional import gelu

    batch, pieces, width = x.shape
    query, key, value = _linear(weights, f"{k}.read", x).view(batch, pieces, 3, heads, -1).permute(2, 0, 3, 1, 4)
    # Written out: on a CPU this trains faster than torch's fused attention with a mask.
    share = (query @ key.transpose(2, 3) * (width // heads) ** -0.5).masked_fill(~real, -1e4).softmax(-1)
    read = (share.to(value.dtype) @ value).transpose(1, 2).reshape(batch, pieces, width)
    x = _norm(weights, f"{k}.middle", x + _linear(weights, f"{k}.mix", read))
    return _norm(weights, f"{k}.end", x + _linear(weights, f"{k}.narrow", gelu(_linear(weights, f"{k}.widen", x))))


def _linear(weights: Weights, name: str, x: Any) -> Any:
    from torch.nn.functional import linear

    return linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def _norm(weights: Weights, name: str, x: Any) -> Any:
    from torch.nn.functional import layer_norm

    return layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON)


def word_states(states: Any, piece: Any, word: Any, words: int) -> Any:
    """The mean state of each word's pieces: rows `piece` of the flat states, summed into rows `word` of `words`."""
    import torch

    flat = states.reshape(-1, states.shape[-1]).float()
    total = torch.zeros(words, flat.shape[1]).index_add_(0, word, flat[piece])
    count = torch.zeros(words).index_add_(0, word, torch.ones(len(word)))
    return total / count.clamp(min=1)[:, None]


def _fresh(rows: int, columns: int, generator: Any, name: str) -> dict[str, Any]:
    """A layer as torch.nn.Linear begins: uniform in 1 / sqrt(inputs)."""
    import torch

    edge = 1 / math.sqrt(columns)
    return {
        f"{name}.weight": torch.empty(rows, columns).uniform_(-edge, edge, generator=generator),
        f"{name}.bias": torch.empty(rows).uniform_(-edge, edge, generator=generator),
    }


def new_order(width: int, settings: GuideSettings, generator: Any) -> dict[str, Any]:
    """A random order head; names and shapes are those that `Orderer` reads."""
    import torch

    h, r = settings.order_hidden, settings.order_rank
    sizes = {"input": (h, width), "left": (r, h), "right": (r, h), "near": (DISTANCES, h), "far": (DISTANCES, h)}
    out = {key: value for name, size in sizes.items() for key, value in _fresh(*size, generator, name).items()}
    mix = _fresh(h, 3 * h, generator, "mix")
    out |= {"mix.weight": mix["mix.weight"].view(h, h, 3), "mix.bias": mix["mix.bias"]}
    return {**out, "distance": torch.zeros(DISTANCES)}


def order_scores(weights: Weights, states: Any, real: Any, *, smooth: bool = False) -> Any:
    """Word states (batch, words, width) to scores (batch, words, words); `real` (batch, words) marks the words."""
    import torch
    from torch.nn.functional import conv1d, gelu, relu

    act = gelu if smooth else relu
    first = act(_linear(weights, "input", states)) * real[..., None]  # beyond the end there is nothing to mix in
    mixed = conv1d(first.transpose(1, 2), weights["mix.weight"], weights["mix.bias"], padding=1).transpose(1, 2)
    hidden = first + act(mixed)
    left, right = _linear(weights, "left", hidden), _linear(weights, "right", hidden)
    apart = torch.from_numpy(distance_class(states.shape[1])).expand(len(states), -1, -1)
    scores = left @ right.transpose(1, 2) / math.sqrt(left.shape[-1]) + weights["distance"][apart]
    scores = scores + torch.gather(_linear(weights, "near", hidden), 2, apart)
    far = torch.gather(_linear(weights, "far", hidden), 2, apart.transpose(1, 2).contiguous())
    return scores + far.transpose(1, 2)


def order_loss(scores: Any, position: Any) -> Any:
    """Cross-entropy of "word i comes first" over pairs of linked words that differ in place.

    `position` (batch, words): place in the translation, -1 without a link.
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    linked, size = position >= 0, position.shape[1]
    one, two = position[:, :, None], position[:, None]
    asked = linked[:, :, None] & linked[:, None] & (one != two) & torch.ones(size, size, dtype=torch.bool).triu(1)
    weight = asked.float() / (asked.sum((1, 2), keepdim=True) + SOFT) ** 0.5
    loss = binary_cross_entropy_with_logits(scores.float(), (one < two).float(), reduction="none")
    return (loss * weight).sum() / weight.sum().clamp(min=1e-6)


def new_joint(width: int, known: int, settings: GuideSettings, generator: Any) -> dict[str, Any]:
    """A random joint model: layers `source`, `history`, `middle`, `output`, embeddings `words`, the words' `bias`."""
    import torch

    h, r = settings.hidden, settings.embedding
    sizes = {"source": (h, width), "history": (h, HISTORY * r), "middle": (h, h), "output": (r, h)}
    out = {key: value for name, size in sizes.items() for key, value in _fresh(*size, generator, name).items()}
    del out["history.bias"]  # that of the source serves both
    return {**out, "words.weight": torch.randn(known + EXTRA, r, generator=generator) * 0.1,
            "bias": torch.zeros(known + 1)}  # fmt: skip


def joint_hidden(weights: Weights, states: Any, history: Any, *, smooth: bool = False, drop: float = 0.0) -> Any:
    """States (rows, width) and history (rows, HISTORY, latest first) to what the word embeddings are multiplied by."""
    from torch.nn.functional import dropout, gelu, linear, relu

    act = gelu if smooth else relu
    past = linear(weights["words.weight"][history].flatten(1), weights["history.weight"])
    first = dropout(act(_linear(weights, "source", states) + past), drop, training=drop > 0)
    second = act(_linear(weights, "middle", first))
    second = first + second if smooth else dropout(second, drop, training=drop > 0)
    return _linear(weights, "output", second)


def joint_scores(weights: Weights, hidden: Any) -> Any:
    """Log-scores of all words (rows, known + 1)."""
    return hidden @ weights["words.weight"][: len(weights["bias"])].T + weights["bias"]


@dataclass(frozen=True, slots=True)
class Softmax:
    """The words that a step's softmax runs over; a sampled one counts for all those that were not drawn."""

    rows: Any
    correction: Any
    place: Any
    """Of each word among `rows`, -1 for one that is not there."""

    @classmethod
    def draw(cls, known: int, settings: GuideSettings) -> Softmax:
        """The frequent words, the row of other words, and a sample of the rest (Jean et al. 2015)."""
        import torch

        top = min(settings.frequent, known)
        drawn = min(settings.sampled, known - top)
        rows = torch.cat([torch.arange(top), torch.tensor([known]), top + torch.randperm(known - top)[:drawn]])
        correction = torch.zeros(len(rows))
        if drawn:
            correction[top + 1 :] = math.log((known - top) / drawn)
        place = torch.full((known + 1,), -1)
        place[rows] = torch.arange(len(rows))
        return cls(rows, correction, place)


def softmax_loss(weights: Weights, hidden: Any, words: Any, weight: Any, softmax: Softmax) -> tuple[Any, Any]:
    """Weighted mean of -log P of `words`, and of the squared log of the normaliser; the word itself always counts."""
    import torch

    table, bias = weights["words.weight"], weights["bias"]
    scores = (hidden @ table[softmax.rows].T).float() + bias[softmax.rows] + softmax.correction
    own = (hidden.float() * table[words]).sum(1) + bias[words]
    place = softmax.place[words]
    inside = torch.nonzero(place >= 0)[:, 0]
    twice = torch.zeros_like(scores)
    twice[inside, place[inside]] = OFF
    total = torch.logaddexp((scores + twice).logsumexp(1), own)
    every = weight.sum()
    return ((total - own) * weight).sum() / every, (total**2 * weight).sum() / every
