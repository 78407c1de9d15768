"""Where the source names a person in full, a surname beside a guessed first name is not the glossary's name."""

from __future__ import annotations

import pytest

from pipeline.records import Document
from pipeline.segment import segment
from pipeline.termbase import default_paths, load
from pipeline.terms import find_terms
from pipeline.translate.needs import job_of, verify
from pipeline.translate.protocol import Item

FULL, SHORT = "রাষ্ট্রপতি কাসিম-জোমার্ট টোকায়েভ বলেছেন।", "রাষ্ট্রপতি টোকায়েভ বলেছেন।"


@pytest.mark.parametrize(
    ("source", "target", "met"),
    [
        (FULL, "President Kassym-Jomart Tokayev said.", True),
        (FULL, "President Qasim-Jomart Tokayev said.", False),
        (FULL, "President Tokayev said.", False),
        (SHORT, "President Tokayev said.", True),
        (SHORT, "President Kassym-Jomart Tokayev said.", True),
    ],
)
def test_a_full_name_is_kept_in_full(source, target, met):
    base = load(default_paths())
    document = Document("d", "d", source, "", "bn")
    (piece,) = segment(document)
    matches = tuple(find_terms(document, [piece], base, "bn-en"))
    job = job_of(Item(piece, matches, "bn-en"), (0, len(source)), base)
    assert verify(job, target, base).met is met
