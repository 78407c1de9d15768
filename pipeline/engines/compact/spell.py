"""Writes words that no table knows in the other script: a phrasebook over characters, trained on names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import regex

from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.smt import Draft, Job, Phrasebook
from pipeline.engines.compact.text import JOINER, Token
from pipeline.languages import FACTS

__all__ = ["Speller"]

BENGALI_WORD = regex.compile(r"\p{Bengali}[\p{Bengali}\u200d]+")
LATIN_WORD = regex.compile(r"[A-Za-z]{2,}")
LONGEST_ACRONYM = 5
SETTINGS = SearchSettings(beam=40, margin=8.0, distortion=0, n_best=30)
SEEN = 3.0
"""What a spelling gains that is a word of the target language: a name that was in the news is likelier than a guess."""


class Speller:
    """Spells unknown words; what is not a word of the source script stays as it is."""

    def __init__(self, book: Phrasebook, direction: str, words: Iterable[str] = ()) -> None:
        """`book`: over characters, Latin ones in lower case; `words`: of the target language, most frequent first."""
        self._book = book
        self._to_latin = direction == "bn-en"
        self._words: dict[str, str] = {}
        for word in words:
            self._words.setdefault(word.lower(), word)
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
        jobs = [Job([Token(c, i, i + 1) for i, c in enumerate(word.lower())]) for word in rest]
        for word, drafts in zip(rest, self._book.translate(jobs, SETTINGS) if jobs else [], strict=True):
            out[word] = self._best(drafts) or word
        return out

    def _best(self, drafts: Sequence[Draft]) -> str:
        """The likeliest spelling, in the case that the word has where it is known and else with a capital."""
        spelt = [("".join(w.form.strip(JOINER) for w in d.words), d.score) for d in drafts]
        text = max(spelt, key=lambda found: found[1] + SEEN * (found[0] in self._words), default=("", 0.0))[0]
        return self._words.get(text) or (text[:1].upper() + text[1:] if self._to_latin else text)


def is_acronym(word: str) -> bool:
    """Whether a Latin word is read letter by letter."""
    return word.isupper() and len(word) <= LONGEST_ACRONYM


def by_letters(word: str) -> str:
    """An acronym in the Bengali names of its letters, as newspapers write it: SCO, এসসিও."""
    names: dict[str, str] = {}
    for name, letter in FACTS["bn"].letters.items():
        names.setdefault(letter, name)  # the first of several spellings
    return "".join(names.get(letter, letter) for letter in word)
