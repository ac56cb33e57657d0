"""Draws the plots of docs/scoring.md; stdin is what `kizashi backtest --study benchmarks/scores.yaml --json` says."""

import json
import sys
from math import nan
from pathlib import Path
from typing import Any

from services.scoring.backtest.measures import Estimate
from services.scoring.backtest.plots import Axis, Mark, bars, dots, shares

IMAGES = Path(__file__).parent.parent / "docs" / "images"
AUC = Axis(0.5, 0.8, tuple((tick / 20, f"{tick / 20:.2f}") for tick in range(10, 17)))
STYLE = """<style>text{font:13px system-ui,sans-serif;fill:#1b1f24} .tick{font-size:11px;fill:#57606a}
.grid{stroke:#d5dae0} .interval{stroke:#0b5cad;stroke-width:3;stroke-linecap:round;opacity:.55} .mark{fill:#0b5cad}
.bar{fill:#8db6e0} .whisker{stroke:#1b1f24;stroke-width:1.5} .muted text{fill:#57606a} .muted .mark{fill:#57606a}
.muted .interval{stroke:#57606a}</style><rect width="100%" height="100%" fill="#fff"/>"""
DAYS = ("18 Mar", "1 Apr", "15 Apr", "29 Apr", "13 May", "27 May", "10 Jun", "24 Jun")
RISKS = (21.1, 18.5, 18.3, 22.2, 47.5, 62.4, 64.1, 64.4)  # of the account whose story docs/scoring.md tells


def figure(told: dict[str, float | None]) -> Estimate:
    """A figure as JSON tells it."""
    return Estimate(*(nan if told[name] is None else told[name] for name in ("value", "low", "high")))  # type: ignore[arg-type] # floats


def save(name: str, svg: str) -> None:
    """An SVG of its own, on white."""
    head, rest = svg.split(">", 1)
    (IMAGES / f"{name}.svg").write_text(f'{head} xmlns="http://www.w3.org/2000/svg">{STYLE}{rest}\n', encoding="utf-8")


def ranking(report: dict[str, Any]) -> list[Mark]:
    """The card and the baselines of one history."""
    found = report["parts"][0]["rankings"]
    return [
        Mark(
            f"{report['name']}: {it['name']}",
            figure(it["auc"]),
            f"{it['auc']['value']:.3f}",
            is_muted="alone" in it["name"],
        )
        for it in found
    ]


def main() -> None:
    """Write the images."""
    study = json.load(sys.stdin)
    save("scoring-auc", dots("AUC by history", [mark for report in study["sets"] for mark in ranking(report)], AUC))
    for report in study["sets"]:
        tenths = report["cards"][0]["tenths"]
        marks = [Mark(f"tenth {it['name']}", figure(it["churn"]), f"{it['churn']['value']:.1%}") for it in tenths]
        highest = max(mark.figure.high for mark in marks)
        save(f"scoring-tenths-{report['name']}", bars(f"{report['name']}: churn by tenth", marks, shares(highest)))
    axis = Axis(0, 100, tuple((at, str(at)) for at in (0, 20, 45, 60, 80, 100)))
    story = [Mark(day, Estimate(risk, nan, nan), f"{risk:.1f}") for day, risk in zip(DAYS, RISKS, strict=True)]
    save("scoring-story", bars("One account's risk", story, axis))


if __name__ == "__main__":
    main()
