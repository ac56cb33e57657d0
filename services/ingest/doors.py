"""The short way to the routes that take deliveries: straight to them, past what only other routes need."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from services.ingest.routes.taking import Taking


class Doors:
    """Hands a delivery to its route at once; everything else goes to the application."""

    def __init__(self, app: ASGIApp, takings: Iterable[Taking]) -> None:
        self._app = app
        self._takings = {taking.path: taking for taking in takings}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        taking = self._takings.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (taking or self._app)(scope, receive, send)
