"""A small desk for acronym tests: an invented term base, and the verdicts on a text."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.acronyms import JudgeOptions, judge
from pipeline.records import Document, Finding, Language, Segment, TermEntry, TermMatch, TermSide
from pipeline.segment import segment
from pipeline.termbase import TermBase, termbase_of
from pipeline.terms import find_terms

HERE = Path(__file__).parent


def side(fields: Mapping[str, Any]) -> TermSide:
    return TermSide(fields["term"], fields.get("expansion"), tuple(fields.get("variants", ())))


def entry(fields: Mapping[str, Any]) -> TermEntry:
    return TermEntry(
        fields["id"],
        side(fields["bn"]),
        side(fields["en"]),
        type=fields.get("type", "acronym"),
        case_sensitive=fields.get("type", "acronym") == "acronym",
        confusable_with=tuple(fields.get("confusable_with", ())),
        cues={language: tuple(cues) for language, cues in fields.get("cues", {}).items()},
    )


def invented() -> TermBase:
    return termbase_of(entry(fields) for fields in json.loads((HERE / "entries.json").read_text("utf-8")))


def verdicts(
    text: str, language: Language, termbase: TermBase, *, options: JudgeOptions | None = None
) -> tuple[Document, list[Segment], list[TermMatch], list[Finding]]:
    document = Document("a", "a.txt", text, "", language)
    segments = segment(document)
    found = find_terms(document, segments, termbase, "bn-en" if language == "bn" else "en-bn")
    return document, segments, *judge(document, segments, found, termbase, options=options)
