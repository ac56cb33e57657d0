"""The records of `dead-letters.v1`: what could not be used, why, and where it came from.

Key and value are those of the original, untouched. Everything else is in headers, each UTF-8 text.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

REASON = "kizashi-reason"
DETAIL = "kizashi-detail"
ORIGIN = "kizashi-origin"
SOURCE = "kizashi-source"
USER = "kizashi-user"
REFUSED_AT = "kizashi-refused-at"
PUT_BACK = "kizashi-put-back"  # alone: the offset of a letter of this partition that is in the log by now

Header = tuple[str, bytes]


class DeadLetterReason(StrEnum):
    """Why something could not be used."""

    MALFORMED = "malformed"  # not JSON, or not the JSON that was expected
    INVALID = "invalid"  # a field is missing or wrong
    UNATTRIBUTED = "unattributed"  # it names no account, and its user belongs to none that is known
    TOO_LATE = "too_late"  # more than 48 h behind
    TOO_EARLY = "too_early"  # dated more than a day ahead
    TOO_LARGE = "too_large"  # more bytes than an event may have
    UNREADABLE = "unreadable"  # a record of activity.v1 or score-changes.v1 that is not one of ours
    UNEXPECTED = "unexpected"  # our own code failed at it: a mistake of ours, not of the sender


def checked(advice: Mapping[DeadLetterReason, str]) -> Mapping[DeadLetterReason, str]:
    """The advice, of every reason. Raises TypeError: a registry checks itself at import.

    >>> checked({})
    Traceback (most recent call last):
    TypeError: no advice for malformed, invalid, unattributed, too_late, too_early, too_large, unreadable, unexpected
    """
    missing = [reason.value for reason in DeadLetterReason if reason not in advice]
    if missing:
        msg = f"no advice for {', '.join(missing)}"
        raise TypeError(msg)
    return advice


ADVICE: Mapping[DeadLetterReason, str] = checked(
    {
        DeadLetterReason.MALFORMED: "Send strict JSON in UTF-8, of the shape that the route takes.",
        DeadLetterReason.INVALID: "Change the field that `detail` names in the program that sends it.",
        DeadLetterReason.UNATTRIBUTED: "Name the account on the event, or say once to which account its user belongs "
        "(a group call, or PUT /v1/accounts/{id}/users/{user}): then it is put back by itself.",
        DeadLetterReason.TOO_LATE: "Send events within 48 hours; bring older ones in with `kizashi import`.",
        DeadLetterReason.TOO_EARLY: "Set the clock of the sender, or send the time at which it happened.",
        DeadLetterReason.TOO_LARGE: "Send less with each event: what is not a field of ours is not kept anyway.",
        DeadLetterReason.UNREADABLE: "Find out what else writes to our topics: only services of Kizashi may.",
        DeadLetterReason.UNEXPECTED: "Nothing: the mistake is ours. Report it, and replay it after an upgrade.",
    }
)


class DeadLetter(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "reason": REASON,
        "detail": DETAIL,
        "origin": ORIGIN,
        "source": SOURCE,
        "user_id": USER,
        "refused_at": REFUSED_AT,
    },
):
    """The headers of a dead letter."""

    reason: DeadLetterReason
    detail: Annotated[str, Meta(description="Which field, what is wrong, what to send instead.")]
    origin: Annotated[str, Meta(description="`topic/partition/offset`, or `http <route>`.")]
    refused_at: datetime
    source: Annotated[str | None, Meta(description="The sender's stable name, where one is known.")] = None
    user_id: Annotated[str | None, Meta(description="Whose account has to become known, where it is unattributed.")] = (
        None
    )

    def headers(self) -> list[Header]:
        """As Kafka carries them.

        >>> from datetime import UTC
        >>> letter = DeadLetter(
        ...     reason=DeadLetterReason.INVALID,
        ...     detail="event_name is missing",
        ...     origin="http /v1/events",
        ...     refused_at=datetime(2026, 11, 22, tzinfo=UTC),
        ... )
        >>> read_headers(letter.headers()) == letter
        True
        """
        fields = msgspec.to_builtins(self)
        return [(name, value.encode("utf-8", "backslashreplace")) for name, value in fields.items()]


def read_headers(headers: Iterable[Header]) -> DeadLetter:
    """The headers of a dead letter; others are ignored. Raises `codec.Unreadable` where one is missing or wrong."""
    fields = {name: value.decode("utf-8", "backslashreplace") for name, value in headers}
    return msgspec.convert(fields, DeadLetter, strict=False)
