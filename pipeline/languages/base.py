"""The shape of a language's facts. Data lives in `bengali` and `english`; the code that reads it is general.

Every string stands as its own match key (`pipeline.text.key`): single code points for য় ড় ঢ়, straight quotes
and hyphens. Look them up with keys. Numbers, money and units stand apart in `quantities`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.records import Language

__all__ = ["LanguageFacts"]


@dataclass(frozen=True, slots=True)
class LanguageFacts:
    """What the stages need to know of one language."""

    code: Language
    name: str
    digits: str
    """Zero to nine."""
    hard_ends: str
    """Characters that end a sentence whatever follows."""
    soft_ends: str
    """Characters that end a sentence unless what stands around them says otherwise."""
    titles: frozenset[str]
    """Abbreviations that stand before a name or number: their full stop never ends a sentence."""
    abbreviations: frozenset[str]
    """Abbreviations (without the last full stop) that a sentence may end with, but seldom does."""
    before_numbers: frozenset[str]
    """Words whose full stop marks an abbreviation only before a number (No. 5)."""
    starters: frozenset[str]
    """Words that begin a sentence and no name: after an abbreviation they show that the sentence ended."""
    reporting: frozenset[str]
    """Verbs (one or two words) that attribute a quotation: a clause behind a closing quote that begins or ends
    with one is no new sentence."""
    speaking: frozenset[str]
    """Words that say that somebody speaks, whoever it is: they tell one institution from another badly."""
    fillers: frozenset[str]
    """Words that do not part a noun from what belongs to it (of, the, the detached ending -এর)."""
    spelt_words: frozenset[str]
    """Plain words that read as names of Latin letters."""
    finals: frozenset[str]
    """Short words that are no abbreviations: a full stop after them ends the sentence."""
    suffixes: tuple[str, ...]
    """Inflections attached to a noun, longest first; attached directly, or after a hyphen, or " -"."""
    months: Mapping[str, int]
    """Names, spelling variants and abbreviations → 1 to 12."""
    weekdays: Mapping[str, int]
    """Names and spelling variants → ISO weekday, Monday 1 to Sunday 7."""
    letters: Mapping[str, str]
    """Spoken names of Latin letters → the capital letter."""
    boilerplate: tuple[str, ...]
    """Regular expressions (package `regex`, on a stripped line's key) of lines that are no part of the article."""
    related: tuple[str, ...]
    """The same for lines after which links to other articles follow."""
