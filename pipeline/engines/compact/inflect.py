"""Renderings of a required term: as given, and with the case endings that Bengali asks for."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.engines.compact.text import JOINER

__all__ = ["renderings"]

VOWEL_SIGNS = frozenset("\u09be\u09bf\u09c0\u09c1\u09c2\u09c3\u09c7\u09c8\u09cb\u09cc")
VOWELS = frozenset("অআইঈউঊঋএঐওঔ")
AFTER_VOWEL = ("র", "তে", "কে")
AFTER_CONSONANT = ("ের", "ে", "কে")


def renderings(forms: Sequence[str], language: str) -> list[list[str]]:
    """The required form first; in Bengali also with the case endings that the search may choose from."""
    plain = list(forms)
    if language != "bn" or not plain:
        return [plain]
    last = plain[-1].strip(JOINER)[-1:]
    if not "\u0980" <= last <= "\u09ff" or last in "।॥":
        return [plain]
    endings = AFTER_VOWEL if last in VOWEL_SIGNS | VOWELS else AFTER_CONSONANT
    return [plain, *([*plain, JOINER + ending] for ending in endings)]
