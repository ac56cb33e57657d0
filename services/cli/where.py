"""Where commands find what they work on: an instance that runs in a folder, or a deployment that KIZASHI_* names."""

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.runtime.instance import Run
    from services.runtime.scopes import Scope
    from services.runtime.settings import DatabaseSettings, KafkaSettings


class Where(NamedTuple):
    """The parts of an instance or a deployment."""

    kafka: "KafkaSettings"
    database: "DatabaseSettings"
    scoring_urls: tuple[str, ...]  # of each worker; empty where a deployment does not tell


class Door(NamedTuple):
    """A service that answers, and a key to it for each scope."""

    url: str
    keys: "Mapping[Scope, str]"


def where(data: Path | None) -> Where:
    """The parts of the instance that runs in a folder; if none does, those the environment names. Raises NotRunning."""
    from pydantic import SecretStr

    from services.runtime.instance import NotRunning
    from services.runtime.settings import DatabaseSettings, KafkaSettings, read

    try:
        run = running(data)
    except NotRunning:
        if not (names("KIZASHI_KAFKA_BOOTSTRAP_SERVERS") and names("KIZASHI_DATABASE_URL")):
            raise
        return Where(read(KafkaSettings), read(DatabaseSettings), ())
    return Where(
        read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers),
        read(DatabaseSettings, url=SecretStr(run.database_url)),
        run.scoring_urls,
    )


def names(variable: str) -> bool:
    """Whether the environment says something by this variable, or names a file that does."""
    return any(os.environ.get(name) for name in (variable, f"{variable}_FILE"))


def api(data: Path | None) -> Door:
    """The api that KIZASHI_API_URL names, or that of the instance in a folder. Raises NotRunning, SettingsRefused."""
    return _door(data, "api_url")


def ingest(data: Path | None) -> Door:
    """The ingest that KIZASHI_INGEST_URL names, or that of the instance. Raises NotRunning, SettingsRefused."""
    return _door(data, "ingest_url")


def _door(data: Path | None, name: Literal["api_url", "ingest_url"]) -> Door:
    from services.runtime.scopes import Scope
    from services.runtime.settings import AccessSettings, read

    access = read(AccessSettings)
    named: str | None = getattr(access, name)
    if named is not None and access.key is not None:
        return Door(named, dict.fromkeys(Scope, access.key.get_secret_value()))
    run = running(data)
    return Door(getattr(run, name), run.keys)


def running(data: Path | None) -> "Run":
    """The instance that runs in a folder. Raises NotRunning."""
    from services.runtime.instance import find_run
    from services.runtime.settings import InstanceSettings, read

    return find_run(read(InstanceSettings, data=data).data)


async def partitions_of(kafka: "KafkaSettings") -> int:
    """How many partitions the log has."""
    from schemas.topics import ACTIVITY
    from services.runtime.kafka import admin
    from services.runtime.topics import find_topics

    async with admin(kafka, "kizashi-scorecard") as client:
        found = await find_topics(client, [ACTIVITY])
    return found[ACTIVITY.name].partitions


def me() -> str:
    """Who is at the keyboard, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        return "unknown"
