"""Inline term annotations for training (Dinu et al. 2019): term pairs found on both sides of a sentence pair.

The annotation is the target's dictionary form; the sentence's own form may be inflected, so that the model learns to
inflect what it is told (Bergmanis and Pinnis 2021).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import regex

from pipeline.records import Language
from pipeline.training.corpus import Pair

__all__ = ["TAGS", "Finder"]

TAGS: Final = ("names", "dict-core")
"""Starts of the tags of pairs that are terms; the larger word lists pair function words with verbs."""
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]+(?:['’-][\p{L}\p{M}\p{N}]+)*")
_INSIDE: Final = regex.compile(r"[\p{L}\p{M}\p{N}]")
_LONGEST: Final = 5  # words of a term
_LEAST: Final = 3  # code points: shorter words are mostly function words
_READINGS: Final = 6  # a word with more renderings is no term
_MOST: Final = 3  # annotations a sentence
_ENDINGS: Final = ("গুলির", "গুলো", "দের", "েতে", "ের", "য়ের", "কে", "তে", "এর", "র", "য়", "ে", "ও", "ই")
Hint = tuple[int, int, str]


class Finder:
    """Finds term pairs in sentence pairs; `pairs` are the terms."""

    def __init__(self, pairs: Iterable[Pair], *, seed: int = 1) -> None:
        self._targets: dict[Language, dict[str, list[str]]] = {"bn": defaultdict(list), "en": defaultdict(list)}
        self._chance = random.Random(seed)  # noqa: S311 (which terms are annotated, nothing secret)
        for pair in pairs:
            if (
                min(len(pair.bn), len(pair.en)) >= _LEAST
                and max(len(pair.bn.split()), len(pair.en.split())) <= _LONGEST
            ):
                self._targets["bn"][pair.bn.casefold()].append(pair.en)
                self._targets["en"][pair.en.casefold()].append(pair.bn)
        for table in self._targets.values():
            for word in [word for word, forms in table.items() if len(set(forms)) > _READINGS]:
                del table[word]

    def find(self, source: str, target: str, language: Language) -> list[Hint]:
        """Terms of a source of a language whose rendering stands in the target: (start, end, dictionary form)."""
        words = [match.span() for match in _WORD.finditer(source)]
        table, folded = self._targets[language], target.casefold()
        found: list[Hint] = []
        k = 0
        while k < len(words):
            step = 1
            for n in range(min(_LONGEST, len(words) - k), 0, -1):
                start, end = words[k][0], words[k + n - 1][1]
                form = _present(_renderings(table, source[start:end], language), folded)
                if form:
                    found.append((start, end, form))
                    step = n
                    break
            k += step
        return found

    def choose(self, found: Sequence[Hint]) -> list[Hint]:
        """A random part of the terms, one at least: the model must also translate without being told."""
        if not found:
            return []
        return sorted(self._chance.sample(found, self._chance.randint(1, min(_MOST, len(found)))))


def _renderings(table: dict[str, list[str]], text: str, language: Language) -> list[str]:
    """Targets of a term, or of its stem under a Bengali ending."""
    word = text.casefold()
    exact = table.get(word)
    if exact or language == "en":
        return exact or []
    stems = (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))
    return next((table[stem] for stem in stems if stem in table), [])


def _present(forms: Sequence[str], folded: str) -> str:
    """The first form that begins a word of the target (what follows may be an ending)."""
    for form in sorted(set(forms), key=lambda form: (-len(form), form)):
        wanted = form.casefold()
        at = folded.find(wanted)
        while at > 0 and _INSIDE.match(folded, at - 1):
            at = folded.find(wanted, at + 1)
        if at >= 0:
            return form
    return ""
