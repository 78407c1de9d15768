"""Reading, cleaning and weighting of the training text: sources.yaml says what, this module says how."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import regex
from ruamel.yaml import YAML

from pipeline.errors import InputError

__all__ = [
    "MANIFEST",
    "Pair",
    "Source",
    "Sources",
    "keep",
    "load_sources",
    "read_extra",
    "read_held_out",
    "read_held_out_pairs",
    "read_lines",
    "read_pairs",
    "read_romanised",
]

MANIFEST = Path(__file__).with_name("sources.yaml")
BENGALI = regex.compile(r"\p{Bengali}")
LATIN = regex.compile(r"\p{Latin}")
SHORT_WORDS = 8
"""Up to this many words a pair may have any length ratio (names and headings)."""
LONG_WORDS = 80


@dataclass(frozen=True, slots=True)
class Source:
    """How much pairs of one tag count, and whether their licence is clean."""

    weight: float
    licence: str
    clean: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """The manifest: files with their hashes, tags with weight and licence."""

    files: Mapping[str, str]
    tags: Mapping[str, Source] = field(default_factory=dict)
    held_out: tuple[str, ...] = ()
    """Files for tuning and evaluation; they are in `files` too, and never read as training text."""
    spelling: tuple[str, ...] = ()
    """Files of words and their romanisations."""

    def source(self, tag: str) -> Source:
        """The entry whose name is the longest start of a tag."""
        names = [name for name in self.tags if tag.startswith(name)]
        if not names:
            raise InputError(
                where="sources.yaml", found=f"no entry for the tag {tag!r}",
                expected="a tag or the start of one under `tags`", do="Add it with weight, licence and clean.",
            )  # fmt: skip
        return self.tags[max(names, key=len)]


@dataclass(frozen=True, slots=True)
class Pair:
    """One sentence pair with its weight."""

    bn: str
    en: str
    weight: float
    tag: str


def load_sources(path: Path = MANIFEST) -> Sources:
    """Read the manifest."""
    data = YAML(typ="safe").load(path.read_text("utf-8"))
    return Sources(files=dict(data["files"]), tags={name: Source(**entry) for name, entry in data["tags"].items()},
                   held_out=tuple(data["held_out"]), spelling=tuple(data["spelling"]))  # fmt: skip


def _open(folder: Path, name: str, sources: Sources) -> list[str]:
    path = folder / name
    if not path.is_file():
        raise InputError(where=str(path), found="no such file", expected="a corpus named in sources.yaml",
                         do="Give the folder that holds the corpora.")  # fmt: skip
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != sources.files[name]:
        raise InputError(where=str(path), found=f"sha256 {digest}", expected=sources.files[name],
                         do="Fetch the version named in sources.yaml, or update its hash there.")  # fmt: skip
    return lzma.decompress(data).decode("utf-8").splitlines()


def read_pairs(folder: Path, sources: Sources, *, clean_licences: bool = False) -> Iterator[Pair]:
    """All pairs of the TSV files that pass `keep`, each distinct pair once, in file order."""
    seen: set[tuple[str, str]] = set()
    for name in sources.files:
        if not name.endswith(".tsv.xz") or name in (*sources.held_out, *sources.spelling):
            continue
        for line in _open(folder, name, sources):
            tag, bn, en = line.split("\t")
            source = sources.source(tag)
            if (clean_licences and not source.clean) or (bn, en) in seen or not keep(bn, en):
                continue
            seen.add((bn, en))
            yield Pair(bn, en, source.weight, tag)


def read_extra(path: Path, sources: Sources) -> Iterator[Pair]:
    """Pairs of a TSV outside the manifest (mined or back-translated); tags take their weights from the manifest."""
    for line in path.read_text("utf-8").splitlines():
        tag, bn, en = line.split("\t")
        if keep(bn, en):
            yield Pair(bn, en, sources.source(tag).weight, tag)


def read_lines(folder: Path, sources: Sources, prefix: str) -> Iterator[str]:
    """All lines of the monolingual files whose name starts with a prefix."""
    for name in sources.files:
        if name.startswith(prefix):
            yield from _open(folder, name, sources)


def read_held_out(folder: Path, sources: Sources) -> set[str]:
    """Both sides of every held-out pair: no training text may be one of them."""
    return {side for name in sources.held_out for line in _open(folder, name, sources) for side in line.split("\t")[1:]}


def read_romanised(folder: Path, sources: Sources) -> Iterator[tuple[str, str]]:
    """(Bengali word, informal romanisation) of the spelling files."""
    for name in sources.spelling:
        for line in _open(folder, name, sources):
            _, bn, en = line.split("\t")
            yield bn, en


def read_held_out_pairs(folder: Path, sources: Sources, name: str) -> list[tuple[str, str]]:
    """The (Bengali, English) pairs of one held-out file."""
    rows = (line.split("\t") for line in _open(folder, name, sources))
    return [(bn, en) for _, bn, en in rows]


def keep(bn: str, en: str) -> bool:
    """Whether a pair looks parallel: the right scripts, a sane length and ratio of lengths."""
    words_bn, words_en = len(bn.split()), len(en.split())
    if not words_bn or not words_en or max(words_bn, words_en) > LONG_WORDS:
        return False
    letters_bn, letters_en = len(BENGALI.findall(bn)), len(LATIN.findall(en))
    if letters_bn < len(LATIN.findall(bn)) or letters_en < len(BENGALI.findall(en)) or not letters_bn or not letters_en:
        return False
    longest, shortest = max(letters_bn, letters_en), min(letters_bn, letters_en)
    return max(words_bn, words_en) <= SHORT_WORDS or longest <= 2.5 * shortest
