"""Edits on disk: versions, history, damage, locks."""

from __future__ import annotations

import sqlite3

import pytest

from pipeline.errors import InputError, OutputError
from pipeline.review.store import StaleError, State, Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "review.sqlite"


@pytest.fixture
def store(path):
    opened = Store.open(path, run="r")
    yield opened
    opened.close()


def test_a_saved_edit_is_there_for_the_next_process(store, path):
    store.save({"a": (0, {"target": "হ্যাঁ", "status": "approved"})})
    other = sqlite3.connect(path)
    assert other.execute("SELECT version FROM segments WHERE id = 'a'").fetchone() == (1,)
    other.close()
    again = Store.open(path, run="r")
    assert again.states()["a"].target == "হ্যাঁ"
    again.close()


def test_the_log_is_synchronous(store):
    ask = store._connection.execute
    assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ask("PRAGMA synchronous").fetchone() == (2,)


def test_a_stale_version_is_refused_and_says_what_stands(store):
    store.save({"a": (0, {"target": "one"})})
    with pytest.raises(StaleError) as refusal:
        store.save({"a": (0, {"target": "two"})})
    assert refusal.value.state == State(target="one", version=1, changed=refusal.value.state.changed)


def test_many_changes_are_all_or_none(store):
    store.save({"b": (0, {"note": "x"})})
    with pytest.raises(StaleError):
        store.save({"a": (0, {"target": "new"}), "b": (0, {"target": "new"})})
    assert "a" not in store.states()
    assert store.count() == 1


def test_history_keeps_every_text(store):
    for version, text in enumerate(["one", "two", "three"]):
        store.save({"a": (version, {"target": text})})
    assert [(version, state.target) for version, state in store.history("a")] == [(1, "one"), (2, "two"), (3, "three")]


def test_the_token_outlives_a_restart(store, path):
    token = store.token()
    again = Store.open(path, run="r")
    assert again.token() == token
    assert len(token) >= 32
    again.close()


@pytest.mark.parametrize(
    ("label", "damage"),
    [("no database", lambda data: b"not a database, but long enough to be read as one" * 100),
     ("torn pages", lambda data: data[:5000] + b"\xff" * (len(data) - 5000))],
)  # fmt: skip
def test_a_damaged_database_is_kept_and_named(path, label, damage):
    store = Store.open(path, run="r")
    store.save({f"s{number}": (0, {"target": "text " * 20}) for number in range(300)})
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    broken = damage(path.read_bytes())
    path.write_bytes(broken)
    with pytest.raises(InputError) as refusal:
        Store.open(path, run="r")
    kept = [item for item in path.parent.iterdir() if ".damaged-" in item.name and not item.name.endswith("-wal")]
    assert [item.read_bytes() for item in kept] == [broken], label
    assert kept[0].name in str(refusal.value)
    assert "review.sqlite.bak" in str(refusal.value)


def test_the_backup_opens_with_the_last_good_state(path):
    store = Store.open(path, run="r")
    store.save({"a": (0, {"target": "kept"})})
    store.close()
    Store.open(path, run="r").close()
    path.write_bytes(b"broken" * 1000)
    path.with_name("review.sqlite-wal").unlink(missing_ok=True)
    path.with_name("review.sqlite.bak").replace(path)
    again = Store.open(path, run="r")
    assert again.states()["a"].target == "kept"
    again.close()


def test_a_locked_database_is_a_clear_message(path, monkeypatch):
    monkeypatch.setattr("pipeline.review.store._BUSY_SECONDS", 0.1)
    store = Store.open(path, run="r")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutputError, match="locked"):
        store.save({"a": (0, {"target": "x"})})
    other.execute("ROLLBACK")
    other.close()
    assert store.save({"a": (0, {"target": "x"})})["a"].version == 1
    store.close()


def test_edits_of_other_rows_are_refused(path):
    Store.open(path, run="r").close()
    with pytest.raises(InputError, match=r"aligned\.jsonl has changed"):
        Store.open(path, run="other")


def test_a_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        Store.open(tmp_path / "missing" / "review.sqlite", run="r")
