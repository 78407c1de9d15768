"""A toy engine without a model: word by word from a small dictionary, the same output for the same request.

It can do whatever a real engine can (alternatives, prefixes, attention links, hints), and it can be told to
render words wrongly, so that tests and demonstrations of enforcement need no model. Words that it does not know
are respelt letter by letter in the target script.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

from pipeline.errors import EngineError
from pipeline.records import Candidate, Direction, EngineInfo, Hint, Link, Request

__all__ = ["FEATURES", "FakeEngine", "load", "respell"]

FEATURES: Final = frozenset({"prefix", "n_best", "links", "score", "hints"})
_TOKEN: Final = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d'’@#_-]+|[^\s\p{L}\p{M}\p{N}]")
_OPENING: Final = "([{“‘"
_GLUED: Final = frozenset(".,;:!?।)]}”’…%")

# Renderings of words, best first; an alternative is what a lower candidate may say.
WORDS: Final[dict[Direction, dict[str, tuple[str, ...]]]] = {
    "bn-en": {
        "ভারত": ("India",), "ভারতের": ("India's", "of India"), "বিদেশ": ("foreign",), "মন্ত্রী": ("minister",),
        "প্রধানমন্ত্রী": ("prime minister", "premier"), "শীর্ষ": ("top", "summit"), "সম্মেলন": ("conference", "meeting"),
        "আজ": ("today",), "এবং": ("and",), "ও": ("and",), "বলেছেন": ("said",), "বৈঠক": ("meeting",), "।": (".",),
    },
    "en-bn": {
        "india": ("ভারত",), "india's": ("ভারতের",), "foreign": ("বিদেশ",), "minister": ("মন্ত্রী",), "and": ("এবং", "ও"),
        "said": ("বলেছেন",), "summit": ("শীর্ষ সম্মেলন",), "today": ("আজ",), "the": ("",), ".": ("।",),
    },
}  # fmt: skip

# Letter → its usual spelling in the other script; the inherent vowel is left out, joiners and hasanta are silent.
_LATIN_SPELLINGS: Final = (
    "অ=a আ=aa ই=i ঈ=i উ=u ঊ=u ঋ=ri এ=e ঐ=oi ও=o ঔ=ou ক=k খ=kh গ=g ঘ=gh ঙ=ng চ=ch ছ=chh জ=j ঝ=jh ঞ=n ট=t "
    "ঠ=th ড=d ঢ=dh ণ=n ত=t থ=th দ=d ধ=dh ন=n প=p ফ=ph ব=b ভ=bh ম=m য=j র=r ল=l শ=sh ষ=sh স=s হ=h ড়=r ঢ়=rh "
    "য়=y ৎ=t ং=ng ঃ=h ঁ=n া=a ি=i ী=i ু=u ূ=u ৃ=ri ে=e ৈ=oi ো=o ৌ=ou ০=0 ১=1 ২=2 ৩=3 ৪=4 ৫=5 ৬=6 ৭=7 ৮=8 "
    "৯=9 ।=. "
)
_BENGALI_SPELLINGS: Final = (
    "a=আ b=ব c=ক d=দ e=এ f=ফ g=গ h=হ i=ই j=জ k=ক l=ল m=ম n=ন o=ও p=প q=ক r=র s=স t=ত u=উ v=ভ w=ও x=ক্স "
    "y=য় z=জ 0=০ 1=১ 2=২ 3=৩ 4=৪ 5=৫ 6=৬ 7=৭ 8=৮ 9=৯ .=। "
)


def _table(spellings: str) -> dict[str, str]:
    """`"a=b c=d"` → `{"a": "b", "c": "d"}`."""
    return dict(pair.split("=") for pair in spellings.split())


@dataclass(frozen=True, slots=True)
class FakeEngine:
    """The toy as an engine; `words` add to the built-in dictionary, `features` say what it can do."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    features: frozenset[str] = FEATURES
    deaf: frozenset[str] = frozenset()
    """Hinted targets that it does not obey."""

    @property
    def info(self) -> EngineInfo:
        """Hash of the dictionary, so that a changed toy is a changed model."""
        text = repr((sorted(self.words.items()), sorted(self.deaf), sorted(WORDS.items())))
        return EngineInfo("fake", "dictionary", hashlib.sha256(text.encode()).hexdigest(), self.features)

    def translate(self, requests: Sequence[Request]) -> list[tuple[Candidate, ...]]:
        """Render each request on its own; see the protocol.

        Raises:
            EngineError: a direction other than bn-en and en-bn.
        """
        return [self._candidates(request) for request in requests]

    def _candidates(self, request: Request) -> tuple[Candidate, ...]:
        if request.direction not in WORDS:
            raise EngineError(
                where="engine fake", found=f"direction {request.direction!r}", expected="bn-en or en-bn",
                do="Choose one of the two directions.",
            )  # fmt: skip
        if not request.text.strip():
            return (Candidate("", self._score(0)),)
        units = self._units(request)
        wanted = request.n_best if "n_best" in self.features else 1
        found: dict[str, Candidate] = {}
        for rank, choice in enumerate(_choices(units)):
            candidate = self._write(units, choice, prefix=request.prefix, rank=rank)
            found.setdefault(candidate.text, candidate)
            if len(found) >= wanted:
                break
        return tuple(found.values())

    def _score(self, rank: int) -> float | None:
        return -0.1 * (rank + 1) if "score" in self.features else None

    def _units(self, request: Request) -> list[_Unit]:
        """Source tokens with their renderings; a hinted span is one unit."""
        hints = sorted(request.hints, key=lambda hint: hint.start) if "hints" in self.features else []
        units: list[_Unit] = []
        for token in _TOKEN.finditer(request.text):
            hint = next((h for h in hints if h.start < token.end() and token.start() < h.end), None)
            if hint is None or hint.target in self.deaf:
                renderings = self._render(token.group(), request.direction)
                units.append(_Unit(token.start(), token.end(), renderings))
            elif not units or units[-1].hint is not hint:
                units.append(_Unit(hint.start, hint.end, (hint.target,), hint))
        return units

    def _render(self, token: str, direction: Direction) -> tuple[str, ...]:
        folded = token.casefold()
        for table in (self.words, WORDS[direction]):
            if token in table or folded in table:
                return table.get(token) or table[folded]
        return (respell(token, direction),)

    def _write(self, units: Sequence[_Unit], choice: Sequence[int], *, prefix: str, rank: int) -> Candidate:
        """One candidate: the prefix as it is, then the units that the prefix does not cover."""
        prefix = prefix if "prefix" in self.features else ""
        text, links = prefix, []
        done = _covered(units, choice, prefix=prefix)
        for unit, pick in list(zip(units, choice, strict=True))[done:]:
            word = unit.renderings[pick]
            if word:
                gap = "" if not text or text[-1].isspace() or text[-1] in _OPENING or word in _GLUED else " "
                start = len(text) + len(gap)
                text = f"{text}{gap}{word}"
                links.append(Link(start, start + len(word), unit.start, unit.end, 1.0))
        return Candidate(text, self._score(rank), tuple(links) if "links" in self.features else ())


@dataclass(frozen=True, slots=True)
class _Unit:
    """A source span and its renderings, best first."""

    start: int
    end: int
    renderings: tuple[str, ...]
    hint: Hint | None = None


def _choices(units: Sequence[_Unit]) -> list[tuple[int, ...]]:
    """The best rendering of every unit, then each single step down from it."""
    best = (0,) * len(units)
    steps = [(k, pick) for k, unit in enumerate(units) for pick in range(1, len(unit.renderings))]
    return [best, *((*best[:k], pick, *best[k + 1 :]) for k, pick in steps)]


def _covered(units: Sequence[_Unit], choice: Sequence[int], *, prefix: str) -> int:
    """How many leading units the prefix already says; a part of it that no unit says stands for one unit."""
    at, done = 0, 0
    while at < len(prefix.rstrip()) and done < len(units):
        at += len(prefix[at:]) - len(prefix[at:].lstrip())
        words = [(k, prefix.find(units[k].renderings[choice[k]], at)) for k in range(done, len(units))]
        ahead = [(place, k) for k, place in words if place >= at and units[k].renderings[choice[k]]]
        if not ahead:
            silent = next((k for k in range(done, len(units)) if units[k].renderings[choice[k]]), done)
            return silent + 1
        place, k = min(ahead, key=lambda pair: (pair[1], pair[0]))
        at, done = place + len(units[k].renderings[choice[k]]), k + 1
    return done


def respell(token: str, direction: Direction) -> str:
    """A word in the other script, letter by letter; what has no letter in the table stays as it is."""
    if direction == "bn-en":
        latin = _table(_LATIN_SPELLINGS)
        letters = "".join("" if char in "্\u09bc\u200c\u200d" else latin.get(char, char) for char in token)
        return letters if letters == token else letters.capitalize()
    bengali = _table(_BENGALI_SPELLINGS)
    return "".join(bengali.get(char.lower(), char) for char in token)


def load(*, words: Mapping[str, tuple[str, ...]] | None = None, features: frozenset[str] | None = None) -> FakeEngine:
    """The factory for the table of engines."""
    return FakeEngine(words=words or {}, features=FEATURES if features is None else features)
