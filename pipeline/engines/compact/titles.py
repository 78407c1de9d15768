"""Titles before names are written large, as English newspapers have them: President Tokayev, but the president.

The language model decides the case of a word by what stands around it, and has seldom seen a title before just this
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from pipeline.engines.compact.smt import Word
from pipeline.engines.compact.text import JOINER

__all__ = ["without_articles", "write_titles"]

TITLES: Final = (
    "president", "minister", "chancellor", "premier", "ambassador", "secretary-general", "secretary", "commissioner",
    "king", "queen", "prince", "princess", "governor", "speaker", "general", "adviser", "crown prince",
)  # fmt: skip
FIELDS: Final = (
    "prime", "foreign", "external affairs", "external", "affairs", "defence", "defense", "home", "interior", "finance",
    "commerce", "trade", "education", "health", "law", "information", "additional", "senior", "vice", "deputy prime",
    "deputy", "chief", "high", "press", "attorney", "secretary",
)  # fmt: skip
NO_NAME: Final = (
    "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|"
    "September|October|November|December|Minister|President|Secretary|Assembly|Elections?|Council|Manager|Staff|Post|"
    "The|In|On|At|He|She|They|It|This|But|And|I|X|English|Motors|Electric"
)
NAME: Final = rf"(?= (?!(?:{NO_NAME})\b)\p{{Lu}}[\p{{Ll}}.\s])"
TITLE: Final = regex.compile(rf"(?<![\p{{L}}-])(?i:(?:(?:{'|'.join(FIELDS)}) ){{0,4}}(?:{'|'.join(TITLES)})){NAME}")
PERSON: Final = regex.compile(rf"(?!(?i:king|queen|prince|princess|general)\b)(?:{TITLE.pattern})")
"""The King Fahd Airport, the Princess Street, the General Hospital keep theirs."""
AHEAD = 9
"""Words behind an article that may hold a title and the beginning of its name."""
WORD: Final = regex.compile(r"(?<![\p{L}])\p{Ll}")


def write_titles(text: str) -> str:
    """An English text with its titles large where a name follows; as long as before."""
    return TITLE.sub(lambda match: WORD.sub(lambda letter: letter[0].upper(), match[0]), text)


def without_articles(words: Sequence[Word]) -> list[Word]:
    """English words without "the" where a name follows, with its title or as an account: "the President Tokayev".

    Nor do two stand together: a term may bring its own.
    """
    said = [word.form.lower() == "the" for word in words]
    spare = [
        said[k] and not word.hint and (said[k + 1 : k + 2] == [True] or _titled(words[k + 1 : k + AHEAD]))
        for k, word in enumerate(words)
    ]
    return [word for word, left_out in zip(words, spare, strict=True) if not left_out]


def _titled(words: Sequence[Word]) -> bool:
    text = " ".join(word.form for word in words).replace(f" {JOINER}", "").replace(f"{JOINER} ", "")
    return text[:1] == "@" or PERSON.match(text) is not None
