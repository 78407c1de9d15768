"""Sentence ends, in tables; each sentence of a case is one expected piece."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.quotes import quoted_spans
from pipeline.sentences import MAX_SENTENCE, sentence_spans

CASES = json.loads((Path(__file__).parent / "sentences.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']} {case['label']}")
def test_sentences(case: dict[str, Any]) -> None:
    text = case.get("glue", " ").join(case["sentences"])
    assert [text[start:end] for start, end in sentence_spans(text, case["language"])] == case["sentences"]


TEXTS = st.text(st.sampled_from(list("কখ১a.B ।?!…\"'”’‘()[]|,\n\u00a0ি্\u200d৷")), max_size=60) | st.text(max_size=40)


@given(TEXTS, st.sampled_from(["bn", "en"]))
def test_spans_are_ordered_trimmed_and_lose_nothing(text: str, language: str) -> None:
    done = 0
    for start, end in sentence_spans(text, language):
        assert not text[done:start].strip()
        assert start < end
        assert text[start:end] == text[start:end].strip()
        assert len(text[start:end].splitlines()) == 1 or any(char in text[start:end] for char in "\x1c\x1d\x1e")
        done = end
    assert not text[done:].strip()


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("prose", "ভারত ও বেলজিয়াম আলোচনা করেছে। "),
        ("no end mark", "ভারত, বেলজিয়াম; "),
        ("no space at all", "ক্ষি"),
        ("end marks", "!)"),
        ("quotes", '" '),
        ("abbreviations", "A. "),
        ("brackets", "((."),
    ],
)
@pytest.mark.parametrize("language", ["bn", "en"])
def test_time_is_linear_on_one_long_line(label: str, unit: str, language: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.perf_counter()
        spans = sentence_spans(text, language)
        assert max((end - start for start, end in spans), default=0) <= MAX_SENTENCE
        return time.perf_counter() - started

    small, large = seconds(15_000), seconds(120_000)
    assert large < 8 * 5 * max(small, 0.01)


def test_an_overlong_sentence_is_cut_at_clauses_and_never_inside_a_character() -> None:
    text = "ভারত, " * 600
    pieces = [text[start:end] for start, end in sentence_spans(text, "bn")]
    assert all(piece.endswith(",") and piece.startswith("ভারত") for piece in pieces)
    blob = "ক্ষি" * 1000
    pieces = [blob[start:end] for start, end in sentence_spans(blob, "bn")]
    assert "".join(pieces) == blob
    assert all(piece[0] in "কষ" for piece in pieces)


@pytest.mark.parametrize(
    ("label", "text", "quoted"),
    [
        ("one", 'তিনি বলেন, "আমরা যাব।"', ["আমরা যাব।"]),
        ("two in a line", '"এক," তিনি বলেন, "দুই।"', ["এক,", "দুই।"]),
        ("closing mark glued to the next word", '"আমরা যাব "মোদি লেখেন।', ["আমরা যাব "]),
        ("over paragraphs", '"এক।\n\u00a0\nদুই।\n\u00a0\nতিন," তিনি বলেন।', ["এক।", "দুই।", "তিন,"]),
        ("over paragraphs, closed in a doubtful place", '"এক।\n\nদুই, "তিনি বলেন।', ["এক।", "দুই, "]),
        ("each paragraph opens again", '"One.\n"Two."\nNext.', ["One.", "Two."]),
        ("a stray mark spoils its paragraph only", 'ক "খ গ।\nঘ ঙ।\n"চ" ছ।', ["খ গ।", "চ"]),
        ("curly over paragraphs", "“One.\n“Two.”\nNext.", ["One.", "Two."]),
        ("single curly", "তিনি জানান, ‘কথা বললাম।’ পরে যান।", ["কথা বললাম।"]),
        ("apostrophe is no mark", "India’s ‘look east’ isn’t new.", ["look east"]),
        ("guillemets", "«ক» খ", ["ক"]),
        ("none", "India's plan.", []),
        ("unclosed for good", '"ক\n' + "খ\n" * 30, ["ক"]),
    ],
)
def test_quotations(label: str, text: str, quoted: list[str]) -> None:
    assert [text[start:end] for start, end in quoted_spans(text)] == quoted


@given(st.text(st.sampled_from(list("ab \n\"“”‘’«»'")), max_size=60))
def test_quoted_spans_are_ordered_and_within_lines(text: str) -> None:
    done = 0
    for start, end in quoted_spans(text):
        assert done <= start < end
        assert "\n" not in text[start:end]
        done = end
