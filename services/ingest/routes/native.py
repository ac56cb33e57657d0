"""`POST /v1/events`: our own door, for our events and for CloudEvents, with a result for each."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from msgspec import Struct

from schemas.activity import Event
from schemas.dead_letters import DeadLetterReason
from services.ingest.core.verdict import Refused
from services.ingest.dialects.events import ROUTES
from services.ingest.front_door import Decided
from services.ingest.routes.reply import Reply, in_json
from services.ingest.routes.taking import Way
from services.runtime.problems import Problem


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


_json = msgspec.json.Encoder()


def _results(decided: Sequence[Decided]) -> Reply:
    """202 once Kafka has acknowledged all that is accepted. Raises `Problem`: 422 if nothing is."""
    results = [_result(index, one) for index, one in enumerate(decided)]
    if not any(isinstance(one, Accepted) for one in results):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "nothing_accepted",
            "No event was accepted: see the reason of each." if results else "The list holds no event.",
            results=msgspec.to_builtins(results),
        )
    return in_json(_json.encode(Results(results)), HTTPStatus.ACCEPTED)


def _result(index: int, decided: Decided) -> Accepted | Rejected:
    decision = decided.decision
    if isinstance(decision, Refused):
        return Rejected(index=index, reason=decision.reason, detail=decision.detail)
    for record in decision.records:
        if isinstance(record, Event):
            return Accepted(index=index, message_id=record.message_id)
    return Accepted(index=index, message_id=decided.receipt.message_id)


ways = [Way(path, dialect, _results) for path, dialect in ROUTES.items()]
