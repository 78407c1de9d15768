"""What the search leaves out of its work must not show: short cuts against the long way, with the shipped model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.engines.compact import decoder, load
from pipeline.engines.compact.arrange import arrange, read
from pipeline.engines.compact.bases import SPELLINGS, spelling_key, spelling_keys
from pipeline.engines.compact.decoder import SearchSettings
from pipeline.engines.compact.derivations import Derivations
from pipeline.engines.compact.engine import THOROUGH
from pipeline.engines.compact.joint import JointScorer
from pipeline.engines.compact.ngram import PAD, UNK
from pipeline.engines.compact.smt import Job
from pipeline.engines.compact.spans import expand
from pipeline.engines.compact.stack import Detours, Stack
from pipeline.engines.compact.store import DEFAULT, load_model
from pipeline.engines.compact.text import Splitter, tokenize

SEEDS = Path(__file__).parents[2] / "seeds"
DIRECTIONS = pytest.mark.parametrize("direction", ["bn-en", "en-bn"])
TEXTS = {"bn-en": "01-belgium-call.txt", "en-bn": "04-belgium-defence.txt"}


@cache
def model():
    return load_model(DEFAULT)


@cache
def jobs(direction):
    """Five sentences or so of a seed, read and in the order that the search reads."""
    language = direction[:2]
    (path,) = SEEDS.glob(TEXTS[direction])
    path = SEEDS / TEXTS[direction]
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if len(line.split()) > 4][:5]
    tokens = [tokenize(line)[:40] for line in lines]
    if language == "bn":
        tokens = [Splitter(model().counts).tokens(each) for each in tokens]
    return arrange(read([Job(each) for each in tokens], model().encoder), model().orderers[language])


@DIRECTIONS
def test_a_context_that_was_followed_says_what_a_context_that_is_looked_up_says(direction):
    book = model().books[direction]
    drafts = [d for best in book.search(jobs(direction), SearchSettings(n_best=20)) for d in best]
    chance = np.random.default_rng(0)
    said = [[book.target_id(word.form) for word in draft.words][:8] for draft in drafts if len(draft.words) >= 8]
    lines = np.concatenate([said, chance.integers(UNK, len(book.target), (100, 8))]).astype(np.int32)
    places, hits = book.lm.places([np.full(len(lines), PAD, np.int32)]), 0
    for k in range(lines.shape[1]):
        past = [lines[:, j] for j in range(k - 1, max(-1, k - 4), -1)]
        expected = book.lm.score(lines[:, k], past)
        found, places = book.lm.follow(lines[:, k], past, places)
        assert np.array_equal(found, expected)
        hits += int((places >= 0).sum())
    assert hits > 500  # contexts that the model has, not only ones that it has not


@DIRECTIONS
def test_options_that_are_not_looked_at_would_not_have_been_kept(direction, monkeypatch):
    book, settings, looked = model().books[direction], SearchSettings(n_best=20), []
    hopeful = decoder._hopeful

    def counted(search, span, before, group):
        found = hopeful(search, span, before, group)
        looked.append((len(found[0]), int(search.spans.size[span].sum())))
        return found

    monkeypatch.setattr(decoder, "_hopeful", counted)
    found = book.search(jobs(direction), settings)
    monkeypatch.setattr(
        decoder, "_hopeful", lambda s, span, _before, _group: expand(s.spans.first[span], s.spans.size[span])
    )
    assert book.search(jobs(direction), settings) == found
    few, all_of_them = map(sum, zip(*looked, strict=True))
    assert few < 0.7 * all_of_them


@DIRECTIONS
def test_a_stack_that_is_recombined_needs_no_second_time(direction, monkeypatch):
    book = model().books[direction]
    found = book.search(jobs(direction), SearchSettings())

    def again(stack, beam):
        return stack.recombined(beam, np.zeros(len(jobs(direction)), bool))[0]

    monkeypatch.setattr(Stack, "best", again)
    assert book.search(jobs(direction), SearchSettings()) == found


def test_the_joint_model_reads_a_history_once(monkeypatch):
    book, chance = model().books["bn-en"], np.random.default_rng(3)
    joint = book.joint
    states = np.concatenate([job.states for job in jobs("bn-en")])[:8]
    words = chance.integers(4, 3000, (400, 2)).astype(np.int32)
    of, length = chance.integers(0, 8, (400, 2)), np.ones(400, np.int64)
    contexts = chance.integers(4, 3000, (3, 3)).astype(np.int32)[chance.integers(0, 3, 400)]
    read, seen, after = joint.read(states), [], joint.after

    def counted(source, history):
        seen.append(len(source))
        return after(source, history)

    expected = joint.score(read[of[:, 0]], joint.past(contexts), joint.row(words[:, 0]))
    monkeypatch.setattr(joint, "after", counted)
    found = JointScorer(joint, read, of, words, length).first(np.arange(400), contexts)
    assert np.array_equal(found, expected)
    assert sum(seen) == len({(place, *past) for place, past in zip(of[:, 0], contexts.tolist(), strict=True)}) == 24


def test_unknown_words_of_all_sentences_are_spelt_together(monkeypatch):
    book, asked = model().books["en-bn"], []
    spell = book.spell
    monkeypatch.setattr(book, "spell", lambda words: (asked.append(list(words)), spell(words))[1])
    book.search([Job(tokenize(text)) for text in ("Zorvath spoke .", "No name .", "Quillibet and Brozzimu")],
                SearchSettings())  # fmt: skip
    assert asked == [["Zorvath", "Quillibet", "Brozzimu"]]


def test_each_sentence_gets_as_many_translations_as_were_asked_for_it():
    book = model().books["bn-en"]
    first, second, third = jobs("bn-en")[:3]
    found = book.search([first, second, third], SearchSettings(), [1, 7, 3])
    assert [len(drafts) for drafts in found] == [1, 7, 3]
    assert found[1] == book.search([second], SearchSettings(n_best=7))[0]
    plain = replace(SearchSettings(), n_best=2)
    assert [len(drafts) for drafts in book.search([first, second], plain)] == [2, 2]


@DIRECTIONS
def test_a_list_differs_from_its_beginning_on(direction):
    book = model().books[direction]
    lists = book.search(jobs(direction), SearchSettings(n_best=40))
    plain = book.search(jobs(direction), SearchSettings())
    begun, numbers = [], []
    for drafts, (best,) in zip(lists, plain, strict=True):
        said = [tuple(word.form for word in draft.words) for draft in drafts]
        assert drafts[0].words == best.words
        assert len(set(said)) == len(said)
        numbers.append(len(said))
        assert [d.score for d in drafts] == sorted((d.score for d in drafts), reverse=True)
        third = len(said[0]) // 3
        begun.append(np.mean([words[:third] == said[0][:third] for words in said]))
    assert np.mean(numbers) > 10
    assert np.mean(begun) < 0.85  # of lists without detours all begin so


def derivations(number):
    """Hypotheses 0 and 1 from nothing, 2 to 4 from them, the options named after them; option k says word 10 + k."""
    words = np.arange(10, 10 + number, dtype=np.int32)[:, None]
    made = Derivations(SimpleNamespace(words=words, length=np.ones(number, int)))
    none = Detours(*(np.zeros(0, int) for _ in range(3)), np.zeros(0, np.float32))
    assert made.add(np.array([-1]), np.array([-1]), none).tolist() == [0]
    two = made.add(np.array([0, 0]), np.array([0, 1]),
                   Detours(np.array([0]), np.array([0]), np.array([2]), np.array([0.5], np.float32)))  # fmt: skip
    more = Detours(np.array([0, 0]), np.array([2, 1]), np.array([4, 5]), np.array([0.3, 1], np.float32))
    last = made.add(np.array([1, 2]), np.array([3, 4]), more)
    return made, two, last


def test_detours_are_gone_through_from_the_best_on():
    made, _, last = derivations(6)
    found = made.best(last, np.array([-1.0, -1.4], np.float32), 9)
    # By hand: of the first end 0 3; with the last step another way 1 4 (-1.3) or 0 5 (-2); with the first step another
    # way 2 3 (-1.5), and both 2 5 (-2.5). The second end, 1 4, says what was said before.
    assert [(d.options, round(d.score, 3)) for d in found] == [
        ((0, 3), -1.0), ((1, 4), -1.3), ((2, 3), -1.5), ((0, 5), -2.0), ((2, 5), -2.5),
    ]  # fmt: skip
    assert [d.options for d in made.best(last, np.array([-1.0, -1.4], np.float32), 2)] == [(0, 3), (1, 4)]
    assert [d.options for d in made.best(last[1:], np.array([-1.4], np.float32), 1)] == [(1, 4)]


def test_words_outside_the_vocabulary_are_not_taken_for_each_other():
    made, _, last = derivations(6)
    made._options.words[[3, 5], 0] = UNK  # two spellings of one name
    found = made.best(last[:1], np.array([-1.0], np.float32), 9)
    assert [d.options for d in found] == [(0, 3), (1, 4), (2, 3), (0, 5), (2, 5)]
    made, _, last = derivations(6)
    made._options.words[5, 0] = made._options.words[3, 0]  # another phrase with the same word
    assert [d.options for d in made.best(last[:1], np.array([-1.0], np.float32), 9)] == [(0, 3), (1, 4), (2, 3)]


def test_the_thorough_model_writes_longer_sentences_too():
    plain, thorough = load(), load(model=THOROUGH)
    assert thorough.info.model == f"{plain.info.model}-thorough"  # a run with it is another run
    for direction in ("bn-en", "en-bn"):
        texts = [" ".join(["ভারত" if direction == "bn-en" else "India"] * number) for number in (20, 34, 60)]
        asked = [
            [engine._model.books[direction].writer.asks(Job(tokenize(text), states=np.zeros((1, 1)))) for text in texts]
            for engine in (plain, thorough)
        ]
        assert asked == [[60, 1, 1], [60, 60, 1]]


def test_keys_of_many_spellings_are_those_of_each():
    words = [word for path in sorted(SEEDS.glob("0*.txt")) for word in path.read_text(encoding="utf-8").split()]
    words += ["হলো", "কর্মকাণ্ড", "পর্ব্বত", "ভালোলো", *(old + "ল" for old, _ in SPELLINGS), ""]
    keys = spelling_keys(words)
    assert keys == [spelling_key(word) for word in words]
    assert keys[words.index("হলো")] == "হল"
    assert keys[words.index("কর্মকাণ্ড")] == spelling_key("কর্মকান্ড")
