"""Bengali acronyms spelt by letter names (এসসিও, ইউএনএসসি) are carried to English by rule, with their case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from pipeline.engines.compact.text import JOINER, Token, plain
from pipeline.languages import FACTS

__all__ = ["acronyms", "decode_letters"]

LETTERS = {plain(name): letter for name, letter in FACTS["bn"].letters.items()}
ONE = "|".join(sorted(LETTERS, key=lambda name: (-len(name), name)))
SPELT = regex.compile(rf"(?:{ONE}){{3,}}")
"""Three letters at least: shorter ones are often words."""
ENDINGS = tuple(map(plain, ("গুলির", "গুলোর", "দের", "টির", "য়ের", "ের", "র", "কে", "তে", "য়", "টি")))
"""Case endings that are stripped before decoding: এসসিওকে is SCO with -কে, not S-C-O-K."""
LETTERS_OF_INITIALS = 2
APART = frozenset({"র", "এর"})
"""Endings that may stand behind the last dot: ইউ.এন.এর."""
GENITIVE = frozenset(map(plain, ("গুলির", "গুলোর", "দের", "টির", "য়ের", "ের", "এর", "র")))


def decode_letters(word: str) -> tuple[str, str] | None:
    """The Latin acronym and the ending of a word of letter names, or None for any other word."""
    word = plain(word)
    for ending in (*ENDINGS, ""):
        stem = word[: len(word) - len(ending)]
        if word.endswith(ending) and SPELT.fullmatch(stem):
            return "".join(LETTERS[name] for name in regex.findall(ONE, stem)), ending
    return None


def acronyms(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int, list[list[str]]]]:
    """(start, end, renderings) of each acronym in a split token list, in token offsets."""
    at = 0
    while at < len(tokens):
        end = at + 1
        while end < len(tokens) and tokens[end].start == tokens[end - 1].end and tokens[end].form.startswith(JOINER):
            end += 1
        end, found = _initial(tokens, at) or _dotted(tokens, at) or _acronym(text, tokens, at, end)
        if found:
            yield at, end, found
        at = end


def _initial(tokens: Sequence[Token], at: int) -> tuple[int, list[list[str]]] | None:
    """The initial of a name: one letter name and its dot."""
    letter = LETTERS.get(tokens[at].form)
    dotted = at + 1 < len(tokens) and tokens[at + 1].form.strip(JOINER) == "."
    return (at + 2, [[letter, JOINER + "."]]) if letter and dotted else None


def _dotted(tokens: Sequence[Token], at: int) -> tuple[int, list[list[str]]] | None:
    """Letter names with dots: two are initials or short for two words (এ.কে., A.K.), more are an acronym (SCO)."""
    spelt = plain(tokens[at].form).rstrip(".")
    if "." not in spelt:
        return None
    *names, last = spelt.split(".")
    for ending in ("এর", *ENDINGS, ""):
        parts = [*names, last.removesuffix(ending)] if last not in APART else names
        if last.endswith(ending) and len(parts) > 1 and LETTERS.keys() >= set(parts):
            dot = "." if len(parts) == LETTERS_OF_INITIALS else ""
            return at + 1, _renderings("".join(LETTERS[part] + dot for part in parts), ending)
    return None


def _renderings(name: str, ending: str) -> list[list[str]]:
    """What an acronym with a case ending may be in English, without the case first."""
    genitive = [["of", "the", name], ["of", name], [name, JOINER + "'s"]] if ending in GENITIVE else []
    return [[name], *genitive, ["the", name]]


def _acronym(text: str, tokens: Sequence[Token], at: int, end: int) -> tuple[int, list[list[str]]]:
    """The renderings of the longest acronym that ends at or before `end`, or none."""
    for stop in range(end, at, -1):  # punctuation may follow the word
        found = decode_letters(text[tokens[at].start : tokens[stop - 1].end])
        if found:
            return stop, _renderings(*found)
    return end, []
