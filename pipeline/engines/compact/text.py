"""How the compact model reads and writes text: tokens with their places, Bengali words cut into stem and suffix.

A token is its normalised form; joiners (U+FFED) on a form say where no space stands, so writing is the
exact inverse of reading up to normalisation (the scheme of OpenNMT's tokenizer). Numbers of two digits or
more are classes (`⟨n⟩`, `⟨y⟩` for years): their value is carried across by the alignment, never learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import regex

__all__ = [
    "JOINER",
    "NUMBER",
    "YEAR",
    "Splitter",
    "Token",
    "class_of",
    "join",
    "number_class",
    "plain",
    "tokenize",
    "write_codes",
    "write_number",
]

JOINER = "\uffed"
NUMBER = "⟨n⟩"
YEAR = "⟨y⟩"
TO_ASCII = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
TO_BENGALI = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
NUKTA = (("\u09af\u09bc", "\u09df"), ("\u09a1\u09bc", "\u09dc"), ("\u09a2\u09bc", "\u09dd"),
         ("\u09c7\u09be", "\u09cb"), ("\u09c7\u09d7", "\u09cc"), ("\u09a4\u09cd\u200d", "\u09ce"))  # fmt: skip
SAME = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "`": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "‑": "-",
        "\u200b": "",
        "\ufeff": "",
        "…": "...",
        "৷": "।",
        "|": "।",
        "\u00a0": " ",
        "\u200c": "",
    }
)
PIECE = regex.compile(
    r"(?:https?://|www\.)\S+"  # addresses stay whole
    r"|[\w.+-]+@[\w-]+\.\w[\w.]*"
    r"|(?<!\w)[@#][\w\p{M}]{2,}"  # @narendramodi, #G20
    r"|(?:\p{Latin}\.){2,}"  # U.S., H.E.
    r"|(?:(?:ডব্লিউ|[\p{Bengali}--[।॥০-৯]]{1,3})\.){2,}"  # এস.সি.ও., and
    r"(?:[\p{Bengali}--[।॥০-৯]]{1,4}(?!\p{Bengali}))?"  # এস.সি.ওর
    r"|\p{Latin}+[0-9]+\p{Latin}*"  # G20
    r"|[0-9০-৯]+(?:[.,:][0-9০-৯]+)*"
    r"|['’]s\b"
    r"|[\p{L}\p{M}\u200c\u200d]+(?:['’](?!s\b)\p{Latin}+)*"
    r"|\.{2,}|-{2,}"
    r"|\"{2,3}"  # a quotation mark as a table's file doubles it
    r"|\S",
    regex.V1,
)
QUOTED_FIELD = regex.compile(r'\s*"((?:[^"]|"")*+)"\s*')
CODE = regex.compile(r"[\p{Latin}০-৯]++(?:[.,][\p{Latin}০-৯]++)*+")
LATIN = regex.compile(r"\p{Latin}")
WORDLIKE = regex.compile(r"[\p{L}\p{M}\p{N}⟨]")
DIGITS = regex.compile(r"[0-9]+(?:[.,:][0-9]+)*")
# Case endings, plurals, classifiers and emphatics that attach to a stem, longest first. Those with য় (ঢাকায়) are not
# among them: the models were trained on such words whole.
SUFFIXES = (
    "গুলোতে", "গুলিতে", "গুলোকে", "গুলিকে", "গুলোর", "গুলির", "দেরকে", "গুলো", "গুলি", "টিকে", "টাকে", "টির", "টার",
    "টিতে", "টাতে", "েরা", "দের", "েতে", "কে", "তে", "রা", "ের", "টি", "টা", "র", "এর", "ে", "ও", "ই",
)  # fmt: skip
WEAK = frozenset({"র", "ে", "ও", "ই", "টা", "রা", "তে"})
"""Suffixes that are often the end of a stem: they are cut only where the stem is frequent itself."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `form` as the model sees it, `start:end` its place in the text (code points), `value` of a number."""

    form: str
    start: int
    end: int
    value: str = ""
    known: str = ""
    """The form that the phrase table knows it by, where it does not know its own."""

    @property
    def tag(self) -> bool:
        """Whether it names an account or a topic of a social network: an address, which no translation changes."""
        return len(self.form) > 1 and self.form.strip(JOINER)[:1] in "@#"

    @property
    def literal(self) -> str:
        """The form with a number's own digits in place of its class."""
        return self.form.replace(NUMBER, self.value).replace(YEAR, self.value)


def plain(text: str) -> str:
    """One spelling for one word: single code points for য় ড় ঢ়, straight quotes and hyphens, no zero-width marks."""
    for old, new in NUKTA:
        text = text.replace(old, new)
    text = text.translate(SAME)
    return text if "\u200d" not in text else regex.sub(r"(?<!র)\u200d", "", text)


def number_class(digits: str) -> str:
    """The class of an ASCII number, or the number itself when it has one digit (those have word forms)."""
    if len(digits) == 4 and digits.isdecimal() and digits[0] in "12":  # noqa: PLR2004 (a year has four digits)
        return YEAR
    return NUMBER if len(digits) > 1 else digits


@cache
def class_of(literal: str) -> str:
    """The form that the model sees of a literal token: numbers by their class."""
    body = literal.strip(JOINER)
    return literal.replace(body, number_class(body)) if DIGITS.fullmatch(body) else literal


def write_number(value: str, language: str) -> str:
    """An ASCII number in the digits of a language."""
    return value.translate(TO_BENGALI) if language == "bn" else value


def write_codes(text: str) -> str:
    """A Bengali text whose codes in Latin letters have Latin digits (H5N1, not H৫N১); as long as before."""
    return CODE.sub(lambda run: run[0].translate(TO_ASCII) if LATIN.search(run[0]) else run[0], text)


def tokenize(text: str) -> list[Token]:
    """Cut a text into tokens with their places; words of both scripts, punctuation with joiners.

    A text that came out of a table with its quoting (RFC 4180: a field in quotation marks, those inside doubled) is
    read as what stands in the field.
    """
    body = QUOTED_FIELD.fullmatch(text)
    inside = body.span(1) if body and '""' in body[1] else (0, len(text))
    spans = [(m.start(), m.end()) for m in PIECE.finditer(text, *inside) if plain(m.group())]
    return [_token(text, spans, k) for k in range(len(spans))]


def _token(text: str, spans: Sequence[tuple[int, int]], k: int) -> Token:
    start, end = spans[k]
    form = plain(text[start:end])
    form = '"' if form.startswith('""') else form
    digits = form.translate(TO_ASCII)
    value = digits if DIGITS.fullmatch(digits) else ""
    form = number_class(value) if value else form
    before = k > 0 and spans[k - 1][1] == start
    if WORDLIKE.search(form):  # a word carries no joiner, unless it follows another word without a space
        glued = before and (form == "'s" or _word_at(text, spans[k - 1]))
        return Token(JOINER + form if glued else form, start, end, value)
    after = k + 1 < len(spans) and spans[k + 1][0] == end and _word_at(text, spans[k + 1])
    left = JOINER if before or form in {"।", "॥"} else ""
    return Token(left + form + (JOINER if after and form not in {"।", "॥"} else ""), start, end)


def _word_at(text: str, span: tuple[int, int]) -> bool:
    """Whether the piece at a span is a word or a number: those leave the joiner to the punctuation between them."""
    return WORDLIKE.search(text[span[0] : span[1]]) is not None


def join(forms: Iterable[str]) -> str:
    """Write token forms as text: the inverse of reading."""
    text = ""
    glue = True
    for form in forms:
        body = form.strip(JOINER)
        text += body if glue or form.startswith(JOINER) else " " + body
        glue = form.endswith(JOINER)
    return text


class Splitter:
    """Cuts Bengali words into a known stem and a suffix; the same decision for a word wherever it stands."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """`counts`: how often each form stands in the training text."""
        self._counts = counts
        self._known: dict[str, tuple[str, str] | None] = {}

    def cut(self, form: str) -> tuple[str, str] | None:
        """Stem and suffix, or None for a word that stays whole."""
        if form not in self._known:
            self._known[form] = self._cut(form)
        return self._known[form]

    def _cut(self, form: str) -> tuple[str, str] | None:
        count = self._counts.get(form, 0)
        for suffix in SUFFIXES:
            stem = form[: -len(suffix)]
            if not form.endswith(suffix) or len(stem) < 2 or stem[-1] == "\u09cd":  # noqa: PLR2004 (no one-letter stems)
                continue
            if self._counts.get(stem, 0) >= max(3, count * (0.5 if suffix in WEAK else 0.05)):
                return stem, suffix
        return None

    def tokens(self, tokens: Sequence[Token]) -> list[Token]:
        """Replace every cuttable token by its stem and its suffix, each with its place."""
        out: list[Token] = []
        for token in tokens:
            cut = None if token.value or token.form.startswith(JOINER) else self.cut(token.form)
            if cut is None:
                out.append(token)
                continue
            middle = max(token.start + 1, token.end - len(cut[1]))
            out += [Token(cut[0], token.start, middle), Token(JOINER + cut[1], middle, token.end)]
        return out


def counter(texts: Iterable[str], fold: Callable[[str], str] = str) -> dict[str, int]:
    """How often each form stands in texts."""
    counts: dict[str, int] = {}
    for text in texts:
        for token in tokenize(text):
            form = fold(token.form)
            counts[form] = counts.get(form, 0) + 1
    return counts
