"""Glossary YAML, read strictly: every fault has its line and column, and nothing is dropped in silence.

Nodes are composed, not constructed: a node knows its place in the file, an alias cannot blow up, and a plain
`no` or `1e3` stays visible as what YAML takes it for. The same rules stand in glossary/schema.json.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import regex
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pipeline.errors import GlossaryError, InputError
from pipeline.records import Severity, TermEntry, TermSide

__all__ = ["DIRECTIONS", "FIRST_MENTIONS", "KEYS", "TYPES", "Parsed", "Problem", "parse_bytes", "parse_file"]

TYPES: Final = ("acronym", "title", "organisation", "person", "place", "term", "do-not-translate")
DIRECTIONS: Final = ("both", "bn-en", "en-bn")
FIRST_MENTIONS: Final = ("term", "expand")
SIDE_KEYS: Final = ("term", "expansion", "variants")
LANGUAGES: Final = ("bn", "en")
KEYS: Final = (
    "id", "bn", "en", "type", "direction", "case_sensitive", "forbidden", "confusable_with", "cues", "first_mention",
    "note",
)  # fmt: skip
REQUIRED: Final = ("id", "bn", "en")
MAX_BYTES: Final = 32 * 1024 * 1024
_ID: Final = regex.compile(r"[a-z0-9][a-z0-9._-]*")
_DEEP: Final = regex.compile(r"(?:[\[{](?:\s|\w+:)*){20}")
_STR: Final = "tag:yaml.org,2002:str"
_BOOL: Final = "tag:yaml.org,2002:bool"
_ADVICE: Final = "Correct the line; glossary/schema.json lists what is allowed."


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a glossary, with its place; `line` and `column` count from 1, 0 when there is none."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    entry: str
    found: str
    expected: str
    do: str = _ADVICE

    @property
    def message(self) -> str:
        """What is wrong, what is expected and what to do, in one line."""
        return f"found {self.found}; expected {self.expected}. {self.do}"

    def error(self) -> GlossaryError:
        """The same fault as an exception."""
        where = f"{self.file}:{self.line}:{self.column}" + (f" (entry {self.entry})" if self.entry else "")
        return GlossaryError(where=where, found=self.found, expected=self.expected, do=self.do)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One glossary file: entries without errors, in file order, and every problem."""

    file: str
    sha256: str
    entries: tuple[TermEntry, ...]
    problems: tuple[Problem, ...]


def parse_file(path: Path) -> Parsed:
    """Read one glossary file.

    Raises:
        InputError: the file is missing, is no file, is too large or is not UTF-8.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        found = f"{error.strerror or error}"
        raise _unreadable(path, found, "a readable glossary file (YAML)") from error
    if size > MAX_BYTES:
        raise _unreadable(path, f"{size:,} bytes", f"at most {MAX_BYTES:,} bytes")
    return _parse_once(data, str(path))


@lru_cache(maxsize=32)
def _parse_once(data: bytes, file: str) -> Parsed:
    """Reading YAML takes a millisecond an entry: the same bytes are not read twice in one process."""
    return parse_bytes(data, file)


def _unreadable(path: Path, found: str, expected: str) -> InputError:
    return InputError(where=str(path), found=found, expected=expected, do="Check the path given with --glossary.")


def parse_bytes(data: bytes, file: str) -> Parsed:
    """Read the bytes of a glossary file; `file` is what messages call it.

    Raises:
        InputError: the bytes are not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            where=f"{file}, byte {error.start}",
            found=f"byte 0x{data[error.start]:02x}",
            expected="UTF-8 text",
            do="Save the glossary as UTF-8.",
        ) from error
    reader = _Reader(file)
    entries = tuple(reader.entries(text))
    return Parsed(file, hashlib.sha256(data).hexdigest(), entries, tuple(reader.problems))


class _Reader:
    """One file being read: its name and the problems so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.entry = ""
        self.problems: list[Problem] = []

    def problem(self, code: str, node: Node | None, found: str, expected: str, *, do: str = _ADVICE) -> None:
        """Note an error at a node."""
        line = node.start_mark.line + 1 if node else 1
        column = node.start_mark.column + 1 if node else 1
        self.problems.append(Problem(code, "error", self.file, line, column, self.entry, found, expected, do))

    def entries(self, text: str) -> Iterator[TermEntry]:
        """Entries without errors, in order."""
        root = self.compose(text)
        if root is None or (isinstance(root, ScalarNode) and root.value == ""):
            return
        if not isinstance(root, SequenceNode):
            self.problem("shape", root, _kind(root), "a list of entries, each beginning with `- id:`")
            return
        lines: dict[str, int] = {}
        for node in root.value:
            entry = self.read_entry(node)
            if entry is None:
                continue
            if entry.id in lines:
                self.duplicate(node, entry.id, lines[entry.id])
                continue
            lines[entry.id] = entry.line
            yield entry

    def duplicate(self, node: Node, name: str, first: int) -> None:
        """An id that stands twice in one file."""
        line = node.start_mark.line + 1
        self.problem(
            "duplicate-id",
            node,
            f"id {name} on line {line} and already on line {first}",
            "each id once in a file",
            do="Rename or merge one of the two entries.",
        )

    def compose(self, text: str) -> Node | None:
        """The document as nodes; None when it is empty or no YAML."""
        deep = _DEEP.search(text)
        if deep:  # the parser's time grows with the square of the depth
            self.syntax(*_place(text, deep.start()), "brackets nested too deep")
            return None
        try:
            return cast("Node | None", YAML(typ="safe", pure=True).compose(text))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.syntax(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, error.problem or "a fault")
        except YAMLError as error:
            line, column = _place(text, getattr(error, "position", 0))
            self.syntax(line, column, str(error).splitlines()[0])
        except RecursionError:
            self.syntax(1, 1, "brackets nested too deep")
        return None

    def syntax(self, line: int, column: int, found: str) -> None:
        """Text that is no YAML."""
        do = "Correct the line: most often a quotation mark, a bracket or the indentation is off."
        found = found.removeprefix("found ")  # the parser's word, which stands before it anyway
        self.problems.append(Problem("yaml", "error", self.file, line, column, "", found, "well-formed YAML", do))

    def read_entry(self, node: Node) -> TermEntry | None:
        """One entry, or None when it has an error."""
        before = len(self.problems)
        self.entry = _name(node)
        fields = self.mapping(node, KEYS, "an entry")
        if fields is None:
            return None
        self.entry = self.entry_id(fields.get("id"))
        for name in REQUIRED:
            if name not in fields:
                self.problem("missing-key", node, f"no {name}", f"an entry with {', '.join(REQUIRED)}")
        values = {name: _FIELDS[name](self, fields[name]) for name in fields if name != "id"}
        if len(self.problems) > before:
            return None
        values.setdefault("case_sensitive", values.get("type") == "acronym")
        return TermEntry(id=self.entry, file=self.file, line=node.start_mark.line + 1, **values)

    def mapping(self, node: Node, keys: tuple[str, ...], what: str) -> dict[str, Node] | None:
        """The values of a mapping by key; unknown and repeated keys are errors."""
        if not isinstance(node, MappingNode):
            self.problem("shape", node, _kind(node), f"{what} with the keys {', '.join(keys)}")
            return None
        found: dict[str, Node] = {}
        for name, value in node.value:
            word = name.value if isinstance(name, ScalarNode) else _kind(name)
            if word not in keys:
                self.problem("unknown-key", name, f"unknown key {word!r}", f"one of {', '.join(keys)}")
            elif word in found:
                self.problem("repeated-key", name, f"key {word} a second time", f"{word} once")
            else:
                found[word] = value if getattr(value, "value", None) != "" else _at_key(value, name)
        return found

    def entry_id(self, node: Node | None) -> str:
        """The id, or what stands there for messages."""
        if node is None:
            return ""
        text = node.value if isinstance(node, ScalarNode) else _kind(node)
        if not isinstance(node, ScalarNode) or not _ID.fullmatch(text):
            self.problem("id", node, f"id {text!r}", "small Latin letters, digits, dots and hyphens")
        return str(text)

    def string(self, node: Node) -> str:
        """Text that is not empty and has no white space around it."""
        if not isinstance(node, ScalarNode) or node.tag != _STR:
            found = (
                f"{node.value!r}, which YAML reads as {_kind(node)}" if isinstance(node, ScalarNode) else _kind(node)
            )
            self.problem("not-text", node, found, "text", do="Put quotation marks around it, if text is meant.")
            return ""
        text = str(node.value)
        if not text or text != text.strip():
            self.problem("blank", node, repr(text), "text without white space around it")
        if "\n" in text:
            self.problem("line-end", node, "a line end inside a term", "text on one line")
        return text

    def strings(self, node: Node) -> tuple[str, ...]:
        """A list of texts."""
        if not isinstance(node, SequenceNode):
            self.problem("not-list", node, _kind(node), "a list, such as [one, two]")
            return ()
        return tuple(self.string(item) for item in node.value)

    def side(self, node: Node) -> TermSide:
        """One language of an entry; a plain text is short for {term: text}."""
        if isinstance(node, ScalarNode):
            return TermSide(self.string(node))
        fields = self.mapping(node, SIDE_KEYS, "one language")
        if fields is None:
            return TermSide("")
        if "term" not in fields:
            self.problem("missing-key", node, "no term", f"{{term: …}}, and of {', '.join(SIDE_KEYS)} what you need")
            return TermSide("")
        expansion = self.string(fields["expansion"]) if "expansion" in fields else None
        variants = self.strings(fields["variants"]) if "variants" in fields else ()
        return TermSide(self.string(fields["term"]), expansion, variants)

    def by_language(self, node: Node) -> Mapping[str, tuple[str, ...]]:
        """Lists of texts by language."""
        fields = self.mapping(node, LANGUAGES, "lists by language")
        return {language: self.strings(value) for language, value in (fields or {}).items()}

    def note(self, node: Node) -> str:
        """Free text, which may be empty or have several lines."""
        if isinstance(node, ScalarNode) and node.tag == _STR:
            return str(node.value).strip()
        return self.string(node)

    def boolean(self, node: Node) -> bool:
        """The words true and false."""
        if not isinstance(node, ScalarNode) or node.tag != _BOOL:
            found = repr(node.value) if isinstance(node, ScalarNode) else _kind(node)
            self.problem("not-boolean", node, found, "true or false")
            return False
        return str(node.value).lower() == "true"

    def choice(self, node: Node, allowed: tuple[str, ...]) -> str:
        """One word of a list."""
        word = node.value if isinstance(node, ScalarNode) else _kind(node)
        if not isinstance(node, ScalarNode) or word not in allowed:
            self.problem("choice", node, repr(word), f"one of {', '.join(allowed)}")
        return str(word)


_FIELDS: Final[dict[str, Callable[[_Reader, Node], Any]]] = {
    "bn": _Reader.side,
    "en": _Reader.side,
    "type": lambda reader, node: reader.choice(node, TYPES),
    "direction": lambda reader, node: reader.choice(node, DIRECTIONS),
    "case_sensitive": _Reader.boolean,
    "forbidden": _Reader.by_language,
    "confusable_with": _Reader.strings,
    "cues": _Reader.by_language,
    "first_mention": lambda reader, node: reader.choice(node, FIRST_MENTIONS),
    "note": _Reader.note,
}


def _kind(node: Node) -> str:
    """What a node is, in words."""
    if isinstance(node, SequenceNode):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    tag = str(node.tag).rsplit(":", 1)[-1]
    return {"null": "nothing", "str": "text"}.get(tag, tag)


def _at_key(value: Node, name: Node) -> Node:
    """An empty value where its key stands: YAML places it at the beginning of the next line."""
    return ScalarNode(value.tag, "", start_mark=name.start_mark, end_mark=name.end_mark)


def _name(node: Node) -> str:
    """The id of an entry before it is judged, for messages."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((str(value.value) for name, value in pairs if name.value == "id" and isinstance(value, ScalarNode)), "")


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
