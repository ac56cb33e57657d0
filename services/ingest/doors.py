"""The short way to the routes that take deliveries: straight to them, past what only other routes need."""

from collections.abc import Iterable

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from services.ingest.routes.taking import Taking


class Doors:
    """Hands a delivery to its route at once; everything else goes to the application, to which the routes belong."""

    def __init__(self, app: FastAPI, takings: Iterable[Taking]) -> None:
        self._app = app
        self._takings = {taking.path: taking for taking in takings}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        taking = self._takings.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        scope["app"] = self._app
        await (taking or self._app)(scope, receive, send)
