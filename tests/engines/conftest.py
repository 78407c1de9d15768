"""Engines under test: the toy, tiny random transformers models, and the shipped model when it is there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from pipeline.engines import load_engine
from pipeline.errors import EngineError

sys.path.insert(0, str(Path(__file__).parent))
HAS_TORCH = all(importlib.util.find_spec(name) for name in ("torch", "transformers", "sentencepiece"))


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """The folder of a family's tiny model, made when first asked for."""
    if not HAS_TORCH:
        pytest.skip("needs the extra hf")
    import tiny
    import torch

    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("tiny")
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            made[family] = tiny.build(family, root / family)
        return made[family]

    return folder


@pytest.fixture(scope="session")
def engine_named(tiny_folder_or_none):
    """Engines by the names of the contract suite, each loaded once."""
    loaded = {}

    def engine(name: str):
        if name not in loaded:
            loaded[name] = make(name, tiny_folder_or_none)
        return loaded[name]

    return engine


@pytest.fixture(scope="session")
def tiny_folder_or_none(request):
    """The tiny models, or None where torch is missing."""
    return request.getfixturevalue("tiny_folder") if HAS_TORCH else None


def make(name: str, folder):
    """Load an engine of the suite, or skip with the reason."""
    kind, _, rest = name.partition(" ")
    if kind == "fake":
        features = frozenset({"prefix", "n_best", "links", "score", "hints"}) if rest == "rich" else frozenset()
        return load_engine("fake", features=features)
    if kind == "hf":
        if folder is None:
            pytest.skip("needs the extra hf")
        return load_engine("hf", model=str(folder(rest)), max_tokens=64, beams=2)
    try:
        return load_engine(kind)
    except EngineError as error:
        pytest.skip(f"the model is not here: {error}")
