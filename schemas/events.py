"""The record of `events.v1`, and the body of `POST /v1/events`: an event as a producer writes it.

`event_name` may also be called `event`, and `timestamp` `occurred_at`; where both are there, the first counts. A time
is ISO 8601 (without an offset: UTC) or whole milliseconds since 1970. Without a time the event happened when it was
received; without a message id it is not recognised when it is sent again (in Kafka its place in the topic is its id).
Ids and names lose white space around them. Other fields are ignored.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from schemas.text import LONGEST

Id = str | int  # numbers are ids, too: 42 is "42"
Time = str | int | float


class ProducerEvent(Struct, frozen=True, kw_only=True):
    """An event as it comes in; `account_id` and `event_name` are needed. `admit` checks every field."""

    account_id: Annotated[
        Id | None, Meta(description=f"Whose event: 1 to {LONGEST} characters.", examples=["acme"])
    ] = None
    user_id: Annotated[Id | None, Meta(description="The person in the account.", examples=["u-7"])] = None
    event_name: Annotated[str | None, Meta(description="What happened.", examples=["report_exported"])] = None
    event: str | None = None
    feature: Annotated[
        str | None, Meta(description="The part of the product it happened in.", examples=["reports"])
    ] = None
    timestamp: Annotated[Time | None, Meta(description="When.", examples=["2026-11-22T01:02:03.456Z"])] = None
    occurred_at: Time | None = None
    message_id: Annotated[
        Id | None, Meta(description="Names this event in its source: sent again, it counts once.")
    ] = None
    properties: Annotated[Raw, Meta(description="Anything else: not kept.", extra_json_schema={"type": "object"})] = (
        msgspec.field(default_factory=Raw)
    )


_decoder = msgspec.json.Decoder(ProducerEvent)


def decode_producer_event(value: bytes) -> ProducerEvent:
    """An event from JSON, by the strict grammar: no NaN, no half characters; the last of two equal keys counts.

    Raises `codec.Unreadable`; `UnicodeDecodeError` where text is not UTF-8; `RecursionError` where it nests too deep.
    """
    return _decoder.decode(value)
