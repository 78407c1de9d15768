"""The review desk: the self-contained page of a run, the local web application and the report."""

from __future__ import annotations

__all__: list[str] = []
