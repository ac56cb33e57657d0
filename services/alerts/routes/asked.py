"""What requests may say. Fields that do not exist are refused, and so is text that a table cannot hold."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

from schemas.activity import Because, ContactKind, OutcomeKind
from schemas.alerts import AlertOutcome, AlertStatus
from schemas.conditions import Severity
from schemas.sentences import Language
from schemas.text import ALLOWED, LONGEST, note_flaw

Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=ALLOWED)]
CursorText = Annotated[str, Field(description="`next_cursor` of the page before, as it came.", max_length=2_000)]
MessageType = Literal[
    "alert.opened", "alert.worsened", "alert.returned", "alert.closed", "incident.opened", "incident.closed"
]


def _in_utc(moment: datetime) -> datetime:
    """Without an offset it is UTC already. Raises ValueError where UTC has no such day."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as beyond:
        msg = "it is beyond the calendar"
        raise ValueError(msg) from beyond


def _sound(note: str) -> str:
    wrong = note_flaw(note)
    if wrong is not None:
        msg = f"it {wrong}"
        raise ValueError(msg)
    return note


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Note = Annotated[str, AfterValidator(_sound)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AlertsQuery(_Asked):
    """Which alerts. A filter given several times means any of its values; without a status the active ones."""

    status: list[AlertStatus | Literal["active", "any"]] = Field(default=["active"])
    account: list[Words] = []
    rule: list[Words] = []
    severity: list[Severity] = []
    owner: list[Words] = []
    segment: list[Words] = []
    limit: int = Field(default=50, ge=1, le=200)
    cursor: CursorText | None = None


class Signed(_Asked):
    """What somebody did. `by` says who; without it, the name of the key."""

    by: Words | None = None


class SnoozeBody(Signed):
    """Quiet until then, or until it is worse, or whichever comes first; and why."""

    until: Moment | None = None
    until_worse: bool = False
    reason: Note = Field(min_length=1)


class ResolveBody(Signed):
    """What it was."""

    outcome: AlertOutcome
    reason: Note | None = None


class AssignBody(Signed):
    """Who is to work on it; null: nobody in particular."""

    to: Words | None


class ContactBody(Signed):
    """Somebody of ours spoke with the account; `at` is now unless it says otherwise."""

    kind: ContactKind
    note: Note | None = None
    at: Moment | None = None


class OutcomeBody(Signed):
    """What became of the account, what it came of and the reason given; `at` is now unless it says otherwise."""

    outcome: OutcomeKind
    because: Because | None = None
    reason: Note | None = None
    at: Moment | None = None


class MuteBody(Signed):
    """Until when, or (null) until it is taken back; and why."""

    until: Moment | None = None
    reason: Note = Field(min_length=1)


class WebhookBody(_Asked):
    """Where to post, and which types of message; none named: all."""

    url: HttpUrl
    types: list[MessageType] = []


class RotateBody(_Asked):
    """For how long the old secret goes on signing beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=24 * 30)


class ReplayBody(_Asked):
    """From when on; and whether also what was delivered."""

    since: Moment
    delivered_too: bool = False


class RecipientBody(_Asked):
    """How somebody is reached, and when they work: ISO days, 1 is Monday; hours in their own time zone."""

    mail: Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+$", max_length=LONGEST)] | None = None
    slack: Words | None = None
    language: Language = Language.EN
    time_zone: Words = "UTC"
    works_from: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "09:00"
    works_until: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "18:00"
    working_days: list[Annotated[int, Field(ge=1, le=7)]] = [1, 2, 3, 4, 5]
    secondary: Words | None = None
    team: Words | None = None
