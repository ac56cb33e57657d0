"""The broker is away for a while: everybody waits, nobody loses anything."""

import asyncio
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime.kafka import await_brokers
from tests.faults.conftest import wait_until
from tests.faults.load import Load
from tests.faults.test_scoring_killed import verified
from tests.faults.truth import look
from tests.integration.broker import Broker
from tests.integration.conftest import StartInstance

QUICK = {"KIZASHI_SCORING_SESSION_SECONDS": "6", "KIZASHI_SCORING_FLUSH_SECONDS": "0.2"}


@pytest.fixture
def broker(folder: Path) -> Iterator[Broker]:
    broker = Broker(folder)
    yield broker
    broker.close()


@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.soak)])
def test_nothing_is_lost_while_the_broker_is_away(
    broker: Broker, start_instance: StartInstance, seeded: random.Random, seconds: float
) -> None:
    instance = start_instance(environment={**QUICK, **broker.environment})
    with Load(instance, seeded) as load:
        time.sleep(seeded.uniform(1, 2))
        broker.end(signal.SIGTERM)
        time.sleep(seconds)
        broker.start()
        asyncio.run(await_brokers(broker.settings, "tests", 90))
        time.sleep(2)
    wait_until(lambda: look(instance).events == load.accepted, 60, "what ingest kept on disk is in the log")
    verified(instance)
    found = look(instance)
    assert (found.events, found.stale, found.wrong) == (load.accepted, 0, {})
