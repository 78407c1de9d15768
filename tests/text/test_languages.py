"""Facts about languages stand in the form that they are looked up in, and do not contradict each other."""

import dataclasses
from collections.abc import Iterator

import pytest
import regex

from pipeline.languages import FACTS, facts
from pipeline.languages.base import LanguageFacts
from pipeline.text import key

ALL = [pytest.param(found, id=code) for code, found in FACTS.items()]


def strings(found: LanguageFacts) -> Iterator[str]:
    for name in (field.name for field in dataclasses.fields(found)):
        value = getattr(found, name)
        if name not in {"hard_ends", "boilerplate", "related"}:
            yield from [value] if isinstance(value, str) else value


@pytest.mark.parametrize("found", ALL)
def test_every_fact_is_its_own_key(found: LanguageFacts) -> None:
    assert [text for text in strings(found) if key(text) != text] == []


@pytest.mark.parametrize("found", ALL)
def test_calendars_are_whole(found: LanguageFacts) -> None:
    assert set(found.months.values()) == set(range(1, 13))
    assert set(found.weekdays.values()) == set(range(1, 8))
    assert len(found.digits) == 10


@pytest.mark.parametrize("found", ALL)
def test_every_letter_has_a_name(found: LanguageFacts) -> None:
    assert "".join(sorted(set(found.letters.values()))) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize("found", ALL)
def test_suffixes_stand_longest_first_and_once(found: LanguageFacts) -> None:
    lengths = [len(suffix) for suffix in found.suffixes]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(found.suffixes)) == len(lengths)


@pytest.mark.parametrize("found", ALL)
def test_patterns_compile(found: LanguageFacts) -> None:
    for pattern in (*found.boilerplate, *found.related):
        regex.compile(pattern)


@pytest.mark.parametrize(
    ("language", "table", "word", "value"),
    [
        ("bn", "months", "জানুয়ারী", 1),
        ("bn", "months", "অগস্ট", 8),
        ("bn", "weekdays", "রোববার", 7),
        ("bn", "weekdays", "বৃহস্পতিবার", 4),
        ("bn", "letters", "ডব্লিউ", "W"),
        ("en", "months", "sept", 9),
        ("en", "weekdays", "thursday", 4),
    ],
)
def test_known_words(language: str, table: str, word: str, value: object) -> None:
    assert getattr(facts(language), table)[key(word)] == value


def test_an_abbreviation_is_in_one_class_only() -> None:
    for found in FACTS.values():
        assert not found.titles & found.abbreviations
        assert not found.titles & found.before_numbers - {"নং"}
