"""Unknown words read as their kin, and names spelt with the words that are known in mind."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pipeline.engines.compact import bases, kin, load
from pipeline.engines.compact.bases import english_bases, name_ending, spelling_key
from pipeline.engines.compact.kin import Kin, Lexicon
from pipeline.engines.compact.letters import ENDINGS, decode_letters
from pipeline.engines.compact.smt import Draft, Word
from pipeline.engines.compact.spell import Speller
from pipeline.engines.compact.text import Token, join, plain, tokenize
from pipeline.records import Request
from pipeline.text import key

KNOWN = {
    "en": ["north", "bound", "delegation", "obstruct", "pursue", "amicable", "boss", "run", "stop", "nationalization",
           "councillor", "chairman", "ratify", "afghan", "frank", "crusade", "out"],
    "bn": ["প্রতিষ্ঠান", "সমূহ", "￭ে", "￭র", "￭ের", "￭তে", "￭কে", "￭ও", "সহ", "বিনিয়োগ", "বান্ধব", "কেলেঙ্কারি", "কর্মকাণ্ড", "হল",
           "রাখেন", "রাখে", "হেলসিংকি", "সাত", "বার", "পাড়া", "বর্ধন", "ফ্লোরিডা", "ফল", "ম্যাক", "সিম"],
}  # fmt: skip


@pytest.fixture
def read():
    """What the kin of a language reads a word as: forms that the table knows, "?" for a name to be spelt."""

    def parts(language: str, word: str) -> str:
        known = [plain(w) for w in KNOWN[language]]
        places = {form: place for place, form in enumerate(known)}
        found = Kin(language, Lexicon(places, places.__contains__)).parts(plain(word))
        assert not found or sum(p.size for p in found) == len(plain(word))
        return " ".join(p.known or "?" for p in found)

    return parts


@pytest.mark.parametrize(
    ("label", "word", "expected"),
    [
        ("plural", "delegations", "delegation"),
        ("plural after a hiss", "bosses", "boss"),
        ("plural of man", "chairmen", "chairman"),
        ("past", "pursued", "pursue"),
        ("past of y", "ratified", "ratify"),
        ("participle", "obstructing", "obstruct"),
        ("adverb", "amicably", "amicable"),
        ("British spelling", "nationalisation", "nationalization"),
        ("American spelling", "councilor", "councillor"),
        ("two steps", "crusaders", "crusade"),
        ("plural of a people", "Afghans", "afghan"),
        ("compound", "northbound", "north bound"),
        ("a known word stays", "boss", ""),
        ("a short name is no plural", "Franks", ""),
        ("a name is no compound", "Runstop", ""),
        ("an acronym stays", "BOSSES", ""),
        ("nothing like it", "Provenzano", ""),
        ("parts are not short", "outrun", "out run"),
        ("a rest is no part", "runx", ""),
    ],
)
def test_english_kin(read, label, word, expected):
    assert read("en", word) == expected, label


@pytest.mark.parametrize(
    ("label", "word", "expected"),
    [
        ("plural of documents", "প্রতিষ্ঠানসমূহ", "প্রতিষ্ঠান সমূহ"),
        ("two endings", "প্রতিষ্ঠানসমূহে", "প্রতিষ্ঠান সমূহ ￭ে"),
        ("short stem, long ending", "ফলসমূহ", "ফল সমূহ"),
        ("with", "প্রতিষ্ঠানসহ", "প্রতিষ্ঠান সহ"),
        ("locative after a vowel", "ফ্লোরিডায়", "ফ্লোরিডা ￭তে"),
        ("genitive", "হেলসিংকির", "হেলসিংকি ￭র"),
        ("vowel of another length", "কেলেঙ্কারীতে", "কেলেঙ্কারি ￭তে"),
        ("dental for retroflex", "কর্মকান্ড", "কর্মকাণ্ড"),
        ("verb with o", "হলো", ""),
        ("verb of the same person", "রাখতেন", "রাখেন"),
        ("compound", "বিনিয়োগবান্ধব", "বিনিয়োগ বান্ধব"),
        ("compound with an ending", "বিনিয়োগবান্ধবের", "বিনিয়োগ বান্ধব ￭ের"),
        ("compound of numbers", "সাতবার", "সাত বার"),
        ("a place is spelt", "বর্ধনপাড়া", ""),
        ("a foreign name is no compound", "ম্যাকসিম", ""),
        ("an unknown name loses its ending", "প্রোভেনজানোর", "? ￭র"),
        ("and an object its", "মান্টোভালোসকে", "? ￭কে"),
        ("an r after a is the name's", "কুমার", ""),
        ("an acronym is not cut", "এসসিওর", ""),
        ("a known word stays", "সাত", ""),
        ("Latin stays", "Helsinki", ""),
    ],
)
def test_bengali_kin(read, label, word, expected):
    assert read("bn", word) == plain(expected), label


def test_short_words_are_not_mixed_up(read):
    # হলো is হল by its key, but words of three letters have too many neighbours: আশা, hope, and আসা, coming
    assert spelling_key("হলো") == spelling_key("হল")
    assert not read("bn", "ফলো")


def test_facts_are_in_the_spelling_of_tokens():
    """A letter in two code points would never match: tokens have it in one (this hid endings for two versions)."""
    texts = [
        *(text for pair in bases.SPELLINGS for text in pair), *(e for group in bases.VERBS for e in group),
        *(ending for ending, _ in bases.NAME_ENDINGS), *kin.JOINED[:6], *kin.SAME_CASE, *kin.PLACES, *ENDINGS,
    ]  # fmt: skip
    assert [text for text in texts if plain(text) != text and text not in ("\u200d", "ঃ", "ঁ")] == []


@pytest.mark.parametrize("spelt", ["এফবিআইয়ের", "এফবিআই\u09dfের"])
def test_acronyms_are_read_in_either_spelling(spelt):
    assert decode_letters(spelt) == ("FBI", plain("য়ের"))


def test_bases_come_nearest_first():
    assert list(english_bases("widened"))[:2] == ["widene", "widen"]
    assert "wide" in english_bases("widened")
    assert name_ending("জাভিয়েরা") == ""


def test_tokens_keep_their_form_and_their_places():
    known = {plain("বিনিয়োগ"): 0, plain("বান্ধব"): 1, "￭ের": 2}
    read = Kin("bn", Lexicon(known, known.__contains__))
    text = "এই বিনিয়োগবান্ধবের!"  # য় in two code points
    tokens = read(tokenize(text))
    assert join(t.form for t in tokens) == plain(text)
    assert [t.known for t in tokens] == ["", plain("বিনিয়োগ"), plain("বান্ধব"), "￭ের", ""]
    assert all(a.start < a.end <= b.start for a, b in pairwise(tokens))
    assert tokens[3].end == len(text) - 1
    number = Token("⟨n⟩", 0, 2, "12")
    assert read([number]) == [number]


class Letters:
    """A phrasebook over characters that gives two spellings of any word."""

    def translate(self, jobs, settings):
        assert settings.n_best > 1
        spelt = (("Traffalgar", -1.0), ("Trafalgar", -2.0))
        return [[Draft(tuple(Word(c, 0, 1) for c in text.lower()), score) for text, score in spelt] for _ in jobs]


@pytest.mark.parametrize(
    ("words", "expected"), [(["Trafalgar"], "Trafalgar"), (["trafalgar"], "trafalgar"), (["Paris"], "Traffalgar")]
)
def test_a_word_that_is_known_is_spelt_as_it_is(words, expected):
    assert Speller(Letters(), "bn-en", words)(["ট্রাফালগার"]) == [expected]


@pytest.fixture(scope="module")
def shipped():
    return load()


@pytest.mark.parametrize(
    ("label", "direction", "text", "there"),
    [
        ("a city with its ending", "bn-en", "রাষ্ট্রপতি হেলসিংকির বৈঠকে যোগ দেন।", "Helsinki"),
        ("a plural the pairs lack", "bn-en", "সংস্কারসহ সব প্রস্তাব গৃহীত হয়েছে।", "reform"),
        ("a participle the pairs lack", "en-bn", "They are expelling the diplomats.", "বহিষ্কার"),
    ],
)
def test_the_shipped_model_translates_kin(shipped, label, direction, text, there):
    found = key(shipped.translate([Request(text, direction)])[0][0].text)
    assert any(key(word) in found for word in there.split("|")), label  # words of one meaning


def test_links_of_cut_words_point_into_the_source(shipped):
    text = "বিনিয়োগবান্ধব পরিবেশ ও প্রতিষ্ঠানসমূহে সংস্কারসহ প্রোভেনজানোর বক্তব্য।"
    candidate = shipped.translate([Request(text, "bn-en")])[0][0]
    assert all(0 <= k.source_start < k.source_end <= len(text) for k in candidate.links)
