"""What checks are given and what they say: pairs, prepared sides, observations, thresholds.

Checks work on match keys, where joiners, nukta spellings and typographic marks are unified, and report spans
of the text as it was read (`Side.span`). A check measures; severities and thresholds are `CheckConfig`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from pipeline.records import Direction, Language, Severity, TermEntry, TermMatch, source_language, target_language
from pipeline.text import KeyedText, key, keyed, to_ascii_digits

__all__ = ["Adequacy", "CheckConfig", "Pair", "PairCheck", "Seen", "Side", "Span", "Terms", "View"]

Span = tuple[int, int]


class Terms(Protocol):
    """What checks ask of a term base; `pipeline.termbase.TermBase` is one."""

    @property
    def entries(self) -> Mapping[str, TermEntry]:
        """All entries by id."""
        ...

    def present(self, entry_id: str, text: str, language: Language) -> Sequence[Span]:
        """Spans of every accepted rendering of an entry in a text, inflected forms included."""
        ...

    def forbidden(self, entry_id: str, text: str, language: Language) -> Sequence[Span]:
        """Spans of every forbidden rendering of an entry in a text."""
        ...


class Adequacy(Protocol):
    """Cross-lingual similarity of a source and its translation, -1 to 1, one value a pair."""

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Cosine of the two sentence vectors of each pair."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """One source text with its translation.

    `start` is the document offset of the source text: `matches` carry document offsets.
    """

    source: str
    target: str
    direction: Direction
    matches: tuple[TermMatch, ...] = ()
    start: int = 0
    segment: str = ""


@dataclass(frozen=True)
class Side:
    """One text, prepared once for all checks. Offsets of `key` and `digits` are the same."""

    text: str
    language: Language
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What several checks read from this text, read once."""

    @cached_property
    def keyed(self) -> KeyedText:
        """The match key with its way back."""
        return keyed(self.text)

    @cached_property
    def key(self) -> str:
        """The match key, case kept."""
        return self.keyed.key

    @cached_property
    def folded(self) -> str:
        """The match key without letter case."""
        return key(self.text, case=False)

    @cached_property
    def digits(self) -> str:
        """The match key in lower case with ASCII digits, as long as `key`."""
        lower = self.key.lower()
        if len(lower) != len(self.key):
            lower = "".join(low if len(low := char.lower()) == 1 else char for char in self.key)
        return to_ascii_digits(lower)

    def span(self, start: int, end: int) -> Span:
        """The span of the text as it was read for a span of the key."""
        return self.keyed.span(start, end)


@dataclass(frozen=True)
class View:
    """A pair as checks see it."""

    pair: Pair
    termbase: Terms | None = None
    memo: dict[str, list[Span]] = field(default_factory=dict, compare=False, repr=False)
    """Renderings of each entry in the target, looked up once."""

    @cached_property
    def source(self) -> Side:
        """The source text."""
        return Side(self.pair.source, source_language(self.pair.direction))

    @cached_property
    def target(self) -> Side:
        """The translation."""
        return Side(self.pair.target, target_language(self.pair.direction))


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation of a check before its severity is decided; spans are offsets into the texts as read."""

    message: str
    source: Span | None = None
    target: Span | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """Every threshold of the checks, and the severities that differ from the registry's.

    Length bounds are in standard deviations of log(target characters / source characters), measured on
    1,594 human pairs of news and encyclopedia; see `length.py`.
    """

    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Check name → severity, where it is not the registry's."""
    off: frozenset[str] = frozenset()
    """Names of checks that do not run."""
    most: int = 50
    """Findings of one check on one text; what is wrong more often is wrong altogether."""
    length_short: float = 2.25
    length_long: float = 2.25
    length_floor: int = 25
    """Source characters below which lengths say little."""
    untranslated_share: float = 0.5
    """Share of a long target's letters in the source's script from which it counts as untranslated."""
    untranslated_run: int = 3
    """Words in a row in the source's script that count as left untranslated."""
    repeat_times: int = 3
    """Times that a phrase must follow itself to count as runaway."""
    repeat_words: int = 3
    """Words of a phrase that may not follow itself even once."""
    repeat_across: int = 6
    """The same where a sentence ends between the two, and then only of whole sentences: a new sentence may begin
    with the words that ended the last, and a quotation repeat what announced it."""
    least_number_word: int = 3
    """Cardinals in words from here on must be carried over; one and two come and go in right translations."""
    least_ordinal_word: int = 2
    name_letters: int = 4
    """Sounds that a name must have before its spellings are compared."""
    name_letters_alone: int = 6
    """Sounds from which two spellings are one name even without a common neighbour."""
    names_words: int = 2000
    """Bengali words from which names are not looked for across the languages (the comparison is quadratic)."""
    term_slack: int = 0
    """Mentions of a term that a target may have beyond those of the source."""
    same_words: int = 3
    """Words from which two different sources should not have one translation."""
    adequacy_floor: float = 0.815
    """Cosine of multilingual-e5 vectors under which a translation is unlikely to say the same: of 300 human
    pairs none lies lower, of 300 wrong ones 99 %; half a sentence does not."""


PairCheck = Callable[[View, CheckConfig], Iterator[Seen]]
