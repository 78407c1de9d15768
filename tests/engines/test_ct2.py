"""The ct2 engine: what families are told, annotations and drafts, one result whatever the batch, broken folders."""

from __future__ import annotations

import json
import shutil

import pytest

from pipeline.engines import load_engine
from pipeline.engines.ct2_codec import Piece, places
from pipeline.engines.ct2_frame import Frame, annotated, frame_of, read_spec
from pipeline.errors import EngineError
from pipeline.records import Hint, Request

BN = "ভারত ও রাশিয়ার কৌশলগত অংশীদারিত্ব নিয়ে আলোচনা হয়েছে।"
LINES = [BN, "ভারত", "আজ বৈঠক", "এস জয়শঙ্কর আস্তানায় এসসিও শীর্ষ সম্মেলনে কথা বলেছেন।", "২৬শে মার্চ, ২০২৪", "India"]


class Words:
    """A codec of whole words, whose own frame is that of BART or of Marian."""

    def __init__(self, head=("<s>",), tail=("</s>",)):
        self.frame = (head, tail)


FRAMES = [
    ("NLLB-200", {"ben_Beng", "eng_Latn"}, {}, Frame(("ben_Beng",), ("</s>",), ("eng_Latn",))),
    ("M2M-100", {"__bn__", "__en__"}, {}, Frame(("__bn__",), ("</s>",), ("__en__",))),
    ("mBART-50", {"bn_IN", "en_XX"}, {}, Frame(("bn_IN",), ("</s>",), ("en_XX",))),
    ("one of two codes is no code", {"ben_Beng"}, {}, Frame(("<s>",), ("</s>",), ())),
    ("BART", set(), {}, Frame(("<s>",), ("</s>",), ())),
    ("multilingual Marian", {">>eng<<"}, {"add_source_bos": True}, Frame((">>eng<<",), ("</s>",), ())),
    ("the runtime adds the end", set(), {"add_source_eos": True}, Frame(("<s>",), (), ())),
]


@pytest.mark.parametrize("case", FRAMES, ids=[case[0] for case in FRAMES])
def test_families_are_told_the_languages_their_way(case):
    _, vocabulary, config, expected = case
    assert frame_of(Words(), None, has=vocabulary.__contains__, config=config)("bn-en") == expected


def test_a_template_stands_around_the_text():
    made = frame_of(
        Words((), ("</s>",)), None, has=set().__contains__, config={}, template="{source} to {target}: {text} ##"
    )
    assert made("en-bn") == Frame((), ("</s>",), (), "English to Bengali: ", " ##")


WORDS = [Piece("ত", 0, 2), Piece("▁এস", 3, 5), Piece("সিওর", 5, 9), Piece("▁বৈঠক", 10, 14)]
MARKS = ("<t>", "<=>", "</t>")
ANNOTATED = [
    ("nothing", [], "ত ▁এস সিওর ▁বৈঠক"),
    ("a term takes all pieces it touches", [(3, 8, ["SCO"])], "ত <t> ▁এস সিওর <=> SCO </t> ▁বৈঠক"),
    ("two terms", [(10, 14, ["a", "b"]), (0, 2, ["x"])], "<t> ত <=> x </t> ▁এস সিওর <t> ▁বৈঠক <=> a b </t>"),
    ("the second on one piece gives way", [(3, 4, ["x"]), (4, 5, ["y"])], "ত <t> ▁এস <=> x </t> সিওর ▁বৈঠক"),
    ("white space is no term", [(2, 3, ["x"])], "ত ▁এস সিওর ▁বৈঠক"),
]


@pytest.mark.parametrize("case", ANNOTATED, ids=[case[0] for case in ANNOTATED])
def test_terms_are_set_between_marks(case):
    _, hints, expected = case
    made = annotated(WORDS, hints, MARKS)
    assert " ".join(piece.token for piece in made) == expected
    assert [piece for piece in made if piece in WORDS] == WORDS


PLACES = [
    ("words", "ভারত ও রাশিয়া", ["▁ভারত", "▁ও", "▁রাশি", "য়া"], [(0, 4), (5, 6), (7, 11), (11, 14)]),
    ("what normalisation changed has no place", "a ½ b", ["▁a", "▁1⁄2", "▁b"], [(0, 1), (1, 1), (4, 5)]),
    ("a bare space", "a b", ["▁", "a", "▁b"], [(0, 0), (0, 1), (2, 3)]),
]


@pytest.mark.parametrize("case", PLACES, ids=[case[0] for case in PLACES])
def test_pieces_are_found_in_the_text(case):
    _, text, tokens, expected = case
    assert [(piece.start, piece.end) for piece in places(text, tokens)] == expected


@pytest.fixture(scope="session")
def setu_folder(tiny_ct2):
    return tiny_ct2("setu")


@pytest.fixture(scope="session")
def setu_engine(setu_folder):
    return load_engine("ct2", model=str(setu_folder), beams=2)


def test_an_export_of_setu_says_what_it_is(setu_engine):
    assert setu_engine.info.model == "tiny"
    assert "hints" in setu_engine.info.features


def source_of(engine, request, draft=""):
    return [piece.token for piece in engine._task(request, draft).source]


def test_hints_reach_the_model_between_marks(setu_engine):
    tokens = source_of(setu_engine, Request("আজ এসসিও বৈঠক", "bn-en", hints=(Hint(3, 8, "SCO"),)))
    at = [tokens.index(mark) for mark in MARKS]
    assert tokens[0] == "<s>"
    assert tokens[-1] == "</s>"
    assert at == sorted(at)
    assert "".join(tokens[at[0] + 1 : at[1]]) == "▁এসসিও"
    assert "".join(tokens[at[1] + 1 : at[2]]) == "▁SCO"


def test_the_direction_is_the_first_token_of_the_target(setu_engine):
    assert setu_engine._task(Request("India", "en-bn"), "").start == ["<2bn>"]
    assert setu_engine._task(Request("ভারত", "bn-en"), "").start == ["<2en>"]


def test_marks_in_the_users_text_are_no_marks(setu_engine):
    text = "<t> ভারত </t> <2en>"
    ((candidate,),) = setu_engine.translate([Request(text, "bn-en")])
    assert source_of(setu_engine, Request(f"</s> {text}", "bn-en")).count("</s>") == 1
    assert not {"<t>", "</t>", "<2en>"} & set(source_of(setu_engine, Request(text, "bn-en")))
    assert all(link.source_end <= len(text) for link in candidate.links)


def test_output_is_precomposed_where_the_model_was_trained_so(setu_engine, monkeypatch):
    monkeypatch.setattr(setu_engine._codec, "write", lambda _tokens: "হ\u09af\u09bc\u09a1\u09bc\u09a2\u09bc")
    assert setu_engine._write([]) == "হ\u09df\u09dc\u09dd"


@pytest.fixture(scope="session")
def drafting_engine(setu_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drafting") / "model"
    shutil.copytree(setu_folder, folder)
    described(folder, draft={"piece": "<d>", "engine": "fake"})
    return load_engine("ct2", model=str(folder), beams=2)


def test_a_model_trained_with_drafts_reads_the_other_engines_draft(drafting_engine, setu_engine):
    tokens = source_of(drafting_engine, Request("ভারত", "bn-en"), "India")
    assert "".join(tokens[tokens.index("<d>") + 1 :]) == "▁India</s>"
    ((candidate,),) = drafting_engine.translate([Request("ভারত ও", "bn-en")])
    assert all(link.source_end <= len("ভারত ও") for link in candidate.links)
    assert drafting_engine.info.sha256 != setu_engine.info.sha256


@pytest.mark.parametrize("family", ["nllb", "setu"])
def test_a_result_depends_on_its_request_alone(family, tiny_ct2):
    engine = load_engine("ct2", model=str(tiny_ct2(family)), beams=3, max_tokens=48)
    requests = [Request(line, "bn-en", n_best=1 + k % 3, prefix="The" * (k % 2)) for k, line in enumerate(LINES * 3)]
    together = engine.translate(requests)
    assert together == [engine.translate([request])[0] for request in requests]
    assert together == engine.translate(requests[::-1])[::-1]


def test_batches_are_an_option(setu_folder):
    engine = load_engine("ct2", model=str(setu_folder), beams=1, batch_size=4)
    assert len(engine.translate([Request(line, "bn-en") for line in LINES])) == len(LINES)


def test_scores_cover_the_prefix(setu_engine):
    free, forced = setu_engine.translate([Request(BN, "bn-en"), Request(BN, "bn-en", prefix="India and Belgium")])
    assert forced[0].score < free[0].score


@pytest.mark.parametrize("hints", [(), (Hint(0, 4, "India"),)])
def test_a_long_text_is_linked_to_its_end(setu_engine, hints):
    text = " ".join([BN] * 6)
    ((candidate,),) = setu_engine.translate([Request(text, "bn-en", hints=hints)])
    assert max(link.source_end for link in candidate.links) > 0.9 * len(text)


def test_a_prefix_for_a_long_text_is_refused(setu_engine):
    with pytest.raises(EngineError, match="and a prefix"):
        setu_engine.translate([Request(" ".join([BN] * 6), "bn-en", prefix="India")])


def test_a_bilingual_model_refuses_the_other_direction(tiny_ct2):
    engine = load_engine("ct2", model=str(tiny_ct2("bart")), direction="bn-en")
    with pytest.raises(EngineError, match="bn-en"):
        engine.translate([Request("India", "en-bn")])


def described(folder, **changes):
    """`setu.json` with changes."""
    data = json.loads((folder / "setu.json").read_text("utf-8"))
    (folder / "setu.json").write_text(json.dumps({**data, **changes}), "utf-8")


BROKEN = [
    ("no model", lambda folder: (folder / "model.bin").unlink(), "no model.bin"),
    (
        "cut model",
        lambda folder: (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:900]),
        "intact",
    ),
    ("empty model", lambda folder: (folder / "model.bin").write_bytes(b""), "intact"),
    ("no tokenizer", lambda folder: (folder / "tokenizer.json").unlink(), "source.spm"),
    ("cut tokenizer", lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer.json"),
    ("bad sentencepiece", lambda folder: (folder / "tokenizer.json").rename(folder / "spm.model"), "spm.model"),
    ("cut setu.json", lambda folder: (folder / "setu.json").write_text("{"), "setu.json"),
    ("no object", lambda folder: (folder / "setu.json").write_text("[]"), "JSON object"),
    ("newer format", lambda folder: described(folder, format=2), "format 2"),
    ("unknown key", lambda folder: described(folder, colour="red"), "colour"),
    ("missing field", lambda folder: (folder / "setu.json").write_text('{"format": 1}'), "KeyError"),
    ("pieces of another model", lambda folder: described(folder, terms=["<x>", "<y>", "<z>"]), "<x> <y> <z>"),
    ("cut vocabulary", lambda folder: (folder / "shared_vocabulary.json").write_text("[1"), "vocabulary"),
    ("cut config", lambda folder: (folder / "config.json").write_text("{"), "config.json"),
]


@pytest.mark.parametrize("case", BROKEN, ids=[case[0] for case in BROKEN])
def test_a_broken_folder_is_one_message(case, setu_folder, tmp_path):
    _, breaks, message = case
    folder = tmp_path / "model"
    shutil.copytree(setu_folder, folder)
    breaks(folder)
    with pytest.raises(EngineError, match=message):
        load_engine("ct2", model=str(folder))


OPTIONS = [
    ({}, "--model FOLDER"),
    ({"model": "nowhere"}, "no such folder"),
    ({"device": "warp"}, "option device"),
    ({"compute": "int3"}, "int3"),
    ({"template": "translate"}, r"\{text\}"),
]


@pytest.mark.parametrize(("options", "message"), OPTIONS)
def test_an_option_that_cannot_work_is_told(options, message, request):
    if options and "model" not in options:
        options = {"model": str(request.getfixturevalue("setu_folder")), **options}
    with pytest.raises(EngineError, match=message):
        load_engine("ct2", **options)


def test_the_engine_needs_no_torch(setu_folder, run_python):
    code = f"from pipeline.engines import load_engine; import sys; load_engine('ct2', model={str(setu_folder)!r}); "
    assert run_python(code + "print('torch' in sys.modules, 'transformers' in sys.modules)") == "False False"


def test_a_foreign_folder_has_no_spec(tmp_path):
    assert read_spec(tmp_path) is None


def test_one_grapheme_over_the_limit_is_refused(setu_engine):
    with pytest.raises(EngineError, match="at most 48 tokens"):
        setu_engine.translate([Request("ক" + "\u09be" * 400, "bn-en")])
