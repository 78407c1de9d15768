"""Acronyms by their letters: Latin capitals, and Bengali spellings of letter names (এসসিও is S, C, O).

A spelling may have several readings, because letters and case endings share sounds: এসসিওকে is SCOK, or SCO in
the objective. Every reading is kept; context decides. Word acronyms (ব্রিকস, ন্যাটো) have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex

from pipeline.languages import FACTS
from pipeline.text import key

__all__ = ["decode_letters", "initials", "letters_of"]

_MAX_LETTERS: Final = 12
_SEPARATORS: Final = regex.compile(r"[.\s-]+")
_ENDING: Final = regex.compile(r"(?P<stem>.*?)\s?-(?P<ending>[^-]+)$")
_LATIN: Final = regex.compile(r"(?:\p{Lu}[.\s-]?){2,}[0-9]{0,2}|\p{Lu}-?[0-9]{1,2}")
_SMALL_WORDS: Final = frozenset({"of", "the", "and", "for", "on", "in", "to", "a", "an", "with", "by", "at"})


def decode_letters(word: str) -> list[tuple[str, str]]:
    """Readings of a word as letter names and a case ending, readings without an ending first.

    Dots between letters are read over (এস.সি.ও.), and an ending may stand behind a hyphen. A word that is not
    spelt by letter names has no reading; one letter alone is no acronym.

    Returns:
        (Latin capitals, ending as written in the key) for each reading, at least two letters each.
    """
    plain = key(word).strip()
    behind = _ENDING.match(plain)
    if behind and behind["ending"] in _endings():
        stem = _SEPARATORS.sub("", behind["stem"])
        return [(letters, behind["ending"]) for letters, ending in _readings(stem) if not ending]
    return sorted(set(_readings(_SEPARATORS.sub("", plain))), key=lambda reading: (len(reading[1]), reading))


def _endings() -> frozenset[str]:
    return frozenset(FACTS["bn"].suffixes)


def _readings(word: str) -> Iterator[tuple[str, str]]:
    """Every way through the word: letter names from the left, then nothing or an ending."""
    names, endings = FACTS["bn"].letters, _endings()
    ways = [(0, "")]
    while ways:
        at, letters = ways.pop()
        rest = word[at:]
        if len(letters) > 1 and (not rest or rest in endings):
            yield letters, rest
        if len(letters) < _MAX_LETTERS:
            ways += [(at + len(name), letters + letter) for name, letter in names.items() if rest.startswith(name)]


def letters_of(surface: str) -> str:
    """The Latin capitals that an acronym stands for (dots dropped), or nothing when it is not spelt by letters."""
    plain = key(surface).strip()
    if _LATIN.fullmatch(plain):
        return _SEPARATORS.sub("", plain)
    return next((letters for letters, ending in decode_letters(plain) if not ending), "")


def initials(phrase: str) -> str:
    """Capitals of the words of an English name, small words left out: Ministry of External Affairs → MEA."""
    words = regex.findall(r"[\p{L}\p{N}']+", key(phrase).replace("-", " "))
    return "".join(word[0].upper() for word in words if word.lower() not in _SMALL_WORDS)
