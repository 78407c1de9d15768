"""Sentence pairs from a small grammar of diplomatic news (diplomacy.yaml)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import regex
from ruamel.yaml import YAML

from pipeline.engines.compact.inflect import VOWEL_SIGNS, VOWELS
from pipeline.engines.compact.text import write_number
from pipeline.training.corpus import Pair

__all__ = ["GRAMMAR", "expand", "inflect"]

GRAMMAR = Path(__file__).with_name("diplomacy.yaml")
SLOT = regex.compile(r"\{(\w+?)(\d?)(?:\.(\w+))?\}")
TERM_WEIGHT, SENTENCE_WEIGHT = 3.0, 0.1
SEED = 1
NUMBERS = {"year": range(1971, 2031), "day": range(1, 32)}


def inflect(word: str, case: str | None) -> str:
    """A Bengali name in the genitive (r), locative (e) or objective (ke)."""
    if word.endswith("ং"):
        return word + {None: "", "r": "য়ের", "e": "য়ে", "ke": "কে"}[case]
    vowel = word[-1] in VOWEL_SIGNS | VOWELS
    ends = {None: "", "r": "র" if vowel else "ের", "e": ("য়" if word[-1] == "া" else "তে") if vowel else "ে", "ke": "কে"}
    return word + ends[case]


def expand(path: Path = GRAMMAR, *, each: int = 60) -> Iterator[Pair]:
    """All terms, and `each` random fillings of every template (seeded: always the same)."""
    data: Mapping[str, Any] = YAML(typ="safe").load(path.read_text("utf-8"))
    for bn, en in data["terms"]:
        yield Pair(bn, en, TERM_WEIGHT, "names-diplomatic-terms")
    chance = random.Random(SEED)  # noqa: S311 (text for training, nothing secret)
    for bn, en in data["templates"]:
        for text in dict.fromkeys(_fill(bn, en, data["fillers"], chance) for _ in range(each)):
            yield Pair(*text, SENTENCE_WEIGHT, "templates")


def _fill(bn: str, en: str, fillers: Mapping[str, Sequence[Sequence[str]]], chance: random.Random) -> tuple[str, str]:
    """One filling; a filler may hold slots in its turn. The same slot is the same filler wherever it stands."""
    chosen: dict[str, tuple[str, str]] = {}
    while slots := SLOT.findall(bn + en):
        for name, number, _ in slots:
            if name + number not in chosen:
                taken = {f[0] for f in chosen.values()} | {f[1] for f in chosen.values()}
                free = [f for f in _choices(name, fillers) if not taken & set(f)]
                chosen[name + number] = chance.choice(free)
        bn = SLOT.sub(lambda m: inflect(chosen[m[1] + m[2]][0], m[3]), bn)
        en = SLOT.sub(lambda m: chosen[m[1] + m[2]][1], en)
    return bn, _capital(en)


def _capital(text: str) -> str:
    """The text with a capital at its beginning, behind an opening quotation mark too."""
    at = next((k for k, sign in enumerate(text) if sign.isalnum()), 0)
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]


def _choices(name: str, fillers: Mapping[str, Sequence[Sequence[str]]]) -> list[tuple[str, str]]:
    if name in NUMBERS:
        return [(write_number(str(value), "bn"), str(value)) for value in NUMBERS[name]]
    return [(f[0], f[1]) for f in fillers[name]]
