"""What a document says about the meaning of its acronyms: expansions in brackets, cues, other uses, letters.

Each function here observes and weighs; `acronyms` decides. Strengths are comparable within one occurrence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol

import regex

from pipeline.acronyms_letters import initials, letters_of
from pipeline.languages import facts
from pipeline.records import Document, Evidence, Language, Segment, TermEntry, TermMatch
from pipeline.text import KeyedText, key, keyed

__all__ = [
    "Mention", "Scene", "TermSource", "Weights", "confusables", "cue_evidence", "document_evidence", "expansion_of",
    "is_acronym_entry", "mixed_readings", "scene_of",
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
    """Strengths of observations and the margin of a verdict; sizes were set on invented swaps, not on the seeds."""

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
    """A document made ready to be asked."""

    text: str
    language: Language
    termbase: TermSource
    weights: Weights
    segments: Mapping[str, Segment]
    mentions: tuple[Mention, ...]
    by_segment: Mapping[str, tuple[Mention, ...]]
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
    """Sort out which matches are acronyms and which spell one out."""
    mentions, by_segment = [], defaultdict(list)
    for index, match in enumerate(matches):
        entry = termbase.entries.get(match.entry)
        if entry is None:
            continue
        short = _looks_short(match.surface, entry) and termbase.is_short(entry.id, match.surface, document.language)
        mention = Mention(index, match, short)
        mentions.append(mention)
        by_segment[match.segment].append(mention)
    return Scene(
        document.text,
        document.language,
        termbase,
        weights,
        {segment.id: segment for segment in segments},
        tuple(mentions),
        {name: tuple(found) for name, found in by_segment.items()},
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


def expansion_of(scene: Scene, occurrence: Mention) -> Mention | None:
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


def cue_evidence(
    scene: Scene, occurrence: Mention, reading: str, *, partner: Mention | None
) -> Iterator[tuple[Evidence, bool]]:
    """Cues of a reading in the sentence that belong to this occurrence, and whether each stands right beside it.

    A cue belongs to the nearest mention; a cue inside a spelt-out name is no cue but that name.
    """
    own = reading == occurrence.entry
    spoken = facts(scene.language).speaking
    rivals = [m for m in scene.by_segment[occurrence.match.segment] if m not in (occurrence, partner)]
    relevant = [m for m in rivals if m.entry in (occurrence.entry, reading)]
    for cue in scene.termbase.entries[reading].cues.get(scene.language, ()):
        plain = key(cue, case=False)
        spans = [
            span for span in _cue_spans(scene, occurrence.match.segment, plain) if not _inside(span, rivals, partner)
        ]
        if not spans:
            continue
        span = min(spans, key=lambda found: _distance(scene, occurrence, found))
        distance = _distance(scene, occurrence, span)
        if any(_distance(scene, other, span) < distance + (not own) for other in relevant):
            continue
        factor = scene.weights.speaking if plain in spoken and not own else 1.0
        near = max(scene.weights.cue_floor, scene.weights.cue / (1 + distance / 2))
        beside = not distance and factor == 1.0
        yield Evidence("cue", *span, scene.text[slice(*span)], reading, round(near * factor, 3)), beside


def _inside(span: tuple[int, int], rivals: Sequence[Mention], partner: Mention | None) -> bool:
    names = [m for m in (*rivals, partner) if m is not None and not m.short]
    return any(m.start < span[1] and span[0] < m.end for m in names)


@cache
def _cue_pattern(cue: str, language: Language) -> regex.Pattern[str]:
    """A cue at the beginning of a word, with a case ending if it likes."""
    endings = "|".join(regex.escape(ending) for ending in facts(language).suffixes)
    return regex.compile(
        rf"(?<![\p{{L}}\p{{M}}\p{{N}}]){regex.escape(cue)}(?:\s?-?(?:{endings}))?(?![\p{{L}}\p{{M}}\p{{N}}])"
    )


def _cue_spans(scene: Scene, segment: str, cue: str) -> list[tuple[int, int]]:
    """Where a cue stands in a segment, in document offsets."""
    plain, start = scene.key_of(segment), scene.segments[segment].start
    spans = (plain.span(*match.span()) for match in _cue_pattern(cue, scene.language).finditer(plain.key))
    return [(start + begin, start + end) for begin, end in spans]


_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_CLAUSE_END: Final = regex.compile(r"\s*(?:[,;:।॥৷!?\"”’]|\.(?!\p{N})|$)")
_CLAUSE_MARK: Final = regex.compile(r"[,;:।॥৷!?\"”’)]")


def _distance(scene: Scene, mention: Mention, span: tuple[int, int]) -> int:
    """Words between a mention and a span; in Bengali the verb that ends the mention's clause counts as next to it."""
    if span[0] < mention.end and mention.start < span[1]:
        return 0
    forward = span[0] >= mention.end
    between = scene.text[mention.end : span[0]] if forward else scene.text[span[1] : mention.start]
    fillers = facts(scene.language).fillers
    count = sum(word not in fillers for word in _WORD.findall(key(between, case=False)))
    verb = forward and scene.language == "bn" and not mention.match.suffix and not _CLAUSE_MARK.search(between)
    if verb and count > 1 and key(scene.text[slice(*span)]) in facts("bn").reporting:
        return 1 if _CLAUSE_END.match(scene.text, span[1]) else count
    return count


def document_evidence(scene: Scene, occurrence: Mention, reading: str, meanings: Mapping[int, str]) -> list[Evidence]:
    """Other uses in the document that speak for a reading.

    The same phrase elsewhere with the reading's own acronym, or with an expansion beside it, and, for the
    reading as written, places that spell the acronym out so.

    Args:
        scene: the document.
        occurrence: the acronym in question.
        reading: what the uses must mean.
        meanings: match index → reading, for acronyms that an expansion beside them explains.
    """
    weights, phrase = scene.weights, _phrase(scene, occurrence)
    found: list[Evidence] = []
    for other in scene.mentions:
        if other.index == occurrence.index or meanings.get(other.index, _written(other, occurrence)) != reading:
            continue
        if phrase and other.short and _same_phrase(phrase, _phrase(scene, other)):
            strength = weights.use if not found else weights.use / 2
            found.append(_use(scene, other, reading, strength))
    if not found and reading == occurrence.entry:
        spelt = (m for m in scene.mentions if m.index != occurrence.index and meanings.get(m.index) == reading)
        found += [_use(scene, other, reading, weights.defined) for other in spelt if other.entry == reading][:1]
    return found[:3]


def _written(other: Mention, occurrence: Mention) -> str:
    """What another mention means by itself; the same acronym elsewhere is as doubtful as here."""
    return "" if other.entry == occurrence.entry else other.entry


def _use(scene: Scene, other: Mention, reading: str, strength: float) -> Evidence:
    return Evidence("document", other.start, other.end, scene.text[other.start : other.end], reading, strength)


def mixed_readings(scene: Scene, occurrence: Mention, meanings: Mapping[int, str]) -> list[Evidence]:
    """Places where the document uses this acronym for something else: one for each reading."""
    found: dict[str, Evidence] = {}
    for other in scene.mentions:
        reading = meanings.get(other.index, occurrence.entry)
        if other.entry == occurrence.entry != reading and other.index != occurrence.index:
            found.setdefault(reading, _use(scene, other, reading, scene.weights.mixed))
    return list(found.values())


_PREFIX: Final = 4


def _phrase(scene: Scene, mention: Mention) -> tuple[str, ...]:
    """The next two words behind a mention, as keys; nothing when the clause ends there."""
    segment = scene.segments[mention.match.segment]
    rest = regex.sub(r"^[)\]\s]+", "", scene.text[mention.end : segment.end][:80])
    clause = _CLAUSE_MARK.split(rest)[0]
    fillers = facts(scene.language).fillers
    words = [word for word in _WORD.findall(key(clause, case=False)) if word not in fillers]
    return tuple(words[:2])


def _same_phrase(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two phrases begin alike: the first word up to its ending, and the second if both have one."""
    pairs = list(zip(one, other, strict=False))
    return bool(pairs) and all(_alike(a, b) for a, b in pairs)


def _alike(one: str, other: str) -> bool:
    size = max(_PREFIX, round(0.7 * min(len(one), len(other))))
    return one == other or (min(len(one), len(other)) >= _PREFIX and one[:size] == other[:size])
