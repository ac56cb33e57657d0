"""Bodies, bounded."""

import gzip
import tracemalloc

import pytest
from starlette.requests import Request

from services.ingest.reading import read_body
from services.runtime.problems import Problem

LIMIT = 1_000


def request(*chunks: bytes) -> Request:
    parts = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages = iter([*parts, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        return next(messages)

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


@pytest.mark.parametrize(
    ("chunks", "body"),
    [
        pytest.param([b"{", b"}"], b"{}", id="plain, in chunks"),
        pytest.param([], b"", id="empty"),
        pytest.param([b"x" * LIMIT], b"x" * LIMIT, id="just the limit"),
        pytest.param([gzip.compress(b"{}")], b"{}", id="gzip"),
        pytest.param([gzip.compress(b"[1,") + gzip.compress(b"2]")], b"[1,2]", id="gzip of two members"),
        pytest.param([gzip.compress(b"x" * LIMIT)], b"x" * LIMIT, id="gzip of just the limit"),
    ],
)
async def test_a_body_is_read(chunks, body):
    assert await read_body(request(*chunks), LIMIT) == body


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        pytest.param([b"x" * 600, b"x" * 401], 413, id="too large, in chunks"),
        pytest.param([gzip.compress(b"x" * 1_001)], 413, id="too large, decompressed"),
        pytest.param(
            [gzip.compress(b"x" * 600) + gzip.compress(b"x" * 401)], 413, id="two members, too large together"
        ),
        pytest.param([gzip.compress(b"{}")[:-5]], 400, id="cut off"),
        pytest.param([b"\x1f\x8bgarbage"], 400, id="not gzip after all"),
        pytest.param([gzip.compress(b"{}") + b"garbage"], 400, id="gzip and something else"),
    ],
)
async def test_a_body_that_cannot_be_taken_says_why(chunks, status):
    with pytest.raises(Problem) as raised:
        await read_body(request(*chunks), LIMIT)

    assert raised.value.status == status


async def test_a_bomb_is_put_down_before_it_unfolds():
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(Problem):
        await read_body(request(bomb), 100_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 1_000_000
