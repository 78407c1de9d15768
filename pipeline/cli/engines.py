"""`setu engines`: what can translate here, and whether it does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.cli.common import console, echo_json, json_option
from pipeline.records import Direction

if TYPE_CHECKING:
    from pipeline.translate import Translator

__all__ = ["engines"]

EXAMPLES = """\b
Examples:
  setu engines
  setu engines list --json
  setu engines test compact
  setu engines test hf --model facebook/nllb-200-distilled-600M
"""

_LINES: Final[dict[Direction, str]] = {
    "bn-en": "আজ নয়াদিল্লিতে দুই দেশের বিদেশমন্ত্রীর বৈঠক হয়েছে।",
    "en-bn": "The foreign ministers of the two countries met in New Delhi today.",
}


@click.group(invoke_without_command=True, epilog=EXAMPLES)
@click.pass_context
def engines(context: click.Context) -> None:
    """List translation engines and test them."""
    if context.invoked_subcommand is None:
        context.invoke(listing)


@engines.command("list")
@json_option
def listing(*, as_json: bool = False) -> None:
    """What is installed, and what each engine needs."""
    from pipeline.engines import describe

    rows = describe()
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        needs = "" if row["installed"] else f"\n{'':<20}needs: {row['needs'] or 'a full installation of Setu'}"
        state = "installed" if row["installed"] else "missing"
        click.echo(f"{row['name']:<9}{state:<11}{row['title']}{needs}")


@engines.command("test")
@click.argument("name")
@click.option("--model", default=None, help="Model of the engine: a folder or a hub id.")
@json_option
def test(name: str, *, model: str | None, as_json: bool) -> None:
    """Translate one line in each direction with the engine NAME."""
    from pipeline.engines import load_engine

    start = time.perf_counter()
    engine = load_engine(name, model=model)
    loaded = time.perf_counter() - start
    lines = [_try(engine, direction, text) for direction, text in _LINES.items()]
    info = engine.info
    if as_json:
        echo_json({
            "name": info.name, "model": info.model, "sha256": info.sha256, "features": sorted(info.features),
            "load_seconds": round(loaded, 3), "lines": lines,
        })  # fmt: skip
        return
    out = console()
    out.print(
        f"{info.name}: {info.model}, sha256 {info.sha256[:12]}, can: {', '.join(sorted(info.features)) or 'translate'}"
    )
    for line in lines:
        out.print(
            f"{line['direction']}  {line['source']}\n       {line['target']}  ({line['seconds']:.2f} s)", soft_wrap=True
        )


def _try(engine: Translator, direction: Direction, text: str) -> dict[str, Any]:
    from pipeline.records import Request

    start = time.perf_counter()
    ((best, *_),) = engine.translate([Request(text, direction)])
    seconds = round(time.perf_counter() - start, 3)
    return {"direction": direction, "source": text, "target": best.text, "score": best.score, "seconds": seconds}
