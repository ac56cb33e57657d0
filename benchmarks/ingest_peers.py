"""What ingest is measured against, each as a server of its own on the same uvicorn and aiokafka.

python -m benchmarks.ingest_peers floor|idiomatic PORT BOOTSTRAP_SERVERS TOPIC

floor        bare ASGI: JSON read by msgspec, every event sent with acks=all and awaited; nothing is checked
idiomatic    what a team would write: FastAPI, pydantic, one `send` for each event
"""

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import msgspec
import uvloop
from aiokafka import AIOKafkaProducer
from fastapi import Body, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from services.runtime.server import serve


class Peer:
    """A producer that is there once the server has begun."""

    producer: AIOKafkaProducer
    topic: str


class FloorEvent(msgspec.Struct):
    """Read, and written again."""

    account_id: str
    event_name: str
    timestamp: str
    message_id: str
    user_id: str | None = None
    feature: str | None = None


_decoder = msgspec.json.Decoder(FloorEvent | list[FloorEvent])
_encoder = msgspec.json.Encoder()


async def floor(_: Scope, receive: Receive, send: Send) -> None:
    """The least that a server with this producer can do."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message.get("more_body", False)
    if body.startswith(b"\x1f\x8b"):
        body = gzip.decompress(body)
    found = _decoder.decode(body)
    events = found if isinstance(found, list) else [found]
    sent = [await Peer.producer.send(Peer.topic, _encoder.encode(one), one.account_id.encode()) for one in events]
    for one in sent:
        await one
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


class IdiomaticEvent(BaseModel):
    """An event as pydantic checks it."""

    account_id: str = Field(min_length=1, max_length=255)
    event_name: str = Field(min_length=1, max_length=255)
    timestamp: datetime
    message_id: str
    user_id: str | None = None
    feature: str | None = None


class GzipRequest(Request):
    """A request whose body may be gzip, as FastAPI's documentation shows it."""

    @override
    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            body = await super().body()
            self._body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
        return self._body


class GzipRoute(APIRoute):
    """A route with such requests."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def unpacked(request: Request) -> Response:
            return await handle(GzipRequest(request.scope, request.receive))

        return unpacked


idiomatic = FastAPI()
idiomatic.router.route_class = GzipRoute


@idiomatic.post("/v1/events", status_code=202)
async def take(events: Annotated[list[IdiomaticEvent] | IdiomaticEvent, Body()]) -> dict[str, int]:
    """Send each, and wait for all."""
    several = events if isinstance(events, list) else [events]
    sent = [
        await Peer.producer.send(Peer.topic, one.model_dump_json().encode(), one.account_id.encode()) for one in several
    ]
    await asyncio.gather(*sent)
    return {"accepted": len(several)}


@asynccontextmanager
async def _producing(servers: str, topic: str) -> AsyncIterator[None]:
    Peer.producer, Peer.topic = (
        AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=2),
        topic,
    )
    await Peer.producer.start()
    try:
        yield
    finally:
        await Peer.producer.stop()


async def _run(name: str, port: int, servers: str, topic: str) -> None:
    async with _producing(servers, topic):
        await serve(floor if name == "floor" else idiomatic, "127.0.0.1", port)


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]))
