"""Endings read and written: tables from Bengali news usage, and round trips."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.inflect import decompose, function_of, inflect

# term, type, then the genitive, objective and locative that a Kolkata newspaper writes
BENGALI = [
    ("এসসিও", "acronym", "এসসিও-র", "এসসিও-কে", "এসসিও-তে"),
    ("এমইএ", "acronym", "এমইএ-র", "এমইএ-কে", "এমইএ-তে"),
    ("আইএমএফ", "acronym", "আইএমএফ-এর", "আইএমএফ-কে", "আইএমএফ-এ"),
    ("ইউএন", "acronym", "ইউএন-এর", "ইউএন-কে", "ইউএন-এ"),
    ("ভারত", "place", "ভারতের", "ভারতকে", "ভারতে"),
    ("রাশিয়া", "place", "রাশিয়ার", "রাশিয়াকে", "রাশিয়ায়"),
    ("ঢাকা", "place", "ঢাকার", "ঢাকাকে", "ঢাকায়"),
    ("দিল্লি", "place", "দিল্লির", "দিল্লিকে", "দিল্লিতে"),
    ("টোকিও", "place", "টোকিওর", "টোকিওকে", "টোকিওয়"),
    ("মুম্বাই", "place", "মুম্বাইয়ের", "মুম্বাইকে", "মুম্বাইতে"),
    ("বেইজিং", "place", "বেইজিংয়ের", "বেইজিংকে", "বেইজিংয়ে"),
    ("জয়শঙ্কর", "person", "জয়শঙ্করের", "জয়শঙ্করকে", "জয়শঙ্করে"),
    ("নরেন্দ্র মোদী", "person", "নরেন্দ্র মোদীর", "নরেন্দ্র মোদীকে", "নরেন্দ্র মোদীতে"),
    ("ম্যাক্রোঁ", "person", "ম্যাক্রোঁর", "ম্যাক্রোঁকে", "ম্যাক্রোঁয়"),
    ("মন্ত্রণালয়", "organisation", "মন্ত্রণালয়ের", "মন্ত্রণালয়কে", "মন্ত্রণালয়ে"),
    ("নেটো", "organisation", "নেটোর", "নেটোকে", "নেটোয়"),
    ("ব্রিকস", "organisation", "ব্রিকসের", "ব্রিকসকে", "ব্রিকসে"),
    ("জি-২০", "organisation", "জি-২০-এর", "জি-২০-কে", "জি-২০-এ"),
    ("X", "organisation", "X-এর", "X-কে", "X-এ"),
]
TABLE = [
    (term, kind, function, form)
    for term, kind, *forms in BENGALI
    for function, form in zip(("genitive", "objective", "locative"), forms, strict=True)
]
OTHERS = [
    ("bn", "রাষ্ট্রদূত", "title", "plural", "রাষ্ট্রদূতেরা"),
    ("bn", "পররাষ্ট্রমন্ত্রী", "title", "plural", "পররাষ্ট্রমন্ত্রীরা"),
    ("bn", "পররাষ্ট্রমন্ত্রী", "title", "plural+genitive", "পররাষ্ট্রমন্ত্রীদের"),
    ("bn", "পররাষ্ট্রমন্ত্রী", "title", "plural+objective", "পররাষ্ট্রমন্ত্রীদেরকে"),
    ("bn", "দূতাবাস", "term", "plural", "দূতাবাসগুলি"),
    ("bn", "দূতাবাস", "term", "plural+genitive", "দূতাবাসগুলির"),
    ("bn", "দূতাবাস", "term", "plural+locative", "দূতাবাসগুলিতে"),
    ("bn", "শীর্ষ সম্মেলন", "term", "definite+objective", "শীর্ষ সম্মেলনটিকে"),
    ("bn", "ভারত", "place", "also", "ভারতও"),
    ("bn", "ভারত", "place", "genitive+also", "ভারতেরও"),
    ("bn", "এসসিও", "acronym", "also", "এসসিও-ও"),
    ("bn", "ভারত", "place", "with", "ভারতসহ"),
    ("bn", "এসসিও", "acronym", "", "এসসিও"),
    ("en", "SCO", "acronym", "genitive", "SCO's"),
    ("en", "MEA", "acronym", "plural", "MEAs"),
    ("en", "BRICS", "organisation", "genitive", "BRICS's"),
    ("en", "United Nations", "organisation", "genitive", "United Nations'"),
    ("en", "Foreign Minister", "title", "plural", "Foreign Ministers"),
    ("en", "Foreign Minister", "title", "plural+genitive", "Foreign Ministers'"),
    ("en", "Foreign Secretary", "title", "plural", "Foreign Secretaries"),
    ("en", "embassy", "term", "plural+genitive", "embassies'"),
    ("en", "head of state", "title", "plural", "heads of state"),
    ("en", "Minister of State for External Affairs", "title", "plural", "Ministers of State for External Affairs"),
    ("en", "Secretary-General", "title", "plural", "Secretaries-General"),
    ("en", "India", "place", "locative", "India"),
    ("en", "India", "place", "objective", "India"),
]


@pytest.mark.parametrize(("term", "kind", "function", "form"), TABLE, ids=lambda value: value)
def test_bengali_cases(term, kind, function, form) -> None:
    assert inflect(term, function, language="bn", term_type=kind) == form
    suffix, read = decompose(form, term, language="bn", term_type=kind)
    assert (term + suffix, read) == (form, function)


@pytest.mark.parametrize(("language", "term", "kind", "function", "form"), OTHERS, ids=lambda value: value or "bare")
def test_other_forms(language, term, kind, function, form) -> None:
    assert inflect(term, function, language=language, term_type=kind) == form


@pytest.mark.parametrize(
    ("suffix", "language", "function"),
    [
        ("র", "bn", "genitive"), ("-এর", "bn", "genitive"), (" -এর", "bn", "genitive"), ("ের", "bn", "genitive"),
        ("’র", "bn", "genitive"), ("য়ের", "bn", "genitive"), ("\u09af\u09bcের", "bn", "genitive"),
        ("কে", "bn", "objective"), ("-কে", "bn", "objective"), ("তে", "bn", "locative"), ("য়", "bn", "locative"),
        (" -তে", "bn", "locative"), ("ে", "bn", "locative"), ("গুলির", "bn", "plural+genitive"),
        ("গুলোতেও", "bn", "plural+locative+also"), ("দেরকে", "bn", "plural+objective"),
        ("টিকে", "bn", "definite+objective"),
        ("েরই", "bn", "genitive+emphatic"), ("সহ", "bn", "with"),
        ("ভুক্ত", "bn", "member"), ("জির", "bn", "honorific+genitive"), ("", "bn", ""), ("xyz", "bn", ""),
        ("'s", "en", "genitive"), ("’s", "en", "genitive"), ("s", "en", "plural"), ("ies", "en", "plural"),
        ("s'", "en", "plural+genitive"), ("'", "en", "genitive"), ("", "en", ""), ("ing", "en", ""),
    ],
)  # fmt: skip
def test_what_an_ending_says(suffix, language, function) -> None:
    assert function_of(suffix, language=language) == function


@pytest.mark.parametrize(
    ("form", "term", "language", "kind"),
    [
        ("চীনা", "চীন", "bn", "place"), ("চিনতে", "চিন", "bn", "place"), ("ভারতীয়", "ভারত", "bn", "place"),
        ("রাশিয়ান", "রাশিয়া", "bn", "place"), ("পিএমও", "পিএম", "bn", "acronym"), ("সভাপতি", "পতি", "bn", "term"),
        ("Indian", "India", "en", "place"), ("Indias", "India", "en", "place"), ("SCOR", "SCO", "en", "acronym"),
        ("Secretariat", "Secretary", "en", "title"),
    ],
)  # fmt: skip
def test_no_form_of_the_term(form, term, language, kind) -> None:
    assert decompose(form, term, language=language, term_type=kind) is None


FUNCTIONS = [
    "", "genitive", "objective", "locative", "plural", "plural+genitive", "plural+objective", "definite",
    "definite+genitive", "definite+locative", "genitive+also", "objective+emphatic", "locative+also",
]  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from([(term, kind) for term, kind, *_ in BENGALI]), st.sampled_from(FUNCTIONS))
def test_what_is_written_is_read_back(entry, function) -> None:
    term, kind = entry
    form = inflect(term, function, language="bn", term_type=kind)
    assert decompose(form, term, language="bn", term_type=kind) == (form[len(term) :], function)


@settings(deadline=None)
@given(
    st.sampled_from(["SCO", "MEA", "Foreign Minister", "embassy", "summit", "Foreign Secretary", "attaché"]),
    st.sampled_from(["", "genitive", "plural", "plural+genitive"]),
)
def test_english_is_read_back(term, function) -> None:
    form = inflect(term, function, language="en")
    assert decompose(form, term, language="en")[1] == function
