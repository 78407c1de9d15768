"""Roles: who did it to whom, read off the objective case in Bengali and off places in English."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, get_args

import regex

from pipeline.checks.model import CheckConfig, Seen, Side, Terms, View
from pipeline.checks.names import consonants
from pipeline.languages import roles as facts
from pipeline.languages.sounds import ENGLISH_COMMON, ENGLISH_TITLES
from pipeline.text import key, words

__all__ = ["roles"]

_SKELETON: Final = 2  # consonants from which a name is recognised by its sound
_FAR: Final = 120  # characters between a verb and its receiver, in English also its subject
_NEXT: Final = 30  # characters between a receiver and its verb where the English side names no other
_TRIES: Final = 4  # names on either side of an English verb of which one may be its subject or object

# "unsure": without an ending where a later word may have it for both (প্রধানমন্ত্রী মোদিকে).
_Case = Literal["plain", "unsure", "objective", "other"]


@dataclass(frozen=True, slots=True)
class _Name:
    """A name on the English side that the Bengali side has as well."""

    start: int
    end: int
    known_as: tuple[str, ...]
    """What it is recognised by: its entry in the glossary, its sound."""
    first: int
    """Where the row of names begins that it ends: of “Prime Minister Modi”, of “India and China”."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where such a name stands on the Bengali side."""

    start: int
    end: int
    known_as: str
    case: _Case


# Who stands in the objective case around a verb; True where the verb follows it.
_Objects = dict[str, tuple[_Place, bool]]


@dataclass(frozen=True, slots=True)
class _Cast:
    """Everyone who may do or receive."""

    names: Sequence[_Name]
    objects: Sequence[_Place]
    """In the objective case, in order."""
    who: Mapping[_Case, frozenset[str]]
    """Who stands in a case anywhere."""

    def may_act(self, name: _Name) -> bool:
        """Whether a name may stand as a subject in Bengali."""
        return not (self.who["plain"] | self.who["unsure"]).isdisjoint(name.known_as)

    def only_acts(self, name: _Name) -> bool:
        """Whether a name stands without an ending, and nowhere in the objective case."""
        return not self.who["plain"].isdisjoint(name.known_as) and self.who["objective"].isdisjoint(name.known_as)


def _any(values: Iterable[str]) -> str:
    return "|".join(regex.escape(value) for value in sorted(values, key=len, reverse=True))


@cache
def _verbs() -> tuple[tuple[regex.Pattern[str], regex.Pattern[str]], ...]:
    """The Bengali and the English pattern of every verb."""
    made = []
    for bengali, english in facts.ROLE_VERBS:
        stem = rf"(?<![\p{{L}}\p{{M}}])(?:{_any(map(key, bengali))})(?![\p{{L}}\p{{M}}]*{facts.OBLIGATION})"
        forms = {form + end for form in english for end in ("", "s", "es")}
        made.append((regex.compile(stem), regex.compile(rf"\b(?:{_any(forms)})\b")))
    return tuple(made)


# Of English: what may stand between a subject and its verb, before a subject, and behind a verb.
_ASIDE: Final = r'(?:,[^,.;:?!"]+,| \([^()]+\))?'
_HELPERS: Final = rf"{_any(facts.HELPERS)}|\p{{L}}+ly|on \p{{Lu}}\p{{L}}+day|in an?(?: \p{{Ll}}+){{1,2}}"
_TO_ACTIVE: Final = regex.compile(rf"{_ASIDE}(?: (?:{_HELPERS}))* ")
_TO_PASSIVE: Final = regex.compile(rf"{_ASIDE}(?: (?:{_HELPERS}|{_any(facts.AUXILIARIES)}))* ")
_PREPOSITION: Final = rf"(?i:\b(?:{_any(facts.PREPOSITIONS)}))"
_BELONGS: Final = regex.compile(rf"{_PREPOSITION}(?: (?:the|an?|his|her|its|new|former|\p{{Lu}}[^\s,;:]*))* $")
_OBJECT: Final = regex.compile(rf""" (?!(?:{_any(facts.NO_OBJECT)})\b)['"]?[\p{{L}}\p{{N}}]""")
_OBJECT_END: Final = regex.compile(rf'[.,;:?!"]|\b(?:{_any(facts.NO_OBJECT)})\b')
_PARTICIPLE: Final = ("ed", "beaten")
_PERFECT: Final = regex.compile(r"\b(?:has|have|had)(?: \p{L}+ly)? $")
_BY: Final = " by "
_GOES_ON: Final = regex.compile(r"[ -]\p{Lu}")

# Of Bengali: an ending apart from its name or on a later word, and what parts an object from its verb.
_OBJECTIVE: Final = rf"{facts.OBJECTIVE}(?![\p{{L}}\p{{M}}])"
_LATER: Final = regex.compile(rf'(?:[-"]|(?:{_any(facts.JOINS)})[\p{{L}}\p{{M}}]+?){_OBJECTIVE}')
_APPOSITION: Final = regex.compile(rf"(?: [\p{{L}}\p{{M}}.]+?){{1,3}}{_OBJECTIVE}")
_SENTENCE_END: Final = regex.compile(r"[।॥?!\n]")
_PARTED: Final = regex.compile(rf"{_SENTENCE_END.pattern}|{_OBJECTIVE}")


def roles(view: View, config: CheckConfig) -> Iterator[Seen]:
    """Doer and receiver change places.

    পুতিনকে অভিনন্দন জানালেন মোদি against "Putin congratulated Modi". Speaks when a name that only stands in the
    objective case does it in English, to one that stands without a case ending or to nobody with a name.
    """
    del config
    english, bengali = (view.source, view.target) if view.source.language == "en" else (view.target, view.source)
    if facts.OBJECTIVE not in bengali.key:
        return
    common = [(stem, form) for stem, form in _verbs() if stem.search(bengali.key) and form.search(english.key)]
    if not common:
        return
    cast = _cast(view, english.key, bengali.key)
    for stem, form in common:
        objects = _done_to(stem, bengali.key, cast.objects)
        for verb in form.finditer(english.key) if objects else ():
            if found := _exchanged(english.key, verb, cast, objects):
                yield _seen(view, (english, bengali), verb[0], found)


def _seen(view: View, sides: tuple[Side, Side], verb: str, found: tuple[_Name, _Place]) -> Seen:
    (english, bengali), (doer, place) = sides, found
    here, there = english.span(doer.start, doer.end), bengali.span(place.start, place.end)
    does, objective = english.text[slice(*here)], bengali.text[slice(*there)]
    source, target = (here, there) if english is view.source else (there, here)
    message = f"In English “{does}” is who does it (“{verb}”); in Bengali “{objective}” is whom it is done to."
    return Seen(message, source, target, {"verb": verb, "does": does, "objective": objective})


def _exchanged(text: str, verb: regex.Match[str], cast: _Cast, objects: _Objects) -> tuple[_Name, _Place] | None:
    """The doer in English and where it receives in Bengali; None when all is well or cannot be told."""
    doer, receiver = _parts(text, verb, cast.names)
    found = next((objects[name] for name in doer.known_as if name in objects), None) if doer else None
    if doer is None or found is None or cast.may_act(doer):
        return None
    place, next_to = found
    sure = cast.only_acts(receiver) if receiver else next_to and verb[0] not in facts.DOUBTFUL_FORMS
    return (doer, place) if sure else None


def _parts(text: str, verb: regex.Match[str], names: Sequence[_Name]) -> tuple[_Name | None, _Name | None]:
    """Who does it and to whom, by the places of names around an English verb; None where it cannot be told."""
    participle = verb[0].endswith(_PARTICIPLE) and not _PERFECT.search(text, max(0, verb.start() - _FAR), verb.start())
    if participle and text.startswith(_BY, verb.end()):
        return _object(text, verb.end() + len(_BY), names), _subject(text, verb, names, _TO_PASSIVE)
    if participle and not _OBJECT.match(text, verb.end()):
        return None, None  # Khan accused of murder; Iran warned not to attack
    return _subject(text, verb, names, _TO_ACTIVE), _object(text, verb.end(), names)


def _subject(text: str, verb: regex.Match[str], names: Sequence[_Name], between: regex.Pattern[str]) -> _Name | None:
    """The name before a verb with nothing but an aside, helping verbs and adverbs between the two."""
    at = bisect_right(names, verb.start(), key=lambda name: name.end)
    for name in reversed(names[max(0, at - _TRIES) : at]):
        if verb.start() - name.end <= _FAR and between.fullmatch(text, name.end, verb.start()):
            belongs = _BELONGS.search(text, max(0, name.first - _FAR), name.first)
            return None if belongs or _owns(text, name) else name
    return None


def _object(text: str, start: int, names: Sequence[_Name]) -> _Name | None:
    """The first name behind a verb, before any preposition and the end of the clause."""
    end = _OBJECT_END.search(text, start, start + _FAR)
    stop = end.start() if end else start + _FAR
    at = bisect_left(names, start, key=lambda name: name.start)
    near = (name for name in names[at : at + _TRIES] if name.start < stop and not _owns(text, name))
    return next(near, None)


def _owns(text: str, name: _Name) -> bool:
    """Whether a name is an owner: with its 's, or an apostrophe alone."""
    return text.endswith(("'s", "'"), name.start, name.end) or text.startswith("'", name.end)


def _done_to(stem: regex.Pattern[str], text: str, objects: Sequence[_Place]) -> _Objects:
    """Who stands in the objective case around a verb, in the same sentence."""
    found: _Objects = {}
    for verb in stem.finditer(text):
        first = bisect_left(objects, verb.start() - _FAR, key=lambda place: place.end)
        last = bisect_right(objects, verb.end() + _FAR, key=lambda place: place.start)
        for place in objects[first:last]:
            start, end = sorted((place.end, verb.start()))
            next_to = place.end <= verb.start() <= place.end + _NEXT and not _PARTED.search(text, start, end)
            if next_to or (place.known_as not in found and not _SENTENCE_END.search(text, start, end)):
                found[place.known_as] = place, next_to
    return found


def _cast(view: View, english: str, bengali: str) -> _Cast:
    """The names that both sides have: of the glossary, and those that sound alike."""
    names = list(_english_names(view, english))
    known = {one for name in names for one in name.known_as}
    places = list(_bengali_places(view.termbase, bengali, known))
    who = {case: frozenset(place.known_as for place in places if place.case == case) for case in get_args(_Case)}
    there = frozenset().union(*who.values())
    names = [name for name in names if not there.isdisjoint(name.known_as) and not _GOES_ON.match(english, name.end)]
    objects = sorted((place for place in places if place.case == "objective"), key=lambda place: place.end)
    return _Cast(names, objects, who)


def _english_names(view: View, text: str) -> Iterator[_Name]:
    """Names on the English side in order, each with where its row begins."""
    found = {start: (end, (sound,)) for start, end in words(text, "en") if (sound := _sound(text[start:end]))}
    for entry, start, end in _terms(view, text):
        inside = [found.pop(at)[1] for at in range(start, end) if at in found]
        surname = inside[-1] if inside and view.termbase and view.termbase.entries[entry].type == "person" else ()
        found[start] = end, (entry, *surname)
    last, first = -1, 0
    for start, (end, known_as) in sorted(found.items()):
        first = first if last >= 0 and text[last:start] in {" ", " and "} else start
        yield _Name(start, end, known_as, first)
        last = end


def _terms(view: View, text: str) -> Iterator[tuple[str, int, int]]:
    """Where the English side has entries of the glossary that the source has."""
    if view.termbase is None:
        return
    for entry in dict.fromkeys(match.entry for match in view.pair.matches):
        if entry in view.termbase.entries:
            yield from ((entry, start, end) for start, end in view.termbase.present(entry, text, "en"))


def _sound(word: str) -> str:
    """The consonants of an English word that may be a name, else nothing."""
    if not word[0].isupper() or word.lower() in ENGLISH_COMMON | ENGLISH_TITLES:
        return ""
    sound = consonants(word)
    return sound if len(sound) >= _SKELETON else ""


def _bengali_places(base: Terms | None, text: str, known: set[str]) -> Iterator[_Place]:
    """Where the names of the English side stand in Bengali, with the case that their form has."""
    for start, end in words(text, "bn"):
        form = text[start:end].replace(facts.YA_PHALA, "")
        stem = form.removesuffix(facts.OBJECTIVE)
        if stem and stem != form and (sound := consonants(stem)) in known:
            yield _Place(start, end, sound, "objective")
        elif form and (sound := consonants(form)) in known:
            yield _Place(start, end, sound, _plain(text, end))
    if base is None:
        return
    for entry in known & set(base.entries):
        title = base.entries[entry].type == "title"
        for start, end in base.present(entry, text, "bn"):
            case = _case(base, entry, text[start:end]) or _plain(text, end, title=title)
            yield _Place(start, end, entry, case)


def _case(base: Terms, entry: str, form: str) -> _Case | None:
    """The case of a rendering with an ending: it is one if the term stands without it (ভারতকে, but not ইরাকে)."""
    if _inflected(base, entry, form, (facts.OBJECTIVE,)):
        return "objective"
    return "other" if _inflected(base, entry, form, facts.CASES) else None


def _inflected(base: Terms, entry: str, form: str, endings: Iterable[str]) -> bool:
    stems = [form.removesuffix(key(ending)) for ending in endings]
    return any(stem != form and base.present(entry, stem, "bn") for stem in stems)


def _plain(text: str, end: int, *, title: bool = False) -> _Case:
    """The case of a form without an ending: it may follow (ট্রাম্প-কে), a later word may have it for both."""
    if _LATER.match(text, end):
        return "objective"
    return "unsure" if title and _APPOSITION.match(text, end) else "plain"
