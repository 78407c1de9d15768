"""Numbers reach the translation whatever phrase carries them."""

from __future__ import annotations

import pytest

from pipeline.engines import load_engine
from pipeline.records import Request


@pytest.fixture(scope="module")
def engine():
    return load_engine("compact")


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("ভারত ও কাজাখস্তানের সম্পর্ক প্রাচীন এবং ঐতিহাসিক, যা ২০০০ বছরেরও বেশি সময় ধরে চলে আসছে।", "2000"),
        ("তিনি এবারের প্রেসিডেন্ট নির্বাচনে ৮৭.৯৭ শতাংশ ভোট পেয়ে নির্বাচিত হয়েছেন।", "87.97"),
        ("মঙ্গলবার (২৬শে মার্চ, ২০২৪) তিনি ফোন করেন।", "2024"),
    ],
)
def test_every_candidate_keeps_the_number(engine, source, number):
    (candidates,) = engine.translate([Request(source, "bn-en", n_best=5)])
    assert all(number in candidate.text for candidate in candidates), candidates
    assert not any("  " in candidate.text for candidate in candidates)
