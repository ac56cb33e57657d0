"""What is an outage, and what is a mistake of ours."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from services.api.outage import install_outage
from services.runtime.problems import install_problems


def refused_by_asyncpg() -> DBAPIError:
    """As SQLAlchemy raises what asyncpg would not even send."""
    below = Exception("value out of range")
    below.__cause__ = ValueError("invalid input for query argument")
    return DBAPIError("SELECT 1", {}, below)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ConnectionRefusedError(), 503, "database_away"),
        (OperationalError("SELECT 1", {}, Exception("gone")), 503, "database_away"),
        (DBAPIError("SELECT 1", {}, Exception("shutting down")), 503, "database_away"),
        (ProgrammingError("SELEC 1", {}, Exception("syntax")), 500, "internal"),
        (refused_by_asyncpg(), 500, "internal"),
        (KeyError("a"), 500, "internal"),
    ],
)
async def test_only_an_outage_is_told_as_one(error, status, code):
    app = FastAPI()
    install_problems(app)
    install_outage(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
