"""Every route and the dialect that is spoken there."""

from collections.abc import Mapping

from schemas.topics import EVENTS
from services.ingest.core.verdict import Decide
from services.ingest.dialects import cloudevents, events, native, posthog, segment
from services.ingest.dialects.dialect import Dialect

COMPATIBLE: Mapping[str, Dialect] = {**segment.ROUTES, **posthog.ROUTES, **cloudevents.ROUTES}
ROUTES: Mapping[str, Dialect] = {**events.ROUTES, **COMPATIBLE}

HTTP = "http "  # begins the origin of what came by HTTP; its route follows


def decide_of(origin: str) -> Decide | None:
    """How an item is decided that came in there: `http <route>`, or `events.v1/partition/offset`.

    >>> decide_of("http /v1/batch") is segment.decide, decide_of("events.v1/0/7") is native.decide
    (True, True)
    >>> decide_of("http /v0/rumours")
    """
    if origin.startswith(HTTP):
        dialect = ROUTES.get(origin.removeprefix(HTTP))
        return dialect.decide if dialect else None
    return native.decide if origin.startswith(f"{EVENTS.name}/") else None
