"""Our own events, described in schemas/events.py: the records of `events.v1`, and what `POST /v1/events` takes."""

from schemas.dead_letters import DeadLetterReason
from services.ingest.core.admit import admit, read
from services.ingest.core.verdict import Admitted, Receipt, Refused


def decide(item: bytes, receipt: Receipt, longest: int) -> Admitted | Refused:
    """What becomes of one event of at most `longest` bytes."""
    if len(item) > longest:
        return Refused(DeadLetterReason.TOO_LARGE, f"the event has {len(item)} bytes: at most {longest} are accepted")
    given = read(item)
    return given if isinstance(given, Refused) else admit(given, receipt)
