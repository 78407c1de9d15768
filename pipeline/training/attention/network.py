"""The attention model in torch: functions over weights by name.

A pre-norm decoder (Vaswani et al. 2017; Xiong et al. 2020) whose memory is the frozen states of the source words. The
pointer weights the source words for each target word; the state that it gives, with the three words before and the
decoder's own state, goes through the layers of the joint model, so that the model begins as good as that one.

Weights by name: `E` rows of words (known ones, any other, beginning and end, hidden), `bias` of the words; `inp` reads
them; `hn`, `mem`, `mn` make the memory, with `rank` and `orig` for the places of a source word in the predicted order
and in the source, and `tag` for real and synthetic pairs, and before `mn` the layers `readers.K`: attention `a` of the
source words to one another, `w1` and `w2`, norms `n1` and `n2`; `layers.K`: norms `n1` to `n3`, attention to the words
before `a` and to the memory `c` (each `q`, `k`, `v`, `o`), `w1` and `w2`; `fin`; the pointer's `pq` and `pk`; `source`,
`hist`, `middle` and `output` of the joint model, into which `U` reads the decoder, and `Wd`, its own way to the rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.engines.compact.joint import HIDDEN, HISTORY, START
from pipeline.training.attention.settings import AttentionSettings
from pipeline.training.guide.heads import Arrays
from pipeline.training.guide.network import Softmax, Weights

__all__ = ["END", "JOINT", "KEEP", "Drops", "Reading", "draw_words", "drops_of", "known_rows", "new_attention",
           "predict", "read", "word_scores"]  # fmt: skip

Drop = Callable[[Any], Any]
END = START
"""The row behind the vocabulary that stands for the end of a sentence where a word is predicted."""
JOINT = {"source": "source", "hist": "history", "middle": "middle", "output": "output"}
"""Our name and the joint model's of the layers that go on."""
PLACES = 128
"""Places of a source word that have a row of their own; words behind them share the last one."""
HEAD = 64
"""Width of a head of attention; narrower states have one head."""
EPSILON = 1e-5
OFF = -1e4
"""Added to a score of what must not be looked at; bfloat16 holds it."""
WAVE = 10_000
PLACE_SCALE, RANK_SCALE, ORIGIN_SCALE = 0.3, 0.5, 0.2
"""Size of the waves that say where a target word stands, and of those that the rows of both source places begin as."""
ORIGIN_SEED = 3
"""Shuffles the columns of the source places, so that they do not begin as those of the predicted order."""


def known_rows(joint: Arrays) -> int:
    """Words with a row of their own in a joint model: all rows but those of others, the beginning and the hidden."""
    return len(joint["words.weight"]) - (HIDDEN + 1)


def new_attention(joint: Arrays, settings: AttentionSettings, generator: Any) -> dict[str, Any]:
    """A model that begins as the joint model: what the decoder adds to its layers begins at zero.

    So does what the readers add to the memory: a trained model may be given some.
    """
    import torch

    hidden, width = joint["source.weight"].shape
    made = _sines(PLACES, width)
    shuffled = made[:, torch.randperm(width, generator=torch.Generator().manual_seed(ORIGIN_SEED))]
    out = {
        "E": _words(_whole(joint, "words"), settings.embedding, generator),
        "bias": torch.cat([torch.from_numpy(joint["bias"].astype(np.float32)), torch.zeros(1)]),
        "tag": torch.zeros(2, width), "rank": made * RANK_SCALE, "orig": shuffled * ORIGIN_SCALE,
    }  # fmt: skip
    square = dict.fromkeys(("q", "k", "v", "o"), (width, width))
    sizes = {"inp": (width, settings.embedding), "mem": (width, width)}
    sizes |= dict.fromkeys(("pq", "pk"), (settings.pointer, width))
    for k in range(settings.layers):
        sizes |= {f"layers.{k}.{part}.{name}": size for part in "ac" for name, size in square.items()}
        sizes |= {f"layers.{k}.w1": (settings.inner, width), f"layers.{k}.w2": (width, settings.inner)}
    for k in range(settings.readers):
        sizes |= {f"readers.{k}.a.{name}": size for name, size in square.items()}
        sizes |= {f"readers.{k}.w1": (settings.reader_inner, width), f"readers.{k}.w2": (width, settings.reader_inner)}
    for name, (rows, columns) in sizes.items():
        out |= _fresh(rows, columns, generator, name)
    for name in (f"readers.{k}.{last}" for k in range(settings.readers) for last in ("a.o", "w2")):
        out |= {f"{name}.{part}": torch.zeros_like(out[f"{name}.{part}"]) for part in ("weight", "bias")}
    norms = ["hn", "mn", "fin", *(f"readers.{k}.n{n}" for k in range(settings.readers) for n in (1, 2))]
    for name in (*norms, *(f"layers.{k}.n{n}" for k in range(settings.layers) for n in (1, 2, 3))):
        out |= {f"{name}.weight": torch.ones(width), f"{name}.bias": torch.zeros(width)}
    for name, theirs in JOINT.items():
        out[f"{name}.weight"] = _whole(joint, theirs)
        if f"{theirs}.bias" in joint:
            out[f"{name}.bias"] = torch.from_numpy(joint[f"{theirs}.bias"].astype(np.float32))
    out |= {"U.weight": torch.zeros(hidden, width), "Wd.weight": torch.zeros(settings.embedding, width)}
    return {**out, "Wd.bias": torch.zeros(settings.embedding)}


def _whole(joint: Arrays, name: str) -> Any:
    import torch

    return torch.from_numpy(joint[f"{name}.weight"].astype(np.float32) * joint[f"{name}.scale"][:, None])


def _words(rows: Any, width: int, generator: Any) -> Any:
    """The joint model's rows, made wider by small random numbers."""
    import torch

    more = torch.randn(len(rows), width - rows.shape[1], generator=generator)
    return torch.cat([rows, more * 0.05], 1)


def _fresh(rows: int, columns: int, generator: Any, name: str) -> dict[str, Any]:
    """A layer as torch.nn.Linear begins; keys have no bias, which would add the same to all scores."""
    import torch

    edge = 1 / math.sqrt(columns)
    out = {f"{name}.weight": torch.empty(rows, columns).uniform_(-edge, edge, generator=generator)}
    if not name.endswith("k"):
        out[f"{name}.bias"] = torch.empty(rows).uniform_(-edge, edge, generator=generator)
    return out


def _sines(number: int, width: int) -> Any:
    """(number, width): sines and cosines of places, from fast to slow."""
    import torch

    angle = torch.arange(number)[:, None] * torch.exp(-math.log(WAVE) * torch.arange(0, width, 2) / width)
    return torch.stack([torch.sin(angle), torch.cos(angle)], 2).flatten(1)


@dataclass(frozen=True, slots=True)
class Drops:
    """Dropout of the states, of the layers and of what comes from the joint model."""

    states: Drop
    layers: Drop
    head: Drop


KEEP = Drops(*[lambda x: x] * 3)
"""No dropout."""


def drops_of(settings: AttentionSettings) -> Drops:
    """Dropout for training."""
    shares = (settings.states_dropout, settings.dropout, settings.head_dropout)
    pools = {share: _Pool(share, settings) for share in shares}
    return Drops(*(pools[share] for share in shares))


class _Pool:
    """Dropout whose masks are cut out of random numbers drawn once, at a place that is drawn anew each time."""

    def __init__(self, share: float, settings: AttentionSettings) -> None:
        self._share, self._settings = share, settings
        self._mask: Any = None

    def __call__(self, x: Any) -> Any:
        import torch

        if not self._share:
            return x
        if x.numel() >= self._settings.masks:
            return torch.nn.functional.dropout(x, self._share)
        if self._mask is None:
            generator = torch.Generator().manual_seed(self._settings.seed)  # its own: it is drawn once a process
            kept = torch.rand(self._settings.masks, generator=generator) >= self._share
            self._mask = kept.to(torch.bfloat16) / (1 - self._share)
        begin = int(torch.randint(0, len(self._mask) - x.numel(), (1,)))
        return x * self._mask[begin : begin + x.numel()].view(x.shape).to(x.dtype)


@dataclass(frozen=True, slots=True)
class Reading:
    """A source that was read: states (batch, words, width), memory of the same shape, `OFF` where no word stands."""

    states: Any
    memory: Any
    off: Any


def read(  # noqa: PLR0913 (what is known of a source)
    weights: Weights, states: Any, rank: Any, real: Any, kind: Any, *, drops: Drops = KEEP
) -> Reading:
    """Read sources: `rank` (batch, words) of each word in the predicted order, `real` marks words.

    `kind` (batch): 0 for a real pair, 1 for a back-translated one.
    """
    import torch

    states = drops.states(states)
    place = torch.arange(states.shape[1]).clamp(max=PLACES - 1)
    x = _linear(weights, "mem", _norm(weights, "hn", states)) + weights["rank"][rank.clamp(max=PLACES - 1)]
    x = x + weights["orig"][place] + weights["tag"][kind][:, None]
    off = torch.where(real, 0.0, OFF)[:, None, None, :]
    for k in range(_depth(weights, "readers")):
        name = f"readers.{k}"
        y = _norm(weights, f"{name}.n1", x)
        x = x + drops.layers(_attend(weights, f"{name}.a", y, y, off))
        x = x + _inner(weights, name, _norm(weights, f"{name}.n2", x), drops.layers)
    return Reading(states, _norm(weights, "mn", x), off)


def _depth(weights: Weights, kind: str) -> int:
    """How many layers of a kind there are."""
    return sum(name.startswith(kind) and name.endswith(".w1.weight") for name in weights)


def _inner(weights: Weights, name: str, x: Any, drop: Drop) -> Any:
    from torch.nn.functional import relu

    return drop(_linear(weights, f"{name}.w2", drop(relu(_linear(weights, f"{name}.w1", x)))))


def predict(weights: Weights, reading: Reading, past: Any, *, drops: Drops = KEEP) -> tuple[Any, Any]:
    """What the words' rows are multiplied by (batch, places, embedding), and log-weights of the source words.

    `past` (batch, places, HISTORY): rows of the words before each place, latest first.
    """
    import torch

    places = past.shape[1]
    x = _linear(weights, "inp", weights["E"][past[..., 0]])
    x = drops.layers(x + _sines(places, x.shape[-1]) * PLACE_SCALE)
    later = torch.full((places, places), OFF).triu(1)
    for k in range(_depth(weights, "layers")):
        x = _layer(weights, f"layers.{k}", x, reading, later=later, drop=drops.layers)
    return _head(weights, _norm(weights, "fin", x), reading, past, drop=drops.head)


def _layer(  # noqa: PLR0913 (the parts of a layer)
    weights: Weights, name: str, x: Any, reading: Reading, *, later: Any, drop: Drop
) -> Any:
    y = _norm(weights, f"{name}.n1", x)
    x = x + drop(_attend(weights, f"{name}.a", y, y, later))
    x = x + drop(_attend(weights, f"{name}.c", _norm(weights, f"{name}.n2", x), reading.memory, reading.off))
    return x + _inner(weights, name, _norm(weights, f"{name}.n3", x), drop)


def _attend(weights: Weights, name: str, x: Any, memory: Any, off: Any) -> Any:
    count = max(1, x.shape[-1] // HEAD)
    query = _linear(weights, f"{name}.q", x).unflatten(2, (count, -1)).transpose(1, 2)
    key, value = (_linear(weights, f"{name}.{n}", memory).unflatten(2, (count, -1)).transpose(1, 2) for n in "kv")
    share = (query @ key.transpose(2, 3) * query.shape[-1] ** -0.5 + off).softmax(-1)
    return _linear(weights, f"{name}.o", (share.to(value.dtype) @ value).transpose(1, 2).flatten(2))


def _head(weights: Weights, x: Any, reading: Reading, past: Any, *, drop: Drop) -> tuple[Any, Any]:
    """The pointer, and the joint model's layers on the state that it points at."""
    from torch.nn.functional import pad, relu

    query, key = _linear(weights, "pq", x), _linear(weights, "pk", reading.memory)
    pointed = (query @ key.transpose(1, 2) * query.shape[-1] ** -0.5 + reading.off[:, 0]).float().log_softmax(-1)
    state = pointed.exp().to(reading.states.dtype) @ reading.states
    narrow = weights["hist.weight"].shape[1] // HISTORY
    rows = weights["E"][past][..., :narrow].flatten(-2)
    first = drop(relu(_linear(weights, "source", state) + _linear(weights, "hist", rows) + _linear(weights, "U", x)))
    second = _linear(weights, "output", drop(relu(_linear(weights, "middle", first))))
    own = _linear(weights, "Wd", x)
    return own + pad(second, (0, own.shape[-1] - narrow)), pointed


def _linear(weights: Weights, name: str, x: Any) -> Any:
    from torch.nn.functional import linear

    return linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def _norm(weights: Weights, name: str, x: Any) -> Any:
    from torch.nn.functional import layer_norm

    return layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON)


def word_scores(weights: Weights, out: Any) -> Any:
    """Log-scores of all words and the end (rows, known + 2), not normalised."""
    return out @ weights["E"][: len(weights["bias"])].T + weights["bias"]


def draw_words(known: int, settings: AttentionSettings) -> Softmax:
    """The words of a step's softmax: frequent ones, other words, the end, and a sample of the rest."""
    import torch

    top = min(settings.frequent, known)
    drawn = min(settings.sampled, known - top)
    rows = torch.cat([torch.arange(top), torch.tensor([known, known + END]), top + torch.randperm(known - top)[:drawn]])
    correction = torch.zeros(len(rows))
    if drawn:
        correction[top + 2 :] = math.log((known - top) / drawn)
    place = torch.full((known + 2,), -1)
    place[rows] = torch.arange(len(rows))
    return Softmax(rows, correction, place)
