"""Kills a worker in the middle of a flush: for certain, not by chance."""

import asyncio
from signal import Signals

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.kafka import consumer
from services.runtime.log import read_log
from services.runtime.settings import KafkaSettings
from services.scoring.app import CHANGELOG
from services.scoring.changelog import CLAIM_KEY, HEADER_KEY
from tests.faults.workers import Worker
from tests.integration.conftest import Instance

_CERTAIN_MS = 500  # others take a few milliseconds from a flush's first record to its header


async def kill_inside_a_flush(instance: Instance, worker: Worker, seconds: float = 60) -> None:
    """SIGKILL it when the changelog has accounts of its flush, and no header yet.

    It is frozen at the sight of an account. Where no header follows, though others go on, the flush was its own.
    """
    kafka = KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])
    async with asyncio.timeout(seconds), consumer(kafka, "tests", isolation_level="read_uncommitted") as client:
        partitions = (await read_log(kafka)).partitions
        client.assign([TopicPartition(CHANGELOG, number) for number in range(partitions)])
        await client.seek_to_end()
        while True:
            seen = await _open(client, 50)
            if not seen:
                continue
            worker.send(Signals.SIGSTOP)
            meanwhile = await _last(client, _CERTAIN_MS)
            still = {number for number in {*seen, *meanwhile} if meanwhile.get(number, True)}
            if still - (await _last(client, _CERTAIN_MS)).keys():
                worker.end(Signals.SIGKILL)
                return
            worker.send(Signals.SIGCONT)


async def _open(client: AIOKafkaConsumer, milliseconds: int) -> set[int]:
    """Partitions whose newest record belongs to a flush without a header."""
    return {number for number, is_open in (await _last(client, milliseconds)).items() if is_open}


async def _last(client: AIOKafkaConsumer, milliseconds: int) -> dict[int, bool]:
    """For each partition that has news, all there are: whether the newest belongs to a flush without a header."""
    found: dict[int, bool] = {}
    deadline = asyncio.get_running_loop().time() + milliseconds / 1_000
    while (left := deadline - asyncio.get_running_loop().time()) > 0:
        for place, records in (await client.getmany(timeout_ms=max(1, int(left * 1_000)))).items():
            found[place.partition] = records[-1].key not in (HEADER_KEY, CLAIM_KEY)
        if milliseconds < _CERTAIN_MS and any(found.values()):
            break
    return found
