"""Setting a term into a finished translation so that the text around it stays fluent.

English asks for an article before some names and a capital at the start of a sentence; Bengali asks for the
case ending that the replaced word carried. The term itself is never altered beyond that.
"""

from __future__ import annotations

from typing import Final

import regex

from pipeline.inflect import function_of, inflect
from pipeline.records import Language
from pipeline.translate.drafts import Edit
from pipeline.translate.locate import Place
from pipeline.translate.needs import Mention, Need

__all__ = ["fit", "force", "inflected", "takes_the"]

# Acronyms read as a word are names without an article; those read letter by letter take "the".
_WORD_ACRONYMS: Final = regex.compile(
    "AIIMS|ASEAN|AUKUS|BIMSTEC|BRICS|DRDO|INTERPOL|ISRO|MERCOSUR|NAM|NASA|NATO|OPEC|SAARC|UNESCO|UNICEF"
)
_LETTERS: Final = regex.compile("[A-Z]{2,8}")
_HEADS: Final = regex.compile(
    r"\b(?:Agency|Alliance|Assembly|Association|Authority|Bank|Commission|Committee|Community|Council|Court|Department|"
    r"Embassy|Forum|Foundation|Fund|Ministry|Movement|Nations|Organi[sz]ation|Office|Programme|Secretariat|States|Union)\b"
)
_PREPOSITIONS: Final = regex.compile(
    "of|in|at|to|by|with|for|from|on|within|under|between|against|into|through", regex.IGNORECASE
)
_ARTICLE_BEFORE: Final = regex.compile(r"(?:^|(?<=\s))(a|an)\s+$", regex.IGNORECASE)
_LAST_WORD: Final = regex.compile(r"([\p{L}\p{M}]+)\s+$")
_SENTENCE_START: Final = regex.compile(r"(?:^|[.!?।:]\s)[\s\"'“‘(\[]*$")
_OPENERS: Final = "([{“‘\"'-/–—@#"
_GENITIVE: Final = regex.compile(r"['’]s?$")
# Endings long enough not to be the end of a stem; a lone র or এ is one only behind a hyphen.
_ENDINGS: Final = regex.compile(r"(?:[- ]-?(?:র|এর|এ|তে|কে)|য়েদের|দের|য়ের|েতে|ের|কে|তে)[ইও]?$")


def fit(text: str, place: Place, *, mention: Mention, form: str, language: Language) -> Edit:
    """The edit that puts a form of a term in a place, inflected as the words that stood there."""
    start, end = _swallow(text, (place.start, place.end), form)
    gone = text[place.start : place.end]
    function = _bengali_function(gone, mention) if language == "bn" else _english_function(gone, form)
    new = inflect(form, function, language=language, term_type=mention.need.type)
    return _set(text, (start, end), new=new, need=mention.need, language=language)


def inflected(mention: Mention, language: Language) -> str:
    """The target form with the ending that the source asks for: SCO's → এসসিও-র.

    Bengali endings of the source have no one English counterpart ("SCO's", "of the SCO"): English stays bare.
    """
    if language == "en":
        return mention.target
    return inflect(mention.target, _bengali_function("", mention), language="bn", term_type=mention.need.type)


def force(text: str, start: int, *, need: Need, form: str, language: Language) -> str:
    """The text up to a place with a bare form behind it: a prefix that the engine goes on from, ending included."""
    edit = _set(text[:start], (start, start), new=form, need=need, language=language)
    return text[: edit.start] + edit.new


def _set(text: str, span: tuple[int, int], *, new: str, need: Need, language: Language) -> Edit:
    """The edit with article, capital and spaces."""
    head, start = _lead(text, span[0], form=new, need=need, language=language)
    before, after = text[:start], text[span[1] :]
    left = " " if before and not (before[-1].isspace() or before[-1] in _OPENERS) else ""
    right = " " if after[:1].isalnum() else ""
    return Edit(start, span[1], left + _capital(before, head + new) + right)


def _lead(text: str, start: int, *, form: str, need: Need, language: Language) -> tuple[str, int]:
    """The words that must stand before a form at a place, and where they begin (an article may be replaced)."""
    if language == "bn":
        return "", start
    article = _ARTICLE_BEFORE.search(text, 0, start)
    definite = takes_the(form, need.type)
    if article:
        right = "the" if definite else ("an" if form[:1].lower() in "aeiou" else "a")
        right = right.capitalize() if article[1][0].isupper() else right
        return f"{right} ", article.start(1)
    word = _LAST_WORD.search(text, 0, start)
    if definite and word and _PREPOSITIONS.fullmatch(word[1]):
        return "the ", start
    return "", start


def takes_the(form: str, term_type: str) -> bool:
    """Whether a name stands with the definite article in running English text."""
    if term_type not in {"acronym", "organisation"} or form.lower().startswith("the "):
        return False
    if _LETTERS.fullmatch(form):
        return not _WORD_ACRONYMS.fullmatch(form)
    return bool(_HEADS.search(form))


def _bengali_function(gone: str, mention: Mention) -> str:
    """The case that the replaced words carried, or else the one that the English source shows.

    Plural is the source's alone: আমাদের ("us", for a misread "US") must not make many Americas.
    """
    of_source = function_of(mention.suffix, language="en").split("+")
    ending = _ENDINGS.search(gone)
    parts = function_of(ending[0]).split("+") if ending else []
    parts = [part for part in parts if part and part != "plural"] or [p for p in of_source if p == "genitive"]
    return "+".join([*(["plural"] if "plural" in of_source else []), *parts])


def _english_function(gone: str, form: str) -> str:
    """A possessive stays one, and an adjective made of the name ("Central Asian") becomes one."""
    adjective = gone.endswith("n") and not form.endswith("n") and gone.casefold().startswith(form.casefold()[:-1])
    return "genitive" if adjective or _GENITIVE.search(gone) else ""


def _swallow(text: str, span: tuple[int, int], form: str) -> tuple[int, int]:
    """Widen a span over neighbours that the form says already: "Foreign [X] Minister" for "Foreign Minister"."""
    start, end = span
    words = form.casefold().split()
    before, after = _LAST_WORD.search(text, 0, start), regex.compile(r"\s+([\p{L}\p{M}]+)").match(text, end)
    if start == end or len(words) < 2:  # noqa: PLR2004 (a one-word form repeats nothing)
        return span
    if before and before[1].casefold() == words[0]:
        start = before.start(1)
    if after and after[1].casefold() == words[-1]:
        end = after.end(1)
    return start, end


def _capital(before: str, new: str) -> str:
    """A capital at the start of a sentence; Bengali letters have none and stay."""
    return new[:1].upper() + new[1:] if _SENTENCE_START.search(before) else new
