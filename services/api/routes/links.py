"""`PUT /v1/accounts/{id}/users/{user}`: which account a user belongs to goes into the log, and to ingest."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response

from schemas.activity import Authority, UserLink
from schemas.codec import encode
from schemas.text import flaw
from schemas.time import moment_of
from schemas.topics import ACTIVITY, USER_LINKS
from services.api import openapi
from services.api.answers import Accepted
from services.api.routes.pages import JSON
from services.api.routes.stated import as_problem
from services.api.state import Shared
from services.runtime import clock
from services.runtime.problems import Problem
from services.runtime.sender import NotAcknowledged

router = APIRouter(prefix="/v1", tags=["accounts"])


@router.put(
    "/accounts/{account_id:path}/users/{user_id:path}",
    summary="Say whose user somebody is",
    status_code=HTTPStatus.ACCEPTED,
    responses=openapi.LINK,
)
async def put_user(
    state: Shared,
    account_id: Annotated[str, Path(description="Any id; it need not be known yet.")],
    user_id: Annotated[str, Path(description="The id that events name the user by.")],
) -> Response:
    """From now on events that name only this user are the account's; those of the last 48 hours are put back.

    Never overwritten by an ingest key. The answer comes once Kafka has acknowledged it.
    """
    for field, value in (("account_id", account_id), ("user_id", user_id)):
        wrong = flaw(value)
        if wrong is not None:
            msg = f"it {wrong}"
            raise as_problem(msg, field, "path")
    now = clock.now()
    link = UserLink(
        account_id=account_id,
        user_id=state.name_of(user_id),
        occurred_at=moment_of(now),
        received_at=moment_of(now),
        authority=Authority.OPERATE,
    )
    try:
        kept = await state.sender.send(ACTIVITY.name, account_id.encode(), encode(link))
        await state.sender.send(USER_LINKS.name, link.user_id.encode(), encode(link))
    except NotAcknowledged as silence:
        detail = f"{silence}; the link may or may not be kept. Send it again: saying it twice does no harm."
        headers = {"Retry-After": "2"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_acknowledged", detail, headers=headers) from silence
    answer = Accepted(account_id=account_id, received_at=moment_of(now), partition=kept.partition, offset=kept.offset)
    return Response(msgspec.json.encode(answer), HTTPStatus.ACCEPTED, media_type=JSON)
