"""Processor and wall time of a worker, from its first event to its end, by the standard library alone: for every venv.

Each mark is a line of JSON on stdout: events so far; processor seconds, wall seconds and peak memory of the process.
"""

import json
import sys
import time
from pathlib import Path


def mark(events: int) -> None:
    """Say where this process is."""
    spent = time.process_time()  # of all threads
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    told = {"events": events, "cpu_s": spent, "wall_s": time.monotonic(), "rss_mb": peak_kb // 1024}
    print(json.dumps(told), file=sys.__stdout__, flush=True)


class Meter:
    """Counts events, and marks the first one."""

    def __init__(self, total: int) -> None:
        """`total`: events to come."""
        self.events = 0
        self._total = total

    def count(self, events: int = 1) -> bool:
        """So many more have been taken; whether these were the last."""
        if not self.events:
            mark(0)
        self.events += events
        return self.events == self._total

    def end(self) -> None:
        """What came out and what is kept has been delivered."""
        mark(self.events)
