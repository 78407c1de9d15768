"""Training of the speller: a phrasebook over characters, from names, romanisations and names found in the pairs."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import regex

from pipeline.engines.compact.table import PhraseTable
from pipeline.engines.compact.text import plain
from pipeline.training.align import SPECIAL, Aligned, align_sequences
from pipeline.training.corpus import Pair
from pipeline.training.lm import Estimate, estimate, flatten
from pipeline.training.phrases import Corpus
from pipeline.training.table import Limits, build, measure

__all__ = ["SPELL_WEIGHTS", "SpellTables", "name_pairs", "train_speller"]

BENGALI = regex.compile(r"\p{Bengali}{2,}")
LATIN = regex.compile(r"[a-z]{2,}")
SPELL_WEIGHTS = {
    "forward": 0.7,
    "backward": 0.5,
    "lexical_forward": 0.2,
    "lexical_backward": 0.2,
    "phrase": -0.3,
    "drop": 0.0,
}
LIMITS = Limits(single={}, most=12, least=0.002)
NAME_WEIGHT, LINKED_WEIGHT, ROMANISED_WEIGHT = 2.0, 1.0, 0.1
AGREE = 0.75
"""Consonant skeletons of a linked pair this similar make it one word in two scripts."""
LEAST_LOAN, LEAST_SOUNDS = 4, 2
"""Letters and consonants of a word in lower case: shorter ones are alike by chance."""
SOUNDS = {
    "কখ": "k",
    "গঘ": "g",
    "চছজঝযশষস": "s",
    "টঠতথৎ": "t",
    "ডঢদধ": "d",
    "নণঞঙং": "n",
    "পফ": "p",
    "বভ": "b",
    "ম": "m",
    "রড়ঢ়": "r",
    "ল": "l",
}
BENGALI_SOUNDS = {letter: sound for letters, sound in SOUNDS.items() for letter in plain(letters)}
LATIN_SOUNDS = {"b": "b", "c": "k", "d": "d", "f": "p", "g": "g", "j": "s", "k": "k", "l": "l", "m": "m", "n": "n",
                "p": "p", "q": "k", "r": "r", "s": "s", "t": "t", "v": "b", "x": "k", "z": "s"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpellTables:
    """What the engine needs to spell in both directions."""

    characters: Mapping[str, list[str]]
    tables: Mapping[str, PhraseTable]
    lms: Mapping[str, Estimate]


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def name_pairs(
    pairs: Iterable[Pair], romanised: Iterable[tuple[str, str]], aligned: Aligned
) -> dict[tuple[str, str], float]:
    """Words of names in both scripts with their weights."""
    found: Counter[tuple[str, str]] = Counter()
    weights: dict[tuple[str, str], float] = {}
    for pair in pairs:
        if pair.tag.startswith(("names-places", "names-diplomatic", "names-languages")):
            left, right = (text.replace("-", " ").split() for text in (plain(pair.bn), _bare(pair.en)))
            found.update(zip(left, right, strict=True) if len(left) == len(right) else ())
    weights.update((pair, NAME_WEIGHT * n) for pair, n in found.items())
    for bn, en in romanised:
        key = (plain(bn), en.lower())
        weights[key] = weights.get(key, 0.0) + ROMANISED_WEIGHT
    for key in _linked_words(aligned):
        weights[key] = weights.get(key, 0.0) + LINKED_WEIGHT
    return {k: w for k, w in weights.items() if BENGALI.fullmatch(k[0]) and LATIN.fullmatch(k[1])}


def _linked_words(aligned: Aligned) -> Iterator[tuple[str, str]]:
    """Words linked one to one that sound alike: names, and loans (ব্রিগেড, brigade), which teach English spelling."""
    c = aligned.corpus
    s, t = c.links.T
    alone = (np.bincount(s, minlength=len(c.source))[s] == 1) & (np.bincount(t, minlength=len(c.target))[t] == 1)
    bn, en = aligned.words["bn"], aligned.words["en"]
    distinct = sorted(set(zip(c.source[s[alone]].tolist(), c.target[t[alone]].tolist(), strict=True)))
    for left, right in ((bn[x], en[y]) for x, y in distinct):
        if LATIN.fullmatch(right.lower()) and BENGALI.fullmatch(left) and _sound_alike(left, right):
            yield left, right.lower()


def _sound_alike(bengali: str, english: str) -> bool:
    a, b = skeleton(bengali, BENGALI_SOUNDS), skeleton(english.lower(), LATIN_SOUNDS)
    if english.isupper() or SequenceMatcher(None, a, b).ratio() < AGREE:
        return False
    least = 1 if english[:1].isupper() else LEAST_SOUNDS
    return min(len(a), len(b)) >= least and (english[:1].isupper() or len(english) >= LEAST_LOAN)


def skeleton(word: str, sounds: Mapping[str, str]) -> str:
    """The consonants of a word in classes of sound, doubled ones once."""
    return regex.sub(r"(.)\1+", r"\1", "".join(sounds.get(c, "") for c in word).replace("h", ""))


def train_speller(names: Mapping[tuple[str, str], float], words: Mapping[str, Iterable[str]]) -> SpellTables:
    """Align names by characters and measure both directions; `words`: how names and words look, by language."""
    keys = sorted(names)
    sides = {"bn": [list(bn) for bn, _ in keys], "en": [list(en) for _, en in keys]}
    characters = {lang: [*SPECIAL, *sorted({c for word in side for c in word})] for lang, side in sides.items()}
    index = {lang: {c: k for k, c in enumerate(chars)} for lang, chars in characters.items()}
    ids = {lang: np.array([index[lang][c] for word in side for c in word], np.int32) for lang, side in sides.items()}
    owner = {lang: np.repeat(np.arange(len(keys)), [len(word) for word in side]) for lang, side in sides.items()}
    links, width = align_sequences(sides["bn"], sides["en"])
    pairs = np.stack([links // width, links % width], 1)
    weight = np.array([names[k] for k in keys])
    corpora = {
        "bn-en": Corpus(ids["bn"], ids["en"], owner["bn"], owner["en"], pairs, weight),
        "en-bn": Corpus(ids["en"], ids["bn"], owner["en"], owner["bn"], pairs[:, ::-1].copy(), weight),
    }
    tables = {
        d: build(measure(c, limits=LIMITS, drops=False), SPELL_WEIGHTS, reorder=0.0)[0] for d, c in corpora.items()
    }
    lms = {lang: _spelling_model(words[lang], index[lang]) for lang in ("bn", "en")}
    return SpellTables(characters, tables, lms)


def _spelling_model(words: Iterable[str], index: Mapping[str, int]) -> Estimate:
    return estimate(flatten([[index[c] for c in word if c in index] for word in words], 4), len(index) + len(SPECIAL))
