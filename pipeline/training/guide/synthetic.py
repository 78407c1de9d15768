"""Back-translated pairs as the guide reads them: a lesson like that of the corpus, its sources coded, their states.

Their targets are real news: encoder and joint model meet words in company that no pair of the corpus holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.text import class_of
from pipeline.training.backtranslate import WordPair, read_word_pairs
from pipeline.training.guide.examples import Lesson, Pairs
from pipeline.training.guide.heads import Encoder, States, read_states
from pipeline.training.guide.settings import HeadSettings
from pipeline.training.phrases import Corpus
from pipeline.training.prepare import Truecaser, read_tokens

__all__ = ["Taught", "corpus_of", "read_taught", "synthetic_pairs", "synthetic_states", "usual_case"]

Say = Callable[[str], None]
Case = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Taught:
    """A pair that teaches, as small as it goes: a run keeps all of them while the encoder is tuned."""

    target: str
    """Tokens, a space between them."""
    source: str
    links: npt.NDArray[np.int16]
    """(links, 2): place in the source, place in the target."""


def read_taught(paths: Sequence[Path], heads: HeadSettings, say: Say) -> Mapping[str, list[Taught]]:
    """By direction, the pairs of files that teach: linked, not too long and scored well enough.

    Raises:
        InputError: a line of a file is not what `setu train backtranslate --words` writes.
    """
    out: defaultdict[str, list[Taught]] = defaultdict(list)
    for path in paths:
        kept = seen = 0
        for pair in read_word_pairs(path):
            seen += 1
            if _teaches(pair, heads):
                out[pair.direction].append(_small(pair))
                kept += 1
        say(f"{path.name}: {kept} of {seen} back-translated pairs teach")
    return out


def _teaches(pair: WordPair, heads: HeadSettings) -> bool:
    longest = max(len(pair.target), len(pair.source))
    return pair.score >= heads.back_score and longest <= heads.back_longest and any(pair.belongs)


def _small(pair: WordPair) -> Taught:
    links = [(place, k) for k, places in enumerate(pair.belongs) for place in places]
    return Taught(" ".join(pair.target), " ".join(pair.source), np.array(links, np.int16))


def usual_case(work: Path, language: str) -> Case:
    """What gives a real sentence the case of the prepared files: there a first word stands as inside a sentence."""
    if language != "en":
        return list
    paths = [work / f"{name}.en.tok" for name in ("pairs", "mono")]
    return Truecaser(chain.from_iterable(read_tokens(path) for path in paths if path.is_file()))


def corpus_of(pairs: Sequence[Taught], words: Sequence[str], *, weight: float, case: Case) -> Corpus:
    """The pairs as an aligned corpus; `words`: of the target, with a row each. Source words are not looked at."""
    index = {word: row for row, word in enumerate(words)}
    rows = [index.get(class_of(form), len(words)) for pair in pairs for form in case(pair.target.split(" "))]
    size = np.array([[1 + side.count(" ") for side in (pair.source, pair.target)] for pair in pairs], np.int64)
    first = np.cumsum(size, 0) - size
    links = np.concatenate([pair.links + begin for pair, begin in zip(pairs, first, strict=True)])
    source, target = (np.repeat(np.arange(len(pairs)), side) for side in size.T)
    empty = np.zeros(len(source), np.int32)
    return Corpus(empty, np.array(rows, np.int32), source, target, links, np.full(len(pairs), weight))


def synthetic_pairs(pairs: Sequence[Taught], lesson: Lesson, *, tokenizer: Any, longest: int) -> Pairs:
    """The synthetic sources coded, as the encoder's tuning reads them."""
    sentences = ((k, pair.source.split(" ")) for k, pair in enumerate(pairs))
    return Pairs.of(sentences, lesson, tokenizer=tokenizer, longest=longest)


def synthetic_states(pairs: Sequence[Taught], lesson: Lesson, encoder: Encoder, path: Path) -> States:
    """The states of the synthetic sources, through the encoder into a memory-mapped file."""
    return read_states((pair.source.split(" ") for pair in pairs), np.arange(len(pairs)), lesson, encoder, path)
