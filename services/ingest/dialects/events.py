"""What `POST /v1/events` takes: our own events, and CloudEvents, in any mixture."""

from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects import cloudevents, native
from services.ingest.dialects.body import items
from services.ingest.dialects.dialect import Dialect, Parcel

NAME = "native"
PATH = "/v1/events"


def unpack(body: bytes) -> Parcel:
    """One event, or several. Raises `BodyMalformed`."""
    return Parcel(items(body))


def decide(item: bytes, receipt: Receipt, longest: int) -> Admitted | Refused:
    """What becomes of one event."""
    if cloudevents.is_cloudevent(item):
        return cloudevents.decide(item, receipt, longest)
    return native.decide(item, receipt, longest)


ROUTES = {PATH: Dialect(NAME, unpack, decide, cloudevents.gather)}
