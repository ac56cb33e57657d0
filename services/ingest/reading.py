"""The bytes of a request: bounded while they arrive, and while they are decompressed."""

import asyncio
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from services.ingest.unpacking import TooLarge, unpacked
from services.runtime.problems import Problem

_PATIENCE_SECONDS = 30.0  # for a body that comes in pieces: phones are slow, and some who send slowly mean harm


async def read_body(receive: Receive, encoding: str, limit: int) -> bytes:
    """The body, at most `limit` bytes before and after decompression. Raises `Problem`: 413, 408, 400.

    `encoding`: what the header Content-Encoding says.
    """
    body, is_whole = await _chunk(receive)
    if not is_whole:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                body = await _rest(receive, body, limit)
        except TimeoutError as slow:
            detail = f"The body did not arrive within {_PATIENCE_SECONDS:g} s."
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "too_slow", detail) from slow
    if len(body) > limit:
        raise TooLarge(limit)
    return unpacked(body, encoding, limit)


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    """The next bytes of the body, and whether they are the last. Raises `ClientDisconnect`."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), not message.get("more_body", False)


async def _rest(receive: Receive, first: bytes, limit: int) -> bytes:
    """The whole body; no more of it than `limit` is ever held. Raises `Problem`: 413."""
    chunks, size, is_whole = [first], len(first), False
    while not is_whole and size <= limit:
        chunk, is_whole = await _chunk(receive)
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)
