"""Recorded changes: they lead from raw to target and back, whatever the texts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.fake import FEATURES, FakeEngine
from pipeline.errors import InputError
from pipeline.records import Change, Segment, TermEntry, TermMatch, TermSide, Translation
from pipeline.termbase import termbase_of
from pipeline.translate import Item, translate_segments, undo
from pipeline.translate.changes import apply, record, shift

PIECES = st.sampled_from(
    ["SCO", "এসসিও", "এসসিওর", " ", "  ", "\n", "র\u200d্য", "the", "আজ", ".", "।", "-", "e\u0301", "😀", "2024", ""]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30)


def changes_of(before, after):
    return record(before, after, rule="r", glossary="g", about=lambda span: ("e", "why"))


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_record_leads_there_and_back(before, after):
    changes = changes_of(before, after)
    assert apply(before, changes) == after
    assert undo(Translation("s", before, after, None, tuple(changes))) == before


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_shifted_changes_fit_behind_a_text(left, before, after):
    assert apply(left + before, shift(changes_of(before, after), len(left))) == left + after


def test_a_record_names_only_what_differs():
    changes = changes_of("today Sko summit in Astna", "today SCO summit in Astana")
    assert [(c.start, c.before, c.after) for c in changes] == [(6, "Sko", "SCO"), (20, "Astna", "Astana")]


def test_an_edited_target_cannot_be_undone():
    change = Change("r", "e", "g", 0, 3, "Sko", "SCO")
    with pytest.raises(InputError, match="Undo later edits"):
        undo(Translation("s", "Sko", "The SCO", None, (change,)))


def test_a_change_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="'abc'"):
        apply("xyz", [Change("r", "e", "g", 0, 3, "abc", "d")])


ENTRIES = {
    "sco": TermEntry(
        "sco",
        TermSide("এসসিও", "সাংহাই সহযোগিতা সংস্থা"),
        TermSide("SCO", "Shanghai Cooperation Organisation"),
        type="acronym",
    ),
    "astana": TermEntry("astana", TermSide("আস্তানা"), TermSide("Astana"), type="place"),
}  # fmt: skip
BASE = termbase_of(ENTRIES.values())
WORDS = st.sampled_from(["এসসিও", "আস্তানা", "আজ", "সম্মেলন", "বৈঠক", "এবং", "।", "2024", "Modi", "ভারতের"])
WRONG = st.dictionaries(
    st.sampled_from(["এসসিও", "আস্তানা"]),
    st.lists(st.sampled_from(["SCO", "Sko", "the Sko's", "", "Astna", "Astana"]), min_size=1, max_size=3).map(tuple),
)
FULL = "Shanghai Cooperation Organisation (SCO)"


@settings(max_examples=150, deadline=None)
@given(
    words=st.lists(WORDS, max_size=10),
    wrong=WRONG,
    features=st.sets(st.sampled_from(sorted(FEATURES))).map(frozenset),
    full=st.booleans(),
)
def test_undoing_enforcement_gives_raw_byte_for_byte(words, wrong, features, full):
    text = " ".join(words)
    hits = BASE.find(text, "bn")
    matches = tuple(
        TermMatch("d:0", h.start, h.end, h.surface, h.suffix, h.entry, ENTRIES[h.entry].en.term, proposed=h.entry)
        for h in hits
    )
    if full and matches and matches[0].entry == "sco":
        matches = (replace(matches[0], target=FULL), *matches[1:])
    item = Item(Segment("d:0", "d", 0, 1, 0, len(text), text, "sentence"), matches, "bn-en")
    (translation,) = translate_segments([item], FakeEngine(words=wrong, features=features), BASE)
    assert undo(translation) == translation.raw
    assert apply(translation.raw, translation.changes) == translation.target
    missing = {f.evidence["entry"] for f in translation.findings if f.check == "term-missing"}
    for entry in {h.entry for h in hits} - missing:
        assert BASE.present(entry, translation.target, "en")
