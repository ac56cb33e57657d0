"""Segment's API as its SDKs use it: whatever is wrong with a call, the answer to the delivery is 200.

Its SDKs send a delivery again for any other success, and drop it, or end their process, for most failures; so a refused
call is a dead letter, and only a delivery that cannot be taken at all gets a failure.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.ingest.core.verdict import Admitted, Decide, Receipt, Refused
from services.ingest.dialects import segment
from services.ingest.dialects.body import BodyMalformed
from services.ingest.front_door import Delivery, FrontDoor
from services.ingest.metrics import Door
from services.ingest.reading import read_body
from services.runtime.access import let_in, presented_key
from services.runtime.keys import Scope

CALLS = ("track", "identify", "group", "page", "screen", "alias")
PREFIX = "/v1"

Unpack = Callable[[bytes], tuple[list[bytes], str | None]]
Route = Callable[[Request], Awaitable[Response]]


def _route(path: str, unpack: Unpack, decide: Decide) -> Route:
    """A route that takes deliveries of one shape."""

    async def take(request: Request) -> Response:
        front_door: FrontDoor = request.app.state.front_door
        header_key = presented_key(request.headers)
        if header_key is not None:
            let_in(request.app.state.keys, header_key, Scope.INGEST)  # before anything is read
        body = await read_body(request, front_door.limits.batch_bytes)
        calls, why, body_key = _unpacked(unpack, body)
        caller = let_in(request.app.state.keys, header_key or body_key, Scope.INGEST)
        delivery = Delivery(Door.SEGMENT, path, caller.name, body)
        if why is not None:
            raise await front_door.malformed(delivery, why)
        await front_door.take(delivery, calls, decide)
        return JSONResponse({"success": True})

    return take


def _unpacked(unpack: Unpack, body: bytes) -> tuple[list[bytes], str | None, str | None]:
    """The calls, or why there are none, and the key in the body."""
    try:
        calls, key = unpack(body)
    except BodyMalformed as malformed:
        return [], str(malformed), None
    return calls, None, key


def _deciding(kind: str) -> Decide:
    """How a call is decided whose type the route says."""

    def decide(item: bytes, receipt: Receipt, longest: int) -> Admitted | Refused:
        return segment.decide(item, receipt, longest, kind)

    return decide


def _router() -> APIRouter:
    router = APIRouter(prefix=PREFIX, include_in_schema=False)  # described in openapi.py
    router.add_api_route("/batch", _route(f"{PREFIX}/batch", segment.batch, segment.decide), methods=["POST"])
    for call in CALLS:
        path = f"/{call}"
        router.add_api_route(path, _route(PREFIX + path, segment.single, _deciding(call)), methods=["POST"])
    return router


router = _router()
