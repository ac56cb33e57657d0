"""The core alone and the latency of a worker, into results.json.

python -m benchmarks.product [--only core|latency] [--rounds 3]

Runs benchmarks/core.py, and benchmarks/latency.py at two rates, each as anybody can. Medians of the rounds.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import results

RATES = (2_000, 10_000)
PARTS = ("core", "latency")
CORE = {"core: live, ticks of 250 ms": "core", "core: history, daily ticks": "core-history"}


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=1_000_000, help="of the core's")
    parser.add_argument("--accounts", type=int, default=25_000, help="of the core's")
    parser.add_argument("--seconds", type=int, default=15, help="of load, of the latency's")
    arguments = parser.parse_args()
    if "core" in arguments.only:
        of_core = "--events", str(arguments.events), "--accounts", str(arguments.accounts)
        keep(row_of_core(found) for _ in range(arguments.rounds) for found in told("benchmarks.core", *of_core))
    if "latency" in arguments.only:
        keep(_latencies(arguments.rounds, arguments.seconds))


def _latencies(rounds: int, seconds: int) -> Iterator[results.Row]:
    for rate in sorted(RATES * rounds):
        of_rate = "--rate", str(rate), "--seconds", str(seconds)
        yield from (row for rows in told("benchmarks.latency", *of_rate) for row in rows)


def keep(rows: Iterable[results.Row]) -> None:
    """Print what every round gave, and put the medians into results.json."""
    found = []
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        found.append(row)
    results.merge(results.medians(found))


def told(module: str, *arguments: str, sources: Path | None = None) -> Iterator[Any]:
    """What a benchmark says, a line of JSON at a time. `sources`: the folder it is run in, if not this one."""
    command = sys.executable, "-m", module, *arguments, "--json"
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=sources)
    yield from (json.loads(line) for line in done.stdout.splitlines() if line.startswith(("{", "[")))


def row_of_core(found: dict[str, Any]) -> results.Row:
    """What the core's benchmark says, as a row."""
    return {
        "bench": CORE[found["bench"]],
        "system": "kizashi",
        "cpu_us_per_event": found["cpu_us_per_event"],
        "events_per_s": found["events_per_cpu_s"],  # one core, nothing else
        "rss_mb": found["rss_mb"],
    }


if __name__ == "__main__":
    main()
