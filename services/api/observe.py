"""Measures every request, by the route that answered it."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.metrics import REQUEST_SECONDS


class Observed:
    """ASGI middleware. Requests that no route answers count as one: paths are not labels."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and note how long it took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = "500"

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        begin = perf_counter()
        try:
            await self._app(scope, receive, note_status)
        finally:
            route = getattr(scope.get("route"), "path_format", "none")
            REQUEST_SECONDS.labels(scope["method"] if route != "none" else "any", route, status).observe(
                perf_counter() - begin
            )
