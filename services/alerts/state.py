"""What the routes of alerts share while they run, and the parts of a request that many of them need."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import Depends, Request, Response
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.alerts.hearing import Manner
from services.runtime.access import require
from services.runtime.database import snapshot
from services.runtime.keys import Key
from services.runtime.scopes import Scope
from services.runtime.sender import Sender


@dataclass(frozen=True, slots=True)
class AlertsState:
    """In the app as `state.alerts`."""

    engine: AsyncEngine
    sender: Sender
    manner: Manner
    private_addresses: bool


async def _state(request: Request) -> AlertsState:  # async, since FastAPI would run it in a thread otherwise
    state: AlertsState = request.app.state.alerts
    return state


Shared = Annotated[AlertsState, Depends(_state)]


async def _reading(state: Shared) -> AsyncIterator[AsyncConnection]:
    async with snapshot(state.engine) as connection:
        yield connection


Reading = Annotated[AsyncConnection, Depends(_reading)]  # one snapshot for each request; it cannot write
Operator = Annotated[Key, Depends(require(Scope.OPERATE))]
Admin = Annotated[Key, Depends(require(Scope.ADMIN))]
READER = Depends(require(Scope.READ))


def answered(answer: Struct, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(answer), status, media_type="application/json")
