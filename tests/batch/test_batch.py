"""Tables in, shards out: each id once, resumed by manifest, nothing half-done taken for done."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import batch as module
from pipeline.batch import BatchOptions, batch
from pipeline.cli import setu
from pipeline.errors import InputError, OutputError

ROOT = Path(__file__).resolve().parents[2]
LINES = [
    line.strip()
    for line in (ROOT / "seeds" / "02-kazakhstan-call.txt").read_text(encoding="utf-8").splitlines()
    if line.strip()
]
ROWS = [{"id": f"line-{number}", "text": line} for number, line in enumerate(LINES)]


def options(**more):
    return BatchOptions(**{"engine": "fake", "shard": 4, "glossary": (ROOT / "glossary" / "diplomacy.yaml",), **more})


def jsonl(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def read(folder):
    shards = sorted(folder.glob("part-*.jsonl"))
    return [json.loads(line) for shard in shards for line in shard.read_text(encoding="utf-8").splitlines()]


def run(source, folder, **more):
    return batch(source, folder, options(**more), lambda _done, _total: None)


def test_every_id_comes_out_once_and_in_order(tmp_path):
    result = run(jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out")
    rows = read(tmp_path / "out")
    assert [row["id"] for row in rows] == [row["id"] for row in ROWS]
    assert [row["source"] for row in rows] == LINES
    assert all(row["target"] for row in rows)
    assert result.shards == -(-len(ROWS) // 4)


def test_csv_with_named_columns(tmp_path):
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([["url", "body"], *([row["id"], row["text"]] for row in ROWS)])
    run(path, tmp_path / "out", id_column="url", text_column="body")
    assert [row["source"] for row in read(tmp_path / "out")] == LINES


def test_parquet_in_and_out(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.Table.from_pylist(ROWS), tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", tmp_path / "out", format="parquet")
    rows = [
        row for path in sorted((tmp_path / "out").glob("*.parquet")) for row in parquet.read_table(path).to_pylist()
    ]
    assert [row["id"] for row in rows] == [row["id"] for row in ROWS]


def test_workers_give_the_same_bytes(tmp_path):
    source = jsonl(tmp_path / "in.jsonl", ROWS)
    run(source, tmp_path / "one")
    run(source, tmp_path / "two", workers=2)
    for shard in (tmp_path / "one").glob("part-*"):
        assert shard.read_bytes() == (tmp_path / "two" / shard.name).read_bytes()


def test_an_interrupted_batch_continues_and_mends_a_damaged_shard(tmp_path, monkeypatch):
    source, folder, calls = jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out", []
    translate = module.translate_task

    def stops(task):
        calls.append(task)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return translate(task)

    monkeypatch.setattr(module, "translate_task", stops)
    with pytest.raises(KeyboardInterrupt):
        run(source, folder)
    assert len(list(folder.glob("part-*"))) == 2
    (folder / "part-00000.jsonl").write_text("half a li", encoding="utf-8")
    result = run(source, folder)
    assert result.reused == 1
    assert [row["id"] for row in read(folder)] == [row["id"] for row in ROWS]


def test_the_folder_of_another_batch_is_not_written_over(tmp_path):
    run(jsonl(tmp_path / "a.jsonl", ROWS), tmp_path / "out")
    other = jsonl(tmp_path / "b.jsonl", ROWS[:3])
    with pytest.raises(OutputError, match="another batch"):
        run(other, tmp_path / "out")
    assert run(other, tmp_path / "out", force=True).rows == 3


BAD = {
    "twice": ([*ROWS, ROWS[0]], "a second time"),
    "no text": ([{"id": "1", "txt": "ভারত"}], "no column 'text' among id, txt"),
    "empty": ([], "no rows"),
}


@pytest.mark.parametrize("label", BAD)
def test_bad_tables_are_refused_before_anything_is_written(label, tmp_path):
    rows, message = BAD[label]
    with pytest.raises(InputError, match=message):
        run(jsonl(tmp_path / "in.jsonl", rows), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unknown_kind_of_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="xlsx"):
        run(tmp_path / "in.xlsx", tmp_path / "out")


def test_the_command(tmp_path):
    source = jsonl(tmp_path / "in.jsonl", ROWS)
    args = ["batch", str(source), str(tmp_path / "out"), "--engine", "fake", "--json"]
    result = CliRunner().invoke(setu, args, standalone_mode=False)
    assert json.loads(result.stdout)["rows"] == len(ROWS)
