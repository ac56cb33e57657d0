"""The core compiled by mypyc, as the image has it, beside the pure one: whether it gives the same, and what it costs.

python -m benchmarks.compiled [--rounds 3] [--events 1000000] [--accounts 25000]

A copy of the sources is compiled in a folder of its own (deploy/compile.py). A copy that gives other changes of the
golden log is not measured. The two take turns with the core alone; then the compiled one scores through Kafka.
Medians of the rounds go into results.json, of the compiled one only: `core` and `scoring` have the other's.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import results
from benchmarks.product import keep, row_of_core, told

SOURCES = Path(__file__).parent.parent
COPIED = ("benchmarks", "schemas", "scorecards", "services", "tests")
GOLDEN = "tests/golden/changes.sha256"


def main() -> None:
    """Compile, compare and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=25_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kizashi-compiled-") as folder:
        made = compiled(Path(folder))
        keep(row for _ in range(arguments.rounds) for row in _round(made, arguments.events, arguments.accounts))


def compiled(folder: Path) -> Path:
    """A compiled copy, in a folder. Raises CalledProcessError, SystemExit where it gives other changes."""
    for name in COPIED:
        shutil.copytree(SOURCES / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    program = sys.executable, str(SOURCES / "deploy" / "compile.py"), str(folder)
    subprocess.run(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    golden = sys.executable, "-m", "tests.services.scoring.core.golden"
    found = subprocess.run(golden, cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout
    if found.split() != (SOURCES / GOLDEN).read_text(encoding="utf-8").split():
        sys.exit("the compiled core gives other changes of the golden log")
    return folder


def _round(made: Path, events: int, accounts: int) -> Iterator[results.Row]:
    size = "--events", str(events), "--accounts", str(accounts)
    for found in told("benchmarks.core", *size):
        print("pure", found["bench"], found["cpu_us_per_event"], flush=True)
    rows = [row_of_core(found) for found in told("benchmarks.core", *size, sources=made)]
    rows += told("benchmarks.scoring", *size, sources=made)
    yield from ({**row, "bench": f"{row['bench']}-compiled"} for row in rows)


if __name__ == "__main__":
    main()
