"""What every route of an SDK does: find the key, take the body apart, have it taken, and answer as that SDK expects."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from services.ingest.dialects.body import BodyMalformed
from services.ingest.dialects.dialect import Dialect, Parcel, Unpack
from services.ingest.front_door import Decided, Delivery, FrontDoor
from services.ingest.metrics import Door
from services.ingest.reading import read_body
from services.runtime.access import let_in, presented_key
from services.runtime.keys import KeyRing, Scope
from services.runtime.problems import Problem

Answer = Callable[[Sequence[Decided]], Response]


class Taking:
    """A route that takes deliveries in one dialect. The key is in a header, or in the body."""

    def __init__(self, path: str, dialect: Dialect, answer: Answer) -> None:
        self.path = path
        self._dialect = dialect
        self._answer = answer
        self._door = Door(dialect.name)

    async def __call__(self, request: Request) -> Response:
        """The answer, once everything is kept. Raises `Problem`."""
        front_door: FrontDoor = request.app.state.front_door
        keys: KeyRing = request.app.state.keys
        header_key = presented_key(request.headers)
        caller = None if header_key is None else let_in(keys, header_key, Scope.INGEST)  # before anything is read
        dialect = self._dialect
        body = dialect.gather(request.headers, await read_body(request, front_door.limits.batch_bytes))
        parcel, why = _unpacked(dialect.unpack, body)
        caller = caller or let_in(keys, parcel.key, Scope.INGEST)
        spent = front_door.rates.spend(caller.id, max(1, len(parcel.items)))
        delivery = Delivery(self._door, self.path, caller.name, body, parcel.sent_at, request.headers)
        try:
            if why is not None:
                raise await front_door.malformed(delivery, why)
            response = self._answer(await front_door.take(delivery, parcel.items, dialect.decide))
        except Problem as problem:
            problem.headers = {**spent, **(problem.headers or {})}
            raise
        response.headers.update(spent)
        return response


def _unpacked(unpack: Unpack, body: bytes) -> tuple[Parcel, str | None]:
    """What the body holds, or why it holds nothing."""
    try:
        return unpack(body), None
    except BodyMalformed as malformed:
        return Parcel([]), str(malformed)
