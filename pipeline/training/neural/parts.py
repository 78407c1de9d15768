"""Weights as int8 in small files: from a machine that is lent for an hour and takes only small transfers.

Each row of a matrix has one scale, as in CTranslate2's int8, so that exporting what was packed loses nothing more.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from pipeline.errors import InputError
from pipeline.files import sha256_bytes, write_atomic

__all__ = ["PART", "pack", "unpack"]

PART: Final = 15 * 2**20 - 1
"""Bytes of a part."""
_SMALL: Final = 32  # a matrix with a shorter side stays float16
_SCALE: Final = "|scale"


def pack(state: Mapping[str, Any], folder: Path, *, size: int = PART) -> int:
    """Write a state dict (torch's) in parts, with their hashes in parts.json; gives their number."""
    arrays: dict[str, Any] = {}
    for name, tensor in state.items():
        if name.endswith(("embed_tokens.weight", "lm_head.weight")):  # tied to the shared embeddings
            continue
        values = tensor.detach().float().cpu().numpy()
        if values.ndim == 2 and min(values.shape) >= _SMALL and "positions" not in name:  # noqa: PLR2004 (matrices)
            scale = np.abs(values).max(1, keepdims=True) / 127 + 1e-12
            arrays[name], arrays[name + _SCALE] = np.round(values / scale).astype(np.int8), scale.astype(np.float32)
        else:
            arrays[name] = values.astype(np.float16)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    data, hashes = buffer.getvalue(), {}
    folder.mkdir(parents=True, exist_ok=True)
    for k, start in enumerate(range(0, len(data), size)):
        part = data[start : start + size]
        write_atomic(folder / f"weights.{k:03d}", part)
        hashes[f"weights.{k:03d}"] = sha256_bytes(part)
    write_atomic(folder / "parts.json", json.dumps(hashes, indent=2))
    return len(hashes)


def unpack(folder: Path) -> dict[str, Any]:
    """The inverse of `pack`: tensors by name.

    Raises:
        InputError: a part is missing or damaged.
    """
    import torch

    listed = folder / "parts.json"
    if not listed.is_file():
        raise _fault(listed, "no such file", "the list of the parts")
    data = b""
    for name, digest in sorted(json.loads(listed.read_text("utf-8")).items()):
        part = (folder / name).read_bytes() if (folder / name).is_file() else b""
        if sha256_bytes(part) != digest:
            raise _fault(folder / name, "a missing or damaged part", f"sha256 {digest}")
        data += part
    state: dict[str, Any] = {}
    with np.load(io.BytesIO(data)) as arrays:
        for name in (n for n in arrays.files if not n.endswith(_SCALE)):
            scale = arrays[name + _SCALE] if name + _SCALE in arrays.files else np.float32(1)
            state[name] = torch.from_numpy(arrays[name].astype(np.float32) * scale)
    for name in ("model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight"):
        state[name] = state["model.shared.weight"]
    return state


def _fault(path: Path, found: str, expected: str) -> InputError:
    return InputError(where=str(path), found=found, expected=expected, do="Fetch the parts again.")
