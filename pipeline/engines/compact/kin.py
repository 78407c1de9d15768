"""Words that the phrase table does not know, read as kin that it knows: an inflection, another spelling, a compound.

A table knows only the forms of its pairs, and both languages inflect: Yang and Kirchhoff (2006) back off to stems,
Koehn and Knight (2003) cut compounds into known words. A token keeps its form, which the encoder reads in its
sentence, and takes in `known` the form that the table has. A Bengali name that nothing explains loses its case ending
to a token of its own, so that only the name is spelt.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import regex

from pipeline.engines.compact.bases import english_bases, name_ending, spelling_key, spelling_keys, verb_forms
from pipeline.engines.compact.letters import decode_letters
from pipeline.engines.compact.text import JOINER, SUFFIXES, Token
from pipeline.languages.bengali import HASANTA

__all__ = ["Kin", "Lexicon", "Part"]

COMMON: Final = 20_000
"""The parts of a compound are among so many of the most frequent words."""
LEAST_PART: Final = 3
"""Letters of a stem or of a part of a compound, at least."""
LEAST_PLURAL: Final = 6
"""Letters of a capitalised word whose s is taken for a plural (Afghans, and not Franks)."""
JOINED: Final = ("সমূহ", "গণ", "সহ", "য়ের", "য়ে", "য়", *SUFFIXES)
"""What is cut from an unknown Bengali word: more than the Splitter cuts, which must leave known words alone."""
SAME_CASE: Final = {"য়ের": "ের", "য়ে": "ে", "য়": "তে"}
"""Endings after vowels, which the Splitter never cuts, by those of the same case that it does."""
PLACES: Final = frozenset(
    ("পাড়া", "তলা", "গঞ্জ", "বাড়ী", "বাড়ি", "খণ্ড", "পুর", "নগর", "গাছা", "খালী", "খালি", "হাট", "ঘাট", "ডাঙ্গা", "উল্লাহ")
)
"""Second words that make a name of a place or a person, which is spelt and not translated."""
FOREIGN: Final = regex.compile("[অএমহপটকগচডফরলস]্যা")
"""How a word from English begins (ম্যাক, হ্যারি): two of them make a foreign name, which is spelt too."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an unknown word: how many letters it takes, and the form that the table knows ("" for none)."""

    size: int
    known: str


@dataclass(frozen=True)
class Lexicon:
    """The source words of a table: `places` by frequency, and which of them have translations of their own."""

    places: Mapping[str, int]
    knows: Callable[[str], bool]

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """The most frequent known Bengali word of each key of spelling; short words are too many that look alike."""
        forms = [f for f in self.places if len(f) > LEAST_PART and "\u0980" <= f[0] <= "\u09ff" and self.knows(f)]
        return dict(zip(reversed(spelling_keys(forms)), reversed(forms), strict=True))  # the first of a key stays

    def like(self, form: str) -> str:
        """The form itself where it is known, else the known one that writers mix it up with, or ""."""
        if self.knows(form):
            return form
        return self.spellings.get(spelling_key(form), "") if len(form) > LEAST_PART else ""

    def first(self, forms: Iterable[str]) -> str:
        """The first form that is known, or ""."""
        return next((form for form in forms if self.knows(form)), "")

    def commonest(self, forms: Iterable[str]) -> str:
        """The most frequent form that is known, or ""."""
        return min((f for f in forms if self.knows(f)), key=lambda f: self.places[f], default="")

    def rank(self, form: str) -> int:
        """The place of a known form by frequency; COMMON for any other."""
        return self.places[form] if self.knows(form) else COMMON


class Kin:
    """Reads the unknown words of one source language."""

    def __init__(self, language: str, lexicon: Lexicon) -> None:
        """`language`: bn or en."""
        self._language, self._lexicon = language, lexicon
        self._read: dict[str, Sequence[Part]] = {}

    def __call__(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens, the unknown ones read as their kin."""
        return [new for token in tokens for new in _cut(token, self.parts(token.form) if _is_word(token) else ())]

    def parts(self, form: str) -> Sequence[Part]:
        """What an unknown word is read as; nothing for a word that is known, or that stays as it is."""
        if form not in self._read:
            self._read[form] = tuple(self._english(form) if self._language == "en" else self._bengali(form))
        return self._read[form]

    def _english(self, form: str) -> list[Part]:
        word = form.lower()
        if self._lexicon.knows(word) or form.isupper():
            return []
        if form[:1].isupper():
            base = word.removesuffix("s")
            found = base if len(base) >= LEAST_PLURAL and base != word and self._lexicon.knows(base) else ""
        else:
            found = self._lexicon.first(base for base in english_bases(word) if len(base) >= LEAST_PART)
        return [Part(len(form), found)] if found else self._compound(form, ("",))

    def _bengali(self, form: str) -> list[Part]:
        if self._lexicon.knows(form) or decode_letters(form) or not "\u0980" <= form[0] <= "\u09ff":
            return []
        whole = self._lexicon.like(form) or next(
            filter(None, (self._lexicon.commonest(forms) for forms in verb_forms(form))), ""
        )
        if whole:
            return [Part(len(form), whole)]
        return self._inflected(form) or self._compound(form, ("", *SUFFIXES)) or self._name(form)

    def _inflected(self, form: str) -> list[Part]:
        """A known stem and its endings, one after the other."""
        for ending in JOINED:
            stem = form[: -len(ending)]
            if not form.endswith(ending) or len(stem) + (len(ending) >= LEAST_PART) < LEAST_PART or stem[-1] == HASANTA:
                continue
            known = self._lexicon.like(stem)
            before = [Part(len(stem), known)] if known else self._inflected(stem)
            if before and self._ending(ending):
                return [*before, Part(len(ending), self._ending(ending))]
        return []

    def _ending(self, ending: str) -> str:
        return self._lexicon.first((JOINER + SAME_CASE.get(ending, ending), ending))

    def _compound(self, form: str, endings: Sequence[str]) -> list[Part]:
        """Two common words, the second perhaps with an ending; of several cuts that with the commonest rarer word."""
        found = [
            (max(self._lexicon.rank(first), self._lexicon.rank(second)), [first, second, *([ending] if ending else [])])
            for first, second, ending in _cuts(form.lower(), endings)
            if not ending or self._ending(ending)
        ]
        rank, words = min(found, default=(COMMON, []))
        if any(FOREIGN.match(word) for word in words):
            return []
        if rank >= COMMON or (len(words) > 1 and words[1] in PLACES) or form[:1].isupper():
            return []
        return [Part(len(word), self._ending(word) if k > 1 else word) for k, word in enumerate(words)]

    def _name(self, form: str) -> list[Part]:
        ending = name_ending(form)
        known = self._ending(ending) if ending else ""
        return [Part(len(form) - len(ending), ""), Part(len(ending), known)] if known else []


def _is_word(token: Token) -> bool:
    return not token.value and all(unicodedata.category(c)[0] in "LM" or c == "\u200d" for c in token.form)


def _cuts(word: str, endings: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Every way to cut a word into two and an ending; a cut never parts a letter from its sign."""
    for cut in range(LEAST_PART, len(word) - LEAST_PART + 1):
        first, rest = word[:cut], word[cut:]
        if unicodedata.category(rest[0])[0] == "M" or first[-1] == HASANTA:
            continue
        for ending in endings:
            second = rest.removesuffix(ending)
            if rest.endswith(ending) and len(second) >= LEAST_PART:
                yield first, second, ending


def _cut(token: Token, parts: Sequence[Part]) -> list[Token]:
    """A token as its parts. Places in the text may differ from the form's by a joiner or a nukta, hence the limits."""
    if not parts:
        return [token]
    out: list[Token] = []
    at, start = 0, token.start
    for k, part in enumerate(parts, 1 - len(parts)):
        end = token.end if k == 0 else max(start + 1, min(start + part.size, token.end + k))
        out.append(Token((JOINER if at else "") + token.form[at : at + part.size], start, end, known=part.known))
        at, start = at + part.size, end
    return out
