"""What an editor approved is taken before anything is translated, except where scores are measured."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.memory import Memory
from pipeline.records import Unit
from pipeline.run import Options, run

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "কাজাখস্তান এই বছরের জুলাইয়ে ২০২৪ এসসিও শীর্ষ সম্মেলনের আয়োজন করবে।"
APPROVED = "Kazakhstan is to host the 2024 SCO summit this July."


def remember(folder):
    with Memory.open(folder / "memory.sqlite") as memory:
        memory.add([Unit(SOURCE, APPROVED, "bn", "en", status="approved", origin="approved")])


def rows(tmp_path, **more):
    return run(Options(out=tmp_path / "out", engine="fake", glossary=(ROOT / "glossary/diplomacy.yaml",), **more)).rows


def article(tmp_path):
    """The second seed away from its references."""
    folder = tmp_path / "articles"
    folder.mkdir()
    shutil.copy(ROOT / "seeds/02-kazakhstan-call.txt", folder / "article.txt")
    return folder


def test_an_approved_translation_is_taken_and_named(tmp_path):
    (tmp_path / "out").mkdir()
    remember(tmp_path / "out")
    (row,) = [row for row in rows(tmp_path, paths=(article(tmp_path),)) if row["source"] == SOURCE]
    assert (row["target"], row["raw"], row["changes"]) == (APPROVED, APPROVED, [])
    assert row["tm"]["score"] == 1
    assert row["tm"]["origin"] == "approved"


def test_a_similar_source_is_offered_and_not_taken(tmp_path):
    (tmp_path / "out").mkdir()
    with Memory.open(tmp_path / "out" / "memory.sqlite") as memory:
        changed = SOURCE.replace("২০২৪", "২০২৫")
        memory.add([Unit(changed, APPROVED, "bn", "en", status="approved", origin="approved")])
    (row,) = [row for row in rows(tmp_path, paths=(article(tmp_path),)) if row["source"] == SOURCE]
    assert row["target"] != APPROVED
    assert row["tm"]["score"] < 1
    assert "number" in row["tm"]["differs"]


def test_scored_documents_are_translated_without_the_memory(tmp_path):
    (tmp_path / "out").mkdir()
    remember(tmp_path / "out")
    (row,) = [row for row in rows(tmp_path, paths=(ROOT / "seeds",)) if row["source"] == SOURCE]
    assert row["tm"] is None
    assert row["target"] != APPROVED


def test_a_memory_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"tm\.sqlite"):
        rows(tmp_path, paths=(article(tmp_path),), memory=tmp_path / "tm.sqlite")
