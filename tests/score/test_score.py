"""Scores against sacreBLEU itself, and term figures against counts made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from pipeline.errors import InputError
from pipeline.records import Language, TermEntry, TermMatch, TermSide
from pipeline.score import CorpusScore, ScoreConfig, score_corpus, score_terms, sentence_chrf
from pipeline.termbase import termbase_of

SEEDS = Path(__file__).parents[2] / "seeds" / "references"
QUICK = ScoreConfig(resamples=0)
EN = [line for line in (SEEDS / "05-central-asia.en.txt").read_text(encoding="utf-8").split("\n") if line.strip()]
BN = [line for line in (SEEDS / "04-belgium-defence.bn.txt").read_text(encoding="utf-8").split("\n") if line.strip()]


def worn(lines: list[str], every: int) -> list[str]:
    """Translations that are partly wrong: every so-many-th word is missing."""
    return [" ".join(word for i, word in enumerate(line.split()) if i % every) for line in lines]


def theirs(language: Language) -> dict[str, BLEU | CHRF | TER]:
    """sacreBLEU's metrics as this project promises to use them."""
    return {
        "chrf": CHRF(word_order=2),
        "bleu": BLEU(tokenize="intl" if language == "bn" else "13a"),
        "ter": TER(),
    }


@pytest.mark.parametrize(("language", "lines"), [("bn", BN), ("en", EN)])
def test_scores_intervals_and_signatures_are_those_of_sacrebleu(language: Language, lines: list[str]):
    hypotheses = worn(lines, 4)
    ours = score_corpus(hypotheses, [lines], language).to_json()
    for name, metric in theirs(language).items():
        expected = metric.corpus_score(hypotheses, [lines], n_bootstrap=1000)
        assert ours[name]["score"] == pytest.approx(expected.score, abs=0.005)
        assert ours[name]["signature"] == metric.get_signature().format()
        low, high = ours[name]["ci"]
        assert (high - low) / 2 == pytest.approx(expected._ci, abs=0.006)
        assert low <= expected._mean <= high
    assert ours["n"] == len(lines)
    assert ours["terms"] is None
    assert ours["baseline"] is None


@pytest.mark.parametrize(("language", "lines"), [("bn", BN), ("en", EN)])
def test_significance_is_sacrebleus_paired_bootstrap(language: Language, lines: list[str]):
    system, baseline = worn(lines, 5), worn(lines, 4)
    ours = score_corpus(system, [lines], language, baseline=baseline).to_json()["baseline"]
    systems = [("baseline", baseline), ("system", system)]
    _, expected = PairedTest(systems, theirs(language), [lines], test_type="bs")()
    for name, title in (("chrf", "chrF2++"), ("bleu", "BLEU"), ("ter", "TER")):
        before, after = expected[title]
        assert ours["metrics"][name]["delta"] == pytest.approx(after.score - before.score, abs=0.005)
        assert ours["metrics"][name]["p"] == pytest.approx(after.p_value, abs=1e-4)
    assert (ours["delta"], ours["p"]) == (ours["metrics"]["chrf"]["delta"], ours["metrics"]["chrf"]["p"])


def test_a_system_does_not_differ_from_itself():
    found = score_corpus(worn(EN, 4), [EN], "en", baseline=worn(EN, 4)).to_json()["baseline"]
    assert (found["delta"], found["p"]) == (0.0, 1.0)


def test_two_references_are_better_than_one():
    hypotheses = worn(EN, 4)
    both = score_corpus(hypotheses, [EN, hypotheses], "en", config=QUICK).to_json()
    assert both["bleu"]["score"] == 100.0
    assert both["bleu"]["signature"].startswith("nrefs:2|")


def test_the_environment_does_not_decide(monkeypatch: pytest.MonkeyPatch):
    before = score_corpus(worn(EN, 4), [EN], "en").to_json()
    monkeypatch.setenv("SACREBLEU_SEED", "7")
    assert score_corpus(worn(EN, 4), [EN], "en").to_json() == before


def test_another_seed_gives_another_interval_and_says_so():
    one = score_corpus(worn(EN, 4), [EN], "en").metrics["chrf"]
    other = score_corpus(worn(EN, 4), [EN], "en", config=ScoreConfig(seed=7)).metrics["chrf"]
    assert one.ci != other.ci
    assert "seed:7" in other.signature


def test_no_samples_give_no_interval_and_no_probability():
    score = score_corpus(worn(EN, 4), [EN], "en", baseline=worn(EN, 3), config=QUICK).to_json()
    assert score["chrf"]["ci"] is None
    assert "bs:" not in score["chrf"]["signature"]
    assert score["baseline"]["p"] is None
    assert score["baseline"]["delta"] > 0


def test_a_perfect_and_an_empty_translation():
    perfect = score_corpus(EN, [EN], "en", config=QUICK).to_json()
    empty = score_corpus([""] * len(EN), [EN], "en", config=QUICK).to_json()
    assert [perfect[name]["score"] for name in ("chrf", "bleu", "ter")] == [100.0, 100.0, 0.0]
    assert [empty[name]["score"] for name in ("chrf", "bleu", "ter")] == [0.0, 0.0, 100.0]
    json.dumps([perfect, empty], allow_nan=False)


SINGLE, DOUBLE = "ভারতীয় বড় আষাঢ়", "ভারতী\u09af\u09bc ব\u09a1\u09bc আষা\u09a2\u09bc"
SINGLE = SINGLE.replace("\u09af\u09bc", "\u09df").replace("\u09a1\u09bc", "\u09dc").replace("\u09a2\u09bc", "\u09dd")


@pytest.mark.parametrize(("hypothesis", "reference"), [(SINGLE, DOUBLE), (DOUBLE, SINGLE)])
def test_nukta_letters_of_either_encoding_count_as_the_same(hypothesis: str, reference: str):
    unified = score_corpus([hypothesis], [[reference]], "bn", config=QUICK).metrics["chrf"]
    as_written = score_corpus([hypothesis], [[reference]], "bn", config=ScoreConfig(resamples=0, unify=False)).metrics[
        "chrf"
    ]
    assert unified.score == 100.0
    assert unified.signature == f"{as_written.signature}|nukta:unified"
    assert as_written.score == pytest.approx(CHRF(word_order=2).corpus_score([hypothesis], [[reference]]).score)
    assert as_written.score < 70
    assert sentence_chrf(hypothesis, reference, "bn") == 100.0


def test_text_in_one_encoding_is_left_alone():
    for line in (SINGLE, DOUBLE):
        assert "unified" not in score_corpus([line], [[line]], "bn", config=QUICK).metrics["chrf"].signature


def test_sentence_scores_are_sacrebleus():
    expected = CHRF(word_order=2).sentence_score(worn(EN, 4)[1], [EN[1]]).score
    assert sentence_chrf(worn(EN, 4)[1], EN[1], "en") == pytest.approx(expected, abs=0.005)


BAD = [
    ("no segments", [], [[]]),
    ("no references", ["a"], []),
    ("a reference too short", ["a", "b"], [["a"]]),
    ("the second reference too long", ["a"], [["a"], ["a", "b"]]),
]


@pytest.mark.parametrize(("label", "hypotheses", "references"), BAD, ids=[case[0] for case in BAD])
def test_streams_that_do_not_pair_are_refused(label: str, hypotheses: list[str], references: list[list[str]]):
    with pytest.raises(InputError, match="as many segments"):
        score_corpus(hypotheses, references, "en")


def test_a_baseline_of_another_length_is_refused():
    with pytest.raises(InputError, match="as many segments"):
        score_corpus(["a"], [["a"]], "en", baseline=["a", "b"])


BASE = termbase_of(
    [
        TermEntry(
            "sco",
            TermSide("এসসিও", "সাংহাই সহযোগিতা সংস্থা"),
            TermSide("SCO", "Shanghai Cooperation Organisation", ("Shanghai Cooperation Organization",)),
            type="acronym",
            case_sensitive=True,
            forbidden={"en": ("Shanghai Corporation Organisation",)},
        ),
        TermEntry("mea", TermSide("এমইএ", "বিদেশ মন্ত্রক"), TermSide("MEA", "Ministry of External Affairs")),
        TermEntry("india", TermSide("ভারত"), TermSide("India"), type="place"),
    ]
)


def match(entry: str, target: str = "", **fields: str) -> TermMatch:
    return TermMatch("s", 0, 1, "x", "", entry, target, **fields)


SCO, MEA, INDIA = match("sco", "SCO"), match("mea", "MEA"), match("india", "India")
COPY = match("do-not-translate", "@handle")
CONTESTED = match("mea", "SCO", status="contested", proposed="sco")
UNKNOWN = match("xyz", "XYZ", status="unknown")
# label, matches a segment, targets, (success rate, consistency, forbidden, terms)
TERM_CASES = [
    ("all there", [[SCO], [MEA]], ["The SCO met.", "The MEA said so."], (100.0, None, 0, 2)),
    ("inflected", [[SCO]], ["The SCO's summit."], (100.0, None, 0, 1)),
    ("one of two missing", [[SCO, MEA]], ["The SCO met."], (50.0, None, 0, 2)),
    ("twice in the source, once in the target", [[SCO, SCO]], ["The SCO met."], (50.0, None, 0, 2)),
    ("in another segment does not help", [[SCO], []], ["They met.", "The SCO met."], (0.0, None, 0, 1)),
    ("more than asked for gains nothing", [[SCO], [MEA]], ["SCO, SCO, SCO.", "They said so."], (50.0, 100.0, 0, 2)),
    ("wrong case of an acronym", [[SCO]], ["The sco met."], (0.0, None, 0, 1)),
    ("the expansion is the same rendering", [[SCO], [SCO]], ["Shanghai Cooperation Organisation met.", "SCO met."],
     (100.0, 100.0, 0, 2)),
    ("a variant is another rendering", [[SCO], [SCO], [SCO]],
     ["SCO met.", "Shanghai Cooperation Organization met.", "The SCO's summit."], (100.0, 200 / 3, 0, 3)),
    ("the adjective of a place", [[INDIA], [INDIA]], ["The Indian side.", "India's side."], (100.0, None, 0, 2)),
    ("forbidden", [[SCO]], ["The Shanghai Corporation Organisation met."], (0.0, None, 1, 1)),
    ("of a contested acronym the proposed reading counts", [[CONTESTED]], ["The SCO summit."], (100.0, None, 0, 1)),
    ("what must be copied", [[COPY]], ["Met @handle."], (100.0, None, 0, 1)),
    ("what must be copied and was not", [[COPY]], ["Met handle."], (0.0, None, 0, 1)),
    ("unknown acronyms ask for nothing", [[SCO, UNKNOWN]], ["SCO met."], (100.0, None, 0, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("label", "matches", "targets", "expected"), TERM_CASES, ids=[case[0] for case in TERM_CASES])
def test_terms(label, matches, targets, expected):
    score = score_terms(matches, targets, BASE, "en")
    assert score is not None
    rate, consistency, forbidden, n = expected
    assert score.success_rate == pytest.approx(rate)
    assert score.consistency == (None if consistency is None else pytest.approx(consistency))
    assert (score.forbidden, score.n) == (forbidden, n)


def test_no_terms_no_figures():
    assert score_terms([[], []], ["a", "b"], BASE, "en") is None


def test_the_json_is_the_contracts():
    terms = score_terms([[SCO], [SCO]], ["SCO met.", "They met."], BASE, "en")
    score = score_corpus(EN, [EN], "en", config=QUICK)
    found = CorpusScore(score.metrics, score.n, terms).to_json()
    assert list(found) == ["bleu", "chrf", "ter", "terms", "baseline", "n"]
    assert list(found["chrf"]) == ["score", "signature", "ci"]
    assert found["terms"] == {"success_rate": 50.0, "consistency": None, "forbidden": 0, "n": 2}
