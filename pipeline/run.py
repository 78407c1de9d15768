"""The stages in order: read, segment, find terms, translate, check, score, write. Resumable at every batch.

A run lives in `<out>/<run-id>/`. Its name carries a digest of its recipe (inputs, glossary, engine, options,
version), so the same work always meets its own folder: finished work is not repeated, and interrupted work is
continued with `resume`. Translated batches wait in `<run>/.work/` until everything is written.
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import portalocker

from pipeline import __version__, termbase
from pipeline.acronyms import judge
from pipeline.engines import load_engine
from pipeline.errors import InputError, OutputError
from pipeline.files import find_documents, read_jsonl, sha256_bytes, write_atomic, write_jsonl
from pipeline.formats.documents import DOCUMENT_SUFFIXES, read_any
from pipeline.records import Direction, Document, EngineInfo, Segment, TermMatch, Translation, source_language
from pipeline.run_finish import Piece, finish, page_of, reference_path
from pipeline.run_memory import fingerprint_of, memory_path, recall, remembered
from pipeline.run_rows import document_json, translation_of
from pipeline.segment import segment
from pipeline.signature import fingerprint, format_signature
from pipeline.termbase import TermBase
from pipeline.terms import find_terms, settle_targets
from pipeline.translate import Item, Translator, translate_segments

__all__ = ["Options", "Result", "run"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may be told; the defaults are those of `setu run`."""

    paths: tuple[Path, ...] = (Path("seeds"),)
    out: Path = Path("outputs")
    glossary: tuple[Path, ...] = ()
    engine: str = "compact"
    model: str | None = None
    direction: Direction | None = None
    refs: Path | None = None
    memory: Path | None = None
    resume: bool = False
    force: bool = False
    batch: int = 16
    """Segments translated between two saves: an interruption loses at most this much work."""


@dataclass(frozen=True, slots=True)
class Result:
    """Where a run's files lie and what they say."""

    folder: Path
    manifest: dict[str, Any]
    rows: list[dict[str, Any]]
    scores: dict[str, Any]
    reused: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is known before the first sentence is translated."""

    options: Options
    base: TermBase
    engine: Translator
    recipe: dict[str, str]
    pieces: tuple[Piece, ...] = ()
    """The documents after stages 1 and 2."""

    @property
    def folder(self) -> Path:
        """`<out>/<name>-<digest>`."""
        paths = self.options.paths
        name = (paths[0].stem or paths[0].resolve().name) if len(paths) == 1 else f"{len(paths)}-inputs"
        return self.options.out / f"{name}-{fingerprint(self.recipe)}"


def run(options: Options, progress: Progress = lambda _done, _total: None) -> Result:
    """Run every stage over the documents.

    Raises:
        InputError: an input, option or reference cannot be used.
        GlossaryError: the glossary cannot be used.
        EngineError: the engine is missing or fails.
        OutputError: the output folder cannot be written or is in use by another run.
    """
    plan = prepare(options)
    with locked(plan.folder):
        done = None if options.force else finished(plan.folder)
        if done:
            return done
        work = plan.folder / ".work"
        if work.exists() and not options.resume:
            shutil.rmtree(work)
        write_manifest(plan.folder, manifest_of(plan, plan.pieces, done=False))
        pieces = list(translate_all(plan, work, progress))
        rows, scores = finish(plan.folder, pieces, base=plan.base, refs=references_folder(options))
        manifest = manifest_of(plan, pieces, done=True)
        write_atomic(plan.folder / "review.html", page_of(rows, manifest, scores, base=plan.base))
        write_manifest(plan.folder, manifest)  # last: what it calls finished is all there
        shutil.rmtree(work, ignore_errors=True)
    return Result(plan.folder, manifest, rows, scores, reused=False)


def prepare(options: Options) -> Plan:
    """Stages 1 and 2: every fault of inputs, glossary and engine shows before anything is written."""
    language = source_language(options.direction) if options.direction else None
    documents = name_apart(
        [
            read_any(path, language=language)
            for path in find_documents(options.paths, suffixes=sorted(DOCUMENT_SUFFIXES))
        ]
    )
    base = termbase.load(options.glossary or termbase.default_paths())
    engine = load_engine(options.engine, model=options.model)
    recipe = recipe_of(options, documents, base=base, info=engine.info)
    plan = Plan(options, base, engine, recipe)
    return replace(plan, pieces=tuple(analyse(document, plan) for document in documents))


def name_apart(documents: Sequence[Document]) -> tuple[Document, ...]:
    """Give documents of one name (from different folders) different names: outputs must not overwrite each other."""
    used: dict[str, int] = {}
    apart = []
    for document in documents:
        used[document.doc] = used.get(document.doc, 0) + 1
        count = used[document.doc]
        apart.append(replace(document, doc=f"{document.doc}-{count}") if count > 1 else document)
    return tuple(apart)


def recipe_of(options: Options, documents: Sequence[Document], *, base: TermBase, info: EngineInfo) -> dict[str, str]:
    """What decides the output, for the signature and the run's name."""
    inputs = "".join(f"{document.doc}\0{document.sha256}\0" for document in documents)
    refs = references_folder(options)
    found = sorted(refs.glob("*.txt")) if refs else []
    return {
        "setu": __version__,
        "engine": info.name,
        "model": f"{info.model}@{info.sha256[:12]}",
        "glossary": base.sha256[:12],
        "inputs": sha256_bytes(inputs.encode())[:12],
        "refs": sha256_bytes(b"".join(path.read_bytes() for path in found))[:12] if found else "none",
        "memory": fingerprint_of(memory_path(options.memory, options.out)),
        "direction": options.direction or "auto",
    }


def references_folder(options: Options) -> Path | None:
    """`--refs`, or the folder `references` beside the inputs.

    Raises:
        InputError: the folder given does not exist.
    """
    if options.refs:
        if not options.refs.is_dir():
            raise InputError(
                where=str(options.refs), found="no such folder", expected="a folder of <doc>.<language>.txt references",
                do="Check --refs.",
            )  # fmt: skip
        return options.refs
    first = options.paths[0]
    beside = (first if first.is_dir() else first.parent) / "references"
    return beside if beside.is_dir() else None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the run's folder and hold it; the system frees the lock when the process dies, even by kill -9."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = portalocker.Lock(folder / ".lock", mode="a", timeout=0)
        lock.acquire()
    except OSError as error:
        raise OutputError(
            where=str(folder), found=error.strerror or str(error), expected="a folder that can be written",
            do="Choose another folder with --out, or free the disk.",
        ) from error  # fmt: skip
    except portalocker.LockException as error:
        raise OutputError(
            where=str(folder), found="another run at work in it", expected="one run a folder",
            do="Wait for it to end, or stop it and use --resume.",
        ) from error  # fmt: skip
    try:
        yield
    finally:
        lock.release()
        (folder / ".lock").unlink(missing_ok=True)


def finished(folder: Path) -> Result | None:
    """The stored result when the manifest says that this recipe is done and its rows are whole."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        data = (folder / "aligned.jsonl").read_bytes()
        scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not manifest.get("finished") or manifest.get("aligned_sha256") != sha256_bytes(data):
        return None
    rows = [json.loads(line) for line in data.decode().splitlines()]
    return Result(folder, manifest, rows, scores, reused=True)


def translate_all(plan: Plan, work: Path, progress: Progress) -> Iterator[Piece]:
    """Stage 3 for every document, a batch at a time, each batch saved before the next begins."""
    total, done = sum(len(piece.segments) for piece in plan.pieces), 0
    for piece in plan.pieces:
        translations: list[Translation] = []
        for start in range(0, len(piece.segments), plan.options.batch):
            batch = piece.segments[start : start + plan.options.batch]
            translations += saved_or_new(
                plan, work / f"{piece.document.doc}.{start:06}.jsonl", piece=piece, batch=batch
            )
            done += len(batch)
            progress(done, total)
        yield replace(piece, translations=tuple(translations))


def analyse(document: Document, plan: Plan) -> Piece:
    """Stages 1 and 2 for one document: segments, term matches, acronym verdicts."""
    direction: Direction = "bn-en" if document.language == "bn" else "en-bn"
    segments = segment(document)
    found = find_terms(document, segments, plan.base, direction)
    judged, findings = judge(document, segments, found, plan.base)
    matches = settle_targets(document, segments, judged, plan.base, direction=direction)
    scored = reference_path(document, direction, references_folder(plan.options))
    memory = None if scored else memory_path(plan.options.memory, plan.options.out)
    recalled = recall(memory, segments, direction=direction, base=plan.base)
    return Piece(document, direction, tuple(segments), tuple(matches), tuple(findings), recalled=recalled)


def saved_or_new(plan: Plan, path: Path, *, piece: Piece, batch: Sequence[Segment]) -> list[Translation]:
    """A batch from an interrupted run, or translated now and saved."""
    saved = read_batch(path, batch)
    if saved is not None:
        return saved
    known = {seg.id: remembered(seg, piece.recalled) for seg in batch}
    items = [Item(seg, matches_of(seg, piece.matches), piece.direction) for seg in batch if not known[seg.id]]
    new = {item.segment: item for item in translate_segments(items, plan.engine, plan.base)}
    translations = [known[seg.id] or new[seg.id] for seg in batch]
    write_jsonl(path, translations)
    return translations


def matches_of(seg: Segment, matches: Sequence[TermMatch]) -> tuple[TermMatch, ...]:
    """The matches of one segment."""
    return tuple(match for match in matches if match.segment == seg.id)


def read_batch(path: Path, batch: Sequence[Segment]) -> list[Translation] | None:
    """A saved batch, if it is there; batches are written whole or not at all."""
    if not path.exists():
        return None
    translations = [translation_of(fields) for fields in read_jsonl(path)]
    return translations if [item.segment for item in translations] == [seg.id for seg in batch] else None


def manifest_of(plan: Plan, pieces: Sequence[Piece], *, done: bool) -> dict[str, Any]:
    """The object of manifest.json; `finished` and the hash of the rows stand in it only when all is written."""
    now, info = datetime.now(UTC).isoformat(timespec="seconds"), plan.engine.info
    status = "done" if done else "running"
    return {
        "run_id": plan.folder.name,
        "started": started(plan.folder) if done else now,
        "finished": now if done else None,
        "setu_version": __version__,
        "python": platform.python_version(),
        "engine": {"name": info.name, "model": info.model, "sha256": info.sha256},
        "glossary": {"files": [str(file) for file in plan.base.files], "sha256": plan.base.sha256},
        "options": {key: as_json(value) for key, value in asdict(plan.options).items()},
        "documents": [
            document_json(p.document, direction=p.direction, segments=len(p.segments), status=status) for p in pieces
        ],
        "signature": format_signature(plan.recipe),
        "aligned_sha256": sha256_bytes((plan.folder / "aligned.jsonl").read_bytes()) if done else None,
    }


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write manifest.json."""
    write_atomic(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


def started(folder: Path) -> str:
    """When the work in this folder began."""
    return str(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["started"])


def as_json(value: object) -> object:
    """Paths and tuples of an option as JSON values."""
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return str(value) if isinstance(value, Path) else value
