"""The core alone and the latency of a whole instance, into results.json: python -m benchmarks.product.

Runs benchmarks/core.py, and benchmarks/latency.py at two rates on an instance of its own, each as anybody can.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import results

RATES = (2_000, 10_000)
CORE = {"core: live, ticks of 250 ms": "core", "core: history, daily ticks": "core-history"}


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="of the core's")
    parser.add_argument("--accounts", type=int, default=50_000, help="of the core's")
    parser.add_argument("--seconds", type=int, default=30, help="of load, of the latency's")
    arguments = parser.parse_args()
    of_core = "--events", str(arguments.events), "--accounts", str(arguments.accounts)
    keep([_row_of_core(found) for found in _told("benchmarks.core", *of_core)])
    with tempfile.TemporaryDirectory(prefix="kizashi-benchmark-", ignore_cleanup_errors=True) as folder:
        data = str(Path(folder) / "data")
        with _instance(data):
            for rate in RATES:
                of_rate = "--rate", str(rate), "--seconds", str(arguments.seconds), "--data", data
                keep(row for rows in _told("benchmarks.latency", *of_rate) for row in rows)


def keep(rows: Iterator[results.Row] | list[results.Row]) -> None:
    """Print rows, and put them into results.json."""
    found = list(rows)
    for row in found:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    results.merge(found)


def _told(module: str, *arguments: str) -> Iterator[Any]:
    """What a benchmark says, a line of JSON at a time."""
    command = sys.executable, "-m", module, *arguments, "--json"
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    yield from (json.loads(line) for line in done.stdout.splitlines())


def _row_of_core(found: dict[str, Any]) -> results.Row:
    return {
        "bench": CORE[found["bench"]],
        "system": "kizashi",
        "cpu_us_per_event": found["cpu_us_per_event"],
        "events_per_s": found["events_per_cpu_s"],  # one core, nothing else
        "rss_mb": found["rss_mb"],
    }


@contextmanager
def _instance(data: str) -> Iterator[None]:
    """A `kizashi up` that nobody else uses."""
    ports = {f"KIZASHI_{name}_PORT": "0" for name in ("API", "INGEST", "SCORING", "ALERTS")}
    environment = {**os.environ, **ports, "KIZASHI_DATA": data}
    command = sys.executable, "-m", "services.cli"
    subprocess.run((*command, "up", "--detach"), env=environment, check=True)
    try:
        yield
    finally:
        subprocess.run((*command, "down"), env=environment, check=True)


if __name__ == "__main__":
    main()
