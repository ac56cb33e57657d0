"""`/livez`, `/readyz` and `/metrics`: in every service the same.

Alive: the process answers. Ready: every check says so; a check that does not is named, with its reason.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.runtime.metrics import show_metrics
from services.runtime.server import background_server

Check = Callable[[], Awaitable[str | None]]  # why it is not ready, or None if it is
_CHECK_SECONDS = 5.0  # a check that hangs is a reason, too


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """The three routes, to be added to an app."""

    async def ready(_: Request) -> JSONResponse:
        found = await outcomes(checks)
        is_ready = all(reason is None for reason in found.values())
        return JSONResponse(
            {"ready": is_ready, "checks": {name: reason or "ok" for name, reason in found.items()}},
            status_code=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Cache-Control": "no-store"},
        )

    return [
        Route("/livez", _live),
        Route("/readyz", ready),
        Route("/metrics", show_metrics),
    ]


async def outcomes(checks: Mapping[str, Check]) -> dict[str, str | None]:
    """Every check's reason, asked for at the same time."""
    reasons = await asyncio.gather(*(_reason(check) for check in checks.values()))
    return dict(zip(checks, reasons, strict=True))


@asynccontextmanager
async def health_server(checks: Mapping[str, Check], host: str, port: int) -> AsyncIterator[int]:
    """Serve health and metrics beside a process that has no HTTP of its own. Yields the port."""
    async with background_server(Starlette(routes=health_routes(checks)), host, port) as actual_port:
        yield actual_port


async def _live(_: Request) -> JSONResponse:
    return JSONResponse({"live": True})


async def _reason(check: Check) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {_CHECK_SECONDS:g} s"
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is why we are not ready
        return f"{type(failure).__name__}: {failure}"
