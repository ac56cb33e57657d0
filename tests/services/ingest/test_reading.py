"""Bodies, bounded."""

import gzip
import time
import tracemalloc
import zlib

import cramjam
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from services.ingest.reading import read_body
from services.runtime.problems import Problem

LIMIT = 1_000


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def zstd(body: bytes) -> bytes:
    return bytes(cramjam.zstd.compress(body))


def request(*chunks: bytes) -> Receive:
    parts = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages = iter([*parts, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        return next(messages)

    return receive


@pytest.mark.parametrize(
    ("chunks", "body"),
    [
        pytest.param([b"{", b"}"], b"{}", id="plain, in chunks"),
        pytest.param([], b"", id="empty"),
        pytest.param([b"x" * LIMIT], b"x" * LIMIT, id="just the limit"),
        pytest.param([gzip.compress(b"{}")], b"{}", id="gzip"),
        pytest.param([gzip.compress(b"[1,") + gzip.compress(b"2]")], b"[1,2]", id="gzip of two members"),
        pytest.param([gzip.compress(b"x" * LIMIT)], b"x" * LIMIT, id="gzip of just the limit"),
        pytest.param([zlib.compress(b"x" * LIMIT)], b"x" * LIMIT, id="deflate"),
        pytest.param([zstd(b"x" * LIMIT)], b"x" * LIMIT, id="zstd of just the limit"),
    ],
)
async def test_a_body_is_read(chunks, body):
    assert await read_body(request(*chunks), "", LIMIT) == body


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
        pytest.param([zlib.compress(b"x" * 1_001)], 413, id="deflate, too large"),
        pytest.param([zstd(b"x" * 1_001)], 413, id="zstd, too large"),
        pytest.param([zstd(b"x" * 9_001)], 413, id="zstd, far too large"),
        pytest.param([zstd(b"{}" * 40)[:-2]], 400, id="zstd, cut off"),
    ],
)
async def test_a_body_that_cannot_be_taken_says_why(chunks, status):
    with pytest.raises(Problem) as raised:
        await read_body(request(*chunks), "", LIMIT)

    assert raised.value.status == status


async def test_raw_deflate_is_believed_on_the_word_of_its_header():
    assert await read_body(request(raw_deflate(b"[1]")), "deflate", LIMIT) == b"[1]"


async def test_who_says_deflate_and_sends_json_is_understood():
    assert await read_body(request(b" [1]"), "deflate", LIMIT) == b" [1]"


async def test_what_was_compressed_twice_is_unpacked_once():
    once = gzip.compress(b"[1]")
    assert await read_body(request(gzip.compress(once)), "", LIMIT) == once


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, zstd, raw_deflate])
async def test_a_bomb_is_put_down_before_it_unfolds(compress):
    bomb = compress(b"\0" * 50_000_000)
    tracemalloc.start()
    begins = time.process_time()
    with pytest.raises(Problem) as raised:
        await read_body(request(bomb), "deflate", 100_000)
    took = time.process_time() - begins
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (raised.value.status, most < 1_000_000, took < 0.1) == (413, True, True)


async def test_many_small_chunks_cost_what_they_are():
    begins = time.process_time()
    body = await read_body(request(*[b"x"] * 100_000), "", 100_000)

    assert (len(body), time.process_time() - begins < 2) == (100_000, True)


async def test_a_client_that_goes_away_is_no_body():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnect):
        await read_body(receive, "", LIMIT)
