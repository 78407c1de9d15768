"""What a document says about the meaning of its acronyms: cues beside them, and its other uses of them.

Each function here observes and weighs; `acronyms` decides. Strengths are comparable within one occurrence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import regex

from pipeline.acronyms_scene import CLAUSE_MARK, PREFIX, WORD, Mention, Scene, phrase_of
from pipeline.languages import facts
from pipeline.records import Evidence, Language
from pipeline.text import key

__all__ = ["cue_evidence", "document_evidence", "is_stranger", "mixed_readings"]


def cue_evidence(scene: Scene, occurrence: Mention, reading: str) -> Iterator[tuple[Evidence, bool]]:
    """Cues of a reading in the sentence that belong to this occurrence, and whether each stands right beside it.

    A cue belongs to the nearest mention; a cue inside a spelt-out name is no cue but that name.
    """
    own, partner = reading == occurrence.entry, scene.partners.get(occurrence.index)
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
        beside = not distance and factor == 1.0 and not _is_place(scene, occurrence, span)
        yield Evidence("cue", *span, scene.text[slice(*span)], reading, round(near * factor, 3)), beside


def _is_place(scene: Scene, occurrence: Mention, span: tuple[int, int]) -> bool:
    """Whether a cue is a place: "the UNHCR in Geneva" says where, not who."""
    here = (m for m in scene.by_segment[occurrence.match.segment] if m.start < span[1] and span[0] < m.end)
    return any(scene.termbase.entries[mention.entry].type == "place" for mention in here)


def _inside(span: tuple[int, int], rivals: Sequence[Mention], partner: Mention | None) -> bool:
    """Whether a cue is only a piece of a longer name; a term that is the cue itself takes nothing from it."""
    names = [m for m in (*rivals, partner) if m is not None and not m.short]
    return any(m.start <= span[0] and span[1] <= m.end and m.match.surface not in _spelt(m, span) for m in names)


def _spelt(mention: Mention, span: tuple[int, int]) -> str:
    """What of a mention's surface stands within a span."""
    return mention.match.surface[max(0, span[0] - mention.start) : span[1] - mention.start]


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


_CLAUSE_END: Final = regex.compile(r"\s*(?:[,;:।॥৷!?\"”’]|\.(?!\p{N})|$)")


def _distance(scene: Scene, mention: Mention, span: tuple[int, int]) -> int:
    """Words between a mention and a span; in Bengali the verb that ends the mention's clause counts as next to it."""
    if span[0] < mention.end and mention.start < span[1]:
        return 0
    forward = span[0] >= mention.end
    between = scene.text[mention.end : span[0]] if forward else scene.text[span[1] : mention.start]
    fillers = facts(scene.language).fillers
    count = sum(word not in fillers for word in WORD.findall(key(between, case=False)))
    verb = forward and scene.language == "bn" and not mention.match.suffix and not CLAUSE_MARK.search(between)
    if verb and count > 1 and key(scene.text[slice(*span)]) in facts("bn").reporting:
        return 1 if _CLAUSE_END.match(scene.text, span[1]) else count
    return count


def document_evidence(scene: Scene, occurrence: Mention, reading: str) -> list[Evidence]:
    """Other uses in the document that speak for a reading, three at most.

    The same phrase elsewhere with the reading's own acronym, or with an expansion beside it, and, for the
    reading as written, a place that spells the acronym out so. The same acronym elsewhere without an expansion
    is as doubtful as here.
    """
    weights, phrase = scene.weights, phrase_of(scene, occurrence)
    found: list[Evidence] = []
    for other in scene.uses.get((reading, phrase[0][:PREFIX]), ()) if phrase else ():
        doubtful = other.entry == occurrence.entry and other.index not in scene.partners
        if other.index != occurrence.index and not doubtful and _same_phrase(phrase, phrase_of(scene, other)):
            found.append(_use(scene, other, reading, weights.use / 2 if found else weights.use))
    if not found and reading == occurrence.entry:
        spelt = [m for m in scene.defined.get((reading, reading), ()) if m.index != occurrence.index]
        found = [_use(scene, other, reading, weights.defined) for other in spelt[:1]]
    return found[:3]


def is_stranger(scene: Scene, occurrence: Mention) -> bool:
    """Whether the document names the acronym's entry here only."""
    return scene.named[occurrence.entry] == 1


def _use(scene: Scene, other: Mention, reading: str, strength: float) -> Evidence:
    return Evidence("document", other.start, other.end, scene.text[other.start : other.end], reading, strength)


def mixed_readings(scene: Scene, occurrence: Mention) -> list[Evidence]:
    """Places where the document uses this acronym for something else: one for each reading."""
    found: list[Evidence] = []
    for (written, meant), places in scene.defined.items():
        others = [m for m in places if m.index != occurrence.index]
        if written == occurrence.entry != meant and others:
            found.append(_use(scene, others[0], meant, scene.weights.mixed))
    return found


def _same_phrase(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two phrases begin alike: the first word up to its ending, and the second if both have one."""
    pairs = list(zip(one, other, strict=False))
    return bool(pairs) and all(_alike(a, b) for a, b in pairs)


def _alike(one: str, other: str) -> bool:
    size = max(PREFIX, round(0.7 * min(len(one), len(other))))
    return one == other or (min(len(one), len(other)) >= PREFIX and one[:size] == other[:size])
