"""The record of `events.v1`, and the body of `POST /v1/events`: an event as a producer writes it.

`event_name` may also be called `event`, and `timestamp` `occurred_at`. Without a timestamp the event happened when it was
received; without a message id it cannot be recognised when it is sent again (in Kafka its place in the topic serves).
"""

from typing import Any

from msgspec import Struct


class ProducerEvent(Struct, frozen=True, kw_only=True):
    """An event as it comes in. Every field is checked by `admit`, which says which one is wrong and why."""

    account_id: str | None = None
    user_id: str | None = None
    event_name: str | None = None
    event: str | None = None
    feature: str | None = None
    timestamp: str | None = None
    occurred_at: str | None = None
    message_id: str | None = None
    source: str | None = None
    properties: dict[str, Any] | None = None
