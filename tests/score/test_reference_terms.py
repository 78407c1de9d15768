"""The reference translations, which people wrote, carry every glossary term of their articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import termbase
from pipeline.acronyms import judge
from pipeline.align import pair_references
from pipeline.files import read_document
from pipeline.records import Direction, TermMatch, target_language
from pipeline.score import score_terms
from pipeline.segment import segment
from pipeline.terms import find_terms

SEEDS = Path(__file__).parents[2] / "seeds"
GLOSSARY = Path(__file__).parents[2] / "glossary"
# What a reference rightly leaves out: a doubled word of the source, and a handle that the source had transliterated.
LEFT_OUT = [
    ("01-belgium-call", "bn-en", ["do-not-translate"]),
    ("02-kazakhstan-call", "bn-en", ["kazakhstan"]),
    ("03-putin-election", "bn-en", []),
    ("04-belgium-defence", "en-bn", []),
    ("05-central-asia", "bn-en", []),
]


@pytest.fixture(scope="module")
def base() -> termbase.TermBase:
    return termbase.load([GLOSSARY])


@pytest.mark.parametrize(("stem", "direction", "left_out"), LEFT_OUT, ids=[case[0] for case in LEFT_OUT])
def test_references_carry_every_term(base, stem: str, direction: Direction, left_out: list[str]):
    language = target_language(direction)
    document = read_document(SEEDS / f"{stem}.txt")
    segments = segment(document)
    reference = (SEEDS / "references" / f"{stem}.{language}.txt").read_text(encoding="utf-8")
    pairs = pair_references(document, segments, reference)
    matches, _ = judge(document, segments, find_terms(document, segments, base, direction), base)
    missing = [lacking(matches, item.id, pairs[item.id] or "", base, language) for item in segments]
    assert [entry for entries in missing for entry in entries] == left_out


def lacking(matches: list[TermMatch], segment_id: str, target: str, base, language) -> list[str]:
    """Entries of one segment that its reference does not render, or not as often."""
    absent = []
    for entry in dict.fromkeys(match.proposed or match.entry for match in matches if match.segment == segment_id):
        group = [m for m in matches if m.segment == segment_id and (m.proposed or m.entry) == entry]
        score = score_terms([group], [target], base, language)
        if score and score.success_rate < 100:
            absent.append(entry)
    return absent
