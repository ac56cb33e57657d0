from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI

from services.runtime.access import presented_key, require
from services.runtime.keys import Key, KeyRing, make_key
from services.runtime.problems import install_problems
from services.runtime.scopes import Scope

READ_TEXT, READ_KEY = make_key(Scope.READ, "reader")
INGEST_TEXT, INGEST_KEY = make_key(Scope.INGEST, "sender")


def app_with(ring: KeyRing) -> FastAPI:
    app = FastAPI()
    app.state.keys = ring
    install_problems(app)

    @app.get("/secret")
    async def secret(key: Annotated[Key, Depends(require(Scope.READ))]) -> dict[str, str]:
        return {"caller": key.name}

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = app_with(KeyRing({key.id: key for key in (READ_KEY, INGEST_KEY)}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic " + b64encode(b"abc:").decode(), "abc"),
        ("Basic " + b64encode(b"abc:pass").decode(), "abc"),
        ("Basic %%%", None),
        ("Basic " + b64encode(b"\xff").decode(), None),
        ("Digest abc", None),
        ("Bearer", None),
        ("", None),
    ],
)
def test_the_key_in_an_authorization_header(header: str, key: str | None):
    assert presented_key({"authorization": header}) == key


async def test_a_key_with_the_scope_is_let_in(client: httpx.AsyncClient):
    answer = await client.get("/secret", headers={"Authorization": f"Bearer {READ_TEXT}"})
    assert (answer.status_code, answer.json()) == (200, {"caller": "reader"})


async def test_a_key_without_the_scope_is_told_which_it_needs(client: httpx.AsyncClient):
    answer = await client.get("/secret", headers={"Authorization": f"Bearer {INGEST_TEXT}"})
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "This needs a key with the scope read; this one has ingest.",
    )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer kzs_read_1_2"}], ids=["no key", "an unknown key"])
async def test_without_a_known_key_nobody_is_let_in(client: httpx.AsyncClient, headers: dict[str, str]):
    answer = await client.get("/secret", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="kizashi"'
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_before_the_keys_are_known_one_is_asked_to_come_back():
    transport = httpx.ASGITransport(app_with(KeyRing({})))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/secret", headers={"Authorization": f"Bearer {READ_TEXT}"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
