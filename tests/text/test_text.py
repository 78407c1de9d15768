"""Keys, digits, graphemes, boundaries, words and scripts."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.text import (
    detect_language,
    graphemes,
    is_boundary,
    key,
    keyed,
    script_counts,
    script_of,
    to_ascii_digits,
    to_bengali_digits,
    words,
)

SEEDS = Path(__file__).parents[2] / "seeds"
LANGUAGES = {"01": "bn", "02": "bn", "03": "bn", "04": "en", "05": "bn"}
ZWNJ, ZWJ = "\u200c", "\u200d"

# the characters that keys are about, so that hypothesis meets their sequences
ALPHABET = st.sampled_from(
    list("যডঢতরকঅোিৗৎ়্০৫।৷aAéÉİSZ \t\u00a0\u2009\u200b\u200c\u200d\ufeff\u0301\u0303“”‘’'\"–—-\n\r…")
)
TEXTS = st.text(ALPHABET, max_size=30) | st.text(max_size=30)


@pytest.mark.parametrize(
    ("label", "one", "other"),
    [
        ("য় in both encodings", "বিষয়", "বিষ\u09df"),
        ("ড় in both encodings", "বা\u09a1\u09bcি", "বা\u09dcি"),
        ("ঢ় in both encodings", "আষা\u09a2\u09bc", "আষা\u09dd"),
        ("split o sign", "ভ\u09c7\u09beট", "ভ\u09cbট"),
        ("split au sign", "ন\u09c7\u09d7কা", "ন\u09ccকা"),
        ("khanda ta as ta, hasanta, joiner", "ভবিষ্য\u09a4\u09cd" + ZWJ, "ভবিষ্য\u09ce"),
        ("ra with joiner before ya", "র" + ZWJ + "্যাব", "র্যাব"),
        ("zero width non-joiner", "এসসিও" + ZWNJ + "র", "এসসিওর"),
        ("no-break space", "বিদেশ\u00a0মন্ত্রক", "বিদেশ মন্ত্রক"),
        ("a run of spaces", "বিদেশ  \u2009মন্ত্রক", "বিদেশ মন্ত্রক"),
        ("curly quotes", "“ক” ‘খ’", "\"ক\" 'খ'"),
        ("dashes", "ভারত–ইইউ", "ভারত-ইইউ"),
        ("minus and figure dash", "‒5−", "-5-"),
        ("danda look-alike", "জানান\u09f7", "জানান।"),
        ("combining accent", "Attache\u0301", "Attaché"),
        ("joiner inside a nukta letter", "য" + ZWJ + "\u09bc", "\u09df"),
    ],
)
def test_key_unifies(label: str, one: str, other: str) -> None:
    assert key(one) == key(other)
    assert key(unicodedata.normalize("NFC", one)) == key(unicodedata.normalize("NFD", other))


@pytest.mark.parametrize(
    ("label", "one", "other"),
    [
        ("চীন and চীনা", "চীন", "চীনা"),
        ("ং and ঙ", "বাংলা", "বাঙলা"),
        ("digits of two scripts", "২৪", "24"),
        ("colon and visarga", "বলেন:", "বলেনঃ"),
        ("case by default", "SCO", "sco"),
        ("line ends are no spaces", "ক\nখ", "ক খ"),
        ("ত with hasanta alone", "সত্য", "সৎয"),
    ],
)
def test_key_keeps_apart(label: str, one: str, other: str) -> None:
    assert key(one) != key(other)


def test_case_is_folded_only_when_asked() -> None:
    assert key("India's MEA", case=False) == "india's mea"
    assert key("ATTACHE\u0301", case=False) == "attaché"


@given(TEXTS, st.booleans())
def test_key_is_idempotent(text: str, case: bool) -> None:  # noqa: FBT001 (hypothesis passes it)
    assert key(key(text, case=case), case=case) == key(text, case=case)


@given(TEXTS, st.booleans())
def test_keyed_is_key_with_a_way_back(text: str, case: bool) -> None:  # noqa: FBT001 (hypothesis passes it)
    found = keyed(text, case=case)
    assert found.key == key(text, case=case)
    assert len(found.offsets) == len(found.key) + 1
    assert list(found.offsets) == sorted(found.offsets)
    assert found.offsets[-1] == len(text)


def test_a_span_of_the_key_is_a_span_of_the_text() -> None:
    text = "তিনি  বিষয়“র‍্যাব”ও বলেন"
    found = keyed(text)
    for part in ("তিনি", "বিষ\u09df", "র্যাব", "বলেন"):
        at = found.key.index(part)
        start, end = found.span(at, at + len(part))
        assert key(text[start:end]) == part


def test_keys_are_fast_enough_for_a_corpus() -> None:
    line = (SEEDS / "01-belgium-call.txt").read_text("utf-8").splitlines()[1]
    started = time.perf_counter()
    for _ in range(2000):
        key(line, case=False)
    assert time.perf_counter() - started < 2.0  # 100,000 sentences in well under two minutes on a busy core


def test_digits_there_and_back() -> None:
    assert to_ascii_digits("১,৮৭,৫০০ টাকা, 30") == "1,87,500 টাকা, 30"
    assert to_bengali_digits("26 March") == "২৬ March"


@given(st.text("০১২৩৪৫৬৭৮৯ক,."))
def test_bengali_digits_round_trip(text: str) -> None:
    assert to_bengali_digits(to_ascii_digits(text)) == text


@given(st.text())
def test_graphemes_join_to_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


def test_a_vowel_sign_stays_with_its_letter() -> None:
    assert graphemes("বাংলা") == ["বাং", "লা"]


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("চীনা", 3, False),  # চীন inside চীনা
        ("মন্ত্রী এস", 7, True),
        ("মন্ত্রী এস", 6, False),
        ("এসসিও-র", 5, True),
        ("র‍্যাব", 2, False),  # after the joiner
        ("SCO's", 3, True),
        ("২৬শে", 2, False),
        ("ক", 0, True),
        ("ক", 1, True),
        ("", 0, True),
    ],
)
def test_boundaries(text: str, index: int, *, expected: bool) -> None:
    assert is_boundary(text, index) is expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("bn", "এসসিও-র সভা, ৮৭.৯৭ শতাংশ।", ["এসসিও", "র", "সভা", "৮৭.৯৭", "শতাংশ"]),
        ("bn", "তা হ'ল ২৬শে মার্চ", ["তা", "হ'ল", "২৬শে", "মার্চ"]),
        ("bn", "‘কথা’ দুঃখ", ["কথা", "দুঃখ"]),
        ("en", "India's co-production, 105mm, 1,87,500.", ["India's", "co-production", "105mm", "1,87,500"]),
        ("en", "'quoted' - text", ["quoted", "text"]),
        ("en", "", []),
    ],
)  # fmt: skip
def test_words(language: str, text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in words(text, language)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("বাংলা", "bn"), ("India", "en"), ("भारत", "hi"), ("Москва", "other"), ("১২৩ 45 ।", "none"), ("", "none")],
)
def test_script(text: str, expected: str) -> None:
    assert script_of(text) == expected


def test_script_counts_count_letters_and_marks_only() -> None:
    assert script_counts("কি X, भा র 12") == {"bn": 3, "en": 1, "hi": 2, "other": 0}


@pytest.mark.parametrize("seed", sorted(SEEDS.glob("0*.txt")), ids=lambda path: path.stem)
def test_the_language_of_the_seeds(seed: Path) -> None:
    assert detect_language(seed.read_text("utf-8")) == LANGUAGES[seed.name[:2]]


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("a post in Latin letters", "তিনি এক্স-এ লিখেছেন, Met FM today", "bn"),
        ("a Bengali name in English", "The daily প্রথম আলো reported on Tuesday that talks had ended.", "en"),
        ("one word", "India", "en"),
        ("figures first", "1 " * 150_000 + "ভারত", "bn"),
        ("a long text by its beginning", "India " * 40_000 + "ভারত " * 400_000, "en"),
    ],
)
def test_language_of_mixed_text(label: str, text: str, expected: str) -> None:
    assert detect_language(text) == expected


@pytest.mark.parametrize("text", ["", "১২৩ 456", "भारत और बेल्जियम", "Москва и Дели"])
def test_no_language_is_an_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        detect_language(text, where="a.txt")
    assert caught.value.where == "a.txt"
