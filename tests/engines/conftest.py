"""Engines under test: the toy, tiny random transformers models, and the shipped model when it is there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import pipeline
from pipeline.engines import load_engine

sys.path.insert(0, str(Path(__file__).parent))
SHIPPED = Path(pipeline.__file__).parent / "models" / "compact" / "manifest.json"
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
def llm_stub():
    """A chat endpoint on loopback that translates with the toy."""
    import stub

    with stub.serve() as server:
        yield server


@pytest.fixture(scope="session")
def engine_named(tiny_folder_or_none, llm_stub):
    """Engines by the names of the contract suite, each loaded once."""
    loaded = {}

    def engine(name: str):
        if name not in loaded:
            loaded[name] = make(name, tiny_folder_or_none, llm_stub.url)
        return loaded[name]

    return engine


@pytest.fixture(scope="session")
def tiny_folder_or_none(request):
    """The tiny models, or None where torch is missing."""
    return request.getfixturevalue("tiny_folder") if HAS_TORCH else None


def make(name: str, folder, stub: str):
    """Load an engine of the suite, or skip with the reason."""
    kind, _, rest = name.partition(" ")
    if kind == "fake":
        features = frozenset({"prefix", "n_best", "links", "score", "hints"}) if rest == "rich" else frozenset()
        return load_engine("fake", features=features)
    if kind == "hf":
        if folder is None:
            pytest.skip("needs the extra hf")
        return load_engine("hf", model=str(folder(rest)), max_tokens=64, beams=2)
    if kind == "llm":
        return load_engine("llm", model=f"stub@{stub}")
    if kind == "compact" and not SHIPPED.exists():
        pytest.skip("the shipped model is not built yet")
    return load_engine(kind)
