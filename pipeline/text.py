"""Text as Setu compares it: match keys, digits, graphemes, words, scripts. The user's text is never rewritten.

A match key brings the spellings that readers cannot tell apart to one form; `keyed` keeps the way back, so
that a span found on keys is reported as a span of the text as it was read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import regex

from pipeline.errors import InputError
from pipeline.records import Language

__all__ = [
    "KeyedText", "detect_language", "graphemes", "is_boundary", "key", "keyed", "script_counts", "script_of",
    "to_ascii_digits", "to_bengali_digits", "words",
]  # fmt: skip

# Characters that no reader sees: they are dropped from keys.
_IGNORABLE: Final = (
    "\u00ad"  # SOFT HYPHEN
    "\u200b"  # ZERO WIDTH SPACE
    "\u200c"  # ZERO WIDTH NON-JOINER
    "\u200d"  # ZERO WIDTH JOINER
    "\u200e\u200f"  # LEFT-TO-RIGHT MARK, RIGHT-TO-LEFT MARK
    "\u2060"  # WORD JOINER
    "\ufeff"  # ZERO WIDTH NO-BREAK SPACE
)
_SPACES: Final = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_SINGLE: Final[dict[str, str]] = (
    dict.fromkeys("“”„‟«»″", '"')
    | dict.fromkeys("‘’‚‛′`´ʼ", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"\u09f7": "\u0964"}  # BENGALI CURRENCY NUMERATOR FOUR, typed for DANDA
    | dict.fromkeys(_IGNORABLE, "")
)
# Sequences with the single code point they stand for (NFC decomposes the first three, see LANGUAGE facts).
_SEQUENCES: Final[dict[str, str]] = {
    "\u09af\u09bc": "\u09df",  # য + NUKTA → য়
    "\u09a1\u09bc": "\u09dc",  # ড + NUKTA → ড়
    "\u09a2\u09bc": "\u09dd",  # ঢ + NUKTA → ঢ়
    "\u09c7\u09be": "\u09cb",  # ে + া → ো
    "\u09c7\u09d7": "\u09cc",  # ে + AU LENGTH MARK → ৌ
    "\u0985\u09be": "\u0986",  # অ + া → আ
}
_MARKS: Final = "\u0300-\u036f"
_GAP: Final = f"[{_IGNORABLE}]*"


def _unit_pattern() -> re.Pattern[str]:
    """One alternation over everything that a key changes; longest forms first."""
    return re.compile(
        "|".join(
            [
                rf"(?P<khanda>\u09a4{_GAP}\u09cd{_GAP}\u200d)",  # ত + HASANTA + ZWJ
                "(?P<pair>" + "|".join(f"{pair[0]}{_GAP}{pair[1]}" for pair in _SEQUENCES) + ")",
                rf"(?P<latin>[A-Za-z\u00c0-\u024f\u1e00-\u1eff](?:{_GAP}[{_MARKS}])+)",
                rf"(?P<space>[{_SPACES}](?:{_GAP}[{_SPACES}])+|[{_SPACES[1:]}])",
                f"(?P<single>[{''.join(_SINGLE)}])",
            ]
        )
    )


_UNIT: Final = _unit_pattern()
_DROP: Final = re.compile(f"[{_IGNORABLE}]")


def _replace(match: re.Match[str]) -> str:
    """What a unit becomes in the key; no longer than the unit."""
    found = match[0]
    if match.lastgroup == "single":
        return _SINGLE[found]
    if match.lastgroup == "pair":
        return _SEQUENCES[found] if len(found) == 2 else _SEQUENCES[_DROP.sub("", found)]  # noqa: PLR2004 (a pair)
    if match.lastgroup == "space":
        return " "
    if match.lastgroup == "khanda":
        return "\u09ce"
    return unicodedata.normalize("NFC", _DROP.sub("", found))


def _fold(text: str) -> str:
    """Lower case without a change of length, so that offsets stay."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def key(text: str, *, case: bool = True) -> str:
    """The match key: equal for two spellings of one text that differ only in how they are encoded.

    Unified: nukta letters and split vowel signs, ৎ and ত্ with a joiner, joiners and other invisible
    characters (dropped), quotation marks, dashes, horizontal white space (a run becomes one space; line
    ends stay), the danda look-alike U+09F7. With `case=False` letter case as well. Idempotent.
    """
    return _UNIT.sub(_replace, text if case else _fold(text))


@dataclass(frozen=True, slots=True)
class KeyedText:
    """A key with the way back to the text it was made from."""

    key: str
    offsets: tuple[int, ...]
    """Offset in the text for each index of the key, and the text's length at the end: len(key) + 1 entries."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The text's span for a span of the key; invisible characters belong to what stands before them."""
        return self.offsets[start], self.offsets[end]


def keyed(text: str, *, case: bool = True) -> KeyedText:
    """The same key as `key`, with offsets. Costs more: ask only where spans are needed."""
    source = text if case else _fold(text)
    parts: list[str] = []
    offsets: list[int] = []
    done = 0
    for match in _UNIT.finditer(source):
        start, end = match.span()
        new = _replace(match)
        parts += (source[done:start], new)
        offsets.extend(range(done, start))
        offsets.extend(range(start, start + len(new)))
        done = end
    parts.append(source[done:])
    offsets.extend(range(done, len(source) + 1))
    return KeyedText("".join(parts), tuple(offsets))


_ASCII: Final = "0123456789"
_BENGALI: Final = "".join(chr(0x09E6 + digit) for digit in range(10))  # BENGALI DIGIT ZERO to NINE
_TO_ASCII: Final = str.maketrans(_BENGALI, _ASCII)
_TO_BENGALI: Final = str.maketrans(_ASCII, _BENGALI)


def to_ascii_digits(text: str) -> str:
    """Bengali digits as ASCII digits; nothing else changes, nor does the length."""
    return text.translate(_TO_ASCII)


def to_bengali_digits(text: str) -> str:
    """ASCII digits as Bengali digits; nothing else changes, nor does the length."""
    return text.translate(_TO_BENGALI)


def graphemes(text: str) -> list[str]:
    """User-perceived characters (Unicode's extended grapheme clusters); joined they give the text."""
    found: list[str] = regex.findall(r"\X", text)
    return found


_WORD_CHAR: Final = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d]")


def is_boundary(text: str, index: int) -> bool:
    """Whether a word may begin or end at `index`: never between two letters, marks, digits or joiners."""
    if index <= 0 or index >= len(text):
        return True
    return not (_WORD_CHAR.match(text[index - 1]) and _WORD_CHAR.match(text[index]))


_LETTERS: Final = r"[\p{L}\p{M}\p{N}\u200c\u200d]"


def _word_pattern(inner: str) -> regex.Pattern[str]:
    """A number with its separators and what is attached to it, or letters with `inner` marks between them."""
    return regex.compile(rf"\p{{N}}+(?:[.,]\p{{N}}+)*{_LETTERS}*|{_LETTERS}+(?:[{inner}]{_LETTERS}+)*")


_WORDS: Final[dict[Language, regex.Pattern[str]]] = {"bn": _word_pattern("'’"), "en": _word_pattern("'’-")}


def words(text: str, language: Language) -> list[tuple[int, int]]:
    """Spans of words and numbers, in order.

    An apostrophe inside belongs to the word (don't, হ'ল). English keeps hyphenated words whole; Bengali does
    not, because what follows the hyphen is most often a case ending (এসসিও-র).
    """
    return [match.span() for match in _WORDS[language].finditer(text)]


_SCRIPTS: Final[dict[str, str]] = {"bn": "Bengali", "en": "Latin", "hi": "Devanagari"}
_SAMPLE: Final = 200_000
"""Code points that tell a document's language."""

_LETTER: Final = regex.compile(r"[\p{L}\p{M}]")
_RUNS: Final = {
    name: regex.compile(rf"[\p{{Script={script}}}&&[\p{{L}}\p{{M}}]]+", regex.V1) for name, script in _SCRIPTS.items()
}


def script_counts(text: str) -> dict[str, int]:
    """Letters and marks by script: bn (Bengali), en (Latin), hi (Devanagari), other (any other script)."""
    counts = {name: sum(map(len, pattern.findall(text))) for name, pattern in _RUNS.items()}
    counts["other"] = len(_LETTER.findall(text)) - sum(counts.values())
    return counts


def script_of(text: str) -> str:
    """The script of most letters: bn, en, hi, other; `none` when there are no letters. Ties go in that order."""
    counts = script_counts(text)
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "none"


def detect_language(text: str, *, where: str = "text") -> Language:
    """The language of a document, by its words: Latin names and posts in a Bengali article do not turn it.

    A third of Bengali words is enough for Bengali; English news all but never carries as many. Of a very long
    text the beginning decides.

    Args:
        text: the whole document.
        where: what the error message calls it.

    Raises:
        InputError: there are no words, or most are in neither Bengali nor Latin script.
    """
    text = text[:_SAMPLE] if _LETTER.search(text, 0, _SAMPLE) else text
    runs = {name: len(pattern.findall(text)) for name, pattern in _RUNS.items()}
    letters = script_counts(text)
    foreign = letters["hi"] + letters["other"] > letters["bn"] + letters["en"]
    if any(letters.values()) and not foreign:
        return "bn" if runs["bn"] * 2 >= runs["en"] else "en"
    raise InputError(
        where=where,
        found="mostly letters of another script" if foreign else "no words",
        expected="Bengali or English text",
        do="Give a Bengali or English document, or name the direction with --direction.",
    )
