"""Error answers as RFC 9457 problem+json, with `code` and `message` beside `detail` for SDKs that look for those."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

_logger = logging.getLogger(__name__)


class Problem(Exception):
    """An answer that is an error, raised where it is found out.

    `code` is for programs and stays the same, `detail` is for people and says what to do.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.members = members


def problem_response(problem: Problem, instance: str) -> JSONResponse:
    """The answer to the request for `instance` (a path)."""
    body = {
        "type": f"urn:kizashi:problem:{problem.code}",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "instance": instance,
        "code": problem.code,
        "message": problem.detail,
        **problem.members,
    }
    return JSONResponse(
        body, status_code=problem.status, headers=problem.headers, media_type="application/problem+json"
    )


def install_problems(app: FastAPI) -> None:
    """Have every error of `app` answered as a problem."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> JSONResponse:
        return problem_response(problem, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, invalid: RequestValidationError) -> JSONResponse:
        return problem_response(as_problem(invalid), request.url.path)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        detail = str(error.detail)
        if detail in (HTTPStatus.NOT_FOUND.phrase, HTTPStatus.METHOD_NOT_ALLOWED.phrase):  # said by the router alone
            detail = (
                f"There is no {request.method} {request.url.path:.200} here: GET /openapi.json tells what there is."
            )
        problem = Problem(status, status.name.lower(), detail, headers=error.headers)
        return problem_response(problem, request.url.path)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        _logger.error("request failed", exc_info=error, extra={"path": request.url.path})
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        problem = Problem(status, "internal", "Something broke here. It has been logged.")
        return problem_response(problem, request.url.path)


def as_problem(invalid: RequestValidationError) -> Problem:
    """A request that does not fit, with each field named and pointed to (RFC 6901)."""
    errors = [
        {
            "field": ".".join(map(str, error["loc"][1:])) or str(error["loc"][0]),
            "pointer": "#/" + "/".join(_pointer(part) for part in error["loc"][1:]),
            "in": str(error["loc"][0]),
            "detail": error["msg"],
        }
        for error in invalid.errors()
    ]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"{first['field']}: {first['detail']}{more}", errors=errors
    )


def _pointer(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
