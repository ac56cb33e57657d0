"""On brokers that ask who we are and allow nothing by themselves, the rights of docs/operations.md are enough."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.runtime.embedded import jars
from services.runtime.embedded.ports import free_ports, listens
from services.runtime.kafka import KafkaUnreachable, await_brokers, producer
from services.runtime.settings import DatabaseSettings, InstanceSettings, read
from tests.integration import operations, secured
from tests.integration.conftest import new_folder, running
from tests.integration.secured import SecuredKafka

EVERYTHING = "everything"  # a user with all rights of the services: `kizashi up` has one user for all of them
SERVICES = ("prepare", "ingest", "scoring", "api", "alerts")


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredKafka]:
    rights = operations.rights()
    of_all = [right._replace(user=EVERYTHING) for right in rights if right.user in SERVICES]
    cache = read(InstanceSettings).cache / "jars"
    users = sorted({right.user for right in [*rights, *of_all]} | {"nobody"})
    with new_folder() as folder:
        kafka = secured.prepare(folder / "kafka", jars.available(jars.wanted(), cache, print), users)
        with running(kafka.program, kafka.log, lambda process: listens(process, kafka.port)):
            asyncio.run(kafka.grant([*rights, *of_all]))
            yield kafka


class Machine:
    """Where the processes run: their addresses and keys."""

    def __init__(self, folder: Path, broker: SecuredKafka, database: DatabaseSettings) -> None:
        self.folder = folder
        self._broker = broker
        self.api, self.ingest, self.alerts, scoring = free_ports(4)
        self._environment = {
            **os.environ,
            "KIZASHI_DATA": str(folder / "data"),
            "KIZASHI_DATABASE_URL": database.url.get_secret_value(),
            "KIZASHI_API_PORT": str(self.api),
            "KIZASHI_INGEST_PORT": str(self.ingest),
            "KIZASHI_SCORING_PORT": str(scoring),
            "KIZASHI_ALERTS_PORT": str(self.alerts),
        }

    def environment(self, user: str) -> Mapping[str, str]:
        return {**self._environment, **self._broker.environment(user)}

    def kizashi(self, user: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-m", "services.cli", *arguments),
            env=self.environment(user),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def running(self, user: str, *arguments: str) -> Iterator[Path]:
        """A command in the background, ended afterwards; yields the file that has what it says."""
        log = self.folder / f"{arguments[0]}.log"
        command = (sys.executable, "-m", "services.cli", *arguments)
        with log.open("wb") as output:
            process = subprocess.Popen(command, env=self.environment(user), stdout=output, stderr=subprocess.STDOUT)
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) in (0, -signal.SIGTERM), log.read_text()

    @property
    def keys(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "data" / "keys.json").read_text())
        return found

    def send(self, account: str) -> int:
        event = {"account_id": account, "event_name": "login"}
        headers = {"Authorization": f"Bearer {self.keys['ingest']}"}
        return httpx.post(f"http://127.0.0.1:{self.ingest}/v1/events", json=event, headers=headers).status_code

    def serves(self, account: str) -> bool:
        headers = {"Authorization": f"Bearer {self.keys['read']}"}
        return httpx.get(f"http://127.0.0.1:{self.api}/v1/accounts/{account}", headers=headers).status_code == 200


@pytest.fixture
def machine(folder: Path, broker: SecuredKafka, empty_database: DatabaseSettings) -> Machine:
    return Machine(folder, broker, empty_database)


def eventually(holds: Callable[[], bool], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def answers(port: int, path: str = "/readyz") -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}").is_success
    except httpx.TransportError:
        return False


async def test_each_process_does_with_the_rights_of_its_own_what_it_is_for(machine: Machine, broker: SecuredKafka):
    refused = machine.kizashi("nobody", "prepare")
    assert (refused.returncode, "The user needs the right to create these topics" in refused.stderr) == (7, True)
    for _ in range(2):  # the first finds nothing that it would have to read
        prepared = machine.kizashi("prepare", "prepare")
        assert prepared.returncode == 0, prepared.stderr
    with ExitStack() as begun:
        scoring = begun.enter_context(machine.running("scoring", "scoring"))
        api = begun.enter_context(machine.running("api", "api"))
        ingest = begun.enter_context(machine.running("ingest", "ingest"))
        alerts = begun.enter_context(machine.running("alerts", "alerts", "serve"))
        eventually(lambda: answers(machine.ingest), ingest)
        eventually(lambda: answers(machine.api, "/livez"), api)
        assert machine.send("by-http") == 202
        async with producer(broker.settings("producers"), "tests") as client:
            await client.send_and_wait("events.v1", b'{"account_id": "by-kafka", "event_name": "login"}')
            await client.send_and_wait("events.v1", b"nothing of ours")
        eventually(lambda: machine.serves("by-http"), scoring)
        eventually(lambda: machine.serves("by-kafka"), ingest)
        eventually(lambda: answers(machine.api), api)
        eventually(lambda: answers(machine.alerts), alerts)

    history = machine.folder / "history.jsonl"
    history.write_text('{"account_id": "by-file", "event_name": "login", "timestamp": "2026-01-01T00:00:00Z"}\n')
    with machine.running(EVERYTHING, "up") as up:
        eventually((machine.folder / "data" / "run.json").exists, up, 120)
        done = {
            command: machine.kizashi(command, command, *arguments)
            for command, arguments in {
                "import": (str(history),),
                "verify": (),
                "dead-letters": ("--json",),
                "doctor": (),
                "forget": ("--account", "by-http", "--yes", "--json"),
            }.items()
        }
        eventually(lambda: machine.serves("by-file"), up)
    assert {command: one.returncode for command, one in done.items()} == dict.fromkeys(done, 0), done
    assert "nothing of ours" in done["dead-letters"].stdout
    assert json.loads(done["forget"].stdout)["left"] == {}
    of_commands = {right for right in operations.rights() if right.user in {"prepare", *done}}
    assert of_commands - secured.used(of_commands, broker.log.read_text()) == set()  # none has more than it needs


@pytest.mark.parametrize(
    ("instead", "why", "seconds"),
    [
        ({"sasl_password": SecretStr("a guess")}, "Authentication failed", 3600),  # nobody waits for what cannot mend
        ({"sasl_mechanism": "PLAIN"}, "UnsupportedSaslMechanismError", 3600),
        ({"tls_ca_file": None}, "certificate verify failed", 3600),
        ({"security_protocol": "PLAINTEXT"}, "Connection at 127.0.0.1", 0.2),
    ],
    ids=["password", "mechanism", "certificate", "protocol"],
)
async def test_who_is_not_let_in_is_told_why(
    broker: SecuredKafka, instead: dict[str, object], why: str, seconds: float
):
    settings = broker.settings("ingest").model_copy(update=instead)
    with pytest.raises(KafkaUnreachable, match=why):
        async with asyncio.timeout(60):
            await await_brokers(settings, "tests", seconds)
