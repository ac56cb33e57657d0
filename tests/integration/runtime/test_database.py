import asyncio

import pytest
from pydantic import SecretStr

from services.runtime.database import DatabaseUnreachable, alone
from services.runtime.settings import DatabaseSettings


def nobody_to_wait_for() -> None:
    pytest.fail("nobody else does this")


async def test_processes_that_must_be_alone_take_turns(database: DatabaseSettings):
    order: list[str] = []
    waits = asyncio.Event()

    async def second() -> None:
        async with alone(database, "this", waits.set):
            order.append("second")

    async with alone(database, "this", nobody_to_wait_for):
        waiting = asyncio.create_task(second())
        async with asyncio.timeout(20):
            await waits.wait()
        async with alone(database, "that", nobody_to_wait_for):
            order.append("something else")
        order.append("first")
    await waiting
    assert order == ["something else", "first", "second"]


async def test_without_postgresql_it_is_said_where_it_was_looked_for():
    nowhere = DatabaseSettings(url=SecretStr("postgresql://kizashi:secret@127.0.0.1:1/kizashi"))
    with pytest.raises(DatabaseUnreachable, match=r"kizashi:\*\*\*@127.0.0.1:1"):
        async with alone(nowhere, "this", nobody_to_wait_for):
            pass
