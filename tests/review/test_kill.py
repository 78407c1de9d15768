"""kill -9 under edits: whatever the desk acknowledged is there afterwards."""

from __future__ import annotations

import http.client
import json
import random
import threading

import pytest
from desk_process import DeskProcess
from desk_samples import sample_run

IDS = [row["id"] for row in sample_run()[0] if row["doc"] == "02-kazakhstan-call"]


def call(port, method, path, body=None):
    """One request; None when the desk died under it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        data = json.dumps(body).encode() if body is not None else None
        connection.request(method, path, data, {"content-type": "application/json"} if data else {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def edit_until_dead(port, versions, acknowledged, rng):
    """Edit as fast as the desk answers; keep what it acknowledged."""
    for number in range(100_000):
        ident = rng.choice(IDS)
        text = f"edit {number} of {ident} নম্বর {rng.random()}"
        answer = call(port, "PATCH", f"/api/segments/{ident}", {"target": text, "version": versions[ident]})
        if answer is None:
            return
        assert answer[0] == 200, answer
        versions[ident] = answer[1]["version"]
        acknowledged.append((ident, versions[ident], text))


def lost_edits(port, acknowledged, versions):
    """Acknowledged edits that are gone; brings `versions` to what stands."""
    lost = []
    for ident in IDS:
        _, history = call(port, "GET", f"/api/segments/{ident}/history")
        kept = {item["version"]: item["target"] for item in history}
        versions[ident] = max(kept, default=0)
        lost += [item for item in acknowledged if item[0] == ident and kept.get(item[1]) != item[2]]
    return lost


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_no_acknowledged_edit_is_lost(run_folder, rounds, record_property):
    rng = random.Random(7)  # noqa: S311 (the same order in every run)
    versions, acknowledged = dict.fromkeys(IDS, 0), []
    for _ in range(rounds):
        desk = DeskProcess(run_folder).start()
        port = int(desk.url.rsplit(":", 1)[1].strip("/"))
        assert lost_edits(port, acknowledged, versions) == []
        killer = threading.Timer(rng.uniform(0.05, 0.6), desk.process.kill)
        killer.start()
        edit_until_dead(port, versions, acknowledged, rng)
        killer.join()
        desk.kill()
    desk = DeskProcess(run_folder).start()
    lost = lost_edits(int(desk.url.rsplit(":", 1)[1].strip("/")), acknowledged, versions)
    desk.kill()
    record_property("acknowledged", len(acknowledged))
    print(f"{rounds} kills, {len(acknowledged)} acknowledged edits, {len(lost)} lost")  # noqa: T201 (the figure that reports quote)
    assert lost == []
    assert len(acknowledged) > rounds
