"""Forced prefixes: which source words a given beginning of the translation has used up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.engines.compact.smt import Phrasebook
from pipeline.engines.compact.table import LONGEST, phrase_keys
from pipeline.engines.compact.text import Token

__all__ = ["claim"]


def claim(book: Phrasebook, tokens: Sequence[Token], prefix: Sequence[str]) -> int:
    """Bits of the source words whose translations stand in the prefix; long phrases claim first, a word once."""
    ids = np.append(book.ids(tokens), 0).astype(np.int32)
    forms = [form.lower() for form in prefix]
    used: set[int] = set()
    covered = 0
    for n in range(min(LONGEST[0], len(tokens)), 0, -1):
        for start in range(len(tokens) - n + 1):
            bits = ((1 << n) - 1) << start
            if covered & bits:
                continue
            place = _place(book, phrase_keys(ids, np.array([start]), np.array([n])), forms, used)
            if place is not None:
                used.update(range(*place))
                covered |= bits
    return covered


def _place(book: Phrasebook, key: np.ndarray, forms: Sequence[str], used: set[int]) -> tuple[int, int] | None:
    """Where one of the options of a phrase stands in the prefix, in words nobody has claimed."""
    first, number = book.table.find(key)
    for row in range(int(first[0]), int(first[0] + number[0])):
        words = [book.target[w].lower() for w in book.table.words[row, : book.table.length[row]]]
        for at in range(len(forms) - len(words) + 1 if words else 0):
            if list(forms[at : at + len(words)]) == words and not used & set(range(at, at + len(words))):
                return at, at + len(words)
    return None
