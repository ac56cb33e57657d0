"""Alerts on real parts: conditions to hear, everything that runs, receivers to tell, and the routes.

- `hears`     puts conditions into alert-conditions.v1, as scoring would
- `says`      puts records into activity.v1
- `alerts`    the running service, and a client with keys to its routes
- `receiver`  an endpoint that checks signatures and answers as it is told
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from schemas.activity import Activity, Tick
from schemas.codec import encode
from schemas.conditions import Condition
from schemas.topics import ACTIVITY, ALERT_CONDITIONS
from services.alerts.process import prepared
from services.alerts.settings import AlertsBlock, AlertsSettings, MailBlock, SlackBlock
from services.api.app import prepared as prepared_api
from services.api.settings import ApiSettings
from services.cli.web import with_alerts
from services.runtime.database import open_engine, transaction
from services.runtime.kafka import producer
from services.runtime.keys import make_key, store_key
from services.runtime.log import LogIdentity
from services.runtime.scopes import Scope
from services.runtime.server import background_server
from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings

Hears = Callable[..., Awaitable[None]]


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
) -> AlertsSettings:
    return AlertsSettings(
        kafka=kafka,
        database=database,
        instance=InstanceSettings(data=tmp_path, api_port=0, alerts_port=0),
        alerts=AlertsBlock(private_addresses=True, settle_seconds=0.5, guard_seconds=10),
        mail=MailBlock(),
        slack=SlackBlock(),
    )


@pytest.fixture
async def engine(settings: AlertsSettings) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(settings.database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def hears(settings: AlertsSettings) -> AsyncIterator[Hears]:
    async with producer(settings.kafka, "tests", linger_ms=5) as client:

        async def put(*records: Condition | bytes) -> None:
            sent = []
            for record in records:
                key, value = (
                    (b"?", record) if isinstance(record, bytes) else (record.account_id.encode(), encode(record))
                )
                sent.append(await client.send(ALERT_CONDITIONS.name, value, key))
            await asyncio.gather(*sent)

        yield put


@pytest.fixture
async def says(settings: AlertsSettings) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    async with producer(settings.kafka, "tests", linger_ms=5) as client:

        async def put(records: Iterable[Activity]) -> None:
            everywhere = range(settings.kafka.partitions)
            sent = [
                await client.send(ACTIVITY.name, encode(record), key and key.encode(), partition=partition)
                for record in records
                for key in (getattr(record, "account_id", None),)
                for partition in (everywhere if isinstance(record, Tick) else (None,))
            ]
            await asyncio.gather(*sent)

        yield put


@dataclass
class Receiver:
    """An endpoint. `answer` makes its answers; `messages` are those whose signature was right."""

    port: int = 0
    secret: str | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)
    forged: int = 0
    answer: Callable[[Request], Awaitable[Response]] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.messages]

    async def take(self, request: Request) -> Response:
        body = await request.body()
        try:
            if self.secret is not None:
                Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.forged += 1
            return PlainTextResponse("forged", 400)
        self.messages.append(json.loads(body))
        self.ids.append(request.headers["webhook-id"])
        self.at.append(datetime.now(UTC))
        return await self.answer(request) if self.answer else PlainTextResponse("thanks")

    async def hears(self, count: int, seconds: float = 20) -> None:
        """Return once it has been told so many messages."""

        async def has_heard() -> bool:
            return len(self.messages) >= count

        await eventually(has_heard, seconds)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.take, methods=["POST", "GET"])])
    async with background_server(app, "127.0.0.1", 0) as receiver.port:
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@dataclass
class Running:
    """A client with every key, and the engine beside."""

    client: httpx.AsyncClient
    keys: dict[Scope, str]
    engine: AsyncEngine
    app: FastAPI

    async def ask(
        self, method: str, path: str, scope: Scope = Scope.READ, expect: int = 200, **more: Any
    ) -> dict[str, Any]:
        """The answer, which has the status that is expected."""
        headers = {"Authorization": f"Bearer {self.keys[scope]}"}
        answer = await self.client.request(method, path, headers=headers, **more)
        assert answer.status_code == expect, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    async def do(self, path: str, body: dict[str, Any] | None = None, expect: int = 200) -> dict[str, Any]:
        """What an operator does."""
        return await self.ask("POST", path, Scope.OPERATE, expect, json=body or {})

    async def alerts(self, **filters: Any) -> list[dict[str, Any]]:
        page = await self.ask("GET", "/v1/alerts", params={"status": "any", **filters})
        items: list[dict[str, Any]] = page["items"]
        return items

    async def alert(self, account: str = "acme", status: str | None = None) -> dict[str, Any]:
        """The newest alert of an account, once there is one (of that status)."""
        found: list[dict[str, Any]] = []

        async def is_there() -> bool:
            found[:] = [one for one in await self.alerts(account=account) if status in (None, one["status"])]
            return bool(found)

        await eventually(is_there)
        return found[0]

    async def all_delivered(self, alert_id: str) -> None:
        """Return once every message about an alert has been delivered."""

        async def is_done() -> bool:
            detail = await self.ask("GET", f"/v1/alerts/{alert_id}")
            return {one["state"] for one in detail["deliveries"]} == {"delivered"}

        await eventually(is_done)

    async def webhook(self, receiver: Receiver, **more: Any) -> str:
        """Add a webhook for a receiver, which then knows its secret."""
        made = await self.ask("POST", "/v1/webhooks", Scope.ADMIN, 201, json={"url": receiver.url, **more})
        receiver.secret = made["secret"]
        return str(made["id"])

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]


@asynccontextmanager
async def routes(settings: AlertsSettings, engine: AsyncEngine) -> AsyncIterator[Running]:
    """The routes, as the api mounts them."""
    keys = {}
    async with transaction(engine) as connection:
        for scope in Scope:
            keys[scope], key = make_key(scope, "tests")
            await store_key(connection, key)
    api = ApiSettings(kafka=settings.kafka, database=settings.database, instance=settings.instance)
    async with prepared_api(api, with_alerts(settings.alerts)) as running:
        tasks = [asyncio.create_task(work()) for work in running.beside]
        transport = httpx.ASGITransport(running.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:

            async def is_ready() -> bool:
                return bool((await client.get("/readyz")).status_code == httpx.codes.OK)

            await eventually(is_ready)
            yield Running(client, keys, engine, running.app)
        await end(tasks)


@asynccontextmanager
async def serving(settings: AlertsSettings) -> AsyncIterator[None]:
    """Everything of the alerts process, here."""
    async with prepared(settings) as service:
        tasks = [asyncio.create_task(work()) for work in service.work]

        async def is_ready() -> bool:
            return all([await check() is None for check in service.checks.values()])

        await eventually(is_ready)
        try:
            yield
        finally:
            await end(tasks)


async def end(tasks: list[asyncio.Task[Any]]) -> None:
    """Cancel what runs, which must not have ended by itself."""
    failed = [task.exception() for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert failed == []


@pytest.fixture
async def alerts(settings: AlertsSettings, engine: AsyncEngine) -> AsyncIterator[Running]:
    async with serving(settings), routes(settings, engine) as running:
        yield running
