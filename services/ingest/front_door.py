"""What every route does once it knows its items: decide each one, keep everything, and only then say so."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from itertools import count as count_up
from types import MappingProxyType
from typing import NamedTuple
from uuid import uuid4

from schemas.dead_letters import DeadLetterReason
from schemas.time import Instant
from services.ingest.core.links import Heard, LinkBook
from services.ingest.core.privacy import EVERYTHING, Privacy
from services.ingest.core.verdict import Admitted, Decide, Receipt, Refused
from services.ingest.intake import Intake, Original, unexpected
from services.ingest.metrics import NOT_KEPT, UNEXPECTED, Door, count, observe
from services.ingest.outbox import NotKept, Outbox
from services.ingest.rates import Rates
from services.ingest.settings import IngestBlock
from services.ingest.sources import Sources
from services.runtime.clock import now
from services.runtime.problems import Problem

_logger = logging.getLogger(__name__)
_RETRY_SECONDS = 2  # SDKs wait as long as they are told, or half a second


class Delivery(NamedTuple):
    """A body that has arrived: through which door and route, from whom, and when their clock says they sent it."""

    door: Door
    route: str
    source: str
    body: bytes
    sent_at: Instant | None = None
    headers: Mapping[str, str] = MappingProxyType({})


class Decided(NamedTuple):
    """An item, and what was decided about it."""

    item: bytes
    receipt: Receipt
    decision: Admitted | Refused


class FrontDoor:
    """Takes deliveries."""

    def __init__(
        self,
        outbox: Outbox,
        limits: IngestBlock,
        book: LinkBook | None = None,
        sources: Sources | None = None,
        clock: Callable[[], float] = time.monotonic,
        privacy: Privacy = EVERYTHING,
    ) -> None:
        self.outbox = outbox
        self.limits = limits
        self.rates = Rates(limits.key_events_a_minute, clock)
        self._book = LinkBook() if book is None else book
        first = uuid4().hex  # asking for random numbers at each delivery would cost as much as deciding it
        self._names = (f"{first}-{number}" for number in count_up())
        self._privacy = privacy
        self._sources = Sources() if sources is None else sources

    async def take(self, delivery: Delivery, items: Sequence[bytes], decide: Decide) -> list[Decided]:
        """What was decided about each item, once all of it is kept. Raises `Problem`: 413, 503."""
        if len(items) > self.limits.batch_events:
            detail = f"The batch has {len(items)} events, and at most {self.limits.batch_events} are accepted."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail)
        begins = time.perf_counter()
        received_at = now()
        source, sent_at, origin, longest = delivery.source, delivery.sent_at, _origin(delivery), self.limits.event_bytes
        name = next(self._names)
        intake = Intake(Heard(self._book))
        decided = []
        for number, item in enumerate(items):
            receipt = Receipt(received_at, source, f"{name}-{number}", sent_at, intake.known, self._privacy)
            try:
                decision = decide(item, receipt, longest)
            except Exception as failure:
                _logger.exception("deciding failed", extra={"route": delivery.route})
                UNEXPECTED.inc()
                decision = unexpected(failure)
            intake.add(Original(item, origin, receipt), decision)
            decided.append(Decided(item, receipt, decision))
        await self._keep(delivery, received_at, intake)
        observe(delivery.door, len(delivery.body), time.perf_counter() - begins)
        return decided

    async def malformed(self, delivery: Delivery, why: str) -> Problem:
        """The answer to a body in which nothing can be told apart; it is a dead letter as a whole."""
        intake = Intake()
        receipt = Receipt(now(), delivery.source, "")
        refused = Refused(DeadLetterReason.MALFORMED, why)
        intake.add(Original(delivery.body, _origin(delivery), receipt), refused)
        await self._keep(delivery, receipt.received_at, intake)
        return Problem(HTTPStatus.BAD_REQUEST, "malformed", f"{why[:1].upper()}{why[1:]}.")

    async def _keep(self, delivery: Delivery, received_at: Instant, intake: Intake) -> None:
        door, source = delivery.door, delivery.source
        self._sources.saw(source, received_at, delivery.sent_at, delivery.body, delivery.headers)
        try:
            await self.outbox.keep(intake.outgoing)
        except NotKept as lost:
            NOT_KEPT.labels(door).inc()
            detail = f"It could not be kept ({lost}). Send it again: what has a message id counts once."
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "not_kept", detail, headers={"Retry-After": str(_RETRY_SECONDS)}
            ) from lost
        for link in intake.known.news:
            self._book.put(link)
        count(door, intake.accepted, intake.refused)
        self._sources.counted(source, received_at, intake.accepted, intake.refused)


def _origin(delivery: Delivery) -> str:
    return f"http {delivery.route}"
