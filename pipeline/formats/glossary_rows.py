"""A glossary entry as flat fields, which CSV, TMX and TBX carry, and entries read back from them.

List fields hold several values. What a file says is judged by the rules of glossary YAML, so that nothing can be
imported that could not be written by hand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import regex

from pipeline.errors import InputError
from pipeline.records import TermEntry, TermSide
from pipeline.termbase_edit import entry_yaml
from pipeline.termbase_yaml import FIRST_MENTIONS, Problem, parse_bytes

__all__ = ["FIELDS", "LISTS", "Imported", "Row", "entries_of", "fields_of", "slug"]

FIELDS: Final = (
    "id", "bn", "bn_expansion", "bn_variants", "en", "en_expansion", "en_variants", "type", "direction",
    "case_sensitive", "forbidden_bn", "forbidden_en", "confusable_with", "cues_bn", "cues_en", "first_mention", "note",
)  # fmt: skip
LISTS: Final = frozenset(
    {"bn_variants", "en_variants", "forbidden_bn", "forbidden_en", "confusable_with", "cues_bn", "cues_en"}
)
_ADVICE: Final = "The row was not imported; correct it and import again."
_MENTIONS: Final = f"one of {', '.join(FIRST_MENTIONS)}"
Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row, translation unit or concept of a file."""

    line: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file gave: entries, rows that cannot be entries (each with its reason), and what was left out."""

    entries: tuple[TermEntry, ...]
    dropped: tuple[Problem, ...] = ()
    losses: tuple[str, ...] = field(default=())


def fields_of(entry: TermEntry) -> dict[str, str | tuple[str, ...]]:
    """The fields of an entry, in order; empty ones are "" or ()."""
    return {
        "id": entry.id,
        "bn": entry.bn.term,
        "bn_expansion": entry.bn.expansion or "",
        "bn_variants": entry.bn.variants,
        "en": entry.en.term,
        "en_expansion": entry.en.expansion or "",
        "en_variants": entry.en.variants,
        "type": entry.type,
        "direction": entry.direction,
        "case_sensitive": "true" if entry.case_sensitive else "false",
        "forbidden_bn": entry.forbidden.get("bn", ()),
        "forbidden_en": entry.forbidden.get("en", ()),
        "confusable_with": entry.confusable_with,
        "cues_bn": entry.cues.get("bn", ()),
        "cues_en": entry.cues.get("en", ()),
        "first_mention": entry.first_mention,
        "note": entry.note,
    }


def entries_of(rows: Iterable[Row], where: str, *, losses: Iterable[str] = ()) -> Imported:
    """Entries of a file's rows; ids that are missing are made from the English term.

    Raises:
        InputError: there are no rows at all.
    """
    entries: dict[str, TermEntry] = {}
    dropped: list[Problem] = []
    rows = list(rows)
    if not rows:
        raise InputError(where=where, found="no entries", expected="terms in bn and en", do="Check the file.")
    for row in rows:
        named = dict(row.fields)
        named["id"] = _text(named, "id") or _free_id(_text(named, "en"), entries)
        entry, problems = _entry(named, where, row.line)
        if entry is None:
            dropped += problems
        elif entry.id in entries:
            first = entries[entry.id].line
            dropped.append(_dropped(where, row.line, entry.id, f"id {entry.id} again, first on line {first}"))
        else:
            entries[entry.id] = entry
    return Imported(tuple(entries.values()), tuple(dropped), tuple(losses))


def _dropped(where: str, line: int, name: str, found: str) -> Problem:
    return Problem("dropped", "error", where, line, 1, name, found, "each id once", _ADVICE)


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else " ".join(value)


def _tuple(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.get(name, ())
    return (value,) if isinstance(value, str) and value else tuple(value)


def _by_language(fields: Fields, name: str) -> dict[str, tuple[str, ...]]:
    return {
        language: _tuple(fields, f"{name}_{language}") for language in ("bn", "en") if fields.get(f"{name}_{language}")
    }


def _entry(fields: Fields, where: str, line: int) -> tuple[TermEntry | None, list[Problem]]:
    """One entry, judged as YAML would be; or why it cannot be one."""
    kind = _text(fields, "type") or "term"
    case = _text(fields, "case_sensitive").lower()
    mention = _text(fields, "first_mention")
    if mention not in {"", *FIRST_MENTIONS}:
        found = f"first_mention {mention!r}"
        return None, [Problem("dropped", "error", where, line, 1, _text(fields, "id"), found, _MENTIONS, _ADVICE)]
    meant = TermEntry(
        id=_text(fields, "id"),
        bn=TermSide(_text(fields, "bn"), _text(fields, "bn_expansion") or None, _tuple(fields, "bn_variants")),
        en=TermSide(_text(fields, "en"), _text(fields, "en_expansion") or None, _tuple(fields, "en_variants")),
        type=kind,
        direction=_text(fields, "direction") or "both",
        case_sensitive=case in {"true", "yes", "1"} if case else kind == "acronym",
        forbidden=_by_language(fields, "forbidden"),
        confusable_with=_tuple(fields, "confusable_with"),
        cues=_by_language(fields, "cues"),
        first_mention="expand" if mention == "expand" else "term",
        note=_text(fields, "note"),
    )
    parsed = parse_bytes(entry_yaml(meant).encode(), where)
    if parsed.problems or not parsed.entries:
        return None, [_placed(problem, line) for problem in parsed.problems]
    return replace(parsed.entries[0], line=line), []


def _placed(problem: Problem, line: int) -> Problem:
    """A problem at the row of the file rather than in the YAML that was made of it."""
    return replace(problem, code="dropped", line=line, column=1, do=_ADVICE)


def slug(text: str) -> str:
    """An id made of a term: small Latin letters and digits with hyphens; empty when there are none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return regex.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _free_id(term: str, taken: Mapping[str, TermEntry]) -> str:
    """An id that is not taken."""
    base = slug(term) or "entry"
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
