"""The hf engine: families and their codes, errors that say what to do, the ladder over a real network."""

from __future__ import annotations

import sys

import pytest

from pipeline.engines import ENGINES, load_engine
from pipeline.engines.hf_family import Family, family_of
from pipeline.engines.hf_spans import digest
from pipeline.errors import EngineError
from pipeline.records import Request, Segment, TermEntry, TermMatch, TermSide
from pipeline.termbase import termbase_of
from pipeline.translate import Item, translate_segments, undo


class Words:
    """A tokenizer's vocabulary."""

    def __init__(self, *words):
        self._words = {word: k for k, word in enumerate(words)}

    def get_vocab(self):
        return self._words


FAMILY_CASES = [
    ("NLLB", "m2m_100", ["eng_Latn", "ben_Beng"], "nllb", "ভারত", 0),
    ("M2M-100", "m2m_100", ["__bn__", "__en__"], "m2m", "ভারত", 0),
    ("mBART-50", "mbart", ["bn_IN", "en_XX"], "mbart", "ভারত", 0),
    ("plain Marian", "marian", ["a"], "plain", "ভারত", 0),
    ("multilingual Marian", "marian", [">>eng<<", ">>ben<<"], "plain", ">>eng<< ভারত", 8),
    ("BART", "bart", ["a"], "plain", "ভারত", 0),
    ("T5", "t5", ["a"], "t5", "translate Bengali to English: ভারত", 30),
    ("mT5", "mt5", ["a"], "t5", "translate Bengali to English: ভারত", 30),
    # The parallel blocks: ভ U+09AD is भ U+092D.
    ("IndicTrans2", "IndicTrans", ["a"], "indictrans", "ben_Beng eng_Latn भारत", 18),
]


@pytest.mark.parametrize("case", FAMILY_CASES, ids=[case[0] for case in FAMILY_CASES])
def test_families_are_told_the_languages_their_way(case):
    _, model_type, words, name, read, before = case
    family = family_of(model_type, Words(*words))
    assert family.name == name
    assert family.read("ভারত", "bn-en") == (read, before)


def test_a_template_replaces_the_text_that_is_read():
    family = family_of("t5", Words(), template="{source}>{target} {text} ###")
    assert family.read("India", "en-bn") == ("English>Bengali India ###", 16)


def test_a_template_without_the_text_is_refused():
    with pytest.raises(EngineError, match=r"\{text\}"):
        family_of("t5", Words(), template="translate")


def test_indictrans_writes_bengali_back_and_keeps_the_danda():
    family = Family("indictrans")
    assert family.write("भारत।", "bn") == "ভারত।"
    assert family.write("India।", "en") == "India।"
    assert family.script("ভারত।") == "भारत।"


def test_a_model_without_bengali_is_refused():
    with pytest.raises(EngineError, match="Bengali"):
        family_of("mbart", Words("en_XX", "fr_XX"))


def test_without_a_model_the_error_says_how_to_name_one():
    pytest.importorskip("torch")
    with pytest.raises(EngineError, match="--model facebook/nllb"):
        load_engine("hf")


def test_a_missing_extra_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EngineError, match=r"pip install 'setu\[hf\]'"):
        load_engine("hf", model="anything")


def test_an_unreachable_hub_is_told(monkeypatch):
    transformers = pytest.importorskip("transformers")

    def offline(*_args, **_options):
        raise OSError("We couldn't connect to 'https://huggingface.co' to load the files.\nMore.")

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", offline)
    with pytest.raises(EngineError, match="give its folder with --model") as error:
        load_engine("hf", model="facebook/nllb-200-distilled-600M")
    assert "couldn't connect" in error.value.found
    assert "\n" not in str(error.value)


def test_a_folder_without_a_model_is_told(tmp_path):
    pytest.importorskip("torch")
    with pytest.raises(EngineError, match="sequence-to-sequence"):
        load_engine("hf", model=str(tmp_path))


def test_a_device_that_is_not_there_is_told(tiny_folder):
    with pytest.raises(EngineError, match="option device"):
        load_engine("hf", model=str(tiny_folder("bart")), device="warp")


def test_a_bilingual_model_refuses_the_other_direction(tiny_folder):
    engine = load_engine("hf", model=str(tiny_folder("bart")), direction="bn-en")
    with pytest.raises(EngineError, match="bn-en"):
        engine.translate([Request("India", "en-bn")])


def test_the_name_may_carry_the_model(tiny_folder):
    engine = load_engine(f"hf:{tiny_folder('bart')}")
    assert engine.info.model == str(tiny_folder("bart"))
    assert engine.info.sha256 == digest(tiny_folder("bart"))


def test_the_hash_follows_the_files(tmp_path):
    (tmp_path / "a").write_text("1")
    first = digest(tmp_path)
    (tmp_path / "a").write_text("2")
    assert digest(tmp_path) != first
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, digest(tmp_path)}) == 2


def test_every_engine_of_the_table_has_what_it_names():
    for engine in ENGINES.values():
        assert engine.title
        assert bool(engine.extra) == bool(engine.packages)


@pytest.mark.parametrize("name", ["nope", "", "HF"])
def test_an_unknown_engine_names_the_known(name):
    with pytest.raises(EngineError, match="Available engines: compact, hf, llm, ct2, fake"):
        load_engine(name)


def test_an_unknown_option_names_the_known():
    with pytest.raises(EngineError, match="features, words"):
        load_engine("fake", temperature=1)


def test_options_that_are_none_count_as_not_given():
    assert load_engine("fake", model=None).info.name == "fake"


def test_the_ladder_enforces_terms_over_a_real_network(tiny_folder):
    engine = load_engine("hf", model=str(tiny_folder("bart")), max_tokens=64, beams=2)
    base = termbase_of([TermEntry("sco", TermSide("এসসিও"), TermSide("SCO"), type="acronym")])
    text = "আজ এসসিও শীর্ষ সম্মেলন।"
    match = TermMatch("d:0", 3, 8, "এসসিও", "", "sco", "SCO", proposed="sco")
    item = Item(Segment("d:0", "d", 0, 1, 0, len(text), text, "sentence"), (match,), "bn-en")
    (made,) = translate_segments([item], engine, base)
    assert undo(made) == made.raw
    # Random weights may glue letters to the forced term; then it must be reported, never be silent.
    assert bool(base.present("sco", made.target, "en")) == (not made.findings)
    assert made.changes or made.findings
