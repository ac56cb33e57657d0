"""What every route of an SDK does: find the key, take the body apart, have it taken, and answer as that SDK expects."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import BodyMalformed
from services.ingest.dialects.dialect import Dialect, Parcel, Unpack
from services.ingest.front_door import Delivery, FrontDoor
from services.ingest.metrics import Door
from services.ingest.reading import read_body
from services.runtime.access import let_in, presented_key
from services.runtime.keys import Scope

Decided = tuple[bytes, Receipt, Admitted | Refused]
Answer = Callable[[Sequence[Decided]], Response]
Route = Callable[[Request], Awaitable[Response]]


def taking(path: str, dialect: Dialect, answer: Answer) -> Route:
    """A route that takes deliveries in one dialect. The key is in a header, or in the body."""
    door = Door(dialect.name)

    async def take(request: Request) -> Response:
        front_door: FrontDoor = request.app.state.front_door
        header_key = presented_key(request.headers)
        if header_key is not None:
            let_in(request.app.state.keys, header_key, Scope.INGEST)  # before anything is read
        body = dialect.gather(request.headers, await read_body(request, front_door.limits.batch_bytes))
        parcel, why = _unpacked(dialect.unpack, body)
        caller = let_in(request.app.state.keys, header_key or parcel.key, Scope.INGEST)
        delivery = Delivery(door, path, caller.name, body, parcel.sent_at)
        if why is not None:
            raise await front_door.malformed(delivery, why)
        decided = await front_door.take(delivery, parcel.items, dialect.decide)
        return answer([(item, *found) for item, found in zip(parcel.items, decided, strict=True)])

    return take


def _unpacked(unpack: Unpack, body: bytes) -> tuple[Parcel, str | None]:
    """What the body holds, or why it holds nothing."""
    try:
        return unpack(body), None
    except BodyMalformed as malformed:
        return Parcel([]), str(malformed)
