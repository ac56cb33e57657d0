"""How long reading takes: lists, one account, a feed, on a running instance with as many accounts as it has.

kizashi up --detach && kizashi simulate --accounts 10000 --duration 10s
python -m benchmarks.reads [--requests 500] [--at-once 1] [--data DIR]
"""

import argparse
import asyncio
import statistics
import time
from pathlib import Path

import httpx

from services.runtime.instance import find_run
from services.runtime.scopes import Scope

QUESTIONS = {
    "list, 50 riskiest": "/v1/accounts",
    "list, 200 riskiest": "/v1/accounts?limit=200",
    "list, a band": "/v1/accounts?band=watch",
    "list, part of a name": "/v1/accounts?q=apparel",
    "feed, 500 changes": "/v1/changes",
}


async def main() -> None:
    """Measure, and print medians and tails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(".kizashi"))
    arguments = parser.parse_args()
    run = find_run(arguments.data)
    headers = {"Authorization": f"Bearer {run.keys[Scope.READ]}"}
    async with httpx.AsyncClient(base_url=run.api_url, headers=headers, trust_env=False, timeout=30) as api:
        first = (await api.get("/v1/accounts?limit=1")).json()["items"][0]["id"]
        deep = (await api.get("/v1/accounts?limit=200")).json()["next_cursor"]
        questions = {
            **QUESTIONS,
            "one account": f"/v1/accounts/{first}",
            "its history": f"/v1/accounts/{first}/changes",
        }
        if deep:
            questions["list, a later page"] = f"/v1/accounts?cursor={deep}"
        for name, path in questions.items():
            begins = time.perf_counter()
            waits = await _waits(api, path, arguments.requests, arguments.at_once)
            rate = arguments.requests / (time.perf_counter() - begins)
            cuts = statistics.quantiles(waits, n=100)
            tails = "  ".join(f"p{part} {cuts[part - 1]:6.1f}" for part in (50, 95, 99))
            print(f"{name:22} ms: {tails}   {rate:6.0f} answers a second")


async def _waits(api: httpx.AsyncClient, path: str, requests: int, at_once: int) -> list[float]:
    waits: list[float] = []
    rest = iter(range(requests))

    async def ask() -> None:
        for _ in rest:
            begins = time.perf_counter()
            (await api.get(path)).raise_for_status()
            waits.append((time.perf_counter() - begins) * 1_000)

    await asyncio.gather(*(ask() for _ in range(at_once)))
    return waits


if __name__ == "__main__":
    asyncio.run(main())
