"""`GET /v1/changes`: a feed that misses nothing and repeats nothing, however many write meanwhile."""

import asyncio

import pytest

from schemas.codec import encode
from services.api.cursors import FromOffsets, write_cursor
from tests.integration.api.conftest import change


async def follow(api, until: int, limit: int) -> list[tuple[str, int]]:
    """Every change the feed gives, page by page, until there are that many."""
    found: list[tuple[str, int]] = []
    path = f"/v1/changes?limit={limit}"
    async with asyncio.timeout(30):
        while len(found) < until:
            answer = await api.get(path)
            found += [(item["account_id"], item["sequence"]) for item in answer.json()["items"]]
            path = answer.links["next"]["url"]
    return found


async def test_a_reader_beside_concurrent_writers_gets_every_change_once_and_in_order(api, write):
    wanted = [(f"a{account}", sequence) for account in range(30) for sequence in range(1, 31)]
    reading = asyncio.create_task(follow(api, until=len(wanted), limit=7))
    lives = [[change(f"a{account}", sequence) for sequence in range(1, 31)] for account in range(30)]
    await asyncio.gather(*(write(life) for life in lives))
    found = await reading

    assert len(found) == len(wanted)
    assert sorted(found) == sorted(wanted)
    for account in range(30):
        own = [sequence for account_id, sequence in found if account_id == f"a{account}"]
        assert own == sorted(own)


async def test_a_change_that_says_it_is_older_is_not_skipped(api, write):
    """Pages are in order of `known_at`; what decides is the place in the partition."""
    await write([change("kita", 2), change("kita", 1), change("kita", 3)])
    await api.served("kita", 3)

    assert [sequence for _, sequence in await follow(api, until=3, limit=2)] == [2, 1, 3]


async def test_latest_begins_with_what_comes_from_now_on(api, write):
    await write([change("kita", 1)])
    await api.served("kita", 1)
    start = (await api.get("/v1/changes?since=latest")).json()
    await write([change("kita", 2)])
    await api.served("kita", 2)
    found = (await api.get(f"/v1/changes?since={start['next_cursor']}")).json()

    assert start["items"] == []
    assert [item["sequence"] for item in found["items"]] == [2]


async def test_the_feed_serves_the_bytes_of_the_log(api, write):
    await write([change("kita", 1)])
    await api.served("kita", 1)

    answer = await api.get("/v1/changes")
    assert answer.content.startswith(b'{"items":[' + encode(change("kita", 1)) + b'],"next_cursor":"')


@pytest.mark.parametrize(
    "since", ["nonsense", "kqFoAw", write_cursor(FromOffsets(log="another", offsets=(1, 2, 3, 4)))]
)
async def test_a_cursor_of_something_else_is_refused(api, since):
    answer = await api.get(f"/v1/changes?since={since}", expect=422)

    assert answer.json()["errors"][0]["field"] == "since"
