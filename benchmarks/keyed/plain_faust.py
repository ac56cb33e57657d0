"""The reference job in plain Faust, as its documentation has it: records, a table, an agent, `topic.send`.

python -m benchmarks.keyed.plain_faust SERVERS TOPIC OUTPUTS TOTAL FOLDER
"""

import asyncio
import sys

import faust

from benchmarks.keyed.account import CLOSING, DAYS, EVERY, HOURS, hour_of, risk_of, roll
from benchmarks.keyed.meter import Meter


class Event(faust.Record, serializer="json"):
    """What the job needs of an event."""

    account_id: str
    event_name: str
    occurred_at: str
    message_id: str
    feature: str


class Account(faust.Record, serializer="json"):
    """The state of an account."""

    total: int
    hour: int
    hours: list[int]
    days: list[int]


class Output(faust.Record, serializer="json"):
    """What an event brings out."""

    account_id: str
    message_id: str
    feature: str
    hour: int
    hour_count: int
    total: int
    score: float
    reason: str = "hour_count"


def made(servers: str, topic: str, outputs: str, total: int, folder: str) -> faust.App:
    """The application."""
    meter = Meter(total)
    app = faust.App(
        outputs,
        broker=f"kafka://{servers}",
        store="memory://",
        datadir=folder,
        topic_partitions=8,
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        producer_linger=0.05,  # a quarter cheaper than without
        producer_max_batch_size=262_144,
    )
    source = app.topic(topic, key_type=str, value_type=Event)
    told = app.topic(outputs, key_type=str, value_type=Output)
    accounts = app.Table("accounts", key_type=str, value_type=Account)

    @app.agent(source)
    async def count(events: faust.StreamT[Event]) -> None:
        """Count, and tell."""
        async for event in events:
            hour = hour_of(event.occurred_at)
            account = accounts.get(event.account_id) or Account(0, hour, [0] * HOURS, [0] * DAYS)
            if hour > account.hour:
                roll(account.hours, account.days, account.hour, hour)
                account.hour = hour
            account.hours[hour % HOURS] += 1
            account.days[hour // 24 % DAYS] += 1
            account.total += 1
            accounts[event.account_id] = account
            in_hour = account.hours[hour % HOURS]
            if in_hour % EVERY == 0 or event.event_name == CLOSING:
                await told.send(
                    key=event.account_id,
                    value=Output(
                        account_id=event.account_id,
                        message_id=event.message_id,
                        feature=event.feature,
                        hour=hour,
                        hour_count=in_hour,
                        total=account.total,
                        score=risk_of(in_hour),
                    ),
                )
            if meter.count():
                asyncio.get_running_loop().create_task(end())

    async def end() -> None:
        """Everything has been read: deliver it, and stop."""
        while app.producer.buffer.size:
            await app.producer.buffer.flush_atmost(10_000)
        await app.producer.flush()
        meter.end()
        await app.stop()

    return app


if __name__ == "__main__":
    place, count = sys.argv[1:4], int(sys.argv[4])
    program = made(*place, count, sys.argv[5])
    sys.argv = [sys.argv[0], "worker", "--loglevel=warn", "--without-web"]
    program.main()
