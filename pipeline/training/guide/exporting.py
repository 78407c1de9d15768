"""The tuned encoder as an int8 CTranslate2 folder, as `SentenceEncoder` reads it; transformers is not needed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.training.guide.network import EPSILON, layer_count
from pipeline.training.guide.pieces import tokenizer

__all__ = ["export_encoder"]

COARSE = 2
"""Numbers of the pieces' embeddings are multiples of this: a third of a megabyte less in the packed file, for noise of
1.6 % of a row's length."""


def export_encoder(
    weights: Mapping[str, Any], heads: int, destination: Path, *, pieces: Sequence[str], scores: Sequence[float]
) -> None:
    """Write the folder whole, beside the old one, then put it in its place."""
    new = destination.with_name(f"{destination.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    model = _model(weights, heads, pieces)
    model.validate()
    model.optimize(quantization="int8")
    _coarsen(model.encoder.embeddings[0])
    model.save(str(new))
    tokenizer(pieces, scores).save(str(new / "pieces.json"), pretty=False)
    shutil.rmtree(destination, ignore_errors=True)
    new.rename(destination)


def _model(weights: Mapping[str, Any], heads: int, pieces: Sequence[str]) -> Any:
    from ctranslate2.specs import common_spec, transformer_spec

    spec = transformer_spec.TransformerEncoderSpec(
        layer_count(weights),
        heads,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
    )
    spec.embeddings[0].weight = _copy(weights["words"])
    spec.scale_embeddings = False
    spec.position_encodings.encodings = _copy(weights["places"])
    _norm(spec.layernorm_embedding, weights, "begin")
    for k, layer in enumerate(spec.layer):
        _linear(layer.self_attention.linear[0], weights, f"{k}.read")
        _linear(layer.self_attention.linear[1], weights, f"{k}.mix")
        _norm(layer.self_attention.layer_norm, weights, f"{k}.middle")
        _linear(layer.ffn.linear_0, weights, f"{k}.widen")
        _linear(layer.ffn.linear_1, weights, f"{k}.narrow")
        _norm(layer.ffn.layer_norm, weights, f"{k}.end")
    model = transformer_spec.TransformerEncoderModelSpec(spec)
    model.config.layer_norm_epsilon = EPSILON
    model.config.bos_token, model.config.eos_token, model.config.unk_token = "<s>", "</s>", "<unk>"
    model.register_vocabulary(list(pieces))
    return model


def _coarsen(embeddings: Any) -> None:
    """Round whole numbers to multiples of COARSE, the largest to the largest multiple that a byte holds."""
    from ctranslate2.specs.model_spec import NumpyVariable

    most = 127 // COARSE
    rows = np.clip(np.rint(embeddings.weight.numpy() / COARSE), -most, most) * COARSE
    embeddings.weight = NumpyVariable(rows.astype(np.int8))


def _linear(part: Any, weights: Mapping[str, Any], name: str) -> None:
    part.weight, part.bias = _copy(weights[f"{name}.weight"]), _copy(weights[f"{name}.bias"])


def _norm(part: Any, weights: Mapping[str, Any], name: str) -> None:
    part.gamma, part.beta = _copy(weights[f"{name}.weight"]), _copy(weights[f"{name}.bias"])


def _copy(tensor: Any) -> Any:
    """A copy, of torch's or of numpy's: they share memory, and quantising would change the tensor itself."""
    return np.array(tensor.detach().float().numpy() if hasattr(tensor, "detach") else tensor, np.float32)
