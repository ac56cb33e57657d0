"""Writes the measured part of docs/performance.md, and its plots, from results.json: python -m benchmarks.report."""

from math import nan
from pathlib import Path

from benchmarks.plots import save
from benchmarks.results import BENCHES, FIGURES, SYSTEMS, Row, saved
from services.scoring.backtest.measures import Estimate
from services.scoring.backtest.plots import Axis, Mark, bars

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGINS, ENDS = "<!-- measured: begins -->\n", "<!-- measured: ends -->\n"
JOB = "keyed-state-output"


def main() -> None:
    """Write both."""
    rows = saved()
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    PAGE.write_text(f"{before}{BEGINS}{measured(rows)}{ENDS}{after}", encoding="utf-8")
    of_job = sorted((row for row in rows if row["bench"] == JOB), key=lambda row: row["cpu_us_per_event"])
    save("performance-cost", _plot("µs of processor time an event", of_job, "cpu_us_per_event"))
    save("performance-rate", _plot("events a second", of_job[::-1], "events_per_s"))


def measured(rows: list[Row]) -> str:
    """The tables: one for each benchmark, its systems in a fixed order."""
    told = []
    for bench, what in BENCHES.items():
        of_bench = {row["system"]: row for row in rows if row["bench"] == bench}
        if of_bench:
            told.append(f"### {bench}\n\n{what[0].upper()}{what[1:]}.\n\n{_table(of_bench)}\n")
    return "\n" + "\n".join(told) + "\n"


def _table(of_bench: dict[str, Row]) -> str:
    figures = [figure for figure in FIGURES if any(figure in row for row in of_bench.values())]
    ours = of_bench.get("kizashi", {}).get("cpu_us_per_event") if len(of_bench) > 1 else None
    heads = ["system", *(FIGURES[figure] for figure in figures), *(["times ours"] if ours else []), "measured"]
    lines = [heads, ["---"] * len(heads)]
    for system in SYSTEMS:
        if system in of_bench:
            row = of_bench[system]
            ratio = [f"{row['cpu_us_per_event'] / ours:.2f}"] if ours else []
            lines.append([system, *(_written(row.get(figure)) for figure in figures), *ratio, _when(row)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _when(row: Row) -> str:
    rounds = f", {row['rounds']} rounds" if "rounds" in row else ""
    return f"{row['at']}, load {row['load']}{rounds}"


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


def _plot(title: str, rows: list[Row], figure: str) -> str:
    highest = max((row[figure] for row in rows), default=1)
    marks = [
        Mark(row["system"], Estimate(row[figure], nan, nan), f"{row[figure]:,}", is_muted=row["system"] != "kizashi")
        for row in rows
    ]
    return bars(title, marks, Axis(0, highest, ((0, "0"), (highest, f"{highest:,}"))))


if __name__ == "__main__":
    main()
