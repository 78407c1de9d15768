"""The report on a run for a desk head: one self-contained page of volume, progress, quality and weak places."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline.checks import CHECKS
from pipeline.review.assets import content_hash, environment, font_css, read_asset
from pipeline.review.backing import Backing
from pipeline.review.charts import Figure, Plot, dots, history
from pipeline.review.desk import Desk, read_run
from pipeline.review.serve import DATABASE, glossary_of
from pipeline.review.static import plain_score
from pipeline.review.store import Store
from pipeline.text import words

__all__ = ["Weak", "figure_of", "render_report", "runs_beside", "weakest"]

Row = Mapping[str, Any]
_NAMES = {"bn-en": "Bengali → English", "en-bn": "English → Bengali"}
_MOST_RUNS = 12


@dataclass(frozen=True, slots=True)
class Weak:
    """One of the segments that most need a look."""

    row: Row
    why: str
    weight: float


def render_report(folder: Path) -> str:
    """The whole report on a run, with the edits of its desk, as one string.

    Raises:
        InputError: it is no finished run, or its edits are damaged.
    """
    run = read_run(folder)
    store = Store.reading(folder / DATABASE, run=run.sha256)
    backing = Backing(glossary_of(run), None)
    try:
        desk = Desk(run, store, backing)
        page = _page(desk, runs_beside(folder))
    finally:
        store.close()
    style = "\n".join((font_css(), read_asset("base.css"), read_asset("report.css")))
    return environment().get_template("report.html.j2").render(
        **page,
        style=Markup(style),  # noqa: S704 (a file of this package, no user's text)
        style_hash=Markup(content_hash(style)),  # noqa: S704 (base64)
        plain=plain_score,
        names=_NAMES,
    )  # fmt: skip


def _page(desk: Desk, runs: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    scores = desk.run.scores.get("documents") or {}
    figures = [(doc, figure) for doc in scores if (figure := figure_of(doc, scores[doc])) is not None]
    overall = desk.run.scores.get("overall") or {}
    checks = Counter((f["check"], f.get("severity", "info")) for row in desk.rows for f in row["findings"])
    return {
        "manifest": desk.run.manifest,
        "progress": desk.progress(),
        "volume": _volume(desk),
        "documents": _documents(desk, scores),
        "overall": {way: score for way, score in overall.items() if score},
        "by_document": dots([figure for _, figure in figures]),
        "over_time": over_time(runs),
        "runs": runs,
        "checks": [(check, severity, _title(check), count) for (check, severity), count in checks.most_common()],
        "most": max(checks.values(), default=1),
        "weakest": weakest(desk.rows),
        "languages": {doc: (way[:2], way[-2:]) for doc, way in desk.directions.items()},
    }


def _title(check: str) -> str:
    return CHECKS[check].title if check in CHECKS else ""


def _volume(desk: Desk) -> dict[str, int]:
    """Words of the sources, and of what is approved."""
    counts = [len(words(row["source"], "en" if desk.direction(row) == "en-bn" else "bn")) for row in desk.rows]
    done = sum(count for count, row in zip(counts, desk.rows, strict=True) if row["status"] == "approved")
    return {"words": sum(counts), "approved": done}


def _documents(desk: Desk, scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**item, "score": scores.get(item["doc"]) or {}} for item in desk.documents()]


def figure_of(label: str, score: Mapping[str, Any] | None) -> Figure | None:
    """chrF++ with its 95 % interval; the interval is the point itself where none was computed."""
    chrf = (score or {}).get("chrf")
    if not chrf or chrf.get("score") is None:
        return None
    value, ci = float(chrf["score"]), chrf.get("ci")
    if isinstance(ci, (int, float)):
        return label, value, max(0.0, value - ci), min(100.0, value + ci)
    low, high = (float(bound) for bound in ci) if ci else (value, value)
    return label, value, low, high


def over_time(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> Plot | None:
    """chrF++ of each direction over the runs."""
    made = [
        (name, [f for way, score in scores.items() if (f := figure_of(_NAMES.get(way, way), score)) is not None])
        for name, scores in runs
    ]
    return history([item for item in made if item[1]])


def runs_beside(folder: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """Finished runs of the same documents in the same outputs folder, oldest first, as (run id, overall scores).

    Figures of other articles say nothing about a change; unreadable neighbours are left out.
    """
    own = _documents_of(folder)
    found = []
    for path in folder.resolve().parent.glob("*/manifest.json"):
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            scores = json.loads((path.parent / "scores.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if manifest.get("finished") and scores.get("overall") and _documents_of(path.parent) == own:
            found.append((manifest["finished"], path.parent.name, scores["overall"]))
    return [(name, overall) for _, name, overall in sorted(found, key=lambda item: item[:2])][-_MOST_RUNS:]


def _documents_of(folder: Path) -> frozenset[str]:
    """Content hashes of a run's sources; a run that cannot be read has none."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return frozenset(item["sha256"] for item in manifest["documents"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def weakest(rows: Sequence[Row], count: int = 10) -> list[Weak]:
    """The segments that most need a look: far from their reference, contested, with errors, not yet approved.

    The weight only orders the list. A reference speaks first (100 less chrF++, halved), then errors (25 each),
    open contests (15), warnings (8); an approved segment is never weak.
    """
    weighed = [_weigh(row) for row in rows if row["status"] != "approved"]
    return sorted((item for item in weighed if item.weight > 0), key=lambda item: -item.weight)[:count]


def _weigh(row: Row) -> Weak:
    reasons, weight = [], 0.0
    chrf = (row.get("scores") or {}).get("chrf")
    if chrf is not None:
        weight += (100 - chrf) / 2
        reasons.append(f"chrF++ {chrf:.1f}")
    severities = Counter(finding.get("severity") for finding in row["findings"])
    contested = sum(t.get("status") == "contested" and not t.get("chosen") for t in row["terms"])
    for number, one, many, worth in (
        (severities["error"], "error", "errors", 25),
        (contested, "contested acronym", "contested acronyms", 15),
        (severities["warning"], "warning", "warnings", 8),
    ):
        if number:
            weight += worth * number
            reasons.append(f"{number} {one if number == 1 else many}")
    return Weak(row, ", ".join(reasons), weight)
