"""Names: one name in two spellings within a document, and names that do not come across."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import regex

from pipeline.checks.model import CheckConfig, Seen, Side, Span, View
from pipeline.languages import facts, sounds
from pipeline.languages.bengali import HASANTA
from pipeline.records import Language
from pipeline.text import key, words

__all__ = ["consonants", "name_spellings", "names"]

_LATIN_MORE: Final = 2  # English vowels are folded hard (God, Good): its words must be longer
_STEM: Final = 3  # letters and signs that a stem has at least
_SKELETON: Final = 3  # consonants from which a name can be recognised in the other script
_MARKS: Final = regex.compile(r"[\p{L}\p{M}]+")


@dataclass(frozen=True, slots=True)
class _Spelling:
    """One way to write a word, without its inflection."""

    stem: str
    first: Span
    count: int
    neighbours: frozenset[str]
    family: frozenset[str]
    """Every stem that the words with this spelling may have: a shared one makes them forms of one word."""


def _folded(word: str, table: tuple[tuple[str, str], ...]) -> str:
    for old, new in table:
        word = word.replace(old, new)
    return regex.sub(r"(.)\1+", r"\1", word)


@cache
def _bengali_table() -> tuple[tuple[str, str], ...]:
    return tuple((key(old), key(new)) for old, new in sounds.BENGALI_VARIANTS)


@lru_cache(maxsize=65536)
def _sound(stem: str, language: Language) -> str:
    """What a spelling sounds like, as far as writers of one name agree."""
    if language == "bn":
        return _folded(stem, _bengali_table())
    lower = stem.lower()
    return lower[0] + _folded(lower, sounds.LATIN_VARIANTS)


@cache
def _endings() -> tuple[str, ...]:
    """Case endings of Bengali that leave a stem of their own; longest first."""
    keep = {key(suffix) for suffix in facts("bn").suffixes} - {"ই", "ও", "এ", "ে", "সহ"}
    return tuple(sorted(keep, key=len, reverse=True))


@lru_cache(maxsize=65536)
def _stems(word: str, language: Language) -> tuple[str, ...]:
    """The word and what is left of it without one ending."""
    if language == "en":
        return (word.removesuffix("'s").removesuffix("'"),)
    endings = [ending for ending in (*_endings(), "ে", "ই", "ও") if word.endswith(ending)]
    return (word, *(word[: -len(ending)] for ending in endings if len(word) - len(ending) >= _STEM))


def _spellings(side: Side) -> dict[str, list[_Spelling]]:
    """Sound → the spellings that it has in a text."""
    spans = [span for span in words(side.key, side.language) if _counts(side, span)]
    tokens = [side.key[start:end] for start, end in spans]
    places: dict[str, list[int]] = defaultdict(list)
    for index, token in enumerate(tokens):
        places[token].append(index)
    groups: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for token, indices in places.items():
        for stem in _stems(token, side.language):
            groups[_sound(stem, side.language)][stem].extend(indices)
    return {
        sound: [_spelling(stem, sorted(indices), spans, tokens, side.language) for stem, indices in stems.items()]
        for sound, stems in groups.items()
        if len(stems) > 1
    }


def _spelling(stem: str, indices: list[int], spans: list[Span], tokens: list[str], language: Language) -> _Spelling:
    """`indices` point at the tokens that hold the stem; the words next to them are its company."""
    steps = (-1, 1)
    near = {tokens[index + step] for index in indices for step in steps if 0 <= index + step < len(tokens)}
    family = frozenset(other for index in indices for other in _stems(tokens[index], language))
    return _Spelling(stem, spans[indices[0]], len(indices), frozenset(near), family)


def _counts(side: Side, span: Span) -> bool:
    """Whether a word may be a name: any word of letters in Bengali, in English one written large."""
    word = side.key[slice(*span)]
    if not _MARKS.match(word) or any(char.isdigit() for char in word):
        return False
    return side.language == "bn" or (word[0].isupper() and not word.isupper())


def name_spellings(side: Side, config: CheckConfig) -> Iterator[Seen]:
    """A name or word is spelt in two ways in one document.

    Two stems that sound the same (ত/ট, স/শ, ন/ণ, ি/ী, with and without hasanta or ya-phala) and are written
    differently. Short ones need a common neighbour; the rarer spelling is reported with the other beside it.
    """
    reported: set[str] = set()
    groups = _spellings(side)
    for sound in sorted(groups, key=lambda sound: (len(sound), sound)):
        least = config.name_letters + (_LATIN_MORE if side.language == "en" else 0)
        if len(sound) < least or not sound[0].isalpha() or _known(sound, reported):
            continue
        first, *others = sorted(groups[sound], key=lambda spelling: (-spelling.count, spelling.first))
        for other in others:
            if not _same_name(first, other, sound, config):
                continue
            reported.add(sound)
            shown = tuple(side.text[slice(*side.span(*spelling.first))] for spelling in (other, first))
            yield Seen(
                f"“{shown[0]}” is also written “{shown[1]}”.",
                side.span(*other.first),
                None,
                {
                    "spellings": {first.stem: first.count, other.stem: other.count},
                    "other_span": side.span(*first.first),
                },
            )


def _known(sound: str, reported: set[str]) -> bool:
    """Whether the same word with one ending less was reported."""
    return any(sound[:end] in reported for end in range(max(1, len(sound) - 5), len(sound) + 1))


def _same_name(one: _Spelling, other: _Spelling, sound: str, config: CheckConfig) -> bool:
    """Whether two spellings of one sound are one name, and not two words or two forms of one."""
    if one.stem.lower() == other.stem.lower():
        return False
    if one.family & other.family or abs(one.stem.count(HASANTA) - other.stem.count(HASANTA)) > 1:
        return False
    if len(sound) >= config.name_letters_alone:
        return True
    return any(len(word) > 2 for word in one.neighbours & other.neighbours)  # noqa: PLR2004 (a word, no particle)


@lru_cache(maxsize=65536)
def consonants(word: str) -> str:
    """The consonant classes of a Bengali or Latin word; h, w, y and vowels are silent."""
    found: list[str] = []
    if "\u0980" <= word[0] <= "\u09ff":
        found = [sounds.BENGALI_CONSONANTS.get(char, "") for char in word]
    else:
        lower, index = word.lower(), 0
        while index < len(lower):
            old, new = next((pair for pair in sounds.LATIN_CONSONANTS if lower.startswith(pair[0], index)), (" ", ""))
            found.append(new)
            index += len(old) if old not in {"ce", "ci", "cy", "ge", "gi"} else 1
    return regex.sub(r"(.)\1+", r"\1", "".join(found))


def _alike(one: str, other: str) -> float:
    """Similarity of two skeletons, 0 to 1; one may be a beginning of the other (endings)."""
    if not one or not other:
        return 0.0
    other = other[: len(one) + 1] if one[0] == other[0] else other
    common = _longest_common(one, other)
    return 2 * common / (len(one) + min(len(other), len(one) + 1))


def _longest_common(one: str, other: str) -> int:
    """Length of the longest common subsequence of two short strings."""
    row = [0] * (len(other) + 1)
    for left in one:
        previous = 0
        for index, right in enumerate(other):
            previous, row[index + 1] = (
                row[index + 1],
                max(row[index], row[index + 1], previous + 1 if left == right else 0),
            )
    return row[-1]


_FULL_NAME: Final = regex.compile(r"(?<!\p{L})([A-Z][a-z]{3,24})((?: [A-Z][a-z]{2,24}){1,5})(?![\p{L}-])")
_SURE: Final = 0.99  # all consonants are there
_LIKELY: Final = 0.67  # two of three
_DOUBTFUL: Final = 0.5  # half of them are
_PART: Final = regex.compile(r"[A-Za-z]+")
_MOST: Final = 40  # full names compared in one text


def names(view: View, config: CheckConfig) -> Iterator[Seen]:
    """One part of a full name comes across, another does not.

    Vladimir Putin against ভ্লাদিমির মোদী: the first name is found by its consonants, no word within three words of
    it sounds like the second. Names that are translated whole are no finding.
    """
    latin, bengali = (view.source, view.target) if view.source.language == "en" else (view.target, view.source)
    tokens = [bengali.key[start:end] for start, end in words(bengali.key, "bn")]
    skeletons = [consonants(token) for token in tokens]
    if len(tokens) > config.names_words:
        return
    for match in list(_FULL_NAME.finditer(latin.key))[:_MOST]:
        words_of = list(_PART.finditer(match[0]))
        parts = _personal(words_of)
        titled = len(parts) < len(words_of) and words_of[-len(parts) - 1][0].lower() in sounds.ENGLISH_TITLES
        part = _missing_part(parts, skeletons, titled=titled)
        if part is None:
            continue
        name = match[0][parts[0].start() : parts[-1].end()]
        span = latin.span(match.start() + part.start(), match.start() + part.end())
        here, there = (span, None) if latin is view.source else (None, span)
        yield Seen(f"“{part[0]}” of “{name}” is not on the other side.", here, there, {"name": name, "part": part[0]})


def _missing_part(parts: list[regex.Match[str]], skeletons: list[str], *, titled: bool) -> regex.Match[str] | None:
    """The part of a personal name that the other side lacks, if it has the rest, or if a title stands before it."""
    if not parts:
        return None
    first, last = consonants(parts[0][0]), consonants(parts[-1][0])
    if len(parts) > 1 and min(len(first), len(last)) >= _SKELETON:
        lonely = _lonely(first, last, skeletons)
        if lonely is not None:
            return parts[-1] if lonely else parts[0]
    if titled and len(last) >= _SKELETON and all(_alike(last, other) < _LIKELY for other in skeletons):
        return parts[-1]
    return None


def _personal(parts: list[regex.Match[str]]) -> list[regex.Match[str]]:
    """A person's name within words written large: without the title before it; nothing of bodies and places."""
    while parts and parts[0][0].lower() in sounds.ENGLISH_TITLES | sounds.ENGLISH_COMMON:
        parts = parts[1:]
    return [] if {part[0].lower() for part in parts} & (sounds.ENGLISH_COMMON | sounds.ENGLISH_TITLES) else parts


def _lonely(first: str, last: str, skeletons: list[str]) -> bool | None:
    """True: only the first part is there; False: only the last; None: both or neither."""
    heads = [index for index, other in enumerate(skeletons) if _alike(first, other) >= _SURE]
    tails = [index for index, other in enumerate(skeletons) if _alike(last, other) >= _SURE]
    if bool(heads) == bool(tails):
        return None
    found, wanted = (heads, last) if heads else (tails, first)
    near = {index + step for index in found for step in (-3, -2, -1, 1, 2, 3) if 0 <= index + step < len(skeletons)}
    if any(_alike(wanted, skeletons[index]) >= _DOUBTFUL for index in near):
        return None
    return bool(heads)
