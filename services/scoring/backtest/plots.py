"""Plots as SVG in a page's own colours: every mark has its words beside it, none speaks by colour alone."""

from collections.abc import Sequence
from html import escape
from math import isfinite
from typing import NamedTuple

from services.scoring.backtest.measures import Estimate

_WIDTH = 640
_NAME = 170  # where the axis begins: room for a name of 24 letters
_RIGHT = 90  # room for a figure after the last mark
_ROW = 30
_PLOT = _WIDTH - _NAME - _RIGHT


class Mark(NamedTuple):
    """A row of a plot: its name, its figure with the interval, how that is written, and whether it is set back."""

    name: str
    figure: Estimate
    written: str
    is_muted: bool = False


class Axis(NamedTuple):
    """From where to where a plot reaches, and the values that are written along it."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    zero: float | None = None  # a value that means no difference, or chance


def dots(title: str, marks: Sequence[Mark], axis: Axis) -> str:
    """Figures as dots on a line that is their interval, one below another."""
    rows = []
    for place, mark in enumerate(marks):
        y = 20 + place * _ROW
        kind = ' class="muted"' if mark.is_muted else ""
        rows.append(f"<g{kind}>{_text(_NAME - 12, y + 4, mark.name, 'end')}")
        if isfinite(mark.figure.low):
            low, high = _x(axis, mark.figure.low), _x(axis, mark.figure.high)
            rows.append(f'<line class="interval" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>')
        if isfinite(mark.figure.value):
            rows.append(f'<circle class="mark" cx="{_x(axis, mark.figure.value):.1f}" cy="{y}" r="5"/>')
        rows.append(f"{_text(_WIDTH - _RIGHT + 10, y + 4, mark.written)}</g>")
    return _framed(title, marks, axis, "".join(rows))


def bars(title: str, marks: Sequence[Mark], axis: Axis) -> str:
    """Figures as bars from the left edge, with their interval."""
    rows = []
    for place, mark in enumerate(marks):
        y = 20 + place * _ROW
        kind = ' class="muted"' if mark.is_muted else ""
        rows.append(f"<g{kind}>{_text(_NAME - 12, y + 4, mark.name, 'end')}")
        if isfinite(mark.figure.value):
            width = max(0.0, _x(axis, mark.figure.value) - _NAME)
            rows.append(f'<rect class="bar" x="{_NAME}" y="{y - 9}" width="{width:.1f}" height="18" rx="2"/>')
        if isfinite(mark.figure.low):
            low, high = _x(axis, mark.figure.low), _x(axis, mark.figure.high)
            rows.append(f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>')
        rows.append(f"{_text(_WIDTH - _RIGHT + 10, y + 4, mark.written)}</g>")
    return _framed(title, marks, axis, "".join(rows))


def shares(highest: float) -> Axis:
    """An axis of shares from 0 to what holds the highest one, with about five ticks."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25):
        if highest <= 5 * step:
            break
    else:
        step = 0.25
    ends = step * max(1, -(-highest // step))
    return Axis(0, ends, tuple((tick * step, f"{tick * step:.0%}") for tick in range(round(ends / step) + 1)))


def _framed(title: str, marks: Sequence[Mark], axis: Axis, rows: str) -> str:
    height = 20 + len(marks) * _ROW + 22
    bottom = height - 30
    words = "; ".join(f"{mark.name}: {mark.written}" for mark in marks)
    ticks = "".join(
        f'<line class="grid" x1="{_x(axis, value):.1f}" x2="{_x(axis, value):.1f}" y1="4" y2="{bottom}"/>'
        f"{_text(_x(axis, value), bottom + 18, written, 'middle', 'tick')}"
        for value, written in axis.ticks
    )
    zero = ""
    if axis.zero is not None:
        at = _x(axis, axis.zero)
        zero = f'<line class="zero" x1="{at:.1f}" x2="{at:.1f}" y1="4" y2="{bottom}"/>'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(f"{title}. {words}")}">'
        f"{ticks}{zero}{rows}</svg>"
    )


def _x(axis: Axis, value: float) -> float:
    inside = min(max(value, axis.low), axis.high)
    return _NAME + (inside - axis.low) / (axis.high - axis.low) * _PLOT


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{shown}>{escape(text)}</text>'
