"""Features that tuning weighs: what they leave of a score is the language model's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.ngram import NgramModel, Table, mix, pack
from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.table import phrase_keys
from pipeline.engines.compact.text import tokenize
from pipeline.training.table import Features
from pipeline.training.tune import NAMES, START, Setup, _Recorder

SOURCE = ["<pad>", "<unk>", "<s>", "</s>", "ভারত", "মন্ত্রী", "বলেন", "￭।"]
TARGET = ["<pad>", "<unk>", "<s>", "</s>", "India", "minister", "said", "￭."]
ORDER = NAMES.index("order")


def word_for_word():
    """Every Bengali word of SOURCE becomes the word of TARGET in its place."""
    ids = np.arange(4, 8, dtype=np.int32)
    keys = phrase_keys(np.append(ids, 0).astype(np.int32), np.arange(4), np.ones(4, np.int64))
    rank = np.argsort(keys)
    words = np.zeros((4, 6), np.int32)
    words[:, 0] = ids[rank]
    return Features(keys[rank], words, np.ones(4, np.uint8), np.full((4, 6), -0.5, np.float32),
                    np.full((4, 6), -1.0, np.float32), np.full(4, 0xFFFFFFF0, np.uint32))  # fmt: skip


@pytest.fixture(scope="module")
def setup():
    unigrams = np.stack([pack(np.full(len(TARGET), -3.0)), pack(np.zeros(len(TARGET)))], 1)
    bigram = Table.build(np.sort(mix([np.array([2]), np.array([2])])), np.zeros((1, 2), np.uint8))
    source = {form: k for k, form in enumerate(SOURCE)}
    return Setup(source, TARGET, word_for_word(), NgramModel(unigrams, {2: bigram}), fold=False)


@pytest.mark.parametrize(
    ("pairs", "starts", "overtaken"),
    [({}, [0, 1, 2, 3], 0.0), ({(1, 2): -3.0}, [0, 2, 1, 3], 3.0), ({(0, 1): -4.0, (0, 2): -4.0}, [1, 2, 0, 3], 8.0)],
)
def test_the_features_explain_a_score_down_to_the_language_model(setup, pairs, starts, overtaken):
    ahead = np.zeros((4, 4), np.float32)
    for (i, j), odds in pairs.items():
        ahead[i, j], ahead[j, i] = odds, -odds
    weights = {**START, "order": 1.0}
    recorder = _Recorder(*_parts(setup, weights))
    job = Job(tokenize("ভারত মন্ত্রী বলেন।"), ahead=ahead)
    (drafts,) = recorder.search([job], SearchSettings())
    note = dict(zip(NAMES, recorder.notes[id(drafts[0])], strict=True))
    assert [word.start for word in drafts[0].words] == starts
    assert note["order"] == pytest.approx(overtaken)
    assert note["lm"] == pytest.approx(5 * -3.0, abs=0.2)  # four words and the end, at the byte nearest to -3


def test_what_a_word_left_in_the_source_script_costs_is_not_the_language_models(setup):
    left = replace(setup, target=[*TARGET[:6], "বলেন", TARGET[7]])
    recorder = _Recorder(*_parts(left, START))
    (drafts,) = recorder.search([Job(tokenize("ভারত মন্ত্রী বলেন।"))], SearchSettings())
    assert "বলেন" in [word.form for word in drafts[0].words]
    note = dict(zip(NAMES, recorder.notes[id(drafts[0])], strict=True))
    assert note["lm"] == pytest.approx(5 * -3.0, abs=0.2)


def _parts(setup, weights):
    book, order = setup.book(weights)
    return book, setup, order, weights
