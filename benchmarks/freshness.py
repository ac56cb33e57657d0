"""How long it takes until an event shows: from the answer of ingest to `GET /v1/accounts/{id}`, on a running instance.

python -m benchmarks.freshness [--events 200] [--data DIR]

Each event is the first of an account of its own, so that its page appears with it. Polled every 5 ms.
"""

import argparse
import statistics
import time
import uuid
from pathlib import Path

import httpx

from services.runtime.instance import find_run
from services.runtime.scopes import Scope

POLL_SECONDS = 0.005
PAUSE_SECONDS = 0.1


def main() -> None:
    """Measure, and print medians and tails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--data", type=Path, default=Path(".kizashi"))
    arguments = parser.parse_args()
    run = find_run(arguments.data)
    ingest = httpx.Client(base_url=run.ingest_url, headers={"Authorization": f"Bearer {run.keys[Scope.INGEST]}"})
    api = httpx.Client(base_url=run.api_url, headers={"Authorization": f"Bearer {run.keys[Scope.READ]}"})
    waits = [_shown_after(ingest, api) for _ in range(arguments.events)]
    cuts = statistics.quantiles(waits, n=100)
    print(
        f"{arguments.events} events, answered to shown, ms: p50 {cuts[49]:.0f}  p95 {cuts[94]:.0f}  p99 {cuts[98]:.0f}"
    )


def _shown_after(ingest: httpx.Client, api: httpx.Client) -> float:
    time.sleep(PAUSE_SECONDS)
    account_id = f"freshness-{uuid.uuid4()}"
    ingest.post("/v1/events", json={"account_id": account_id, "event_name": "seen"}).raise_for_status()
    answered = time.perf_counter()
    while api.get(f"/v1/accounts/{account_id}").status_code != httpx.codes.OK:
        time.sleep(POLL_SECONDS)
    return (time.perf_counter() - answered) * 1_000


if __name__ == "__main__":
    main()
