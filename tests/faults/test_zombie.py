"""An owner that was replaced without knowing: frozen, or cut off with its last words still on the way."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.runtime.embedded.ports import free_ports
from tests.faults.configured import compact
from tests.faults.conftest import wait_until
from tests.faults.load import Load
from tests.faults.proxy import Proxy
from tests.faults.test_scoring_killed import verified
from tests.faults.truth import look
from tests.faults.workers import FAILED, Worker
from tests.integration.broker import Broker
from tests.integration.conftest import Instance, StartInstance

QUICK = {"KIZASHI_SCORING_SESSION_SECONDS": "6", "KIZASHI_SCORING_FLUSH_SECONDS": "0.2"}
TAKEN_OVER_SECONDS = 9.0  # a session and a rebalance
FREEZE_SECONDS = 30.0  # soak: what a machine that swaps or a container that is paused does


@pytest.fixture
def broker(folder: Path) -> Iterator[tuple[Broker, Proxy, int]]:
    """A Kafka with a second way to it, through a proxy."""
    slow, proxied = free_ports(2)
    broker = Broker(
        folder,
        {
            "+listeners": f"SLOW://127.0.0.1:{slow}",
            "+advertised.listeners": f"SLOW://127.0.0.1:{proxied}",
            "+listener.security.protocol.map": "SLOW:PLAINTEXT",
        },
    )
    proxy = Proxy(proxied, slow)
    yield broker, proxy, proxied
    proxy.close()
    broker.close()


@pytest.mark.parametrize(
    ("rounds", "seconds"), [(2, TAKEN_OVER_SECONDS), pytest.param(5, FREEZE_SECONDS, marks=pytest.mark.soak)]
)
def test_a_frozen_owner_that_wakes_up_writes_nothing_any_more(
    start_instance: StartInstance, tmp_path: Path, seeded: random.Random, rounds: int, seconds: float
) -> None:
    instance = start_instance(environment=QUICK)
    refused = 0
    with closing(Worker(instance, tmp_path / "zombie.log")) as zombie, Load(instance, seeded) as load:
        for _ in range(rounds):
            time.sleep(seeded.uniform(1, 1.5))
            zombie.send(signal.SIGSTOP)
            time.sleep(seconds)
            zombie.send(signal.SIGCONT)
            refused += comes_back(zombie)
    assert_exact(instance, load)
    assert refused > 0, "no zombie had anything left to write"


@pytest.mark.parametrize("rounds", [2, pytest.param(5, marks=pytest.mark.soak)])
def test_bytes_that_arrive_after_their_sender_was_replaced_are_refused(
    broker: tuple[Broker, Proxy, int],
    start_instance: StartInstance,
    tmp_path: Path,
    seeded: random.Random,
    rounds: int,
) -> None:
    kafka, proxy, port = broker
    instance = start_instance(environment={**QUICK, **kafka.environment})
    refused = 0
    with (
        closing(Worker(instance, tmp_path / "zombie.log", servers=f"127.0.0.1:{port}")) as zombie,
        Load(instance, seeded) as load,
    ):
        for _ in range(rounds):
            time.sleep(seeded.uniform(1, 1.5))
            proxy.hold()
            time.sleep(TAKEN_OVER_SECONDS)
            proxy.release()
            refused += comes_back(zombie)
    assert_exact(instance, load)
    assert refused > 0, "nothing was on its way"


def comes_back(zombie: Worker) -> int:
    """Wait until it is a worker among others again, started anew if it ended itself; 1 if it did."""
    time.sleep(2)
    wait_until(lambda: zombie.process.poll() is not None or zombie.is_ready(), 30, "the zombie ends or is ready")
    if zombie.process.poll() is None:
        return 0
    assert zombie.process.returncode == FAILED, zombie.log.read_text()[-3_000:]
    assert "ProducerFenced" in zombie.log.read_text()
    zombie.start()
    return 1


def assert_exact(instance: Instance, load: Load) -> None:
    """Nothing lost, nothing doubled, nothing older over newer, also of what compaction leaves."""
    verified(instance)
    found = look(instance)
    assert (found.events, found.stale, found.wrong) == (load.accepted, 0, {})
    compact(instance)
    compacted = look(instance)
    assert compacted.kept < found.kept
    assert compacted.wrong == {}
