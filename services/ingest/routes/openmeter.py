"""OpenMeter's API as its SDKs use it: success is 204 and nothing else.

What is refused among others is a dead letter, and the answer 204 all the same. Where nothing of a delivery could be
used the answer is 400, with the reasons, as OpenMeter's own would be: there is no good neighbour to lose.
"""

from collections.abc import Sequence
from http import HTTPStatus

from schemas.dead_letters import DeadLetterReason
from services.ingest.core.verdict import Refused
from services.ingest.dialects.cloudevents import ROUTES
from services.ingest.front_door import Decided
from services.ingest.routes.reply import NO_CONTENT, Reply
from services.ingest.routes.taking import Way
from services.runtime.problems import Problem


def _no_content(decided: Sequence[Decided]) -> Reply:
    refused = [decision for _, _, decision in decided if isinstance(decision, Refused) and _is_lost(decision)]
    if decided and len(refused) == len(decided):
        results = [{"index": index, "reason": one.reason, "detail": one.detail} for index, one in enumerate(refused)]
        detail = f"No event was accepted. The first: {refused[0].detail}."
        raise Problem(HTTPStatus.BAD_REQUEST, "nothing_accepted", detail, results=results)
    return NO_CONTENT


def _is_lost(refused: Refused) -> bool:
    """Whether it was refused for good: what names nobody known is put back once they are."""
    return refused.reason is not DeadLetterReason.UNATTRIBUTED


ways = [Way(path, dialect, _no_content) for path, dialect in ROUTES.items()]
