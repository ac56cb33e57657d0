"""The api as a process: a web application, and beside it the projector, the sender and the watch."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Never

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from msgspec import Struct

from schemas.dead_letters import DeadLetter, DeadLetterReason
from schemas.topics import DEAD_LETTERS
from services.api import openapi
from services.api.arrivals.projection import LettersProjection
from services.api.observe import Observed
from services.api.outage import install_outage
from services.api.projection import ChangesProjection
from services.api.routes import accounts, arrivals, changes, judgements, links, roster
from services.api.settings import ApiSettings
from services.api.state import ApiState
from services.api.watch import Watch
from services.runtime.access import require
from services.runtime.database import open_engine
from services.runtime.health import Check, health_routes
from services.runtime.kafka import consumer
from services.runtime.keys import KeyRing, key_ring
from services.runtime.metrics import own_version
from services.runtime.problems import install_problems
from services.runtime.projection.projector import Projector, Record
from services.runtime.pseudonyms import name_of
from services.runtime.scopes import Scope
from services.runtime.sender import Sender
from services.runtime.server import serve


@dataclass(frozen=True, slots=True)
class Api:
    """The application, and what has to run beside it for as long as it is served."""

    app: FastAPI
    beside: tuple[Callable[[], Coroutine[None, None, Never]], ...]


@dataclass(frozen=True, slots=True)
class Mount:
    """Routes of another service in the same application, and the shapes that they answer with.

    `install` is called before our own routes are there: an account's id may hold slashes, so ours take what is left.
    """

    install: Callable[[FastAPI, ApiState], None]
    shapes: tuple[type[Struct], ...]


NOTHING_MORE: Final = Mount(lambda _app, _state: None, ())


async def run(settings: ApiSettings, mount: Mount = NOTHING_MORE) -> None:
    """Serve and project until told to end. A mistake in either ends both, for the supervisor to start them anew."""
    async with prepared(settings, mount) as api:
        serving = serve(api.app, settings.instance.host, settings.instance.api_port)
        await _until_one_ends(serving, *(work() for work in api.beside))


@asynccontextmanager
async def prepared(settings: ApiSettings, mount: Mount = NOTHING_MORE) -> AsyncIterator[Api]:
    """The api, not running yet."""
    engine = open_engine(settings.database)
    sender = Sender(settings.kafka, "kizashi-api")

    async def refuse(record: Record, why: str) -> None:
        letter = DeadLetter(
            reason=DeadLetterReason.UNREADABLE,
            detail=why,
            origin=f"{record.topic}/{record.partition}/{record.offset}",
            refused_at=_now(),
        )
        await sender.send(DEAD_LETTERS.name, record.key, record.value, letter.headers())

    projector = Projector(
        engine,
        lambda: consumer(settings.kafka, "kizashi-api-projector", auto_offset_reset="none"),
        ChangesProjection(refuse, _now),
    )
    letters = Projector(
        engine,
        lambda: consumer(settings.kafka, "kizashi-api-dead-letters", auto_offset_reset="none"),
        LettersProjection(_now),
    )
    try:
        async with key_ring(engine) as keys:
            watch = Watch(engine, settings.kafka, projector, sender, keys)
            state = ApiState(engine=engine, sender=sender, watch=watch, name_of=name_of(settings.privacy))
            app = create_app(state, keys, mount)
            yield Api(app, beside=(sender.run, watch.run, projector.run, letters.run))
    finally:
        await engine.dispose()


def create_app(state: ApiState, keys: KeyRing, mount: Mount = NOTHING_MORE) -> FastAPI:
    """The application alone."""
    app = FastAPIOffline(
        redoc_url=None,
        title="Kizashi",
        version=own_version(),
        description=openapi.DESCRIPTION,
        swagger_ui_parameters={"validatorUrl": None},  # it would have a stranger look at the description
    )
    app.state.api, app.state.keys = state, keys
    install_problems(app)
    install_outage(app)
    mount.install(app, state)
    reading = [Depends(require(Scope.READ)), Depends(openapi.KEY)]
    operating = [Depends(require(Scope.OPERATE)), Depends(openapi.KEY)]
    app.include_router(changes.router, dependencies=reading)  # before accounts: an id may hold slashes
    app.include_router(accounts.router, dependencies=reading)
    app.include_router(arrivals.router, dependencies=reading)
    app.include_router(judgements.router, dependencies=operating)  # before the roster, likewise
    app.include_router(links.router, dependencies=operating)  # before the roster, likewise
    app.include_router(roster.router, dependencies=operating)
    app.routes.extend(health_routes(_checks(state.watch)))
    app.openapi = openapi.describe(app, mount.shapes)  # type: ignore[method-assign]  # FastAPI's documented way
    app.add_middleware(Observed)
    return app


def _checks(watch: Watch) -> Mapping[str, Check]:
    return {
        "database": watch.database,
        "migrations": watch.migrations,
        "keys": watch.keys,
        "projector": watch.projector,
        "sender": watch.sender,
        "lag": watch.lag,
        "conflicts": watch.conflicts,
    }


async def _until_one_ends(*work: Coroutine[None, None, None]) -> None:
    """Run all until the first ends; what ended it is raised here."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _now() -> datetime:
    return datetime.now(UTC)
