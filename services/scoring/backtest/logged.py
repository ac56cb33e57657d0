"""The history that the log itself holds: its events as a file, and the outcomes that people recorded."""

from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.activity import Activity, Event, Outcome, OutcomeKind, Tick
from schemas.time import Instant, instant_of
from schemas.topics import ACTIVITY
from services.runtime.kafka import consumer
from services.runtime.settings import KafkaSettings
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.core.dedupe import Dedupe
from services.scoring.record import recorded
from services.scoring.replay import log_ends

_CLIENT = "kizashi-backtest"
_POLL_MS = 1_000
_ROWS = 65_536  # of the file at a time
_SCHEMA = pa.schema(
    [
        ("account_id", pa.string()),
        ("user_id", pa.string()),
        ("event_name", pa.string()),
        ("feature", pa.string()),
        ("timestamp", pa.int64()),
    ]
)


async def write_events(kafka: KafkaSettings, partitions: int, path: Path) -> Outcomes:
    """Write every event of the log, each once, as Parquet; the recorded churns and who was ever seen.

    An event counts from when it occurred, also where it came late. Raises Trimmed.
    """
    churned: dict[str, Instant] = {}
    seen: set[str] = set()
    with pq.ParquetWriter(path, _SCHEMA) as file:
        rows: list[tuple[str, str | None, str, str | None, Instant]] = []
        async with consumer(kafka, _CLIENT) as client:
            async for record in _records(client, partitions):
                if isinstance(record, Event):
                    at = instant_of(record.occurred_at)
                    seen.add(record.account_id)
                    rows.append((record.account_id, record.user_id, record.event_name, record.feature, at))
                elif isinstance(record, Outcome) and record.outcome is OutcomeKind.CHURNED:
                    at = instant_of(record.occurred_at)
                    churned[record.account_id] = min(at, churned.get(record.account_id, at))
                if len(rows) == _ROWS:
                    file.write_table(_table(rows))
                    rows.clear()
        file.write_table(_table(rows))
    return Outcomes(churned, {}, frozenset(seen | churned.keys()), ("recorded",))


async def _records(client: AIOKafkaConsumer, partitions: int) -> AsyncIterator[Activity]:
    """Every record up to the present end, one partition after another; of an event that came twice the first one."""
    for number, end in (await log_ends(client, partitions)).items():
        place = TopicPartition(ACTIVITY.name, number)
        client.assign([place])
        client.seek(place, 0)
        dedupe, position = Dedupe(), 0
        while position < end:
            batches = await client.getmany(timeout_ms=_POLL_MS)
            for kept in batches.get(place, []):
                position = kept.offset + 1
                activity = recorded(kept).activity
                if kept.offset >= end or activity is None:
                    continue
                if isinstance(activity, Tick):
                    dedupe.advance(instant_of(activity.at))
                if not isinstance(activity, Event) or activity.imported or dedupe.is_new(activity.hash):
                    yield activity


def _table(rows: list[tuple[str, str | None, str, str | None, Instant]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(_SCHEMA)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA
    )
