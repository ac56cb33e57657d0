"""The database a command works on: the one that KIZASHI_DATABASE_URL names, or the running instance's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.cli.where import names, running
from services.runtime.database import DatabaseUnreachable, open_engine
from services.runtime.settings import DatabaseSettings, read


@asynccontextmanager
async def database(data: Path | None) -> AsyncIterator[AsyncEngine]:
    """An engine for it. Raises NotRunning, SettingsRefused, DatabaseUnreachable."""
    if names("KIZASHI_DATABASE_URL"):
        settings = read(DatabaseSettings)
    else:
        settings = read(DatabaseSettings, url=SecretStr(running(data).database_url))
    engine = open_engine(settings)
    try:
        yield engine
    except (SQLAlchemyError, OSError) as away:
        at = engine.url.render_as_string(hide_password=True)
        msg = f"PostgreSQL at {at} cannot be used: {getattr(away, 'orig', None) or away}. See KIZASHI_DATABASE_URL."
        raise DatabaseUnreachable(msg) from away
    finally:
        await engine.dispose()
