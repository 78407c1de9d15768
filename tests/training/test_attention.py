"""The attention model's recipe at toy size: a language read backwards, kill and resume, what the model folder holds."""

from __future__ import annotations

import importlib.util
import json
import lzma
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from test_guide import Stub, write_guide

from pipeline.cli.train import train
from pipeline.engines.compact.attention import AttentionModel
from pipeline.engines.compact.joint import HIDDEN, START
from pipeline.engines.compact.reorder import best_order
from pipeline.engines.compact.store import load_packed
from pipeline.errors import InputError
from pipeline.training import steps
from pipeline.training.align import Aligned, load_aligned
from pipeline.training.attention import fitting, network, recipe
from pipeline.training.attention.crossing import Crossing, Links, linked_rows, linked_states
from pipeline.training.attention.exporting import attention_arrays
from pipeline.training.attention.lessons import Course, Part, ranks, shares, usable
from pipeline.training.attention.recipe import train_attention
from pipeline.training.attention.sayable import sayable
from pipeline.training.attention.settings import AttentionSettings, Levels
from pipeline.training.guide.examples import Lesson, select
from pipeline.training.guide.heads import States, save_arrays
from pipeline.training.guide.opened import ATTENTIONS, copy_guide
from pipeline.training.guide.pieces import Start
from pipeline.training.guide.recipe import train_guide
from pipeline.training.guide.settings import GuideSettings, Plan
from pipeline.training.phrases import Corpus

KNOWN, WIDTH, EMBEDDING, HIDDEN_WIDTH = 16, 32, 8, 16
END = KNOWN + START
TABLE = np.random.default_rng(5).normal(0, 1, (KNOWN, WIDTH)).astype(np.float16)
PLAN = Plan(least_weight=0.1, source_size=(4, 50), linked=0.4, held=10)
TOY = AttentionSettings(
    layers=2, inner=32, readers=1, reader_inner=24,
    embedding=12, pointer=16, batch=120, masks=20_000, frequent=8, sampled=4, rate=1e-2, warmup=20,
    hide=0.0, states_dropout=0.0, dropout=0.0, head_dropout=0.0, average=0.9, bf16=False, minutes=60.0, steps=160,
    save_minutes=60.0, log_steps=50, check_steps=1000, threads=1, plan=PLAN,
)  # fmt: skip
ROUGH = replace(
    TOY, hide=0.1, states_dropout=0.1, dropout=0.1, head_dropout=0.1, average_steps=1, steps=6, save_minutes=0.0,
    log_steps=1,
)  # fmt: skip
"""With all that is drawn at random; a few steps, each kept."""


def joint_arrays(unit=0.002):
    """A joint model that was never trained, as its file holds it."""
    chance = np.random.default_rng(0)
    shapes = {"source": (HIDDEN_WIDTH, WIDTH), "history": (HIDDEN_WIDTH, 3 * EMBEDDING),
              "middle": (HIDDEN_WIDTH, HIDDEN_WIDTH), "output": (EMBEDDING, HIDDEN_WIDTH),
              "words": (KNOWN + 3, EMBEDDING)}  # fmt: skip
    out = {f"{name}.weight": chance.integers(-127, 128, shape).astype(np.int8) for name, shape in shapes.items()}
    out |= {f"{name}.scale": np.full(shape[0], unit, np.float32) for name, shape in shapes.items()}
    out |= {f"{name}.bias": np.zeros(shapes[name][0], np.float32) for name in ("source", "middle", "output")}
    return {**out, "bias": np.full(KNOWN + 1, -2.0, np.float32)}


def part_of(sentences, *, weight=1.0, share=1.0):
    """Sentences of words whose translations are their own rows in reverse order; the rank says so."""
    sizes = np.array([len(s) for s in sentences])
    number, flat = np.arange(len(sentences)), np.concatenate(sentences)
    owner, first = np.repeat(number, sizes), np.repeat(np.cumsum(sizes) - sizes, sizes)
    place = np.arange(len(flat))
    back = first + np.repeat(sizes, sizes) - 1 - (place - first)
    corpus = Corpus(flat.astype(np.int32), flat[back].astype(np.int32), owner, owner, np.stack([place, back], 1),
                    np.full(len(sentences), weight))  # fmt: skip
    states = States(TABLE[flat], np.cumsum(sizes) - sizes)
    return Part(
        Lesson.of(corpus, KNOWN), states, (back - first).astype(np.int16), np.full(len(sizes), share, np.float32)
    )


def drawn(words, number, seed=0):
    chance = np.random.default_rng(seed)
    return [chance.choice(words, int(chance.integers(2, 6))) for _ in range(number)]


def course_of(settings=TOY, *more, seed=0):
    """A hundred pairs of the words 4 to 9, twenty of them held out, and parts behind them."""
    return Course.of([part_of(drawn(np.arange(4, 10), 100, seed)), *more], np.arange(20), settings)


# ---------------------------------------------------------------- what it learns from, numpy only


def test_a_batch_holds_states_words_and_links_of_both_parts():
    real, back = part_of([[4, 5, 6], [7]]), part_of([[8, 9]], weight=0.6)
    b = Course.of([real, back], np.zeros(0, np.int64), TOY).batch(np.array([2, 0]))
    assert np.array_equal(b.states[1], TABLE[[4, 5, 6]])
    assert np.array_equal(b.states[0], [*TABLE[[8, 9]].astype(np.float32), np.zeros(WIDTH)])
    assert b.rank.tolist() == [[1, 0, 0], [2, 1, 0]]
    assert b.real.tolist() == [[True, True, False], [True] * 3]
    assert b.kind.tolist() == [1, 0]
    assert b.weight.tolist() == [np.float32(0.6), 1.0]
    assert b.words.tolist() == [[9, 8, END, END], [6, 5, 4, END]]
    assert b.asked.tolist() == [[True, True, True, False], [True] * 4]
    assert b.pointed.tolist() == [[1, 0, -1, -1], [2, 1, 0, -1]]
    assert b.past[1].tolist() == [[END] * 3, [6, END, END], [5, 6, END], [4, 5, 6]]


def test_what_is_hidden_is_hidden_for_all_that_comes_behind():
    course = course_of(replace(TOY, hide=0.5))
    sentences = np.arange(20, 100)
    plain, made = course.batch(sentences), course.batch(sentences, np.random.default_rng(0))
    gone = made.past[..., 0] == KNOWN + HIDDEN
    seen = plain.past[..., 0] != END
    assert gone[seen].mean() == pytest.approx(0.5, abs=0.1)
    assert not gone[:, 0].any()  # the beginning is known
    assert np.array_equal(made.past[~gone][:, 0], plain.past[~gone][:, 0])
    assert np.array_equal(made.past[:, 1:, 1], made.past[:, :-1, 0])
    assert np.array_equal(made.past[:, 2:, 2], made.past[:, :-2, 0])
    assert np.array_equal(made.words, plain.words)


def test_a_pass_draws_each_sentence_by_its_share_and_none_that_is_held_out():
    few, none = part_of(drawn([4, 5], 200), share=0.25), part_of(drawn([4, 5], 50), share=0.0)
    course = course_of(TOY, few, none)
    passes = [np.concatenate(course.batches(n)) for n in range(40)]
    count = np.bincount(np.concatenate(passes), minlength=350)
    assert not count[:20].any()
    assert (count[20:100] == 40).all()
    assert count[100:300].mean() == pytest.approx(10, abs=1)
    assert not count[300:].any()
    for part in course.batches(0):
        assert (course.target_size[part] + 1).sum() <= TOY.batch + 6
        assert np.ptp(course.target_size[part] + course.source_size[part] / 2) <= 5
    one, other = course.batches(0), course.batches(1)
    assert all(np.array_equal(a, b) for a, b in zip(one, course.batches(0), strict=True))
    assert not np.array_equal(np.concatenate(one), np.concatenate(other))
    seeded = course_of(replace(TOY, seed=1), few, none).batches(0)
    assert not np.array_equal(np.concatenate(one), np.concatenate(seeded))


def test_lists_short_pairs_and_light_ones_are_drawn_less():
    sizes = [5, 5, 2, 5, 5, 5]
    lesson = replace(part_of([[4] * n for n in sizes]).lesson, weight=np.array([1, 1, 1, 1, 0.2, 0.3], np.float32))
    found = shares(lesson, ["mkb", "names-x", "mkb", "l10n-kde", "mkb", "mkb"], TOY)
    assert found.tolist() == pytest.approx([1.0, 0.12, 0.12, 0.5, 0.5, 1.0])


def test_pairs_without_links_or_words_and_long_ones_teach_nothing():
    sizes = np.array([2, 2, 0, 61, 2, 60])
    source = np.repeat(np.arange(6), sizes)
    sizes = np.array([2, 2, 2, 2, 71, 70])
    target = np.repeat(np.arange(6), sizes)
    first, second = (np.array([int(np.searchsorted(side, k)) for k in (0, 3, 4, 5)]) for side in (source, target))
    corpus = Corpus(np.zeros(len(source), int), np.zeros(len(target), int), source, target,
                    np.stack([first, second], 1), np.ones(6))  # fmt: skip
    assert usable(Lesson.of(corpus, KNOWN), TOY).tolist() == [True, False, False, False, False, True]


def test_the_rank_of_a_word_is_its_place_in_the_predicted_order():
    class Turns:
        def scores(self, rows):
            return rows[:, :1] - rows[:, 0]

    number = np.array([[2.0], [3.0], [1.0], [0.0], [5.0], [4.0]], np.float16)
    lesson = part_of([[4, 5, 6], [7], [8, 9]]).lesson
    found = ranks(States(number, np.array([0, 3, 4])), np.array([0, 1]), lesson, orderer=Turns(), say=print)
    order = best_order(Turns().scores(number[:3].astype(np.float32)))
    assert found[:3][order].tolist() == [0, 1, 2]
    assert found[:3].tolist() != [0, 1, 2]
    assert found[3:].tolist() == [0, 0, 0]


# ---------------------------------------------------------------- torch: learning


@pytest.fixture(scope="module")
def torch():
    found = pytest.importorskip("torch")
    found.set_num_threads(1)
    return found


def fit(course, path, *, say=lambda _: None, origin="guide"):
    return fitting.fit_attention(course, joint_arrays(), checkpoint=path, origin=origin, say=say)


def test_it_learns_a_language_read_backwards_and_its_pointer_the_links(torch, tmp_path):
    said, course = [], course_of()
    before = fitting.measured(fit(course_of(replace(TOY, steps=0, minutes=0.0)), tmp_path / "none"), course)
    words, pointer, right = fitting.measured(fit(course, tmp_path / "x.ckpt", say=said.append), course)
    assert before[0] > 2
    assert before[1] > 0.9
    assert words < 0.35
    assert right > 0.9
    assert pointer < 0.35
    assert said[0].startswith("80 pairs; step 0, held out: words ")
    assert said[-1] == f"step 160, held out: words {words:.3f}, pointer {pointer:.3f}, first guesses right {right:.3f}"


def test_the_pointer_learns_from_its_own_loss(torch, tmp_path):
    """Not from the words alone, which leave it free; its weight is what teaches it."""
    course = course_of(replace(TOY, steps=60, pointer_weight=0.0))
    without = fitting.measured(fit(course, tmp_path / "without"), course)[1]
    course = course_of(replace(TOY, steps=60, pointer_weight=1.0))
    assert fitting.measured(fit(course, tmp_path / "with"), course)[1] < without - 0.3


def test_the_normaliser_stays_near_one(torch, tmp_path):
    """A row's score is near a log-probability, as far as the penalty asks for it."""
    from pipeline.training.attention import network

    far = []
    for weight in (0.0, 0.3):
        course = course_of(replace(TOY, steps=60, norm_weight=weight))
        weights, batch = fit(course, tmp_path / str(weight)), course.batch(course.held)
        with torch.no_grad():
            out = fitting._answers(weights, batch, network.KEEP)[0][torch.from_numpy(batch.asked)]
            far.append(float(network.word_scores(weights, out).logsumexp(1).abs().mean()))
    assert far[1] < far[0] / 2


def test_back_translated_pairs_teach_words_that_the_corpus_does_not_hold(torch, tmp_path):
    back = part_of(drawn(np.arange(10, 14), 60, seed=1), weight=0.6)
    asked = Course.of([part_of(drawn(np.arange(10, 14), 20, seed=2))], np.arange(20), TOY)
    said = []
    alone = fitting.measured(fit(course_of(), tmp_path / "alone"), asked)
    taught = fitting.measured(fit(course_of(TOY, back), tmp_path / "taught", say=said.append), asked)
    assert said[0].startswith("80 pairs and 60 back-translated ones")
    assert alone[2] < 0.4
    assert taught[2] > 0.8


def test_light_pairs_count_little(torch):
    """Of two pairs in a batch, the gradient follows the heavier one; that the kind of a pair is read shows in `tag`."""
    course = Course.of([part_of([[4, 5, 6]]), part_of([[7, 8, 9]], weight=0.2)], np.zeros(0, np.int64), TOY)
    run = fitting._begin(course, joint_arrays())
    losses = []
    for sentences in ([0], [1], [0, 1]):
        torch.manual_seed(0)
        losses.append([float(x.detach()) for x in fitting._losses(run, course.batch(np.array(sentences)))[:2]])
    for heavy, light, both in zip(*losses, strict=True):
        assert both == pytest.approx((heavy + 0.2 * light) / 1.2, rel=1e-4)
    torch.manual_seed(0)
    whole = fitting._losses(run, replace(course.batch(np.array([1])), weight=np.ones(1, np.float32)))
    assert [float(x.detach()) for x in whole[:2]] == pytest.approx(losses[1], rel=1e-4)  # its own mean, alone
    sum(fitting._losses(run, course.batch(np.array([1])))[:2]).backward()
    assert not run.weights["tag"].grad[0].any()
    assert run.weights["tag"].grad[1].any()


def test_it_begins_as_the_joint_model(torch):
    """Where the pointer points is all that a fresh decoder adds: on its state the scores are the joint model's."""
    from pipeline.engines.compact.joint import JointModel
    from pipeline.training.attention import network

    weights = network.new_attention(joint_arrays(0.006), TOY, torch.Generator().manual_seed(0))
    state = torch.from_numpy(TABLE[[4]].astype(np.float32))[None]
    past = torch.tensor([[[END, END, END], [5, END, END], [7, 5, END]]])
    kind, rank, real = torch.zeros(1, dtype=torch.long), torch.zeros(1, 1, dtype=torch.long), torch.ones(1, 1) > 0
    with torch.no_grad():
        out, pointed = network.predict(weights, network.read(weights, state, rank, real, kind), past)
        scores = network.word_scores(weights, out)[0, :, : KNOWN + 1].numpy()
    assert pointed.abs().max() < 1e-6
    model = JointModel(joint_arrays(0.006))
    source = np.repeat(model.read(TABLE[[4]].astype(np.float32)), KNOWN + 1, 0)
    for k in range(3):
        history = np.repeat(past[0, k : k + 1].numpy(), KNOWN + 1, 0)
        assert scores[k] == pytest.approx(model.score(source, history, np.arange(KNOWN + 1)), abs=0.3)
    assert np.abs(scores[0] - scores[1]).max() > 2  # what stands before counts


def test_readers_let_source_words_read_one_another_and_add_nothing_at_first(torch):
    from pipeline.training.attention import network

    states = torch.from_numpy(TABLE[[4, 5, 6]].astype(np.float32))[None]
    other = states.clone()
    other[0, 2] = torch.from_numpy(TABLE[7].astype(np.float32))
    kind, rank, real = torch.zeros(1, dtype=torch.long), torch.tensor([[1, 0, 2]]), torch.ones(1, 3) > 0

    def memory(rows, weights, real=real):
        with torch.no_grad():
            return network.read(weights, rows, rank, real, kind).memory[0]

    weights = network.new_attention(joint_arrays(), TOY, torch.Generator().manual_seed(0))
    none = {name: value for name, value in weights.items() if not name.startswith("readers")}
    assert len(none) < len(weights)
    assert torch.equal(memory(states, weights), memory(states, none))
    assert torch.equal(memory(states, weights)[:2], memory(other, weights)[:2])
    for name in ("readers.0.a.o.weight", "readers.0.w2.weight"):
        weights[name].normal_(generator=torch.Generator().manual_seed(1))
        assert not torch.allclose(memory(states, weights), memory(states, none), atol=1e-2)
    assert not torch.allclose(memory(states, weights)[:2], memory(other, weights)[:2], atol=1e-2)
    two = torch.tensor([[True, True, False]])  # what is beyond the source is not read
    assert torch.allclose(memory(states, weights, two)[:2], memory(other, weights, two)[:2], atol=1e-5)


def test_no_word_sees_what_comes_behind_it_or_beyond_its_source(torch):
    from pipeline.training.attention import network

    weights = network.new_attention(joint_arrays(), TOY, torch.Generator().manual_seed(0))
    weights["Wd.weight"].normal_(generator=torch.Generator().manual_seed(1))
    course = Course.of([part_of([[4, 5, 6], [7, 8, 9, 4, 5]])], np.zeros(0, np.int64), TOY)

    def out(batch):
        with torch.no_grad():
            return fitting._answers(weights, batch, network.KEEP)[0][0]

    alone, both = course.batch(np.array([0])), course.batch(np.array([0, 1]))
    assert torch.allclose(out(alone), out(both)[:4], atol=1e-5)
    later = alone.past.copy()
    later[:, 2] = 9
    changed = out(replace(alone, past=later))
    assert torch.equal(out(alone)[:2], changed[:2])
    assert not torch.allclose(out(alone)[3], changed[3], atol=1e-3)  # but all words before are seen


def test_both_places_of_a_source_word_are_read(torch):
    """That in the predicted order and that in the source; words behind the last row share it."""
    from pipeline.training.attention import network

    weights = network.new_attention(joint_arrays(), TOY, torch.Generator().manual_seed(0))
    states = torch.from_numpy(np.tile(TABLE[4].astype(np.float32), (1, 130, 1)))
    kind, real = torch.zeros(1, dtype=torch.long), torch.ones(1, 130) > 0
    with torch.no_grad():
        same_rank = network.read(weights, states, torch.zeros(1, 130, dtype=torch.long), real, kind).memory[0]
        ranked = network.read(weights, states, torch.arange(130)[None], real, kind).memory[0]
    assert not torch.allclose(same_rank[3], same_rank[4], atol=1e-3)
    assert torch.equal(same_rank[127], same_rank[129])
    assert torch.equal(same_rank[0], ranked[0])
    assert not torch.allclose(same_rank[4], ranked[4], atol=1e-2)
    assert torch.equal(ranked[127], ranked[129])


def test_a_sample_that_holds_all_words_gives_the_loss_that_is_measured(torch):
    from pipeline.training.attention import network

    course = course_of(replace(TOY, sampled=100))
    run = fitting._begin(course, joint_arrays())
    losses = [float(loss.detach()) for loss in fitting._losses(run, course.batch(course.held))]
    assert losses[:2] == pytest.approx(fitting.measured(run.weights, course)[:2], abs=1e-4)
    some = network.draw_words(KNOWN, TOY)
    assert some.rows[:10].tolist() == [*range(8), KNOWN, END]
    assert len(set(some.rows[10:].tolist()) & set(range(8, KNOWN))) == 4
    assert some.correction.tolist() == pytest.approx([0.0] * 10 + [np.log(8 / 4)] * 4)
    assert some.place[some.rows].tolist() == list(range(14))
    assert (some.place >= 0).sum() == 14


def test_what_is_kept_is_an_average(torch, tmp_path):
    """It forgets fast in the first steps, and never more than the settings say."""
    run = fitting._begin(course_of(replace(TOY, average=0.7)), joint_arrays())
    for value in run.weights.values():
        value.detach().fill_(1.0)
    kept = []
    for made in (4, 8, 40):
        for value in run.average.values():
            value.zero_()
        run.made = made
        fitting._join(run)
        kept.append(1 - float(run.average["bias"][0]))
    assert kept == pytest.approx([1 - 2**-0.9, 1 - 3**-0.9, 0.7])
    joined, real = [], fitting._join
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_join", lambda run: joined.append(run.made) or real(run))
        fit(course_of(replace(TOY, steps=9)), tmp_path / "x")
    assert joined == [4, 8]


def test_dropout_from_the_pool_drops_its_share_and_keeps_the_mean(torch):
    from pipeline.training.attention import network

    drops = network.drops_of(replace(TOY, states_dropout=0.3, dropout=0.2, head_dropout=0.0))
    for drop, share in ((drops.states, 0.3), (drops.layers, 0.2)):
        for number in (10_000, 30_000):  # out of the pool; more than it holds
            made = drop(torch.ones(number))
            assert float((made == 0).float().mean()) == pytest.approx(share, abs=0.03)
            assert float(made.mean()) == pytest.approx(1, abs=0.05)
    assert not torch.equal(drops.layers(torch.ones(500)), drops.layers(torch.ones(500)))
    assert drops.head(torch.ones(9)).tolist() == [1.0] * 9


def test_what_comes_from_the_joint_model_learns_at_half_the_rate(torch):
    run = fitting._begin(course_of(), joint_arrays())
    names = {id(value): name for name, value in run.weights.items()}
    fresh, old = ({names[id(p)] for p in group["params"]} for group in run.optimizer.param_groups)
    assert old == {"E", "bias", "source.weight", "source.bias", "hist.weight", "middle.weight", "middle.bias",
                   "output.weight", "output.bias"}  # fmt: skip
    assert fresh == set(run.weights) - old
    fitting._step(run, np.arange(20, 30))
    rates = [group["lr"] for group in run.optimizer.param_groups]
    assert rates == pytest.approx([TOY.rate / TOY.warmup, TOY.rate / TOY.warmup / 2])


def test_a_step_is_not_longer_than_the_settings_allow(torch):
    run = fitting._begin(course_of(replace(TOY, pointer_weight=1000.0)), joint_arrays())
    fitting._step(run, np.arange(20, 30))
    norm = float(torch.stack([value.grad.norm() for value in run.weights.values()]).norm())
    assert norm == pytest.approx(TOY.clip, rel=1e-3)


def test_a_round_ends_with_the_clock_at_the_low_rate(torch, tmp_path, monkeypatch):
    clock, rates = iter(range(10_000)), []
    real = fitting._step
    monkeypatch.setattr(fitting.time, "monotonic", lambda: float(next(clock)))

    def stepped(run, sentences):
        made = real(run, sentences)
        rates.append(run.optimizer.param_groups[0]["lr"] / TOY.rate)
        return made

    monkeypatch.setattr(fitting, "_step", stepped)
    course, said = course_of(replace(TOY, steps=0, minutes=2.0, warmup=10, check_steps=40)), []
    fit(course, tmp_path / "x.ckpt", say=said.append)
    assert [text.split(",")[0] for text in said[1:]] == [f"step {k}" for k in (40, 50, 80, 100, 120, 120)]
    assert len(rates) == 120
    assert rates[4] < rates[9]
    assert rates[59] == pytest.approx(0.5, abs=0.02)
    assert rates[-1] == pytest.approx(0.02, abs=0.01)


# ---------------------------------------------------------------- torch: kill and resume


def dies(text):
    if text.startswith("step 4,"):
        raise KeyboardInterrupt


def same(one, other):
    import torch

    return all(torch.equal(one[name], other[name]) for name in one)


def test_a_killed_run_ends_where_one_that_was_not_does(torch, tmp_path):
    """Averages, masks, hidden words, the place in the pass and the time used are all gone on with."""
    said, settings = [], replace(ROUGH, batch=200)
    with pytest.raises(KeyboardInterrupt):
        fit(course_of(settings), tmp_path / "killed", say=dies)
    resumed = fit(course_of(settings), tmp_path / "killed", say=said.append)
    assert said[0].startswith("going on from step 4, ")
    assert [text for text in said if text.startswith("step 5,")]
    assert not [text for text in said if text.startswith("step 3,")]
    whole = fit(course_of(settings), tmp_path / "whole")
    assert same(resumed, whole)
    assert not same(whole, fit(course_of(replace(settings, seed=1)), tmp_path / "other"))


def test_the_clock_of_a_killed_run_goes_on(torch, tmp_path, monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(fitting.time, "monotonic", lambda: float(next(clock)))
    course = course_of(replace(ROUGH, steps=0, minutes=0.2))
    with pytest.raises(KeyboardInterrupt):
        fit(course, tmp_path / "x", say=dies)
    said = []
    fit(course, tmp_path / "x", say=said.append)
    assert said[-1].startswith("step 12, ")  # of twelve seconds, four were used


def test_behind_a_finished_round_another_begins_with_its_own_rise_and_fall(torch, tmp_path):
    course, said = course_of(ROUGH), []
    first = fit(course, tmp_path / "x")
    again = fit(course, tmp_path / "x", say=said.append)
    assert said[0] == "a new round from step 6"
    assert said[-1].startswith("step 12, ")
    assert not same(first, again)
    run = fitting._begin(course_of(replace(ROUGH, rate=0.5)), joint_arrays())
    fitting._restore(run, tmp_path / "x", fitting._mark(run.weights, "guide"), print)
    fitting._step(run, np.arange(20, 30))
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(0.5 / ROUGH.warmup)


@pytest.mark.parametrize("kind", ["text", "cut", "empty", "another thing", "no average"])
def test_a_damaged_checkpoint_is_refused_in_one_message(torch, tmp_path, kind):
    path, course = tmp_path / "attention.ckpt", course_of(replace(ROUGH, steps=1))
    fit(course, path)
    whole = path.read_bytes()
    if kind == "no average":
        torch.save({**torch.load(path, weights_only=True), "average": {}}, path)
    elif kind == "another thing":
        torch.save([1, 2], path)
    else:
        path.write_bytes({"text": b"damaged", "cut": whole[: len(whole) // 2], "empty": b""}[kind])
    with pytest.raises(InputError) as caught:
        fit(course, path)
    assert str(caught.value).startswith(f"{path}: found a damaged file (")
    assert "Remove the file to begin anew." in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_something_else_is_refused(torch, tmp_path):
    path, settings = tmp_path / "attention.ckpt", replace(ROUGH, steps=1)
    fit(course_of(settings), path)
    fit(course_of(replace(settings, rate=1e-3)), path)  # rates may change
    for change, origin in (({}, "another guide"), ({"layers": 1}, "guide")):
        with pytest.raises(InputError, match="another network, guide or vocabulary"):
            fit(course_of(replace(settings, **change)), path, origin=origin)


# ---------------------------------------------------------------- begun as the other direction's model


def test_a_model_begun_as_the_other_direction_s_knows_where_to_look(torch, tmp_path):
    """The same task in another language: other rows for its words, and states turned by an unknown rotation."""
    course = course_of()
    trained = fit(course, tmp_path / "other.ckpt")
    other = attention_arrays(trained, [], rows=KNOWN, levels=Levels(31, 31, 31))
    chance = np.random.default_rng(8)
    rows, turn = chance.permutation(KNOWN), np.linalg.qr(chance.normal(size=(WIDTH, WIDTH)))[0]
    (part,) = course.parts
    lesson = replace(part.lesson, words=rows[part.lesson.words])
    states = States((part.states.rows @ turn).astype(np.float16), part.states.first)
    here = Course.of([replace(part, lesson=lesson, states=states)], course.held, TOY)
    links = Links(rows[4:10], np.arange(4, 10), np.full(6, 50))
    crossing = Crossing(other, links, np.tile(TABLE @ turn, (99, 1)).astype(np.float32), np.tile(TABLE, (99, 1)))
    fresh = network.new_attention(joint_arrays(), replace(TOY, embedding=20), torch.Generator().manual_seed(0))
    begun = crossing.begin(fresh)
    assert {name: value.shape for name, value in begun.items()} == {name: value.shape for name, value in fresh.items()}
    pointer = [
        fitting.measured(weights, made)[1] for weights, made in ((trained, course), (fresh, here), (begun, here))
    ]
    assert pointer[0] < 0.5 < pointer[1]
    assert pointer[2] < pointer[0] + 0.2 * (pointer[1] - pointer[0])


def test_words_that_one_word_alone_is_linked_with_bring_their_states():
    """Two sentences; the second word of the first has two links, the second sentence was not read there."""
    here, there = part_of([[4, 5, 6], [7, 8]]), part_of([[9, 10, 11], [12, 13]])
    links = np.array([[0, 2], [1, 1], [1, 0], [3, 4]])
    first = np.array([0, -1])
    mine, theirs = linked_states(
        links, np.array([0, 0, 0, 1]), (here.states, here.lesson), (States(there.states.rows, first), there.lesson)
    )
    assert np.array_equal(mine, TABLE[[4]].astype(np.float32))
    assert np.array_equal(theirs, TABLE[[11]].astype(np.float32))


def test_links_of_frequent_words_are_counted_in_both_directions():
    pairs = np.array([[0, 0], [0, 0], [1, 2], [2, 1], [0, 2]])
    bn, en = pairs.T.astype(np.int32)
    sentence, links = np.zeros(5, np.int64), np.repeat(np.arange(5)[:, None], 2, 1)
    aligned = Aligned(Corpus(bn, en, sentence, sentence, links, np.ones(1)), {}, np.zeros(3, np.int32), ["human"])
    into = linked_rows(aligned, "en-bn", 2, 3)
    assert list(zip(into.mine, into.theirs, into.number, strict=True)) == [(0, 0, 2), (0, 2, 1), (1, 2, 1)]
    back = linked_rows(aligned, "bn-en", 3, 2)
    assert list(zip(back.mine, back.theirs, back.number, strict=True)) == [(0, 0, 2), (2, 0, 1), (2, 1, 1)]


# ---------------------------------------------------------------- export


def test_the_exported_arrays_are_what_the_model_folder_holds(torch):
    from pipeline.training.attention.network import new_attention

    weights = new_attention(joint_arrays(), TOY, torch.Generator().manual_seed(0))
    weights["tag"] += torch.tensor([[0.25], [9.0]])
    made = attention_arrays(weights, [2, 5], rows=KNOWN, levels=Levels(31, 31, 31))
    assert made["own"].tolist() == AttentionModel(made).own.tolist() == [2, 5]
    assert all(np.isfinite(values).all() for values in made.values())
    matrices = {
        "words": (KNOWN + 3, 12), "inp": (WIDTH, 12), "mem": (WIDTH, WIDTH), "pq": (16, WIDTH), "pk": (16, WIDTH),
        "source": (HIDDEN_WIDTH, WIDTH), "hist": (HIDDEN_WIDTH, 3 * EMBEDDING), "U": (HIDDEN_WIDTH, WIDTH),
        "middle": (HIDDEN_WIDTH, HIDDEN_WIDTH), "output": (EMBEDDING, HIDDEN_WIDTH), "Wd": (12, WIDTH),
    }  # fmt: skip
    for k in range(TOY.layers):
        matrices |= {f"layers.{k}.{part}.{name}": (WIDTH, WIDTH) for part in "ac" for name in "qkvo"}
        matrices |= {f"layers.{k}.w1": (32, WIDTH), f"layers.{k}.w2": (WIDTH, 32)}
    matrices |= {f"readers.0.a.{name}": (WIDTH, WIDTH) for name in "qkvo"}
    matrices |= {"readers.0.w1": (24, WIDTH), "readers.0.w2": (WIDTH, 24)}
    norms = ["hn", "mn", "fin", "readers.0.n1", "readers.0.n2"]
    norms += (f"layers.{k}.n{n}" for k in range(TOY.layers) for n in (1, 2, 3))
    without = {"words", "pk", "hist", "U", *(name for name in matrices if name.endswith((".a.k", ".c.k")))}
    names = {f"{name}.{kind}" for name in matrices for kind in ("weight", "scale")}
    names |= {f"{name}.bias" for name in {*matrices, *norms} - without} | {f"{name}.weight" for name in norms}
    assert set(made) == names | {"bias", "rank", "orig", "own"}
    for name, shape in matrices.items():
        whole, unit = made[f"{name}.weight"], made[f"{name}.scale"]
        assert (whole.shape, whole.dtype, unit.shape, unit.dtype) == (shape, np.int8, shape[:1], np.float32)
        assert np.abs(whole).max() <= 31  # six bits
        true = weights["E" if name == "words" else f"{name}.weight"].numpy()
        assert (np.abs(whole * unit[:, None] - true) <= unit[:, None] * 0.501).all()
    for name in (*(f"{name}.bias" for name in {*matrices, *norms} - without), *(f"{name}.weight" for name in norms)):
        assert made[name].dtype == np.float32
        assert np.array_equal(made[name], weights[name].numpy())
    assert made["bias"].shape == (KNOWN + 2,)
    for name, more in (("rank", 0), ("orig", 0.25)):
        assert (made[name].shape, made[name].dtype) == ((128, WIDTH), np.float16)
        assert made[name] == pytest.approx(weights[name].numpy() + more, abs=1e-3)


def test_rare_words_give_up_their_rows(torch):
    """Other words, the ends of a sentence and a hidden word keep theirs."""
    weights = network.new_attention(joint_arrays(), TOY, torch.Generator().manual_seed(0))
    whole, cut = (attention_arrays(weights, [], rows=rows, levels=Levels(31)) for rows in (KNOWN + 5, 3))
    for name, last in (("words.weight", 3), ("words.scale", 3), ("bias", 2)):
        assert np.array_equal(cut[name], np.concatenate([whole[name][:3], whole[name][KNOWN:]]))
        assert len(cut[name]) == 3 + last
    assert AttentionModel(cut).known == 3
    assert AttentionModel(whole).known == KNOWN


def test_rows_of_words_are_rounded_more_finely_than_layers_and_these_than_readers(torch):
    weights = network.new_attention(joint_arrays(), TOY, torch.Generator().manual_seed(0))
    made = attention_arrays(weights, [], rows=3, levels=Levels())
    for name, most in (("words", 63), ("inp", 10), ("layers.1.c.q", 10), ("readers.0.a.q", 5), ("readers.0.w1", 5)):
        assert np.abs(made[f"{name}.weight"]).max() == most


# ---------------------------------------------------------------- the recipe and the command


@pytest.fixture
def guided(trained, tmp_path, monkeypatch):
    """A prepared work folder with a guide made by hand, whose states are two numbers a word."""
    monkeypatch.setattr("pipeline.training.guide.opened.SentenceEncoder", Stub)
    work = tmp_path / "work"
    shutil.copytree(trained[0], work)
    write_guide(work / "guide")
    return work


QUICK = replace(ROUGH, inner=8, reader_inner=8, embedding=4, pointer=4, batch=2000, steps=2)
PAIR = {"direction": "bn-en", "target": ["The", "India", "won", "￭."], "source": ["ভারত", "জিতেছে", "￭।"],
        "belongs": [[], [0], [1], [2]], "score": -1.0}  # fmt: skip


def test_a_run_leaves_a_model_and_its_checkpoint(torch, guided, tmp_path, monkeypatch):
    said, courses, real = [], [], recipe.fit_attention
    monkeypatch.setattr(
        recipe, "fit_attention", lambda course, *a, **k: courses.append(course) or real(course, *a, **k)
    )
    words = tmp_path / "words.jsonl"
    words.write_text(json.dumps(PAIR) + "\n" + json.dumps(PAIR | {"direction": "en-bn"}) + "\n", "utf-8")
    before = {p.name for p in (guided / "guide").iterdir()}
    train_attention(guided, "bn-en", QUICK, said.append, back_translated=[words])
    assert {p.name for p in (guided / "guide").iterdir()} - before == {"attention.bn-en.npz", "attention.bn-en.ckpt"}
    with np.load(guided / "guide" / "attention.bn-en.npz") as arrays:
        assert arrays["words.weight"].shape == (30 + 3, 4)
    aligned, (course,) = load_aligned(guided), courses
    assert np.array_equal(course.held, select(aligned, PLAN, np.random.default_rng(0)).held)
    assert not course.share[course.held].any()
    kept, back = course.parts
    names = [k for k, tag in enumerate(aligned.tags) if tag.startswith("names")]
    assert set(kept.share[names].tolist()) <= {0.0, np.float32(0.12)}
    assert kept.rank.max() > 3  # the order head of this guide turns every clause round
    turned = np.flatnonzero(kept.share > 0)[0]
    first, size = kept.states.first[turned], kept.lesson.source_size[turned]
    assert kept.rank[first : first + size].tolist() == list(range(size))[::-1]
    assert (len(back.share), float(back.lesson.weight[0])) == (1, np.float32(0.6))
    assert back.lesson.belongs.tolist() == [0, 0, 1, 2]
    assert any("and 1 back-translated ones" in text for text in said)
    train_attention(guided, "bn-en", QUICK, said.append)
    assert "bn-en: attention model: a new round from step 2" in said


def test_a_run_that_fails_leaves_no_states(torch, guided):
    def dies_at_once(text):
        if "held out" in text:
            assert list((guided / "guide").glob("states.*"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_attention(guided, "en-bn", QUICK, dies_at_once)
    assert not list((guided / "guide").glob("states.*"))
    assert not (guided / "guide" / "attention.en-bn.npz").exists()


def test_a_checkpoint_of_another_guide_is_refused(torch, guided):
    train_attention(guided, "bn-en", QUICK, print)
    write_guide(guided / "guide", sign=1)
    with pytest.raises(InputError, match=r"attention\.bn-en\.ckpt: found a checkpoint of another"):
        train_attention(guided, "bn-en", QUICK, print)


def test_it_needs_data_a_guide_and_pairs(torch, guided, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="setu train data"):
        train_attention(tmp_path, "bn-en", QUICK, print)
    monkeypatch.setattr(recipe, "usable", lambda lesson, _: np.zeros(len(lesson.weight), bool))
    with pytest.raises(InputError, match="no pair with links"):
        train_attention(guided, "bn-en", QUICK, print)
    shutil.rmtree(guided / "guide")
    with pytest.raises(InputError, match="Run `setu train guide` first"):
        train_attention(guided, "bn-en", QUICK, print)


def test_without_torch_the_extra_is_named(guided, monkeypatch):
    there = importlib.util.find_spec("numpy")
    monkeypatch.setattr("importlib.util.find_spec", lambda asked, *_: None if asked == "torch" else there)
    with pytest.raises(InputError) as caught:
        train_attention(guided, "bn-en", QUICK, print)
    assert str(caught.value).startswith("setu train attention: found no package torch;")
    assert "pip install 'setu[train]'" in str(caught.value)


def test_the_command_trains(torch, guided, monkeypatch):
    given = []
    monkeypatch.setattr(
        recipe, "fit_attention", lambda course, *a, **k: given.append(course.settings) or real(course, *a, **k)
    )
    real = fitting.fit_attention
    run = CliRunner().invoke(
        train,
        ["attention", str(guided), "--direction", "en-bn", "--minutes", "0.0001", "--threads", "1", "--seed", "3"],
    )
    assert run.exception is None
    assert (run.stdout, "setu: en-bn: attention model: finished in " in run.stderr) == ("", True)
    assert (guided / "guide" / "attention.en-bn.npz").is_file()
    assert given == [AttentionSettings(minutes=0.0001, threads=1, seed=3)]


def test_a_direction_begins_as_the_other_one(torch, guided):
    with pytest.raises(InputError, match="Train it first: `setu train attention --direction bn-en`"):
        train_attention(guided, "en-bn", QUICK, print, cross=True)
    train_attention(guided, "bn-en", QUICK, print)
    given, real = [], Crossing.begin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Crossing, "begin", lambda self, fresh: given.append(self) or real(self, fresh))
        run = CliRunner().invoke(
            train, ["attention", str(guided), "--direction", "en-bn", "--minutes", "0.0001", "--cross"]
        )
    assert run.exception is None
    (crossing,) = given
    assert len(crossing.here) == len(crossing.there) > 100
    assert crossing.links.number.sum() > 100
    assert not list((guided / "guide").glob("states.*"))
    assert (guided / "guide" / "attention.en-bn.npz").is_file()


def test_the_command_says_what_is_missing(trained, tmp_path):
    shutil.copytree(trained[0], tmp_path / "work")
    run = CliRunner().invoke(train, ["attention", str(tmp_path / "work"), "--direction", "en-bn"])
    assert isinstance(run.exception, InputError)
    assert CliRunner().invoke(train, ["attention", str(tmp_path / "work")]).exit_code == 2


def test_minutes_of_the_command_are_those_of_the_settings():
    (minutes,) = [option for option in train.commands["attention"].params if option.name == "minutes"]
    assert minutes.default == AttentionSettings().minutes == 95


def test_the_model_may_say_words_that_neither_name_nor_count():
    """A Bengali word names where the English words that it is linked with have a capital; rare ones do not tell."""
    en = ["Delhi", "visit", "two", "of", "week"]
    bn = ["দিল্লি", "সফর", "দুই", "￭র", "সপ্তাহ", "উভয়", "কোটি", "￭তম", "২৪", "visit", "বিরল", "কলকাতা"]
    linked = [(0, 0)] * 29 + [(0, 1)] + [(k, 1) for k in range(1, 10) for _ in range(30)]
    linked += [(10, 1)] * 19 + [(11, 0)] * 10 + [(11, 1)] * 20
    bengali, english = np.array(linked, np.int32).T
    sentence, links = np.zeros(len(linked), np.int64), np.repeat(np.arange(len(linked))[:, None], 2, 1)
    corpus = Corpus(bengali, english, sentence, sentence, links, np.ones(1))
    aligned = Aligned(corpus, {"bn": bn, "en": en}, np.arange(len(en), dtype=np.int32), ["human"])
    assert [bn[k] for k in sayable(aligned, "bn", len(bn))] == ["সফর", "￭র", "উভয়"]
    assert [en[k] for k in sayable(aligned, "en", 4)] == ["visit", "of"]


def test_translation_computes_what_training_did(torch):
    """The decoder in numpy against the network in torch, with the same rounded weights."""
    from pipeline.training.attention.network import new_attention, predict, read

    chance = np.random.default_rng(3)
    weights = {k: v.detach() for k, v in new_attention(joint_arrays(), TOY, torch.Generator().manual_seed(0)).items()}
    zeros = [name for name in weights if name.endswith((".a.o.weight", ".w2.weight")) and name.startswith("readers")]
    assert len(zeros) == 2
    for name in ("U.weight", "Wd.weight", "Wd.bias", *zeros):  # begin as zeros
        weights[name] = torch.from_numpy(chance.normal(size=weights[name].shape).astype(np.float32)) * 0.1
    made = attention_arrays(weights, [], rows=KNOWN, levels=Levels(31, 31, 31))
    model = AttentionModel(made)
    whole = {"E" if n == "words" else f"{n}.weight": made[f"{n}.weight"] * made[f"{n}.scale"][:, None]
             for n in (name.removesuffix(".scale") for name in made if name.endswith(".scale"))}  # fmt: skip
    weights |= {name: torch.from_numpy(value) for name, value in whole.items()}
    states = [chance.normal(size=(n, WIDTH)).astype(np.float32) for n in (4, 7)]
    ranks = [chance.permutation(len(s)) for s in states]
    words = chance.integers(0, KNOWN, (2, 5))
    memory = model.read(states, ranks)
    line = np.concatenate([np.full((2, 3), model.end), words], 1)
    for k, (rows, rank) in enumerate(zip(states, ranks, strict=True)):
        kind, real = torch.zeros(1, dtype=torch.long), torch.ones(1, len(rows), dtype=torch.bool)
        history = torch.from_numpy(np.stack([line[k : k + 1, 2 - j : 8 - j] for j in range(3)], 2))
        reading = read(weights, torch.from_numpy(rows[None]), torch.from_numpy(rank[None]), real, kind)
        wanted, pointed = (value[0].numpy() for value in predict(weights, reading, history))
        past = model.begin(memory, 1, 6)
        for step in range(6):
            recent = np.stack([line[:, None, 2 + step - j] for j in range(3)], 2)
            out, points = model.step(memory, past, recent, np.zeros((2, 1), int), np.ones((2, 1), bool))
            assert out[k, 0] == pytest.approx(wanted[step], abs=0.05 * float(np.abs(wanted).max()))
            assert np.exp(points[k, 0, : len(rows)]) == pytest.approx(np.exp(pointed[step]), abs=0.02)


def test_export_packs_the_encoder_and_the_attention_models_that_are_there(guided, tmp_path):
    arrays = {"bias": np.arange(3, dtype=np.float32)}
    save_arrays(guided / "guide" / ATTENTIONS[0], arrays)
    (guided / "guide" / "attention.bn-en.ckpt").write_bytes(b"checkpoint")
    copy_guide(guided, tmp_path / "model")
    assert [p.name for p in (tmp_path / "model").glob("attention.*")] == [f"{ATTENTIONS[0]}.xz"]
    assert np.array_equal(load_packed(tmp_path / "model" / f"{ATTENTIONS[0]}.xz")["bias"], arrays["bias"])
    packed = tmp_path / "model" / "encoder" / "model.bin.xz"
    assert lzma.decompress(packed.read_bytes()) == (guided / "guide" / "encoder" / "model.bin").read_bytes()
    assert not packed.with_suffix("").exists()


def test_new_data_and_a_new_guide_drop_the_attention_models(torch, guided, corpora, sources, monkeypatch):
    """Their rows and states mean something else now."""

    def dies(_):
        raise KeyboardInterrupt

    def written():
        for name in ATTENTIONS:
            (guided / "guide" / name).write_bytes(b"weights")

    written()
    monkeypatch.setattr("pipeline.training.guide.recipe.align", dies)
    with pytest.raises(KeyboardInterrupt):
        train_guide(guided, GuideSettings(), print, start=Start([], [], {}, 1))
    assert not list((guided / "guide").glob("attention.*"))
    written()
    steps.data(corpora, guided, sources, print)
    assert not list((guided / "guide").glob("attention.*"))
