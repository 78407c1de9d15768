"""The network: transformers' BART, whose encoder is the same post-norm network as e5's, or the same from scratch.

Decoder layers start from evenly spaced encoder layers, their cross-attention from self-attention (Rothe et al. 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.training.neural.e5 import E5, Array
from pipeline.training.neural.settings import Size
from pipeline.training.neural.vocabulary import BOS, EOS, PAD, UNK

__all__ = ["create", "greedy", "padded", "warm_start"]


def create(vocabulary: int, size: Size) -> Any:
    """A random BART; embeddings are tied."""
    from transformers import BartConfig, BartForConditionalGeneration

    config = BartConfig(
        vocab_size=vocabulary, d_model=size.width, max_position_embeddings=size.positions, activation_function="gelu",
        encoder_layers=size.encoder, encoder_attention_heads=size.heads, encoder_ffn_dim=size.feedforward,
        decoder_layers=size.decoder, decoder_attention_heads=size.heads, decoder_ffn_dim=size.feedforward,
        dropout=size.dropout, attention_dropout=0.0, activation_dropout=0.0, scale_embedding=False,
        bos_token_id=BOS, pad_token_id=PAD, eos_token_id=EOS, decoder_start_token_id=EOS, forced_eos_token_id=None,
    )  # fmt: skip
    model = BartForConditionalGeneration(config)
    model.generation_config.forced_eos_token_id = None
    return model


def warm_start(model: Any, e5: E5) -> None:
    """Load a pruned e5 into a network of its shape; special pieces behind its own get random rows of like spread."""
    import torch

    words = torch.from_numpy(e5.get("emb.word", -1, e5.width))
    places = torch.from_numpy(e5.get("emb.pos", -1, e5.width) + e5.get("emb.type", -1, e5.width)[0])
    with torch.no_grad():
        shared = model.model.shared.weight
        shared.normal_(0, float(words.std()))
        shared[: len(words)].copy_(words)
        for side in (model.model.encoder, model.model.decoder):
            table = side.embed_positions.weight[2:]  # BART's positions are offset by two
            table.copy_(places[: len(table)])
            _set(side.layernorm_embedding, e5.get("emb.ln.w"), e5.get("emb.ln.b"))
        for k, layer in enumerate(model.model.encoder.layers):
            _fill(layer, e5, number=k)
        deep = model.model.decoder.layers
        for k, layer in enumerate(deep):
            _fill(layer, e5, number=round((k + 1) * e5.layers / len(deep)) - 1)


def _fill(layer: Any, e5: E5, *, number: int) -> None:
    """One layer from e5's layer of a number; cross-attention gets the same weights as self-attention."""
    cross = getattr(layer, "encoder_attn", None)
    for attention in (layer.self_attn, *([cross] if cross is not None else [])):
        for name, linear in (("q", "q_proj"), ("k", "k_proj"), ("v", "v_proj"), ("ao", "out_proj")):
            _linear(getattr(attention, linear), e5, f"l{number}.{name}")
    _linear(layer.fc1, e5, f"l{number}.fi")
    _linear(layer.fc2, e5, f"l{number}.fo")
    norms = {"self_attn_layer_norm": "aln", "encoder_attn_layer_norm": "aln", "final_layer_norm": "oln"}
    for name, source in norms.items():
        if hasattr(layer, name):
            _set(getattr(layer, name), e5.get(f"l{number}.{source}.w"), e5.get(f"l{number}.{source}.b"))


def _linear(module: Any, e5: E5, name: str) -> None:
    _set(module, e5.get(f"{name}.w", *module.weight.shape), e5.get(f"{name}.b"))


def _set(module: Any, weight: Array, bias: Array) -> None:
    import torch

    module.weight.copy_(torch.from_numpy(weight.copy()))
    module.bias.copy_(torch.from_numpy(bias.copy()))


def padded(rows: Sequence[Any], device: Any) -> Any:
    """Rows of ids as one tensor (rows, longest), the length a multiple of eight for the sake of tensor cores."""
    import numpy as np
    import torch

    longest = -(-max(len(row) for row in rows) // 8) * 8
    block = np.full((len(rows), longest), PAD, np.int64)
    for k, row in enumerate(rows):
        block[k, : len(row)] = row
    return torch.from_numpy(block).to(device, non_blocking=True)


def greedy(model: Any, sources: Sequence[Sequence[int]], *, first: int, room: int) -> list[list[int]]:
    """Greedy outputs without frame; `first` is the piece of the target language, `room` the most new tokens."""
    import torch

    device = next(model.parameters()).device
    inputs = padded(sources, device)
    start = torch.tensor([[EOS, first]] * len(sources), device=device)
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        made = model.generate(
            input_ids=inputs, attention_mask=inputs != PAD, decoder_input_ids=start, max_new_tokens=room, num_beams=1,
            do_sample=False, suppress_tokens=[UNK],
        )  # fmt: skip
    return [_until_end([int(token) for token in row[2:]]) for row in made.tolist()]


def _until_end(row: list[int]) -> list[int]:
    return row[: row.index(EOS)] if EOS in row else [token for token in row if token != PAD]
