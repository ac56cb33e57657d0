"""A user who is linked to an account, on every process of ingest, after a restart, and too late."""

import asyncio
import signal
from typing import Any

import httpx

from schemas.activity import Authority, Event, UserLink
from schemas.codec import encode
from schemas.dead_letters import DeadLetterReason
from schemas.time import moment_of
from schemas.topics import ACTIVITY, EVENTS, USER_LINKS
from services.ingest.replay import replay
from services.runtime.clock import now
from services.runtime.kafka import producer
from tests.integration.ingest.conftest import SECONDS, Ingest, letters, log_of


def post(ingest: Ingest, path: str, body: Any) -> int:
    return httpx.post(f"{ingest.url}{path}", json=body, headers=ingest.headers).status_code


def happened(name: str) -> dict[str, str]:
    """An event that names its user only."""
    return {"user_id": "u-7", "event_name": name, "message_id": name}


async def events(kafka, count: int) -> dict[str, str]:
    """The account of each event of the log, by its name; there are `count`, and no more."""
    found = [record for _, record in await log_of(kafka, lambda record: isinstance(record, Event), count)]
    assert len({event.event_name for event in found}) == len(found) == count, found
    return {event.event_name: event.account_id for event in found}


async def until_linked(ingest: Ingest) -> None:
    """Until a process has read a link."""
    async with httpx.AsyncClient(base_url=ingest.url) as client, asyncio.timeout(SECONDS):
        while "kizashi_ingest_linked_users 0.0" in (await client.get("/metrics")).text:  # noqa: ASYNC110 - over there
            await asyncio.sleep(0.05)


async def test_a_link_holds_on_every_process_at_both_doors_and_after_a_restart(start_ingest, kafka):
    one, other = start_ingest(), start_ingest()
    assert post(one, "/v1/group", {"userId": "u-7", "groupId": "acme"}) == 200
    assert post(one, "/v1/events", happened("here at once")) == 202
    await until_linked(other)
    assert post(other, "/v1/events", happened("there")) == 202
    await asyncio.to_thread(one.end, signal.SIGKILL)
    await asyncio.to_thread(one.start)
    assert post(one, "/v1/track", {"userId": "u-7", "event": "after a restart"}) == 200
    async with producer(kafka, "tests") as client:
        await client.send_and_wait(EVENTS.name, b'{"user_id":"u-7","event_name":"through Kafka"}')

    assert await events(kafka, 4) == dict.fromkeys(
        ("here at once", "there", "after a restart", "through Kafka"), "acme"
    )


async def test_what_came_before_its_link_is_put_back_by_itself_and_once(start_ingest, kafka):
    ingest = start_ingest()
    post(ingest, "/v1/events", [happened("by HTTP"), {"user_id": "u-8", "event_name": "of another"}])
    async with producer(kafka, "tests") as client:
        await client.send_and_wait(EVENTS.name, b'{"user_id":"u-7","event_name":"through Kafka"}')
        assert {one.letter.reason for one in await letters(kafka, 3)} == {DeadLetterReason.UNATTRIBUTED}
        at = moment_of(now())
        link = UserLink(account_id="acme", user_id="u-7", occurred_at=at, received_at=at, authority=Authority.OPERATE)
        await client.send_and_wait(ACTIVITY.name, encode(link), b"acme")  # as the API does
        await client.send_and_wait(USER_LINKS.name, encode(link), b"u-7")
    put_back = await events(kafka, 2)
    await asyncio.to_thread(ingest.end, signal.SIGTERM)
    await asyncio.to_thread(ingest.start)  # it reads the letters again, and their marks
    post(ingest, "/v1/group", {"userId": "u-8", "groupId": "globex"})

    assert put_back == {"by HTTP": "acme", "through Kafka": "acme"}
    assert await events(kafka, 3) == {**put_back, "of another": "globex"}


async def test_an_ingest_key_does_not_move_a_user_that_an_operate_key_has_linked(ingest, kafka):
    at = moment_of(now())
    link = UserLink(account_id="acme", user_id="u-7", occurred_at=at, received_at=at, authority=Authority.OPERATE)
    async with producer(kafka, "tests") as client:
        await client.send_and_wait(USER_LINKS.name, encode(link), b"u-7")
    await until_linked(ingest)
    post(ingest, "/v1/group", {"userId": "u-7", "groupId": "elsewhere"})
    post(ingest, "/v1/events", happened("login"))

    assert await events(kafka, 1) == {"login": "acme"}


async def test_a_replay_knows_the_users_that_are_linked(ingest, kafka):
    """What no process waits for any more can still be put back by hand."""
    post(ingest, "/v1/events", happened("login"))
    assert len(await letters(kafka, 1)) == 1
    await asyncio.to_thread(ingest.end, signal.SIGTERM)
    at = moment_of(now())
    link = UserLink(account_id="acme", user_id="u-7", occurred_at=at, received_at=at)
    async with producer(kafka, "tests") as client:
        await client.send_and_wait(USER_LINKS.name, encode(link), b"u-7")
    replayed = await replay(kafka, "tests", DeadLetterReason.UNATTRIBUTED, None)

    assert (replayed.admitted, replayed.refused) == (1, 0)
    assert await events(kafka, 1) == {"login": "acme"}
