"""The written forms of glossary entries: what is searched for, and what counts as short or long.

A form is one spelling in one script. Each listed spelling gives itself; an acronym gives its dotted, spaced
and hyphened writings too (এস.সি.ও., U.N.S.C.), a hyphened name the one with spaces, an English noun in -y its
plural. All of them are compared as match keys with ASCII digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from typing import Final, Literal

import regex

from pipeline.inflect import final_of
from pipeline.languages.bengali import BENGALI
from pipeline.languages.renderings import ALSO_RIGHT
from pipeline.records import Language, TermEntry, TermSide
from pipeline.text import key, to_ascii_digits

__all__ = [
    "Form",
    "Role",
    "acronym_of",
    "fold",
    "forbidden_forms",
    "foreign_forms",
    "forms_of",
    "is_short",
    "match_key",
    "spaced_out",
    "spellings",
]  # fmt: skip

Role = Literal["term", "expansion", "variant", "adjective", "forbidden"]
_BENGALI: Final = regex.compile(r"\p{Bengali}")
_INITIALS: Final = regex.compile(r"[A-Z]{2,8}")
_SEPARATORS: Final = regex.compile(r"[.\s-]")
_LETTERS_ONLY: Final = regex.compile(r"[A-Za-z]{2,8}")
_LONGEST_SPELT: Final = 40  # code points of an acronym spelt in Bengali, ডব্লিউ being the longest name
_SHORTEST: Final = 3  # letters of a name that in capitals would be an acronym or a number: Xi, XI
_NAMES: Final = frozenset({"person", "place"})
_SPACED_FROM: Final = 3  # "U N" is too often two words; "U N S C" is not


@dataclass(frozen=True, slots=True)
class Form:
    """One spelling that is searched for."""

    key: str
    """Match key with ASCII digits, letter case kept."""
    entry: str
    role: Role
    side: Language
    """The side of the entry that the spelling is from."""
    short: bool
    """Whether it stands for the short rendering (the term) or the long one (the expansion)."""
    exact: bool
    """Whether letter case must agree."""
    capital: bool
    """Whether it must begin with a capital letter: names, so that "china" is porcelain and "trump" a card."""
    letter: bool
    """Whether it is one letter of the alphabet or the name of one: X, এক্স."""
    final: str
    """Class of the end, see `pipeline.inflect.final_of`."""
    cut: int = 0
    """Characters of the key's end that are its ending already: 3 in "secretaries"."""


def match_key(text: str) -> str:
    """The key on which glossary forms and texts meet; as long as `key(text)`."""
    return to_ascii_digits(key(text))


def fold(text: str) -> str:
    """Lower case of the same length, so that offsets hold."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def spellings(side: TermSide) -> Iterator[tuple[str, Role]]:
    """What one language of an entry lists, the term first."""
    yield side.term, "term"
    if side.expansion:
        yield side.expansion, "expansion"
    for variant in side.variants:
        yield variant, "variant"


def is_short(spelling: str, role: Role, side: TermSide) -> bool:
    """Whether a spelling is a writing of the term (SCO, Modi) rather than of its expansion.

    Variants of both are listed in one place; each goes with the one that it resembles more.
    """
    if role == "term" or not side.expansion:
        return True
    if role == "expansion":
        return False
    term, expansion, plain = (fold(_SEPARATORS.sub("", key(one))) for one in (side.term, side.expansion, spelling))
    like_term, like_expansion = (SequenceMatcher(None, plain, one, autojunk=False).ratio() for one in (term, expansion))
    return like_term > like_expansion or (like_term == like_expansion and len(plain) <= 2 * len(term))


def forms_of(entry: TermEntry, language: Language) -> Iterator[Form]:
    """All forms of one side of an entry, without repeats."""
    side = entry.side(language)
    seen: set[str] = set()
    for spelling, role in spellings(side):
        short = is_short(spelling, role, side)
        made = [
            _form(written, entry, language, role=role, short=short) for written in _writings(spelling, entry, language)
        ]
        for form in [*made, *_plural_in_y(made[0], entry)]:
            if form.key not in seen:
                seen.add(form.key)
                yield form


def _form(written: str, entry: TermEntry, language: Language, *, role: Role, short: bool) -> Form:
    """A form with its class of ending; only acronyms proper have letter names at their end."""
    by_letters = (entry.type == "acronym" and short) or bool(letters(written, entry, language))
    term_type = "acronym" if by_letters else "organisation" if entry.type == "acronym" else entry.type
    capital = entry.type in _NAMES and written[:1].isupper()
    exact = (entry.case_sensitive and (role == "term" or " " not in written)) or (capital and len(written) <= _SHORTEST)
    letter = len(written) == 1 or written in BENGALI.letters
    final = final_of(written, language, term_type=term_type)
    return Form(written, entry.id, role, language, short, exact, capital, letter, final)


def _plural_in_y(form: Form, entry: TermEntry) -> list[Form]:
    """The plural of an English noun in -y, which is more than an ending: Secretaries."""
    if form.side != "en" or entry.type in {"person", "place", "acronym"} or not regex.search(r"[^aeiou]y$", form.key):
        return []
    return [replace(form, key=f"{form.key[:-1]}ies", final="whole", cut=3)]


def _writings(spelling: str, entry: TermEntry, language: Language) -> Iterator[str]:
    """Keys of a spelling and of the ways in which it is also written."""
    plain = match_key(spelling)
    yield plain
    pieces = letters(plain, entry, language)
    yield from spaced_out(pieces)
    if not pieces and "-" in plain and len(plain) > _SPACED_FROM:
        yield plain.replace("-", " ")


def letters(plain: str, entry: TermEntry, language: Language) -> list[str]:
    """The letters of an acronym's key, as each is written; empty when it is no acronym by letters.

    Bengali letter names run together (এসসিও): they are set apart only where an English acronym of the entry
    says which letters they are.
    """
    if language == "en":
        bare = plain.replace(".", "")
        return list(bare) if _INITIALS.fullmatch(bare) else []
    bare = _SEPARATORS.sub("", plain)
    if len(bare) > _LONGEST_SPELT or " " in plain.strip():
        return []
    for spelling, _ in spellings(entry.en):
        initials = _SEPARATORS.sub("", spelling)
        if _LETTERS_ONLY.fullmatch(initials):
            match = _spelt(initials.upper()).fullmatch(bare)
            if match:
                return list(match.groups())
    return []


@cache
def _spelt(initials: str) -> regex.Pattern[str]:
    """Bengali names of Latin letters, each a group."""
    names = {letter: [name for name, one in BENGALI.letters.items() if one == letter] for letter in set(initials)}
    return regex.compile("".join(f"({'|'.join(names[letter])})" for letter in initials))


def is_acronym(spelling: str, entry: TermEntry, language: Language) -> bool:
    """Whether a spelling, Latin or Bengali, is an acronym of the entry by letters."""
    plain = match_key(spelling)
    return bool(letters(plain, entry, language) or letters(plain, entry, "en"))


def acronym_of(entry: TermEntry, language: Language) -> str | None:
    """The first spelling of an entry in a language that is an acronym by letters."""
    return next((one for one, _ in spellings(entry.side(language)) if letters(match_key(one), entry, language)), None)


def spaced_out(pieces: list[str]) -> Iterator[str]:
    """An acronym with its letters set apart: dots, dots and spaces, hyphens, spaces."""
    if len(pieces) < 2:  # noqa: PLR2004 (one letter has nothing to set apart)
        return
    for joint in (".", ". "):
        yield joint.join(pieces) + "."
        yield joint.join(pieces)
    yield "-".join(pieces)
    if len(pieces) >= _SPACED_FROM:
        yield " ".join(pieces)


def foreign_forms(entries: Iterable[TermEntry], language: Language) -> Iterator[Form]:
    """Forms of the other language as they stand in text of this one (X-এ, UNSG): exact case, this one's endings."""
    other: Language = "en" if language == "bn" else "bn"
    for form in (form for entry in entries for form in forms_of(entry, other)):
        if not form.cut and bool(_BENGALI.search(form.key)) == (other == "bn"):
            yield replace(form, exact=True, final=final_of(form.key, language))


def adjectives_of(entry: TermEntry, language: Language) -> Iterator[Form]:
    """Adjectives that render a place as well as its name does: রাশিয়ার প্রেসিডেন্ট, the Russian President.

    They are looked for in targets alone: an adjective in a source is not the place.
    """
    if entry.type != "place":
        return
    for word in ALSO_RIGHT.get(entry.en.term, {}).get(language, ()):
        written = match_key(word.title() if language == "en" else word)
        yield _form(written, entry, language, role="adjective", short=True)


def forbidden_forms(entry: TermEntry, language: Language) -> Iterator[Form]:
    """The renderings that an entry forbids in a language."""
    for spelling in entry.forbidden.get(language, ()):
        yield _form(match_key(spelling), entry, language, role="forbidden", short=False)
