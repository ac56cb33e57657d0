"""The tables, brought up to date by Alembic. Apart from the database: few who use it migrate."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.tables import metadata
from services.runtime.shipped import shipped

_MIGRATION_LOCK = 0x6B697A61736869  # "kizashi": whoever migrates holds it, the others wait


async def migrate(engine: AsyncEngine) -> None:
    """Bring the tables up to date; does nothing if they are. Safe to call from several processes at once."""
    async with engine.begin() as connection:
        await connection.execute(func.pg_advisory_xact_lock(_MIGRATION_LOCK))
        await connection.run_sync(_upgrade)


async def pending_migrations(engine: AsyncEngine) -> list[str]:
    """The revisions that `migrate` would apply, oldest first."""
    async with engine.connect() as connection:
        return await connection.run_sync(_pending)


async def undeclared_differences(engine: AsyncEngine) -> list[object]:
    """What differs between the database and `schemas.tables`: empty when every change has a migration."""
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _pending(connection: Connection) -> list[str]:
    scripts = ScriptDirectory.from_config(_config())
    applied = MigrationContext.configure(connection).get_current_heads()
    revisions = scripts.iterate_revisions("heads", applied or "base")
    return [revision.revision for revision in revisions][::-1]


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(shipped("deploy/migrations")).replace("%", "%%"))
    return config
