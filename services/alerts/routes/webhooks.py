"""`/v1/webhooks`: endpoints of one's own that hear of alerts, signed as Standard Webhooks has it."""

import asyncio
import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import HttpUrl
from sqlalchemy.ext.asyncio import AsyncConnection

from services.alerts.answers import (
    DeliveryList,
    Replayed,
    WebhookList,
    WebhookTested,
    WebhookTold,
    deliveries_told,
    webhook_told,
)
from services.alerts.channels.webhook import Letter, WebhookChannel, secrets_of
from services.alerts.core.attempts import Delivered
from services.alerts.network import addresses, refusal
from services.alerts.openapi import answers
from services.alerts.queries import outbox
from services.alerts.queries.webhooks import Webhook, add_webhook, all_webhooks, change_webhook, webhook
from services.alerts.routes.asked import ReplayBody, RotateBody, WebhookBody
from services.alerts.state import READER, Admin, Operator, Reading, Shared, answered
from services.runtime.database import transaction
from services.runtime.problems import Problem

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

_SECRET_BYTES = 32
_PORTS = {"http": 80, "https": 443}
_RESOLVE_SECONDS = 5.0
_UNKNOWN = "No such webhook is known."


@router.post("", status_code=201, summary="Add a webhook", responses=answers(WebhookTold, status=201))
async def create(state: Shared, _: Admin, body: WebhookBody) -> Response:
    """The answer holds the secret that signs; it is never told again."""
    await _check(body.url, private_addresses=state.private_addresses)
    secret = new_secret()
    made = Webhook(
        webhook_id=f"wh_{uuid4().hex[:16]}",
        url=str(body.url),
        types=list(dict.fromkeys(body.types)),
        secret=secret,
        old_secret=None,
        old_secret_until=None,
        created_at=datetime.now(UTC),
        failing_since=None,
        disabled_at=None,
        disabled_because=None,
    )
    async with transaction(state.engine) as connection:
        await add_webhook(connection, made)
    return answered(webhook_told(made, secret), HTTPStatus.CREATED)


@router.get("", summary="All webhooks", dependencies=[READER], responses=answers(WebhookList))
async def list_webhooks(reading: Reading) -> Response:
    """The oldest first, without their secrets."""
    return answered(WebhookList(items=[webhook_told(one) for one in await all_webhooks(reading)]))


@router.post("/{webhook_id}/test", summary="Post a test", responses=answers(WebhookTested, unknown=_UNKNOWN))
async def test(state: Shared, _: Operator, webhook_id: str) -> Response:
    """One attempt, now: a message of the type `webhook.test`, signed like any other. What it answered is told."""
    async with transaction(state.engine) as connection:
        found = await _found(connection, webhook_id)
    now = datetime.now(UTC)
    message = {"type": "webhook.test", "timestamp": now, "data": {"webhook_id": webhook_id}}
    live = secrets_of(found.secret, found.old_secret, found.old_secret_until, now)
    letter = Letter(f"msg_{uuid4().hex[:24]}", found.url, live, msgspec.json.encode(message))
    async with WebhookChannel(private_addresses=state.private_addresses) as webhooks:
        answer = await webhooks.deliver(letter, now)
    return answered(WebhookTested(delivered=isinstance(answer, Delivered), answer=answer.answer))


@router.post("/{webhook_id}/disable", summary="Send nothing more", responses=answers(WebhookTold, unknown=_UNKNOWN))
async def disable(state: Shared, key: Admin, webhook_id: str) -> Response:
    """What was on its way is dropped, and can be replayed."""
    async with transaction(state.engine) as connection:
        await _found(connection, webhook_id)
        await outbox.disable(connection, webhook_id, f"disabled by {key.name}", datetime.now(UTC))
        found = await _found(connection, webhook_id)
    return answered(webhook_told(found))


@router.post("/{webhook_id}/enable", summary="Send again", responses=answers(WebhookTold, unknown=_UNKNOWN))
async def enable(state: Shared, _: Admin, webhook_id: str) -> Response:
    """From now on. What was dropped meanwhile is not sent unless it is replayed."""
    async with transaction(state.engine) as connection:
        await _found(connection, webhook_id)
        values = {"disabled_at": None, "disabled_because": None, "failing_since": None}
        await change_webhook(connection, webhook_id, values)
        found = await _found(connection, webhook_id)
    return answered(webhook_told(found))


@router.post("/{webhook_id}/rotate", summary="Change the secret", responses=answers(WebhookTold, unknown=_UNKNOWN))
async def rotate(state: Shared, _: Admin, webhook_id: str, body: RotateBody) -> Response:
    """The old secret goes on signing beside the new one for a while, so that receivers can change over."""
    secret, until = new_secret(), datetime.now(UTC) + timedelta(hours=body.overlap_hours)
    async with transaction(state.engine) as connection:
        before = await _found(connection, webhook_id)
        values = {"secret": secret, "old_secret": before.secret, "old_secret_until": until}
        await change_webhook(connection, webhook_id, values)
        found = await _found(connection, webhook_id)
    return answered(webhook_told(found, secret))


@router.get(
    "/{webhook_id}/deliveries",
    summary="What was sent, and what it answered",
    dependencies=[READER],
    responses=answers(DeliveryList, unknown=_UNKNOWN),
)
async def list_deliveries(
    reading: Reading, webhook_id: str, limit: Annotated[int, Query(ge=1, le=1_000)] = 50
) -> Response:
    """The newest first."""
    await _found(reading, webhook_id)
    return answered(DeliveryList(items=deliveries_told(await outbox.deliveries_of(reading, webhook_id, limit))))


@router.post("/{webhook_id}/replay", summary="Send again", responses=answers(Replayed, unknown=_UNKNOWN))
async def replay(state: Shared, _: Operator, webhook_id: str, body: ReplayBody) -> Response:
    """What was given up or dropped since; each with the id it always had."""
    states = [outbox.GIVEN_UP, outbox.DROPPED, *([outbox.DELIVERED] if body.delivered_too else [])]
    async with transaction(state.engine) as connection:
        found = await _found(connection, webhook_id)
        if found.disabled_at is not None:
            raise Problem(HTTPStatus.CONFLICT, "disabled", f"The webhook {webhook_id} is disabled: enable it first.")
        count = await outbox.replay(connection, webhook_id, body.since, states, datetime.now(UTC))
    return answered(Replayed(replayed=count))


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


async def _check(url: HttpUrl, *, private_addresses: bool) -> None:
    """Refuse what could never be posted to. Raises Problem: 422."""
    host, port = url.host or "", url.port or _PORTS[url.scheme]
    why = None
    if url.username or url.password:
        why = "it holds a user name or a password: a webhook is known by its signature instead"
    elif not private_addresses:
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                why = refusal(host, await addresses(host.strip("[]"), port))
        except (OSError, TimeoutError, UnicodeError):
            why = f"the host {host} cannot be resolved"
    if why is not None:
        error = {"field": "url", "pointer": "#/url", "in": "body", "detail": why}
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"url: {why}", errors=[error])


async def _found(connection: AsyncConnection, webhook_id: str) -> Webhook:
    found = await webhook(connection, webhook_id) if "\x00" not in webhook_id else None
    if found is None:
        detail = f"No webhook {webhook_id!r} is known. `kizashi webhooks list` shows those there are."
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_webhook", detail)
    return found
