"""Records of the log as tests write them: instants count from DAY_0, and nothing is said that a test does not mean."""

from datetime import date
from hashlib import blake2b
from typing import Any, Literal

from schemas.activity import (
    AccountFacts,
    Activity,
    Authority,
    Contact,
    ContactKind,
    Event,
    Forget,
    ForgetUser,
    Imported,
    ImportEnd,
    Log,
    Mute,
    Outcome,
    OutcomeKind,
    Override,
    Publication,
    Telemetry,
    Tick,
    UserLink,
    Verdict,
)
from schemas.codec import decode_activity, encode
from schemas.scorecard import Bands, Inputs, Milestone, Scorecard, ValuePoint, Weighted, WinningPattern
from schemas.time import DAY, Instant, moment_of, parse_iso
from services.scoring.core import ENGINE
from services.scoring.core.card import Card, card_of
from services.scoring.core.inputs import Since, watched_by
from services.scoring.core.partition import Recorded

DAY_0 = parse_iso("2026-01-01T00:00:00Z")  # day number 20454
ALL_SIGNALS = {
    "life_rate": 40,
    "recency": 20,
    "level": 15,
    "decline": 15,
    "silence": 10,
    "active_users": 5,
    "breadth": 5,
}
MORE_SIGNALS = {  # those that need inputs, or say little of whom alone
    "intensity": 5,
    "volume": 5,
    "change": 5,
    "seat_utilisation": 5,
    "users_gone_quiet": 5,
    "champion_gone": 5,
    "stickiness": 5,
    "depth": 5,
    "key_features_unused": 5,
    "key_level": 5,
    "friction": 5,
    "open_tickets": 5,
    "feedback": 5,
    "payment_failures": 5,
    "recent_moments": 5,
    "value_points": 5,
    "winning_pattern": 5,
    "renewal_distance": 5,
    "contact_distance": 5,
}
MEANINGS = Inputs(
    friction=("error_shown", "export"),
    key_features=("chart", "invite"),
    ticket_opened=("ticket_opened",),
    ticket_closed=("ticket_closed",),
    feedback_negative=("thumbs_down",),
    feedback_positive=("thumbs_up",),
    payment_failed=("payment_failed",),
    payment_succeeded=("paid",),
)
POINTS = (
    ValuePoint(name="first chart", events=("chart",), within_days=10),
    ValuePoint(name="three invitations", events=("invite",), times=3, within_days=30),
)
PATTERN = WinningPattern(all_of=(Milestone(events=("chart", "share"), times=2), Milestone(events=("invite",), times=3)))
EVERYTHING: dict[str, Any] = {
    "inputs": MEANINGS,
    "value_points": POINTS,
    "winning_pattern": PATTERN,
    "moments": ("payment_failed", "cancel_page_viewed"),
}
LOG = Log(log_id="0190a5d2-4f7e-7000-8000-000000000001", partitions=2, engine=ENGINE)


def hash_of(message_id: str) -> int:
    """64 bits of a message's id."""
    return int.from_bytes(blake2b(message_id.encode(), digest_size=8).digest())


def event(at: Instant, message_id: str, account_id: str = "acme", **fields) -> Event:
    """An event received when it occurred, unless `fields` say otherwise (`received`, an instant)."""
    received = fields.pop("received", at)
    return Event(
        account_id=account_id,
        event_name=fields.pop("event_name", "login"),
        occurred_at=moment_of(at),
        received_at=moment_of(received),
        source="app",
        message_id=message_id,
        hash=hash_of(message_id),
        **fields,
    )


def backfill(at: Instant, row: int, account_id: str = "acme", file: str = "f" * 64, **fields) -> Event:
    """An event of an imported file."""
    return event(at, f"{file[:4]}/{row}", account_id, imported=Imported(file=file, row=row), backfill=True, **fields)


def facts(at: Instant, account_id: str = "acme", authority: Authority = Authority.INGEST, **said) -> AccountFacts:
    """What somebody said of an account."""
    return AccountFacts(
        account_id=account_id, occurred_at=moment_of(at), received_at=moment_of(at), authority=authority, **said
    )


def user_link(at: Instant, user_id: str, account_id: str = "acme") -> UserLink:
    """A user belongs to an account."""
    return UserLink(account_id=account_id, user_id=user_id, occurred_at=moment_of(at), received_at=moment_of(at))


def forget(at: Instant, account_id: str = "acme") -> Forget:
    """An account is forgotten."""
    return Forget(account_id=account_id, received_at=moment_of(at), author="kato")


def forget_user(at: Instant, user_id: str) -> ForgetUser:
    """A user is forgotten."""
    return ForgetUser(user_id=user_id, received_at=moment_of(at), author="kato")


def contact(at: Instant, account_id: str = "acme") -> Contact:
    """Somebody called."""
    return Contact(account_id=account_id, occurred_at=moment_of(at), received_at=moment_of(at), kind=ContactKind.CALL)


def outcome(at: Instant, kind: OutcomeKind, account_id: str = "acme") -> Outcome:
    """What became of an account."""
    return Outcome(account_id=account_id, occurred_at=moment_of(at), received_at=moment_of(at), outcome=kind)


def override(at: Instant, band: Literal["healthy", "watch", "at_risk"], until: Instant, account_id="acme") -> Override:
    """Somebody knows better."""
    return Override(
        account_id=account_id,
        occurred_at=moment_of(at),
        received_at=moment_of(at),
        band=band,
        reason="They said so.",
        author="sato",
        expires_at=moment_of(until),
    )


def mute(at: Instant, until: Instant, account_id="acme") -> Mute:
    """Nobody is to be alerted."""
    return Mute(
        account_id=account_id,
        occurred_at=moment_of(at),
        received_at=moment_of(at),
        reason="On holiday.",
        author="sato",
        expires_at=moment_of(until),
    )


def telemetry(at: Instant, status: Verdict, source: str | None = "app", since: Instant | None = None) -> Telemetry:
    """What the fleet guard says of a source."""
    return Telemetry(status=status, source=source, since=moment_of(at if since is None else since), at=moment_of(at))


def tick(at: Instant) -> Tick:
    """The clock."""
    return Tick(at=moment_of(at))


def import_end(at: Instant, file: str = "f" * 64) -> ImportEnd:
    """An import is complete."""
    return ImportEnd(file=file, received_at=moment_of(at))


def scorecard(signals: dict[str, int] | None = None, **fields) -> Scorecard:
    """A scorecard of all signals that need no inputs, if none are named."""
    return Scorecard(
        name="test",
        signals=tuple(Weighted(signal=name, points=points) for name, points in (signals or ALL_SIGNALS).items()),
        bands=fields.pop("bands", Bands(watch=45, at_risk=65, hysteresis=2)),
        **fields,
    )


def card(signals: dict[str, int] | None = None, **fields) -> Card:
    """That scorecard as version 1, ready for use, its inputs counted from the start."""
    made = scorecard(signals, **fields)
    return card_of(made, 1, "0f343b0931126a20", Since((), ()).extended(watched_by(made), 0).feeds(made))


def publication(version: int = 1, signals: dict[str, int] | None = None, **fields) -> Publication:
    """A scorecard of that version is published."""
    return Publication(version=version, hash=f"{version:064x}", scorecard=scorecard(signals, **fields))


def at_offset(offset: int, activity: Activity | None, timestamp: Instant) -> Recorded:
    """A record where it stands in the log, after a journey over the wire."""
    if activity is None:
        return Recorded(offset, timestamp, None, None, b'{"type":"no such"}')
    value = encode(activity)
    account_id = getattr(activity, "account_id", None)
    return Recorded(offset, timestamp, decode_activity(value), account_id and account_id.encode(), value)


def log_of(*activities: Activity | None, timestamp: Instant = DAY_0 + 10_000 * DAY) -> list[Recorded]:
    """A partition of the log. The broker's clock is far ahead unless said otherwise, so that no tick looks bad."""
    return [at_offset(offset, activity, timestamp) for offset, activity in enumerate(activities)]


RENEWAL = date(2027, 4, 1)
