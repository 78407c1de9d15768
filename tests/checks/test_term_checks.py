"""Glossary terms: missing, doubled, forbidden, not spelt out."""

from dataclasses import replace

import pytest

from pipeline.checks import Pair, check_segment
from pipeline.records import Document, Reading, Segment, TermEntry, TermSide, source_language
from pipeline.termbase import termbase_of
from pipeline.terms import find_terms

BASE = termbase_of(
    [
        TermEntry(
            "sco",
            TermSide("এসসিও", "সাংহাই সহযোগিতা সংস্থা"),
            TermSide("SCO", "Shanghai Cooperation Organisation", ("Shanghai Cooperation Organization",)),
            type="acronym",
            first_mention="expand",
            forbidden={"en": ("Shanghai Corporation Organisation",)},
        ),
        TermEntry(
            "mea", TermSide("এমইএ", "বিদেশ মন্ত্রক"), TermSide("MEA", "Ministry of External Affairs"), type="acronym"
        ),
        TermEntry("finland", TermSide("ফিনল্যান্ড"), TermSide("Finland"), type="place"),
        TermEntry("putin", TermSide("ভ্লাদিমির পুতিন"), TermSide("Vladimir Putin"), type="person"),
    ]
)


def found(source, target, direction="bn-en", change=lambda match: match):
    document = Document("d", "d", source, "", source_language(direction))
    segments = [Segment("d:0", "d", 0, 1, 0, len(source), source, "sentence")]
    matches = tuple(change(match) for match in find_terms(document, segments, BASE, direction))
    findings = check_segment(Pair(source, target, direction, matches=matches), termbase=BASE)
    return [finding for finding in findings if finding.check.startswith("term-")]


CASES = [
    ("kept", "এমইএ জানিয়েছে।", "The MEA said.", []),
    ("possessive", "এমইএ-র বিবৃতি", "The MEA's statement", []),
    ("expansion for the term", "এমইএ জানিয়েছে।", "The Ministry of External Affairs said.", []),
    ("missing", "এমইএ জানিয়েছে।", "The office said.", ["term-missing"]),
    ("one rendering answers for two mentions", "এমইএ বলেছে এমইএ জানে।", "The MEA said that it knows.", []),
    ("doubled", "এমইএ জানিয়েছে।", "The MEA MEA said.", ["term-doubled"]),
    ("more often than in the source", "এমইএ জানিয়েছে।", "The MEA said the MEA knows.", ["term-doubled"]),
    ("long form and short form are one", "এমইএ জানিয়েছে।", "The Ministry of External Affairs (MEA) said.", []),
    ("first mention spelt out", "এসসিও বৈঠক", "The Shanghai Cooperation Organisation (SCO) meeting", []),
    ("first mention short", "এসসিও বৈঠক", "The SCO meeting", ["term-first-mention"]),
    ("first mention by a variant", "এসসিও বৈঠক", "The Shanghai Cooperation Organization meeting", []),
    ("forbidden", "এসসিও বৈঠক", "The Shanghai Corporation Organisation meeting", ["term-missing", "term-forbidden"]),
    ("adjective of a place", "ফিনল্যান্ডের রাষ্ট্রপতি", "The Finnish president", []),
    ("another place", "ফিনল্যান্ডের রাষ্ট্রপতি", "The Swedish president", ["term-missing"]),
    ("last name alone", "ভ্লাদিমির পুতিন বলেন", "Putin said", []),
    ("address kept", "দেখুন https://mea.gov.in আজ", "See https://mea.gov.in today", []),
    ("address lost", "দেখুন https://mea.gov.in আজ", "See the site today", ["term-missing"]),
    ("no term", "ভারত জানিয়েছে।", "India said.", []),
]


@pytest.mark.parametrize(("label", "source", "target", "expected"), CASES, ids=[case[0] for case in CASES])
def test_case(label, source, target, expected):
    assert [finding.check for finding in found(source, target)] == expected


def test_bengali_target_with_case_ending():
    assert found("The MEA's statement", "এমইএ-র বিবৃতি", "en-bn") == []


@pytest.mark.parametrize(
    ("target", "expected"), [("The SCO summit", []), ("The MEA summit", []), ("A summit", ["term-missing"])]
)
def test_any_reading_of_a_contested_acronym_will_do(target, expected):
    def contest(match):
        readings = (Reading("sco", (), 1.0), Reading("mea", (), 0.5))
        return replace(match, status="contested", proposed="sco", target="SCO", readings=readings)

    assert [finding.check for finding in found("এমইএ শীর্ষ সম্মেলন", target, change=contest)] == expected


def test_spans_are_of_the_pair_where_matches_are_of_the_document():
    source, before = "এমইএ জানিয়েছে।", "শিরোনাম\n"
    document = Document("d", "d", before + source, "", "bn")
    segment = Segment("d:1", "d", 1, 2, len(before), len(before + source), source, "sentence")
    matches = tuple(find_terms(document, [segment], BASE, "bn-en"))
    pair = Pair(source, "The office said.", "bn-en", matches=matches, start=len(before))
    finding = next(f for f in check_segment(pair, termbase=BASE) if f.check == "term-missing")
    assert source[slice(*finding.source_span)] == "এমইএ"
    assert finding.evidence["required"] == "MEA"


def test_a_doubled_term_is_told_from_one_too_many():
    (twice,) = found("এমইএ জানিয়েছে।", "The MEA MEA said.")
    (more,) = found("এমইএ জানিয়েছে।", "The MEA said the MEA knows.")
    assert "twice in a row" in twice.message
    assert "2 times; the source has it 1 times" in more.message
