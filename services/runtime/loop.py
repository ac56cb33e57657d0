"""The event loop of every service: uvloop's, on which aiokafka outlives a connection that breaks as it writes.

What is written to a closed transport asyncio drops, and uvloop refuses with a RuntimeError that aiokafka does not
expect (its issue 1038): the task that looks for brokers ends without a word, and the client waits for ever.
"""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvloop
from aiokafka import conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError
from typing_extensions import override

PRIVATE_NAMES = ("send", "_send_sasl_token")  # of AIOKafkaConnection, which `create_conn` looks up in its module

_Result = TypeVar("_Result")


class Connection(AIOKafkaConnection):  # type: ignore[misc] # aiokafka ships no types
    """A connection that is broken, as any other, when its transport was closed before it knew."""

    @override
    def send(self, request: Any, expect_response: bool = True) -> Any:
        with self._as_broken():
            return super().send(request, expect_response)

    @override
    def _send_sasl_token(self, payload: bytes, expect_response: bool = True) -> Any:
        with self._as_broken():
            return super()._send_sasl_token(payload, expect_response)

    @contextmanager
    def _as_broken(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as closed:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            msg = f"Connection at {self.host}:{self.port} broken: {closed}"
            raise KafkaConnectionError(msg) from closed


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a service until it ends. Its exceptions are raised."""
    conn.AIOKafkaConnection = Connection
    return uvloop.run(work)
