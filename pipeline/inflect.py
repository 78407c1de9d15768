"""How a term changes its ending: Bengali case endings and English possessive and plural, read and written.

Matching asks what stands behind a term (`suffix_at`); enforcement asks what an ending means (`function_of`)
and how the required term takes it (`inflect`). A function is a "+"-joined list of parts in the order in which
Bengali stacks them: plural or definite, then genitive, objective or locative, then also or emphatic. The
bare form is "". English marks only plural and genitive; the other functions leave an English term as it is.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import regex

from pipeline.records import Language
from pipeline.text import key

__all__ = ["another_word", "decompose", "final_of", "function_of", "inflect", "suffix_at"]

_HUMAN: Final = frozenset({"person", "title"})
_VOWELS: Final = (
    "\u0985\u0986\u0987\u0988\u0989\u098a\u098b\u098f\u0990\u0993\u0994"  # independent অ to ঔ
    "\u09be\u09bf\u09c0\u09c1\u09c2\u09c3\u09c7\u09c8\u09cb\u09cc"  # vowel signs া to ৌ
)
_OPEN: Final = "\u09be\u0986\u09cb\u0993"  # া আ ো ও: the locative is য়
_GLIDE: Final = "\u0987\u0989"  # independent ই উ, as in মুম্বাই: the genitive is য়ের
_NASAL: Final = "\u0982\u0983"  # ANUSVARA, VISARGA
_CHANDRABINDU: Final = "\u0981"

# Endings that attach without a hyphen, by the final sound of the term. What is missing belongs to another
# word: "চিনতে" is "to recognise", never চিন with a locative, which is চিনে.
_CASES: Final[dict[str, str]] = {
    "consonant": "ের|কে|েতে|ে|েরা|রা|(?:ে)?দের(?:কে)?",
    "open": "র|য়ের|কে|তে|য়|রা|য়েরা|দের(?:কে)?|য়েদের(?:কে)?",
    "vowel": "র|য়ের|কে|তে|রা|য়েরা|দের(?:কে)?|য়েদের(?:কে)?",
    "glide": "র|য়ের|কে|তে|য়ে|রা|য়েরা|দের(?:কে)?|য়েদের(?:কে)?",
    "nasal": "য়ের|এর|ের|কে|য়ে|এ|তে|রা|য়েরা|দের(?:কে)?",
    "other": "র|এর|ের|য়ের|কে|তে|েতে|এ|ে|য়|রা|এরা|েরা|(?:এ|ে)?দের(?:কে)?",
}
_OPEN_COUNTERS: Final = "গুলি|গুলো|গুলা|টি|টা|টুকু|খানা|খানি"
_CLOSED_COUNTERS: Final = "সমূহ|গণ|বৃন্দ"
_COUNTED: Final = f"(?:{_OPEN_COUNTERS})(?:র|কে|তে|য়)?|(?:{_CLOSED_COUNTERS})(?:ের|কে|ে)?"
_ANY_CASE: Final = "য়েদেরকে|য়েদের|এদেরকে|েদেরকে|এদের|েদের|দেরকে|দের|য়েরা|এরা|েরা|য়ের|এর|ের|েতে|রা|কে|তে|য়ে|এ|ে|য়|র"
_BOUND: Final = "সহ|ভুক্ত|ভিত্তিক|স্থ|গামী"  # with, belonging to, based in, situated in, bound for
_JOINT: Final = "(?: ?-|')"
_EDGE: Final = r"(?![\p{L}\p{M}\p{N}_])"

_ENGLISH: Final[dict[str, str]] = {
    "plain": rf"(?:s'|'s|s)?{_EDGE}",
    "sibilant": rf"(?:es'|'s|es|')?{_EDGE}",
    "plain-name": rf"(?:'s)?{_EDGE}",
    "sibilant-name": rf"(?:'s|')?{_EDGE}",
    "whole": rf"'?{_EDGE}",
}
_SIBILANTS: Final = ("s", "x", "z", "ch", "sh")

_FUNCTIONS: Final[tuple[tuple[str, str], ...]] = (
    ("গুলি|গুলো|গুলা|সমূহ|গণ|বৃন্দ", "plural"),
    ("টি|টা|টুকু|খানা|খানি", "definite"),
    ("য়েদেরকে|এদেরকে|েদেরকে|দেরকে", "plural+objective"),
    ("য়েদের|এদের|েদের|দের", "plural+genitive"),
    ("য়েরা|এরা|েরা|রা", "plural"),
    ("য়ের|এর|ের|র", "genitive"),
    ("কে", "objective"),
    ("েতে|তে|য়ে|এ|ে|য়", "locative"),
    ("সহ", "with"),
    ("ভুক্ত", "member"),
    ("ভিত্তিক", "based"),
    ("স্থ", "situated"),
    ("গামী", "bound"),
    ("জি|জী", "honorific"),
    ("ও", "also"),
    ("ই", "emphatic"),
)
_ENGLISH_FUNCTIONS: Final[dict[str, str]] = {
    "": "", "'s": "genitive", "'": "genitive", "s": "plural", "es": "plural", "ies": "plural",
    "s'": "plural+genitive", "es'": "plural+genitive", "ies'": "plural+genitive",
}  # fmt: skip


def final_of(term: str, language: Language, *, term_type: str = "term") -> str:
    """The class of a term's end that decides which endings it takes; a key for `suffix_at`."""
    return _bengali_final(term, term_type) if language == "bn" else _english_final(term, term_type)


def _bengali_final(term: str, term_type: str) -> str:
    """consonant, open, vowel, glide, nasal or other (digits, Latin, a full stop); acronyms and people are marked."""
    last = key(term).rstrip(_CHANDRABINDU)[-1:]
    if last in _NASAL:
        sound = "nasal"
    elif last in _OPEN:
        sound = "open"
    elif last in _GLIDE:
        sound = "glide"
    elif last in _VOWELS:
        sound = "vowel"
    else:
        sound = "consonant" if "\u0995" <= last <= "\u09df" else "other"
    return f"{sound} {term_type}" if term_type in {"acronym", "person"} else sound


def _english_final(term: str, term_type: str) -> str:
    """Plain or sibilant; names take no plural, because "Indias" is never meant."""
    sound = "sibilant" if term.lower().endswith(_SIBILANTS) else "plain"
    return f"{sound}-name" if term_type in {"person", "place"} else sound


@cache
def _bengali_ending(final: str) -> regex.Pattern[str]:
    """What may stand behind a term of this class, up to the edge of the word; the empty ending included.

    A bare acronym takes no emphatic ই or ও and no এ without a hyphen: they are letter names (পিএম, পিএমও).
    """
    sound, _, kind = final.partition(" ")
    acronym = kind == "acronym"
    cases = "|".join(f for f in _CASES[sound].split("|") if not acronym or f != "এ")
    attached = f"(?:{_COUNTED}|{cases})[ইও]?"
    alone = "" if acronym else "|[ইও]"
    joined = f"{_JOINT}(?:(?:{_COUNTED}|{_ANY_CASE})[ইও]?|[ইও])"
    honoured = f"|-?(?:জি|জী)(?:{_CASES['vowel']})?[ইও]?" if kind == "person" else ""
    return regex.compile(key(f"(?:{attached}{alone}|{joined}{honoured}|-?(?:{_BOUND}))?") + _EDGE)


# Words of their own that would read as a name with an ending.
_OTHER_WORDS: Final = (
    "ব্যাংককে|ব্যাঙ্ককে",  # to the bank, not in Bangkok
    "সোলের?",  # of a sole, not Seoul's
    "ঢাকাই",  # the adjective (ঢাকাই জামদানি)
    "চিনে(?= (?:নে|নি|ফে|রাখ|উঠ))",  # recognising, not in China
    "(?<=র |এক )কাতারে",  # in the ranks of, not in Qatar
)


@cache
def _other_words() -> regex.Pattern[str]:
    return regex.compile(key(f"(?:{'|'.join(_OTHER_WORDS)}){_EDGE}"))


def another_word(text: str, start: int, end: int) -> bool:
    """Whether what reads as a name with an ending is a word of its own where it stands.

    Args:
        text: a match key of Bengali text.
        start: of the name.
        end: of the ending.
    """
    match = _other_words().match(text, start)
    return match is not None and match.end() == end


@cache
def _english_ending(final: str) -> regex.Pattern[str]:
    """Plural and possessive for this class, up to the edge of the word."""
    return regex.compile(_ENGLISH[final])


def suffix_at(text: str, index: int, *, language: Language, final: str) -> int | None:
    """Where the ending that begins at `index` stops; `index` itself for a bare term, None inside a word.

    Args:
        text: a match key (`pipeline.text.key`), any case.
        index: the offset behind the term.
        language: of the ending, not of the term: Latin terms in Bengali text take Bengali endings.
        final: the term's class from `final_of`.
    """
    ending = _bengali_ending(final) if language == "bn" else _english_ending(final)
    match = ending.match(text, index)
    return match.end() if match else None


@cache
def _pieces() -> regex.Pattern[str]:
    """One alternation over all endings, each group named by its place in `_FUNCTIONS`."""
    return regex.compile("|".join(f"(?P<f{n}>{key(forms)})" for n, (forms, _) in enumerate(_FUNCTIONS)))


def function_of(suffix: str, *, language: Language = "bn") -> str:
    """What an ending says: "genitive" for -এর and for 's, "plural+genitive" for -গুলির, "" for nothing.

    An ending that is not known is "" too: the caller then uses the bare term, which is never wrong in meaning.
    """
    plain = key(suffix, case=False).strip()
    if language == "en":
        return _ENGLISH_FUNCTIONS.get(plain, "")
    names: list[str] = []
    rest = plain.lstrip("-' ")
    while rest:
        match = _pieces().match(rest)
        if not match or not match.lastgroup:
            return ""
        names.append(_FUNCTIONS[int(match.lastgroup[1:])][1])
        rest = rest[match.end() :]
    return "+".join(names)


def decompose(form: str, term: str, *, language: Language, term_type: str = "term") -> tuple[str, str] | None:
    """The ending of an inflected form of `term` and what it says, or None when it is no form of the term."""
    whole, stem = key(form), key(term)
    if not whole.startswith(stem):
        return _plural_in_y(whole, stem) if language == "en" else None
    final = final_of(term, language, term_type=term_type)
    if suffix_at(whole, len(stem), language=language, final=final) != len(whole):
        return None
    suffix = whole[len(stem) :]
    return suffix, function_of(suffix, language=language)


def _plural_in_y(whole: str, stem: str) -> tuple[str, str] | None:
    """Secretaries from Secretary."""
    if stem.endswith("y") and whole.startswith(stem[:-1]) and whole[len(stem) - 1 :] in {"ies", "ies'"}:
        suffix = whole[len(stem) - 1 :]
        return suffix, function_of(suffix, language="en")
    return None


def inflect(term: str, function: str, *, language: Language, term_type: str = "term") -> str:
    """The term in the form that a function asks for.

    Args:
        term: the bare term, in the target language.
        function: from `function_of`; parts that the language does not mark on the word are left out.
        language: the target language.
        term_type: glossary type; acronyms take a hyphen in Bengali, people take রা and দের.
    """
    if not function:
        return term
    parts = function.split("+")
    return _inflect_bengali(term, parts, term_type) if language == "bn" else _inflect_english(term, parts)


def _inflect_english(term: str, parts: list[str]) -> str:
    """Plural, then possessive; the head of "Minister of State" is what takes the plural."""
    plural = "plural" in parts
    if plural:
        head, joint, rest = _split_head(term)
        term = _english_plural(head) + joint + rest
    if "genitive" not in parts:
        return term
    return term + ("'" if (plural and term.endswith("s")) or _is_plural_name(term) else "'s")


def _split_head(term: str) -> tuple[str, str, str]:
    """Head, joint and complement: Minister| of |State, Secretary|-|General."""
    match = regex.search(r"( (?:of|for|to|in|d') ?|-General\b)", term)
    return (term[: match.start()], match[0], term[match.end() :]) if match else (term, "", "")


def _english_plural(word: str) -> str:
    """The regular plural."""
    if word.endswith("y") and word[-2:-1].lower() not in set("aeiou"):
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(_SIBILANTS) else "s")


def _is_plural_name(term: str) -> bool:
    """Names that are plural words take a bare apostrophe: United Nations', Foreign Affairs'."""
    return bool(regex.search(r"(?:Nations|States|Affairs|Emirates|Philippines|Netherlands|Maldives)$", term))


def _inflect_bengali(term: str, parts: list[str], term_type: str) -> str:
    """Endings in Bengali order; an acronym, a Latin word or a number takes them behind a hyphen."""
    final = _bengali_final(term, "term")
    hyphen = "-" if term_type == "acronym" or final == "other" else ""
    sound = final
    out = ""
    if "plural" in parts and term_type in _HUMAN and not hyphen:
        return term + _human_plural(parts, sound) + _emphasis(parts)
    if "plural" in parts or "definite" in parts:
        out, sound = ("গুলি" if "plural" in parts else "টি"), "vowel"
    return (
        term
        + hyphen * bool(out or _marked(parts))
        + out
        + _case(parts, sound, hyphened=bool(hyphen and not out))
        + _emphasis(parts)
    )


def _marked(parts: list[str]) -> bool:
    """Whether any ending that Bengali writes is asked for."""
    return bool({"genitive", "objective", "locative", "also", "emphatic", "with"} & set(parts))


def _emphasis(parts: list[str]) -> str:
    """The last ending: ও (also), ই (emphatic) or সহ (with)."""
    return next((form for name, form in (("also", "ও"), ("emphatic", "ই"), ("with", "সহ")) if name in parts), "")


def _human_plural(parts: list[str], sound: str) -> str:
    """রা for the subject, দের and দেরকে for the rest."""
    if "objective" in parts:
        return "দেরকে"
    if "genitive" in parts:
        return "দের"
    return "েরা" if sound == "consonant" else "রা"


def _case(parts: list[str], sound: str, *, hyphened: bool) -> str:
    """The case ending for a final sound."""
    if "genitive" in parts:
        return _GENITIVE_HYPHENED.get(sound, "র") if hyphened else _GENITIVE[sound]
    if "objective" in parts:
        return "কে"
    if "locative" in parts:
        return _LOCATIVE_HYPHENED.get(sound, "তে") if hyphened else _LOCATIVE[sound]
    return ""


_GENITIVE: Final = {"consonant": "ের", "open": "র", "vowel": "র", "glide": "য়ের", "nasal": "য়ের", "other": "এর"}
_GENITIVE_HYPHENED: Final = {"consonant": "এর", "nasal": "এর", "other": "এর"}
_LOCATIVE: Final = {"consonant": "ে", "open": "য়", "vowel": "তে", "glide": "তে", "nasal": "য়ে", "other": "এ"}
_LOCATIVE_HYPHENED: Final = {"consonant": "এ", "nasal": "এ", "other": "এ"}
