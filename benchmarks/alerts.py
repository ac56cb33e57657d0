"""How soon alerts leave, with many endpoints of which one is bad: on a running live instance.

python -m benchmarks.alerts [--endpoints 100] [--alerts 60] [--every 0.5] [--bad hang] [--data DIR] [--json]

The instance has to allow private addresses (KIZASHI_ALERTS_PRIVATE_ADDRESSES=true). Endpoints are made for receivers
in a process of their own, all but one well. Events that are moments are sent at fixed times, each of an account of its
own, so that each makes an alert. Measured at the receivers: from the answer of ingest, and from when the condition was
written down (`recorded_at` of the alert's first step), until the webhook arrived. Endpoints are disabled afterwards.
"""

import argparse
import asyncio
import json
import statistics
import time
import uuid
from collections import Counter
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import psutil

from schemas.time import SECOND, parse_iso
from services.runtime.instance import Run, find_run
from services.runtime.scopes import Scope

MOMENT = "cancel_page_viewed"  # of the scorecard that is shipped
PATIENCE_SECONDS = 60.0  # for the last of them
KINDS = ("hang", "slow", "500", "redirect", "big", "none")

Arrival = tuple[str, str, float]  # endpoint, account, when

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
_BAD = {
    "500": b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\nno",
    "redirect": b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
    "big": b"HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n" + bytes(10_485_760),
}
_DRIP_SECONDS = 1.0


class Endpoint(asyncio.Protocol):
    """Takes a request at `/<endpoint>`, notes it, and answers well, or as the bad one does."""

    def __init__(self, bad: str, arrivals: list[Arrival]) -> None:
        self._bad = bad
        self._arrivals = arrivals
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the request is whole."""
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if not end or len(body) < length:
            return
        path = lines[0].split()[1].decode().removeprefix("/")
        account = json.loads(body[:length])["data"].get("account_id") or "?"
        self._arrivals.append((path, account, time.time()))
        self._read = b""
        self._answer(self._bad if path == "bad" else "none")

    def _answer(self, kind: str) -> None:
        if kind == "slow":
            asyncio.get_running_loop().call_later(_DRIP_SECONDS, self._drip, _OK)
        elif kind != "hang":
            self._transport.write(_BAD.get(kind, _OK))

    def _drip(self, rest: bytes) -> None:
        if rest and not self._transport.is_closing():
            self._transport.write(rest[:1])
            asyncio.get_running_loop().call_later(_DRIP_SECONDS, self._drip, rest[1:])


def receive(pipe: Connection, bad: str) -> None:
    """Receive until told to tell what arrived."""

    async def serve() -> None:
        arrivals: list[Arrival] = []
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Endpoint(bad, arrivals), "127.0.0.1", 0, backlog=1_024)
        pipe.send(server.sockets[0].getsockname()[1])
        while await asyncio.to_thread(pipe.recv):
            pipe.send(arrivals)

    asyncio.run(serve())


def main() -> None:
    """Measure, and print medians and tails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, default=100)
    parser.add_argument("--alerts", type=int, default=60)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two alerts")
    parser.add_argument("--bad", choices=KINDS, default="hang")
    parser.add_argument("--data", type=Path, default=Path(".kizashi"))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    run = find_run(arguments.data)
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=receive, args=(theirs, arguments.bad), daemon=True)
    process.start()
    try:
        row = measure(run, ours, arguments.endpoints, arguments.alerts, arguments.every)
    finally:
        process.kill()
    row = {"bench": f"alerts-{arguments.bad}", "system": "kizashi", "every_s": arguments.every, **row}
    print(json.dumps(row) if arguments.json else "  ".join(f"{name} {value}" for name, value in row.items()))


def measure(run: Run, pipe: Connection, endpoints: int, alerts: int, every: float) -> dict[str, Any]:
    """Make endpoints, send moments, and hold what arrived against when it was due."""
    url = f"http://127.0.0.1:{pipe.recv()}"
    api = httpx.Client(base_url=run.api_url, trust_env=False, timeout=30)
    admin = {"Authorization": f"Bearer {run.keys[Scope.ADMIN]}"}
    names = ["bad", *(f"good-{number}" for number in range(1, endpoints))]
    made = [_done(api.post("/v1/webhooks", json={"url": f"{url}/{name}"}, headers=admin))["id"] for name in names]
    process = psutil.Process(run.pids["alerts"])
    try:
        before = sum(process.cpu_times()[:2])
        acknowledged = send(run, alerts, every)
        arrivals = _await(pipe, acknowledged, endpoints - 1)
        used = sum(process.cpu_times()[:2]) - before
        recorded = {account: _recorded(api, run, account) for account in acknowledged}
    finally:
        for one in made:
            api.post(f"/v1/webhooks/{one}/disable", headers=admin)
    good = [(account, at) for name, account, at in arrivals if name != "bad"]
    times = Counter((name, account) for name, account, _ in arrivals if name != "bad")
    return {
        "endpoints": endpoints,
        "alerts": alerts,
        "delivered": len(good),
        "twice": len(good) - len(times),
        **quantiles("acknowledged", [at - acknowledged[account] for account, at in good]),
        **quantiles("recorded", [at - recorded[account] for account, at in good]),
        "cpu_ms_per_delivery": round(1_000 * used / len(good), 2),
    }


def send(run: Run, alerts: int, every: float) -> dict[str, float]:
    """Send moments when they are due; when each was acknowledged, by account."""
    headers = {"Authorization": f"Bearer {run.keys[Scope.INGEST]}"}
    with httpx.Client(base_url=run.ingest_url, headers=headers, trust_env=False) as ingest:
        acknowledged, began = {}, time.monotonic()
        for number in range(alerts):
            time.sleep(max(0.0, began + number * every - time.monotonic()))
            account = f"alerts-{uuid.uuid4()}"
            _done(ingest.post("/v1/events", json={"account_id": account, "event_name": MOMENT, "user_id": "u"}))
            acknowledged[account] = time.time()
    return acknowledged


def quantiles(name: str, seconds: list[float]) -> dict[str, float]:
    """Median, tail and maximum, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    marks = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(seconds)}
    return {f"{name}_{mark}_ms": round(value * 1_000) for mark, value in marks.items()}


def _await(pipe: Connection, acknowledged: dict[str, float], endpoints: int) -> list[Arrival]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        pipe.send("what arrived?")
        arrivals: list[Arrival] = [one for one in pipe.recv() if one[1] in acknowledged]
        there = {(name, account) for name, account, _ in arrivals if name != "bad"}
        if len(there) == len(acknowledged) * endpoints:
            return arrivals
        assert time.monotonic() < deadline, f"{len(there)} of {len(acknowledged) * endpoints} arrived"
        time.sleep(0.5)


def _recorded(api: httpx.Client, run: Run, account: str) -> float:
    headers = {"Authorization": f"Bearer {run.keys[Scope.READ]}"}
    (alert,) = _done(api.get("/v1/alerts", params={"account": account, "status": "any"}, headers=headers))["items"]
    steps = _done(api.get(f"/v1/alerts/{alert['id']}", headers=headers))["steps"]
    return parse_iso(steps[0]["recorded_at"]) / SECOND


def _done(answer: httpx.Response) -> Any:  # noqa: ANN401 - whatever JSON said
    return answer.raise_for_status().json()


if __name__ == "__main__":
    main()
