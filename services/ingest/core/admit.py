"""Whether an event is admitted to the log, and as what: the one decision behind every door of ingest.

| what                      | outcome                                                                          |
|---------------------------|----------------------------------------------------------------------------------|
| no account                | that of the user, if it is known by then; otherwise refused: unattributed        |
| no event name             | refused: invalid                                                                 |
| ids and names             | white space around them goes; 1 to 255 characters, no control characters         |
| its time                  | held against the sender's clock and ours: see `when`                             |
| more than 48 h behind     | refused: too_late, except where history is brought in                            |
| NaN, half a surrogate     | refused: malformed; so is anything else that is not strict JSON                  |
| the same key twice        | the last one counts                                                              |
| nested too deeply to read | refused: malformed                                                               |
"""

from schemas.activity import Event
from schemas.codec import Unreadable
from schemas.dead_letters import DeadLetterReason
from schemas.events import ProducerEvent, decode_producer_event
from schemas.time import HOUR, Instant, iso, moment_of
from services.ingest.core.fields import days, known_text, optional_text
from services.ingest.core.identity import identity
from services.ingest.core.privacy import EVERYTHING, Privacy
from services.ingest.core.verdict import NOBODY, Admitted, Happening, Links, Receipt, Refused, Unusable
from services.ingest.core.when import When, when

LATENESS = 48 * HOUR  # a weekend offline is a visible revision; what is later is history, and imported


def read(value: bytes) -> ProducerEvent | Refused:
    """An event from JSON, or why it cannot be read."""
    try:
        return decode_producer_event(value)
    except Unreadable as unreadable:
        wrong = str(unreadable)
    except UnicodeDecodeError:
        return Refused(DeadLetterReason.MALFORMED, "the text is not UTF-8: send JSON in UTF-8")
    except RecursionError:
        return Refused(DeadLetterReason.MALFORMED, "the JSON nests too deeply to be read: send it flatter")
    if " - at `" in wrong or wrong.startswith("Expected"):  # JSON, but not what was expected
        return Refused(DeadLetterReason.INVALID, f"{wrong}: see the schema of POST /v1/events")
    return Refused(DeadLetterReason.MALFORMED, f"{wrong}: send one JSON object for each event")


def check(
    given: ProducerEvent,
    received_at: Instant,
    sent_at: Instant | None = None,
    known: Links = NOBODY,
    privacy: Privacy = EVERYTHING,
) -> Happening | Refused:
    """What an event says, field by field, whatever its age; `known` are the users whose account need not be named."""
    try:
        user_id = known_text("user_id", given.user_id)
        if user_id is not None:
            user_id = privacy.name_of(user_id)
        account_id = known_text("account_id", given.account_id)
        if account_id is None and user_id is not None:
            account_id = known.account_of(user_id)
        if account_id is None:
            return _unattributed(user_id)
        event_name = known_text("event_name", given.event_name or given.event)
        if event_name is None:
            return Refused(DeadLetterReason.INVALID, "event_name is missing: say what happened")
        occurred_at, adjusted = _when(given, received_at, sent_at)
        return Happening(
            account_id=account_id,
            event_name=event_name,
            occurred_at=occurred_at,
            user_id=user_id,
            feature=known_text("feature", given.feature),
            message_id=optional_text("message_id", given.message_id),
            adjusted=adjusted,
        )
    except Unusable as unusable:
        return unusable.refusal


def admit(given: ProducerEvent, receipt: Receipt) -> Admitted | Refused:
    """What a producer sent, decided as of the instant it was received.

    >>> found = admit(ProducerEvent(account_id="acme", event_name="login"), Receipt(0, "web", "m1"))
    >>> [(event.account_id, event.message_id) for event in found.records]
    [('acme', 'm1')]
    >>> admit(ProducerEvent(account_id="acme"), Receipt(0, "web", "m1")).detail
    'event_name is missing: say what happened'
    """
    found = check(given, receipt.received_at, receipt.sent_at, receipt.known, receipt.privacy)
    if isinstance(found, Refused):
        return found
    behind = receipt.received_at - found.occurred_at
    if behind > LATENESS:
        return Refused(
            DeadLetterReason.TOO_LATE,
            f"timestamp {iso(found.occurred_at)} is {days(behind)} behind its arrival, past 48 hours: "
            "bring older events in with `kizashi import`",
        )
    return Admitted((event_of(found, receipt),))


def event_of(happening: Happening, receipt: Receipt) -> Event:
    """The record of the log for something that happened."""
    message_id = happening.message_id or receipt.message_id
    return Event(
        account_id=happening.account_id,
        event_name=happening.event_name,
        occurred_at=moment_of(happening.occurred_at),
        received_at=moment_of(receipt.received_at),
        source=receipt.source,
        message_id=message_id,
        hash=identity(receipt.source, message_id),
        user_id=happening.user_id,
        feature=happening.feature,
        adjusted=happening.adjusted,
    )


def _unattributed(user_id: str | None) -> Refused:
    if user_id is None:
        return Refused(DeadLetterReason.UNATTRIBUTED, "account_id is missing: say whose event it is")
    return Refused(
        DeadLetterReason.UNATTRIBUTED,
        "account_id is missing, and the user belongs to no account that is known: name it, or link the user to one; "
        "then this is put back by itself",
        user_id,
    )


def _when(given: ProducerEvent, received_at: Instant, sent_at: Instant | None) -> When:
    if given.timestamp is not None:
        return when("timestamp", given.timestamp, received_at, sent_at)
    return when("occurred_at", given.occurred_at, received_at, sent_at)
