"""Occurrences of terms in text: a table of inflections, spellings and, above all, of what is no occurrence."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records import TermEntry, TermSide
from pipeline.termbase import TermBase, load, termbase_of
from pipeline.termbase_yaml import parse_file

HERE = Path(__file__).parent
CASES = json.loads((HERE / "matching.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def base() -> TermBase:
    return load([HERE / "matching.yaml"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']}: {case['label']}")
def test_occurrences(base: TermBase, case: dict) -> None:
    hits = base.find(case["text"], case["language"])
    assert [[hit.surface, hit.suffix, hit.entry] for hit in hits] == case["expect"]
    assert all(case["text"][hit.start : hit.end] == hit.surface + hit.suffix for hit in hits)


@pytest.mark.parametrize(
    ("direction", "found"), [("bn-en", ["male"]), ("en-bn", []), (None, ["male"])], ids=["works", "does not", "any"]
)
def test_an_entry_works_in_its_direction_only(direction, found) -> None:
    base = termbase_of([TermEntry("male", TermSide("মালে"), TermSide("Malé"), type="place", direction="bn-en")])
    assert [hit.entry for hit in base.find("মালেতে", "bn", direction=direction)] == found


@settings(deadline=None)
@given(st.text(alphabet="এসসিওমইরকেতে-. ভারতীয়াSCO's\u200c\u09bc()\n", max_size=60))
def test_hits_lie_in_order_and_give_the_text_back(text: str) -> None:
    base = _base()
    for language in ("bn", "en"):
        end = 0
        for hit in base.find(text, language):
            assert end <= hit.start < hit.end
            assert text[hit.start : hit.end] == hit.surface + hit.suffix
            end = hit.end


def _base() -> TermBase:
    if not _CACHE:
        _CACHE.append(termbase_of(parse_file(HERE / "matching.yaml").entries))
    return _CACHE[0]


_CACHE: list[TermBase] = []


@pytest.mark.parametrize(
    ("entry", "text", "language", "spans"),
    [
        ("sco", "a Shanghai Cooperation Organization's (SCO)", "en", ["Shanghai Cooperation Organization's", "SCO"]),
        ("pm", "the Deputy Prime Minister", "en", []),
        ("pm", "the Deputy Prime Minister met the Prime Minister", "en", ["Prime Minister"]),
        ("sco", "এসসিও-র শীর্ষ সম্মেলন", "bn", ["এসসিও-র"]),
        ("sco", "SCO-র শীর্ষ সম্মেলন", "bn", []),
        ("india", "ভারতীয় সেনা", "bn", []),
        ("india", "ভারত মহাসাগরে", "bn", []),
        ("modi", "প্রধানমন্ত্রী নরেন্দ্র মোদির সফর", "bn", ["নরেন্দ্র মোদির"]),
        ("us", "give it to us", "en", []),
        ("mea", "MEA", "en", ["MEA"]),
    ],
)  # fmt: skip
def test_right_renderings_in_a_target(base: TermBase, entry, text, language, spans) -> None:
    assert [text[start:end] for start, end in base.present(entry, text, language)] == spans


@pytest.mark.parametrize(
    ("text", "language", "spans"),
    [
        ("the Indian President", "en", ["Indian"]),
        ("ভারতীয় সেনা", "bn", ["ভারতীয়"]),
        ("no indian summer", "en", []),
        ("India's President", "en", []),
    ],
)
def test_adjectives_of_places_in_a_target(base: TermBase, text, language, spans) -> None:
    assert [text[start:end] for start, end in base.adjectives("india", text, language)] == spans
    assert base.find("the Indian President", "en", direction="en-bn") == []


def test_what_is_not_translated_may_stand_in_either_script() -> None:
    base = termbase_of([TermEntry("setu", TermSide("সেতু"), TermSide("Setu"), type="do-not-translate")])
    assert base.present("setu", "Setu-র দপ্তর", "bn") == [(0, 6)]
    assert base.present("setu", "the সেতু office", "en") == [(4, 8)]
    assert base.accepted("setu", "bn") == ("সেতু", "Setu")


def test_accepted_and_forbidden() -> None:
    entry = TermEntry(
        "sco",
        TermSide("এসসিও", "সাংহাই সহযোগিতা সংস্থা"),
        TermSide("SCO", "Shanghai Cooperation Organisation", ("S.C.O.",)),
        type="acronym", case_sensitive=True, forbidden={"en": ("Shanghai Corporation Organisation",)},
    )  # fmt: skip
    base = termbase_of([entry])
    assert base.accepted("sco", "en") == ("SCO", "Shanghai Cooperation Organisation", "S.C.O.")
    text = "the Shanghai Corporation Organisation's summit"
    assert base.forbidden("sco", text, "en") == [(4, 39)]
    assert base.forbidden("sco", "the Shanghai Cooperation Organisation", "en") == []


def test_terms_shared_by_two_entries_go_to_the_first_and_are_present_for_both() -> None:
    sides = (TermSide("রাষ্ট্রপতি"), TermSide("President"))
    base = termbase_of([TermEntry("a", *sides, type="title"), TermEntry("b", *sides, type="title")])
    assert [hit.entry for hit in base.find("President", "en")] == ["a"]
    assert base.present("b", "President", "en") == [(0, 9)]
