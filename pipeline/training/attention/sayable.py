"""Which words the attention model may say though no translation of the search has them: none that names or counts.

English tells a name by its capital; Bengali has none, so a Bengali word is a name where those it is linked with are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import regex

from pipeline.engines.compact.fusion import COMMON
from pipeline.engines.compact.text import JOINER
from pipeline.languages import quantities
from pipeline.text import key
from pipeline.training.align import Aligned
from pipeline.training.guide.examples import Longs

__all__ = ["sayable"]

PLAIN = {"en": regex.compile("[a-z]+"), "bn": regex.compile(rf"{JOINER}?[\p{{Bengali}}--\p{{N}}]+", regex.V1)}
NAMED = 0.3
"""Share of the links to words with a capital from which on a word is a name."""
ORDINAL = "তম"
"""What makes any number an ordinal; of the other endings that do most are case endings too."""
LINKS = 20
"""Fewest links that tell."""


def sayable(aligned: Aligned, language: str, known: int) -> Longs:
    """Rows of the frequent words of a language, of `known` ones with a row, that name nobody and count nothing.

    Denials are left to the engine, which knows them.
    """
    words = aligned.words[language][: min(COMMON, known)]
    counted = _counted(language)
    named = _named(aligned, len(words)) if language == "bn" else np.zeros(len(words), bool)
    fit = (
        PLAIN[language].fullmatch(word) and key(word.strip(JOINER)) not in counted and not name
        for word, name in zip(words, named.tolist(), strict=True)
    )
    return np.flatnonzero(np.fromiter(map(bool, fit), bool))


def _counted(language: str) -> frozenset[str]:
    """Words that say a number; of those that only sometimes do the ones that say more than two."""
    if language == "en":
        loose: Mapping[str, Sequence[int]] = quantities.ENGLISH_LOOSE
        words = {*quantities.ENGLISH_CARDINALS, *quantities.ENGLISH_ORDINALS, "half", "double", "once", "twice"}
    else:
        loose = quantities.BENGALI_LOOSE
        words = {form for forms in quantities.BENGALI_CARDINALS for form in forms.split("|")} | {ORDINAL}
        words |= {*quantities.BENGALI_ORDINALS, *quantities.BENGALI_MIXED, *quantities.BENGALI_FRACTION_PREFIXES}
    words |= {word for word, values in loose.items() if max(values) > 2}  # noqa: PLR2004 (two: both, either)
    return frozenset(map(key, words | {*quantities.SCALES[language], *quantities.PERCENT[language]}))


def _named(aligned: Aligned, number: int) -> npt.NDArray[np.bool_]:
    """Of the first Bengali words, which are linked with names, or with too little to tell."""
    corpus = aligned.corpus
    capital = np.array([word[:1].isupper() for word in aligned.words["en"]])
    bn, en = corpus.source[corpus.links[:, 0]], corpus.target[corpus.links[:, 1]]
    mine = bn < number
    links = np.bincount(bn[mine], minlength=number)
    names = np.bincount(bn[mine], capital[en[mine]], number)
    named: npt.NDArray[np.bool_] = (names >= NAMED * links) | (links < LINKS)
    return named
