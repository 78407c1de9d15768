"""Writes words that no table knows in the other script: a phrasebook over characters, trained on names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import regex

from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.smt import Job, Phrasebook
from pipeline.engines.compact.text import JOINER, Token
from pipeline.languages import FACTS

__all__ = ["Speller"]

BENGALI_WORD = regex.compile(r"\p{Bengali}[\p{Bengali}\u200d]+")
LATIN_WORD = regex.compile(r"[A-Za-z]{2,}")
ENDINGS = ("দেরকে", "গুলোর", "গুলোকে", "গুলি", "গুলো", "দের", "কে", "টির", "টি", "ের", "রা")
"""Case and number that a name keeps in Bengali and loses in English, longest first."""
SHORTEST_STEM = 3
LONGEST_ACRONYM = 5
SETTINGS = SearchSettings(beam=12, margin=6.0, distortion=0)


class Speller:
    """Spells unknown words; what is not a word of the source script stays as it is."""

    def __init__(self, book: Phrasebook, direction: str) -> None:
        """`book`: over characters, source script to target script, Latin in lower case."""
        self._book = book
        self._to_latin = direction == "bn-en"
        self._known: dict[str, str] = {}

    def __call__(self, words: Sequence[str]) -> list[str]:
        """The spelling of each word, searched together and remembered."""
        new = sorted({word for word in words if word not in self._known})
        self._known.update(self._spell([word for word in new if self._wanted(word)]))
        return [self._known.get(word, word) for word in words]

    def _wanted(self, word: str) -> bool:
        return (BENGALI_WORD if self._to_latin else LATIN_WORD).fullmatch(word) is not None

    def _spell(self, words: Sequence[str]) -> Mapping[str, str]:
        out = {word: by_letters(word) for word in words if not self._to_latin and is_acronym(word)}
        rest = [word for word in words if word not in out]
        stems = [without_ending(word) if self._to_latin else word.lower() for word in rest]
        jobs = [Job([Token(c, i, i + 1) for i, c in enumerate(stem)]) for stem in stems]
        for word, drafts in zip(rest, self._book.translate(jobs, SETTINGS) if jobs else [], strict=True):
            text = "".join(w.form.strip(JOINER) for w in drafts[0].words) if drafts else word
            out[word] = text[:1].upper() + text[1:] if self._to_latin else text
        return out


def without_ending(word: str) -> str:
    """A Bengali word without its case ending, when enough of it is left."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def is_acronym(word: str) -> bool:
    """Whether a Latin word is read letter by letter."""
    return word.isupper() and len(word) <= LONGEST_ACRONYM


def by_letters(word: str) -> str:
    """An acronym in the Bengali names of its letters, as newspapers write it: SCO, এসসিও."""
    names: dict[str, str] = {}
    for name, letter in FACTS["bn"].letters.items():
        names.setdefault(letter, name)  # the first of several spellings
    return "".join(names.get(letter, letter) for letter in word)
