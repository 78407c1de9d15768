"""The compact engine on a model made by hand, and what a damaged model says."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import numpy as np
import pytest

from pipeline.engines.compact import CompactEngine, load, store
from pipeline.engines.compact.dates import dates
from pipeline.engines.compact.decoder import Weights
from pipeline.engines.compact.engine import write
from pipeline.engines.compact.inflect import renderings
from pipeline.engines.compact.letters import decode_letters
from pipeline.engines.compact.ngram import NgramModel, Table, mix, pack, shorten
from pipeline.engines.compact.smt import Draft, Phrasebook, Word
from pipeline.engines.compact.spell import Speller, by_letters, is_acronym
from pipeline.engines.compact.store import Loaded
from pipeline.engines.compact.table import PhraseTable, phrase_keys
from pipeline.engines.compact.text import Splitter, join, plain, tokenize
from pipeline.errors import EngineError
from pipeline.records import Hint, Request

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]
# source phrase → (target phrase, score, place of each target word in the source phrase)
PHRASES = {
    "bn-en": {
        "ভারত": [("India", -0.2, (0,))],
        "￭ের": [("of", -1.0, (0,)), ("￭'s", -1.1, (0,))],
        "মন্ত্রী": [("minister", -0.3, (0,)), ("the minister", -0.6, (0, 0))],
        "ভারত ￭ের মন্ত্রী": [("India ￭'s minister", -0.1, (0, 1, 2))],
        "বলেন": [("said", -0.2, (0,))],
        "￭।": [("￭.", -0.1, (0,))],
        "⟨n⟩": [("⟨n⟩", -0.1, (0,))],
        "জন": [("people", -0.2, (0,)), ("", -3.0, ())],
        "ও": [("and", -0.2, (0,))],
    },
    "en-bn": {
        "india": [("ভারত", -0.2, (0,))],
        "and": [("ও", -0.2, (0,))],
        "met": [("দেখা করেন", -0.5, (0, 0))],
        "￭.": [("￭।", -0.1, (0,))],
    },
}


def words_of(direction: str, *, target: bool) -> list[str]:
    if target:
        found = [w for options in PHRASES[direction].values() for text, _, _ in options for w in text.split()]
    else:
        found = [w for phrase in PHRASES[direction] for w in phrase.split()]
    return [*SPECIAL, *dict.fromkeys(found)]


def table_of(direction: str) -> PhraseTable:
    source = {w: k for k, w in enumerate(words_of(direction, target=False))}
    target = {w: k for k, w in enumerate(words_of(direction, target=True))}
    rows = []
    for phrase, options in PHRASES[direction].items():
        ids = np.array([*(source[w] for w in phrase.split()), 0], np.int32)
        key = int(phrase_keys(ids, np.array([0]), np.array([len(ids) - 1]))[0])
        rows += [(key, k, *option) for k, option in enumerate(options)]
    rows.sort(key=lambda row: row[:2])
    keys = np.unique(np.array([row[0] for row in rows], np.uint64))
    words = np.zeros((len(rows), 6), np.int32)
    alignment = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for k, (_, _, text, _, links) in enumerate(rows):
        for j, word in enumerate(text.split()):
            words[k, j] = target[word]
            alignment[k] = int(alignment[k]) & ~(15 << 4 * j) | links[j] << 4 * j
    first = np.searchsorted(np.array([row[0] for row in rows], np.uint64), keys)
    return PhraseTable(
        keys, np.append(first, len(rows)).astype(np.uint32), words,
        np.array([len(r[2].split()) for r in rows], np.uint8),
        np.array([r[3] for r in rows], np.float16), np.zeros((len(rows), 6), np.float16), alignment,
    )  # fmt: skip


def flat_model(size: int) -> NgramModel:
    unigrams = np.stack([pack(np.full(size, -3.0)), pack(np.zeros(size))], 1)
    keys = np.sort(mix([np.array([2]), np.array([2])]))
    return NgramModel(unigrams, {2: Table.build(keys, np.zeros((1, 2), np.uint8))})


def book(direction: str) -> Phrasebook:
    source = {w: k for k, w in enumerate(words_of(direction, target=False))}
    target = words_of(direction, target=True)
    weights = Weights(lm=0.1, word=0.2, distortion=0.3)
    return Phrasebook(source, target, table_of(direction), flat_model(len(target)), weights, fold=direction == "en-bn")


@pytest.fixture(scope="module")
def engine() -> CompactEngine:
    counts = {"ভারত": 100, "ভারতের": 80, "মন্ত্রী": 50}
    return CompactEngine(Loaded({d: book(d) for d in PHRASES}, counts, {"version": "0"}, "0" * 64))


@pytest.fixture(scope="module")
def shipped() -> CompactEngine:
    return load()


def text_of(engine, text, direction, **options):
    return engine.translate([Request(text, direction, **options)])[0][0].text


def test_a_phrase_beats_its_words(engine):
    assert text_of(engine, "ভারতের মন্ত্রী বলেন।", "bn-en") == "India's minister said."


def test_numbers_keep_their_value(engine):
    assert text_of(engine, "১,২৫০ জন", "bn-en") == "1,250 people"
    assert text_of(engine, "India and India.", "en-bn") == "ভারত ও ভারত।"


def test_links_point_at_the_source(engine):
    (candidate,) = engine.translate([Request("ভারতের মন্ত্রী বলেন।", "bn-en")])[0]
    spans = {candidate.text[x.target_start : x.target_end]: (x.source_start, x.source_end) for x in candidate.links}
    assert spans == {"India": (0, 4), "'s": (4, 6), "minister": (7, 14), "said": (15, 19), ".": (19, 20)}


def test_the_batch_does_not_matter(engine):
    texts = ["ভারতের মন্ত্রী বলেন।", "ভারত", "মন্ত্রী ও ১২ জন বলেন ভারত ও মন্ত্রী।", "!!!"]
    alone = [engine.translate([Request(t, "bn-en", n_best=3)])[0] for t in texts]
    assert engine.translate([Request(t, "bn-en", n_best=3) for t in texts]) == alone
    assert engine.translate([Request(t, "bn-en", n_best=3) for t in reversed(texts)]) == alone[::-1]


def test_n_best_are_different(engine):
    candidates = engine.translate([Request("মন্ত্রী বলেন", "bn-en", n_best=3)])[0]
    assert len({c.text for c in candidates}) == len(candidates) > 1
    assert all(c.score <= 0 for c in candidates)


def test_hints_are_obeyed_and_inflected(engine):
    assert "Republic of India" in text_of(engine, "ভারতের মন্ত্রী", "bn-en", hints=(Hint(0, 4, "Republic of India"),))
    assert text_of(engine, "India met", "en-bn", hints=(Hint(0, 5, "জি২০"),)).startswith("জি২০")
    assert renderings(["এসসিও"], "bn") == [["এসসিও"], ["এসসিও", "￭র"], ["এসসিও", "￭তে"], ["এসসিও", "￭কে"]]
    assert renderings(["ভারত"], "bn")[1] == ["ভারত", "￭ের"]
    assert renderings(["SCO"], "en") == [["SCO"]]


def test_prefixes_use_their_source_words_up(engine):
    text = text_of(engine, "ভারত ও মন্ত্রী বলেন।", "bn-en", prefix="India and")
    assert text.startswith("India and")
    assert text.count("India") == 1
    assert text.endswith("said.")


def test_blank_texts_stay_blank(engine):
    assert [c[0].text for c in engine.translate([Request("", "bn-en"), Request(" \n", "en-bn")])] == ["", ""]
    assert engine.translate([]) == []


def test_long_sentences_are_cut_at_clauses(engine):
    text = text_of(engine, "ভারতের মন্ত্রী বলেন, " * 40, "bn-en")
    assert text.lower().count("minister") == 40


def test_unknown_words_go_through(engine):
    assert "Qwerty" in text_of(engine, "ভারত Qwerty", "bn-en")


@pytest.mark.parametrize(
    "text",
    [
        'মঙ্গলবার (২৫ জুন, ২০২৪) "প্রধানমন্ত্রী" বলেন: ৩.৫% চাই।',
        "The U.S. president's aide said: \"We don't (ever) agree.\"",
        "এসসিও-র বৈঠক; নুর্তলু/আস্তানা",
    ],
)
def test_writing_is_the_inverse_of_reading(text):
    tokens = tokenize(text)
    forms = [t.form.replace("⟨n⟩", t.value).replace("⟨y⟩", t.value) for t in tokens]
    assert join(forms) == plain(text).translate(str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789"))
    assert all(text[t.start : t.end] for t in tokens)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        # as FLORES-200 has it: fields of a table (RFC 4180), with their quoting
        ('"""পানামা পেপারস"" হলো"', ['"￭', "পানামা", "পেপারস", '￭"', "হলো"]),
        ('"অর্থ ""থাবা।""" ', ["অর্থ", '"￭', "থাবা", "￭।", '￭"']),
        # a part of such a field, cut where a sentence ended
        ('তিনি বলেন, ""আমি যাব""', ["তিনি", "বলেন", "￭,", '"￭', "আমি", "যাব", '￭"']),
        # plain quotations stay what they are
        ('"আমি যাব"', ['"￭', "আমি", "যাব", '￭"']),
        ('"এক" ও "দুই"', ['"￭', "এক", '￭"', "ও", '"￭', "দুই", '￭"']),
    ],
)
def test_quoting_of_a_table_is_no_quotation(text, forms):
    tokens = tokenize(text)
    assert [t.form for t in tokens] == forms
    assert [text[t.start : t.end].strip('"') for t in tokens] == [f.strip('￭"') for f in forms]


def test_words_of_both_encodings_are_one():
    assert plain("য\u09bc ড\u09bc ঢ\u09bc ে\u09be") == "\u09df \u09dc \u09dd \u09cb"
    assert [t.form for t in tokenize("সময\u09bc")] == ["সম\u09df"]


def test_splitting_needs_a_known_stem():
    splitter = Splitter({"ভারত": 100, "ভারতের": 80, "কর": 2, "করে": 900})
    assert splitter.cut("ভারতের") == ("ভারত", "ের")
    assert splitter.cut("করে") is None
    assert [(t.form, t.start, t.end) for t in splitter.tokens(tokenize("ভারতের"))] == [("ভারত", 0, 4), ("￭ের", 4, 6)]


@pytest.mark.parametrize(
    ("text", "source", "rendering"),
    [
        ("২৬শে মার্চ, ২০২৪", "bn", "March 26, 2024"),
        ("৪ জুলাই", "bn", "July 4"),
        ("4 July 2024", "en", "4 জুলাই 2024"),
        ("July 5th, 2023", "en", "5 জুলাই, 2023"),
        ("Date 2025-03-05", "en", "2025-03-05"),
        ("তারিখ ০৫/০৩/২০২৫", "bn", "05/03/2025"),
        ("তারিখ ১৫.০৮.২০২৪", "bn", "15.08.2024"),
        ("on 15.08.24", "en", "15.08.24"),
        ("version 15.8", "en", None),
        ("16-18-20 degrees", "en", None),
        ("2014-15", "en", None),
        ("we may 5", "en", None),
        ("45 July", "en", None),
        ("১৫ জন", "bn", None),
        ("১৫.০৮.২০২৪ তারিখে", "bn", "on 15.08.2024"),
        ("১৫ আগস্ট, ২০২৪ তারিখের", "bn", "of August 15, 2024"),
        ("১৫ আগস্ট তারিখ", "bn", "August 15"),
        ("২২ তারিখে", "bn", "on the 22nd"),
        ("১২ তারিখের", "bn", "of the 12th"),
        ("৪৫ তারিখে", "bn", ""),
    ],
)
def test_dates_keep_together(text, source, rendering):
    found = [join(words) for _, _, words in dates(tokenize(text), source)]
    assert found == ([rendering] if rendering else [])


@pytest.mark.parametrize(
    ("word", "decoded"),
    [
        ("এসসিও", ("SCO", "")),
        ("এসসিওর", ("SCO", "র")),
        ("এসসিওকে", ("SCO", "কে")),
        ("ইউএনএসসি", ("UNSC", "")),
        ("টিভি", None),
        ("ভারত", None),
    ],
)
def test_letter_names(word, decoded):
    assert decode_letters(word) == decoded


@pytest.mark.parametrize(
    ("spelt", "written"),
    [
        ("এস.সি.ও. সম্মেলন", "SCO"),
        ("এস.সি.ওর সম্মেলন", "SCO"),
        ("এস.এস.সি ও এইচ.এস.সি পরীক্ষা", "SSC and HSC"),
        ("ডব্লিউ.টি.ও.র প্রধান", "WTO"),
        ("আই.এ.ই.এ. জানিয়েছে", "IAEA"),
        ("ইউ.এস.এ. সফর", "USA"),
        ("এ.কে. আব্দুল মোমেন", "A.K. Abdul Momen"),
        ("ইউ.এন. মহাসচিব", "U.N."),
        ("ইউ.এন.এর মহাসচিব", "U.N."),
        ("ধারা ৫.৪.৪", "5.4.4"),
        ("তারিখ ১৫.০৮.২০২৪", "15.08.2024"),
    ],
)
def test_dotted_acronyms_and_numbers_come_across(shipped, spelt, written):
    (found,) = shipped.translate([Request(spelt, "bn-en")])[0]
    assert written in found.text
    assert not re.search("[\u0980-\u09ff]", found.text)


def test_acronyms_are_carried_by_rule(engine):
    assert "SCO" in text_of(engine, "এসসিওর মন্ত্রী বলেন।", "bn-en")


def test_spelling_of_unknown_words():
    assert is_acronym("SCO")
    assert not is_acronym("Sco")
    assert by_letters("SCO") == "এসসিও"
    speller = Speller(book("en-bn"), "en-bn")
    assert speller(["UNSC", "!!"]) == ["ইউএনএসসি", "!!"]


def test_table_finds_what_it_holds_and_nothing_else():
    chance = np.random.default_rng(0)
    keys = np.unique(chance.integers(0, 1 << 42, 5000).astype(np.uint64))
    values = chance.integers(0, 256, (len(keys), 2)).astype(np.uint8)
    table = Table.build(keys, values)
    assert (table.values[table.find(keys)] == values).all()
    assert (table.find(np.setdiff1d(chance.integers(0, 1 << 42, 500).astype(np.uint64), keys)) == -1).all()


def test_a_table_of_shorter_keys_finds_what_it_holds():
    chance = np.random.default_rng(0)
    keys = np.unique(chance.integers(0, 1 << 42, 5000).astype(np.uint64))
    short, first = np.unique(shorten(keys, 36), return_index=True)
    values = chance.integers(0, 256, (len(keys), 2)).astype(np.uint8)
    table = Table.build(short, values[first], bits=36)
    assert (table.values[table.find(keys[first])] == values[first]).all()
    others = np.setdiff1d(chance.integers(0, 1 << 42, 500).astype(np.uint64) >> np.uint64(6), short) << np.uint64(6)
    assert (table.find(others) == -1).all()


def test_store_round_trip(tmp_path):
    table = table_of("bn-en")
    store.save_phrasebook(tmp_path, "bn-en", table)
    again = store._load_table(tmp_path / "phrases.bn-en.npz.xz")
    for name in ("keys", "first", "words", "length", "score"):
        assert (getattr(again, name) == getattr(table, name)).all()


def test_a_missing_or_damaged_model_says_so(tmp_path):
    with pytest.raises(EngineError, match="no such file"):
        load(model=str(tmp_path))
    (tmp_path / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(EngineError, match="cannot be read"):
        load(model=str(tmp_path))
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 99, "files": {}}), "utf-8")
    with pytest.raises(EngineError, match="format 99"):
        load(model=str(tmp_path))
    (tmp_path / "manifest.json").write_text(json.dumps({"format": store.FORMAT, "files": {"x.npz": "0"}}), "utf-8")
    with pytest.raises(EngineError, match="no such file"):
        load(model=str(tmp_path))
    (tmp_path / "manifest.json").write_text(json.dumps({"format": store.FORMAT, "files": {}, "weights": {}}), "utf-8")
    with pytest.raises(EngineError, match="a model that cannot be read"):
        load(model=str(tmp_path))


@pytest.mark.parametrize("damaged", ["encoder/pieces.json.xz", "encoder/model.bin.xz", "order.bn.npz",
                                     "joint.en-bn.npz", "attention.bn-en.npz.xz"])  # fmt: skip
def test_a_damaged_guide_says_so(tmp_path, damaged):
    folder = tmp_path / "model"
    shutil.copytree(store.DEFAULT, folder)
    (folder / damaged).write_bytes(b"{")
    with pytest.raises(EngineError, match="sha256"):
        load(model=str(folder))
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"][damaged] = hashlib.sha256(b"{").hexdigest()  # as if it had been damaged before it was packed
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(EngineError, match="cannot be read"):
        load(model=str(folder)).translate([Request("ক", "bn-en"), Request("a", "en-bn")])


def test_a_phrasebook_is_read_when_it_is_asked_for():
    read = []
    books = store.Books(lambda direction: read.append(direction) or direction)
    assert ("en-bn" in books, "bn-hi" in books, list(books)) == (True, False, ["bn-en", "en-bn"])
    assert read == []
    assert [books["en-bn"], books["en-bn"]] == ["en-bn"] * 2
    assert read == ["en-bn"]
    with pytest.raises(KeyError):
        books["bn-hi"]


@pytest.mark.parametrize(
    ("label", "source", "target", "written"),
    [
        ("double stays double", '"a"', ["'￭", "ক", "￭'"], '"ক"'),
        ("single stays single", "'a'", ['"￭', "ক", '￭"'], "'ক'"),
        ("no mark in the source", "(a)", ['"￭', "ক", '￭"'], '"ক"'),
        ("a possessive is no mark", '"a"', ["'￭", "'s", "￭'"], '"\'s"'),
    ],
)
def test_quotation_marks_are_those_of_the_source(label, source, target, written):
    draft = Draft(tuple(Word(form, k, k + 1) for k, form in enumerate(target)), -1.0)
    assert write(draft, tokenize(source), Request(source, "en-bn")).text == written, label


@pytest.mark.parametrize(
    ("source", "target", "written"),
    [
        ('"a"', [('"￭', 0), ('"￭', 0), ("ক", 1), ('￭"', 2), ('￭"', 2)], '"ক"'),
        ('"a"', [('"￭', 0), ('￭"￭', 0), ("ক", 1), ('￭"￭', 2), ('￭"', 2)], '"ক"'),
        ('"a" "b"', [('"￭', 0), ("ক", 1), ('￭"', 2), ('"￭', 3), ("খ", 4), ('￭"', 5)], '"ক" "খ"'),
    ],
)
def test_a_quotation_mark_that_the_corpora_double_is_written_once(source, target, written):
    draft = Draft(tuple(Word(form, k, k + 1) for form, k in target), -1.0)
    found = write(draft, tokenize(source), Request(source, "en-bn"))
    assert found.text == written
    assert [found.text[link.target_start : link.target_end] for link in found.links] == list(written.replace(" ", ""))
