"""The records of `activity.v1`, the one log that decides everything.

Records of an account are keyed by it; `Log`, `Engine`, `Tick`, `Publication`, `Telemetry`, `ImportEnd` and `ForgetUser`
have no key and are written to every partition. Times are aware datetimes in UTC; on the wire ISO 8601 with Z. Unknown
fields are ignored, so that a reader of today can read the records of tomorrow.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.scorecard import Scorecard, Watched

AccountId = Annotated[str, Meta(min_length=1, max_length=255)]
UserId = Annotated[str, Meta(min_length=1, max_length=255)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Text = Annotated[str, Meta(max_length=4_000)]
Reason = Annotated[str, Meta(min_length=1, max_length=4_000)]
Band = Literal["healthy", "watch", "at_risk"]
Moment = Annotated[datetime, Meta(tz=True)]
Unsigned64 = Annotated[int, Meta(ge=0)]


class _Record(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every record of the log has in common: the field `type` says which it is."""


class Imported(Struct, frozen=True, kw_only=True):
    """The row of a file that a record came from: its identity, since real files hold identical rows.

    Within a partition the rows of a file come in ascending order, each once, also when an import is resumed.
    """

    file: str  # SHA-256 of the file, hexadecimal
    row: Annotated[
        int, Meta(ge=0)
    ]  # its place in order of time, from 1: the row number, where the file is in that order


class Adjustment(StrEnum):
    """Why `occurred_at` of an event is not what its sender said."""

    MISSING = "missing"  # nothing was said: it is when it was received
    SKEWED = "skewed"  # the sender's clock is off, as its `sentAt` shows: corrected by as much
    AHEAD = "ahead"  # ahead of its arrival, by up to a day: it is when it was received


class Adjusted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was done to the time of an event."""

    why: Adjustment
    stated_at: Moment | None = None  # what its sender said


class Event(_Record, frozen=True, tag="event"):
    """Something a user of an account did.

    `hash` identifies (source, message id) in 64 bits, made by `admit`. `backfill`: history brought into a live
    instance, evaluated once at its `ImportEnd`. `adjusted`: where `occurred_at` is not what the sender said.
    """

    account_id: AccountId
    event_name: Name
    occurred_at: Moment
    received_at: Moment
    source: Name
    message_id: Name
    hash: Unsigned64
    user_id: UserId | None = None
    feature: Name | None = None
    imported: Imported | None = None
    backfill: bool = False
    adjusted: Adjusted | None = None


class Authority(StrEnum):
    """Whose word a fact is: a fact set with an operate key is never overwritten by an ingest key."""

    OPERATE = "operate"
    INGEST = "ingest"


class AccountFacts(_Record, frozen=True, tag="account"):
    """What is known of an account.

    A field left out says nothing, null clears; the newest `occurred_at` of a field wins.
    """

    account_id: AccountId
    occurred_at: Moment
    received_at: Moment
    authority: Authority
    name: Name | UnsetType | None = UNSET
    plan: Name | UnsetType | None = UNSET
    segment: Name | UnsetType | None = UNSET
    seats: Annotated[int, Meta(ge=0)] | UnsetType | None = UNSET
    arr_cents: Annotated[int, Meta(ge=0)] | UnsetType | None = UNSET
    renewal_on: date | UnsetType | None = UNSET
    owner: Name | UnsetType | None = UNSET
    time_zone: Name | UnsetType | None = UNSET

    def said(self) -> list[tuple[str, Any]]:
        """The fields this record says something about, each with its value (None clears)."""
        return [(field, value) for field in FACT_FIELDS if (value := getattr(self, field)) is not UNSET]


FACT_FIELDS: tuple[str, ...] = ("name", "plan", "segment", "seats", "arr_cents", "renewal_on", "owner", "time_zone")


class UserLink(_Record, frozen=True, tag="user"):
    """A user belongs to an account, of which later events need name the user only.

    The newest `occurred_at` wins; what was linked with an operate key is never overwritten by an ingest key.
    """

    account_id: AccountId
    user_id: UserId
    occurred_at: Moment
    received_at: Moment
    authority: Authority = Authority.INGEST


class ContactKind(StrEnum):
    """How an account was spoken to."""

    CALL = "call"
    MAIL = "mail"
    MEETING = "meeting"
    NOTE = "note"


class Contact(_Record, frozen=True, tag="contact"):
    """Somebody of ours spoke with an account."""

    account_id: AccountId
    occurred_at: Moment
    received_at: Moment
    kind: ContactKind
    author: Name | None = None
    note: Text | None = None


class OutcomeKind(StrEnum):
    """How a renewal ended."""

    RENEWED = "renewed"
    CHURNED = "churned"
    CONTRACTED = "contracted"
    EXPANDED = "expanded"


class Because(StrEnum):
    """What an outcome came of, in the word that fits best; `reason` says it in theirs."""

    PRICE = "price"
    PRODUCT = "product"  # something it lacks, or does badly
    RELIABILITY = "reliability"  # it was down, slow or wrong
    SERVICE = "service"  # ours to them
    LOW_USE = "low_use"  # they did not come to use it
    COMPETITOR = "competitor"
    CHAMPION_LEFT = "champion_left"
    BUSINESS = "business"  # theirs: it closed, was bought, saves, or grows
    OTHER = "other"


class Outcome(_Record, frozen=True, tag="outcome"):
    """What became of an account.

    `because` and `reason` are annotations: analyses rest on what was done, not on what was said.
    """

    account_id: AccountId
    occurred_at: Moment
    received_at: Moment
    outcome: OutcomeKind
    reason: Text | None = None
    author: Name | None = None
    because: Because | None = None


class Override(_Record, frozen=True, tag="override"):
    """Somebody knows better than the score: until `expires_at` the account is in this band.

    The newest `occurred_at` of an account counts; one that has expired when it is said lifts the one before.
    """

    account_id: AccountId
    occurred_at: Moment
    received_at: Moment
    band: Band
    reason: Reason
    author: Name
    expires_at: Moment


class Mute(_Record, frozen=True, tag="mute"):
    """Nobody is to be alerted about an account until `expires_at`. It is scored as ever. Lifted as an override is."""

    account_id: AccountId
    occurred_at: Moment
    received_at: Moment
    reason: Reason
    author: Name
    expires_at: Moment


class Verdict(StrEnum):
    """What is found of a source of events."""

    OPENED = "opened"
    CLOSED = "closed"


class Telemetry(_Record, frozen=True, tag="telemetry"):
    """Events of a source (null: of all of them) are not what they were, or are again.

    So that what is missing since then is taken for a broken pipe, and not for customers who left.
    """

    status: Verdict
    source: Name | None
    since: Moment  # when it fell
    at: Moment  # when that was found


class Log(_Record, frozen=True, tag="log"):
    """The first record of every partition: which log this is, and the engine whose results it holds from the start."""

    log_id: str
    partitions: Annotated[int, Meta(ge=1)]
    engine: Annotated[int, Meta(ge=1)]


class Engine(_Record, frozen=True, tag="engine"):
    """From here on this engine speaks: a scoring core with another number stays silent."""

    engine: Annotated[int, Meta(ge=1)]


class Tick(_Record, frozen=True, tag="tick"):
    """The clock, as far as scoring knows one."""

    at: Moment


class Publication(_Record, frozen=True, tag="scorecard"):
    """From here on accounts are scored by this scorecard. Idempotent by (version, hash).

    `watched` is the catalogue of inputs: it begins with that of the version before, so that numbers keep their meaning.
    """

    version: Annotated[int, Meta(ge=1)]
    hash: str  # SHA-256 of the scorecard's canonical JSON, hexadecimal
    scorecard: Scorecard
    watched: tuple[Watched, ...] = ()


class ImportEnd(_Record, frozen=True, tag="import_end"):
    """Everything of an import has been written to this partition: its accounts are evaluated now."""

    file: str
    received_at: Moment


class Forget(_Record, frozen=True, tag="forget"):
    """An account is forgotten: everything before this record that names it is as if it had never been.

    What was received before and comes after it is not taken either. Keyed by the account, as its activity is.
    """

    account_id: AccountId
    received_at: Moment
    author: Name


class ForgetUser(_Record, frozen=True, tag="forget_user"):
    """A user is forgotten in every account: no account remembers them.

    `user_id`: what the log calls them, which may be a pseudonym. The days on which an account was active stay.
    """

    user_id: UserId
    received_at: Moment
    author: Name


OfAccount = Event | AccountFacts | UserLink | Contact | Outcome | Override | Mute
Activity = OfAccount | Log | Engine | Tick | Publication | Telemetry | ImportEnd | Forget | ForgetUser
ActivityType = Literal[
    "event",
    "account",
    "user",
    "contact",
    "outcome",
    "override",
    "mute",
    "log",
    "engine",
    "tick",
    "scorecard",
    "telemetry",
    "import_end",
    "forget",
    "forget_user",
]
