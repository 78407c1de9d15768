"""What the speller learns from: words of two scripts that sound alike."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.engines.compact.text import plain
from pipeline.training.align import Aligned
from pipeline.training.corpus import Pair
from pipeline.training.phrases import Corpus
from pipeline.training.spelling import BENGALI_SOUNDS, LATIN_SOUNDS, name_pairs, skeleton

# linked one to one; True: one word in two scripts
LINKED = [
    ("ব্রিগেড", "brigade", True),
    ("টোকায়েভ", "Tokayev", True),
    ("দিল্লি", "Delhi", True),
    ("সিকোয়েন্স", "sequence", True),
    ("লি", "Li", True),
    ("লি", "lie", False),
    ("ভাষণ", "speech", False),
    ("বৈঠক", "meeting", False),
    ("নাম", "name", True),
    ("মা", "mama", False),
    ("এসসিও", "SCO", False),
    ("ভারত", "India", False),
]


def aligned() -> Aligned:
    """A corpus of one pair a link."""
    bn, en = ([plain(row[k]) for row in LINKED] for k in (0, 1))
    words = {"bn": list(dict.fromkeys(bn)), "en": list(dict.fromkeys(en))}
    n = np.arange(len(LINKED))
    ids = {lang: np.array([words[lang].index(w) for w in side], np.int32) for lang, side in (("bn", bn), ("en", en))}
    corpus = Corpus(ids["bn"], ids["en"], n, n, np.stack([n, n], 1), np.ones(len(n)))
    return Aligned(corpus, words, np.arange(len(words["en"]), dtype=np.int32), ["news"] * len(n))


def test_linked_words_that_sound_alike_teach_spelling():
    found = name_pairs([], [], aligned())
    assert set(found) == {(plain(bn), en.lower()) for bn, en, alike in LINKED if alike}


def test_names_count_most_and_informal_spellings_least():
    pairs = [Pair("নয়া দিল্লি", "New Delhi", 1.0, "names-places")]
    found = name_pairs(pairs, [("ভাষণ", "bhashon")], aligned())
    assert found["দিল্লি", "delhi"] > found["ব্রিগেড", "brigade"] > found["ভাষণ", "bhashon"] > 0


@pytest.mark.parametrize("spelt", ["মস্কো", "গাড়ি", "আষাঢ়"])
def test_every_consonant_of_a_word_has_a_sound(spelt):
    consonants = [c for c in plain(spelt) if "ক" <= c <= "হ" or c in "\u09dc\u09dd"]
    assert len(skeleton(plain(spelt), BENGALI_SOUNDS)) == len(consonants)


def test_skeletons_of_two_scripts_meet():
    assert skeleton("ব্রিগেড", BENGALI_SOUNDS) == skeleton("brigade", LATIN_SOUNDS)
