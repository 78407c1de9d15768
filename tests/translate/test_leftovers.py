"""The rest of a wrong rendering: put in for one word of it, a term leaves the others standing."""

from __future__ import annotations

import pytest

from pipeline.records import Candidate, EngineInfo, Link
from pipeline.translate import TranslateOptions, translate_segments

SOURCE = "আজ সাংহাই সহযোগিতা সংস্থা বৈঠক করে।"
WHOLE = "Today the SCO meets."


class Scripted:
    """Says one thing freely, with links that split the term, and another when it is given the term."""

    info = EngineInfo("scripted", "1", "0", frozenset({"hints", "links"}))

    def __init__(self, free: str, links: dict[str, str], hinted: str) -> None:
        self._free, self._links, self._hinted = free, links, hinted

    def translate(self, requests):
        """The hinted answer where there are hints."""
        return [
            (self._answer(self._hinted, {}) if r.hints else self._answer(self._free, self._links),) for r in requests
        ]

    @staticmethod
    def _answer(text: str, links: dict[str, str]) -> Candidate:
        spans = [(text.index(t), t, SOURCE.index(s), s) for t, s in links.items()]
        return Candidate(text, -1.0, tuple(Link(a, a + len(t), b, b + len(s), 1.0) for a, t, b, s in spans))


@pytest.mark.parametrize(
    ("free", "links", "expected"),
    [
        pytest.param(
            "Today Sanghay meets with support institution.",
            {"Sanghay": "সাংহাই", "support": "সহযোগিতা", "institution": "সংস্থা"},
            WHOLE,
            id="the rest would stay: the term is asked for",
        ),
        pytest.param(
            "Today Sanghay meets with support.",
            {"Sanghay": "সাংহাই সহযোগিতা সংস্থা", "support": "বৈঠক"},
            "Today SCO meets with support.",
            id="nothing would stay: the sentence is left in its words",
        ),
        pytest.param(
            "Today Sanghay meets with the support.",
            {"Sanghay": "সাংহাই সহযোগিতা", "the": "সংস্থা", "support": "বৈঠক"},
            "Today SCO meets with the support.",
            id="a little word is no rest",
        ),
    ],
)
def test_what_is_left_of_a_wrong_rendering_counts_against_a_repair(base, make_item, free, links, expected):
    engine = Scripted(free, links, WHOLE)
    options = TranslateOptions(rungs=("hints", "substitute"))
    assert translate_segments([make_item(SOURCE)], engine, base, options=options)[0].target == expected
