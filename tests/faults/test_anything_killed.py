"""Any process is killed in any order while events arrive; every accepted event counts, and counts once."""

import asyncio
import itertools
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import psutil
from aiokafka import TopicPartition

from schemas.topics import ACTIVITY
from services.runtime.kafka import consumer
from services.runtime.settings import KafkaSettings
from services.scoring.core.partition import Counted, Partition
from services.scoring.record import recorded
from tests.faults.conftest import processes_of, wait_until
from tests.faults.test_scoring_killed import verified
from tests.integration.conftest import Instance, StartInstance

PARTITIONS = 8
PAUSE_SECONDS = 0.02  # between two events: about 30 a second


def test_what_was_accepted_counts_once_whatever_is_killed(start_instance: StartInstance, seeded: random.Random) -> None:
    instance = start_instance()
    with sending(instance) as accepted:
        for victim in seeded.sample(["scoring", "api", "ingest", "postgres", "kafka"], k=5):
            time.sleep(seeded.uniform(1, 3))
            kill(instance, victim)
            wait_until(lambda: is_ready(instance), 90, f"everything is ready after {victim} was killed")
            wait_until(more_than(len(accepted), accepted), 60, f"events are accepted after {victim} was killed")
    wait_until(lambda: spooled(instance) == 0, 60, "what ingest kept while Kafka was away has reached the log")
    verified(instance)
    assert asyncio.run(counted(instance)) == len(accepted)


def more_than(number: int, accepted: list[str]) -> Callable[[], bool]:
    """Whether more events have been accepted than `number`."""
    return lambda: len(accepted) > number


@contextmanager
def sending(instance: Instance) -> Iterator[list[str]]:
    """Send events one by one, each again and again until it is accepted; yields the ids of those that were."""
    accepted: list[str] = []
    enough = threading.Event()
    sender = threading.Thread(target=_send, args=(instance.run, accepted, enough))
    sender.start()
    try:
        yield accepted
    finally:
        enough.set()
        sender.join(60)


def _send(run: dict[str, Any], accepted: list[str], enough: threading.Event) -> None:
    headers = {"Authorization": f"Bearer {run['keys']['ingest']}"}
    with httpx.Client(base_url=run["ingest_url"], headers=headers, timeout=20) as client:
        for number in itertools.count():
            event = {"account_id": f"a{number % 20}", "event_name": "used", "message_id": f"m{number}"}
            while not _is_accepted(client, event):
                if enough.wait(0.1):
                    return
            accepted.append(event["message_id"])
            if enough.wait(PAUSE_SECONDS):
                return


def _is_accepted(client: httpx.Client, event: dict[str, str]) -> bool:
    try:
        return client.post("/v1/events", json=event).status_code == httpx.codes.ACCEPTED
    except httpx.TransportError:
        return False


def kill(instance: Instance, victim: str) -> None:
    """SIGKILL a service, or one of the embedded parts with all its processes."""
    if victim in ("kafka", "postgres"):
        process = psutil.Process(instance.run["pids"][victim])
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # it ended as its parent did
                one.kill()
    else:
        for one in processes_of(instance, victim):
            one.kill()


def is_ready(instance: Instance) -> bool:
    """Whether `kizashi status` says that everything is ready."""
    return instance.kizashi("status").returncode == 0


def spooled(instance: Instance) -> float:
    """How many events ingest keeps on its own disk."""
    metrics = httpx.get(f"{instance.run['ingest_url']}/metrics", timeout=5).text
    return float(re.findall(r"^kizashi_ingest_spool_records (\S+)$", metrics, re.MULTILINE)[0])


async def counted(instance: Instance) -> int:
    """How many events the log holds, each once, by the core's own count."""
    kafka = KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])
    total = 0
    async with consumer(kafka, "tests") as client:
        for number in range(PARTITIONS):
            place = TopicPartition(ACTIVITY.name, number)
            client.assign([place])
            end = (await client.end_offsets([place]))[place]
            client.seek(place, 0)
            partition = Partition(number)
            while partition.position + 1 < end:
                for record in (await client.getmany(timeout_ms=500)).get(place, []):
                    partition.observe(recorded(record))
            total += partition.counts[Counted.EVENTS]
    return total
