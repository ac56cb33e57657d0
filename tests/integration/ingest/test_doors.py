"""Ingest as a process, on real Kafka and PostgreSQL: both doors, and a real SDK."""

import asyncio
import json
import signal

import httpx
import pytest
import segment.analytics as segment
from aiokafka import TopicPartition

from schemas.activity import AccountFacts, Event, UserLink
from schemas.codec import decode_activity
from schemas.dead_letters import DeadLetterReason, read_headers
from schemas.topics import ACTIVITY, DEAD_LETTERS, EVENTS
from services.runtime.kafka import consumer, producer
from tests.integration.ingest.conftest import SECONDS, letters, log_of


async def test_what_is_answered_with_success_is_in_the_log(ingest, kafka):
    events = [{"account_id": f"a{n % 7}", "event_name": "login", "message_id": f"m{n}"} for n in range(500)]
    async with httpx.AsyncClient(base_url=ingest.url, headers=ingest.headers) as client:
        answer = await client.post("/v1/events", json=events)
        one = await client.post("/v1/events", json={"account_id": "a1", "event_name": "logout", "message_id": "last"})
    found = await log_of(kafka, lambda record: isinstance(record, Event), 501)

    assert (answer.status_code, one.status_code) == (202, 202)
    assert sorted(event.message_id for _, event in found) == sorted([*(f"m{n}" for n in range(500)), "last"])
    assert {event.source for _, event in found} == {"web"}


async def test_both_doors_put_an_account_in_one_partition_and_the_order_of_a_sender_stays(ingest, kafka):
    async with httpx.AsyncClient(base_url=ingest.url, headers=ingest.headers) as client:
        await client.post("/v1/events", json=[{"account_id": f"a{n}", "event_name": "http"} for n in range(40)])
    async with producer(kafka, "tests") as client:
        for n in range(40):  # with no key, anywhere
            body = json.dumps({"account_id": f"a{n}", "event_name": "kafka"}).encode()
            await client.send_and_wait(EVENTS.name, body)
    found = await log_of(kafka, lambda record: isinstance(record, Event), 80)
    partitions: dict[str, set[int]] = {}
    for partition, event in found:
        partitions.setdefault(event.account_id, set()).add(partition)

    assert all(len(several) == 1 for several in partitions.values())
    assert len(set.union(*partitions.values())) > 1


@pytest.mark.usefixtures("ingest")
async def test_a_record_of_a_producer_is_received_when_the_broker_has_it_and_named_by_its_place(kafka):
    async with producer(kafka, "tests") as client:
        body = b'{"account_id":"acme","event_name":"login"}'
        sent = await client.send_and_wait(EVENTS.name, body, partition=2, headers=[("source", b"billing")])
    ((_, event),) = await log_of(kafka, lambda record: isinstance(record, Event), 1)

    assert (event.message_id, event.source) == (f"events.v1/2/{sent.offset}", "billing")
    assert int(event.received_at.timestamp() * 1_000) == sent.timestamp


async def test_what_either_door_refuses_is_a_dead_letter_with_its_own_bytes(ingest, kafka):
    async with producer(kafka, "tests") as client:
        sent = await client.send_and_wait(EVENTS.name, b"\xff\x00", key=b"\xfe")
    async with httpx.AsyncClient(base_url=ingest.url, headers=ingest.headers) as client:
        await client.post("/v1/events", json=[{"user_id": "u"}])
    by_reason = {one.letter.reason: one for one in await letters(kafka, 2)}
    malformed, unattributed = by_reason[DeadLetterReason.MALFORMED], by_reason[DeadLetterReason.UNATTRIBUTED]

    assert (malformed.key, malformed.value) == (b"\xfe", b"\xff\x00")
    assert malformed.letter.origin == f"events.v1/{sent.partition}/{sent.offset}"
    assert (unattributed.value, unattributed.letter.origin) == (b'{"user_id":"u"}', "http /v1/events")


@pytest.mark.usefixtures("ingest")
async def test_the_largest_record_of_a_producer_fits_into_the_dead_letters(kafka):
    largest = b"x" * 1_000_000
    async with producer(kafka, "tests", compression_type=None) as client:
        await client.send_and_wait(EVENTS.name, largest)
    (letter,) = await letters(kafka, 1)

    assert (letter.value, letter.letter.reason) == (largest, DeadLetterReason.TOO_LARGE)


async def test_nothing_is_lost_between_the_doors_when_the_process_is_killed(ingest, kafka):
    """What is read twice has the same id twice, by which scoring knows it."""
    async with producer(kafka, "tests") as client:
        for n in range(3_000):
            await client.send(EVENTS.name, json.dumps({"account_id": f"a{n}", "event_name": "login"}).encode())
            if n in (1_000, 2_000):
                await client.flush()
                await asyncio.to_thread(ingest.end, signal.SIGKILL)
                await asyncio.to_thread(ingest.start)
    found: set[str] = set()
    async with consumer(kafka, "tests", ACTIVITY.name) as reading, asyncio.timeout(2 * SECONDS):
        while len(found) < 3_000:
            for records in (await reading.getmany(timeout_ms=200)).values():
                decoded = (decode_activity(record.value) for record in records)
                found.update(event.message_id for event in decoded if isinstance(event, Event))

    assert len(found) == 3_000


async def test_segments_own_client_delivers_a_day_of_a_product(ingest, kafka):
    refusals: list[Exception] = []
    client = segment.Client(
        ingest.key, host=ingest.url, gzip=True, upload_size=50, on_error=lambda error, _: refusals.append(error)
    )
    context = {"groupId": "acme"}
    client.identify("u-7", {"email": "a@example.com"}, context)
    client.group("u-7", "acme", {"name": "株式会社アクメ", "plan": "pro", "employees": 12})
    for n in range(150):
        client.track("u-7", "Report Exported", {"feature": "reports", "nested": {"n": n}}, context, message_id=f"m{n}")
    client.page("u-7", "Docs", "Setup", {}, context)
    client.track("u-8", "Nobody's")
    await asyncio.to_thread(client.shutdown)

    found = await log_of(kafka, lambda record: isinstance(record, Event | AccountFacts | UserLink), 154)
    events = [record for _, record in found if isinstance(record, Event)]
    (facts,) = [record for _, record in found if isinstance(record, AccountFacts)]
    (letter,) = await letters(kafka, 1)

    assert refusals == []
    assert [event.message_id for event in events if event.event_name == "Report Exported"] == [
        f"m{n}" for n in range(150)
    ]
    assert {(event.event_name, event.feature) for event in events} == {
        ("Report Exported", "reports"),
        ("page", "Setup"),
    }
    assert (facts.name, facts.plan) == ("株式会社アクメ", "pro")
    assert sum(isinstance(record, UserLink) for _, record in found) == 2
    assert letter.letter.reason is DeadLetterReason.UNATTRIBUTED


async def test_dead_letters_carry_headers_that_any_client_can_read(ingest, kafka):
    async with httpx.AsyncClient(base_url=ingest.url, headers=ingest.headers) as client:
        await client.post("/v1/events", content=b"?")
    await letters(kafka, 1)
    async with consumer(kafka, "tests") as client:
        client.assign([TopicPartition(DEAD_LETTERS.name, partition) for partition in range(kafka.partitions)])
        async with asyncio.timeout(SECONDS):
            record = await client.getone()

    assert read_headers(record.headers).detail.startswith("this is not a JSON object")
