"""Translation engines, one file each; all keep the protocol of `pipeline.translate.Translator`.

Nothing is imported before an engine is asked for, so that the package starts quickly and works without the
extras that single engines need.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pipeline.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.translate import Translator

__all__ = ["ENGINES", "Engine", "describe", "load_engine", "missing_packages"]


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine is found: the factory `module:attribute` is imported when the engine is asked for."""

    module: str
    attribute: str
    title: str
    extra: str = ""
    """The extra of the package that the engine needs, empty for none."""
    packages: tuple[str, ...] = ()
    """Import names that the extra brings."""


ENGINES: dict[str, Engine] = {
    "compact": Engine(
        "pipeline.engines.compact", "load", "The model that ships, offline; `compact:thorough` is slower and better."
    ),
    "hf": Engine(
        "pipeline.engines.hf",
        "load",
        "Any sequence-to-sequence model of transformers: --model HUB-ID or folder.",
        extra="hf",
        packages=("torch", "transformers", "sentencepiece"),
    ),
    "llm": Engine(
        "pipeline.engines.llm", "load", "A chat endpoint (OpenAI-compatible): --model NAME@URL or a TOML file."
    ),
    "ct2": Engine("pipeline.engines.ct2", "load", "Any model that CTranslate2 converted, int8: --model FOLDER."),
    "fake": Engine("pipeline.engines.fake", "load", "Word-by-word toy without a model, for tests and demonstrations."),
}


def load_engine(name: str, **options: Any) -> Translator:
    """Load an engine by name; options that are None count as not given.

    `hf:MODEL` is short for the engine `hf` with the option `model=MODEL`.

    Raises:
        EngineError: no such engine, an option that it does not know, a missing extra, an unusable model.
    """
    name, _, model = name.partition(":")
    if model:
        options["model"] = model
    given = {key: value for key, value in options.items() if value is not None}
    engine = ENGINES.get(name)
    if engine is None:
        raise EngineError(
            where="engine", found=repr(name), expected=f"one of: {', '.join(ENGINES)}",
            do=f"Available engines: {', '.join(ENGINES)}. See `setu engines`.",
        )  # fmt: skip
    return _build(name, engine, options=given)


def _build(name: str, engine: Engine, *, options: dict[str, Any]) -> Translator:
    """Import the factory, check the options against its signature, call it."""
    missing = missing_packages(engine)
    if missing:
        raise EngineError(
            where=f"engine {name}", found=f"no package {', '.join(missing)}", expected="the extra that it needs",
            do=f"pip install 'setu[{engine.extra}]'",
        )  # fmt: skip
    factory = cast("Callable[..., Translator]", getattr(importlib.import_module(engine.module), engine.attribute))
    known = set(inspect.signature(factory).parameters)
    unknown = sorted(set(options) - known)
    if unknown:
        raise EngineError(
            where=f"engine {name}", found=f"option {', '.join(unknown)}",
            expected=f"one of: {', '.join(sorted(known)) or 'none, it takes no options'}",
            do="Leave the option out or choose another engine.",
        )  # fmt: skip
    return factory(**options)


def missing_packages(engine: Engine) -> list[str]:
    """The packages of the engine's extra that are not installed."""
    return [name for name in engine.packages if not _installed(name)]


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # a module that was taken out of sys.modules by setting it to None
        return False


def describe() -> list[dict[str, Any]]:
    """One row an engine for `setu engines`: name, title, what it needs, whether that is there."""
    return [
        {
            "name": name,
            "title": engine.title,
            "needs": f"pip install 'setu[{engine.extra}]'" if engine.extra else "",
            "installed": not missing_packages(engine) and _has_module(engine.module),
        }
        for name, engine in ENGINES.items()
    ]


def _has_module(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
