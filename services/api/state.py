"""What the routes of the api share while it runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.api.watch import Watch
from services.runtime.database import snapshot
from services.runtime.pseudonyms import NameOf
from services.runtime.sender import Sender


@dataclass(frozen=True, slots=True)
class ApiState:
    """In the app as `state.api`."""

    engine: AsyncEngine
    sender: Sender
    watch: Watch
    name_of: NameOf  # what a user is called in the log


async def _state(request: Request) -> ApiState:  # async, since FastAPI would run it in a thread otherwise
    state: ApiState = request.app.state.api
    return state


Shared = Annotated[ApiState, Depends(_state)]


async def _reading(state: Shared) -> AsyncIterator[AsyncConnection]:
    async with snapshot(state.engine) as connection:
        yield connection


Reading = Annotated[AsyncConnection, Depends(_reading)]  # one snapshot for each request; it cannot write
