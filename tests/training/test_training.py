"""The recipe end to end on a toy corpus, and its parts on cases worked out by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import regex
from click.testing import CliRunner

from pipeline.cli.train import train
from pipeline.engines.compact import load
from pipeline.engines.compact.fusion import FusionWeights
from pipeline.engines.compact.ngram import mix
from pipeline.engines.compact.store import DEFAULT, read_manifest
from pipeline.engines.compact.text import class_of
from pipeline.errors import InputError
from pipeline.records import Request
from pipeline.text import key
from pipeline.training import steps
from pipeline.training.align import load_aligned, one_to_many
from pipeline.training.corpus import MANIFEST, keep, load_sources, read_held_out, read_pairs
from pipeline.training.evaluate import evaluate, kept_share, measure_speed
from pipeline.training.lm import estimate, flatten
from pipeline.training.mine import mine
from pipeline.training.phrases import Corpus, extract, symmetrise
from pipeline.training.prepare import Truecaser, literal
from pipeline.training.templates import expand, inflect


def test_the_model_translates_what_it_was_trained_on(trained):
    engine = load(model=str(trained[1]))
    (candidate,) = engine.translate([Request("নেপাল ও ভুটান একটি সমঝোতা স্মারক স্বাক্ষর করেছে।", "bn-en")])[0]
    assert candidate.text == "Nepal and Bhutan have signed a memorandum of understanding."
    (back,) = engine.translate([Request("Nepal will hold the next chairmanship of the SCO.", "en-bn")])[0]
    assert "নেপাল" in back.text
    assert "সভাপতিত্ব" in back.text


def test_the_shipped_beam_weighs_as_the_recipe_says(trained):
    """And a model that is made anew says it too; the weights are ones that the beam has."""
    made, shipped = read_manifest(trained[1]), read_manifest(DEFAULT)
    assert made["fusion"] == shipped["fusion"] == steps.FUSION
    assert made["thorough"] == shipped["thorough"] == steps.THOROUGH
    for direction, weights in steps.FUSION.items():
        assert direction in ("bn-en", "en-bn")
        assert FusionWeights(**weights) != FusionWeights()


def test_export_is_reproducible(trained, corpora, sources, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.training.align.importlib.util.find_spec", lambda _: None)
    steps.export(corpora, trained[0], sources, print, destination=tmp_path / "again", version="0.0.1")
    hashes = [
        {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
        for folder in (trained[1], tmp_path / "again")
    ]
    assert hashes[0].keys() == hashes[1].keys()
    assert load(model=str(tmp_path / "again")).info == load(model=str(trained[1])).info


def test_a_model_card_survives_an_export(trained, corpora, sources, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "README.md").write_text("card", "utf-8")
    steps.export(corpora, trained[0], sources, print, destination=folder, version="0.0.2")
    assert (folder / "README.md").read_text("utf-8") == "card"


def test_evaluation_measures_both_directions(trained, corpora, sources):
    engine = load(model=str(trained[1]))
    results = list(evaluate(engine, corpora, sources, samples=0))
    assert [r.direction for r in results] == ["bn-en", "en-bn"]
    assert results[0].chrf > 30
    assert "tok:intl" in results[1].signatures[0]
    rate, memory = measure_speed(engine, "bn-en", ["ভারত ও চীন।"] * 3)
    assert rate > 0
    assert memory > 0


def test_mining_finds_the_sentences_that_belong_together(trained):
    found = {(bn, en) for _, bn, en in mine(trained[0], load_aligned(trained[0]))}
    pairs = {(p.bn, p.en) for p in expand(each=3)}
    assert found
    assert len(found & pairs) > len(found) / 4  # the rest are near-duplicates of each other


def test_fit_needs_data(tmp_path, corpora, sources):
    with pytest.raises(InputError, match="setu train data"):
        steps.fit(corpora, tmp_path, sources, print)


def test_export_needs_data(tmp_path, corpora, sources):
    with pytest.raises(InputError, match="setu train data"):
        steps.export(corpora, tmp_path, sources, print, destination=tmp_path / "model", version="0.0.1")


def test_clean_licences_leave_the_news_out(corpora, sources, tmp_path):
    steps.data(corpora, tmp_path, sources, print, clean_licences=True)
    assert (tmp_path / "mono.bn.tok").read_text("utf-8") == ""
    assert (tmp_path / "pairs.bn.tok").read_text("utf-8")


def test_held_out_sentences_never_train(corpora, sources, tmp_path):
    extra = tmp_path / "extra.tsv"
    bn, en = "ভারত ও চীন একটি সমঝোতা স্মারক স্বাক্ষর করেছে।", "India and China have signed a memorandum of understanding."
    extra.write_text(f"mined-lexical-0.9\t{bn}\t{en}\n", "utf-8")
    assert bn in read_held_out(corpora, sources)
    steps.data(corpora, tmp_path / "work", sources, print, extra=[extra])
    assert " ".join(literal(en)) not in (tmp_path / "work" / "pairs.en.tok").read_text("utf-8").splitlines()


def test_a_changed_corpus_is_refused(corpora, sources, tmp_path):
    for name in sources.files:
        (tmp_path / name).write_bytes((corpora / name).read_bytes())
    (tmp_path / "pairs.tsv.xz").write_bytes(b"other")
    with pytest.raises(InputError, match="sha256"):
        list(read_pairs(tmp_path, sources))
    (tmp_path / "pairs.tsv.xz").unlink()
    with pytest.raises(InputError, match="no such file"):
        list(read_pairs(tmp_path, sources))


def test_the_manifest_names_a_hash_and_a_licence_for_everything():
    sources = load_sources(MANIFEST)
    assert all(len(digest) == 64 for digest in sources.files.values())
    assert {*sources.held_out, *sources.spelling} <= sources.files.keys()
    assert all(source.licence and source.weight >= 0 for source in sources.tags.values())
    assert sources.source("mined-1.0345").weight == sources.tags["mined-"].weight
    assert sources.source("mined-1.0145").weight == sources.tags["mined-1.01"].weight
    with pytest.raises(InputError, match="no entry for the tag"):
        sources.source("unheard-of")


@pytest.mark.parametrize(
    ("bn", "en", "kept"),
    [
        ("ভারত", "India", True),
        ("", "India", False),
        ("India", "India", False),
        ("ভারত", "ভারত", False),
        ("ভারত", "India has said in a very long statement today that it will not be joining the summit", False),
    ],
)
def test_what_looks_parallel(bn, en, kept):
    assert keep(bn, en) is kept


def test_truecasing_uses_the_middle_of_sentences():
    case = Truecaser([["He", "met", "the", "President"], ["We", "saw", "the", "minister"]])
    assert case(["The", "President", "spoke"]) == ["the", "President", "spoke"]
    assert case(["The", "Minister", "Met", "The", "President"]) == ["the", "minister", "met", "the", "President"]
    assert class_of("2024") == "⟨y⟩"
    assert class_of("1,500") == "⟨n⟩"
    assert class_of("5") == "5"


GRAMMAR_OF_TWO = """
templates:
  - ["{clause} বলে জানান {name}।", "\\"{clause},\\" said {name} on day {day} and {day2}."]
fillers:
  name: [[মোদি, Modi], [পুতিন, Putin]]
  clause: [["{name2.ke} ডাকলেন {name}", "{name} called {name2}"]]
terms: []
"""


def test_a_filler_may_hold_slots_that_are_filled_alike_everywhere(tmp_path):
    (tmp_path / "grammar.yaml").write_text(GRAMMAR_OF_TWO, "utf-8")
    made = list(expand(tmp_path / "grammar.yaml", each=40))
    assert len(made) > 20
    for pair in made:
        first, second = ("Modi", "Putin") if '"Modi' in pair.en else ("Putin", "Modi")
        assert pair.en.startswith(f'"{first} called {second}," said {first} on day ')
        bengali = {"Modi": "মোদি", "Putin": "পুতিন"}
        assert pair.bn == f"{bengali[second]}কে ডাকলেন {bengali[first]} বলে জানান {bengali[first]}।"
        assert len(set(regex.findall(r"\d+", pair.en))) == 2


def test_the_grammar_repeats_no_sentence_of_the_seeds():
    """The seeds judge the model: of the grammar's sentences they share no seven words in a row."""

    def runs(text):
        words = [word.strip("।.,;:?!\"'()‘’“”") for word in key(text, case=False).split()]
        return {tuple(words[k : k + 7]) for k in range(len(words) - 6)}

    folder = Path(__file__).parents[2] / "seeds"
    files = [*folder.glob("*.txt"), *folder.glob("references/*.txt")]
    assert len(files) >= 10
    seen = set().union(*(runs(path.read_text("utf-8")) for path in files))
    made = set().union(*(runs(side) for pair in expand() for side in (pair.bn, pair.en)))
    assert len(made) > 1000
    assert not made & seen


def test_the_grammar_leaves_no_slot_and_writes_sentences():
    for pair in expand(each=2):
        assert not regex.search(r"[{}]", pair.bn + pair.en)
        assert pair.tag != "templates" or regex.match(r"\P{L}*\p{Lu}", pair.en), pair.en


@pytest.mark.parametrize(
    ("word", "case", "form"),
    [
        ("ভারত", "r", "ভারতের"),
        ("চীন", "e", "চীনে"),
        ("ঢাকা", "e", "ঢাকায়"),
        ("দিল্লি", "e", "দিল্লিতে"),
        ("বেইজিং", "e", "বেইজিংয়ে"),
        ("মোদি", "ke", "মোদিকে"),
    ],
)
def test_inflection_of_names(word, case, form):
    assert inflect(word, case) == form


def test_the_aligner_learns_a_small_dictionary():
    source = [["লাল", "ঘর"], ["লাল", "গাড়ি"], ["বড়", "ঘর"], ["বড়", "গাড়ি"]] * 5
    target = [["red", "house"], ["red", "car"], ["big", "house"], ["big", "car"]] * 5
    assert one_to_many(source, target)[:2].tolist() == [[0, 0], [1, 1]]


def test_symmetrising_grows_from_the_intersection():
    width = 100
    forward, backward = np.array([0, 101, 202]), np.array([0, 101, 203])
    assert symmetrise(forward, backward, width).tolist() == [0, 101, 202, 203]


def test_phrases_are_consistent_with_the_alignment():
    # a b c -> x z y: b and c swap
    source, target, one = np.array([4, 5, 6], np.int32), np.array([7, 9, 8], np.int32), np.zeros(3, np.int64)
    corpus = Corpus(source, target, one, one, np.array([[0, 0], [1, 2], [2, 1]]), np.ones(1))
    pairs = extract(corpus, (3, 3))
    assert {tuple(row) for row in pairs.example.tolist()} == {
        (0, 1, 0, 1),
        (1, 1, 2, 1),
        (2, 1, 1, 1),
        (1, 2, 1, 2),
        (0, 3, 0, 3),
    }
    swapped = pairs.example.tolist().index([1, 1, 2, 1])
    assert pairs.orientation[swapped, :3].tolist() == [0, 1, 0]


def test_probabilities_of_the_language_model_sum_to_one():
    chance = np.random.default_rng(0)
    text = flatten([chance.integers(4, 12, 8).tolist() for _ in range(200)], 4)
    model = estimate(text, 12).model()
    words = np.arange(12)
    context = [np.full(12, 5), np.full(12, 6), np.full(12, 7)]
    assert np.exp(model.score(words, context)).sum() == pytest.approx(1, abs=0.15)
    assert np.exp(model.score(words, [])).sum() == pytest.approx(1, abs=0.15)


def test_a_pruned_language_model_keeps_what_its_text_would_miss_most():
    """Judged by the text that it was made from, against as many n-grams that are merely the most frequent."""
    chance = np.random.default_rng(0)
    text = flatten([chance.zipf(1.3, 9).clip(4, 60).tolist() for _ in range(600)], 4)

    def fit(**limits):
        made = estimate(text, 61, **limits)
        number = sum(len(keys) for keys, _ in made.grams.values())
        ends = np.flatnonzero((text > 2) | (text == 3))
        columns = [text[ends - k] for k in range(4)]
        return made, number, float(made.model().score(columns[0], columns[1:]).mean())

    _, every, whole = fit(least=(1, 1, 1, 1))
    _, frequent, cut = fit(least=(1, 2, 4, 6))
    made, number, pruned = fit(least=(1, 1, 1, 1), most=frequent)
    assert frequent <= number < frequent * 1.1 < every / 3  # contexts of what stays come on top
    assert cut < pruned < whole
    assert fit(least=(1, 1, 1, 1), most=every)[1] == every
    key = {gram: int(mix([np.array([word]) for word in gram[::-1]])[0])
           for n in (2, 3, 4) for gram in zip(*(text[k:].tolist() for k in range(n)), strict=False)}  # fmt: skip
    kept = {int(key) for keys, _ in made.grams.values() for key in keys}
    longer = [gram for gram, code in key.items() if code in kept and len(gram) > 2]
    assert longer
    assert all(key[gram[:-1]] in kept for gram in longer)  # one whose context is gone would never be found


@pytest.mark.parametrize("samples", ["0", "20"])
def test_evaluation_says_its_scores_in_words_and_in_json(trained, corpora, sources, monkeypatch, samples):
    """Strictly: no NaN, which JSON has not; of Bengali outputs nobody counts capitals."""
    monkeypatch.setattr("pipeline.training.corpus.load_sources", lambda: sources)
    call = ["evaluate", str(corpora), "--model", str(trained[1]), "--samples", samples]
    told, machine = (CliRunner().invoke(train, [*call, *more]) for more in ([], ["--json"]))
    assert (told.exception, machine.exception) == (None, None)
    rows = [json.loads(line, parse_constant=pytest.fail) for line in machine.stdout.splitlines()]
    assert {row["direction"]: row["names"] is None for row in rows} == {"bn-en": False, "en-bn": True}
    assert all((row["bleu_interval"] > 0) == (samples != "0") for row in rows if row["bleu"])
    assert "nan" not in told.stdout
    assert ("±" in told.stdout) == (samples != "0")


def test_share_kept():
    import regex

    assert kept_share(["in 2024", "none"], ["2024 and 15", "7"], regex.compile(r"[0-9]{2,}")) == pytest.approx(0.5)


def test_commands_run(trained, tmp_path):
    run = CliRunner().invoke(train, ["mine", str(trained[0])])
    assert run.exit_code == 0
    assert run.output.startswith("mined-lexical-")
    lines = tmp_path / "lines.txt"
    lines.write_text("ভারত ও চীন\n\n", "utf-8")
    run = CliRunner().invoke(train, ["backtranslate", "--direction", "bn-en", "--model", str(trained[1]), str(lines)])
    assert run.exit_code == 0
    assert run.output.startswith("back-translated\tভারত ও চীন\t")
