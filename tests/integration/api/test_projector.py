"""The projector on real parts: each change once, whatever happens meanwhile."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from itertools import groupby

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from schemas.changes import Facts, ScoreChange
from schemas.dead_letters import DeadLetterReason, read_headers
from schemas.topics import DEAD_LETTERS
from services.api.app import prepared
from services.runtime.kafka import consumer
from tests.integration.api.conftest import change, count, end, eventually


def lives(accounts: int, changes: int) -> list[ScoreChange]:
    """Changes of many accounts, in turns."""
    return [change(f"a{account}", sequence) for sequence in range(1, changes + 1) for account in range(accounts)]


async def rows(engine, statement: str):
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def all_served(engine, expected: int, seconds: float = 30) -> None:
    async def is_there() -> bool:
        return await count(engine, "changes") >= expected

    await eventually(is_there, seconds)


async def assert_exact(engine, accounts: int, changes: int) -> None:
    """Every account has every change once, in order of position, and the newest is the one that is served."""
    found = await rows(engine, "SELECT account_id, sequence FROM changes ORDER BY account_id, position")
    sequences = {account: [sequence for _, sequence in own] for account, own in groupby(found, key=lambda row: row[0])}
    assert sequences == {f"a{account}": list(range(1, changes + 1)) for account in range(accounts)}
    assert await rows(engine, "SELECT DISTINCT sequence FROM accounts") == [(changes,)]
    assert await count(engine, "accounts") == accounts
    assert await count(engine, "conflicts") == 0


@pytest.mark.usefixtures("api")
async def test_every_change_becomes_a_row_and_the_newest_is_served(write, engine):
    await write(lives(accounts=50, changes=20))
    await all_served(engine, 1000)

    await assert_exact(engine, accounts=50, changes=20)


async def test_a_change_that_is_sent_again_is_nothing(api, write, engine):
    await write([change("kita", 1), change("kita", 2), change("kita", 1), change("kita", 2), change("kita", 3)])
    await api.served("kita", 3)

    assert await count(engine, "changes") == 3
    assert await count(engine, "conflicts") == 0


async def test_an_old_change_sent_again_does_not_bring_old_times_back(api, write):
    await write([change("kita", 1), change("kita", 2)])
    await api.served("kita", 2)
    await write([change("kita", 1), change("end")])
    await api.served("end")

    assert (await api.served("kita"))["last_change"]["sequence"] == 2


async def test_a_change_with_other_bytes_is_kept_and_makes_the_api_not_ready(api, write, engine):
    await write([change("kita", 1), change("kita", 1, score=43.0), change("end")])
    await api.served("kita")

    async def is_red() -> bool:
        answer = await api.read.get("/readyz")
        return bool(answer.status_code == 503 and "1 changes came again" in answer.text)

    await eventually(is_red)
    assert (await api.served("kita"))["score"] == 42.0  # the first stays: neither is silently preferred
    assert await rows(engine, "SELECT change_id FROM conflicts") == [("log:0:1:kita:0",)]


async def test_what_is_no_change_becomes_a_dead_letter_and_does_not_stop_the_rest(api, write, settings):
    nul = change("kita", 1, facts=Facts(name="K\x00"))
    await write([b"{", b'{"id": 7}', nul, change("kita", 2)])
    await api.served("kita", 2)

    async with consumer(settings.kafka, "tests", DEAD_LETTERS.name) as client:
        letters = [await client.getone() for _ in range(3)]
    found = [(letter.value[:9], read_headers(letter.headers)) for letter in letters]
    assert {(value, letter.reason) for value, letter in found} == {
        (b"{", DeadLetterReason.UNREADABLE),
        (b'{"id": 7}', DeadLetterReason.UNREADABLE),
        (b'{"id":"lo', DeadLetterReason.UNREADABLE),
    }
    assert all(letter.origin.startswith("score-changes.v1/") for _, letter in found)


async def test_two_processes_write_each_change_once_and_one_takes_over_from_the_other(settings, write, engine):
    async with prepared(settings) as one, prepared(settings) as other:
        first = [asyncio.create_task(work()) for work in one.beside]
        second = [asyncio.create_task(work()) for work in other.beside]
        await write(lives(accounts=40, changes=10))
        await all_served(engine, 400)
        await end(first)  # whichever of the two projects: in the end the other one has to
        await write([change(f"a{account}", sequence) for sequence in range(11, 21) for account in range(40)])
        await all_served(engine, 800)
        await end(second)

    await assert_exact(engine, accounts=40, changes=20)


@pytest.mark.usefixtures("api")
async def test_offsets_that_went_back_are_followed_back(write, engine):
    """A database restored to yesterday says where to begin; Kafka is not asked."""
    await write(lives(accounts=20, changes=5))
    await all_served(engine, 100)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE offsets SET next_offset = 0"))
        await connection.execute(text("DELETE FROM changes"))
        await connection.execute(text("DELETE FROM accounts"))
    await write([change("end")])
    await all_served(engine, 101)

    assert await rows(engine, "SELECT max(sequence) FROM accounts WHERE account_id <> 'end'") == [(5,)]


async def test_a_topic_that_is_shorter_than_what_was_applied_is_said_aloud(api, write, engine):
    await write([change("kita")])
    await api.served("kita")
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE offsets SET next_offset = 100"))
    await write([change("kita", 2)])

    async def is_said() -> bool:
        answer = await api.read.get("/readyz")
        return "but was applied up to 100" in answer.text

    await eventually(is_said)


async def test_nothing_is_lost_while_postgresql_is_away(api, write, engine, parts, database):
    """As seen from here: connections end, and new ones are refused."""
    await write([change("kita", 1)])
    await api.served("kita")
    outside = create_async_engine(parts.postgres_url("postgres"), isolation_level="AUTOCOMMIT")
    name = make_url(database.url.get_secret_value()).database
    async with outside.connect() as connection:
        await connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        ending = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        await connection.execute(ending, {"name": name})
        await write([change("kita", sequence) for sequence in range(2, 50)])
        await eventually(lambda: is_unready(api))
        away = await api.read.get("/v1/accounts")
        alive = await api.read.get("/livez")
        await connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    await outside.dispose()

    assert (away.status_code, away.json()["code"], alive.status_code) == (503, "database_away", 200)
    await api.served("kita", 49)
    assert await count(engine, "changes") == 49
    await eventually(api.is_ready)


async def is_unready(api) -> bool:
    answer = await api.read.get("/readyz")
    return bool(answer.status_code == 503 and answer.json()["checks"]["database"] != "ok")


async def test_killed_again_and_again_in_the_middle_nothing_is_lost_or_doubled(settings, write, engine):
    chance = random.Random(7)
    writing = asyncio.create_task(write(lives(accounts=200, changes=30)))
    environment = {
        **os.environ,
        "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "KIZASHI_DATABASE_URL": settings.database.url.get_secret_value(),
        "KIZASHI_API_PORT": "0",
    }

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen((sys.executable, "-m", "services.api"), env=environment, stdout=subprocess.DEVNULL)

    process = begin()
    try:
        for _ in range(4):
            before = await count(engine, "changes")
            await all_served(engine, min(before + 1, 6_000))
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = begin()
        await writing
        await all_served(engine, 6_000, seconds=60)
    finally:
        process.terminate()
        process.wait(15)

    await assert_exact(engine, accounts=200, changes=30)
