"""Word alignment: eflomal where it is installed, else IBM model 1 with a diagonal prior in numpy.

Östling and Tiedemann 2016 (eflomal); Dyer, Chahuneau and Smith 2013 (the diagonal prior). Numbers of two digits
or more are linked to the equal number on the other side and to nothing else.
"""

from __future__ import annotations

import importlib.util
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.text import DIGITS, JOINER, class_of
from pipeline.training.phrases import Corpus, symmetrise
from pipeline.training.prepare import read_tokens

__all__ = ["SPECIAL", "Aligned", "align", "align_sequences", "load_aligned", "vocabulary"]

Longs = npt.NDArray[np.int64]
SPECIAL = ("<pad>", "<unk>", "<s>", "</s>")
ITERATIONS = 5
DIAGONAL = 4.0


@dataclass(frozen=True, slots=True)
class Aligned:
    """The aligned corpus with its vocabularies; `folded[id]`: id of an English word in lower case."""

    corpus: Corpus
    words: Mapping[str, list[str]]
    folded: npt.NDArray[np.int32]
    tags: list[str]

    def direction(self, direction: str) -> Corpus:
        """The corpus as a direction reads it: English sources in lower case, no links in pairs of weight 0."""
        c = self.corpus
        links = c.links[c.weight[c.source_sentence[c.links[:, 0]]] > 0]
        if direction == "bn-en":
            return Corpus(c.source, c.target, c.source_sentence, c.target_sentence, links, c.weight)
        turned = links[:, ::-1].copy()
        return Corpus(self.folded[c.target], c.source, c.target_sentence, c.source_sentence, turned, c.weight)


def vocabulary(pairs: Path, mono: Path, *, least: int = 2) -> list[str]:
    """Forms by frequency, after the special words: all of the pairs, of the news those seen `least` times."""
    news: defaultdict[str, int] = defaultdict(int)
    for words in read_tokens(mono):
        for word in words:
            news[class_of(word)] += 1
    count = defaultdict(int, {form: n for form, n in news.items() if n >= least})
    for words in read_tokens(pairs):
        for word in words:
            count[class_of(word)] += 1
    count.pop("", None)
    return [*SPECIAL, *sorted(count, key=lambda form: (-count[form], form))]


def align(work: Path) -> Aligned:
    """Align the prepared pairs; the result is kept in aligned.npz and vocabulary.json and read from there."""
    if (work / "aligned.npz").is_file():
        return load_aligned(work)
    sides = {lang: list(read_tokens(work / f"pairs.{lang}.tok")) for lang in ("bn", "en")}
    words = {lang: vocabulary(work / f"pairs.{lang}.tok", work / f"mono.{lang}.tok") for lang in sides}
    lengths = {lang: np.array([len(s) for s in side], np.int64) for lang, side in sides.items()}
    offsets = {lang: np.cumsum(n) - n for lang, n in lengths.items()}
    ids = {}
    for lang, side in sides.items():
        index = {word: k for k, word in enumerate(words[lang])}
        ids[lang] = np.fromiter((index[class_of(w)] for s in side for w in s), np.int32)
    links, width = align_sequences(sides["bn"], sides["en"])
    links = _link_numbers(links, sides, offsets, width)
    weights = np.array([w for _, w in json.loads((work / "pairs.json").read_text("utf-8"))])
    np.savez(work / "aligned.npz", bn=ids["bn"], en=ids["en"], bn_lengths=lengths["bn"], en_lengths=lengths["en"],
             links=np.stack([links // width, links % width], 1), weights=weights)  # fmt: skip
    (work / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    return load_aligned(work)


def load_aligned(work: Path) -> Aligned:
    """Read what `align` kept."""
    z = np.load(work / "aligned.npz")
    owner = {lang: np.repeat(np.arange(len(z[f"{lang}_lengths"])), z[f"{lang}_lengths"]) for lang in ("bn", "en")}
    words = json.loads((work / "vocabulary.json").read_text("utf-8"))
    index: dict[str, int] = {}
    folded = np.array([index.setdefault(word.lower(), len(index)) for word in words["en"]], np.int32)
    corpus = Corpus(z["bn"], z["en"], owner["bn"], owner["en"], z["links"], z["weights"])
    return Aligned(corpus, words, folded, [tag for tag, _ in json.loads((work / "pairs.json").read_text("utf-8"))])


def align_sequences(source: Sequence[Sequence[str]], target: Sequence[Sequence[str]]) -> tuple[Longs, int]:
    """Symmetrised links of token sequences, packed as source * width + target in global positions, and the width."""
    lengths = [np.array([len(s) for s in side], np.int64) for side in (source, target)]
    offsets = [np.cumsum(n) - n for n in lengths]
    width = int(lengths[1].sum()) + 8
    if importlib.util.find_spec("eflomal") is None:
        first, second = one_to_many(source, target), one_to_many(target, source)
        return symmetrise(np.sort(first @ [width, 1]), np.sort(second @ [1, width]), width), width
    from eflomal import Aligner

    text = [[" ".join(w.lower() for w in s) + "\n" for s in side] for side in (source, target)]
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("forward", "backward")]
        Aligner(model=3, rel_iterations=0.6).align(
            text[0], text[1], links_filename_fwd=str(files[0]), links_filename_rev=str(files[1])
        )
        first, second = (_read_links(f, offsets, width) for f in files)
        return symmetrise(first, second, width), width


def _read_links(path: Path, offsets: Sequence[Longs], width: int) -> Longs:
    out = []
    with path.open(encoding="ascii") as file:
        for k, line in enumerate(file):
            source, target = int(offsets[0][k]), int(offsets[1][k])
            for link in line.split():
                i, _, j = link.partition("-")
                out.append((source + int(i)) * width + target + int(j))
    return np.array(sorted(out), np.int64)


def one_to_many(source: Sequence[Sequence[str]], target: Sequence[Sequence[str]]) -> Longs:
    """Each target word's best source word under IBM model 1 with a diagonal prior: rows of global positions."""
    codes = [_codes(side) for side in (source, target)]
    n, m = (np.array([len(s) for s in side], np.int64) for side in (source, target))
    cells = n * m
    owner = np.repeat(np.arange(len(n)), cells)
    cell = np.arange(cells.sum()) - np.repeat(np.cumsum(cells) - cells, cells)
    i, j = cell // m[owner], cell % m[owner]
    s, t = (np.cumsum(n) - n)[owner] + i, (np.cumsum(m) - m)[owner] + j
    prior = np.exp(-DIAGONAL * np.abs((i + 0.5) / n[owner] - (j + 0.5) / m[owner]))
    _, pair = np.unique(codes[0][s] * (codes[1].max() + 1) + codes[1][t], return_inverse=True)
    table = np.ones(pair.max() + 1)
    for _ in range(ITERATIONS):
        score = table[pair] * prior
        share = score / np.bincount(t, score)[t]
        joint, total = np.bincount(pair, share), np.bincount(codes[0][s], share)
        table = joint / np.maximum(np.bincount(pair, total[codes[0][s]]) / np.bincount(pair), 1e-12)
    order = np.lexsort((-(table[pair] * prior), t))
    best = order[np.concatenate([[True], t[order][1:] != t[order][:-1]])]
    return np.stack([s[best], t[best]], 1)


def _codes(side: Sequence[Sequence[str]]) -> Longs:
    index: dict[str, int] = {}
    return np.fromiter((index.setdefault(w.lower(), len(index)) for s in side for w in s), np.int64)


def _value(word: str) -> str:
    body = word.strip(JOINER)
    return body.replace(",", "") if len(body) > 1 and DIGITS.fullmatch(body) else ""


def _link_numbers(
    links: Longs, sides: Mapping[str, list[list[str]]], offsets: Mapping[str, Longs], width: int
) -> Longs:
    """Drop the links of numbers, then link equal values in order."""
    is_number = {lang: np.fromiter((bool(_value(w)) for s in side for w in s), bool) for lang, side in sides.items()}
    links = links[~(is_number["bn"][links // width] | is_number["en"][links % width])]
    new = []
    for k, (bn, en) in enumerate(zip(sides["bn"], sides["en"], strict=True)):
        free: defaultdict[str, list[int]] = defaultdict(list)
        for j, word in enumerate(en):
            if value := _value(word):
                free[value].append(j)
        for i, word in enumerate(bn):
            if (value := _value(word)) and free[value]:
                new.append((int(offsets["bn"][k]) + i) * width + int(offsets["en"][k]) + free[value].pop(0))
    return np.union1d(links, np.array(new, np.int64))
