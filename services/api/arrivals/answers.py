"""What is answered to whoever asks what arrives."""

from datetime import datetime

from msgspec import Struct

from schemas.dead_letters import DeadLetterReason


class ReasonCount(Struct, frozen=True, kw_only=True):
    """How many letters have a reason, those put back left out, and what to change in the sender."""

    reason: DeadLetterReason
    letters: int
    newest_at: datetime
    advice: str


class Letter(Struct, frozen=True, kw_only=True):
    """Something that was refused. Its bytes are in `value`, or where they are no text in `value_base64`."""

    place: str
    reason: DeadLetterReason
    detail: str
    advice: str
    origin: str
    source: str | None
    refused_at: datetime
    put_back_at: datetime | None
    key: str | None
    value: str | None
    value_base64: str | None


class LetterPage(Struct, frozen=True, kw_only=True):
    """Dead letters, the newest first; `reasons` counts all there are, whatever was asked for."""

    reasons: list[ReasonCount]
    items: list[Letter]
    next_cursor: str | None


class Source(Struct, frozen=True, kw_only=True):
    """A sender: a key's name, or a producer's. Counts are of the last 24 hours, events a minute of the last 5 minutes.

    `clock_skew_seconds`: how far its clock is behind ours; null where it does not say when it sends.
    """

    source: str
    live_keys: int
    last_seen_at: datetime | None
    events_a_minute: float
    accepted: int
    refused: dict[DeadLetterReason, int]
    clock_skew_seconds: float | None
    sdk: str | None
    sdk_version: str | None


class SourceList(Struct, frozen=True, kw_only=True):
    """Everybody who may send or has sent, who was seen last first."""

    items: list[Source]
