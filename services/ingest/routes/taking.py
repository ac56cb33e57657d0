"""What every route of an SDK does: find the key, take the body apart, have it taken, and answer as that SDK expects.

Plain ASGI: FastAPI's way to a route, and Starlette's requests and responses, cost more than all that is done here.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from services.ingest.dialects.body import BodyMalformed
from services.ingest.dialects.dialect import Dialect, Parcel, Unpack
from services.ingest.front_door import Decided, Delivery, FrontDoor
from services.ingest.metrics import Door
from services.ingest.rates import RawHeaders
from services.ingest.reading import read_body
from services.ingest.routes.reply import Reply, of_problem
from services.runtime.access import let_in, presented_key
from services.runtime.keys import KeyRing
from services.runtime.problems import Problem
from services.runtime.scopes import Scope as KeyScope

Answer = Callable[[Sequence[Decided]], Reply]  # raises `Problem`

_logger = logging.getLogger(__name__)
_BROKEN: Final = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something broke here. It has been logged.")
_ANY_PAGE: Final = (b"access-control-allow-origin", b"*")  # its key says who it is, whatever page it is
_UNREAD: Final = Reply(HTTPStatus.BAD_REQUEST, [(b"content-length", b"0")])


class Way(NamedTuple):
    """A path on which deliveries come in one dialect, and how they are answered."""

    path: str
    dialect: Dialect
    answer: Answer


class Taking:
    """An ASGI application that takes deliveries on one way. The key is in a header, or in the body."""

    def __init__(self, way: Way, front_door: FrontDoor, keys: KeyRing) -> None:
        self.path, self._dialect, self._answer = way
        self._door = Door(way.dialect.name)
        self._front_door = front_door
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, once everything is kept."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        told: RawHeaders = [_ANY_PAGE] if "origin" in headers else []
        try:
            reply = await self._taken(headers, receive, told)
        except Problem as problem:
            reply = of_problem(problem, self.path)
        except ClientDisconnect:
            reply = _UNREAD
        except Exception:
            _logger.exception("request failed", extra={"path": self.path})
            reply = of_problem(_BROKEN, self.path)
        await reply.send(send, told)

    async def _taken(self, headers: Mapping[str, str], receive: Receive, told: RawHeaders) -> Reply:
        """The answer; what is `told` whatever it is, is put there. Raises `Problem`, `ClientDisconnect`."""
        front_door, keys = self._front_door, self._keys
        header_key = presented_key(headers)
        caller = None if header_key is None else let_in(keys, header_key, KeyScope.INGEST)  # before anything is read
        dialect = self._dialect
        encoding = headers.get("content-encoding", "")
        body = dialect.gather(headers, await read_body(receive, encoding, front_door.limits.batch_bytes))
        parcel, why = _unpacked(dialect.unpack, body)
        caller = caller or let_in(keys, parcel.key, KeyScope.INGEST)
        told += front_door.rates.spend(caller.id, max(1, len(parcel.items)))
        delivery = Delivery(self._door, self.path, caller.name, body, parcel.sent_at, headers)
        if why is not None:
            raise await front_door.malformed(delivery, why)
        return self._answer(await front_door.take(delivery, parcel.items, dialect.decide))


def _unpacked(unpack: Unpack, body: bytes) -> tuple[Parcel, str | None]:
    """What the body holds, or why it holds nothing."""
    try:
        return unpack(body), None
    except BodyMalformed as malformed:
        return Parcel([]), str(malformed)
