"""The pieces that a page is made of: figures, tables, tiles, and how numbers are written in them."""

from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite

from services.scoring.backtest.measures import Estimate


def figure(svg: str, caption: str) -> str:
    """A plot and what it shows."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def table(caption: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls sideways where it is too wide."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heading)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def tile(name: str, written: str) -> str:
    """A figure by itself, its interval below it."""
    figure, _, interval = written.partition(" ")
    return f'<div class="tile">{escape(name)}<b>{escape(figure)}</b><span class="quiet">{escape(interval)}</span></div>'


def auc(estimate: Estimate, sign: str = "") -> str:
    """An AUC with its interval; `sign` of a difference."""
    return _written(estimate, f"{sign}.3f")


def lift(estimate: Estimate, sign: str = "") -> str:
    """A lift with its interval; `sign` of a difference."""
    return _written(estimate, f"{sign}.2f")


def _written(estimate: Estimate, form: str) -> str:
    if not isfinite(estimate.value):
        return "-"
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def percent(estimate: Estimate) -> str:
    """A share in percent with its interval."""
    return _written(estimate, ".1%")


def share(value: float) -> str:
    """A share in percent."""
    return f"{value:.1%}" if isfinite(value) else "-"


def counted(number: int, one: str, many: str) -> str:
    """So many of something."""
    return f"{number} {one if number == 1 else many}"
