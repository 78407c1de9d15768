"""Alignment: beads on made cases and on the seeds, with sentences left out, added and merged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.align import Bead, align_sentences, common_units, pair_references, sentences_of
from pipeline.records import Document, Language, Segment
from pipeline.sentences import sentence_spans

SEEDS = Path(__file__).parents[2] / "seeds"
LANGUAGES: dict[str, tuple[Language, Language]] = {
    "01-belgium-call": ("bn", "en"),
    "02-kazakhstan-call": ("bn", "en"),
    "03-putin-election": ("bn", "en"),
    "04-belgium-defence": ("en", "bn"),
    "05-central-asia": ("bn", "en"),
}
# Segments of each article, counted by hand.
COUNTS = {
    "01-belgium-call": 15,
    "02-kazakhstan-call": 18,
    "03-putin-election": 35,
    "04-belgium-defence": 16,
    "05-central-asia": 34,
}
BN = [
    "প্রধানমন্ত্রী মোদি ২০১৬ সালের মার্চ মাসে বেলজিয়াম সফর করেন।",
    "কাজাখস্তানের আস্তানায় ১৭তম এসসিও শীর্ষ সম্মেলন হয়েছিল।",
    "পুতিনের বয়স ৭১ বছর।",
    "উজবেকিস্তানের সমরকন্দে ২০২২ সালে সম্মেলন হয়।",
]
EN = [
    "Prime Minister Modi visited Belgium in March 2016.",
    "The 17th SCO summit was held in Astana, Kazakhstan.",
    "Putin is 71 years old.",
    "The summit was held in Samarkand, Uzbekistan, in 2022.",
]
STRANGE = "Heavy rain is expected over the northern hills tonight, the weather office said."
CASES = [
    ("one to one", BN, EN, [(1, 1)] * 4),
    ("a sentence left out", BN, [*EN[:2], EN[3]], [(1, 1), (1, 1), (1, 0), (1, 1)]),
    ("the first left out", BN, EN[1:], [(1, 0), (1, 1), (1, 1), (1, 1)]),
    ("a sentence added", BN, [*EN[:2], STRANGE, *EN[2:]], [(1, 1), (1, 1), (0, 1), (1, 1), (1, 1)]),
    ("two merged", BN, [EN[0], f"{EN[1]} {EN[2]}", EN[3]], [(1, 1), (2, 1), (1, 1)]),
    ("one split", [BN[0], f"{BN[1]} {BN[2]}", BN[3]], EN, [(1, 1), (1, 2), (1, 1)]),
    ("one language on both sides", EN, [*EN[:1], STRANGE, *EN[1:]], [(1, 1), (0, 1), (1, 1), (1, 1), (1, 1)]),
    ("nothing on the right", BN[:2], [], [(1, 0), (1, 0)]),
    ("nothing on the left", [], EN[:2], [(0, 1), (0, 1)]),
    ("nothing at all", [], [], []),
]


def covers(beads: list[Bead], n: int, m: int) -> bool:
    """Beads follow each other on both sides from the start to the end."""
    at = (0, 0)
    for bead in beads:
        if (bead.source_start, bead.target_start) != at:
            return False
        at = (bead.source_end, bead.target_end)
    return at == (n, m)


@pytest.mark.parametrize(("label", "source", "target", "shapes"), CASES, ids=[case[0] for case in CASES])
def test_beads(label: str, source: list[str], target: list[str], shapes: list[tuple[int, int]]):
    beads = align_sentences(source, target)
    assert [bead.shape for bead in beads] == shapes
    assert covers(beads, len(source), len(target))


def texts(stem: str) -> tuple[Document, str]:
    language, target = LANGUAGES[stem]
    text = (SEEDS / f"{stem}.txt").read_bytes().decode("utf-8")
    reference = (SEEDS / "references" / f"{stem}.{target}.txt").read_bytes().decode("utf-8")
    return Document(stem, f"{stem}.txt", text, "", language), reference


def segments_of(document: Document) -> list[Segment]:
    spans = sentence_spans(document.text, document.language)
    return [
        Segment(f"{document.doc}:{i:04}", document.doc, i, 1, start, end, document.text[start:end], "sentence")
        for i, (start, end) in enumerate(spans)
    ]


@pytest.mark.parametrize("stem", LANGUAGES)
def test_seeds_align_one_to_one_whatever_their_paragraphs(stem: str):
    document, reference = texts(stem)
    flat = "\n".join(sentences_of(reference))
    pairs = pair_references(document, segments_of(document), flat)
    assert len(pairs) == COUNTS[stem]
    assert list(pairs.values()) == sentences_of(reference)


@pytest.mark.parametrize("stem", LANGUAGES)
@pytest.mark.parametrize("dropped", [0, 3, 9])
def test_a_sentence_missing_from_the_reference_leaves_one_segment_alone(stem: str, dropped: int):
    document, reference = texts(stem)
    segments, right = segments_of(document), sentences_of(reference)
    pairs = pair_references(document, segments, "\n".join(right[:dropped] + right[dropped + 1 :]))
    wrong = [i for i, segment in enumerate(segments) if i != dropped and pairs[segment.id] != right[i]]
    assert len(wrong) <= 1


PAIRS = [
    ("01-belgium-call", 3, '"Spoke with Belgian Prime Minister @alexanderdecroo.'),
    ("02-kazakhstan-call", 0, "Modi conveys India's support for the success of the upcoming SCO summit in Kazakhstan."),
    ("02-kazakhstan-call", 2, '"Had a good conversation with the President of Kazakhstan, H.E. Kassym-Jomart Tokayev.'),
    ("03-putin-election", 18, "Scroll to load tweet…"),
    ("03-putin-election", 33, "Russia-Ukraine war has a direct impact on India's security!"),
    ("04-belgium-defence", 0, "তারিখ ২০২৫-০৩-০৫"),
    ("05-central-asia", 23, "Discussed global hotspots and their wider implications."),
    ("05-central-asia", 31, "The Shanghai Cooperation Organisation (SCO) is a political"),
]  # fmt: skip


@pytest.mark.parametrize(("stem", "index", "starts"), PAIRS)
def test_references_pair_with_segments_line_by_line(stem: str, index: int, starts: str):
    document, reference = texts(stem)
    segments = segments_of(document)
    pairs = pair_references(document, segments, reference)
    assert (pairs[segments[index].id] or "").startswith(starts)
    assert list(pairs) == [segment.id for segment in segments]
    assert None not in pairs.values()


def small(text: str, language: Language = "bn") -> tuple[Document, list[Segment]]:
    document = Document("d", "d.txt", text, "", language)
    return document, segments_of(document)


LAYOUTS = [
    ("line ends of another kind", "ক খ গ।\n\nঘ ঙ চ।\n", "One two.\r\n\r\nThree four.", ["One two.", "Three four."]),
    ("no-break spaces are blank", "ক খ গ।\n\u00a0\nঘ ঙ চ।", "One two.\n\nThree four.\n\n", ["One two.", "Three four."]),
    ("one segment takes its whole line", "ক খ গ ও ঘ\nঙ চ।", "One two. And three!\nFour.",
     ["One two. And three!", "Four."]),
    ("a sentence for two is nobody's", "ক খ গ। ঘ ঙ চ।", "One two and three four.", [None, None]),
    ("two sentences for one segment are joined", f"{BN[0]} {BN[3]}",
     "Modi visited Belgium. That was in March 2016. The summit was held in Samarkand, Uzbekistan, in 2022.",
     ["Modi visited Belgium. That was in March 2016.", "The summit was held in Samarkand, Uzbekistan, in 2022."]),
    ("an empty reference", "ক খ গ।", "", [None]),
]  # fmt: skip


@pytest.mark.parametrize(("label", "source", "reference", "expected"), LAYOUTS, ids=[case[0] for case in LAYOUTS])
def test_layouts(label: str, source: str, reference: str, expected: list[str | None]):
    document, segments = small(source)
    assert list(pair_references(document, segments, reference).values()) == expected


def test_a_long_passage_on_one_side_alone_is_found_beyond_the_first_band():
    numbers = [f"গাড়ি নম্বর {1000 + i} রওনা হল।" for i in range(300)]
    translated = [f"Car number {1000 + i} left." for i in range(300)]
    beads = align_sentences(numbers, translated[:50] + translated[180:])
    pairs = {bead.source_start: bead.target_start for bead in beads if bead.shape == (1, 1)}
    right = sum(pairs.get(i) == i - 130 for i in range(180, 300)) + sum(pairs.get(i) == i for i in range(50))
    assert right >= 165


def test_units_are_cut_where_every_text_can_be_cut():
    merged = [f"{EN[0]} {EN[1]}", *EN[2:]]
    units = common_units(EN, [merged, [*EN[:3]], BN])
    assert units[0] == (f"{EN[0]} {EN[1]}", f"{EN[0]} {EN[1]}", f"{EN[0]} {EN[1]}", f"{BN[0]} {BN[1]}")
    assert units[1] == (EN[2], EN[2], EN[2], BN[2])
    assert units[2] == (EN[3], EN[3], "", BN[3])


def test_units_lose_nothing_that_one_text_adds():
    added = [STRANGE, *EN[:2], STRANGE, *EN[2:], STRANGE]
    units = common_units(EN, [added])
    assert " ".join(unit[1] for unit in units) == " ".join(added)
    assert [unit[0] for unit in units] == EN


SENTENCES = st.lists(st.sampled_from([*EN, *BN, STRANGE, "Yes.", "হ্যাঁ।", "২০২২", ""]), max_size=12)


@settings(max_examples=40, deadline=None)
@given(SENTENCES, SENTENCES)
def test_beads_always_cover_both_sides_in_order(source: list[str], target: list[str]):
    assert covers(align_sentences(source, target), len(source), len(target))


@settings(max_examples=40, deadline=None)
@given(SENTENCES.filter(bool), SENTENCES, SENTENCES)
def test_units_always_hold_every_sentence_once(pivot: list[str], one: list[str], two: list[str]):
    units = common_units(pivot, [one, two])
    for column, sentences in enumerate((pivot, one, two)):
        joined = " ".join(unit[column] for unit in units)
        assert joined.split() == " ".join(sentences).split()
