"""`PUT /v1/accounts/{id}`: what people know about an account goes into the log, like everything else."""

from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response

from schemas.activity import Authority
from schemas.codec import Unreadable, encode
from schemas.facts import StatedFacts, account_facts, decode_facts
from schemas.text import flaw
from schemas.time import moment_of
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

_LARGEST_BODY: Final = 16_384  # eight short fields


@router.put(
    "/accounts/{account_id:path}",
    summary="State facts of an account",
    status_code=HTTPStatus.ACCEPTED,
    responses=openapi.PUT,
    openapi_extra=openapi.PUT_BODY,
)
async def put_account(
    request: Request, state: Shared, account_id: Annotated[str, Path(description="Any id; it need not be known yet.")]
) -> Response:
    """Facts of an account: a field left out stays as it is, null clears it. Never overwritten by an ingest key.

    The answer comes once Kafka has acknowledged them; they are served as soon as the account has been scored with them.
    """
    wrong = flaw(account_id)
    if wrong is not None:
        msg = f"the account id {wrong}"
        raise as_problem(msg, "account_id", "path")
    stated = _read(await request.body())
    now = clock.now()
    record = account_facts(account_id, stated, occurred_at=now, received_at=now, authority=Authority.OPERATE)
    try:
        kept = await state.sender.send(ACTIVITY.name, account_id.encode(), encode(record))
    except NotAcknowledged as silence:
        detail = f"{silence}; the facts may or may not be kept. Send them again: saying them twice does no harm."
        headers = {"Retry-After": "2"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_acknowledged", detail, headers=headers) from silence
    answer = Accepted(account_id=account_id, received_at=moment_of(now), partition=kept.partition, offset=kept.offset)
    return Response(msgspec.json.encode(answer), HTTPStatus.ACCEPTED, media_type=JSON)


def _read(body: bytes) -> StatedFacts:
    """The facts of a request. Raises Problem: 413, or 422 naming the field."""
    if len(body) > _LARGEST_BODY:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"at most {_LARGEST_BODY} bytes are taken")
    try:
        stated = decode_facts(body)
    except Unreadable as unreadable:
        raise as_problem(str(unreadable), None, "body") from unreadable
    if stated == StatedFacts():
        msg = "no fact is stated: give at least one field"
        raise as_problem(msg, "body", "body")
    return stated
