"""The HTTP side of ingest as one application."""

from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from services.ingest.doors import Doors
from services.ingest.front_door import FrontDoor
from services.ingest.openapi import describe
from services.ingest.routes import contracts, native, openmeter, posthog, segment
from services.ingest.routes.taking import Taking
from services.runtime.health import Check, health_routes
from services.runtime.keys import KeyRing
from services.runtime.metrics import own_version
from services.runtime.problems import install_problems

ROUTERS: Final = (segment.router, posthog.router, contracts.router)
WAYS: Final = (*native.ways, *segment.ways, *posthog.ways, *openmeter.ways)


def create_app(front_door: FrontDoor, keys: KeyRing, checks: dict[str, Check]) -> Doors:
    """The application; its parts are handed in, so that a test hands in others."""
    app = FastAPI(title="Kizashi ingest", version=own_version(), docs_url=None, redoc_url=None)
    install_problems(app)
    # Any page may send: its key says who it is, and cookies are neither asked for nor looked at.
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"], max_age=86_400
    )
    for router in ROUTERS:
        app.include_router(router)
    takings = [Taking(way, front_door, keys) for way in WAYS]
    app.router.routes.extend(Route(taking.path, taking, methods=["POST"]) for taking in takings)
    app.router.routes.extend(health_routes(checks))
    describe(app)
    return Doors(app, takings)
