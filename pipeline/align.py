"""Sentence alignment of a text with a free-form translation of it, or with another text in its language.

Length statistics after Gale and Church ("A Program for Aligning Sentences in Bilingual Corpora", 1993), with
anchors that both sides share: numbers in either digits, words in the same script, and names across scripts by
their consonants (বেলজিয়াম, Belgium: B L J M). Paragraphs play no part, so they may differ.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from pipeline.records import Document, Language, Segment
from pipeline.sentences import sentence_spans
from pipeline.text import key, script_of, to_ascii_digits

__all__ = ["Bead", "align_sentences", "common_units", "pair_references", "sentences_of"]


@dataclass(frozen=True, slots=True)
class Bead:
    """Sentences `source_start:source_end` and `target_start:target_end` that say the same; one may be empty."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int
    cost: float
    """Negative log-likelihood less the reward for shared anchors; lower is better."""

    @property
    def shape(self) -> tuple[int, int]:
        """Sentences on each side: (1, 1), (1, 2), (2, 1), (2, 2), (1, 0) or (0, 1)."""
        return self.source_end - self.source_start, self.target_end - self.target_start


# Costs of the shapes. Gale and Church's table (their 0.089 is shared by a shape and its mirror image), except
# for lone sentences: theirs are all but forbidden, but anchors vouch for pairs here, so leaving out is cheaper.
PRIORS: Final[dict[tuple[int, int], float]] = {
    (1, 1): -math.log(0.89),
    (1, 0): 4.0,
    (0, 1): 4.0,
    (1, 2): -math.log(0.0445),
    (2, 1): -math.log(0.0445),
    (2, 2): -math.log(0.011),
}
VARIANCE: Final = 6.8  # of target characters for a source character (Gale and Church)
LENGTH_CAP: Final = 9.0  # beyond this, length says no more than "not a translation"
REWARD: Final = 7.0  # for a bead that shares plenty of rare anchors: outweighs a bad length
NUMBER_PENALTY: Final = 1.5  # for a number that one side lacks, at most twice
IDLE_PENALTY: Final = 1.0  # for a sentence that adds nothing to the anchors of a bead with two on a side
COMMON: Final = 400  # anchors that make more pairs than this say nothing
BAND: Final = 40  # sentences off the diagonal that are tried first


Position = tuple[int, int]
Reached = dict[Position, tuple[float, Bead | None]]


@dataclass(frozen=True, slots=True)
class Texts:
    """Two texts, measured once: characters before each sentence, its numbers, and what pairs of sentences share."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    source_numbers: tuple[frozenset[str], ...]
    target_numbers: tuple[frozenset[str], ...]
    shared: Mapping[Position, float]
    """Weight of the anchors that a source and a target sentence share; pairs that share nothing are left out."""
    ratio: float
    """Characters of the target for one of the source."""


def align_sentences(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    """The cheapest sequence of beads that covers both sides, in order.

    The search stays near the diagonal and widens until its answer keeps clear of the edge, so that long texts
    cost little and a long passage on one side alone is still found.
    """
    texts = measure(source, target)
    longest = max(len(source), len(target))
    width = BAND
    while True:
        beads = trace(search(texts, width), (len(source), len(target)))
        if width >= longest or keeps_clear(beads, len(source), len(target), width=width):
            return beads
        width *= 2


def measure(source: Sequence[str], target: Sequence[str]) -> Texts:
    """Lengths, numbers and shared anchors of two texts."""
    ours, theirs = [anchors_of(text) for text in source], [anchors_of(text) for text in target]
    before, after = lengths_before(source), lengths_before(target)
    ratio = min(max(after[-1] / max(before[-1], 1), 0.3), 3.0)
    numbers = [tuple(frozenset(a for a in found if a[0].isdigit()) for found in side) for side in (ours, theirs)]
    return Texts(before, after, numbers[0], numbers[1], shared_anchors(ours, theirs), ratio)


def lengths_before(sentences: Sequence[str]) -> tuple[int, ...]:
    """Characters before each sentence, and in all."""
    return tuple(itertools.accumulate((len(key(sentence).strip()) for sentence in sentences), initial=0))


def shared_anchors(source: Sequence[frozenset[str]], target: Sequence[frozenset[str]]) -> dict[Position, float]:
    """For each pair of sentences the weight of what both hold: an anchor that occurs once a side weighs 1."""
    where: dict[str, tuple[list[int], list[int]]] = {}
    for side, sentences in enumerate((source, target)):
        for index, anchors in enumerate(sentences):
            for anchor in anchors:
                where.setdefault(anchor, ([], []))[side].append(index)
    shared: dict[Position, float] = {}
    for ours, theirs in where.values():
        pairs = len(ours) * len(theirs)
        for position in itertools.product(ours, theirs) if pairs <= COMMON else ():
            shared[position] = shared.get(position, 0.0) + pairs**-0.5
    return shared


def search(texts: Texts, width: int) -> Reached:
    """Dynamic programming within `width` of the diagonal: the best way to each position."""
    n, m = len(texts.source) - 1, len(texts.target) - 1
    best: Reached = {(0, 0): (0.0, None)}
    for i in range(n + 1):
        centre = round(i * m / n) if n else 0
        for j in range(max(0, centre - width), min(m, centre + width) + 1) if n else range(m + 1):
            if (i, j) in best:
                extend(best, texts, i, j)
    return best


def extend(best: Reached, texts: Texts, i: int, j: int) -> None:
    """Try every bead that starts at a position and keep what is cheaper than what was known."""
    so_far = best[i, j][0]
    for (di, dj), prior in PRIORS.items():
        end, stop = i + di, j + dj
        if end >= len(texts.source) or stop >= len(texts.target):
            continue
        cost = prior if not (di and dj) else prior + bead_cost(texts, (i, end), (j, stop))
        there = best.get((end, stop))
        if there is None or so_far + cost < there[0]:
            best[end, stop] = (so_far + cost, Bead(i, end, j, stop, cost))


def trace(best: Reached, end: Position) -> list[Bead]:
    """Walk back from the end."""
    beads: list[Bead] = []
    while (bead := best[end][1]) is not None:
        beads.append(bead)
        end = (bead.source_start, bead.target_start)
    return beads[::-1]


def keeps_clear(beads: Sequence[Bead], n: int, m: int, *, width: int) -> bool:
    """Whether a path stays well within the band; one that nears the edge may have been pressed there."""
    drift = max((abs(bead.target_start - bead.source_start * m / n) for bead in beads), default=0) if n else 0
    return drift < width / 2


def bead_cost(texts: Texts, source: Position, target: Position) -> float:
    """How unlike two passages are: length, less shared anchors, plus numbers that one of them lacks."""
    length = length_cost(
        texts.source[source[1]] - texts.source[source[0]],
        texts.target[target[1]] - texts.target[target[0]],
        texts.ratio,
    )
    pairs = itertools.product(range(*source), range(*target))
    found = {pair: texts.shared[pair] for pair in pairs if pair in texts.shared}
    weight = sum(found.values())
    ours = frozenset().union(*texts.source_numbers[slice(*source)])
    theirs = frozenset().union(*texts.target_numbers[slice(*target)])
    missing = NUMBER_PENALTY * min(len(ours ^ theirs), 2)
    return length - REWARD * (1 - math.exp(-weight)) + missing + idle_cost(found, source, target)


def idle_cost(found: Mapping[Position, float], source: Position, target: Position) -> float:
    """For sentences that a bead with two on a side takes in although they share nothing with it."""
    sentences = source[1] - source[0] + target[1] - target[0]
    if not found or sentences == 2:  # noqa: PLR2004 (one and one)
        return 0.0
    return IDLE_PENALTY * (sentences - len({i for i, _ in found}) - len({j for _, j in found}))


def length_cost(source: int, target: int, ratio: float) -> float:
    """Gale and Church's: minus the log of the chance of a difference at least this great."""
    expected = source * ratio
    delta = abs(target - expected) / math.sqrt(max(VARIANCE * (expected + target) / 2, 1.0))
    chance = math.erfc(delta / math.sqrt(2))
    return min(-math.log(chance), LENGTH_CAP) if chance > 0 else LENGTH_CAP


_WORD: Final = regex.compile(r"[0-9]+(?:[.,:/-][0-9]+)*|[\p{L}\p{M}]+")
# Case endings, plurals and classifiers, longest first: a name with an ending is the same name.
_ENDING: Final = regex.compile("(?:গুলির|গুলো|গুলি|দের|ের|কে|তে|টি|র|ে)$")
# Consonants by sound, coarsely: voicing is kept, aspiration and place are not. য় and হ come and go.
_BENGALI_SOUNDS: Final[dict[str, str]] = {
    letter: sound
    for sound, letters in {
        "K": "কখ", "J": "গঘজঝয", "C": "চছ", "T": "টঠতথৎ", "D": "ডঢদধ", "N": "নণঞঙং", "P": "পফ", "B": "বভ",
        "M": "ম", "R": "র\u09dc\u09dd", "L": "ল", "S": "শষস",
    }.items()
    for letter in letters
}  # fmt: skip
_LATIN_SPELLINGS: Final = (("ph", "p"), ("ch", "C"), ("sh", "s"), ("ce", "se"), ("ci", "si"), ("cy", "sy"), ("x", "ks"))
_LATIN_SOUNDS: Final[dict[str, str]] = {
    letter: sound
    for sound, letters in {
        "K": "ckq", "J": "gjz", "C": "C", "T": "t", "D": "d", "N": "n", "P": "pf", "B": "bv", "M": "m", "R": "r",
        "L": "l", "S": "s",
    }.items()
    for letter in letters
}  # fmt: skip
_LINE_END: Final = regex.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_REPEATED: Final = regex.compile(r"(.)\1+")


def anchors_of(sentence: str) -> frozenset[str]:
    """What may be recognised on the other side: numbers, words, and the consonants of longer words."""
    anchors: set[str] = set()
    for word in _WORD.findall(to_ascii_digits(key(sentence, case=False))):
        if word[0].isdigit():
            anchors.add(word.replace(",", ""))
            continue
        anchors.add(f"w:{word}")
        sounds = skeleton(word)
        if len(sounds) > 2:  # noqa: PLR2004 (two consonants are shared by chance)
            anchors.add(f"s:{sounds[:5]}")
    return frozenset(anchors)


def skeleton(word: str) -> str:
    """The consonants of a word by sound, whichever script it is in, without a Bengali ending."""
    if "\u0980" <= word[0] <= "\u09ff":
        sounds = "".join(_BENGALI_SOUNDS.get(letter, "") for letter in _ENDING.sub("", word))
    else:
        for written, sound in _LATIN_SPELLINGS:
            word = word.replace(written, sound)
        sounds = "".join(_LATIN_SOUNDS.get(letter, "") for letter in word)
    return str(_REPEATED.sub(r"\1", sounds))


def common_units(pivot: Sequence[str], others: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Cut several texts that say the same into units at the places where all of them can be cut.

    Args:
        pivot: the sentences of the text that the others are aligned with (the first reference).
        others: the sentences of the other texts.

    Returns one tuple a unit, the pivot's text first, then the others' in their order; nothing is left out, so
    what one text adds counts against it in the unit before, and what it lacks leaves its place empty.
    """
    cuts = [cuts_of(align_sentences(pivot, other)) for other in others]
    shared = sorted({0, len(pivot)}.union(set(range(len(pivot))).intersection(*cuts)))
    units = []
    for start, end in itertools.pairwise(shared):
        spans = [(cut[start] if start else 0, cut[end]) for cut in cuts]
        texts = [" ".join(other[a:b]) for other, (a, b) in zip(others, spans, strict=True)]
        units.append((" ".join(pivot[start:end]), *texts))
    return units


def cuts_of(beads: Sequence[Bead]) -> dict[int, int]:
    """Source positions at which a bead ends, with the furthest target position reached there."""
    return {bead.source_end: bead.target_end for bead in beads}


def pair_references(document: Document, segments: Sequence[Segment], reference_text: str) -> dict[str, str | None]:
    """The reference of each segment: exact where both texts have one layout, else by alignment.

    Args:
        document: the source.
        segments: of that document, in order.
        reference_text: the whole reference.

    Returns segment id → reference, None for a segment that has no sentence of its own in the reference.
    """
    source, reference = lines_of(document.text), lines_of(reference_text)
    texts = [reference_text[start:end] for start, end in reference]
    if [filled(document.text[start:end]) for start, end in source] != [filled(text) for text in texts]:
        return pair_up(segments, sentences_of(reference_text))
    starts = [segment.start for segment in segments]
    pairs: dict[str, str | None] = {}
    for (start, end), text in zip(source, texts, strict=True):
        group = segments[bisect.bisect_left(starts, start) : bisect.bisect_left(starts, end)]
        pairs |= pair_up(group, [text.strip()] if len(group) == 1 else sentences_of(text))
    return pairs


def pair_up(segments: Sequence[Segment], sentences: Sequence[str]) -> dict[str, str | None]:
    """One by one where the numbers agree and by alignment otherwise; shared sentences are nobody's own."""
    if len(segments) == len(sentences):
        return {segment.id: sentence for segment, sentence in zip(segments, sentences, strict=True)}
    pairs: dict[str, str | None] = {segment.id: None for segment in segments}
    for bead in align_sentences([segment.text for segment in segments], sentences):
        if bead.shape in {(1, 1), (1, 2)}:
            pairs[segments[bead.source_start].id] = " ".join(sentences[bead.target_start : bead.target_end])
    return pairs


def lines_of(text: str) -> list[tuple[int, int]]:
    """Spans of the lines without their ends, up to the last line that says something."""
    ends = [found.span() for found in _LINE_END.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    spans = list(zip(starts, [*(start for start, _ in ends), len(text)], strict=True))
    while spans and not filled(text[slice(*spans[-1])]):
        spans.pop()
    return spans


def filled(line: str) -> bool:
    """Whether a line says something; lines of no-break spaces do not."""
    return bool(line.strip())


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in the language that its script tells."""
    language: Language = "bn" if script_of(text) == "bn" else "en"
    return [text[start:end] for start, end in sentence_spans(text, language)]
