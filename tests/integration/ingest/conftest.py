"""Ingest as a process on real Kafka and PostgreSQL.

- `key`     an ingest key of the source `web`
- `ingest`  one process, ready
- `start_ingest`  starts more of them: `start_ingest()`
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.codec import decode_activity
from schemas.topics import ACTIVITY
from services.ingest.dead_letters import newest
from services.runtime.database import open_engine, transaction
from services.runtime.embedded.ports import free_ports
from services.runtime.kafka import consumer
from services.runtime.keys import make_key, store_key
from services.runtime.log import LogIdentity
from services.runtime.scopes import Scope

SECONDS = 60  # on a machine that is busy with other things, too


@dataclass
class Ingest:
    """An ingest process that a test may kill and start again."""

    url: str
    key: str
    output: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def start(self) -> None:
        """Return when it is ready."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "services.ingest"), env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + SECONDS
        while not self._is_ready():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    def end(self, how: signal.Signals) -> None:
        """Return when it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(SECONDS)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False


@pytest.fixture
async def key(database) -> str:
    text, kept = make_key(Scope.INGEST, "web")
    engine = open_engine(database)
    async with transaction(engine) as connection:
        await store_key(connection, kept)
    await engine.dispose()
    return text


StartIngest = Callable[[], Ingest]


@pytest.fixture
def start_ingest(kafka, database, key: str, log_identity: LogIdentity, tmp_path: Path) -> Iterator[StartIngest]:
    assert log_identity.partitions == kafka.partitions
    numbers = count()

    def begin() -> Ingest:
        (port,) = free_ports(1)
        number = next(numbers)
        running = Ingest(
            url=f"http://127.0.0.1:{port}",
            key=key,
            output=tmp_path / f"ingest-{number}.log",
            environment={
                **os.environ,
                "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
                "KIZASHI_DATABASE_URL": database.url.get_secret_value(),
                "KIZASHI_INGEST_PORT": str(port),
                "KIZASHI_DATA": str(tmp_path / f"data-{number}"),
            },
        )
        ending.callback(end, running)
        running.start()
        return running

    def end(running: Ingest) -> None:
        running.end(signal.SIGTERM)
        assert running.process.returncode in (0, -signal.SIGKILL), running.output.read_text()

    with ExitStack() as ending:
        yield begin


@pytest.fixture
def ingest(start_ingest: StartIngest) -> Ingest:
    return start_ingest()


async def log_of(kafka, is_wanted: Callable[[Any], bool], count: int) -> list[tuple[int, Any]]:
    """The first `count` wanted records of the log, each with its partition."""
    found: list[tuple[int, Any]] = []
    async with consumer(kafka, "tests", ACTIVITY.name) as client, asyncio.timeout(SECONDS):
        while len(found) < count:
            for records in (await client.getmany(timeout_ms=200)).values():
                decoded = ((record.partition, decode_activity(record.value)) for record in records)
                found.extend(pair for pair in decoded if is_wanted(pair[1]))
    return found


async def letters(kafka, count: int) -> list[Any]:
    async with asyncio.timeout(SECONDS):
        while True:
            found = await newest(kafka, "tests", None, 1_000)
            if len(found) >= count:
                return found
            await asyncio.sleep(0.1)
