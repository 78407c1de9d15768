"""The llm engine against an endpoint on loopback: answers, failures, and a key that nobody sees."""

from __future__ import annotations

import json

import pytest
import stub

from pipeline.engines import load_engine
from pipeline.engines.llm import Endpoint, LlmEngine
from pipeline.errors import EngineError
from pipeline.records import Hint, Request, Segment, TermEntry, TermMatch, TermSide
from pipeline.termbase import termbase_of
from pipeline.translate import Item, translate_segments, undo

TEXT = "আজ এসসিও বৈঠক"
ASK = Request(TEXT, "bn-en", hints=(Hint(3, 8, "SCO"),))


@pytest.fixture
def server():
    with stub.serve() as running:
        yield running


def engine(server, **given):
    return LlmEngine(Endpoint(server.url, "m", pause=0.01, **{"retries": 2, "timeout": 5.0, **given}))


def test_terms_stand_in_the_prompt_and_the_answer_is_read(server):
    ((candidate,),) = engine(server).translate([ASK])
    assert candidate.text == "today SCO meeting"
    ((_, body),) = server.seen
    assert (body["model"], body["temperature"]) == ("m", 0)
    assert json.loads(body["messages"][1]["content"]) == {"terms": {"এসসিও": "SCO"}, "text": TEXT}


PASSING = [
    ("busy", [503, None]),
    ("too many requests", [429, 500, None]),
    ("no JSON", ["Sure! Here it is.", None]),
    ("another object", ['{"text": "x"}', None]),
    ("an empty translation", ['{"translation": " "}', None]),
    ("words around the object", ['Sure: {"translation": "today SCO meeting"} Done.']),
]


@pytest.mark.parametrize(("label", "plan"), PASSING, ids=[case[0] for case in PASSING])
def test_what_passes_is_tried_again(label, plan, server):
    server.plan = list(plan)
    ((candidate,),) = engine(server).translate([ASK])
    assert candidate.text == "today SCO meeting"
    assert len(server.seen) == len(plan)


LASTING = [
    ("always busy", [503] * 9, "status 503 (3 attempts)", 3),
    ("never JSON", ["no"] * 9, "no JSON translation (3 attempts)", 3),
    ("key refused", [401], "key_file", 1),
    ("not there", [404], "without /chat/completions", 1),
]


@pytest.mark.parametrize(("label", "plan", "says", "times"), LASTING, ids=[case[0] for case in LASTING])
def test_what_lasts_is_an_error_that_says_what_to_do(label, plan, says, times, server):
    server.plan = list(plan)
    with pytest.raises(EngineError) as error:
        engine(server).translate([ASK])
    assert says in str(error.value)
    assert len(server.seen) == times


def test_an_endpoint_that_is_not_there_is_told(server):
    address = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(EngineError, match="no answer"):
        LlmEngine(Endpoint(address, "m", retries=0, timeout=1.0)).translate([ASK])


def test_the_key_goes_to_the_endpoint_and_nowhere_else(server, tmp_path):
    (tmp_path / "key").write_text("s3cret-key\n")
    config = tmp_path / "endpoint.toml"
    config.write_text(f'url = "{server.url}"\nmodel = "m"\nkey_file = "{tmp_path / "key"}"\nretries = 0\n')
    made = load_engine("llm", model=str(config))
    made.translate([ASK])
    assert server.seen[0][0]["Authorization"] == "Bearer s3cret-key"
    server.plan = [401]
    with pytest.raises(EngineError) as error:
        made.translate([ASK])
    assert "s3cret" not in f"{error.value} {made!r} {made.info}"


CONFIGS = [
    ("no model", None, "NAME@URL"),
    ("a name alone", "qwen3", "NAME@URL"),
    ("another scheme", "m@ftp://host/v1", "http or https"),
    ("a file that is not there", "missing.toml", "readable TOML"),
]


@pytest.mark.parametrize(("label", "model", "says"), CONFIGS, ids=[case[0] for case in CONFIGS])
def test_a_configuration_that_cannot_work_is_told(label, model, says):
    with pytest.raises(EngineError, match=says):
        load_engine("llm", model=model)


FILES = [
    ("no TOML", "url = ", "readable TOML"),
    ("unknown field", 'url = "http://h/v1"\nmodel = "m"\ntemp = 1\n', "unknown temp"),
    ("missing field", 'model = "m"\n', "no url"),
    ("wrong kind", 'url = "http://h/v1"\nmodel = "m"\nretries = "many"\n', "retries of the wrong kind"),
    ("key file that is not there", 'url = "http://h/v1"\nmodel = "m"\nkey_file = "nowhere"\n', "key_file 'nowhere'"),
]


@pytest.mark.parametrize(("label", "text", "says"), FILES, ids=[case[0] for case in FILES])
def test_a_configuration_file_is_read_strictly(label, text, says, tmp_path):
    path = tmp_path / "endpoint.toml"
    path.write_text(text)
    with pytest.raises(EngineError, match=says):
        load_engine("llm", model=str(path))


def test_the_ladder_verifies_what_comes_back(server):
    base = termbase_of([TermEntry("sco", TermSide("এসসিও"), TermSide("SCO"), type="acronym")])
    match = TermMatch("d:0", 3, 8, "এসসিও", "", "sco", "SCO", proposed="sco")
    item = Item(Segment("d:0", "d", 0, 1, 0, len(TEXT), TEXT, "sentence"), (match,), "bn-en")
    (made,) = translate_segments([item], engine(server), base)
    assert (made.raw, made.target) == ("today Essio meeting", "today SCO meeting")
    assert undo(made) == made.raw
