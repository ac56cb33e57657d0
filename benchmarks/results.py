"""`benchmarks/results.json`: what was measured last, a row for each benchmark and system."""

import json
import platform
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(__file__).with_name("results.json")
SYSTEMS = ("kizashi", "kafka-streams", "floor", "bytewax", "quix", "faust")
BENCHES = {
    "keyed-state-output": "the reference job: keyed state with a changelog, an output for one event in nine",
    "keyed-state-output-cold": "the same, of the first million events of a fresh JVM",
    "latency-2000": "from an event's acknowledgement until its change can be read, at 2,000 events/s, default tick",
    "moment-2000": "the same for a moment event, which does not wait for a tick",
    "latency-10000": "as latency-2000, at 10,000 events/s",
    "moment-10000": "as moment-2000, at 10,000 events/s",
    "restore-1m": "from the start of a worker until it has read a changelog of 1,000,000 accounts",
    "memory-1m": "a worker that holds 1,000,000 accounts, under load",
    "rebalance-join": "the longest silence of a partition when a worker joins, 50,000 accounts",
    "rebalance-kill": "the same when a worker is killed, less than the session timeout included",
    "scoring-end-to-end": "the shipped scorecard through Kafka, ticks of 250 ms as recorded live",
    "scoring-history": "the same with daily ticks",
    "core": "the pure core, ticks of 250 ms",
    "core-history": "the same with daily ticks",
    "core-compiled": "the core compiled by mypyc, ticks of 250 ms",
    "core-history-compiled": "the same with daily ticks",
    "scoring-end-to-end-compiled": "as scoring-end-to-end, with the core compiled by mypyc",
    "scoring-history-compiled": "the same with daily ticks",
}
FIGURES = {
    "cpu_us_per_event": "µs of processor time an event",
    "events_per_s": "events/s",
    "p50_ms": "p50, ms",
    "p95_ms": "p95, ms",
    "p99_ms": "p99, ms",
    "rss_mb": "peak memory, MB",
    "seconds": "seconds",
}
Row = dict[str, Any]


def merge(rows: Iterable[Row], path: Path = RESULTS) -> None:
    """Put rows in the place of those of the same benchmark and system."""
    kept = {(row["bench"], row["system"]): row for row in saved(path)}
    kept |= {(row["bench"], row["system"]): {**circumstances(), **row} for row in rows}
    lines = ",\n".join(json.dumps(row) for _, row in sorted(kept.items()))
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def saved(path: Path = RESULTS) -> list[Row]:
    """What was measured last; nothing, if nothing ever was."""
    found: list[Row] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return found


def medians(rows: Iterable[Row]) -> list[Row]:
    """One row for each benchmark and system: the medians of its rounds' figures, and how many rounds there were."""
    rounds = defaultdict(list)
    for row in rows:
        rounds[row["bench"], row["system"]].append(row)
    return [
        {
            **several[0],
            **{
                figure: round(statistics.median(row[figure] for row in several), 2)
                for figure in FIGURES
                if figure in several[0]
            },
            "rounds": len(several),
        }
        for several in rounds.values()
    ]


def circumstances() -> Row:
    """Where and when: figures of different rows compare only where these do."""
    memory = round(psutil.virtual_memory().total / 2**30)
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "machine": f"{psutil.cpu_count()} cores, {memory} GiB, Python {platform.python_version()}",
        "load": round(psutil.getloadavg()[0], 1),  # of the last minute, our own included
    }


def objections(rows: Iterable[Row]) -> Iterator[str]:
    """What is wrong with rows, each as a sentence."""
    seen = set()
    for row in rows:
        name = f"{row.get('bench')} of {row.get('system')}"
        if row.get("bench") not in BENCHES or row.get("system") not in SYSTEMS:
            yield f"{name}: nobody knows this benchmark, or this system"
        if name in seen:
            yield f"{name} is there twice"
        seen.add(name)
        yield from (f"{name}{flaw}" for flaw in _flaws(row))


def _flaws(row: Row) -> Iterator[str]:
    figures = {figure: row[figure] for figure in FIGURES if figure in row}
    if not figures:
        yield " has no figure"
    for figure, value in figures.items():
        if not isinstance(value, int | float) or value <= 0:
            yield f": {figure} is {value!r}"
    for said in ("at", "machine", "load"):
        if said not in row:
            yield f" does not say its {said}"
