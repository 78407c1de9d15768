"""Engines under test: the toy, tiny random transformers models, and the shipped model when it is there."""

from __future__ import annotations

import importlib.util
import subprocess
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
def tiny_ct2(tiny_folder, tmp_path_factory):
    """The CTranslate2 folder of a family's tiny model, or of Setu's own kind, made when first asked for."""
    import tiny_ct2

    root = tmp_path_factory.mktemp("ct2")
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            at = root / family
            made[family] = (
                tiny_ct2.setu(at, root / "hf") if family == "setu" else tiny_ct2.convert(tiny_folder(family), at)
            )
        return made[family]

    return folder


@pytest.fixture
def run_python():
    """Runs code in a fresh interpreter; gives what it printed."""

    def run(code: str) -> str:
        made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return made.stdout.strip()

    return run


@pytest.fixture(scope="session")
def engine_named(request, tiny_folder_or_none, llm_stub):
    """Engines by the names of the contract suite, each loaded once."""
    loaded = {}

    def engine(name: str):
        if name not in loaded:
            if name.startswith("ct2 "):
                folder = request.getfixturevalue("tiny_ct2")(name.removeprefix("ct2 "))
                loaded[name] = load_engine("ct2", model=str(folder), max_tokens=64, beams=2)
            else:
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
