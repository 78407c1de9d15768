"""The model folder: manifest.json with version and hashes, arrays packed for the disk, word lists."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.engines.compact.attention import AttentionModel
from pipeline.engines.compact.decoder import Weights
from pipeline.engines.compact.encoder import SentenceEncoder
from pipeline.engines.compact.fusion import Fusion, FusionWeights
from pipeline.engines.compact.joint import JointModel
from pipeline.engines.compact.ngram import MODEL_BITS, PAD, NgramModel, Table, shorten
from pipeline.engines.compact.reorder import Orderer
from pipeline.engines.compact.smt import Phrasebook
from pipeline.engines.compact.spell import Speller
from pipeline.engines.compact.table import LONGEST, PhraseTable
from pipeline.errors import EngineError

__all__ = [
    "DEFAULT", "Loaded", "load_model", "load_packed", "read_manifest", "save_language", "save_manifest", "save_packed",
    "save_phrasebook",
]  # fmt: skip

DEFAULT = Path(__file__).parents[2] / "models" / "compact"
FORMAT = 3
DIRECTIONS = ("bn-en", "en-bn")
REORDER_RANGE = (-2.0, 0.0)
STEPS = 15
Bytes = npt.NDArray[np.uint8]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory: one phrasebook a direction, counts for the Bengali word splitter, and its manifest."""

    books: Mapping[str, Phrasebook]
    counts: Mapping[str, int]
    manifest: Mapping[str, Any]
    sha256: str
    encoder: SentenceEncoder | None = None
    """Gives the states that the orderers and the joint models of the phrasebooks read; None in a model without."""
    orderers: Mapping[str, Orderer] = field(default_factory=dict)
    """By source language."""


def _refuse(path: Path, found: str, expected: str) -> EngineError:
    return EngineError(where=str(path), found=found, expected=expected,
                       do="Reinstall Setu, or build the model with `setu train`.")  # fmt: skip


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, after checking that every file it names is there with its hash."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise _refuse(path, "no such file", "the manifest of a compact model")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        files, version = dict(manifest["files"]), manifest["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise _refuse(path, "a manifest that cannot be read", "JSON with `format` and `files`") from error
    if version != FORMAT:
        raise _refuse(path, f"format {version}", f"format {FORMAT}")
    for name, digest in files.items():
        found = (
            hashlib.sha256((folder / name).read_bytes()).hexdigest() if (folder / name).is_file() else "no such file"
        )
        if found != digest:
            raise _refuse(folder / name, found, f"sha256 {digest}")
    return manifest


def save_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest over all other files of the folder (the model card excepted)."""
    names = sorted(
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.suffix in {".npz", ".xz", ".bin", ".json"} and p.name != "manifest.json"
    )
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    text = json.dumps({"format": FORMAT, **facts, "files": files}, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")


def _planes(values: npt.NDArray[np.integer[Any]], size: int) -> Bytes:
    """Integers as byte planes, lowest first: planes compress far better than the integers."""
    wide = values.astype(np.uint64)
    return np.stack([(wide >> np.uint64(8 * k) & np.uint64(255)).astype(np.uint8) for k in range(size)])


def _whole(planes: Bytes) -> npt.NDArray[np.uint64]:
    out = np.zeros(planes.shape[1], np.uint64)
    for k, plane in enumerate(planes):
        out |= plane.astype(np.uint64) << np.uint64(8 * k)
    return out


def _save_keys(keys: npt.NDArray[np.uint64]) -> Bytes:
    gaps = np.diff(keys, prepend=np.uint64(0))
    return _planes(gaps, max(1, -(-int(gaps.max(initial=1)).bit_length() // 8)))


def _load_keys(planes: Bytes) -> npt.NDArray[np.uint64]:
    return np.cumsum(_whole(planes), dtype=np.uint64)


def save_packed(path: Path, **arrays: npt.NDArray[Any]) -> None:
    """Arrays, packed together: a tenth smaller than each on its own."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    path.write_bytes(lzma.compress(buffer.getvalue(), preset=9))


def load_packed(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of `save_packed`."""
    with np.load(io.BytesIO(lzma.decompress(path.read_bytes()))) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _save_words(path: Path, lines: Sequence[str]) -> None:
    path.write_bytes(lzma.compress("\n".join(lines).encode("utf-8"), preset=9))


def _load_words(path: Path) -> list[str]:
    return lzma.decompress(path.read_bytes()).decode("utf-8").split("\n")


def save_language(
    folder: Path,
    language: str,
    words: Sequence[str],
    grams: Mapping[int, tuple[npt.NDArray[np.uint64], Bytes]],
    unigrams: Bytes,
) -> None:
    """Words of a language by id, and its language model: per order the sorted keys with their values."""
    _save_words(folder / f"words.{language}.xz", words)
    arrays: dict[str, npt.NDArray[np.generic]] = {"unigrams": unigrams.T.copy(), "bits": np.array(MODEL_BITS)}
    for n, (whole, rows) in grams.items():
        keys, first = np.unique(shorten(whole, MODEL_BITS), return_index=True)
        values = rows[first]
        arrays[f"keys{n}"] = _save_keys(keys)
        arrays[f"values{n}"] = (values[:, :1] if n == max(grams) else values).T.copy()
    np.savez_compressed(folder / f"lm.{language}.npz", allow_pickle=False, **arrays)


def _load_lm(path: Path) -> NgramModel:
    arrays = np.load(path)
    orders = sorted(int(name[4:]) for name in arrays.files if name.startswith("keys"))
    bits = int(arrays["bits"])
    tables = {n: Table.build(_load_keys(arrays[f"keys{n}"]), arrays[f"values{n}"].T.copy(), bits=bits) for n in orders}
    return NgramModel(arrays["unigrams"].T.copy(), tables)


def save_phrasebook(folder: Path, direction: str, table: PhraseTable) -> None:
    """The phrase table of a direction; reordering scores are rounded to a fifteenth of their range, two in a byte."""
    length = table.length.astype(np.int64)
    inside = np.arange(table.words.shape[1]) < length[:, None]
    low, high = REORDER_RANGE
    moves = np.round((np.clip(table.reorder.astype(np.float32), low, high) - low) / (high - low) * STEPS)
    nibbles = moves.astype(np.uint8).T
    save_packed(
        folder / f"phrases.{direction}.npz.xz",
        keys=_save_keys(table.keys), counts=np.diff(table.first).astype(np.uint8), length=table.length,
        words=_planes(table.words[inside], 3), score=_planes(table.score.view(np.uint16), 2),
        reorder=nibbles[::2] | nibbles[1::2] << 4, alignment=_planes(table.alignment, 3),
    )  # fmt: skip


def _load_table(path: Path) -> PhraseTable:
    a = load_packed(path)
    length = a["length"]
    words = np.full((len(length), LONGEST[1]), PAD, np.int32)
    words[np.arange(LONGEST[1]) < length[:, None]] = _whole(a["words"]).astype(np.int32)
    low, high = REORDER_RANGE
    nibbles = np.stack([a["reorder"] & 15, a["reorder"] >> 4], 1).reshape(-1, len(length))
    moves = (nibbles.T.astype(np.float32) / STEPS * (high - low) + low).astype(np.float16)
    first = np.concatenate([[0], np.cumsum(a["counts"], dtype=np.uint32)]).astype(np.uint32)
    return PhraseTable(
        _load_keys(a["keys"]),
        first,
        words,
        length,
        _whole(a["score"]).astype(np.uint16).view(np.float16),
        moves,
        _whole(a["alignment"]).astype(np.uint32) | np.uint32(0xFF000000),
    )


def folded(words: Sequence[str]) -> dict[str, int]:
    """Ids of a vocabulary in lower case: in the order of the first word that folds to each form."""
    out: dict[str, int] = {}
    for word in words:
        out.setdefault(word.lower(), len(out))
    return out


class Books(Mapping[str, Phrasebook]):
    """The phrasebooks of a model by direction, each read when it is first asked for: most runs go one way."""

    def __init__(self, read: Callable[[str], Phrasebook]) -> None:
        """`read`: what makes the one of a direction."""
        self._read, self._lock = read, Lock()
        self._found: dict[str, Phrasebook] = {}

    def __getitem__(self, direction: str) -> Phrasebook:
        """Of a direction; two threads that ask at once get the same."""
        with self._lock:
            if direction in DIRECTIONS and direction not in self._found:
                self._found[direction] = self._read(direction)
            return self._found[direction]

    def __contains__(self, direction: object) -> bool:
        """Whether there is one, without reading it."""
        return direction in DIRECTIONS

    def __iter__(self) -> Iterator[str]:
        """The directions."""
        return iter(DIRECTIONS)

    def __len__(self) -> int:
        """Two."""
        return len(DIRECTIONS)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Whatever a damaged file does to its reader is one message."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise _refuse(
            folder, f"a model that cannot be read ({type(error).__name__}: {error})", "a compact model"
        ) from error


def load_model(folder: Path = DEFAULT, *, thorough: bool = False) -> Loaded:
    """Load a model folder; `thorough`: the attention models write longer sentences too, as the manifest says.

    Raises:
        EngineError: a file is missing, damaged or of another format; also later, from the phrasebooks.
    """
    manifest = read_manifest(folder)
    with _reading(folder):
        words = {language: _load_words(folder / f"words.{language}.xz") for language in ("bn", "en")}
        counts = dict(zip(*_load_counts(folder / "splits.xz"), strict=True))
        made = {language: _optional(folder / f"order.{language}.npz", Orderer) for language in ("bn", "en")}
        orderers = {language: orderer for language, orderer in made.items() if orderer}
        encoder = SentenceEncoder(folder / "encoder") if orderers else None
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    fusion: dict[str, dict[str, Any]] = {d: dict(manifest.get("fusion", {}).get(d, {})) for d in DIRECTIONS}
    for direction, more in manifest.get("thorough", {}).items() if thorough else ():
        fusion[direction] |= more
    books = Books(lambda direction: _load_book(folder, direction, manifest, words, fusion[direction]))
    return Loaded(books, counts, manifest, digest, encoder, orderers)


def _load_book(
    folder: Path, direction: str, manifest: Mapping[str, Any], words: Mapping[str, Sequence[str]],
    fusion: Mapping[str, Any],
) -> Phrasebook:  # fmt: skip
    source, target = direction.split("-")
    with _reading(folder):
        book = Phrasebook(
            folded(words["en"]) if source == "en" else {w: k for k, w in enumerate(words["bn"])},
            words[target],
            _load_table(folder / f"phrases.{direction}.npz.xz"),
            _load_lm(folder / f"lm.{target}.npz"),
            Weights(**manifest["weights"][direction]),
            fold=source == "en",
            spell=Speller(_load_letters(folder, direction, manifest), direction, words[target]),
            joint=_optional(folder / f"joint.{direction}.npz", JointModel),
        )
        path = folder / f"attention.{direction}.npz.xz"
        if path.is_file():
            book.writer = Fusion(AttentionModel(load_packed(path)), FusionWeights(**fusion), book)
    return book


def _optional(path: Path, make: Callable[[Mapping[str, npt.NDArray[Any]]], Made]) -> Made | None:
    """A network from its arrays, where the model has it."""
    if not path.is_file():
        return None
    with np.load(path) as arrays:
        return make({name: arrays[name] for name in arrays.files})


def _load_letters(folder: Path, direction: str, manifest: Mapping[str, Any]) -> Phrasebook:
    """The phrasebook over characters that spells unknown words."""
    source, target = direction.split("-")
    characters = {language: _load_words(folder / f"words.letters.{language}.xz") for language in (source, target)}
    table = _load_table(folder / f"phrases.letters.{direction}.npz.xz")
    weights = Weights(**manifest["weights"][f"letters.{direction}"])
    ids = {c: k for k, c in enumerate(characters[source])}
    return Phrasebook(
        ids, characters[target], table, _load_lm(folder / f"lm.letters.{target}.npz"), weights, fold=False
    )


def save_counts(folder: Path, counts: Mapping[str, int]) -> None:
    """The counts that decide where Bengali words are cut; forms seen less than three times decide nothing."""
    kept = sorted((form, n) for form, n in counts.items() if form and n >= 3)  # noqa: PLR2004 (the splitter's own threshold)
    _save_words(folder / "splits.xz", [*(form for form, _ in kept), "", *(str(n) for _, n in kept)])


def _load_counts(path: Path) -> tuple[list[str], list[int]]:
    lines = _load_words(path)
    middle = lines.index("")
    return lines[:middle], [int(n) for n in lines[middle + 1 :]]


def weights_json(weights: Weights) -> dict[str, float]:
    """Weights as they stand in the manifest."""
    return {name: round(float(value), 6) for name, value in asdict(weights).items()}
