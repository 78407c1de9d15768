"""Checks of one text alone: a table, and the five seeds, where what is wrong is known from reading them."""

import json
from pathlib import Path

import pytest

from pipeline.checks import DOCUMENT_CHECKS, check_document
from pipeline.files import read_document

HERE = Path(__file__)
CASES = json.loads(HERE.with_name("document_cases.json").read_text(encoding="utf-8"))
SEEDS = sorted((HERE.parents[2] / "seeds").glob("0*.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['check']}: {case['label']}")
def test_case(case):
    found = [f for f in check_document(case["text"], case["language"]) if f.check == case["check"]]
    assert [case["text"][slice(*f.source_span)] for f in found] == case["spans"]


@pytest.mark.parametrize("name", DOCUMENT_CHECKS)
def test_every_check_has_a_hit_and_a_negative(name):
    assert {bool(case["spans"]) for case in CASES if case["check"] == name} == {True, False}


FAULTS = {
    "01-belgium-call": [],
    "02-kazakhstan-call": [("document-digits", "30")],
    "03-putin-election": [],
    "04-belgium-defence": [],
    "05-central-asia": [
        ("name-spelling", "আসতানার"),
        ("name-spelling", "নুর্টলুর"),
        ("name-spelling", "মাকসিম"),
        ("weekday-date", "বুধবার (৪ জুলাই, ২০২৪"),
    ],
}


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_seeds(path):
    document = read_document(path)
    found = check_document(document.text, document.language)
    assert sorted((f.check, document.text[slice(*f.source_span)]) for f in found) == FAULTS[path.stem]


def test_the_other_spelling_is_named():
    finding = check_document("আস্তানায় বৈঠক। আসতানার পার্কে।", "bn")[0]
    assert finding.evidence["spellings"] == {"আস্তানা": 1, "আসতানা": 1}
    assert "আস্তানায়" in finding.message
