"""Writing entries into glossary YAML: only the new lines change, everything else stays byte for byte.

The edited text is read again before it is written; if it does not say what was meant, nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import regex

from pipeline.errors import GlossaryError
from pipeline.files import write_atomic
from pipeline.records import TermEntry, TermSide
from pipeline.termbase_yaml import FIRST_MENTIONS, parse_bytes, parse_file

__all__ = ["HEADER", "add_entries", "entry_yaml", "same"]

HEADER: Final = "# yaml-language-server: $schema=schema.json\n"
# Words that YAML reads as text without quotation marks, inside brackets too.
_PLAIN: Final = regex.compile(r"[\p{L}(][\p{L}\p{M}\p{Nd}\u200c\u200d .()/’'-]*")
_RESERVED: Final = regex.compile(r"(?i)true|false|null|yes|no|on|off|[.0-9e_+-]+")


def entry_yaml(entry: TermEntry, *, indent: str = "") -> str:
    """An entry as the YAML lines that stand in a glossary file, with a line end; defaults are left out."""
    lines = [f"{name}: {value}" for name, value in _lines(entry)]
    return "".join(f"{indent}{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def _lines(entry: TermEntry) -> Iterator[tuple[str, str]]:
    """Keys and flow values, in the order of the documentation."""
    yield "id", _scalar(entry.id)
    yield "bn", _side(entry.bn)
    yield "en", _side(entry.en)
    if entry.type != "term":
        yield "type", entry.type
    if entry.direction != "both":
        yield "direction", entry.direction
    if entry.case_sensitive != (entry.type == "acronym"):
        yield "case_sensitive", str(entry.case_sensitive).lower()
    for name, lists in (("forbidden", entry.forbidden), ("cues", entry.cues)):
        if any(lists.values()):
            yield name, "{" + ", ".join(f"{lang}: {_list(items)}" for lang, items in lists.items() if items) + "}"
    if entry.confusable_with:
        yield "confusable_with", _list(entry.confusable_with)
    if entry.first_mention != FIRST_MENTIONS[0]:
        yield "first_mention", entry.first_mention
    if entry.note:
        yield "note", _scalar(entry.note)


def _side(side: TermSide) -> str:
    """One language in flow style."""
    parts = [f"term: {_scalar(side.term)}"]
    if side.expansion:
        parts.append(f"expansion: {_scalar(side.expansion)}")
    if side.variants:
        parts.append(f"variants: {_list(side.variants)}")
    return "{" + ", ".join(parts) + "}"


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(map(_scalar, items)) + "]"


def _scalar(text: str) -> str:
    """Text as a YAML scalar: plain where it can be read in no other way, else in JSON's quotation marks."""
    if _PLAIN.fullmatch(text) and not _RESERVED.fullmatch(text) and not text.endswith(" "):
        return text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f").replace("\u2028", "\\u2028")


def add_entries(path: Path, entries: Sequence[TermEntry], *, taken: Mapping[str, TermEntry] | None = None) -> None:
    """Append entries to a glossary file, which is made when it is missing.

    Args:
        path: a glossary file.
        entries: what to add; their `file` and `line` do not matter.
        taken: entries of other files too, whose ids may not be used again.

    Raises:
        GlossaryError: an id is taken, the file has a fault, or it is written in a style that lines cannot be
            added to.
        InputError: the file cannot be read.
        OutputError: it cannot be written; it is then as it was.
    """
    data = path.read_bytes() if path.exists() else HEADER.encode()
    before = parse_file(path) if path.exists() else parse_bytes(data, str(path))
    if before.problems:
        raise before.problems[0].error()
    _refuse_taken(path, entries, {entry.id: entry for entry in before.entries} | dict(taken or {}))
    after = data + _appendix(data, entries, first=not before.entries)
    read = parse_bytes(after, str(path))
    meant = [*before.entries, *entries]
    if read.problems or not all(map(same, read.entries, meant)) or len(read.entries) != len(meant):
        raise GlossaryError(
            where=str(path),
            found="a style to which entries cannot be added line by line",
            expected="a block list, each entry beginning with `- id:`",
            do="Add the entry by hand, or name another file with --glossary FILE.",
        )
    write_atomic(path, after)


def _refuse_taken(path: Path, entries: Sequence[TermEntry], taken: Mapping[str, TermEntry]) -> None:
    """No id twice, in this file or in the others."""
    seen = dict(taken)
    for entry in entries:
        if entry.id in seen:
            old = seen[entry.id]
            raise GlossaryError(
                where=f"{path} (entry {entry.id})",
                found=f"an entry {entry.id} already" + (f" at {old.file}:{old.line}" if old.file else ""),
                expected="a new id",
                do="Choose another id, or edit that entry.",
            )
        seen[entry.id] = entry


def _appendix(data: bytes, entries: Sequence[TermEntry], *, first: bool) -> bytes:
    """What is added at the end: in the line ends and at the indentation of the file."""
    text = data.decode("utf-8-sig")
    newline = "\r\n" if "\r\n" in text else "\n"
    dash = None if first else regex.search(r"^([ ]*)- +(?:\w+|\"\w+\"|'\w+')\s*:", text, regex.MULTILINE)
    indent = dash[1] if dash else ""
    joint = "" if not text or text.endswith("\n") else newline
    added = "".join(entry_yaml(entry, indent=indent) for entry in entries)
    return (joint + added.replace("\n", newline)).encode()


def same(one: TermEntry, other: TermEntry) -> bool:
    """Whether two entries say the same, wherever they stand."""
    return _bare(one) == _bare(other)


def _bare(entry: TermEntry) -> TermEntry:
    """Without its place, and without lists that are empty."""
    return replace(entry, file="", line=0, forbidden=_filled(entry.forbidden), cues=_filled(entry.cues))


def _filled(lists: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {language: tuple(lists[language]) for language in ("bn", "en") if lists.get(language)}
