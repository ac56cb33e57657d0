"""What every route of an SDK does: find the key, take the body apart, have it taken, and answer as that SDK expects.

Plain ASGI: FastAPI's way to a route, and Starlette's requests and responses, cost more than all that is done here.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

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


class Taking:
    """An ASGI application that takes deliveries in one dialect. The key is in a header, or in the body."""

    def __init__(self, path: str, dialect: Dialect, answer: Answer) -> None:
        self.path = path
        self._dialect = dialect
        self._answer = answer
        self._door = Door(dialect.name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, once everything is kept. `scope` has the application whose parts these are."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        told: RawHeaders = [_ANY_PAGE] if "origin" in headers else []
        try:
            reply = await self._taken(scope["app"].state.front_door, scope["app"].state.keys, headers, receive, told)
        except Problem as problem:
            reply = of_problem(problem, self.path)
        except ClientDisconnect:
            reply = _UNREAD
        except Exception:
            _logger.exception("request failed", extra={"path": self.path})
            reply = of_problem(_BROKEN, self.path)
        await reply.send(send, told)

    async def _taken(
        self, front_door: FrontDoor, keys: KeyRing, headers: Mapping[str, str], receive: Receive, told: RawHeaders
    ) -> Reply:
        """The answer; what is `told` whatever it is, is put there. Raises `Problem`, `ClientDisconnect`."""
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
