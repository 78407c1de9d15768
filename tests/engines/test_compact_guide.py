"""The runtime of the guide on small arrays: orders, states of words, the joint model, the search under both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.engines.compact import CompactEngine
from pipeline.engines.compact.arrange import arrange, read
from pipeline.engines.compact.decoder import SearchSettings, Weights
from pipeline.engines.compact.encoder import TOGETHER, _pooled, _runs, pieces_of, places
from pipeline.engines.compact.engine import BATCH, FEW, WORKERS, _batches, _Task
from pipeline.engines.compact.joint import HISTORY, JointModel, JointScorer
from pipeline.engines.compact.ngram import NgramModel, Table, mix, pack
from pipeline.engines.compact.reorder import DISTANCES, Orderer, best_order, distance_class, order
from pipeline.engines.compact.smt import Job, Phrasebook, _sources, cuts
from pipeline.engines.compact.store import Loaded
from pipeline.engines.compact.table import PhraseTable, phrase_keys
from pipeline.engines.compact.text import Token, plain, tokenize
from pipeline.records import Request

# ---------------------------------------------------------------- orders


def bracketings(places_):
    """Every order that a binary bracketing allows."""
    if len(places_) == 1:
        return {tuple(places_)}
    out = set()
    for k in range(1, len(places_)):
        for one in bracketings(places_[:k]):
            for two in bracketings(places_[k:]):
                out |= {one + two, two + one}
    return out


def worth(scores, ranked):
    rank = {old: new for new, old in enumerate(ranked)}
    n = len(ranked)
    return sum(scores[i, j] * (1 if rank[i] < rank[j] else -1) for i in range(n) for j in range(i + 1, n))


@pytest.mark.parametrize("n", range(7))
def test_the_best_order_is_the_best_of_all_bracketings(n):
    for seed in range(6):
        scores = np.random.default_rng(seed).normal(0, 1, (n, n)).astype(np.float32)
        found = best_order(scores)
        assert sorted(found) == list(range(n))
        if n:
            best = max(bracketings(tuple(range(n))), key=lambda ranked: worth(scores, ranked))
            assert worth(scores, found) == pytest.approx(worth(scores, best))
            assert tuple(found) == best


def test_what_no_bracketing_allows_is_not_found():
    scores = np.zeros((4, 4), np.float32)
    inside_out = (1, 3, 0, 2)  # 2 4 1 3 of the literature
    for i in range(4):
        for j in range(i + 1, 4):
            scores[i, j] = 1 if inside_out.index(i) < inside_out.index(j) else -1
    assert inside_out not in bracketings((0, 1, 2, 3))
    assert tuple(best_order(scores)) in bracketings((0, 1, 2, 3))


def test_equal_scores_leave_the_order_alone():
    assert best_order(np.zeros((5, 5), np.float32)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(8))
def test_walls_stay_and_nothing_crosses_them(seed):
    chance = np.random.default_rng(seed)
    forms = ["x", "y", "￭,", "z", "u", "v", "(￭", "w", "a", "￭)", "b", "c", "￭।"]
    ranked = order(chance.normal(0, 1, (13, 13)).astype(np.float32), forms)
    assert sorted(ranked) == list(range(13))
    walls = (2, 6, 9, 12)
    assert [ranked[k] for k in walls] == list(walls)
    for low, high in ((0, 2), (3, 6), (7, 9), (10, 12)):
        assert sorted(ranked[low:high]) == list(range(low, high))


@pytest.mark.parametrize("seed", range(8))
def test_kept_spans_stay_together(seed):
    scores = np.random.default_rng(seed).normal(0, 1, (9, 9)).astype(np.float32)
    ranked = order(scores, list("abcdefghi"), [(1, 4), (6, 8)])
    assert sorted(ranked) == list(range(9))
    for start, end in ((1, 4), (6, 8)):
        at = ranked.index(start)
        assert ranked[at : at + end - start] == list(range(start, end))


def test_a_kept_wall_is_a_word_of_its_span():
    backwards = -np.ones((4, 4), np.float32)
    assert order(backwards, ["a", "b", "￭,", "c"], [(1, 3)]) == [3, 1, 2, 0]
    assert order(backwards, ["a", "b", "￭,", "c"]) == [1, 0, 2, 3]
    assert order(np.zeros((0, 0), np.float32), []) == []
    assert order(np.zeros((1, 1), np.float32), ["a"]) == [0]


def test_classes_of_distance():
    row = distance_class(200)[0]
    assert row[:9].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 7]
    assert [int(row[k]) for k in (15, 16, 31, 32, 63, 64, 127, 128, 199)] == [7, 8, 8, 9, 9, 10, 10, 11, 11]
    assert row.max() == DISTANCES - 1
    assert distance_class(4)[3].tolist() == [0, 0, 0, 0]


def order_arrays(width=5, hidden=4, rank=4, seed=0):
    chance = np.random.default_rng(seed)
    shapes = {"input": (hidden, width), "mix": (hidden, hidden, 3), "left": (rank, hidden), "right": (rank, hidden),
              "near": (DISTANCES, hidden), "far": (DISTANCES, hidden)}  # fmt: skip
    out = {f"{name}.weight": chance.normal(0, 1, shape) for name, shape in shapes.items()}
    out |= {f"{name}.bias": chance.normal(0, 1, shape[0]) for name, shape in shapes.items()}
    return {**out, "distance": chance.normal(0, 1, DISTANCES)}


def test_scores_are_the_sums_that_the_layers_say():
    a = order_arrays()
    states = np.random.default_rng(1).normal(0, 1, (6, 5)).astype(np.float32)
    first = np.maximum(states @ a["input.weight"].T + a["input.bias"], 0)
    hidden = []
    for k in range(6):
        mixed = a["mix.bias"].copy()
        for step in (-1, 0, 1):
            if 0 <= k + step < 6:
                mixed += a["mix.weight"][:, :, step + 1] @ first[k + step]
        hidden.append(first[k] + np.maximum(mixed, 0))
    left, right, near, far = (
        [a[f"{name}.weight"] @ h + a[f"{name}.bias"] for h in hidden] for name in ("left", "right", "near", "far")
    )
    found = Orderer(a).scores(states)
    for i in range(6):
        for j in range(i + 1, 6):
            d = j - i
            expected = left[i] @ right[j] / 2 + a["distance"][d] + near[i][d] + far[j][d]
            assert found[i, j] == pytest.approx(expected, rel=1e-4)


# ---------------------------------------------------------------- states of words


@pytest.mark.parametrize(
    ("forms", "text", "spans"),
    [
        ([], "", []),
        (["ভারত", "￭ের", "মন্ত্রী", "￭।"], "ভারতের মন্ত্রী।", [(0, 4), (4, 6), (7, 14), (14, 15)]),
        (["(￭", "a", "￭)", "b"], "(a) b", [(0, 1), (1, 2), (2, 3), (4, 5)]),
        (["x", "￭-￭", "y"], "x-y", [(0, 1), (1, 2), (2, 3)]),
    ],
)
def test_tokens_have_their_places_in_the_text(forms, text, spans):
    assert places(forms) == (text, spans)


@pytest.mark.parametrize(
    ("offsets", "spans", "pieces"),
    [
        ([(0, 2), (2, 4), (5, 6)], [(0, 4), (5, 6)], [[0, 1], [2]]),
        ([(0, 6)], [(0, 4), (4, 6)], [[0], [0]]),  # a piece over two tokens serves both
        ([(0, 1), (1, 3)], [(0, 2), (2, 3)], [[0, 1], [1]]),
        ([(0, 2)], [(0, 2), (3, 5), (6, 9)], [[0], [0], [0]]),  # behind the last piece: the last one
        ([(0, 2), (6, 7)], [(0, 2), (3, 4), (6, 7)], [[0], [1], [1]]),  # between two: the next
        ([], [(0, 1)], [[0]]),
        ([(0, 1)], [], []),
    ],
)
def test_pieces_of_tokens(offsets, spans, pieces):
    assert pieces_of(offsets, spans) == pieces


def test_a_state_is_the_mean_of_its_pieces():
    rows = np.array([[1, 2], [3, 4], [7, 8]], np.float32)
    assert _pooled(rows, [[0, 1], [1], [2, 0]]).tolist() == [[2, 3], [3, 4], [4, 5]]
    assert _pooled(rows, []).shape == (0, 2)


def test_sentences_of_one_length_go_together():
    sizes = [3, 5, 3, 4] + [7] * (TOGETHER + 2)
    runs = _runs(sorted(range(len(sizes)), key=lambda k: sizes[k]), sizes)
    assert runs[0] == [0, 2]
    assert sorted(k for run in runs for k in run) == list(range(len(sizes)))
    assert all(len({sizes[k] for k in run}) == 1 and len(run) <= TOGETHER for run in runs)


# ---------------------------------------------------------------- the joint model

KNOWN, WIDTH = 60, 384
SHAPES = {"source": (256, WIDTH), "history": (256, 3 * 32), "middle": (256, 256), "output": (32, 256),
          "words": (KNOWN + 3, 32)}  # fmt: skip


@pytest.fixture(scope="module")
def arrays():
    chance = np.random.default_rng(0)
    out = {f"{name}.weight": chance.integers(-127, 128, shape).astype(np.int8) for name, shape in SHAPES.items()}
    out |= {f"{name}.scale": chance.uniform(2e-4, 1e-3, shape[0]).astype(np.float32) for name, shape in SHAPES.items()}
    for name in ("source", "middle", "output"):
        out[f"{name}.bias"] = chance.normal(0, 0.1, SHAPES[name][0]).astype(np.float32)
    return {**out, "bias": chance.normal(-4, 1, KNOWN + 1).astype(np.float32)}


@pytest.fixture(scope="module")
def rows():
    """States, histories and words of 50 rows."""
    chance = np.random.default_rng(1)
    states = chance.normal(0, 1, (50, WIDTH)).astype(np.float32)
    return states, chance.integers(0, KNOWN + 3, (50, HISTORY)), chance.integers(0, KNOWN + 1, 50)


def test_the_batch_never_changes_a_score(arrays, rows):
    model = JointModel(arrays)
    states, history, words = rows
    whole = model.score(model.read(states), history, words)
    chance = np.random.default_rng(2)
    for size in (1, 2, 3, 7, 49):
        part = chance.choice(50, size, replace=False)
        read = model.read(np.ascontiguousarray(states[part]))
        assert np.array_equal(model.score(read, history[part], words[part]), whole[part])
        assert np.array_equal(model.score(model.read(states)[part], history[part], words[part]), whole[part])


def test_a_score_is_what_plain_floats_say(arrays, rows):
    weights = {n: arrays[f"{n}.weight"] * arrays[f"{n}.scale"][:, None].astype(np.float64) for n in SHAPES}
    states, history, words = rows
    first = states @ weights["source"].T + arrays["source.bias"]
    first = np.maximum(first + weights["words"][history].reshape(50, -1) @ weights["history"].T, 0)
    second = np.maximum(first @ weights["middle"].T + arrays["middle.bias"], 0)
    hidden = second @ weights["output"].T + arrays["output.bias"]
    expected = (hidden * weights["words"][words]).sum(1) + arrays["bias"][words]
    model = JointModel(arrays)
    assert model.score(model.read(states), history, words) == pytest.approx(expected, abs=0.02)


def test_rows_of_the_model(arrays):
    model = JointModel(arrays)
    assert model.row(np.array([5, KNOWN - 1, KNOWN, 10_000], np.int32)).tolist() == [5, KNOWN - 1, KNOWN, KNOWN]
    # pad, unknown, beginning, end, a word, a rare word
    past = model.past(np.array([0, 1, 2, 3, 9, 10_000], np.int32))
    assert past.tolist() == [KNOWN + 1, KNOWN, KNOWN + 1, KNOWN + 1, 9, KNOWN]
    assert model.hidden == KNOWN + 2


def test_the_scorer_reads_options_word_by_word(arrays, rows):
    """`inside` plus `first` is the sum of all words of an option, each with its true history."""
    model = JointModel(arrays)
    source = model.read(rows[0])
    words = np.array([[5, 6, 7, 8, 9], [10, 11, 0, 0, 0], [12, 0, 0, 0, 0]], np.int32)
    length, of = np.array([5, 2, 1]), np.array([[0, 1, 1, 2, 3], [4, 5, 0, 0, 0], [6, 0, 0, 0, 0]])
    scorer = JointScorer(model, source, of, words, length)
    inside, guess = scorer.inside()
    context = np.array([[30, 2, 0], [31, 32, 33], [2, 0, 0]], np.int32)
    found = scorer.first(np.arange(3), context) + inside
    for k in range(3):
        past = context[k].tolist()
        total = 0.0
        for j in range(length[k]):
            row = model.past(np.array([past[:3]], np.int32))
            total += float(model.score(source[of[k, j]][None], row, model.row(words[k, j : j + 1]))[0])
            past = [int(words[k, j]), *past]
        assert found[k] == pytest.approx(total, abs=1e-4)
    unknown = np.full((1, 3), model.hidden)
    assert guess[2] == pytest.approx(float(model.score(source[6][None], unknown, np.array([12]))[0]), abs=1e-5)
    assert inside[1:].tolist() == [0, 0]


# ---------------------------------------------------------------- source words of target words


def table_with(links):
    """A table of which only the links are read; None: a word without a link."""
    packed = []
    for row in links:
        code = 0xFFFFFFFF
        for k, link in enumerate(row):
            code = code if link is None else code & ~(15 << 4 * k) | link << 4 * k
        packed.append(code)
    n = len(links)
    return PhraseTable(np.zeros(1, np.uint64), np.array([0, n], np.uint32), np.zeros((n, 6), np.int32),
                       np.zeros(n, np.uint8), np.zeros(n, np.float16), np.zeros((n, 6), np.float16),
                       np.array(packed, np.uint32))  # fmt: skip


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ((1, 0, 2), [1, 0, 2]),
        ((1, None, 0), [1, 0, 0]),  # a tie goes to the right
        ((1, None, None, 0), [1, 1, 0, 0]),
        ((None, None, 3), [3, 3, 3]),
        ((2, None, None, None), [2, 2, 2, 2]),
        ((None, None), [0, 0]),
    ],
)
def test_an_affiliation_is_the_nearest_link(links, expected):
    for width in (6, 9, 20):  # wider than any phrase of the table, where a hint has more words
        found = _sources(table_with([links]), np.array([0, -1]), width)
        assert found[0, : len(links)].tolist() == expected
        assert found[1].tolist() == [0] * width


def test_a_long_hint_in_the_batch_changes_no_affiliation():
    table = table_with([(4, None, None, None, None, None)])
    for width in (6, 8, 9, 12, 17):
        assert _sources(table, np.array([0]), width)[0, :6].tolist() == [4] * 6


# ---------------------------------------------------------------- the search

SOURCE = ["<pad>", "<unk>", "<s>", "</s>", "ভারত", "মন্ত্রী", "বলেন", "￭।"]
TARGET = ["<pad>", "<unk>", "<s>", "</s>", "India", "Bharat", "minister", "said", "￭."]
PHRASES = {4: [(4, -0.5), (5, -0.5)], 5: [(6, -0.5)], 6: [(7, -0.5)], 7: [(8, -0.1)]}


def small_table():
    found = []
    for word, options in PHRASES.items():
        key = phrase_keys(np.array([word, 0], np.int32), np.array([0]), np.array([1]))[0]
        found += [(int(key), *option) for option in options]
    found.sort(key=lambda row: row[0])
    keys = np.array([row[0] for row in found], np.uint64)
    words = np.zeros((len(found), 6), np.int32)
    words[:, 0] = [row[1] for row in found]
    first = np.append(np.searchsorted(keys, np.unique(keys)), len(found)).astype(np.uint32)
    return PhraseTable(np.unique(keys), first, words, np.ones(len(found), np.uint8),
                       np.array([row[2] for row in found], np.float16), np.zeros((len(found), 6), np.float16),
                       np.full(len(found), 0xFFFFFFF0, np.uint32))  # fmt: skip


def choosing_model():
    """A joint model in which the first number of a state speaks for India and the second for Bharat."""
    eye = np.eye(2, dtype=np.int8) * 127
    words = np.zeros((len(TARGET) + 3, 2), np.int8)
    words[4], words[5] = (127, 0), (0, 127)
    out = {"source.weight": eye, "middle.weight": eye, "output.weight": eye, "words.weight": words,
           "history.weight": np.zeros((2, 6), np.int8)}  # fmt: skip
    out |= {name.replace("weight", "scale"): np.full(len(a), 1 / 127, np.float32) for name, a in out.items()}
    return JointModel({**out, "bias": np.full(len(TARGET) + 1, -2.0, np.float32)})


@pytest.fixture(scope="module")
def book():
    unigrams = np.stack([pack(np.full(len(TARGET), -3.0)), pack(np.zeros(len(TARGET)))], 1)
    lm = NgramModel(
        unigrams, {2: Table.build(np.sort(mix([np.array([2]), np.array([2])])), np.zeros((1, 2), np.uint8))}
    )
    weights = Weights(lm=0.1, word=0.2, distortion=0.3, joint=1.0)
    source = {form: k for k, form in enumerate(SOURCE)}
    return Phrasebook(source, TARGET, small_table(), lm, weights, fold=False, joint=choosing_model())


def job_of(text, *states):
    tokens = tokenize(text)
    rows = [*states, *[(0.0, 0.0)] * (len(tokens) - len(states))]
    return Job(tokens, states=np.array(rows, np.float32))


def forms_of(drafts):
    return [word.form for word in drafts[0].words]


def test_the_search_follows_the_joint_model(book):
    settings = SearchSettings()
    jobs = [job_of("ভারত বলেন।", (3.0, 0.0)), job_of("ভারত বলেন।", (0.0, 3.0)), job_of("ভারত ভারত", (0, 3), (3, 0))]
    found = book.translate(jobs, settings)
    assert [forms_of(drafts)[0] for drafts in found] == ["India", "Bharat", "Bharat"]
    assert forms_of(found[2]) == ["Bharat", "India"]
    alone = [book.translate([job], settings)[0] for job in jobs]
    assert [d[0].score for d in alone] == [d[0].score for d in found]  # bit for bit


def test_the_options_that_are_tried_are_the_best_by_table_and_joint_model_together(book):
    """The table alone cannot tell India from Bharat: the state of the word can, before the search begins."""
    jobs = [job_of("ভারত মন্ত্রী বলেন।", (3.0, 0.0)), job_of("মন্ত্রী ভারত", (0.0, 0.0), (0.0, 3.0))]
    few, many = (book.translate(jobs, SearchSettings(options=most)) for most in (1, 12))
    assert [forms_of(drafts) for drafts in few] == [["India", "minister", "said", "￭."], ["minister", "Bharat"]]
    assert [[w.start for w in drafts[0].words] for drafts in few] == [[0, 1, 2, 3], [0, 1]]
    assert [drafts[0].score for drafts in few] == [drafts[0].score for drafts in many]
    for most, tried in ((1, {"India"}), (12, {"India", "Bharat"})):
        (drafts, _) = book.translate(jobs, SearchSettings(options=most, n_best=99))
        assert {w.form for draft in drafts for w in draft.words if w.start == 0} == tried


def test_without_states_or_weight_the_joint_model_says_nothing(book):
    job = job_of("ভারত বলেন।", (0.0, 3.0))
    plain = book.translate([replace(job, states=None)], SearchSettings())[0]
    silent = Phrasebook(book.source, book.target, book.table, book.lm, replace(book.weights, joint=0.0), fold=False,
                        joint=book.joint)  # fmt: skip
    assert silent.translate([job], SearchSettings())[0][0].score == plain[0].score


def test_a_long_hint_beside_it_changes_no_score(book):
    job = job_of("ভারত মন্ত্রী বলেন।", (0.0, 3.0))
    hinted = replace(job_of("ভারত বলেন"), hints=[(0, 1, [["word"] * 12])])
    alone, beside = book.translate([job], SearchSettings())[0], book.translate([job, hinted], SearchSettings())[0]
    assert alone == beside


def ordering_book(book, **weights):
    """Without a language or joint model: only the order of the words matters."""
    silent = {"lm": 0.0, "joint": 0.0, "distortion": 0.1, "order": 1.0}
    return Phrasebook(book.source, book.target, book.table, book.lm, replace(book.weights, **{**silent, **weights}),
                      fold=False)  # fmt: skip


def pairwise_odds(n, pairs):
    """(n, n) log-odds that one word comes before another, from `{(i, j): odds}`."""
    out = np.zeros((n, n), np.float32)
    for (i, j), odds in pairs.items():
        out[i, j], out[j, i] = odds, -odds
    return out


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({(1, 2): -2.0}, [0, 2, 1, 3]),
        ({(1, 2): -0.05}, [0, 1, 2, 3]),  # the odds do not pay for the jump
        ({(0, 1): -2.0, (0, 2): -2.0}, [1, 2, 0, 3]),
        ({(0, 1): 9.0, (0, 2): -2.0, (1, 2): 2.5}, [0, 1, 2, 3]),  # every pair overtaken counts
        ({(0, 3): -9.0}, [0, 1, 2, 3]),  # nothing jumps over the end of a clause
    ],
)
def test_the_search_weighs_which_word_comes_first(book, pairs, expected):
    job = replace(job_of("ভারত মন্ত্রী বলেন।"), ahead=pairwise_odds(4, pairs))
    (drafts,) = ordering_book(book).translate([job], SearchSettings())
    assert [word.start for word in drafts[0].words] == expected
    (plain,) = ordering_book(book, order=0.0).translate([job], SearchSettings())
    assert [word.start for word in plain[0].words] == [0, 1, 2, 3]


def test_an_overtaken_pair_costs_its_odds_times_the_weight(book):
    words = ordering_book(book, distortion=0.0)
    swapped = {(1, 2): -2.0}
    job = job_of("ভারত মন্ত্রী বলেন।")
    (plain,), (drafts,) = (words.translate([j], SearchSettings()) for j in
                           (job, replace(job, ahead=pairwise_odds(4, swapped))))  # fmt: skip
    assert drafts[0].score == pytest.approx(plain[0].score + 2.0)


def test_the_company_of_a_sentence_changes_no_order(book):
    words = ordering_book(book)
    jobs = [replace(job_of("ভারত মন্ত্রী বলেন।"), ahead=pairwise_odds(4, {(1, 2): -2.0, (0, 3): 0.3})),
            replace(job_of("ভারত বলেন"), ahead=pairwise_odds(2, {(0, 1): -0.7}))]  # fmt: skip
    together = words.translate(jobs, SearchSettings())
    assert together == [words.translate([job], SearchSettings())[0] for job in jobs]


class Counting:
    """A stub of the encoder: states tell a word's place."""

    def states(self, sentences):
        return [np.stack([np.arange(len(s)), np.zeros(len(s))], 1).astype(np.float32) for s in sentences]


@pytest.fixture(scope="module")
def turning():
    """An orderer that wants every word after the next one."""
    out = {name: np.zeros_like(values) for name, values in order_arrays(width=2).items()}
    return Orderer({**out, "distance": np.full(DISTANCES, -1.0)})


def test_arranged_jobs_keep_hints_and_carry_states(turning):
    tokens = [Token(form, k, k + 1) for k, form in enumerate(["a", "b", "c", "d", "￭।", "নি", "￭য়ে", "e"])]
    job = Job(tokens, hints=[(1, 3, [["x"]])])
    (made,) = arrange(read([job], Counting()), turning)
    assert [t.form for t in made.tokens] == ["d", "b", "c", "a", "￭।", "e", "নি", "￭য়ে"]
    assert made.hints == [(1, 3, [["x"]])]
    assert made.states[:, 0].tolist() == [3, 1, 2, 0, 4, 7, 5, 6]
    assert np.array_equal(made.ahead, -made.ahead.T)
    place = made.states[:, 0]  # the orderer wants the later word first, whatever the search reads first
    assert np.array_equal(made.ahead, np.sign(place[:, None] - place[None]))
    assert arrange(read([], Counting()), turning) == []


@pytest.mark.parametrize(
    ("text", "hints", "arranged"),
    [
        # lines of the seeds; the words before the brackets go with them, past what stands behind
        ("মন্ত্রকের (এমইএ) মতে,", [], "মতে মন্ত্রকের (￭ এমইএ ￭) ￭,"),
        ("বিদেশ মন্ত্রকের (এমইএ) মতে,", [(0, 2, [["the", "ministry"]])], "মতে বিদেশ মন্ত্রকের (￭ এমইএ ￭) ￭,"),
        ("মঙ্গলবার (২ জুলাই, ২০২৪) বৈঠক", [], "বৈঠক মঙ্গলবার (￭ 2 জুলাই ￭, ⟨y⟩ ￭)"),
        ("সংস্থা(এসসিও) সম্মেলন", [], "সম্মেলন সংস্থা ￭(￭ এসসিও ￭)"),
        # nothing that they belong to, no end, and more than an aside: as before
        ("(এমইএ) মতে ক", [], "(￭ এমইএ ￭) ক মতে"),
        ("ক, (খ গ) ঘ ঙ", [], "ক ￭, (￭ গ খ ￭) ঙ ঘ"),
        ("ক (খ গ", [], "ক (￭ গ খ"),
        ("ক (খ গ ঘ ঙ চ ছ জ) ঝ", [], "ক (￭ জ ছ চ ঙ ঘ গ খ ￭) ঝ"),
    ],
)
def test_short_brackets_go_with_the_word_before_them(turning, text, hints, arranged):
    (made,) = arrange(read([Job(tokenize(text), hints)], Counting()), turning)
    assert [t.form for t in made.tokens] == arranged.split()


@pytest.mark.parametrize(
    ("text", "hints", "arranged"),
    [
        # lines of the seeds: the items stay in their order, the verb goes past all of them
        ("সদস্য চীন, রাশিয়া, ভারত এবং নেপাল আছে", [], "আছে চীন ￭, রাশিয়া ￭, ভারত এবং নেপাল সদস্য"),
        (
            "তারা বাণিজ্য, বিনিয়োগ, সবুজ হাইড্রোজেন, বন্দর সহ আলোচনা",
            [],
            "আলোচনা সহ বাণিজ্য ￭, বিনিয়োগ ￭, সবুজ হাইড্রোজেন ￭, বন্দর তারা",
        ),
        ("spoke of trade, ports, and defence now", [], "now trade ￭, ports ￭, and defence of spoke"),
        (
            "শি চিন পিং, নরেন্দ্র মোদি ও পুতিন আসেন",
            [(0, 3, [["Xi"]]), (4, 6, [["Modi"]])],
            "আসেন শি চিন পিং ￭, নরেন্দ্র মোদি ও পুতিন",
        ),
        # one comma and no short middle item, another clause, brackets, nothing behind: no enumeration
        ("a, b c d and e f", [], "a ￭, f e and d c b"),
        ("a, but b and c", [], "a ￭, c and b but"),
        ("a, b", [], "a ￭, b"),
        ("x a, b, ", [], "a x ￭, b ￭,"),
    ],
)
def test_an_enumeration_goes_as_one(turning, text, hints, arranged):
    (made,) = arrange(read([Job(tokenize(text), hints)], Counting()), turning)
    assert [t.form for t in made.tokens] == plain(arranged).split()


def test_links_of_a_reordered_translation_point_at_the_source(book, turning):
    engine = CompactEngine(Loaded({"bn-en": book}, {}, {"version": "0"}, "0" * 64, Counting(), {"bn": turning}))
    text = "ভারত মন্ত্রী বলেন।"
    (candidate,) = engine.translate([Request(text, "bn-en")])[0]
    found = {candidate.text[x.target_start : x.target_end].lower(): text[x.source_start : x.source_end]
             for x in candidate.links}  # fmt: skip
    assert found.pop("india", found.pop("bharat", None)) == "ভারত"
    assert found == {"said": "বলেন", "minister": "মন্ত্রী", ".": "।"}
    assert candidate.text.lower().startswith("said minister")


def test_a_text_without_clause_ends_is_not_cut_inside_a_hint():
    tokens = [Token("ক", k, k + 1) for k in range(150)]
    job = Job(tokens, [(105, 115, [["x"]])])
    spans = cuts(job, 120)
    assert spans == [(0, 105), (105, 150)]


def test_batches_of_workers_hold_every_sentence_once():
    for number in (0, 1, 3, 7, 8, 33, WORKERS * BATCH, WORKERS * BATCH + 1, 200):
        tasks = [_Task(k, Request("ক", "bn-en"), Job([Token("ক", 0, 1)] * (1 + k % 5))) for k in range(number)]
        batches = list(_batches(tasks))
        assert sorted(task.place for _, batch in batches for task in batch) == list(range(number))
        assert all(1 <= len(batch) <= BATCH and direction == "bn-en" for direction, batch in batches)
        assert number < WORKERS * FEW or len(batches) >= WORKERS


def test_workers_translate_as_one_and_pass_errors_on(book, turning, monkeypatch):
    engine = CompactEngine(Loaded({"bn-en": book}, {}, {"version": "0"}, "0" * 64, Counting(), {"bn": turning}))
    requests = [Request("ভারত মন্ত্রী বলেন। " * (1 + k % 3), "bn-en") for k in range(20)]
    assert engine.translate(requests) == [engine.translate([request])[0] for request in requests]

    def fail(*_):
        raise ValueError("a worker's")

    monkeypatch.setattr(engine, "_translated", fail)
    with pytest.raises(ValueError, match="a worker's"):
        engine.translate(requests)
