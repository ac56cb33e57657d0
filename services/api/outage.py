"""An outage of PostgreSQL as an answer: 503 and when to try again, instead of a mistake of ours."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from sqlalchemy.exc import DataError, IntegrityError, NotSupportedError, ProgrammingError, SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.runtime.problems import Problem, problem_response

# Trying again would not help. What asyncpg refuses to send at all, SQLAlchemy gives no name: it is a ValueError below.
_OURS: Final = (DataError, IntegrityError, NotSupportedError, ProgrammingError, ValueError)


def install_outage(app: FastAPI) -> None:
    """Have outages answered as such. What else goes wrong stays an error of ours."""

    async def away(request: Request, error: Exception) -> JSONResponse:
        below = getattr(getattr(error, "orig", None), "__cause__", None)
        if isinstance(error, _OURS) or isinstance(below, _OURS):
            raise error
        problem = Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "database_away",
            "PostgreSQL cannot be reached at the moment. Try again.",
            headers={"Retry-After": "2"},
        )
        return problem_response(problem, request.url.path)

    app.add_exception_handler(SQLAlchemyError, away)
    app.add_exception_handler(OSError, away)
