from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from services.runtime.problems import Problem, install_problems


class Contact(BaseModel):
    name: str
    phone: list[int]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_problems(app)

    @app.post("/contacts")
    async def contacts(contact: Contact, limit: int = 1) -> tuple[Contact, int]:
        return contact, limit

    @app.get("/full")
    async def full() -> None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "full", "Try later.", headers={"Retry-After": "7"}, waiting=3)

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_problem_has_the_members_of_the_rfc_and_those_sdks_look_for(client: httpx.AsyncClient):
    answer = await client.get("/full")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "7"
    assert answer.json() == {
        "type": "urn:kizashi:problem:full",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "Try later.",
        "instance": "/full",
        "code": "full",
        "message": "Try later.",
        "waiting": 3,
    }


async def test_a_request_that_does_not_fit_is_answered_with_every_field(client: httpx.AsyncClient):
    answer = await client.post("/contacts?limit=many", json={"phone": [1, "two"]})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "invalid")
    assert [(error["in"], error["field"], error["pointer"]) for error in body["errors"]] == [
        ("query", "limit", "#/limit"),
        ("body", "name", "#/name"),
        ("body", "phone.1", "#/phone/1"),
    ]
    assert body["detail"].startswith("limit: ")
    assert body["detail"].endswith("(and 2 more)")


async def test_a_body_that_is_not_json_is_a_problem_too(client: httpx.AsyncClient):
    answer = await client.post("/contacts", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("PUT", "/full", 405, "method_not_allowed")],
)
async def test_what_the_framework_refuses_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
):
    answer = await client.request(method, path)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert told["detail"] == f"There is no {method} {path} here: GET /openapi.json tells what there is."


async def test_what_broke_is_not_told_to_strangers(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture):
    answer = await client.get("/broken")
    assert (answer.status_code, answer.json()["detail"]) == (500, "Something broke here. It has been logged.")
    assert "ZeroDivisionError" in caplog.text
