"""The swap experiment runs, and its floor holds on the articles: brackets are always seen, nobody is accused."""

import argparse
from pathlib import Path

import pytest
from acronym_swaps import ROOT, documents, measure

from pipeline.termbase import load


def options(files: list[Path], lines: int = 1) -> argparse.Namespace:
    return argparse.Namespace(files=files, limit=10, lines=lines, seed=1)


@pytest.mark.parametrize("name", ["05-central-asia.txt", "references/02-kazakhstan-call.en.txt"])
def test_articles(name: str) -> None:
    found = measure(options([ROOT / "seeds" / name]), load([ROOT / "glossary" / "diplomacy.yaml"]))
    assert found["alarms"] == []
    assert found["bystanders"] == 0
    for label in ("declared", "random"):
        assert found[f"{label} expansion found"] == found[f"{label} expansion swapped"] > 0
    assert found["declared cue found"] > found["declared cue swapped"] / 2


def test_corpus_files_are_read_by_side_and_by_article(tmp_path: Path) -> None:
    import lzma

    path = tmp_path / "dev.tsv.xz"
    with lzma.open(path, "wt", encoding="utf-8") as stream:
        stream.write("x\tভারত।\tIndia.\nx\tচীন।\tChina.\n")
    assert [(d.text, d.language) for d in documents(path, 10, 1)] == [
        ("ভারত।", "bn"), ("India.", "en"), ("চীন।", "bn"), ("China.", "en"),
    ]  # fmt: skip
    assert [d.text for d in documents(path, 10, 2)] == ["ভারত।\nচীন।", "India.\nChina."]
