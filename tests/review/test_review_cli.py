"""`setu review` refuses what it cannot open, in words and with exit 2."""

from __future__ import annotations

import json
import socket

import pytest
from desk_process import DeskProcess

from pipeline.errors import SetuError
from pipeline.review.serve import listen, open_service, serve


def missing(folder):
    return folder / "nowhere"


def no_manifest(folder):
    (folder / "manifest.json").unlink()
    return folder


def no_rows(folder):
    (folder / "aligned.jsonl").unlink()
    return folder


def broken_manifest(folder):
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    return folder


def unfinished(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "finished": None}), encoding="utf-8")
    return folder


def listed_manifest(folder):
    (folder / "manifest.json").write_text("[]", encoding="utf-8")
    return folder


def half_a_row(folder):
    (folder / "aligned.jsonl").write_text('{"id": "a", "doc": "a", "start": 0}\n', encoding="utf-8")
    return folder


def torn_row(folder):
    (folder / "aligned.jsonl").write_text('{"id": "a', encoding="utf-8")
    return folder


def damaged_edits(folder):
    (folder / "review.sqlite").write_bytes(b"no database at all" * 500)
    return folder


def foreign_edits(folder):
    with open_service(folder):
        pass
    rows = (folder / "aligned.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "aligned.jsonl").write_text("\n".join(rows[1:]) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (missing, "no such folder"), (no_manifest, "no such file"), (no_rows, "no such file"),
        (broken_manifest, "no JSON"), (listed_manifest, "expected a JSON object"), (half_a_row, "a row without"),
        (torn_row, "aligned.jsonl"), (unfinished, "not finished"),
        (damaged_edits, "a damaged database"), (foreign_edits, "aligned.jsonl has changed"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_runs_that_cannot_be_opened(run_folder, spoil, says):
    with pytest.raises(SetuError, match=says), open_service(spoil(run_folder)):
        pass


def test_a_busy_port_is_named(run_folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetuError, match=f"--port {port}: found a port that another program uses"):
            serve(run_folder, port, browser=False)


def test_it_listens_on_this_machine_alone():
    sock = listen(0)
    assert sock.getsockname()[0] == "127.0.0.1"
    sock.close()


def test_one_desk_a_run(run_folder):
    with (
        open_service(run_folder),
        pytest.raises(SetuError, match="another review desk has open"),
        open_service(run_folder),
    ):
        pass


def test_glossary_that_is_gone_is_told_on_the_page(run_folder, monkeypatch, tmp_path):
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["glossary"]["files"] = ["gone.yaml"]
    (run_folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with open_service(run_folder) as service:
        assert any("are not here" in notice for notice in service.summary()["notices"])


def test_glossary_with_a_fault_is_told_on_the_page(run_folder):
    (run_folder.parent / "glossary" / "desk.yaml").write_text("- id: [", encoding="utf-8")
    with open_service(run_folder) as service:
        assert any(notice.startswith("glossary: ") for notice in service.summary()["notices"])
        assert service.patch("02-kazakhstan-call:0000", {"target": "x", "version": 0})["version"] == 1


def test_a_broken_memory_costs_no_edit(run_folder):
    (run_folder.parent / "memory.sqlite").write_bytes(b"no database" * 1000)
    with open_service(run_folder) as service:
        assert any(notice.startswith("memory: ") for notice in service.summary()["notices"])
        assert service.patch("02-kazakhstan-call:0000", {"status": "approved", "version": 0})["version"] == 1


def test_the_command_prints_its_address_and_ends_on_interrupt(run_folder):
    desk = DeskProcess(run_folder).start()
    desk.process.send_signal(2)
    assert desk.process.wait(10) in {0, 130}
    assert "Traceback" not in desk.process.stdout.read()
    desk.kill()
