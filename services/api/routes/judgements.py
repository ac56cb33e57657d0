"""`PUT` and `DELETE /v1/accounts/{id}/override`: somebody knows better than the score, for a while."""

from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from schemas.activity import Override
from schemas.codec import Unreadable, encode
from schemas.judgements import StatedOverride, decode_override, lifted, override_of
from schemas.text import flaw
from schemas.time import Instant, instant_of, moment_of
from schemas.topics import ACTIVITY
from services.api import openapi
from services.api.answers import Accepted
from services.api.routes.pages import JSON
from services.api.routes.stated import as_problem
from services.api.state import Shared
from services.runtime import clock
from services.runtime.problems import Problem
from services.runtime.sender import NotAcknowledged

router = APIRouter(prefix="/v1", tags=["accounts"])

_LARGEST_BODY: Final = 16_384

Account = Annotated[str, Path(description="Any id; it need not be known yet.")]
Author = Annotated[str, Query(min_length=1, max_length=255, description="Who takes it back.")]


@router.put(
    "/accounts/{account_id:path}/override",
    summary="Set an account's band for a while",
    status_code=HTTPStatus.ACCEPTED,
    responses=openapi.OVERRIDE,
    openapi_extra=openapi.OVERRIDE_BODY,
)
async def put_override(request: Request, state: Shared, account_id: Account) -> Response:
    """Until then the account is served in this band, with who said so and why beside the score; then by its score.

    The newest one counts. The answer comes once Kafka has acknowledged it.
    """
    now = clock.now()
    stated = _read(await request.body(), now)
    return await _send(state, override_of(_known(account_id), stated, now), now)


@router.delete(
    "/accounts/{account_id:path}/override",
    summary="Take an override back",
    status_code=HTTPStatus.ACCEPTED,
    responses=openapi.OVERRIDE,
)
async def delete_override(state: Shared, account_id: Account, by: Author) -> Response:
    """From now on the account is served by its score again. Does no harm where there is no override."""
    now = clock.now()
    return await _send(state, lifted(_known(account_id), by, now), now)


def _known(account_id: str) -> str:
    wrong = flaw(account_id)
    if wrong is not None:
        msg = f"the account id {wrong}"
        raise as_problem(msg, "account_id", "path")
    return account_id


def _read(body: bytes, now: Instant) -> StatedOverride:
    """The override of a request. Raises Problem: 413, or 422 naming the field."""
    if len(body) > _LARGEST_BODY:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"at most {_LARGEST_BODY} bytes are taken")
    try:
        stated = decode_override(body)
    except Unreadable as unreadable:
        raise as_problem(str(unreadable), None, "body") from unreadable
    if instant_of(stated.until) <= now:
        msg = "it has passed; DELETE takes an override back"
        raise as_problem(msg, "until", "body")
    return stated


async def _send(state: Shared, record: Override, now: Instant) -> Response:
    try:
        kept = await state.sender.send(ACTIVITY.name, record.account_id.encode(), encode(record))
    except NotAcknowledged as silence:
        detail = f"{silence}; it may or may not be kept. Send it again: saying it twice does no harm."
        headers = {"Retry-After": "2"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_acknowledged", detail, headers=headers) from silence
    answer = Accepted(
        account_id=record.account_id, received_at=moment_of(now), partition=kept.partition, offset=kept.offset
    )
    return Response(msgspec.json.encode(answer), HTTPStatus.ACCEPTED, media_type=JSON)
