import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from services.runtime import health
from services.runtime.health import health_routes


async def fine() -> str | None:
    return None


async def behind() -> str | None:
    return "300 records behind"


async def broken() -> str | None:
    msg = "nobody there"
    raise ConnectionRefusedError(msg)


async def hanging() -> str | None:
    await asyncio.sleep(60)
    return None


async def get(path: str, **checks) -> httpx.Response:
    app = Starlette(routes=health_routes(checks))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get(path)


async def test_alive_whatever_the_checks_say():
    answer = await get("/livez", broken=broken)
    assert (answer.status_code, answer.json()) == (200, {"live": True})


async def test_ready_when_every_check_says_so():
    answer = await get("/readyz", one=fine, two=fine)
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "checks": {"one": "ok", "two": "ok"}})


async def test_not_ready_names_every_reason(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "_CHECK_SECONDS", 0.05)
    answer = await get("/readyz", fine=fine, behind=behind, broken=broken, hanging=hanging)
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "ready": False,
            "checks": {
                "fine": "ok",
                "behind": "300 records behind",
                "broken": "ConnectionRefusedError: nobody there",
                "hanging": "no answer within 0.05 s",
            },
        },
    )


async def test_metrics_say_which_version_runs():
    answer = await get("/metrics")
    assert answer.status_code == 200
    assert "kizashi_build_info{" in answer.text
