"""The short way to the routes that take deliveries: straight to them, past what only other routes need."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.ingest.routes.taking import Taking
from services.runtime.problems import Problem, problem_response

_logger = logging.getLogger(__name__)
_BROKEN: Final = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something broke here. It has been logged.")


class Doors:
    """Hands a delivery to its route at once; everything else goes to the application, to which the routes belong."""

    def __init__(self, app: FastAPI, doors: Mapping[str, Taking]) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        taking = self._doors.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if taking is None:
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        request = Request(scope, receive)
        response = await self._answer(taking, request)
        if "origin" in request.headers:  # a page: its key says who it is, whatever page it is
            response.headers["Access-Control-Allow-Origin"] = "*"
        await response(scope, receive, send)

    async def _answer(self, taking: Taking, request: Request) -> Response:
        try:
            return await taking(request)
        except Problem as problem:
            return problem_response(problem, request.url.path)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
        except Exception:
            _logger.exception("request failed", extra={"path": request.url.path})
            return problem_response(_BROKEN, request.url.path)
