"""What a successor would find, held against what the log gives: the states of all accounts, not only what was sent.

`kizashi verify` compares changes. A state that is wrong may give the right changes for a long time.
"""

import asyncio
from collections import defaultdict
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import ACTIVITY
from services.runtime.kafka import consumer
from services.runtime.log import read_log
from services.runtime.settings import KafkaSettings
from services.scoring.app import CHANGELOG
from services.scoring.changelog import CLAIM_KEY, HEADER_KEY, Restoring
from services.scoring.core.header import header_of
from services.scoring.core.packing import head_of
from services.scoring.core.partition import Counted, Partition, Recorded
from services.scoring.record import recorded
from tests.integration.conftest import Instance
from tests.services.scoring.core.folds import states_of

Pair = tuple[bytes, bytes | None]


class Found(NamedTuple):
    """What was found in the log and the changelog of an instance."""

    events: int  # that count, each once
    counts: dict[str, int]  # everything the core counted
    stale: int  # records of the changelog that are older than one before of the same key
    torn: int  # flushes that ended before their header
    claims: int
    kept: int  # records of the changelog
    wrong: dict[str, Any]  # accounts whose state differs, as a successor finds it and as the log gives it


def look(instance: Instance) -> Found:
    """Read everything, up to the present ends."""
    return asyncio.run(_look(KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])))


async def _look(kafka: KafkaSettings) -> Found:
    found: list[Found] = []
    partitions = (await read_log(kafka)).partitions
    async with consumer(kafka, "tests", isolation_level="read_uncommitted") as client:
        for number in range(partitions):
            changelog = [(one.key, one.value) for one in await read(client, CHANGELOG, number)]
            log = [recorded(one) for one in await read(client, ACTIVITY.name, number)]
            found.append(_compare(number, log, changelog))
    counts: dict[str, int] = defaultdict(int)
    for one in found:
        for name, count in one.counts.items():
            counts[name] += count
    return Found(
        events=sum(one.events for one in found),
        counts=dict(counts),
        stale=sum(one.stale for one in found),
        torn=sum(one.torn for one in found),
        claims=sum(one.claims for one in found),
        kept=sum(one.kept for one in found),
        wrong={name: state for one in found for name, state in one.wrong.items()},
    )


async def read(client: AIOKafkaConsumer, topic: str, number: int) -> list[Any]:
    place = TopicPartition(topic, number)
    client.assign([place])
    end = (await client.end_offsets([place]))[place]
    await client.seek_to_beginning(place)
    found: list[Any] = []
    while await client.position(place) < end:
        found += (await client.getmany(timeout_ms=500)).get(place, [])
    return found


def _compare(number: int, log: list[Recorded], changelog: list[Pair]) -> Found:
    whole = Partition(number)
    for record in log:
        whole.observe(record)
    successor = restored(number, changelog)
    for record in log:
        if record.offset > successor.position:
            successor.observe(record)
    expected, actual = states_of(whole), states_of(successor)
    return Found(
        events=whole.counts[Counted.EVENTS],
        counts={counted.value: count for counted, count in whole.counts.items()},
        stale=stale(changelog),
        torn=torn(changelog),
        claims=sum(key == CLAIM_KEY for key, _ in changelog),
        kept=len(changelog),
        wrong={
            name: (actual.get(name), expected.get(name))
            for name in sorted({*expected, *actual})
            if actual.get(name) != expected.get(name)
        },
    )


def restored(number: int, changelog: list[Pair]) -> Partition:
    """The partition of a changelog of which compaction has left the last record of each key."""
    restoring = Restoring()
    for key, value in dict(changelog).items():
        restoring.take(key, value)
    return restoring.partition(number, hot_accounts=1_000)


def stale(changelog: list[Pair]) -> int:
    """How many records say less than one before them: only an owner who was replaced writes such."""
    newest: dict[bytes, int] = {}
    found = 0
    for key, value in changelog:
        if value is None or (key.startswith(b"\x00") and key != HEADER_KEY):
            continue
        seen = header_of(value).cut if key == HEADER_KEY else head_of(value).applied
        found += seen < newest.get(key, -1)
        newest[key] = max(seen, newest.get(key, -1))
    return found


def torn(changelog: list[Pair]) -> int:
    """How many flushes were begun, and had no header before the next owner's claim."""
    found, is_open = 0, False
    for key, _ in changelog:
        if key == CLAIM_KEY:
            found += is_open
            is_open = False
        else:
            is_open = key != HEADER_KEY
    return found
