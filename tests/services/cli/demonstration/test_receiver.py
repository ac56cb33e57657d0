"""The demo's receiver, asked as a client of it would."""

from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.routing import Route

from schemas.alerts import Message, Spoke
from schemas.codec import encode
from services.alerts.routes.webhooks import new_secret
from services.cli.demonstration.receiver import PATH, Receiver
from tests.services.cli.demonstration.test_alarm import alert, message

OURS = new_secret()


async def posted(secret: str, *names: str, known: str | None = OURS) -> tuple[list[int], list[Message]]:
    """What was answered to deliveries with these ids, signed with `secret`, and what was heard."""
    heard: list[Message] = []
    receiver = Receiver(heard.append)
    receiver.secret = known
    body, at = encode(message(Spoke.OPENED, alert())), datetime.now(UTC)
    transport = httpx.ASGITransport(Starlette(routes=[Route(PATH, receiver.take, methods=["POST"])]))
    answers = []
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        for name in names:
            signature = Webhook(secret).sign(name, at, body.decode())
            signed = {"webhook-id": name, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
            answers.append((await client.post(PATH, content=body, headers=signed)).status_code)
    return answers, heard


async def test_what_comes_twice_is_heard_once():
    answers, heard = await posted(OURS, "msg_1", "msg_1", "msg_2")
    assert (answers, len(heard)) == ([200, 200, 200], 2)


@pytest.mark.parametrize(
    ("secret", "known", "status"), [(new_secret(), OURS, 400), (OURS, None, 503)], ids=["another's", "unknown"]
)
async def test_what_cannot_be_verified_is_not_heard(secret: str, known: str | None, status: int):
    assert await posted(secret, "msg_1", known=known) == ([status], [])
