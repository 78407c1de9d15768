"""review.html: one self-contained page of a run that opens from a file, offline, and asks for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.review.assets import content_hash, environment, font_css, read_asset
from pipeline.review.view import Locate, Note, RowView, Where, find_literally, view_row

__all__ = ["Page", "PageDocument", "make_page", "render_review"]

Row = Mapping[str, Any]
# field of a document's scores → heading of its column; lead metric first
_METRICS = {"chrf": "chrF++", "bleu": "BLEU", "ter": "TER"}
_KEPT = "terms kept"
_LANGUAGES = {"bn": "Bengali", "en": "English"}
_LONG = 400
# totals that even a narrow screen says → the name of one of them
_BRIEF = {"documents": "document", "contested": "contested", "errors": "error", "warnings": "warning"}
# fields that older runs or hand-made rows may lack
_BLANK: dict[str, Any] = {
    "kind": "sentence",
    "reference": None,
    "tm": None,
    "changes": (),
    "scores": {},
    "status": "draft",
}


@dataclass(frozen=True, slots=True)
class PageDocument:
    """One article as the page shows it."""

    name: str
    anchor: str
    direction: str
    rows: tuple[tuple[Row, RowView], ...]
    scores: Mapping[str, str]

    @property
    def source(self) -> str:
        """Language of the source text."""
        return self.direction[:2]

    @property
    def target(self) -> str:
        """Language of the translation."""
        return self.direction[-2:]

    @property
    def direction_name(self) -> str:
        """The direction in words."""
        return f"{_LANGUAGES[self.source]} → {_LANGUAGES[self.target]}"

    @property
    def terms(self) -> int:
        """Number of term occurrences."""
        return sum(len(row.get("terms") or ()) for row, _ in self.rows)

    @property
    def contested(self) -> int:
        """Number of contested acronyms."""
        return sum(term.get("status") == "contested" for row, _ in self.rows for term in row.get("terms") or ())

    @property
    def findings(self) -> int:
        """Number of findings."""
        return sum(len(row.get("findings") or ()) for row, _ in self.rows)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template says."""

    run_id: str
    about: tuple[tuple[str, str], ...]
    totals: tuple[tuple[str, str], ...]
    documents: tuple[PageDocument, ...]
    metrics: tuple[str, ...]
    checks: tuple[tuple[str, int], ...]
    statuses: tuple[str, ...]
    signature: str

    @property
    def brief(self) -> str:
        """The totals on one line, for screens that have no room for more; what is nought goes unsaid."""
        said = [(name, count) for name, count in self.totals if name in _BRIEF and count != "0"]
        return ", ".join(f"{count} {_BRIEF[name] if count == '1' else name}" for name, count in said) or "no documents"

    @property
    def long(self) -> bool:
        """Whether the page has so many rows that a browser should lay out only those in view."""
        return sum(len(doc.rows) for doc in self.documents) > _LONG


def render_review(
    rows: Sequence[Row],
    manifest: Mapping[str, Any],
    scores: Mapping[str, Any],
    *,
    locate: Locate = find_literally,
) -> str:
    """The whole page as one string; nothing in it loads anything, and its policy forbids that too.

    Args:
        rows: the objects of aligned.jsonl, in order.
        manifest: the object of manifest.json.
        scores: the object of scores.json; may be empty.
        locate: finds renderings of a term in a translation; `find_literally` needs no term base.
    """
    style = "\n".join((font_css(), read_asset("base.css"), read_asset("rows.css"), read_asset("static.css")))
    script = "\n".join((read_asset("key.js"), read_asset("static.js")))
    return environment().get_template("review.html.j2").render(
        page=make_page(rows, manifest, scores, locate=locate),
        style=Markup(style),  # noqa: S704 (a file of this package, no user's text)
        script=Markup(script),  # noqa: S704 (the same)
        style_hash=Markup(content_hash(style)),  # noqa: S704 (base64)
        script_hash=Markup(content_hash(script)),  # noqa: S704 (base64)
        dict_of=_by_id,
        has_chips=_has_chips,
        more_label=_more_label,
        plain_score=plain_score,
    )  # fmt: skip


def make_page(
    rows: Sequence[Row], manifest: Mapping[str, Any], scores: Mapping[str, Any], *, locate: Locate = find_literally
) -> Page:
    """Group rows by document and count what the head of the page says."""
    where = Where(rows)
    directions = {item["doc"]: item["direction"] for item in manifest.get("documents", ())}
    grouped: dict[str, list[tuple[Row, RowView]]] = {}
    for number, row in enumerate(rows):
        grouped.setdefault(row["doc"], []).append(({**_BLANK, **row}, view_row(row, number, where, locate=locate)))
    by_doc = scores.get("documents") or {}
    documents = tuple(
        PageDocument(
            name=doc,
            anchor=f"d{number}",
            direction=directions.get(doc, "bn-en"),
            rows=tuple(pairs),
            scores=_scores(by_doc.get(doc) or {}),
        )
        for number, (doc, pairs) in enumerate(grouped.items())
    )
    return Page(
        run_id=str(manifest.get("run_id", "run")),
        about=_about(manifest),
        totals=_totals(rows),
        documents=documents,
        metrics=tuple(label for label in (_KEPT, *_METRICS.values()) if any(label in doc.scores for doc in documents)),
        checks=tuple(Counter(f["check"] for row in rows for f in row.get("findings") or ()).most_common()),
        statuses=tuple(sorted({row.get("status") or "draft" for row in rows})),
        signature=str(manifest.get("signature") or ""),
    )


def plain_score(value: object) -> str:
    """A score as it is printed: one number with two digits, whatever object holds it."""
    number = value.get("score") if isinstance(value, Mapping) else value
    return f"{number:.2f}" if isinstance(number, (int, float)) else "–"


def _scores(score: Mapping[str, Any]) -> dict[str, str]:
    """The figures of a document by the heading of their column."""
    made = {label: plain_score(score[name]) for name, label in _METRICS.items() if score.get(name)}
    kept = (score.get("terms") or {}).get("success_rate")
    return made if kept is None else {_KEPT: f"{kept:.1f} %", **made}


def _about(manifest: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    engine, glossary = manifest.get("engine") or {}, manifest.get("glossary") or {}
    facts = (
        ("run", manifest.get("run_id")),
        ("finished", manifest.get("finished")),
        ("engine", engine.get("name")),
        ("model", engine.get("model")),
        ("glossary", str(glossary.get("sha256") or "")[:12]),
        ("Setu", manifest.get("setu_version")),
    )
    return tuple((name, str(value)) for name, value in facts if value)


def _totals(rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    severities = Counter(finding.get("severity", "info") for row in rows for finding in row.get("findings") or ())
    statuses = Counter(term.get("status", "ok") for row in rows for term in row.get("terms") or ())
    approved = sum(row.get("status") == "approved" for row in rows)
    return (
        ("documents", str(len({row["doc"] for row in rows}))),
        ("segments", str(len(rows))),
        ("terms", str(sum(statuses.values()))),
        ("contested", str(statuses["contested"] + statuses["unknown"])),
        ("errors", str(severities["error"])),
        ("warnings", str(severities["warning"])),
        ("notes", str(severities["info"])),
        ("approved", str(approved)),
    )


def _has_chips(row: Row, view: RowView) -> bool:
    """Whether anything stands in the line of chips under a segment."""
    return (row.get("status") or "draft") != "draft" or any(
        note.kind != "term" and not note.told for note in view.notes
    )


def _by_id(notes: Sequence[Note]) -> dict[str, Note]:
    return {note.id: note for note in notes}


def _more_label(row: Row, view: RowView) -> str:
    """What the fold under a segment holds."""
    parts = []
    if row.get("reference"):
        parts.append("reference")
    if view.diff:
        parts.append("changes")
    if row.get("tm"):
        parts.append("memory")
    return (", ".join(parts) or "scores").capitalize()
