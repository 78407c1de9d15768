"""A small term base and the items of one-line texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.records import Segment, TermEntry, TermMatch, TermSide
from pipeline.termbase import TermBase, termbase_of
from pipeline.translate import Item

ENTRIES = (
    TermEntry(
        "sco",
        TermSide("এসসিও", "সাংহাই সহযোগিতা সংস্থা"),
        TermSide("SCO", "Shanghai Cooperation Organisation", ("Shanghai Cooperation Organization",)),
        type="acronym",
        case_sensitive=True,
        forbidden={"en": ("Shanghai Corporation Organisation",), "bn": ()},
        confusable_with=("mea",),
    ),
    TermEntry(
        "mea",
        TermSide("এমইএ", "বিদেশ মন্ত্রক"),
        TermSide("MEA", "Ministry of External Affairs"),
        type="acronym",
        case_sensitive=True,
    ),
    TermEntry("astana", TermSide("আস্তানা"), TermSide("Astana"), type="place"),
    TermEntry("eam", TermSide("বিদেশমন্ত্রী"), TermSide("External Affairs Minister"), type="title"),
    TermEntry("jaishankar", TermSide("জয়শঙ্কর"), TermSide("Jaishankar"), type="person"),
)


@pytest.fixture(scope="session")
def base() -> TermBase:
    return termbase_of(ENTRIES)


@pytest.fixture(scope="session")
def make_item(base: TermBase) -> Callable[..., Item]:
    """An item from a text, its terms found by the term base; `start` is the segment's place in its document."""

    def make(text: str, direction: str = "bn-en", *, start: int = 0, name: str = "d:0000", **changed) -> Item:
        language, other = direction.split("-")
        matches = tuple(
            TermMatch(
                name,
                start + hit.start,
                start + hit.end,
                hit.surface,
                hit.suffix,
                hit.entry,
                base.entries[hit.entry].side(other).term,
                **{"proposed": hit.entry, **changed},
            )
            for hit in base.find(text, language)
        )
        return Item(Segment(name, "d", 0, 1, start, start + len(text), text, "sentence"), matches, direction)

    return make
