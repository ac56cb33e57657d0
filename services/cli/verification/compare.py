"""Recomputes every change and condition from the log and compares: nothing may be missing, added or different.

Conditions are looked for twice: in alert-conditions.v1, and, where alerts are made, in what those were made of.
What an older engine said stays as it was said: only what came after this one's record in the log is compared.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.codec import decode_condition, decode_score_change
from schemas.topics import ACTIVITY, ALERT_CONDITIONS, SCORE_CHANGES
from services.cli.verification.conditions import conditions_in
from services.cli.verification.expected import Expected, digest_of
from services.cli.verification.queries import (
    accounts_that_differ,
    alerts_that_differ,
    changes_in,
    conditions_kept,
    conflicting,
    passed,
)
from services.runtime.database import snapshot
from services.runtime.kafka import admin, await_brokers, consumer
from services.runtime.log import read_log
from services.runtime.settings import KafkaSettings
from services.scoring.app import APP_ID
from services.scoring.core import ENGINE
from services.scoring.replay import log_ends, told_by

MOST_SHOWN = 100
_CLIENT = "kizashi-verify"
_BROKER_SECONDS = 60.0  # one that was killed is back by then
_POLL_SECONDS = 0.5

Say = Callable[[str], None]


class NotPassed(Exception):
    """Scoring or the projector did not reach the end of the log in time."""


@dataclass
class Verdict:
    """What was compared, and every difference that was found (at most `MOST_SHOWN` are kept)."""

    log_id: str
    records: int = 0
    changes: int = 0
    conditions: int = 0
    accounts: int = 0
    has_alerts: bool = False  # whether alerts are made of the conditions
    differences: int = 0
    shown: list[dict[str, str]] = field(default_factory=list)

    def differs(self, what: str, change_id: str, detail: str) -> None:
        """A difference."""
        self.differences += 1
        if len(self.shown) < MOST_SHOWN:
            self.shown.append({"what": what, "id": change_id, "detail": detail})


async def verify(kafka: KafkaSettings, database: AsyncEngine, wait_seconds: float, say: Say) -> Verdict:
    """Compare everything up to the log's present end. Raises `replay.Trimmed`, `NotPassed` and `KafkaUnreachable`."""
    await await_brokers(kafka, _CLIENT, min(wait_seconds, _BROKER_SECONDS))
    identity = await read_log(kafka)
    async with consumer(kafka, _CLIENT) as client:
        ends = await log_ends(client, identity.partitions)
        verdict = Verdict(identity.log_id, records=sum(ends.values()))
        say(f"waiting until the {verdict.records:,} records of the log have been scored and projected")
        async with snapshot(database) as connection:
            verdict.has_alerts = bool(await passed(connection, ALERT_CONDITIONS.name))
        await _wait_until_passed(kafka, client, database, ends, wait_seconds)
        for number, end in sorted(ends.items()):
            say(f"recomputing partition {number}: {end:,} records")
            await _compare_partition(client, database, number, end, verdict)
    async with snapshot(database) as connection:
        for account_id, detail in await accounts_that_differ(connection):
            verdict.differs("account", account_id, detail)
        for alert_id, detail in await alerts_that_differ(connection) if verdict.has_alerts else ():
            verdict.differs("alert", alert_id, detail)
        for change_id, detail in await conflicting(connection):
            verdict.differs("conflict", change_id, detail)
    return verdict


async def _wait_until_passed(
    kafka: KafkaSettings, client: AIOKafkaConsumer, database: AsyncEngine, ends: Mapping[int, int], seconds: float
) -> None:
    """Until everything up to `ends` has been scored, delivered and projected."""
    step = "scoring"
    try:
        async with asyncio.timeout(seconds), admin(kafka, _CLIENT) as group:
            while not await _are_committed(group, ends):  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(_POLL_SECONDS)
            for topic, whose in ((SCORE_CHANGES.name, "the api"), (ALERT_CONDITIONS.name, "alerts")):
                step = f"the projector of {whose}"
                outputs = [TopicPartition(topic, number) for number in ends]
                targets = {place.partition: end for place, end in (await client.end_offsets(outputs)).items()}
                while not await _are_projected(database, topic, targets):  # noqa: ASYNC110 - neither does PostgreSQL
                    await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError as late:
        msg = f"{step} did not reach the end of the log within {seconds:g} s: is it running? (kizashi status)"
        raise NotPassed(msg) from late


async def _are_committed(client: AIOKafkaAdminClient, ends: Mapping[int, int]) -> bool:
    committed = await client.list_consumer_group_offsets(APP_ID)
    reached = {place.partition: found.offset for place, found in committed.items() if place.topic == ACTIVITY.name}
    return all(reached.get(number, 0) >= end for number, end in ends.items())


async def _are_projected(database: AsyncEngine, topic: str, targets: Mapping[int, int]) -> bool:
    """Whether its projector has read it, if there is one: without alerts nobody projects conditions."""
    async with snapshot(database) as connection:
        reached = await passed(connection, topic)
    if topic == ALERT_CONDITIONS.name and not reached:
        return True
    return all(reached.get(number, 0) >= target for number, target in targets.items())


async def _compare_partition(
    client: AIOKafkaConsumer, database: AsyncEngine, number: int, end: int, verdict: Verdict
) -> None:
    """One partition at a time: what is held in memory are the digests of its changes and conditions."""
    expected = Expected()
    async for told in told_by(client, {number: end}):
        expected.take(told)
    changes, conditions = expected.changes, expected.conditions
    verdict.changes += len(changes)
    verdict.conditions += len(conditions)
    verdict.accounts += expected.accounts
    async with snapshot(database) as connection:
        served = changes_in(connection, number)
        await _compare(changes, served, lambda body: decode_score_change(body).engine, end, verdict)
        if verdict.has_alerts:
            kept = conditions_kept(connection, number)
            await _compare(expected.heard, kept, lambda body: decode_condition(body).engine, end, verdict)
    delivered = conditions_in(client, number, partial(verdict.differs, "unusable"))
    await _compare(conditions, delivered, lambda body: decode_condition(body).engine, end, verdict)


async def _compare(
    expected: Mapping[str, bytes],
    served: AsyncIterator[tuple[str, bytes]],
    engine_of: Callable[[bytes], int],
    end: int,
    verdict: Verdict,
) -> None:
    """Hold what is served, by id, against the digests of what the log gives up to `end`."""
    missing = set(expected)
    async for served_id, body in served:
        missing.discard(served_id)
        digest = expected.get(served_id)
        if digest is None:
            if _offset_of(served_id) < end and engine_of(body) == ENGINE:
                verdict.differs("added", served_id, "is served, and the log does not give it")
        elif digest != digest_of(body):
            verdict.differs("different", served_id, "is served with another content than the log gives")
    for missing_id in sorted(missing):
        verdict.differs("missing", missing_id, "the log gives it, and it is not served")


def _offset_of(change_id: str) -> int:
    """The offset of the record that caused a change: `<log id>:<partition>:<offset>:<account id>:<ordinal>`."""
    return int(change_id.split(":", 3)[2])
