"""Alerts and PostgreSQL are killed while alerts are raised, to receivers of every kind: every alert at least once.

A short version, without whole instances, is in tests/integration/alerts/test_killed.py.
"""

import asyncio
import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse

from tests.faults.test_anything_killed import kill
from tests.faults.test_scoring_killed import verified
from tests.integration.alerts.conftest import Receiver, receiving
from tests.integration.conftest import Instance, StartInstance

GOOD = 20
KILLS, POSTGRES_KILLS, AWAY_SECONDS = 10, 5, 60
MOMENT = "cancel_page_viewed"


async def hang(_: Request) -> Response:
    await asyncio.sleep(3_600)
    return PlainTextResponse("at last")


async def fail(_: Request) -> Response:
    return PlainTextResponse("no", 500)


async def gone(_: Request) -> Response:
    return PlainTextResponse("gone", 410)


async def move(_: Request) -> Response:
    return RedirectResponse("/elsewhere")


async def drip(_: Request) -> Response:
    return StreamingResponse(_pieces(60, 1.0, b"."))


async def talk(_: Request) -> Response:
    return StreamingResponse(_pieces(160, 0.0, bytes(65_536)))


async def _pieces(count: int, pause: float, piece: bytes) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield piece
        await asyncio.sleep(pause)


BAD = {"hang": hang, "500": fail, "410": gone, "redirect": move, "slow": drip, "big": talk}


@pytest.mark.soak
async def test_every_alert_arrives_whatever_is_killed_and_whoever_receives(
    start_instance: StartInstance, seeded: random.Random
) -> None:
    instance = await asyncio.to_thread(start_instance, environment={"KIZASHI_ALERTS_PRIVATE_ADDRESSES": "true"})
    async with AsyncExitStack() as stack:
        good = [await stack.enter_async_context(receiving()) for _ in range(GOOD)]
        bad = {name: await stack.enter_async_context(receiving()) for name in BAD}
        for name, receiver in bad.items():
            receiver.answer = BAD[name]
        webhooks = {receiver.port: add_webhook(instance, receiver) for receiver in (*good, *bad.values())}
        async with raising(instance) as accepted:
            for _ in range(KILLS):
                await asyncio.sleep(seeded.uniform(1, 5))
                os.kill(instance.run["pids"]["alerts"], signal.SIGKILL)
                await ready(instance, 150)  # whoever crashes again and again is started again later and later
            for _ in range(POSTGRES_KILLS):
                await asyncio.sleep(seeded.uniform(1, 5))
                kill(instance, "postgres")
                await ready(instance, 150)
            await away(instance, AWAY_SECONDS)
            await ready(instance, 180)
        await until(lambda: all(len(told(receiver)) >= len(accepted) for receiver in good), 300, "all have heard")

        for receiver in good:
            assert set(told(receiver)) == accepted
            assert (receiver.forged, receiver.types.count("alert.opened")) == (0, len(receiver.types))
        ids = {(account, one) for receiver in good for account, one in named(receiver)}
        assert len(ids) == len(accepted)  # one id for each alert, whoever got it, however often
        disabled = {one["id"] for one in ask(instance, "GET", "/v1/webhooks")["items"] if one["disabled_at"]}
        assert disabled == {webhooks[bad["410"].port]}
        again = sum(count - 1 for receiver in good for count in Counter(receiver.ids).values())
        print(f"{len(accepted)} alerts, {sum(len(receiver.ids) for receiver in good)} deliveries, {again} twice")  # noqa: T201 - figures
    verdict = await asyncio.to_thread(verified, instance)
    assert verdict["conditions"] == len(accepted)


def told(receiver: Receiver) -> set[str]:
    """The accounts that a receiver has heard of."""
    return {message["data"]["account_id"] for message in receiver.messages}


def named(receiver: Receiver) -> list[tuple[str, str]]:
    """Each message's account and id."""
    return [(message["data"]["account_id"], one) for message, one in zip(receiver.messages, receiver.ids, strict=True)]


@asynccontextmanager
async def raising(instance: Instance) -> AsyncIterator[set[str]]:
    """Raise an alert of an account of its own every half second; yields the accounts whose event was accepted."""
    accepted: set[str] = set()
    enough = asyncio.Event()
    task = asyncio.create_task(_raise(instance.run, accepted, enough))
    try:
        yield accepted
    finally:
        enough.set()
        await task


async def _raise(run: dict[str, Any], accepted: set[str], enough: asyncio.Event) -> None:
    headers = {"Authorization": f"Bearer {run['keys']['ingest']}"}
    async with httpx.AsyncClient(base_url=run["ingest_url"], headers=headers, timeout=20) as client:
        for number in itertools.count():
            event = {"account_id": f"a{number}", "event_name": MOMENT, "message_id": f"m{number}", "user_id": "u"}
            while not await _is_accepted(client, event):  # noqa: ASYNC110 - what we wait for is another process
                await asyncio.sleep(0.1)
            accepted.add(f"a{number}")
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), 0.5)
            if enough.is_set():
                return


async def _is_accepted(client: httpx.AsyncClient, event: dict[str, str]) -> bool:
    try:
        return (await client.post("/v1/events", json=event)).status_code == httpx.codes.ACCEPTED
    except httpx.TransportError:
        return False


async def away(instance: Instance, seconds: float) -> None:
    """Keep PostgreSQL from coming back."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(Exception):  # it is not there, as it should be
            kill(instance, "postgres")
        await asyncio.sleep(0.2)


async def ready(instance: Instance, seconds: float) -> None:
    """Return once alerts say that they are ready."""

    def is_ready() -> bool:
        try:
            return httpx.get(f"{instance.run['alerts_url']}/readyz", timeout=6).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    await until(is_ready, seconds, "alerts are ready")


async def until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Return once it is so; fail after so long."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(is_so):  # receivers answer meanwhile
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.2)


def add_webhook(instance: Instance, receiver: Receiver) -> str:
    """Add a webhook for a receiver, which then knows its secret."""
    made = ask(instance, "POST", "/v1/webhooks", {"url": receiver.url})
    receiver.secret = made["secret"]
    return str(made["id"])


def ask(instance: Instance, method: str, path: str, body: object = None) -> dict[str, Any]:
    """An answer of the API."""
    run = instance.run
    headers = {"Authorization": f"Bearer {run['keys']['admin']}"}
    answer = httpx.request(method, f"{run['api_url']}{path}", json=body, headers=headers, timeout=30)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found
