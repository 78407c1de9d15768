"""Words that the search writes too often cost something, those that it writes too seldom are rewarded."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from pipeline.engines.compact.ngram import NgramModel, Table, mix, pack
from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.store import load_model
from pipeline.engines.compact.table import phrase_keys
from pipeline.engines.compact.text import tokenize
from pipeline.training import steps
from pipeline.training.frequency import FrequencySettings, bonuses, fit_bonuses
from pipeline.training.table import Features, build
from pipeline.training.tune import START, Setup

SOURCE = ["<pad>", "<unk>", "<s>", "</s>", "with", "France"]
TARGET = ["<pad>", "<unk>", "<s>", "</s>", "সঙ্গে", "সাথে", "ফ্রান্স"]
OPTIONS = [(4, 4, -0.5), (4, 5, -0.7), (5, 6, -0.5)]  # source, target, each log-probability: সঙ্গে is the likelier


@pytest.fixture(scope="module")
def setup():
    rows = []
    for source, target, value in OPTIONS:
        key = phrase_keys(np.array([source, 0], np.int32), np.array([0]), np.array([1]))[0]
        rows.append((key, target, value))
    rows.sort(key=lambda row: row[0])
    n = len(rows)
    words = np.zeros((n, 6), np.int32)
    words[:, 0] = [row[1] for row in rows]
    features = Features(
        np.array([row[0] for row in rows], np.uint64), words, np.ones(n, np.uint8),
        np.array([[row[2]] * 4 + [0, 0] for row in rows], np.float32),
        np.full((n, 6), -1.0, np.float32), np.full(n, 0xFFFFFFF0, np.uint32),
    )  # fmt: skip
    unigrams = np.stack([pack(np.full(len(TARGET), -3.0)), pack(np.zeros(len(TARGET)))], 1)
    bigram = Table.build(np.sort(mix([np.array([2]), np.array([2])])), np.zeros((1, 2), np.uint8))
    return Setup({w: k for k, w in enumerate(SOURCE)}, TARGET, features, NgramModel(unigrams, {2: bigram}), fold=False)


def pairs(reference, number=8):
    return [(Job(tokenize("France with")), reference, [t.form for t in tokenize(reference)])] * number


SETTINGS = FrequencySettings(rounds=4, rate=0.35, least=8, smooth=1.0)


def test_a_word_that_people_prefer_wins_over_one_that_is_likelier(setup):
    found, history = fit_bonuses(setup, START, pairs("ফ্রান্স সাথে"), SETTINGS)
    assert found["সাথে"] > 0 > found["সঙ্গে"]
    assert found["ফ্রান্স"] == pytest.approx(0, abs=0.01)
    assert history[0] < max(history) == history[-1]
    book, _ = setup.book(START, bonus=bonuses(TARGET, found))
    (drafts,) = book.search([Job(tokenize("France with"))], SETTINGS.search)
    assert [word.form for word in drafts[0].words] == ["ফ্রান্স", "সাথে"]


def test_nothing_moves_where_frequencies_are_right(setup):
    found, history = fit_bonuses(setup, START, pairs("ফ্রান্স সঙ্গে"), SETTINGS)
    assert not any(found.values())
    assert history[0] == max(history)


def test_rare_words_and_great_differences_are_held_back(setup):
    seldom, _ = fit_bonuses(setup, START, pairs("ফ্রান্স সাথে"), FrequencySettings(least=17))
    assert not seldom  # 8 of one, 8 of the other: neither 17
    found, _ = fit_bonuses(setup, START, pairs("ফ্রান্স সাথে"), FrequencySettings(rounds=1, rate=50, least=8, most=1.5))
    assert found["সাথে"] == 1.5
    assert found["সঙ্গে"] == -1.5


def test_the_bonus_of_a_word_is_part_of_the_score_of_its_phrases(setup):
    plain, order = build(setup.features, START, reorder=0.1)
    bonus = bonuses(["", "", "", "", *("A" * 3)], {"a": 2.0})
    bonus[5] = 0
    raised, raised_order = build(setup.features, START, reorder=0.1, bonus=bonus)
    by_word = {int(plain.words[k, 0]): float(plain.score[k]) for k in range(3)}
    for k in range(3):
        word = int(raised.words[k, 0])
        assert float(raised.score[k]) == pytest.approx(by_word[word] + (0 if word == 5 else 2), abs=0.01)
    assert sorted(order) == sorted(raised_order)


def test_what_a_fit_found_is_in_the_model_that_it_exports(trained, corpora, sources, tmp_path):
    """The toy's translations are right, so that its fit keeps nothing; a malus written into it lowers every "the"."""
    work = tmp_path / "work"
    shutil.copytree(trained[0], work)
    fitted = json.loads((work / "weights.bn-en.json").read_text("utf-8"))
    assert fitted["words"] == {}
    assert len(fitted["word_history"]) == FrequencySettings().rounds + 1
    (work / "weights.bn-en.json").write_text(json.dumps({**fitted, "words": {"the": -3.0}}), "utf-8")
    steps.export(corpora, work, sources, lambda _: None, destination=tmp_path / "model", version="0.0.2")
    plain, lowered = (load_model(path).books["bn-en"] for path in (trained[1], tmp_path / "model"))
    ids = [k for k, word in enumerate(plain.target) if word.lower() == "the"]
    assert ids
    before, after = _scores(plain.table), _scores(lowered.table)
    assert before.keys() == after.keys()
    for row, score in before.items():
        number = sum(word in ids for word in row[1:])
        assert after[row] == pytest.approx(score - 3 * number, abs=0.05), row


def _scores(table):
    """Score by row: source phrase and target words."""
    keys = np.repeat(table.keys, np.diff(table.first))
    rows = [(int(k), *map(int, w[:n])) for k, w, n in zip(keys, table.words, table.length, strict=True)]
    return dict(zip(rows, table.score.astype(float).tolist(), strict=True))
