"""Where the demo's alerts are delivered to: an endpoint of its own, which checks signatures as anybody's would.

`path` tells its endpoints from others': those of earlier demos are disabled, since nobody listens there any more.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from schemas.alerts import Message
from services.runtime.instance import Run
from services.runtime.scopes import Scope
from services.runtime.server import background_server

PATH: Final = "/the-demos-receiver"
_HERE: Final = "127.0.0.1"

Hear = Callable[[Message], None]

_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class Receiver:
    """Tells `hear` of each message once, if its signature is valid; without a secret none is."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._heard: set[str] = set()
        self.secret: str | None = None

    async def take(self, request: Request) -> Response:
        """Answer a delivery."""
        body = await request.body()
        try:
            if self.secret is None:
                return PlainTextResponse("no secret yet", HTTPStatus.SERVICE_UNAVAILABLE)
            Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError as forged:
            return PlainTextResponse(f"not signed with our secret: {forged}", HTTPStatus.BAD_REQUEST)
        name = request.headers["webhook-id"]
        if name not in self._heard:  # what comes twice has the id it had
            self._heard.add(name)
            self._hear(_decoder.decode(body))
        return PlainTextResponse("thank you")


@asynccontextmanager
async def receiving(run: Run, client: httpx.AsyncClient, hear: Hear) -> AsyncIterator[str | None]:
    """Have the instance's alerts delivered here while the body runs. Yields where; None if the instance will not.

    An instance that runs already may refuse addresses that are not on the internet.
    """
    headers = {"Authorization": f"Bearer {run.keys[Scope.ADMIN]}"}
    webhooks = f"{run.api_url}/v1/webhooks"
    receiver = Receiver(hear)
    app = Starlette(routes=[Route(PATH, receiver.take, methods=["POST"])])
    async with background_server(app, _HERE, 0) as port:
        url = f"http://{_HERE}:{port}{PATH}"
        await _disable_earlier(client, webhooks, headers)
        answer = await client.post(webhooks, json={"url": url}, headers=headers)
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            yield None
            return
        made: dict[str, Any] = answer.raise_for_status().json()
        receiver.secret = made["secret"]
        try:
            yield url
        finally:
            with suppress(httpx.HTTPError):  # the instance may be gone already; the next demo does it then
                await client.post(f"{webhooks}/{made['id']}/disable", headers=headers)


async def _disable_earlier(client: httpx.AsyncClient, webhooks: str, headers: dict[str, str]) -> None:
    known = (await client.get(webhooks, headers=headers)).raise_for_status().json()["items"]
    for one in known:
        if one["url"].startswith(f"http://{_HERE}:") and one["url"].endswith(PATH) and one["disabled_at"] is None:
            (await client.post(f"{webhooks}/{one['id']}/disable", headers=headers)).raise_for_status()
