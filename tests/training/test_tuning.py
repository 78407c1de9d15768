"""The encoder's tuning in a world of letters: the plan, back-translated pairs, hidden pieces, kill and resume."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_guide import HEADS, TOY, Letters, toy_weights

from pipeline.training.guide import network, tuning
from pipeline.training.guide.examples import Lesson, Pairs, Selection
from pipeline.training.guide.pieces import Start
from pipeline.training.guide.planning import Step, plan_steps
from pipeline.training.neural.vocabulary import EOS, UNK
from pipeline.training.phrases import Corpus

KNOWN, LETTERS = 16, "abcdefghijkl"
SETTINGS = replace(TOY, frequent=8, sampled=4, pieces=40, log_steps=1, dropout=0.0)
REAL, BACK = ["abc", "de", "fgha", "bdf", "gc", "haeb", "cad", "fbg"], ["ijkl", "lk", "ijl", "kji", "li"]
NONE = np.zeros(0, np.int64)


def pairs_of(sentences, *, weight=1.0, shift=0):
    """A letter is a word, and its translation the row of its place in the alphabet, behind four rows and `shift`."""
    rows = np.array([4 + (LETTERS.index(c) + shift) % 12 for text in sentences for c in text], np.int32)
    sentence = np.repeat(np.arange(len(sentences)), [len(text) for text in sentences])
    links = np.tile(np.arange(len(rows))[:, None], 2)
    corpus = Corpus(rows, rows, sentence, sentence, links, np.full(len(sentences), weight))
    return Pairs.of(enumerate(map(list, sentences)), Lesson.of(corpus, KNOWN), tokenizer=Letters(), longest=40)


def both(sentences, **how):
    return {lang: pairs_of(sentences, **how) for lang in ("bn", "en")}


SELECTION = Selection(np.array([0]), np.arange(1, 5), np.array([5, 6]), np.array([7]), NONE)


# ---------------------------------------------------------------- the plan, numpy only


def told(steps):
    return [(step.language, step.sentences.tolist()) for step in steps]


def test_each_epoch_holds_every_back_translated_pair_once_among_the_others():
    steps = plan_steps(SELECTION, both(REAL), SETTINGS, back=both(BACK))
    for lang in ("bn", "en"):
        rows = np.concatenate([step.sentences for step in steps if step.back and step.language == lang])
        for epoch in range(SETTINGS.epochs):
            assert sorted(rows[epoch * len(BACK) :][: len(BACK)]) == list(range(len(BACK)))
        assert len(rows) == SETTINGS.epochs * len(BACK)
    kinds = [step.back for step in steps]
    assert kinds not in (sorted(kinds), sorted(kinds, reverse=True))


def test_the_steps_on_the_corpus_are_those_of_a_plan_without_back_translated_pairs():
    plain = plan_steps(SELECTION, both(REAL), SETTINGS, back={})
    mixed = plan_steps(SELECTION, both(REAL), SETTINGS, back={"bn": pairs_of(BACK)})
    assert told(step for step in mixed if not step.back) == told(plain)
    assert not any(step.back for step in plain)
    assert {step.language for step in mixed if step.back} == {"bn"}


def test_losses_of_back_translated_pairs_are_said_apart():
    seen = [(False, (1.0, 2.0, 3.0)), (True, (0.0, 6.0, 0.0)), (False, (2.0, 4.0, 5.0))]
    assert tuning._means(seen) == "order 1.500, word 3.000, norm 4.00, back-translated word 6.000"
    assert tuning._means(seen[:1]) == "order 1.000, word 2.000, norm 3.00"
    assert tuning._means(seen[1:2]) == "back-translated word 6.000"


# ---------------------------------------------------------------- torch


@pytest.fixture(scope="module")
def torch():
    found = pytest.importorskip("torch")
    found.set_num_threads(1)
    return found


START = Start([""] * 128, [0.0] * 128, toy_weights(128), HEADS)


def first_words():
    import torch

    return {lang: torch.zeros(KNOWN, SETTINGS.embedding) for lang in ("bn", "en")}


def tune(path, *, back=None, settings=SETTINGS, say=lambda _: None, pairs=None):
    pairs = pairs or both(REAL)
    selection = Selection(np.arange(2), np.arange(2, len(pairs["bn"].coded)), NONE, NONE, NONE)
    return tuning.tune_encoder(
        START, pairs, selection, settings, words=first_words(), checkpoint=path, say=say, back=back
    )


def begun(settings, *, back):
    run = tuning._begin(START, both(REAL), settings, first_words())
    run.back = back
    return run


def test_a_share_of_the_pieces_is_unknown_and_the_frame_stays(torch):
    torch.manual_seed(0)
    ids = np.tile(np.array([0, 9, 3, 8, 7, 2, 1, 1]), (500, 1))
    made = tuning.with_unknown(ids, 0.25)
    assert np.array_equal(made[:, [0, 5, 6, 7]], ids[:, [0, 5, 6, 7]])
    words = made[:, [1, 3, 4]]
    assert set(np.unique(words)) == {UNK, 7, 8, 9}
    assert (words == UNK).mean() == pytest.approx(0.25, abs=0.03)
    assert np.array_equal(tuning.with_unknown(ids, 0.0), ids)
    assert ids[0].tolist() == [0, 9, 3, 8, 7, 2, 1, 1]


def test_training_of_every_kind_hides_pieces_and_measuring_none(torch, monkeypatch):
    read, real = [], network.encode
    monkeypatch.setattr(network, "encode", lambda weights, ids, **how: read.append(ids) or real(weights, ids, **how))
    run = begun(replace(SETTINGS, hide_piece=1.0), back=both(BACK))
    for back in (False, True):
        tuning._step(run, Step("bn", np.arange(3), back=back), 0.0)
        assert set(read.pop()[:, 1:].flatten().tolist()) <= {UNK, EOS, 1}
    tuning._checked(run, np.arange(2))
    assert [ids.max() > UNK for ids in read] == [True, True]


def test_hidden_pieces_hang_on_the_step_alone(torch, monkeypatch):
    read, real = [], network.encode
    monkeypatch.setattr(network, "encode", lambda weights, ids, **how: read.append(ids) or real(weights, ids, **how))
    run = begun(replace(SETTINGS, hide_piece=0.5), back={})
    for number in (3, 4, 3):
        torch.rand(5)
        run.step = number
        tuning._step(run, Step("bn", np.arange(6)), 0.0)
    assert torch.equal(read[0], read[2])
    assert not torch.equal(read[0], read[1])


def gradients(*, back, weight):
    """Of one step, by name; sums are not cut."""
    settings = replace(SETTINGS, clip=1e9, hide_piece=0.0)
    run = begun(settings, back=both(REAL, weight=weight))
    losses = tuning._step(run, Step("bn", np.arange(1, 4), back=back), 0.0)
    return losses, {name: value.grad for name, value in run.weights.items() if value.grad is not None}


def test_back_translated_pairs_teach_words_at_their_weight_and_no_order(torch):
    (order, word, _), whole = gradients(back=True, weight=1.0)
    (_, same, _), light = gradients(back=True, weight=0.6)
    (real, alike, _), plain = gradients(back=False, weight=0.6)
    assert word == pytest.approx(same) == pytest.approx(alike)
    assert (order, real > 0.1) == (0.0, True)
    assert not any(name.startswith("order") for name in light)
    assert any(name.startswith("order.bn") for name in plain)
    assert {name.split(".")[0] for name in light} == {"encoder", "joint"}
    for name, value in light.items():
        assert torch.allclose(value, 0.6 * whole[name], atol=1e-7)


def test_the_tuning_learns_words_that_only_back_translated_pairs_hold(torch, tmp_path):
    """The corpus says what a to h are, the others i to l; the heads of the tuning say it back."""
    chance = np.random.default_rng(0)
    real, more = (["".join(chance.choice(list(part), 5)) for _ in range(60)] for part in (LETTERS[:8], LETTERS[8:]))
    settings = replace(SETTINGS, epochs=14, pieces=100, save_minutes=60.0, rate=3e-3, head_rate=3e-2)
    asked = pairs_of(LETTERS).batch(range(12))
    found = []
    for back in (None, both(more, weight=0.6)):
        made = tune(tmp_path / f"{back is None}.ckpt", back=back, settings=settings, pairs=both(real))
        with torch.no_grad():
            states = network.encode(made.encoder, torch.from_numpy(asked.ids), heads=HEADS)[:, 1]
            past = torch.full((12, 3), KNOWN + 2)
            hidden = network.joint_hidden(made.heads["joint"]["bn"], states, past, smooth=True)
            found.append(network.joint_scores(made.heads["joint"]["bn"], hidden).argmax(1).tolist())
    assert [rows[:8] for rows in found] == [list(range(4, 12))] * 2
    assert found[1][8:] == [12, 13, 14, 15]
    assert not set(found[0][8:]) & {12, 13, 14, 15}


def dies(text):
    if text.startswith("step 3,"):
        raise KeyboardInterrupt


def same(one, other):
    tensors = [(made.encoder, *made.heads["order"].values(), *made.heads["joint"].values()) for made in (one, other)]
    return all(a[k].equal(b[k]) for a, b in zip(*tensors, strict=True) for k in a)


def test_a_killed_run_with_back_translated_pairs_ends_where_one_that_was_not_does(torch, tmp_path):
    said, settings = [], replace(SETTINGS, dropout=0.1, hide_piece=0.3)
    back = both(BACK, weight=0.6)
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path / "killed", back=back, settings=settings, say=dies)
    resumed = tune(tmp_path / "killed", back=back, settings=settings, say=said.append)
    assert "going on from step 3" in said
    assert f"{resumed.steps} steps on 8 pairs and 10 back-translated ones" in said
    assert any("back-translated word" in text for text in said)
    assert same(resumed, tune(tmp_path / "whole", back=back, settings=settings))
    assert not same(resumed, tune(tmp_path / "plain", settings=settings))


@pytest.mark.parametrize(
    "other",
    [
        None,
        {"bn": pairs_of(BACK, weight=0.6)},
        both(BACK, weight=0.7),
        both(BACK, weight=0.6, shift=1),
        both([text.replace("i", "j") for text in BACK], weight=0.6),
    ],
    ids=["none", "one language", "another weight", "other targets", "other sources"],
)
def test_a_checkpoint_of_other_back_translated_pairs_is_left_aside(torch, tmp_path, other):
    said, settings = [], replace(SETTINGS, epochs=1)
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path / "ckpt", back=both(BACK, weight=0.6), settings=settings, say=dies)
    tune(tmp_path / "ckpt", back=other, settings=settings, say=said.append)
    assert said[0] == "a checkpoint of other data or settings is left aside"
