"""What the source denies, the translation denies: a lost "not" is a diplomatic error."""

from __future__ import annotations

import pytest
import regex

from pipeline.engines import load_engine
from pipeline.records import Request
from pipeline.text import key

ENGLISH = regex.compile(r"\b(?:not|no|never|cannot|without)\b|n't\b", regex.IGNORECASE)
BENGALI = regex.compile(key(r"(?<![\p{L}\p{M}])(?:না|নি|নয়|নেই)(?![\p{L}\p{M}])|(?:ে|ন|য়)নি(?![\p{L}\p{M}])"))


@pytest.fixture(scope="module")
def engine():
    return load_engine("compact")


@pytest.mark.parametrize(
    "source",
    [
        "কিন্তু তাকে অভিযুক্ত করা হয়নি।",
        "ভারত এই চুক্তিতে সই করবে না।",
        "দুই দেশের মধ্যে কোনও আলোচনা হয়নি।",
        "প্রধানমন্ত্রী বৈঠকে যোগ দেননি।",
        "এ বিষয়ে কোনও সিদ্ধান্ত নেওয়া হয়নি, এমইএ জানিয়েছে।",
    ],
)
def test_bengali_denials_reach_english(engine, source):
    ((best,),) = engine.translate([Request(source, "bn-en")])
    assert ENGLISH.search(best.text), best.text


@pytest.mark.parametrize(
    "source",
    [
        "India did not sign the agreement.",
        "The minister will not attend the meeting.",
        "No decision has been taken.",
        "He was not charged.",
    ],
)
def test_english_denials_reach_bengali(engine, source):
    ((best,),) = engine.translate([Request(source, "en-bn")])
    assert BENGALI.search(key(best.text)), best.text


@pytest.mark.parametrize(
    "source", ["ভারত এই চুক্তিতে সই করেছে।", "প্রধানমন্ত্রী বৈঠকে যোগ দিয়েছেন।", "তিনি অংশ নিতে আস্তানা সফর করছেন।"]
)
def test_nothing_is_denied_that_the_source_affirms(engine, source):
    ((best,),) = engine.translate([Request(source, "bn-en")])
    assert not ENGLISH.search(best.text), best.text
