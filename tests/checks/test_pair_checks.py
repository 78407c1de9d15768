"""One table for every check of a pair: what it must find, and what it must leave alone."""

import json
from pathlib import Path

import pytest

from pipeline.checks import PAIR_CHECKS, Pair, check_segment

CASES = json.loads(Path(__file__).with_name("pair_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['check']}: {case['label']}")
def test_case(case):
    pair = Pair(case["source"], case["target"], case["direction"])
    found = [finding for finding in check_segment(pair) if finding.check == case["check"]]
    assert bool(found) == case.get("fires", True), found
    if "source_text" in case:
        assert pair.source[slice(*found[0].source_span)] == case["source_text"]
    if "target_text" in case:
        assert pair.target[slice(*found[0].target_span)] == case["target_text"]


@pytest.mark.parametrize("name", [name for name in PAIR_CHECKS if not name.startswith("term-")])
def test_every_check_has_a_hit_and_a_negative(name):
    fires = {case.get("fires", True) for case in CASES if case["check"] == name}
    assert fires == {True, False}


def test_findings_carry_what_was_measured():
    findings = check_segment(Pair("১৫ শতাংশ এবং ৩০ তম", "15 and 40th", "bn-en"))
    assert {finding.check for finding in findings} == {"numbers", "percentages"}
    numbers = next(finding for finding in findings if finding.check == "numbers")
    assert numbers.evidence["source_values"] == ["30"]
    assert numbers.evidence["target_values"] == ["40"]


def test_spans_are_of_the_text_as_read():
    # the joiner and the decomposed nukta are not in the match key
    source = "র\u200d্যাব ছ\u09af\u09bc ২০১৬ সালে"
    found = [f for f in check_segment(Pair(source, "RAB in six years", "bn-en")) if f.check == "numbers"]
    assert source[slice(*found[0].source_span)] == "২০১৬"


def test_an_empty_translation_has_one_finding():
    assert [f.check for f in check_segment(Pair("মঙ্গলবার ২৬শে মার্চ", "", "bn-en"))] == ["empty"]
