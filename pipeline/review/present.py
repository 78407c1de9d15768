"""Segments of the open run as the JSON that the page draws."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipeline.review.desk import Desk
from pipeline.review.diff import word_diff
from pipeline.review.view import view_row

__all__ = ["segment_json"]


def segment_json(desk: Desk, number: int) -> dict[str, Any]:
    """One segment: its texts cut into marked runs, its notes, its differences, its state.

    Fields of aligned.jsonl keep their names; `runs` are `[text, term, finding, classes]`, `diffs` are
    `[op, text]` from raw to proposed and from proposed to edited.
    """
    row, made = desk.rows[number], desk.run.rows[number]
    view = view_row(row, number, desk.where, locate=desk.locate)
    raw = made.get("raw") or ""
    return {
        "id": row["id"],
        "doc": row["doc"],
        "number": number,
        "index": row.get("index", number),
        "kind": row.get("kind", "sentence"),
        "direction": desk.direction(row),
        "version": row["version"],
        "status": row["status"],
        "edited": row["edited"],
        "by": row["by"],
        "note": row["note"],
        "changed": row["changed"],
        "source": row["source"],
        "raw": raw,
        "proposed": made["target"],
        "target": row["target"],
        "reference": row.get("reference"),
        "tm": row.get("tm"),
        "scores": row.get("scores") or {},
        "terms": row["terms"],
        "changes": row.get("changes") or [],
        "findings": row["findings"],
        "runs": {
            "source": [[run.text, run.term, run.finding, run.classes] for run in view.source_runs],
            "target": [[run.text, run.term, run.finding, run.classes] for run in view.target_runs],
        },
        "notes": [asdict(note) for note in view.notes],
        "diffs": {
            "proposed": word_diff(raw, made["target"]) if raw and raw != made["target"] else [],
            "edited": word_diff(made["target"], row["target"]) if row["edited"] else [],
        },
    }
