"""States of source words in their sentence: the first layers of multilingual-e5-small, tuned on word links, as int8.

CTranslate2 runs the network. Sentences of one length are encoded together, so that there is no padding and the company
of a sentence never changes its states. Such a group is small: several side by side, a thread each, take a third of the
time of one after the other with threads inside.
"""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.beside import WORKERS
from pipeline.engines.compact.text import JOINER

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["LONGEST", "NETWORK", "SentenceEncoder", "pack", "pieces_of", "places"]

Floats = npt.NDArray[np.float32]
BOS, EOS = 0, 2
LONGEST = 254
"""Pieces of a sentence that the network has positions for; words behind them take the state of the last one."""
NETWORK = "model.bin"
TOGETHER = 32
"""Sentences of one length that are encoded at once."""


def places(forms: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Token forms as text, as `text.join` writes them, and the span of each token in it."""
    text, spans, glue = "", [], True
    for form in forms:
        body = form.strip(JOINER)
        text += "" if glue or form.startswith(JOINER) else " "
        spans.append((len(text), len(text) + len(body)))
        text += body
        glue = form.endswith(JOINER)
    return text, spans


def pieces_of(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    """For each token, the pieces that overlap it; a token without any takes the nearest one."""
    out: list[list[int]] = []
    first = 0
    for start, end in spans:
        while first < len(offsets) and offsets[first][1] <= start:
            first += 1
        last = first
        while last < len(offsets) and offsets[last][0] < end:
            last += 1
        out.append(list(range(first, last)) or [max(0, min(first, len(offsets) - 1))])
    return out


class SentenceEncoder:
    """Gives every token of a sentence its state."""

    def __init__(self, folder: Path) -> None:
        """`folder`: a CTranslate2 encoder, packed or not, with `pieces.json`, the tokenizer of its vocabulary.

        Raises:
            ValueError: the pieces cannot be read; CTranslate2 raises a RuntimeError where the network cannot be.
        """
        import ctranslate2
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Tokenizer = Tokenizer.from_str(_content(folder / "pieces.json").decode("utf-8"))
        except Exception as error:  # tokenizers raises bare Exception
            raise ValueError(f"pieces.json: {error}") from error
        # The file does not keep this: without it a "<d>" in an article would be a special piece, if the file has any.
        self._tokenizer.encode_special_tokens = True
        files = {name: _content(folder / name) for name in (NETWORK, "config.json", "vocabulary.json")}
        self._network: Any = ctranslate2.Encoder(
            str(folder), compute_type="int8", files=files, inter_threads=WORKERS, intra_threads=1
        )

    def states(self, sentences: Sequence[Sequence[str]]) -> list[Floats]:
        """For each sentence in token forms an array (tokens, width): the mean of the states of a token's pieces."""
        written = [places(forms) for forms in sentences]
        coded = self._tokenizer.encode_batch([text for text, _ in written], add_special_tokens=False)
        ids = [[BOS, *code.ids[:LONGEST], EOS] for code in coded]
        found: list[Floats] = [np.zeros((0, 0), np.float32)] * len(ids)
        ranked = sorted(range(len(ids)), key=lambda k: len(ids[k]))
        groups = _runs(ranked, [len(row) for row in ids])
        with ThreadPoolExecutor(WORKERS) as pool:
            for batch, rows in zip(
                groups, pool.map(lambda group: self._run([ids[k] for k in group]), groups), strict=True
            ):
                for k, row in zip(batch, rows, strict=True):
                    places_of = pieces_of(coded[k].offsets[:LONGEST], written[k][1])
                    found[k] = _pooled(row[1:-1] if len(row) > 2 else row, places_of)  # noqa: PLR2004 (the frame alone)
        return found

    def _run(self, ids: list[list[int]]) -> Floats:
        return np.array(self._network.forward_batch(ids).last_hidden_state, np.float32)


def pack(path: Path) -> None:
    """Put a file away packed; the encoder reads it either way."""
    path.with_name(f"{path.name}.xz").write_bytes(lzma.compress(path.read_bytes(), preset=9))
    path.unlink()


def _content(path: Path) -> bytes:
    packed = path.with_name(f"{path.name}.xz")
    return lzma.decompress(packed.read_bytes()) if packed.is_file() else path.read_bytes()


def _runs(ranked: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """Neighbours of equal size, at most TOGETHER of them."""
    out: list[list[int]] = []
    for k in ranked:
        if out and sizes[out[-1][0]] == sizes[k] and len(out[-1]) < TOGETHER:
            out[-1].append(k)
        else:
            out.append([k])
    return out


def _pooled(rows: Floats, pieces: Sequence[Sequence[int]]) -> Floats:
    sizes = np.array([len(p) for p in pieces], np.int64)
    flat = np.array([i for p in pieces for i in p], np.int64)
    if not len(flat):
        return np.zeros((0, rows.shape[1]), np.float32)
    total = np.add.reduceat(rows[flat], np.cumsum(sizes) - sizes, axis=0)
    out: Floats = (total / sizes[:, None]).astype(np.float32)
    return out
