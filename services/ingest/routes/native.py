"""`POST /v1/events`: our own door, with a result for each event."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from schemas.activity import Event
from schemas.dead_letters import DeadLetterReason
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects import native
from services.ingest.dialects.body import BodyMalformed, items
from services.ingest.front_door import Delivery, FrontDoor
from services.ingest.metrics import Door
from services.ingest.reading import read_body
from services.runtime.access import require
from services.runtime.keys import Key, Scope
from services.runtime.problems import Problem

PATH = native.PATH


class Accepted(Struct, frozen=True, kw_only=True, tag_field="status", tag="accepted"):
    """An event that is in the log; under this id it counts once."""

    index: int
    message_id: str


class Rejected(Struct, frozen=True, kw_only=True, tag_field="status", tag="refused"):
    """An event that is a dead letter: why, and what to send instead."""

    index: int
    reason: DeadLetterReason
    detail: str


class Results(Struct, frozen=True):
    """What became of each event, in the order in which they were sent."""

    results: list[Accepted | Rejected]


router = APIRouter()
Caller = Annotated[Key, Depends(require(Scope.INGEST))]


@router.post(PATH, summary="Send events", include_in_schema=False)  # described in openapi.py
async def take_events(request: Request, caller: Caller) -> Response:
    """202 once Kafka has acknowledged all that is accepted; 422 if nothing is."""
    front_door: FrontDoor = request.app.state.front_door
    body = await read_body(request, front_door.limits.batch_bytes)
    delivery = Delivery(Door.NATIVE, PATH, caller.name, body)
    try:
        found = items(body)
    except BodyMalformed as why:
        raise await front_door.malformed(delivery, str(why)) from why
    decided = await front_door.take(delivery, found, native.decide)
    results = [_result(index, receipt, decision) for index, (receipt, decision) in enumerate(decided)]
    if not any(isinstance(decision, Admitted) for _, decision in decided):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "nothing_accepted",
            "No event was accepted: see the reason of each." if results else "The list holds no event.",
            results=msgspec.to_builtins(results),
        )
    return Response(msgspec.json.encode(Results(results)), HTTPStatus.ACCEPTED, media_type="application/json")


def _result(index: int, receipt: Receipt, decision: Admitted | Refused) -> Accepted | Rejected:
    if isinstance(decision, Refused):
        return Rejected(index=index, reason=decision.reason, detail=decision.detail)
    ids = [record.message_id for record in decision.records if isinstance(record, Event)]
    return Accepted(index=index, message_id=ids[0] if ids else receipt.message_id)
