"""The contract that every engine keeps, whatever stands behind it."""

from __future__ import annotations

import pytest

from pipeline.errors import EngineError
from pipeline.records import Hint, Request

ENGINES = [
    "fake rich",
    "fake plain",
    "compact",
    "llm",
    "hf nllb",
    "hf bart",
    "ct2 nllb",
    "ct2 bart",
    *(pytest.param(f"hf {family}", marks=pytest.mark.slow) for family in ("m2m", "mbart", "marian", "t5")),
    pytest.param("ct2 marian", marks=pytest.mark.slow),
]
TEXTS = [
    ("ভারত ও রাশিয়ার আলোচনা।", "bn-en"),
    ("India and Russia discussed their partnership.", "en-bn"),
    ("আজ বৈঠক", "bn-en"),
    ("India", "en-bn"),
]
WEIRD = [
    "!!!",
    "...",
    "12,345.67%",
    "😀😀",
    "\u200d\u200c",
    "<t>SCO</t> {x} \\n",
    "র\u200d্য ৎ ত্\u200d",
    "\u09df\u09dc\u09dd য়ড়ঢ়",
    "mixed বাংলা and English 2024",
    "\t tabs \t",
    "</s><pad>",
]


@pytest.fixture(params=ENGINES)
def engine(request, engine_named):
    return engine_named(request.param)


def requests():
    return [Request(text, direction) for text, direction in TEXTS]


def test_info_is_complete(engine):
    info = engine.info
    assert info.name
    assert info.model
    assert len(info.sha256) == 64
    assert info.features <= {"prefix", "n_best", "links", "score", "hints"}


def test_one_answer_a_request_in_order(engine):
    answers = engine.translate(requests())
    alone = [engine.translate([request])[0] for request in requests()]
    assert len(answers) == len(TEXTS)
    assert all(len(answer) == 1 for answer in answers)
    assert [answer[0].text for answer in answers] == [answer[0].text for answer in alone]


def test_order_does_not_matter_and_the_same_again_is_the_same(engine):
    forward = engine.translate(requests())
    backward = engine.translate(requests()[::-1])
    assert [a[0].text for a in forward] == [a[0].text for a in backward[::-1]]
    assert forward == engine.translate(requests())


def test_no_requests_no_answers(engine):
    assert engine.translate([]) == []


@pytest.mark.parametrize("text", ["", " ", "\n", "\u00a0\u3000"])
def test_blank_gives_one_empty_candidate(engine, text):
    ((candidate,), full) = engine.translate([Request(text, "bn-en"), Request("ভারত", "bn-en")])
    assert (candidate.text, candidate.links) == ("", ())
    assert len(full) == 1


def test_n_best_is_at_most_that_many_different_texts_best_first(engine):
    (answer,) = engine.translate([Request("ভারত ও রাশিয়ার আলোচনা।", "bn-en", n_best=3)])
    assert 1 <= len(answer) <= (3 if "n_best" in engine.info.features else 1)
    assert len({candidate.text for candidate in answer}) == len(answer)
    scores = [candidate.score for candidate in answer]
    if "score" in engine.info.features:
        assert all(score is not None and score <= 0 for score in scores)
        assert scores == sorted(scores, reverse=True)
    else:
        assert scores == [None] * len(scores)


@pytest.mark.parametrize(
    ("text", "direction", "prefix"),
    [
        ("ভারত ও রাশিয়ার আলোচনা।", "bn-en", "India"),
        ("ভারত ও রাশিয়ার আলোচনা।", "bn-en", "Talks between the SCO"),
        ("India and Russia", "en-bn", "ভারত এবং এসসিও"),
        ("আজ বৈঠক", "bn-en", "Today, the "),
    ],
)
def test_prefixes_are_obeyed_letter_for_letter(engine, text, direction, prefix):
    if "prefix" not in engine.info.features:
        pytest.skip("this engine takes no prefix")
    answers = engine.translate([Request(text, direction, prefix=prefix), Request(text, direction)])
    assert answers[0][0].text.startswith(prefix)
    assert answers[1][0].text == engine.translate([Request(text, direction)])[0][0].text


@pytest.mark.parametrize(("text", "direction"), TEXTS)
def test_links_lie_within_both_texts(engine, text, direction):
    (answer,) = engine.translate([Request(text, direction, n_best=2)])
    for candidate in answer:
        for link in candidate.links:
            assert 0 <= link.target_start < link.target_end <= len(candidate.text)
            assert 0 <= link.source_start < link.source_end <= len(text)
            assert link.weight > 0
        assert bool(candidate.links) == ("links" in engine.info.features and bool(candidate.text))


def test_hints_are_obeyed_where_the_engine_says_so(engine):
    if "hints" not in engine.info.features:
        pytest.skip("this engine takes no hints")
    text = "আজ এসসিও বৈঠক হয়েছে।"
    (answer,) = engine.translate([Request(text, "bn-en", hints=(Hint(3, 8, "SCO"),))])
    assert "SCO" in answer[0].text


def test_a_long_text_is_never_cut_short_in_silence(engine):
    text = " ".join(["ভারত ও রাশিয়ার কৌশলগত অংশীদারিত্ব নিয়ে আলোচনা হয়েছে,"] * 12)
    (answer,) = engine.translate([Request(text, "bn-en")])
    ends = max((link.source_end for link in answer[0].links), default=len(text))
    assert answer[0].text
    assert ends > 0.8 * len(text)


@pytest.mark.parametrize("text", WEIRD)
def test_weird_text_is_answered(engine, text):
    answers = engine.translate([Request(text, "bn-en"), Request(text, "en-bn")])
    assert [len(answer) for answer in answers] == [1, 1]


@pytest.mark.parametrize("direction", ["fr-en", "bn-bn", ""])
def test_an_unknown_direction_is_an_error_that_names_the_known(engine, direction):
    with pytest.raises(EngineError, match="bn-en or en-bn"):
        engine.translate([Request("India", direction)])
