"""A document made ready to be asked about its acronyms: who is named where, and what brackets tie together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import regex

from pipeline.acronyms_letters import initials, letters_of
from pipeline.languages import facts
from pipeline.records import Document, Language, Segment, TermEntry, TermMatch
from pipeline.text import KeyedText, key, keyed

__all__ = [
    "CLAUSE_MARK", "PREFIX", "WORD", "Mention", "Scene", "TermSource", "Weights", "confusables", "is_acronym_entry",
    "phrase_of", "scene_of",
]  # fmt: skip


class TermSource(Protocol):
    """What this stage asks of a term base."""

    @property
    def entries(self) -> Mapping[str, TermEntry]:
        """Entries by id."""
        ...

    def is_short(self, entry_id: str, surface: str, language: Language) -> bool:
        """Whether a surface is a writing of the entry's term rather than of its expansion."""
        ...

    def present(self, entry_id: str, text: str, language: Language) -> list[tuple[int, int]]:
        """Spans of right renderings of an entry in a text."""
        ...


@dataclass(frozen=True, slots=True)
class Weights:
    """Strengths of observations and the margin of a verdict; `tests/bench/acronym_swaps.py` measures what they do."""

    letters: float = 1.0
    """The writer wrote this acronym."""
    expansion: float = 4.0
    """An expansion in brackets beside it: words are mistaken less often than letters."""
    cue: float = 2.0
    """A cue directly beside it; falls off with distance."""
    cue_floor: float = 0.2
    cues: float = 3.0
    """Most that all cues of one reading weigh together."""
    speaking: float = 0.3
    """Factor for a rival's cue that only says that somebody speaks."""
    use: float = 1.0
    """First use elsewhere in the same phrase; each further one weighs half."""
    uses: float = 2.0
    defined: float = 0.5
    """The document spells the acronym out so elsewhere."""
    mixed: float = 0.75
    """The document uses the acronym for the rival elsewhere."""
    confusable: float = 0.25
    translation: float = 1.0
    margin: float = 0.5
    """By how much a rival must outweigh the reading as written."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A match of an entry that has an acronym."""

    index: int
    """In the list of matches."""
    match: TermMatch
    short: bool
    """Whether the acronym stands here, not its expansion."""

    @property
    def start(self) -> int:
        """In the document."""
        return self.match.start

    @property
    def end(self) -> int:
        """In the document, ending included."""
        return self.match.end

    @property
    def entry(self) -> str:
        """Glossary id of what is written."""
        return self.match.entry


@dataclass(frozen=True, slots=True)
class Scene:
    """The document. `scene_of` makes it."""

    text: str
    language: Language
    termbase: TermSource
    weights: Weights
    segments: Mapping[str, Segment]
    mentions: tuple[Mention, ...]
    by_segment: Mapping[str, tuple[Mention, ...]]
    named: Mapping[str, int]
    """Entry → times that the document names it."""
    partners: Mapping[int, Mention] = field(default_factory=dict)
    """Index of an acronym → the spelt-out name that brackets tie to it."""
    uses: Mapping[tuple[str, str], tuple[Mention, ...]] = field(default_factory=dict)
    """(meaning, beginning of the next word) → acronyms in such a phrase; see `phrase_of`."""
    defined: Mapping[tuple[str, str], tuple[Mention, ...]] = field(default_factory=dict)
    """(entry written, entry meant) → acronyms that their partner explains so; the first two."""
    keys: dict[str, KeyedText] = field(default_factory=dict)

    def key_of(self, segment: str) -> KeyedText:
        """The segment's match key without case, made once."""
        if segment not in self.keys:
            self.keys[segment] = keyed(self.segments[segment].text, case=False)
        return self.keys[segment]


_CAPITALS: Final = regex.compile(r"[A-Z]{2,}[0-9+]{0,2}|(?:[A-Z]\.){2,}|[A-Z]-?[0-9]{1,2}")


def is_acronym_entry(entry: TermEntry) -> bool:
    """Whether an entry has an acronym in English: by its type, or by capitals."""
    return entry.type == "acronym" or any(_CAPITALS.fullmatch(form) for form in (entry.en.term, *entry.en.variants))


def _looks_short(surface: str, entry: TermEntry) -> bool:
    return bool(letters_of(surface)) or entry.type == "acronym" or bool(_CAPITALS.fullmatch(entry.en.term))


def scene_of(
    document: Document,
    segments: Sequence[Segment],
    matches: Sequence[TermMatch],
    termbase: TermSource,
    *,
    weights: Weights,
) -> Scene:
    """Sort out which matches are acronyms, which spell one out, and what the acronyms' phrases are."""
    mentions, by_segment = [], defaultdict(list)
    for index, match in enumerate(matches):
        entry = termbase.entries.get(match.entry)
        if entry is not None:
            short = _looks_short(match.surface, entry) and termbase.is_short(entry.id, match.surface, document.language)
            mentions.append(Mention(index, match, short))
            by_segment[match.segment].append(mentions[-1])
    scene = Scene(
        document.text,
        document.language,
        termbase,
        weights,
        {segment.id: segment for segment in segments},
        tuple(mentions),
        {name: tuple(found) for name, found in by_segment.items()},
        Counter(mention.entry for mention in mentions),
    )
    return _explained(scene)


def _explained(scene: Scene) -> Scene:
    """The scene with partners, uses and definitions, each list kept short."""
    acronyms = [mention for mention in scene.mentions if mention.short]
    partners = {m.index: partner for m in acronyms if (partner := _expansion_of(scene, m))}
    uses: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    defined: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for mention in acronyms:
        meaning = partners[mention.index].entry if mention.index in partners else mention.entry
        following = phrase_of(scene, mention)
        if following:
            uses[meaning, following[0][:PREFIX]].append(mention)
        if mention.index in partners:
            defined[mention.entry, meaning].append(mention)
    return replace(
        scene,
        partners=partners,
        uses={name: tuple(found[:_KEPT]) for name, found in uses.items()},
        defined={name: tuple(found[:2]) for name, found in defined.items()},
    )


def confusables(termbase: TermSource) -> dict[str, tuple[str, ...]]:
    """Declared confusables, in both directions, in glossary order; unknown ids are left out."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for entry in termbase.entries.values():
        for other in entry.confusable_with:
            if other in termbase.entries and other != entry.id:
                found[entry.id][other] = None
                found[other][entry.id] = None
    return {name: tuple(others) for name, others in found.items()}


_OPENS: Final = regex.compile(r"\s*[(\[]\s*[\"'“‘]?\s*")
_CLOSES: Final = regex.compile(r"\s*[\"'”’]?\s*[)\]]")
_CLOSES_THEN: Final = regex.compile(r"\s*[\"'”’]?\s*[)\]]\s*")


def _expansion_of(scene: Scene, occurrence: Mention) -> Mention | None:
    """The spelt-out name that brackets tie to an acronym, in either order.

    `X (ACR)` and `ACR (X)` are looked for first, then `(X) ACR` and `(ACR) X`, where the brackets might belong
    to the other neighbour.
    """
    near = [m for m in scene.by_segment[occurrence.match.segment] if not m.short and _may_expand(scene, m, occurrence)]
    tests = (
        lambda m: _OPENS.fullmatch(scene.text, m.end, occurrence.start) and _CLOSES.match(scene.text, occurrence.end),
        lambda m: _OPENS.fullmatch(scene.text, occurrence.end, m.start) and _CLOSES.match(scene.text, m.end),
        lambda m: _CLOSES_THEN.fullmatch(scene.text, m.end, occurrence.start) and _opened(scene, m),
        lambda m: _CLOSES_THEN.fullmatch(scene.text, occurrence.end, m.start) and _opened(scene, occurrence),
    )
    return next((mention for test in tests for mention in near if test(mention)), None)


def _opened(scene: Scene, mention: Mention) -> bool:
    """Whether a bracket opens right before a mention."""
    return scene.text[: mention.start].rstrip(" \"'“‘")[-1:] in ("(", "[")


def _may_expand(scene: Scene, mention: Mention, occurrence: Mention) -> bool:
    """Whether a name can be what the acronym stands for: it has an acronym itself, or the letters are its initials."""
    entry = scene.termbase.entries[mention.entry]
    if is_acronym_entry(entry):
        return True
    letters = letters_of(occurrence.match.surface)
    names = (entry.en.term, entry.en.expansion or "", *entry.en.variants)
    return bool(letters) and any(initials(name) == letters for name in names)


_KEPT: Final = 50
"""Uses of one phrase that are kept, so that time stays linear in the document."""

WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
CLAUSE_MARK: Final = regex.compile(r"[,;:।॥৷!?\"”’)]")
PREFIX: Final = 4
"""Code points of a word that endings leave alone."""


def phrase_of(scene: Scene, mention: Mention) -> tuple[str, ...]:
    """The next two words behind a mention, as keys; nothing when the clause ends there."""
    segment = scene.segments[mention.match.segment]
    rest = regex.sub(r"^[)\]\s]+", "", scene.text[mention.end : segment.end][:80])
    clause = CLAUSE_MARK.split(rest)[0]
    fillers = facts(scene.language).fillers
    words = [word for word in WORD.findall(key(clause, case=False)) if word not in fillers]
    return tuple(words[:2])
