"""The process killed again and again: every alert once, every message at least once with one id, nothing forgotten."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from schemas.conditions import Severity, Status
from tests.integration.alerts.conftest import eventually, routes, serving
from tests.services.alerts.core.lives import condition

ACCOUNTS = 80


@pytest.fixture
def begin(settings) -> Callable[[], subprocess.Popen[bytes]]:
    """Starts the process."""
    environment = {
        **os.environ,
        "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "KIZASHI_DATABASE_URL": settings.database.url.get_secret_value(),
        "KIZASHI_ALERTS_PORT": "0",
        "KIZASHI_ALERTS_PRIVATE_ADDRESSES": "true",
        "KIZASHI_ALERTS_SETTLE_SECONDS": "0.1",
    }
    return lambda: subprocess.Popen((sys.executable, "-m", "services.alerts"), env=environment)


def lives():
    """Every account goes quiet, gets worse, and half of them come back."""
    for number in range(ACCOUNTS):
        account = {"account_id": f"a{number}"}
        yield condition(Status.OPENED, 0, id=f"log:0:1:a{number}:0:quiet", **account)
        worse = {"severity": Severity.CRITICAL, "value": 9.0}
        yield condition(Status.WORSENED, 1, id=f"log:0:2:a{number}:0:quiet", **worse, **account)
        if number % 2:
            yield condition(Status.CLOSED, 2, id=f"log:0:3:a{number}:0:quiet", **account)


async def test_killed_again_and_again_no_alert_is_lost_or_doubled(settings, engine, hears, receiver, begin):
    chance = random.Random(7)
    async with routes(settings, engine) as alerts:
        await alerts.webhook(receiver)
        writing = asyncio.create_task(hears(*lives()))
        process = begin()
        try:
            for _ in range(3):  # in full: tests/faults/test_alerts_killed.py
                heard = len(receiver.messages)

                async def goes_on(heard: int = heard) -> bool:
                    return len(receiver.messages) > heard

                await eventually(goes_on, 60)
                await asyncio.sleep(chance.uniform(0.0, 0.3))
                process.send_signal(signal.SIGKILL)
                process.wait()
                await outlive_leases(engine)
                process = begin()
            await writing

            async def is_done() -> bool:
                waiting = await alerts.rows("SELECT count(*) FROM messages WHERE sealed_at IS NULL")
                left = await alerts.rows("SELECT count(*) FROM deliveries WHERE state = 'waiting'")
                there = await alerts.rows("SELECT count(*) FROM conditions")
                return (waiting[0][0], left[0][0], there[0][0]) == (0, 0, ACCOUNTS * 5 // 2)

            await eventually(is_done, 120)
        finally:
            process.terminate()
            process.wait(15)
        found = await alerts.rows("SELECT account_id, status FROM alerts")
        steps = await alerts.rows("SELECT alert_id, kind FROM alert_steps WHERE kind IN ('opened', 'closed')")
        sent = await alerts.rows("SELECT message_id FROM deliveries WHERE channel = 'webhook'")

    expected = {(f"a{number}", "closed" if number % 2 else "open") for number in range(ACCOUNTS)}
    assert (set(found), len(found)) == (expected, ACCOUNTS)
    assert len(steps) == len(set(steps)) == ACCOUNTS * 3 // 2
    assert set(receiver.ids) == {message for (message,) in sent}  # each at least once
    told = {message["data"]["account_id"] for message in receiver.messages}
    assert (told, receiver.forged) == ({f"a{number}" for number in range(ACCOUNTS)}, 0)


async def outlive_leases(engine) -> None:
    """Let pass what a dead process's deliveries are left alone for."""
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE deliveries SET leased_until = now() WHERE leased_until IS NOT NULL"))


async def test_a_restart_sends_nothing_again_and_keeps_a_snooze(settings, engine, hears, receiver):
    async with routes(settings, engine) as alerts:
        await alerts.webhook(receiver)
        async with serving(settings):
            await hears(condition(Status.OPENED))
            alert = await alerts.alert()
            await alerts.all_delivered(alert["id"])
            body = {"until": "2030-01-01T00:00:00Z", "reason": "holidays"}
            await alerts.do(f"/v1/alerts/{alert['id']}/snooze", body)
        async with serving(settings):
            await hears(
                condition(Status.WORSENED, 1, value=9.0), condition(Status.OPENED, account_id="end", id="l:0:1:e:0:q")
            )
            await receiver.hears(2)
            again = await alerts.alert()

    assert [message["data"]["account_id"] for message in receiver.messages] == ["acme", "end"]
    assert (again["value"], again["snoozed_until"]) == (9.0, "2030-01-01T00:00:00Z")


async def test_offsets_that_went_back_make_the_same_alerts_and_send_nothing_again(settings, engine, hears, receiver):
    """A database restored to yesterday reads again what it had read: what it has is recognised."""
    async with routes(settings, engine) as alerts:
        await alerts.webhook(receiver)
        async with serving(settings):
            await hears(condition(Status.OPENED))
            await alerts.all_delivered((await alerts.alert())["id"])
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE offsets SET next_offset = 0 WHERE reader LIKE 'alerts%'"))
        async with serving(settings):
            await hears(condition(Status.OPENED, account_id="end", id="l:0:1:e:0:q"))
            await receiver.hears(2)

    assert [message["data"]["account_id"] for message in receiver.messages] == ["acme", "end"]


async def test_nothing_is_lost_while_postgresql_is_away(settings, engine, hears, receiver, parts):
    """As seen from here: connections end, and new ones are refused."""
    outside = create_async_engine(parts.postgres_url("postgres"), isolation_level="AUTOCOMMIT")
    name = make_url(settings.database.url.get_secret_value()).database
    async with routes(settings, engine) as alerts, serving(settings):
        await alerts.webhook(receiver)
        await hears(condition(Status.OPENED, account_id="before", id="l:0:1:b:0:q"))
        await receiver.hears(1)
        async with outside.connect() as connection:
            await connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            ending = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            await connection.execute(ending, {"name": name})
            await hears(*(condition(Status.OPENED, account_id=f"a{n}", id=f"l:0:{n}:a{n}:0:q") for n in range(20)))
            await asyncio.sleep(3)  # the outage
            await connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
        await receiver.hears(21, seconds=60)
    await outside.dispose()

    assert sorted(receiver.ids) == sorted(set(receiver.ids))
    assert {message["data"]["account_id"] for message in receiver.messages} == {"before", *(f"a{n}" for n in range(20))}
