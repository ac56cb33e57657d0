"""A browser with a page of the test, which says by itself when it is done."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from services.runtime.server import background_server

HERE = Path(__file__).parent
MODULES = HERE.parent / "integration" / "ingest" / "clients" / "javascript" / "node_modules"
SECONDS = 120

_ARGUMENTS = (
    "--headless=new",
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--disable-component-update",
)


class Page:
    """A page and what it is told (`/script`); it says at `/done` what has become of it."""

    def __init__(self, script: dict[str, Any]) -> None:
        self._script = script
        self.done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.app = Starlette(
            routes=[
                Route("/script", self._tell),
                Route("/done", self._hear, methods=["POST"]),
                Mount("/modules", StaticFiles(directory=MODULES)),
                Mount("/", StaticFiles(directory=HERE / "pages")),
            ]
        )

    async def _tell(self, _: Request) -> Response:
        return JSONResponse(self._script)

    async def _hear(self, request: Request) -> Response:
        if not self.done.done():
            self.done.set_result(json.loads(await request.body()))
        return Response()


@asynccontextmanager
async def open_page(name: str, script: dict[str, Any], profile: Path) -> AsyncIterator[dict[str, Any]]:
    """Open a page of `pages/`. Yields what it said when it was done; the browser stays open until the body ends."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    assert browser, "there is no Chromium here: make test-browser installs it"
    page = Page(script)
    async with background_server(page.app, "127.0.0.1", 0) as port:
        process = await asyncio.create_subprocess_exec(
            browser,
            *_ARGUMENTS,
            *(("--no-sandbox",) if os.geteuid() == 0 else ()),  # Chromium's sandbox is not for root
            f"--user-data-dir={profile}",
            f"http://127.0.0.1:{port}/{name}.html",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(SECONDS):
                yield await page.done
        finally:
            process.terminate()
            await process.wait()
