"""Geometry of the report's two plots; the template draws it as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Dot", "Plot", "Series", "dots", "history"]

_WIDTH, _LEFT, _RIGHT, _ROW = 720, 190, 80, 34


@dataclass(frozen=True, slots=True)
class Dot:
    """One figure with its interval, placed in pixels."""

    x: float
    y: float
    low: float
    high: float
    label: str
    text: str
    """The figure in words, for those who do not see the plot."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a plot over time."""

    name: str
    dots: tuple[Dot, ...]

    @property
    def path(self) -> str:
        """The points of an SVG polyline."""
        return " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in self.dots)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with its axis: `ticks` are (pixel, label)."""

    width: float
    height: float
    ticks: tuple[tuple[float, str], ...]
    series: tuple[Series, ...]
    marks: tuple[tuple[float, str], ...] = ()
    """Places of the other axis."""


Figure = tuple[str, float, float, float]
"""Label, value, lower and upper bound; 0 to 100."""


def _scale(figures: Sequence[Figure]) -> tuple[float, float]:
    """The tens that hold all figures and their intervals."""
    low = min(figure[2] for figure in figures)
    high = max(figure[3] for figure in figures)
    bottom, top = 10 * (low // 10), 10 * (high // 10 + 1)
    return max(0.0, bottom), min(100.0, max(top, bottom + 10))


def dots(figures: Sequence[Figure]) -> Plot | None:
    """One row a figure: a dot on its interval; None without figures."""
    if not figures:
        return None
    low, high = _scale(figures)
    span = _WIDTH - _LEFT - _RIGHT

    def x(value: float) -> float:
        return _LEFT + span * (value - low) / (high - low)

    placed = tuple(
        Dot(x(value), 20 + _ROW * row, x(lower), x(upper), label, f"{value:.1f} ({lower:.1f} to {upper:.1f})")
        for row, (label, value, lower, upper) in enumerate(figures)
    )
    step = max(1, round((high - low) / 5 / 5)) * 5
    ticks = tuple((x(value), str(value)) for value in range(int(low), int(high) + 1, step))
    return Plot(_WIDTH, 20 + _ROW * len(figures) + 20, ticks, (Series("", placed),))


def history(runs: Sequence[tuple[str, Sequence[Figure]]], *, height: float = 240) -> Plot | None:
    """Runs from left to right, one line a figure's label; None with fewer than two runs."""
    figures = [figure for _, found in runs for figure in found]
    if len(runs) < 2 or not figures:  # noqa: PLR2004 (a change needs two)
        return None
    low, high = _scale(figures)
    left, right, top, bottom = 46, 24, 16, 34

    def y(value: float) -> float:
        return top + (height - top - bottom) * (high - value) / (high - low)

    xs = [left + (_WIDTH - left - right) * at / (len(runs) - 1) for at in range(len(runs))]
    names = dict.fromkeys(figure[0] for figure in figures)
    lines = []
    for name in names:
        placed = [
            Dot(x, y(value), y(lower), y(upper), run, f"{value:.1f} ({lower:.1f} to {upper:.1f})")
            for x, (run, found) in zip(xs, runs, strict=True)
            for label, value, lower, upper in found
            if label == name
        ]
        lines.append(Series(name, tuple(placed)))
    step = max(1, round((high - low) / 4 / 5)) * 5
    ticks = tuple((y(value), str(value)) for value in range(int(low), int(high) + 1, step))
    return Plot(_WIDTH, height, ticks, tuple(lines), tuple(zip(xs, (run for run, _ in runs), strict=True)))
