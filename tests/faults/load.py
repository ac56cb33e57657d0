"""Events that arrive while things go wrong, each sent again until it is accepted."""

import random
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx

from tests.integration.conftest import Instance

Event = dict[str, Any]
Make = Callable[[random.Random, int], Event]


def plain(chance: random.Random, number: int) -> Event:
    """An event of one of 300 accounts, half of them of ten that never rest."""
    account = chance.randrange(10) if number % 2 else chance.randrange(300)
    return {
        "account_id": f"a{account}",
        "user_id": f"u{chance.randrange(5)}",
        "event_name": "used",
        "feature": f"f{chance.randrange(9)}",
        "message_id": f"m{number}",
    }


class Load:
    """Sends batches from a thread while it is entered; `accepted` counts items that ingest took."""

    def __init__(self, instance: Instance, chance: random.Random, make: Make = plain, a_second: int = 300) -> None:
        self.accepted = 0
        self.sent = 0
        self._instance = instance
        self._chance = random.Random(chance.random())
        self._make = make
        self._batch = max(1, a_second // 10)
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self._thread.join(120)

    def _send(self) -> None:
        run = self._instance.run
        headers = {"Authorization": f"Bearer {run['keys']['ingest']}"}
        with httpx.Client(base_url=run["ingest_url"], headers=headers, timeout=20) as client:
            while not self._enough.is_set():
                began = time.monotonic()
                batch = [self._make(self._chance, self.sent + n) for n in range(self._batch)]
                while (taken := _taken(client, batch)) is None:
                    time.sleep(0.2)
                self.sent += len(batch)
                self.accepted += taken
                self._enough.wait(max(0.0, 0.1 - (time.monotonic() - began)))


def _taken(client: httpx.Client, batch: list[Event]) -> int | None:
    """How many were accepted; None if there was no answer that says so, and all have to be sent again."""
    try:
        answer = client.post("/v1/events", json=batch)
    except httpx.TransportError:
        return None
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return None
    results: list[dict[str, Any]] = answer.json()["results"]
    return len([one for one in results if one["status"] == "accepted"])
