"""The frozen records that stages hand to each other; they are all that stages share.

Offsets are half-open code points. Unless a field says otherwise they count from the start of the
decoded source text of the document (byte order mark removed, line ends as they stand in the file).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Candidate", "Change", "Direction", "Document", "EngineInfo", "Evidence", "Finding", "Hint", "Kind",
    "Language", "Link", "Reading", "Request", "Segment", "Severity", "TermEntry", "TermMatch", "TermSide",
    "Translation", "Unit", "source_language", "target_language",
]  # fmt: skip

Language = Literal["bn", "en"]
Direction = Literal["bn-en", "en-bn"]
Kind = Literal["sentence", "heading", "boilerplate", "quote"]
Severity = Literal["error", "warning", "info"]
Status = Literal["ok", "contested", "unknown"]
UnitStatus = Literal["draft", "approved", "rejected"]
Origin = Literal["approved", "draft", "mt"]


def source_language(direction: Direction) -> Language:
    """The language that a direction reads."""
    return "bn" if direction == "bn-en" else "en"


def target_language(direction: Direction) -> Language:
    """The language that a direction writes."""
    return "en" if direction == "bn-en" else "bn"


@dataclass(frozen=True, slots=True)
class Document:
    """One source text as it was read."""

    doc: str
    """Name within a run: the file name without its suffix, made unique."""
    path: str
    text: str
    sha256: str
    """Of the bytes in the file."""
    language: Language


@dataclass(frozen=True, slots=True)
class Segment:
    """The unit that is translated; `text == document.text[start:end]`, white space lies between segments."""

    id: str
    """`<doc>:<index>`, zero-padded index, unique within a run."""
    doc: str
    index: int
    line: int
    """Line of the document, from 1."""
    start: int
    end: int
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class TermSide:
    """One language of a glossary entry."""

    term: str
    expansion: str | None = None
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermEntry:
    """One validated glossary entry; `file` and `line` say where it was read."""

    id: str
    bn: TermSide
    en: TermSide
    type: str = "term"
    direction: str = "both"
    case_sensitive: bool = False
    forbidden: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confusable_with: tuple[str, ...] = ()
    cues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first_mention: Literal["expand", "term"] = "term"
    note: str = ""
    file: str = ""
    line: int = 0

    def side(self, language: Language) -> TermSide:
        """The side of this entry in a language."""
        return self.bn if language == "bn" else self.en


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation about an occurrence: a span of the source document and what it speaks for."""

    kind: str
    """expansion | cue | document | letters | confusable | translation."""
    start: int
    end: int
    text: str
    says: str
    """Glossary id that this observation supports."""
    strength: float = 1.0
    """Weight of the observation, above 0; comparable within one occurrence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One possible meaning of a contested acronym."""

    entry: str
    evidence: tuple[int, ...]
    """Indices into the match's evidence (the JSON field is called `for`)."""
    strength: float


@dataclass(frozen=True, slots=True)
class TermMatch:
    """One occurrence of a glossary term in a segment; `document.text[start:end] == surface + suffix part`.

    `start:end` covers the surface and the inflection; `surface` is the term as written without its suffix,
    `suffix` the inflection as written (hyphen and space kept), empty when bare.
    """

    segment: str
    start: int
    end: int
    surface: str
    suffix: str
    entry: str
    """Glossary id of the surface. A contested match's proposed id is `proposed`."""
    target: str
    """Required target form (of the proposed reading when contested)."""
    status: Status = "ok"
    evidence: tuple[Evidence, ...] = ()
    readings: tuple[Reading, ...] = ()
    proposed: str = ""
    """Glossary id of the reading that is proposed; equals `entry` unless contested."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A required target rendering of a span of a request's text (offsets into that text)."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Request:
    """One text to translate. `prefix` is target text that the output must begin with, exactly."""

    text: str
    direction: Direction
    prefix: str = ""
    hints: tuple[Hint, ...] = ()
    n_best: int = 1


@dataclass(frozen=True, slots=True)
class Link:
    """Where the model looked: a span of the candidate's text and the span of the request's text it came from."""

    target_start: int
    target_end: int
    source_start: int
    source_end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One output of an engine; `score` is the mean log-probability a token (natural log, ≤ 0), or None."""

    text: str
    score: float | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What stands in manifests and signatures, and what enforcement may ask of the engine."""

    name: str
    model: str
    sha256: str
    features: frozenset[str] = frozenset()
    """Of: prefix (target prefixes are obeyed), n_best, links (attention), score, hints (obeys `Request.hints`)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One recorded step from raw to target: `before` at `start` (offsets into the text before the step) → `after`."""

    rule: str
    entry: str
    glossary: str
    """Hash of the glossary that asked for it, or empty."""
    start: int
    end: int
    before: str
    after: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation of a check. Spans are offsets into the source and the target text given to the check."""

    check: str
    severity: Severity
    message: str
    source_span: tuple[int, int] | None = None
    target_span: tuple[int, int] | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Translation:
    """The proposed target of one segment, with every step from `raw` to `target` in `changes`."""

    segment: str
    raw: str
    target: str
    score: float | None = None
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A bilingual pair as interchange files and the translation memory hold it."""

    source: str
    target: str
    source_language: Language
    target_language: Language
    id: str = ""
    """Of the segment: `<doc>:<index>`; whatever a foreign file calls it; empty when it has no name."""
    doc: str = ""
    status: UnitStatus = "draft"
    origin: Origin = "draft"
    """Trust, best first: approved by a person, drafted by a person, machine translation nobody touched."""
    notes: tuple[str, ...] = ()
    """Notes of people, and findings as `[severity] check: message`."""
    previous: str = ""
    """Source text of the segment before, empty at the start of a document."""
    following: str = ""
    changed: str = ""
    """UTC, `YYYY-MM-DDTHH:MM:SSZ`, or empty."""
    props: Mapping[str, str] = field(default_factory=dict)
    """What else is known: kind, raw (the machine's text before enforcement) …"""

    @property
    def direction(self) -> Direction:
        """Direction of the pair."""
        return "bn-en" if self.source_language == "bn" else "en-bn"
