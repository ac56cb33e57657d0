"""The parts of a running instance, for commands that work on them: where they are, and who is asking."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from services.runtime.instance import Run
    from services.runtime.settings import DatabaseSettings, KafkaSettings


class Where(NamedTuple):
    """The parts of an instance, and who is at the keyboard."""

    run: "Run"
    kafka: "KafkaSettings"
    database: "DatabaseSettings"


def where(data: Path | None) -> Where:
    """The instance that runs in a folder. Raises NotRunning."""
    from pydantic import SecretStr

    from services.runtime.instance import find_run
    from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, read

    run = find_run(read(InstanceSettings, data=data).data)
    return Where(
        run,
        read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers),
        read(DatabaseSettings, url=SecretStr(run.database_url)),
    )


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
