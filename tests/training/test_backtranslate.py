"""Back-translated pairs, word by word: what is written, what is refused, what a joint model learns from them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from test_guide import Letters

from pipeline.cli.train import train
from pipeline.engines.compact import load
from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.joint import START
from pipeline.errors import InputError
from pipeline.files import to_json
from pipeline.records import Request
from pipeline.training import backtranslate
from pipeline.training.align import load_aligned
from pipeline.training.backtranslate import LONGEST, read_word_pairs, text_rows, word_pairs
from pipeline.training.guide import heads, recipe, tuning
from pipeline.training.guide.examples import Lesson, News, Selection
from pipeline.training.guide.opened import open_guide
from pipeline.training.guide.pieces import Start
from pipeline.training.guide.planning import Step
from pipeline.training.guide.settings import GuideSettings, HeadSettings, Plan
from pipeline.training.guide.synthetic import (
    Taught,
    corpus_of,
    read_taught,
    synthetic_pairs,
    synthetic_states,
    usual_case,
)
from pipeline.training.guide.tuning import Tuned
from pipeline.training.phrases import Corpus

WIDTH, KNOWN = 16, 16
PAIR = {"direction": "bn-en", "target": ["India", "won", "￭."], "source": ["ভারত", "জিত", "￭েছে", "￭।"],
        "belongs": [[0], [1, 2], []], "score": -1.5}  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    return load()


def owners(pair):
    """Per target token the source tokens it belongs to."""
    return dict(zip(pair.target, ([pair.source[k] for k in places] for places in pair.belongs), strict=True))


# ---------------------------------------------------------------- writing


def test_links_point_from_real_words_to_the_synthetic_words_they_became(engine):
    (pair,) = word_pairs(engine, "en-bn", ["India and China.\n", "\n"], print)
    assert pair.direction == "bn-en"
    assert pair.target == ["India", "and", "China", "￭."]
    assert owners(pair) == {"India": ["ভারত"], "and": ["ও"], "China": ["চীন"], "￭.": ["￭।"]}
    assert -3.5 < pair.score < 0


def test_links_hold_where_the_search_turned_the_source_round(engine):
    """A Bengali verb stands last and is searched first: places count in the sentence as it was written."""
    text = "প্রধানমন্ত্রী নরেন্দ্র মোদী ২০২৪ সালের ৩ জুলাই আস্তানায় যাবেন।"
    (pair,) = word_pairs(engine, "bn-en", [text], print)
    assert pair.direction == "en-bn"
    assert pair.target[:4] == ["প্রধানমন্ত্রী", "নরেন্দ্র", "মোদী", "2024"]
    assert owners(pair)["মোদী"] == ["Modi"]
    assert owners(pair)["2024"] == ["2024"]
    assert set(owners(pair)["জুলাই"]) == {"3", "July"} == set(owners(pair)["3"])  # a date is one piece of a rule's


def test_drafts_stand_by_their_requests_whatever_their_length(engine):
    asked = [Request("India and China and Japan.", "en-bn"), Request("", "en-bn"), Request("ভারত।", "bn-en")]
    (long, none, short) = engine.drafts(asked, SearchSettings(beam=40, margin=4.5))
    assert [t.literal for t in long[0]] == ["India", "and", "China", "and", "Japan", "￭."]
    assert none == ([], None)
    assert [(w.form, w.start, w.end) for w in short[1].words] == [("India", 0, 1), ("￭.", 1, 2)]


def test_lines_without_a_pair_are_counted(engine):
    said = []
    pairs = list(word_pairs(engine, "en-bn", ["India.", "a " * (LONGEST + 1), "China."], said.append))
    assert [pair.target[0] for pair in pairs] == ["India", "China"]
    assert said[-1].startswith("1 lines are left out")


def test_lines_are_translated_and_written_some_at_a_time(engine, monkeypatch):
    """A killed run has written what it said: the second part is not read before the first stands there."""
    monkeypatch.setattr(backtranslate, "TOGETHER", 2)
    for way in (word_pairs, text_rows):
        said, read = [], []
        rows = way(engine, "en-bn", (read.append(k) or "India." for k in range(5)), said.append)
        next(rows)
        assert read == [0, 1]
        assert len(list(rows)) == 4
        assert [text.split(",")[0] for text in said] == ["2 lines", "4 lines", "5 lines"]


def test_the_command_writes_lines_that_the_guide_reads(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.engines.compact.load", lambda **_: engine)
    lines, out = tmp_path / "lines.txt", tmp_path / "words.jsonl"
    lines.write_text("India and China.\r\nJapan\u2028.\n", "utf-8")
    run = CliRunner().invoke(train, ["backtranslate", "--direction", "en-bn", "--words", str(lines)])
    assert run.exit_code == 0
    assert "2 lines" in run.stderr
    out.write_text(run.stdout, "utf-8")
    read = list(read_word_pairs(out))
    assert [pair.target[0] for pair in read] == ["India", "Japan"]
    assert "".join(to_json(pair) + "\n" for pair in read) == run.stdout


def test_lines_that_are_no_text_are_refused(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.engines.compact.load", lambda **_: engine)
    (tmp_path / "x.txt").write_bytes(b"India\n\xff\n")
    run = CliRunner().invoke(train, ["backtranslate", "--direction", "en-bn", str(tmp_path / "x.txt")])
    assert isinstance(run.exception, InputError)
    assert "line 2, byte 0" in str(run.exception)


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("{", "no JSON in UTF-8"),
        (b"\xff", "no JSON in UTF-8"),
        ("[1]", "JSON of type list"),
        ({"more": 1}, "'more' and not of direction, target"),
        ({"direction": "bn-fr"}, "direction 'bn-fr'"),
        ({"direction": []}, "direction []"),
        ({"target": []}, "a target that is no list of tokens"),
        ({"source": "ভারত"}, "a source that is no list of tokens"),
        ({"source": ["a b", "c", "d", "e"]}, "a source that is no list of tokens"),
        ({"belongs": [[0], [1]]}, "a belongs that is not"),
        ({"belongs": [[0], [4], []]}, "a belongs that is not"),
        ({"belongs": [[0], [-1], []]}, "a belongs that is not"),
        ({"belongs": [[0], [True], []]}, "a belongs that is not"),
        ({"belongs": [0, 1, 2]}, "a belongs that is not"),
        ({"score": "high"}, "score 'high'"),
        ({"score": float("nan")}, "score nan"),
    ],
)
def test_a_malformed_line_is_refused_in_one_message(tmp_path, change, found):
    path = tmp_path / "words.jsonl"
    line = json.dumps(PAIR | change) if isinstance(change, dict) else change
    line = line if isinstance(line, bytes) else line.encode()
    path.write_bytes(json.dumps(PAIR).encode() + b"\n\n" + line + b"\n")
    with pytest.raises(InputError) as caught:
        list(read_word_pairs(path))
    message = str(caught.value)
    assert message.startswith(f"{path}, line 3: found ")
    assert found in message
    assert "expected a line of `setu train backtranslate --words`" in message
    assert "\n" not in message


def test_a_file_without_lines_is_refused(tmp_path):
    (tmp_path / "words.jsonl").write_bytes(b"")
    with pytest.raises(InputError, match="no line"):
        list(read_word_pairs(tmp_path / "words.jsonl"))


def write(path, *changes):
    path.write_text("".join(json.dumps(PAIR | change) + "\n" for change in changes), "utf-8")
    return path


def test_pairs_that_are_scored_low_or_unlinked_or_long_teach_nothing(tmp_path):
    long = ["a"] * 51
    path = write(
        tmp_path / "words.jsonl", {}, {"score": -3.6}, {"belongs": [[], [], []]}, {"source": long},
        {"target": long, "belongs": [[0]] * 51}, {"direction": "en-bn", "score": -3.5},
    )  # fmt: skip
    said = []
    taught = read_taught([path], HeadSettings(), said.append)
    assert {direction: len(pairs) for direction, pairs in taught.items()} == {"bn-en": 1, "en-bn": 1}
    assert said == ["words.jsonl: 2 of 6 back-translated pairs teach"]
    assert taught["bn-en"][0].links.tolist() == [[0, 0], [1, 1], [2, 1]]
    strict = read_taught([path, path], replace(HeadSettings(), back_score=-2.0), said.append)
    assert {direction: len(pairs) for direction, pairs in strict.items()} == {"bn-en": 2}


def same(words):
    return list(words)


def taught(target, source, *links):
    return Taught(target, source, np.array(links, np.int16))


def test_the_pairs_are_a_corpus_whose_unlinked_words_take_the_nearest_link_right_first():
    pairs = [taught("a x b 1947", "p q", (1, 0), (0, 2)), taught("b", "r s t", (1, 0), (2, 0))]
    corpus = corpus_of(pairs, ["a", "b", "⟨y⟩"], weight=0.6, case=same)
    lesson = Lesson.of(corpus, 3)
    assert lesson.words.tolist() == [0, 3, 1, 2, 1]
    assert lesson.belongs.tolist() == [1, 0, 0, 0, 2]
    assert lesson.history[-1].tolist() == [3 + START] * 3
    assert lesson.source_size.tolist() == [2, 3]
    assert lesson.weight.tolist() == pytest.approx([0.6, 0.6])


def test_real_english_stands_in_the_case_of_the_prepared_files(trained):
    """ "India" keeps its capital, the first word of a sentence does not."""
    case = usual_case(trained[0], "en")
    assert case(["The", "memorandum", "of", "India", "￭."]) == ["the", "memorandum", "of", "India", "￭."]
    assert usual_case(trained[0], "bn")(["ভারত"]) == ["ভারত"]
    pairs, words = [taught("The memorandum", "ভারত", (0, 1))], ["the", "The", "memorandum"]
    lesson = recipe._back_lesson(trained[0], "bn-en", pairs, words=words, settings=SMALL)
    assert lesson.words.tolist() == [0, 2]


# ---------------------------------------------------------------- learning


@pytest.fixture(scope="module")
def torch():
    found = pytest.importorskip("torch")
    found.set_num_threads(1)
    return found


class Table:
    """Stands for the encoder: a word has its own state wherever it stands."""

    def __init__(self, _=None):
        self.rows = np.random.default_rng(5).normal(0, 1, (64, WIDTH)).astype(np.float32)

    def states(self, sentences):
        return [self.rows[[sum(map(ord, form)) % 64 for form in forms]] for forms in sentences]


SMALL = GuideSettings(
    known=150, embedding=8, hidden=16, order_hidden=8, order_rank=4, frequent=8, sampled=4, bf16=False, dropout=0.0,
    threads=1, plan=Plan(least_weight=0.1, source_size=(4, 50), linked=0.4, held=10),
    heads=HeadSettings(joint_steps=200, joint_rate=2e-2, joint_batch=60, joint_dropout=0.0, order_epochs=1,
                       back_score=-2.0),
)  # fmt: skip
NO_NEWS = News(np.zeros(0, np.int32), np.zeros(0, np.int64))
LETTERS = "abcdefghijkl"


def test_a_joint_model_learns_a_word_that_the_corpus_does_not_hold(torch, tmp_path):
    """The corpus translates the letters a to h by rows 4 to 11; that i to l are 12 to 15 is said by synthetic pairs."""
    from pipeline.training.guide.joint import train_joint
    from pipeline.training.guide.network import joint_hidden, joint_scores

    encoder, chance = Table(), np.random.default_rng(0)
    ids = chance.integers(4, 12, 300)
    sentence = np.arange(300) // 5
    links = np.tile(np.arange(300)[:, None], 2)
    lesson = Lesson.of(
        Corpus(ids.astype(np.int32), ids.astype(np.int32), sentence, sentence, links, np.ones(60)), KNOWN
    )
    rows = np.concatenate(encoder.states([[LETTERS[k - 4] for k in ids]])).astype(np.float16)
    selection = Selection(np.arange(5), np.arange(5, 60), *[np.zeros(0, np.int64)] * 2, taught=np.arange(5, 60))
    drawn = ["".join(chance.choice(list("ijkl"), 5)) for _ in range(20)]
    pairs = [taught(" ".join(f"w{LETTERS.index(c) + 4}" for c in word), " ".join(word), *((k, k) for k in range(5)))
             for word in drawn]  # fmt: skip
    back = Lesson.of(corpus_of(pairs, [f"w{k}" for k in range(KNOWN)], weight=0.6, case=same), KNOWN)
    more = synthetic_states(pairs, back, encoder, tmp_path / "back.npy"), back
    asked = torch.from_numpy(np.concatenate(encoder.states([list("ijkl")])))
    best, said = [], []
    for given in (None, more):
        states = heads.States(rows, np.arange(60) * 5)
        weights = train_joint(states, lesson, selection, news=NO_NEWS, start=None, settings=SMALL, say=said.append,
                              back=given)  # fmt: skip
        with torch.no_grad():
            hidden = joint_hidden(weights, asked, torch.full((4, 3), KNOWN + 2))
            best.append(joint_scores(weights, hidden).argmax(1).tolist())
    assert best[1] == [12, 13, 14, 15]
    assert not set(best[0]) & {12, 13, 14, 15}
    assert said[0] == "joint model: 275 words of pairs, 0 of news"
    assert "joint model: 275 words of pairs, 0 of news, 100 of back-translated pairs" in said


def test_synthetic_words_are_drawn_with_the_others_at_their_weight(torch, monkeypatch):
    from pipeline.training.guide import network
    from pipeline.training.guide.joint import train_joint

    def lesson(weight):
        at = np.arange(40)
        return Lesson.of(Corpus(np.zeros(40, int), at % 7, at // 4, at // 4, np.stack([at, at], 1), weight), KNOWN)

    states = heads.States(np.zeros((40, WIDTH), np.float16), np.arange(10) * 4)
    selection = Selection(np.zeros(0, int), np.arange(10), *[np.zeros(0, int)] * 2, taught=np.arange(10))
    seen, real = [], network.softmax_loss
    monkeypatch.setattr(network, "softmax_loss", lambda *a: seen.append(a[3]) or real(*a))
    few = replace(SMALL, heads=replace(SMALL.heads, joint_steps=4))
    train_joint(states, lesson(np.ones(10)), selection, news=NO_NEWS, start=None, settings=few, say=print,
                back=(states, lesson(np.full(10, 0.6))))  # fmt: skip
    drawn = torch.cat(seen).numpy()
    assert len(drawn) == 240  # three passes of 80 words
    assert (drawn == np.float32(0.6)).sum() == 120
    assert (drawn == 1).sum() == 120


def toy_tuned(pairs):
    """What fine-tuning leaves, untrained: heads by source language."""
    import torch

    from pipeline.training.guide import network

    chance = torch.Generator().manual_seed(0)
    made = {lang: network.new_joint(WIDTH, side.lesson.known, SMALL, chance) for lang, side in pairs.items()}
    return Tuned({}, {"joint": made, "order": {}}, 0)


@pytest.fixture
def work(torch, trained, tmp_path, monkeypatch):
    """A prepared folder, and a recipe whose encoder is a table of states: the heads are what is trained."""
    monkeypatch.setattr("pipeline.training.align.importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(recipe, "require_packages", lambda *_, **__: None)
    monkeypatch.setattr(recipe, "tokenizer", lambda *_: None)
    monkeypatch.setattr(recipe, "initial_words", lambda *_: None)
    monkeypatch.setattr(recipe.Pairs, "read", lambda _path, lesson, *_, **__: recipe.Pairs(lesson, {}))
    monkeypatch.setattr(recipe, "synthetic_pairs", lambda _pairs, lesson, **_: recipe.Pairs(lesson, {}))
    monkeypatch.setattr(recipe, "tune_encoder", lambda _start, pairs, *_, **__: toy_tuned(pairs))
    monkeypatch.setattr(recipe, "export_encoder", lambda *_, **__: None)
    monkeypatch.setattr(recipe, "SentenceEncoder", Table)
    shutil.copytree(trained[0], tmp_path / "work")
    return tmp_path / "work"


def test_a_run_teaches_by_its_own_files_alone(work, tmp_path):
    """Killed behind the first joint model and called again with other files, it keeps nothing of the first ones."""
    few = replace(SMALL, heads=replace(SMALL.heads, joint_steps=3))
    one = write(tmp_path / "one.jsonl", *[{}] * 90)
    other = write(tmp_path / "other.jsonl", *[{"target": ["Nepal", "won", "￭."], "score": -1.0}] * 90)

    def run(*files, say=lambda _: None):
        recipe.train_guide(work, few, say, start=Start([], [], {}, 1), back_translated=files)
        assert not list((work / "guide").glob("states.*"))
        return [(work / "guide" / f"joint.{d}.npz").read_bytes() for d in ("bn-en", "en-bn")]

    def dies(text):
        if text.startswith("en-bn: joint"):
            raise KeyboardInterrupt

    none, first = run(), run(one)
    with pytest.raises(KeyboardInterrupt):
        run(one, say=dies)
    assert (work / "guide" / "joint.bn-en.npz").read_bytes() == first[0]
    with pytest.raises(InputError):
        open_guide(work)
    assert run(one) == first
    assert run(other)[0] not in (none[0], first[0])
    assert run() == none
    assert first[0] != none[0]
    assert first[1] == none[1]  # the files teach the heads of the direction they name, and no other


def test_the_tuning_reads_what_the_joint_model_reads(work, tmp_path, monkeypatch):
    """The same pairs, as pieces of their synthetic sources and rows of their real targets."""
    given = []
    monkeypatch.setattr(recipe, "synthetic_pairs", synthetic_pairs)
    monkeypatch.setattr(recipe, "tokenizer", lambda *_: Letters())
    monkeypatch.setattr(recipe, "tune_encoder", lambda _, p, *__, back, **___: given.append(back) or toy_tuned(p))
    few = replace(SMALL, heads=replace(SMALL.heads, joint_steps=0))
    file = write(tmp_path / "words.jsonl", {}, {"score": -9.0}, {"source": ["চীন", "জিত", "￭েছে", "￭।"]})
    recipe.train_guide(work, few, lambda _: None, start=Start([], [], {}, 1), back_translated=[file])
    (sides,) = given
    assert set(sides) == {"bn"}
    words = load_aligned(work).words["en"]
    batch = sides["bn"].batch([0, 1])
    assert [chr(k) for k in batch.ids[1] if k > 3] == list("চীনজিতেছে।")
    assert batch.words[:3].tolist() == [words.index("India"), few.known, words.index("￭.")]
    assert batch.source[:3].tolist() == [0, 2, 2]
    assert set(batch.weight.tolist()) == {np.float32(few.heads.back_weight)}


def test_files_are_checked_before_anything_is_touched(work, tmp_path):
    (work / "guide").mkdir()
    (work / "guide" / "joint.bn-en.npz").write_bytes(b"finished")
    good, bad = write(tmp_path / "good.jsonl", {}), write(tmp_path / "bad.jsonl", {}, {"score": None})
    run = CliRunner().invoke(train, ["guide", str(work), *(f"--back-translated={path}" for path in (good, bad))])
    assert isinstance(run.exception, InputError)
    assert "bad.jsonl, line 2: found score None" in str(run.exception)
    assert (work / "guide" / "joint.bn-en.npz").read_bytes() == b"finished"


# ---------------------------------------------------------------- the clock


def test_the_command_tunes_as_long_as_the_settings_say():
    (minutes,) = [option for option in train.commands["guide"].params if option.name == "minutes"]
    assert minutes.default == GuideSettings().minutes == 110


def test_a_run_that_the_clock_ends_has_reached_the_low_rate(monkeypatch):
    """The epochs are more than the minutes hold: the rate must be down when they are over, not at the plan's end."""
    clock, done = iter(range(10_000)), []
    monkeypatch.setattr(tuning.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(tuning, "_step", lambda _run, _step, share: done.append(share) or (0.0, 0.0, 0.0))
    run = tuning._Run({}, None, {}, GuideSettings(minutes=2.0, check_steps=10_000), 1)
    tuning._steps(run, [Step("bn", np.zeros(0, np.int64))] * 500, np.zeros(0, np.int64), save=lambda: None, say=print)
    assert len(done) == 120
    assert done[59] == pytest.approx(0.49, abs=0.02)
    assert done[-1] > 0.98
