"""A Kafka of a test's own: to be killed, to be reached through a proxy, or to be one of several."""

import signal
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from services.runtime.embedded import jars
from services.runtime.embedded import kafka as embedded_kafka
from services.runtime.program import start, stop
from services.runtime.settings import InstanceSettings, KafkaSettings, read


class Broker:
    """One node, as the embedded one is, with `more` in its properties."""

    def __init__(self, folder: Path, more: Mapping[str, str] = MappingProxyType({})) -> None:
        cache = read(InstanceSettings).cache / "jars"
        self._kafka = embedded_kafka.prepare(folder / "kafka", jars.available(jars.wanted(), cache, print))
        file = folder / "kafka" / "server.properties"
        given = dict(line.split("=", 1) for line in file.read_text(encoding="ascii").splitlines())
        file.write_text("".join(f"{name}={value}\n" for name, value in extended(given, more).items()), encoding="ascii")
        self._log = (folder / "kafka.log").open("wb")
        self.settings = KafkaSettings(bootstrap_servers=self._kafka.bootstrap_servers, replication=1)
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        """What makes an instance use this broker."""
        return {
            "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": self.settings.bootstrap_servers,
            "KIZASHI_KAFKA_REPLICATION": "1",
            "KIZASHI_KAFKA_PARTITIONS": "4",
        }

    def start(self) -> None:
        """Start it; does not wait."""
        self._process = start(self._kafka.program, self._log)

    def end(self, how: signal.Signals) -> None:
        """End it so, and wait until it has ended."""
        self._process.send_signal(how)
        self._process.wait(30)

    def close(self) -> None:
        """The test is over."""
        if self._process.poll() is None:
            stop(self._process, self._kafka.program, seconds=10)
        self._log.close()


def extended(given: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Properties with more in them: a name that begins with + adds to a list."""
    found = dict(given)
    for name, value in more.items():
        if name.startswith("+"):
            found[name[1:]] = f"{found[name[1:]]},{value}"
        else:
            found[name] = value
    return found
