"""Long texts go to an engine in parts; their candidates come back as one."""

from __future__ import annotations

from pipeline.records import Candidate, Link

__all__ = ["joined"]


def joined(left: Candidate, right: Candidate, *, by: int) -> Candidate:
    """Two candidates as one; the right one's source begins at `by`. The score stays the left one's."""
    text = f"{left.text} {right.text}".strip()
    at = len(text) - len(right.text)
    moved = [
        Link(k.target_start + at, k.target_end + at, k.source_start + by, k.source_end + by, k.weight)
        for k in right.links
    ]
    return Candidate(text, left.score, (*left.links, *moved))
