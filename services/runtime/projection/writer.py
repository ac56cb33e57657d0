"""The SQL of projections: who projects, and how far it has come.

Who holds the rows of `offsets` is alone in writing what they speak of; that is what makes any number of projectors
safe, whatever they believe of themselves.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables import log, offsets

_TAKE_OFFICE = text("""
    SELECT pg_try_advisory_lock(hashtextextended('kizashi projector ' || :reader, 0)),
        -- a machine that vanished says no goodbye: half a minute, not the two hours of the default
        set_config('tcp_keepalives_idle', '15', false), set_config('tcp_keepalives_interval', '5', false),
        set_config('tcp_keepalives_count', '3', false)
""")
_BEGIN_OFFSETS = text("""
    INSERT INTO offsets (reader, topic, partition, next_offset)
    SELECT :reader, :topic, unnest(CAST(:partitions AS integer[])), 0
    ON CONFLICT DO NOTHING
""")
_LOCK_OFFSETS = text("""
    SELECT partition, next_offset FROM offsets
    WHERE reader = :reader AND topic = :topic AND partition = ANY(CAST(:partitions AS integer[]))
    ORDER BY partition
    FOR UPDATE
""")
_MOVE_OFFSETS = text("""
    UPDATE offsets SET next_offset = moved.next_offset
    FROM unnest(CAST(:partitions AS integer[]), CAST(:next_offsets AS bigint[])) AS moved (partition, next_offset)
    WHERE reader = :reader AND topic = :topic AND offsets.partition = moved.partition
""")


async def partitions(connection: AsyncConnection) -> int:
    """How many partitions the log has, and so every topic that goes with it; 0 while it has not been opened."""
    return await connection.scalar(select(log.c.partitions)) or 0


async def applied_offsets(connection: AsyncConnection, reader: str, topic: str) -> dict[int, int]:
    """The next offset of each partition, as of now."""
    moved = await connection.execute(
        select(offsets.c.partition, offsets.c.next_offset).where(offsets.c.reader == reader, offsets.c.topic == topic)
    )
    return dict(moved.all())


async def take_office(connection: AsyncConnection, reader: str) -> bool:
    """Whether this session is the one that projects for `reader`, from now until it ends."""
    async with connection.begin():
        return bool(await connection.scalar(_TAKE_OFFICE, {"reader": reader}))


async def begin_offsets(connection: AsyncConnection, reader: str, topic: str, partitions: Collection[int]) -> None:
    """Give every partition that has no row one that says 0, so that there is a row to lock."""
    names = {"reader": reader, "topic": topic}
    await connection.execute(_BEGIN_OFFSETS, {**names, "partitions": sorted(partitions)})


async def lock_offsets(
    connection: AsyncConnection, reader: str, topic: str, partitions: Collection[int]
) -> dict[int, int]:
    """The next offset of each partition, which nobody else can move until this transaction ends."""
    names = {"reader": reader, "topic": topic}
    rows = await connection.execute(_LOCK_OFFSETS, {**names, "partitions": sorted(partitions)})
    return {row.partition: row.next_offset for row in rows}


async def move_offsets(connection: AsyncConnection, reader: str, topic: str, next_offsets: Mapping[int, int]) -> None:
    """Say that everything before these offsets has been written. Their rows must be locked."""
    moved = {"partitions": list(next_offsets), "next_offsets": list(next_offsets.values())}
    await connection.execute(_MOVE_OFFSETS, {"reader": reader, "topic": topic, **moved})
