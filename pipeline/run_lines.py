"""The stages over single lines, for filters: each line is a small document, the stream remembers first mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.acronyms import judge
from pipeline.files import sha256_bytes, to_plain
from pipeline.records import Change, Direction, Document, Finding, Segment, TermMatch, Translation, source_language
from pipeline.run_rows import shift
from pipeline.segment import rejoin, segment
from pipeline.termbase import TermBase
from pipeline.terms import find_terms, settle_targets
from pipeline.translate import Item, TranslateOptions, Translator, translate_segments

__all__ = ["LineTranslator"]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line on its way."""

    document: Document
    segments: tuple[Segment, ...]
    matches: tuple[TermMatch, ...]
    findings: tuple[Finding, ...]


@dataclass
class LineTranslator:
    """An engine with a term base that takes lines in batches; what it has spelt out once it abbreviates after."""

    engine: Translator
    base: TermBase
    direction: Direction
    options: TranslateOptions = field(default_factory=TranslateOptions)
    _count: int = 0
    _named: set[str] = field(default_factory=set)

    def __call__(self, lines: Sequence[str]) -> list[dict[str, Any]]:
        """One object a line: source, raw, target, terms, changes, findings; offsets count in the line.

        Raises:
            EngineError: the engine fails.
        """
        prepared = [self._line(line) for line in lines]
        items = [item for line in prepared for item in self._items(line)]
        made = iter(translate_segments(items, self.engine, self.base, options=self.options))
        return [_row(line, [next(made) for _ in line.segments]) for line in prepared]

    def _line(self, text: str) -> _Line:
        self._count += 1
        document = Document(
            f"line-{self._count:07}", "-", text, sha256_bytes(text.encode()), source_language(self.direction)
        )
        segments = segment(document)
        found = find_terms(document, segments, self.base, self.direction)
        judged, findings = judge(document, segments, found, self.base)
        matches = settle_targets(document, segments, judged, self.base, direction=self.direction)
        return _Line(document, tuple(segments), tuple(self._settled(matches)), tuple(findings))

    def _settled(self, matches: Sequence[TermMatch]) -> Iterator[TermMatch]:
        """Only the first mention of the whole stream keeps its long form."""
        for match in matches:
            entry = self.base.entries.get(match.proposed)
            if entry and entry.first_mention == "expand" and match.proposed in self._named and "(" in match.target:
                side = entry.en if self.direction == "bn-en" else entry.bn
                yield replace(match, target=side.term)
            else:
                yield match
            self._named.add(match.proposed)

    def _items(self, line: _Line) -> list[Item]:
        return [Item(s, tuple(m for m in line.matches if m.segment == s.id), self.direction) for s in line.segments]


def _row(line: _Line, made: Sequence[Translation]) -> dict[str, Any]:
    """The pieces of one line put together in its own layout."""
    target = rejoin(line.document, {t.segment: t.target for t in made})
    findings = list(line.findings)
    changes: list[Change] = []
    at = 0
    for part, translation in zip(line.segments, made, strict=True):
        at = max(at, target.find(" ".join(translation.target.split()), at))
        findings += [_placed(shift(finding, part.start), at) for finding in translation.findings]
        changes += [replace(c, start=c.start + at, end=c.end + at) for c in translation.changes]
        at += len(translation.target)
    return {
        "source": line.document.text,
        "raw": rejoin(line.document, {t.segment: t.raw for t in made}),
        "target": target,
        "terms": to_plain(line.matches),
        "changes": to_plain(changes),
        "findings": to_plain(findings),
    }


def _placed(finding: Finding, by: int) -> Finding:
    """The finding with its target span moved to where its segment's translation stands in the line."""
    span = finding.target_span
    return replace(finding, target_span=(span[0] + by, span[1] + by)) if span else finding
