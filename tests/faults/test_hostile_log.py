"""A log as it should not be: a third sent twice, out of order, of other centuries, unreadable; and scoring killed.

Time is the test's own: a log-clock instance lives through six days in seconds, so that duplicates come back after their
hashes are forgotten, and events just inside and just past the lateness allowance.
"""

import asyncio
import random
import time
from collections import Counter
from typing import NamedTuple

import pytest

from schemas.activity import Event, Tick
from schemas.codec import encode
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant, moment_of, parse_iso
from schemas.topics import ACTIVITY
from services.runtime.kafka import producer
from services.runtime.log import read_log
from services.runtime.settings import KafkaSettings
from services.scoring.core.partition import LATENESS, Counted
from tests.faults.conftest import kill_one
from tests.faults.test_scoring_killed import verified
from tests.faults.truth import look
from tests.integration.conftest import Instance, StartInstance
from tests.services.scoring.core.records import hash_of

START = parse_iso("2026-01-05T00:00:00Z")
ELSEWHEN = (parse_iso("1970-01-01T00:00:00Z"), parse_iso("2099-12-31T23:59:59Z"))
DAYS = 6
ACCOUNTS = 60
KINDS = {
    "new": 60,
    "again": 24,
    "again after days": 6,
    "just in time": 4,
    "just too late": 4,
    "elsewhen": 1,
    "poison": 1,
}


@pytest.mark.parametrize("an_hour", [60, pytest.param(2_000, marks=pytest.mark.soak)])
def test_each_event_counts_once_whatever_the_log_looks_like(
    start_instance: StartInstance, seeded: random.Random, an_hour: int
) -> None:
    instance = start_instance("--clock", "log", environment={"KIZASHI_SCORING_FLUSH_SECONDS": "0.2"})
    written = asyncio.run(write(instance, seeded, an_hour))
    for _ in range(2):
        kill_one(instance, "scoring", seeded)
        time.sleep(seeded.uniform(1, 3))
    verified(instance)
    found = look(instance)
    assert found.wrong == {}
    assert found.counts[Counted.DUPLICATES] >= written["again"] - written["forgotten"]
    assert found.counts[Counted.UNREADABLE] == written["poison"]
    assert found.counts[Counted.TOO_LATE] >= written["just too late"]
    counted = (Counted.EVENTS, Counted.DUPLICATES, Counted.TOO_LATE, Counted.UNREADABLE)
    assert sum(found.counts[one] for one in counted) == written["all"]


async def write(instance: Instance, chance: random.Random, an_hour: int) -> Counter[str]:
    """Live through the days; how many records there are of each kind."""
    kafka = KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])
    partitions = (await read_log(kafka)).partitions
    sent: list[Sent] = []
    written: Counter[str] = Counter()
    async with producer(kafka, "tests", linger_ms=5) as client:
        for hour in range(DAYS * 24):
            now = START + hour * HOUR
            for number in range(partitions):
                await client.send(ACTIVITY.name, encode(Tick(at=moment_of(now))), partition=number)
            for _ in range(an_hour):
                kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
                number = chance.randrange(partitions)
                one = sent_before(kind, sent, now, chance) or Sent(now, number, made(kind, now, chance, number))
                written["again" if one.at < now else kind] += 1
                written["forgotten"] += now - one.at > 2 * DAY
                written["all"] += 1
                await client.send(ACTIVITY.name, one.value, partition=one.number)
                if kind != "poison":
                    sent.append(one)
    return written


class Sent(NamedTuple):
    """A record that was written first at an instant, and its partition."""

    at: Instant
    number: int
    value: bytes


def sent_before(kind: str, sent: list[Sent], now: Instant, chance: random.Random) -> Sent | None:
    """One to be sent again; None if a new one is wanted."""
    before = sent[: len(sent) * 2 // 5] if kind == "again after days" else sent
    if not kind.startswith("again") or not before:
        return None
    one = chance.choice(before)
    return one if one.at < now else None


def made(kind: str, now: Instant, chance: random.Random, number: int) -> bytes:
    """The bytes of a record of that kind, at stream time `now`, for an account of partition `number`."""
    if kind == "poison":
        return chance.choice([b"", b"\xff\xfe", b'{"type":"event"}', b"[" * 50, b'{"type":"no such"}'])
    at = {
        "just in time": now - LATENESS,
        "just too late": now - LATENESS - chance.choice([1, SECOND, MINUTE]),
        "elsewhen": chance.choice(ELSEWHEN),
    }.get(kind, now - chance.choice([0, 0, 0, chance.randrange(47 * HOUR)]))
    message_id = f"{chance.getrandbits(60):x}"
    return encode(
        Event(
            account_id=f"{number}-{chance.randrange(ACCOUNTS // 4)}",
            event_name="used",
            occurred_at=moment_of(at),
            received_at=moment_of(now),
            source="app",
            message_id=message_id,
            hash=hash_of(message_id),
            user_id=f"u{chance.randrange(4)}",
            feature=f"f{chance.randrange(9)}",
        )
    )
