"""Long segments are cut where a reader would pause, and never lose a letter."""

from __future__ import annotations

from itertools import pairwise

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.translate.split import cut


def parts(text, limit, keep=()):
    return [text[a:b] for a, b in cut(text, limit, keep=keep)]


CASES = [
    ("short stays whole", "one two", 40, (), ["one two"]),
    ("blank gives nothing", " \n", 40, (), []),
    ("sentence end before comma", "alpha beta, gamma delta। epsilon zeta, eta", 30, (),
     ["alpha beta, gamma delta।", "epsilon zeta, eta"]),
    ("semicolon before comma", "aaaa bbbb cccc; dddd, eeee ffff", 25, (), ["aaaa bbbb cccc;", "dddd, eeee ffff"]),
    ("comma before space", "aaaa bbbb cccc, dddd eeee ffff", 25, (), ["aaaa bbbb cccc,", "dddd eeee ffff"]),
    ("space where there is no mark", "aaaa bbbb cccc dddd", 12, (), ["aaaa bbbb", "cccc dddd"]),
    ("no crumbs", "a, bbbb cccc dddd eeee", 18, (), ["a, bbbb cccc dddd", "eeee"]),
    ("not inside a term", "xx Shanghai Cooperation yy", 15, ((3, 23),), ["xx", "Shanghai Cooperation", "yy"]),
    ("not inside a number", "আয় ৩.৫ কোটি টাকা", 10, (), ["আয় ৩.৫", "কোটি টাকা"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_cut(case):
    _, text, limit, keep, expected = case
    assert parts(text, limit, keep) == expected


def test_a_word_longer_than_the_limit_is_cut_between_graphemes():
    text = "ক্ষি" * 50
    found = parts(text, 40)
    assert "".join(found) == text
    assert all(regex.fullmatch(r"(?:ক্ষি)+", part) for part in found)


@settings(deadline=None)
@given(st.text(alphabet="ab ,;।.কি্ \n", max_size=200), st.integers(5, 60))
def test_nothing_but_white_space_is_lost(text, limit):
    spans = cut(text, limit)
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
