"""Scorecards on their way into the log, also those that were left half done."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition
from msgspec.structs import replace

from schemas.activity import Publication
from schemas.codec import decode_activity, encode
from schemas.scorecard import Bands, Inputs, Scorecard, Weighted
from schemas.topics import ACTIVITY
from services.runtime.database import open_engine, transaction
from services.runtime.kafka import consumer
from services.scoring.publication import (
    NotBacktested,
    UnknownVersion,
    publish,
    publish_first,
    roll_back,
    versions,
)
from services.scoring.queries import Published, remember, store_backtest
from services.scoring.scorecard_file import digest_of

CARD = Scorecard(
    name="first",
    signals=(Weighted(signal="recency", points=1),),
    bands=Bands(watch=40, at_risk=60),
    inputs=Inputs(friction=("error_shown",)),
)
OTHER = replace(CARD, name="other", inputs=Inputs(friction=("failed",)))


async def in_log(kafka, partitions: int) -> list[list[Publication]]:
    """The publications in each partition."""
    found: list[list[Publication]] = []
    async with consumer(kafka, "tests", auto_offset_reset="none") as client:
        places = [TopicPartition(ACTIVITY.name, number) for number in range(partitions)]
        ends = await client.end_offsets(places)
        for place in places:
            client.assign([place])
            client.seek(place, 0)
            records: list[Any] = []
            while len(records) < ends[place]:
                records += (await client.getmany(timeout_ms=500)).get(place, [])
            read = [decode_activity(record.value) for record in records]
            found.append([record for record in read if isinstance(record, Publication)])
    return found


async def test_a_scorecard_comes_into_every_partition_and_again_changes_nothing(kafka, database, log_identity):
    partitions = log_identity.partitions
    assert await publish_first(kafka, database, partitions, CARD) == 1
    assert await publish_first(kafka, database, partitions, OTHER) == 1
    second = await publish(kafka, database, partitions, OTHER, by="sato", waiver="a trial")
    again = await publish(kafka, database, partitions, OTHER, by="kato", waiver=None)
    assert (second.version, second.published_by, second.waiver) == (2, "sato", "a trial")
    assert again == second
    for published in await in_log(kafka, partitions):
        assert [(one.version, one.scorecard.name) for one in published] == [(1, "first"), (2, "other")]
        first, other = published
        assert other.watched[: len(first.watched)] == first.watched
        assert other.watched[-1].names == ("failed",)


async def test_publishing_asks_for_a_backtest_of_the_very_scorecard_or_a_reason(kafka, database, log_identity):
    partitions = log_identity.partitions
    await publish_first(kafka, database, partitions, CARD)
    with pytest.raises(NotBacktested, match=f"no backtest of this scorecard .{digest_of(OTHER)[:8]}. is stored"):
        await publish(kafka, database, partitions, OTHER, by="sato", waiver=None)
    with pytest.raises(NotBacktested):
        await publish(kafka, database, partitions, OTHER, by="sato", waiver=" ")  # says nothing
    engine = open_engine(database)
    async with transaction(engine) as connection:
        await store_backtest(connection, digest_of(OTHER), datetime.now(UTC), b"{}")
    await engine.dispose()
    published = await publish(kafka, database, partitions, OTHER, by="sato", waiver=None)
    assert (published.version, published.waiver) == (2, None)


async def test_going_back_publishes_what_was_said_before_as_a_new_version(kafka, database, log_identity):
    partitions = log_identity.partitions
    await publish_first(kafka, database, partitions, CARD)
    await publish(kafka, database, partitions, OTHER, by="sato", waiver="a trial")
    back = await roll_back(kafka, database, partitions, 1, by="sato")
    assert (back.version, back.hash, back.waiver) == (3, digest_of(CARD), "back to version 1")
    assert await roll_back(kafka, database, partitions, 1, by="sato") == back
    with pytest.raises(UnknownVersion, match="there is no version 9; there are 1, 2, 3"):
        await roll_back(kafka, database, partitions, 9, by="sato")
    assert [one.version for one in await versions(database)] == [3, 2, 1]


async def test_a_version_left_half_done_is_finished_before_the_next_one(kafka, database, log_identity):
    partitions = log_identity.partitions
    await publish_first(kafka, database, partitions, CARD)
    engine = open_engine(database)
    async with transaction(engine) as connection:  # and then its process was killed
        half = Published(2, digest_of(OTHER), encode(OTHER), datetime.now(UTC), "sato", "a trial")
        await remember(connection, half)
    await engine.dispose()
    third = replace(CARD, name="third")
    assert (await publish(kafka, database, partitions, third, by="sato", waiver="w")).version == 3
    for published in await in_log(kafka, partitions):
        assert [one.scorecard.name for one in published] == ["first", "other", "third"]
    assert all(one.complete_at for one in await versions(database))
