"""The api on real parts: changes to project, an application with everything beside it, and keys to it.

- `write`   puts records into score-changes.v1, as scoring would
- `api`     the running application, as a client with a read key; `api.operate` has an operate key
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Never

import httpx
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.changes import Before, Cause, CauseKind, Contribution, Facts, ScoreChange, State, UnknownReason
from schemas.codec import encode
from schemas.topics import SCORE_CHANGES
from services.api.app import prepared
from services.api.settings import ApiSettings
from services.runtime.database import open_engine, transaction
from services.runtime.kafka import producer
from services.runtime.keys import make_key, store_key
from services.runtime.log import LogIdentity
from services.runtime.scopes import Scope
from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, PrivacySettings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONTRIBUTIONS = tuple(
    Contribution(signal=signal, value=9.0, points=points, limit=20.0, previous_points=1.0)
    for signal, points in (("recency", 12.5), ("silence", 20.25), ("level", 8.0), ("breadth", 1.25))
)

Write = Callable[[Iterable[ScoreChange | bytes]], Awaitable[None]]


def change(account_id: str, sequence: int = 1, **more: Any) -> ScoreChange:
    """A change of an account; the score is 42 points in watch unless told otherwise."""
    at = NOON + timedelta(minutes=sequence)
    usual = ScoreChange(
        id=f"log:0:{sequence}:{account_id}:0",
        account_id=account_id,
        sequence=sequence,
        at=at,
        known_at=at,
        cause=Cause(kind=CauseKind.TICK, partition=0, offset=sequence),
        score=42.0,
        band=State.WATCH,
        state=State.WATCH,
        reason=None,
        confidence=1.0,
        contributions=CONTRIBUTIONS,
        previous=Before(score=40.0, state=State.WATCH, at=NOON),
        facts=Facts(name=f"{account_id.title()} KK", segment="smb", owner="sato"),
        first_event_at=NOON - timedelta(days=90),
        last_event_at=NOON - timedelta(days=9),
        silence_deadline=NOON - timedelta(days=5),
        scorecard="1-0f343b09",
        engine=1,
    )
    return replace(usual, **more)


def unknown(account_id: str, reason: UnknownReason = UnknownReason.NEVER_SEEN, **more: Any) -> ScoreChange:
    """A change to no score."""
    nothing: dict[str, Any] = {"score": None, "band": None, "state": State.UNKNOWN, "contributions": ()}
    return change(account_id, reason=reason, **nothing, **more)


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Return once it holds; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what we wait for is in another process
            await asyncio.sleep(0.02)


@pytest.fixture
def settings(
    kafka: KafkaSettings,
    database: DatabaseSettings,
    log_identity: LogIdentity,  # noqa: ARG001 - the log has to be there
    tmp_path: Path,
) -> ApiSettings:
    instance = InstanceSettings(data=tmp_path, api_port=0)
    return ApiSettings(kafka=kafka, database=database, instance=instance, privacy=PrivacySettings())


@pytest.fixture
async def engine(settings: ApiSettings) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(settings.database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def write(settings: ApiSettings) -> AsyncIterator[Write]:
    async with producer(settings.kafka, "tests", linger_ms=5) as client:

        async def put(records: Iterable[ScoreChange | bytes]) -> None:
            sent = []
            for record in records:
                key, value = (
                    (b"?", record) if isinstance(record, bytes) else (record.account_id.encode(), encode(record))
                )
                sent.append(await client.send(SCORE_CHANGES.name, value, key))
            await asyncio.gather(*sent)

        yield put


@dataclass(frozen=True)
class RunningApi:
    """A client with a read key, and one with an operate key."""

    read: httpx.AsyncClient
    operate: httpx.AsyncClient

    async def get(self, path: str, expect: int = 200, **more: Any) -> httpx.Response:
        """The answer, which has the status that is expected."""
        answer = await self.read.get(path, **more)
        assert answer.status_code == expect, answer.text
        return answer

    async def is_ready(self) -> bool:
        """Whether every check says ok."""
        return bool((await self.read.get("/readyz")).status_code == httpx.codes.OK)

    async def served(self, account_id: str, sequence: int = 1) -> dict[str, Any]:
        """The account's detail, once that change is served."""
        found: dict[str, Any] = {}

        async def is_served() -> bool:
            answer = await self.read.get(f"/v1/accounts/{account_id}")
            found.update(answer.json())
            return answer.status_code == httpx.codes.OK and found["last_change"]["sequence"] >= sequence

        await eventually(is_served)
        return found


@pytest.fixture
async def api(settings: ApiSettings, engine: AsyncEngine) -> AsyncIterator[RunningApi]:
    texts = {}
    async with transaction(engine) as connection:
        for scope in (Scope.READ, Scope.OPERATE):
            texts[scope], key = make_key(scope, "tests")
            await store_key(connection, key)
    async with prepared(settings) as running:
        tasks = [asyncio.create_task(work()) for work in running.beside]
        transport = httpx.ASGITransport(running.app, raise_app_exceptions=False)

        def client(scope: Scope) -> httpx.AsyncClient:
            headers = {"Authorization": f"Bearer {texts[scope]}"}
            return httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers)

        async with client(Scope.READ) as read, client(Scope.OPERATE) as operate:
            api = RunningApi(read, operate)
            await eventually(api.is_ready)  # who is ended while connecting leaves half a connection behind
            yield api
        await end(tasks)


async def end(tasks: list[asyncio.Task[Never]]) -> None:
    """Cancel what runs beside an application, which must not have ended by itself."""
    failed = [task.exception() for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert failed == []


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 - our own tables
