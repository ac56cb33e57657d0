"""PostgreSQL: the engine, one transaction at the edge, and taking turns.

DatabaseUnreachable   PostgreSQL does not answer, or refuses us
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.runtime.settings import DatabaseSettings

_CONNECT_SECONDS = 10.0
_COMMAND_SECONDS = 60.0  # longer than any query of ours; a migration may take as long as it takes
_TURN_SECONDS = 0.5


class DatabaseUnreachable(Exception):
    """PostgreSQL does not answer, or refuses us."""


def unreachable(engine: AsyncEngine, refused: Exception) -> DatabaseUnreachable:
    """Why it cannot be used, and where it was looked for."""
    reason = getattr(refused, "orig", None) or refused
    return DatabaseUnreachable(
        f"PostgreSQL at {engine.url.render_as_string(hide_password=True)} cannot be used: {reason}. "
        "See KIZASHI_DATABASE_URL."
    )


def open_engine(settings: DatabaseSettings) -> AsyncEngine:
    """An engine with a small pool. Nothing is connected yet; the caller disposes of it."""
    return create_async_engine(
        settings.url.get_secret_value(),
        pool_size=5,
        max_overflow=5,
        pool_pre_ping=True,  # after PostgreSQL restarted, the next request finds out instead of failing
        connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": _COMMAND_SECONDS},
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end, rolled back by an exception. Nobody else commits."""
    async with engine.begin() as connection:
        yield connection


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One state of the database, for several reads that must agree. It cannot write."""
    async with engine.connect() as connection:
        reader = await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with reader.begin():
            yield reader


@asynccontextmanager
async def alone(settings: DatabaseSettings, what: str, waiting: Callable[[], object]) -> AsyncIterator[None]:
    """Be the only process that does `what` with this database. Another is waited for; `waiting` is called once then.

    Whoever is killed has ended its turn. Raises DatabaseUnreachable.
    """
    engine = open_engine(settings)
    mine = func.pg_try_advisory_lock(func.hashtextextended(f"kizashi {what}", 0))
    try:
        async with AsyncExitStack() as held:
            try:
                connection = await held.enter_async_context(engine.connect())
                connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
                if not await connection.scalar(mine):
                    waiting()
                    while not await connection.scalar(mine):  # noqa: ASYNC110 - PostgreSQL would block our timeouts
                        await asyncio.sleep(_TURN_SECONDS)
            except (SQLAlchemyError, OSError) as refused:
                raise unreachable(engine, refused) from refused
            yield
    finally:
        await engine.dispose()  # and with the connection goes the lock
