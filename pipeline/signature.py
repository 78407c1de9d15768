"""The recipe string of a run: everything that decides its output, in one line.

After sacreBLEU's signatures (Post, "A Call for Clarity in Reporting BLEU Scores", WMT 2018): whoever
reads a figure can see what made it, and two figures compare only when their recipes agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pipeline.errors import InputError

__all__ = ["fingerprint", "format_signature", "parse_signature"]

# Characters that separate fields, and the escape itself.
ESCAPES = {"%": "%25", "|": "%7C", ":": "%3A"}


def format_signature(recipe: Mapping[str, str]) -> str:
    """Join a recipe as `key:value|key:value`, in the mapping's order; `parse_signature` is its inverse."""
    return "|".join(f"{escape(key)}:{escape(value)}" for key, value in recipe.items())


def parse_signature(text: str) -> dict[str, str]:
    """Read a signature back.

    Raises:
        InputError: a field has no colon, or a key comes twice.
    """
    recipe: dict[str, str] = {}
    for item in text.split("|") if text else []:
        key, colon, value = item.partition(":")
        if not colon or unescape(key) in recipe:
            raise InputError(
                where="signature",
                found=f"the field {item!r}",
                expected="key:value fields joined by |, each key once",
                do="Copy the signature whole from a manifest.",
            )
        recipe[unescape(key)] = unescape(value)
    return recipe


def fingerprint(recipe: Mapping[str, str], *, length: int = 10) -> str:
    """Hexadecimal digest of a recipe, `length` digits: names the folder of a run, so that equal work meets itself."""
    return hashlib.sha256(format_signature(recipe).encode()).hexdigest()[:length]


def escape(text: str) -> str:
    """Percent-encode the separators."""
    return "".join(ESCAPES.get(char, char) for char in text)


def unescape(text: str) -> str:
    """Undo `escape`; the percent sign last, so that nothing is decoded twice."""
    for char, code in reversed(ESCAPES.items()):
        text = text.replace(code, char)
    return text
