"""Any text at all: no crash, spans within the texts, and time that grows with the length alone."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.checks import Pair, check_document, check_pairs, check_segment

PIECES = st.sampled_from(
    ["১", "২৬শে ", "মার্চ", " ২০২৪", "বুধবার (", "না", "নি", "লাখ", "সাড়ে ", "-", "'", '"', "“", "(", ")", "।",
     ".", ":", ",", "%", "$", "@", "#", "A1", "COVID-19", "July ", "May", "Wednesday, ", "4", "0", "n't", "not ",
     "lakh ", "one ", "hundred ", "ক্", "ত্", "\u09bc", "\u200d", "\u09cd", "্যা", "भारत", "\n", " ", "İ", "ﬁ",
     "\u0000", "😀", "million", "-", "5", " to ", "থেকে",
     "মোদি", "কে ", "ধন্যবাদ জানান ", "Modi ", "has ", "thanked ", "by ", "Putin", "'s "]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join))


def within(span, text):
    return span is None or 0 <= span[0] <= span[1] <= len(text)


@settings(max_examples=250, deadline=None)
@given(source=TEXTS, target=TEXTS, direction=st.sampled_from(["bn-en", "en-bn"]))
def test_pairs(source, target, direction):
    pair = Pair(source, target, direction)
    for finding in [*check_segment(pair), *check_pairs([pair, pair]).get(1, ())]:
        assert within(finding.source_span, source)
        assert within(finding.target_span, target)
        assert finding.message


@settings(max_examples=250, deadline=None)
@given(text=TEXTS, language=st.sampled_from(["bn", "en"]))
def test_documents(text, language):
    for finding in check_document(text, language):
        assert within(finding.source_span, text)
        assert text[slice(*finding.source_span)]


@given(text=TEXTS)
def test_checking_twice_is_the_same(text):
    assert check_document(text, "bn") == check_document(text, "bn")


HARD = {
    "digits": "1", "Bengali digits": "১", "spaced digits": "1 ", "grouped": "1,", "points": "1.", "quotes": '"',
    "brackets": "(", "spaces": " ", "letters": "a", "Bengali letters": "ক", "vowel signs": "া", "capitals": "A",
    "capitals and hyphens": "A-", "capitalised": "Abcdef ", "conjuncts": "ন্ত", "hyphens": "-", "negations": "না ",
    "scales": "লাখ ", "hundreds": "one hundred and ", "dates": "৪ জুলাই ", "English dates": "July 4 ",
    "weekdays": "বুধবার ", "codes": "A1-", "phones": "12 34 ", "at": "a@", "dots": "a.",
    "roles": "মোদিকে ধন্যবাদ জানান Modi thanked Putin ", "roles told apart": "মোদিকে ধন্যবাদ জানান মোদি। Modi thanked Putin. ",
    "objects": "মোদিকে Modi ধন্যবাদ জানান thanked Putin ",
}  # fmt: skip


@pytest.mark.parametrize("unit", HARD.values(), ids=HARD)
def test_a_long_line_takes_linear_time(unit):
    def seconds(size):
        text = unit * (size // len(unit))
        start = time.process_time()
        check_segment(Pair(text, text + "x", "bn-en"))
        check_document(text, "en")
        return time.process_time() - start

    seconds(100)
    small, large = seconds(2_000), seconds(16_000)
    assert large < 30 * small + 0.15  # eight times the text; a quadratic check takes 64 times as long
