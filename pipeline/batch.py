"""Translation of large tables: shards in order, workers side by side, every input id exactly once in the output.

A shard is done when its file and its hash stand in the manifest, never because a file exists: an interrupted
batch continues where it stopped, and a half-written shard cannot pass for a whole one.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from pipeline import __version__, termbase
from pipeline.engines import load_engine
from pipeline.errors import InputError, OutputError
from pipeline.files import read_bytes, read_jsonl, read_text, sha256_bytes, to_json, write_atomic
from pipeline.records import Direction, Document, Segment, source_language
from pipeline.signature import format_signature
from pipeline.terms import find_terms
from pipeline.text import detect_language
from pipeline.translate import Item, translate_segments

__all__ = ["BatchOptions", "BatchResult", "batch", "read_rows"]

LIMIT = 2**31
"""Bytes of an input table; beyond that, split it."""
READERS = (".jsonl", ".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What a batch may be told; the defaults are those of `setu batch`."""

    engine: str = "compact"
    model: str | None = None
    glossary: tuple[Path, ...] = ()
    direction: Direction | None = None
    id_column: str = "id"
    text_column: str = "text"
    shard: int = 1000
    """Rows a shard."""
    workers: int = 1
    ray: str | None = None
    """Address of a Ray cluster (`auto`, `ray://host:10001`, or `local`)."""
    format: Literal["jsonl", "parquet"] = "jsonl"
    force: bool = False


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch did."""

    folder: Path
    rows: int
    shards: int
    reused: int
    """Shards that an earlier, interrupted call had finished."""


@dataclass(frozen=True, slots=True)
class Task:
    """One shard, with everything that a worker on another machine needs."""

    rows: tuple[tuple[str, str], ...]
    direction: Direction
    options: BatchOptions


def batch(source: Path, folder: Path, options: BatchOptions, progress: Callable[[int, int], None]) -> BatchResult:
    """Translate the rows of a table into shards under `folder`.

    Raises:
        InputError: the table cannot be used (columns, ids given twice, no rows).
        OutputError: the folder holds another batch, or cannot be written.
        EngineError, GlossaryError: as for a run.
    """
    rows = read_rows(source, options)
    direction: Direction = options.direction or _direction(rows, source)
    recipe = _recipe(options, direction=direction, rows=rows)
    tasks = [
        Task(tuple(rows[at : at + options.shard]), direction, options) for at in range(0, len(rows), options.shard)
    ]
    manifest = _open(folder, recipe, options=options)
    names = [f"part-{index:05}.{options.format}" for index in range(len(tasks))]
    todo = [index for index, name in enumerate(names) if not _whole(folder / name, manifest["shards"].get(name))]
    reused = len(tasks) - len(todo)
    for done, (index, lines) in enumerate(zip(todo, _work([tasks[i] for i in todo], options), strict=True), reused + 1):
        data = _encode(lines, options.format)
        write_atomic(folder / names[index], data)
        manifest["shards"][names[index]] = {"rows": len(lines), "sha256": sha256_bytes(data)}
        write_atomic(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
        progress(done, len(tasks))
    return BatchResult(folder, len(rows), len(tasks), reused)


def read_rows(path: Path, options: BatchOptions) -> list[tuple[str, str]]:
    """The (id, text) rows of a JSONL, CSV or Parquet table, in order.

    Raises:
        InputError: an unknown kind of file, a missing column, no rows, an id given twice.
    """
    reader = {".jsonl": read_jsonl, ".csv": _csv, ".parquet": _parquet}.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            where=str(path), found=f"the suffix {path.suffix!r}", expected=f"one of: {', '.join(READERS)}",
            do="Convert the table, or name it by what it is.",
        )  # fmt: skip
    rows: dict[str, str] = {}
    for number, fields in enumerate(reader(path), 1):
        where = f"{path}, row {number}"
        name, text = _field(fields, options.id_column, where=where), _field(fields, options.text_column, where=where)
        if name in rows:
            raise InputError(
                where=where, found=f"the id {name!r} a second time", expected="each id once", do="Make the ids unique."
            )
        rows[name] = text
    if not rows:
        raise InputError(where=str(path), found="no rows", expected="at least one row", do="Check the file.")
    return list(rows.items())


def _field(fields: Mapping[str, Any], column: str, *, where: str) -> str:
    value = fields.get(column)
    if value is None:
        raise InputError(
            where=where, found=f"no column {column!r} among {', '.join(map(str, fields))}", expected="a value in it",
            do="Name the columns with --id-column and --text-column.",
        )  # fmt: skip
    return str(value)


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    text, _ = read_text(path)
    try:
        yield from csv.DictReader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as error:
        raise InputError(
            where=str(path),
            found=f"broken CSV ({error})",
            expected="a header line and quoted fields",
            do="Mend the file.",
        ) from None


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    arrow = _pyarrow()
    data = read_bytes(path, limit=LIMIT)
    try:
        for piece in arrow.parquet.ParquetFile(io.BytesIO(data)).iter_batches():
            yield from piece.to_pylist()
    except arrow.ArrowException as error:
        raise InputError(
            where=str(path), found=f"no Parquet file ({error})", expected="a Parquet table", do="Check the file."
        ) from None


def _pyarrow() -> Any:
    try:
        arrow = importlib.import_module("pyarrow")
        importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(
            where="Parquet", found="no package pyarrow", expected="the extra batch", do="pip install 'setu[batch]'"
        ) from None
    return arrow


def _direction(rows: Sequence[tuple[str, str]], source: Path) -> Direction:
    """One direction for the table, from the language of its first thousand texts."""
    language = detect_language("\n".join(text for _, text in rows[:1000]), where=str(source))
    return "bn-en" if language == "bn" else "en-bn"


def _recipe(options: BatchOptions, *, direction: Direction, rows: Sequence[tuple[str, str]]) -> str:
    info = load_engine(options.engine, model=options.model).info
    base = termbase.load(options.glossary or termbase.default_paths())
    content = sha256_bytes("\0".join(f"{name}\0{text}" for name, text in rows).encode())
    return format_signature({
        "setu": __version__, "engine": info.name, "model": f"{info.model}@{info.sha256[:12]}",
        "glossary": base.sha256[:12], "direction": direction, "rows": content[:12], "shard": str(options.shard),
        "format": options.format,
    })  # fmt: skip


def _open(folder: Path, recipe: str, *, options: BatchOptions) -> dict[str, Any]:
    """The manifest of this batch: the one in the folder when its recipe is ours, else a new one."""
    path, fresh = folder / "manifest.json", {"recipe": recipe, "shards": {}}
    if options.force or not path.exists():
        return fresh
    found: dict[str, Any] = json.loads(read_text(path)[0])
    if found.get("recipe") != recipe:
        raise OutputError(
            where=str(folder), found="the shards of another batch (input, engine, glossary or options differ)",
            expected="an empty folder, or the same batch to continue",
            do="Choose another folder, or --force to write over it.",
        )  # fmt: skip
    return found


def _whole(path: Path, entry: Mapping[str, Any] | None) -> bool:
    """Whether the manifest knows this shard and its bytes are those that were written."""
    return entry is not None and path.is_file() and sha256_bytes(path.read_bytes()) == entry["sha256"]


def _work(tasks: Sequence[Task], options: BatchOptions) -> Iterator[list[dict[str, Any]]]:
    """The shards' rows, in order, from this process, a pool of processes, or a Ray cluster."""
    if options.ray:
        yield from _on_ray(tasks, options.ray)
    elif options.workers == 1:
        yield from map(translate_task, tasks)
    else:
        with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
            yield from pool.map(translate_task, tasks)


def _on_ray(tasks: Sequence[Task], address: str) -> Iterator[list[dict[str, Any]]]:
    try:
        import ray
    except ImportError:
        raise InputError(
            where="--ray", found="no package ray", expected="the extra ray", do="pip install 'setu[ray]'"
        ) from None
    try:
        ray.init(address=address, ignore_reinit_error=True, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InputError(
            where="--ray", found=f"no cluster at {address!r} ({error})", expected="the address of a running cluster",
            do="Start one with `ray start --head`, or use --ray local.",
        ) from None  # fmt: skip
    remote = ray.remote(translate_task)
    try:
        for reference in [remote.remote(task) for task in tasks]:
            yield ray.get(reference)
    finally:
        ray.shutdown()


def translate_task(task: Task) -> list[dict[str, Any]]:
    """Translate one shard; runs in a worker, which loads the engine once."""
    engine, base = _loaded(task.options.engine, task.options.model, task.options.glossary)
    items = [_item(name, text, direction=task.direction, base=base) for name, text in task.rows]
    done = translate_segments(items, engine, base)
    return [
        {"id": name, "source": text, "raw": item.raw, "target": item.target, "findings": item.findings}
        for (name, text), item in zip(task.rows, done, strict=True)
    ]


@cache
def _loaded(engine: str, model: str | None, glossary: tuple[Path, ...]) -> tuple[Any, termbase.TermBase]:
    return load_engine(engine, model=model), termbase.load(glossary or termbase.default_paths())


def _item(name: str, text: str, *, direction: Direction, base: termbase.TermBase) -> Item:
    """A row as a one-segment document: each row stands for itself, first mentions too."""
    document = Document(doc=name, path="", text=text, sha256="", language=source_language(direction))
    segment = Segment(f"{name}:0", name, 0, 1, 0, len(text), text, "sentence")
    return Item(segment, tuple(find_terms(document, [segment], base, direction)), direction)


def _encode(lines: Iterable[dict[str, Any]], kind: str) -> bytes:
    """A shard's bytes. Findings are JSON text in Parquet, whose columns are flat."""
    if kind == "jsonl":
        return "".join(to_json(line) + "\n" for line in lines).encode()
    arrow, sink = _pyarrow(), io.BytesIO()
    flat = [{**line, "findings": to_json(line["findings"])} for line in lines]
    arrow.parquet.write_table(arrow.Table.from_pylist(flat), sink)
    return sink.getvalue()
