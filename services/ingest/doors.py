"""The short way to the routes that take deliveries: straight to them, past what only other routes need."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.ingest.routes.taking import Taking
from services.runtime.problems import Problem, problem_response


class Doors:
    """Middleware that hands a delivery to its route at once; everything else goes on to the application."""

    def __init__(self, app: ASGIApp, doors: Mapping[str, Taking]) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        taking = self._doors.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if taking is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await taking(request)
        except Problem as problem:
            response = problem_response(problem, scope["path"])
        if "origin" in request.headers:  # a page: its key says who it is, whatever page it is
            response.headers["Access-Control-Allow-Origin"] = "*"
        await response(scope, receive, send)
