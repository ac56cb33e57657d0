"""The HTTP side of ingest as one application."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from services.ingest.front_door import FrontDoor
from services.ingest.openapi import describe
from services.ingest.routes import native, openmeter, posthog, segment
from services.runtime.health import Check, health_routes
from services.runtime.keys import KeyRing
from services.runtime.metrics import own_version
from services.runtime.problems import install_problems


def create_app(front_door: FrontDoor, keys: KeyRing, checks: dict[str, Check]) -> FastAPI:
    """The application; its parts are handed in, so that a test hands in others."""
    app = FastAPI(title="Kizashi ingest", version=own_version(), docs_url=None, redoc_url=None)
    app.state.front_door = front_door
    app.state.keys = keys
    install_problems(app)
    # Any page may send: its key says who it is, and cookies are neither asked for nor looked at.
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"], max_age=86_400
    )
    app.include_router(native.router)
    app.include_router(segment.router)
    app.include_router(posthog.router)
    app.include_router(openmeter.router)
    app.router.routes.extend(health_routes(checks))
    describe(app)
    return app
