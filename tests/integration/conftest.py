"""Real parts for integration tests: one Kafka and one PostgreSQL a session, and everything fresh for each test.

- `parts`         the running pair, for the whole session
- `kafka`         settings of that Kafka, emptied of topics
- `database`      settings of a database of its own, migrated
- `log_identity`  the topics of the catalogue and a new log in `kafka` and `database`
- `instance`      a whole `kizashi up` with a data folder of its own
- `shared_instance`  one that other tests use, too: a start costs more than most of what is asked of it
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from services.runtime.database import open_engine
from services.runtime.embedded import jars
from services.runtime.embedded import kafka as embedded_kafka
from services.runtime.embedded import postgres as embedded_postgres
from services.runtime.embedded.ports import free_ports
from services.runtime.kafka import admin, await_brokers
from services.runtime.log import LogIdentity, open_log
from services.runtime.migrations import migrate
from services.runtime.program import Program, start, stop
from services.runtime.settings import Clock, DatabaseSettings, InstanceSettings, KafkaSettings, read
from services.runtime.topics import ensure_topics
from services.scoring.core import ENGINE

PARTITIONS = 4
_TEMPLATE = "migrated"


@dataclass(frozen=True)
class Parts:
    """A Kafka and a PostgreSQL that run for the whole session."""

    bootstrap_servers: str
    postgres_url: Callable[[str], str]


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder that is removed at the end.

    Not below pytest's own, which every start of pytest closes to other users: where root runs the tests, PostgreSQL is
    one of those.
    """
    with tempfile.TemporaryDirectory(prefix="kizashi-tests-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that the embedded PostgreSQL can live in."""
    with new_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def parts() -> Iterator[Parts]:
    """One Kafka and one PostgreSQL for the whole session."""
    with new_folder() as folder:
        yield from _parts(folder)


def _parts(folder: Path) -> Iterator[Parts]:
    cache = read(InstanceSettings).cache / "jars"
    kafka = embedded_kafka.prepare(folder / "kafka", jars.available(jars.wanted(), cache, print))
    postgres = embedded_postgres.prepare(folder / "postgres")
    with ExitStack() as both:
        both.enter_context(running(postgres.program, folder / "postgres.log", postgres.is_ready))
        both.enter_context(running(kafka.program, folder / "kafka.log", kafka.is_ready))
        parts = Parts(kafka.bootstrap_servers, postgres.url)
        asyncio.run(_make_template(parts))
        yield parts


@contextmanager
def running(program: Program, log: Path, is_ready: Callable[[int], bool]) -> Iterator[None]:
    """A program, ready, and ended afterwards."""
    with log.open("wb") as output:
        process = start(program, output)
    try:
        deadline = time.monotonic() + 60
        while not is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{program.name} did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield
    finally:
        stop(process, program, seconds=10)


async def _make_template(parts: Parts) -> None:
    await _execute(parts, f'CREATE DATABASE "{_TEMPLATE}"')
    engine = open_engine(_database_settings(parts, _TEMPLATE))
    await migrate(engine)
    await engine.dispose()


def _database_settings(parts: Parts, name: str) -> DatabaseSettings:
    return DatabaseSettings(url=SecretStr(parts.postgres_url(name)))


async def _execute(parts: Parts, statement: str) -> None:
    connection = await asyncpg.connect(parts.postgres_url("postgres").replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database(parts: Parts) -> AsyncIterator[DatabaseSettings]:
    name = f"test_{uuid.uuid4().hex}"
    await _execute(parts, f'CREATE DATABASE "{name}" TEMPLATE "{_TEMPLATE}"')
    yield _database_settings(parts, name)
    await _execute(parts, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def empty_database(parts: Parts) -> AsyncIterator[DatabaseSettings]:
    """A database without a table."""
    name = f"test_{uuid.uuid4().hex}"
    await _execute(parts, f'CREATE DATABASE "{name}"')
    yield _database_settings(parts, name)
    await _execute(parts, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def kafka(parts: Parts) -> KafkaSettings:
    settings = KafkaSettings(bootstrap_servers=parts.bootstrap_servers, partitions=PARTITIONS, replication=1)
    await await_brokers(settings, "tests", seconds=30)
    async with admin(settings, "tests") as client:
        topics = [topic for topic in await client.list_topics() if not topic.startswith("__")]
        if topics:
            await client.delete_topics(topics)
            async with asyncio.timeout(30):
                while set(topics) & set(await client.list_topics()):  # noqa: ASYNC110 - Kafka tells nobody
                    await asyncio.sleep(0.05)
    return settings  # what groups had committed went with the topics


@pytest.fixture
async def log_identity(kafka: KafkaSettings, database: DatabaseSettings) -> LogIdentity:
    await ensure_topics(kafka, "tests")
    engine = open_engine(database)
    try:
        return await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE)
    finally:
        await engine.dispose()


@dataclass
class Instance:
    """A `kizashi up` in the background, with a data folder of its own."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def run(self) -> dict[str, Any]:
        """What DIR/run.json says."""
        found: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return found

    @property
    def is_ready(self) -> bool:
        """Whether this very process has said that it is ready."""
        try:
            return bool(self.run["pids"]["up"] == self.process.pid)
        except FileNotFoundError:
            return False

    def kizashi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on this instance."""
        return subprocess.run(
            (sys.executable, "-m", "services.cli", *arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def stop(self, seconds: float = 15) -> int:
        """End it as Ctrl-C would, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


StartInstance = Callable[..., Instance]
RunUp = Callable[..., subprocess.CompletedProcess[str]]


def _environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    api_port, ingest_port = free_ports(2)
    return {
        **os.environ,
        "KIZASHI_DATA": str(folder),
        "KIZASHI_API_PORT": str(api_port),
        "KIZASHI_INGEST_PORT": str(ingest_port),
        "KIZASHI_SCORING_PORT": "0",
        **more,
    }


@pytest.fixture
def run_up() -> RunUp:
    """Runs a `kizashi up` that is expected to end by itself: `run_up(folder, KIZASHI_API_PORT="1")`."""

    def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-m", "services.cli", "up", *arguments),
            env=_environment(folder, environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@contextmanager
def _instances(logs: Path) -> Iterator[StartInstance]:
    """Starts instances whose output goes to `logs`, and ends what still runs of them."""
    with new_folder() as home, ExitStack() as ending:
        numbers = count()

        def begin(
            *arguments: str,
            folder: Path = home / "data",
            environment: Mapping[str, str] = MappingProxyType({}),
            seconds: float = 180,  # on a machine that is busy with other things, too
        ) -> Instance:
            complete = _environment(folder, environment)
            log = logs / f"up-{next(numbers)}.log"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    (sys.executable, "-m", "services.cli", "up", *arguments),
                    env=complete,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            instance = Instance(folder, complete, process)
            ending.callback(instance.stop)
            deadline = time.monotonic() + seconds
            while not instance.is_ready:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"kizashi up did not become ready:\n{log.read_text()}")
                time.sleep(0.1)
            return instance

        yield begin


@pytest.fixture
def start_instance(tmp_path: Path) -> Iterator[StartInstance]:
    """Starts instances: `start_instance("--clock", "log", environment={...})`. Ends what still runs after the test.

    All those of a test share one data folder unless it names another, so that one can go on where another was killed.
    """
    with _instances(tmp_path) as begin:
        yield begin


@pytest.fixture(scope="session")
def shared_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One for all tests that ask for it: whoever does leaves it running, and minds only accounts of its own."""
    with _instances(tmp_path_factory.mktemp("shared")) as begin:
        yield begin()


@pytest.fixture
def instance(start_instance: StartInstance) -> Instance:
    """An instance with a data folder of its own, ready."""
    return start_instance()
