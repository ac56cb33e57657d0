"""Scoring workers of an instance that a test starts, freezes and ends itself, beside those of `kizashi up`."""

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from signal import Signals

from services.runtime.embedded.ports import free_ports
from tests.faults.conftest import wait_until
from tests.integration.conftest import Instance

FAILED = 70  # ended itself: what it holds may be another's
START_SECONDS = 60
TREE = Path(__file__).parents[2]  # where programs of the tests are found


class Worker:
    """One process of scoring. Whoever starts it closes it (contextlib.closing)."""

    def __init__(self, instance: Instance, log: Path, *program: str, servers: str | None = None) -> None:
        """`program`: another than `kizashi scoring`; `servers`: another way to the same Kafka."""
        (self._port,) = free_ports(1)
        self.log = log
        self._command = (sys.executable, *(program or ("-m", "services.cli", "scoring")))
        self._environment = {
            **instance.environment,
            "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": servers or instance.run["kafka_bootstrap_servers"],
            "KIZASHI_KAFKA_REPLICATION": "1",
            "KIZASHI_SCORING_PORT": str(self._port),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, or start it anew; returns when it owns partitions and is ready."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=TREE,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_until(self.is_ready, START_SECONDS, f"a worker is ready; its log is {self.log}")
        except BaseException:  # pytest's own failures are no Exceptions
            self.close()
            raise

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def is_ready(self) -> bool:
        """Whether it says so."""
        return self.readiness().get("ready") is True

    def readiness(self) -> dict[str, object]:
        """What /readyz answers; nothing while nobody does."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=6)
        try:
            connection.request("GET", "/readyz")
            found: dict[str, object] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            return {}
        finally:
            connection.close()
        return found

    def send(self, how: Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, how)

    def end(self, how: Signals, seconds: float = 10) -> int:
        """End it so; its exit code."""
        self.send(how)
        return self.process.wait(seconds)

    def close(self) -> None:
        """The test is over."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
