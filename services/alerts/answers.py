"""What the routes of alerts answer: the shapes, and how rows become them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from schemas.alerts import Alert, IncidentData
from schemas.changes import Contribution, State, UnknownReason
from schemas.sentences import Sentence
from services.alerts.queries.webhooks import Webhook


class AlertPage(Struct, frozen=True, kw_only=True):
    """A page of alerts, the newest first. `next_cursor` is null on the last page."""

    items: list[Alert]
    next_cursor: str | None


class AlertStep(Struct, frozen=True, kw_only=True):
    """A line of the audit trail. `at` is the log's time, `recorded_at` the wall clock's; `quiet` what kept it quiet."""

    at: datetime
    recorded_at: datetime
    kind: str
    by: str
    detail: str | None
    quiet: str | None


class DeliveryTold(Struct, frozen=True, kw_only=True):
    """A message on its way to one receiver. `message_id` is the webhook-id, for ever."""

    message_id: str
    to: str
    channel: str
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None
    answer: str | None


class AlertDetail(Struct, frozen=True, kw_only=True):
    """An alert, everything that happened to it, and who was told."""

    alert: Alert
    steps: list[AlertStep]
    deliveries: list[DeliveryTold]


class WebhookTold(Struct, frozen=True, kw_only=True):
    """An endpoint. Its secret is told once, when it is made or changed, and never again."""

    id: str
    url: str
    types: list[str]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    old_secret_until: datetime | None
    secret: str | None = None


class WebhookList(Struct, frozen=True, kw_only=True):
    """Every endpoint, the oldest first."""

    items: list[WebhookTold]


class DeliveryList(Struct, frozen=True, kw_only=True):
    """Deliveries, the newest first."""

    items: list[DeliveryTold]


class WebhookTested(Struct, frozen=True, kw_only=True):
    """What an endpoint answered to a test."""

    delivered: bool
    answer: str


class Replayed(Struct, frozen=True, kw_only=True):
    """How many deliveries are on their way again."""

    replayed: int


class RecipientTold(Struct, frozen=True, kw_only=True):
    """Somebody who is told."""

    name: str
    mail: str | None
    slack: str | None
    language: str
    time_zone: str
    works_from: str
    works_until: str
    working_days: list[int]
    secondary: str | None
    team: str | None


class RecipientList(Struct, frozen=True, kw_only=True):
    """Everybody who is told, by name."""

    items: list[RecipientTold]


class ContactTold(Struct, frozen=True, kw_only=True):
    """Somebody of ours spoke with an account."""

    at: datetime
    kind: str
    author: str | None
    note: str | None


class ContactList(Struct, frozen=True, kw_only=True):
    """An account's contacts, the newest first."""

    items: list[ContactTold]


class Evidence(Struct, frozen=True, kw_only=True):
    """What was served so many days before an outcome; null where nothing was yet."""

    days_before: int
    at: datetime | None
    score: float | None
    state: State | None
    reason: UnknownReason | None
    contributions: list[Contribution]
    winning_pattern_on: date | None  # when the last of its milestones was reached, if it was by then


class OutcomeTold(Struct, frozen=True, kw_only=True):
    """What became of an account, and what was known before."""

    at: datetime
    outcome: str
    because: str | None
    reason: str | None
    author: str | None
    evidence: list[Evidence]


class OutcomeList(Struct, frozen=True, kw_only=True):
    """An account's outcomes, the newest first."""

    items: list[OutcomeTold]


class RecordAccepted(Struct, frozen=True, kw_only=True):
    """It is in the log, acknowledged, at this place; it is served as soon as it has been read from there."""

    account_id: str
    partition: int
    offset: int


class RuleQuality(Struct, frozen=True, kw_only=True):
    """How a rule has done: alerts by outcome, and the share of true ones among those that were judged."""

    rule: str
    alerts: int
    open: int
    true: int
    false: int
    known: int
    precision: float | None


class RuleList(Struct, frozen=True, kw_only=True):
    """Every rule that ever raised an alert, by name."""

    items: list[RuleQuality]


class GroupCount(Struct, frozen=True, kw_only=True):
    """Alerts of a team or a segment; `name` null: of none. `arr_cents` is the revenue of accounts with active ones."""

    name: str | None
    open: int
    acknowledged: int
    contacted: int
    closed: int
    true: int
    false: int
    known: int
    arr_cents: int


class AlertSummary(Struct, frozen=True, kw_only=True):
    """Alerts counted by team and by segment, by name. Nobody's own are counted: a team is of two people or more."""

    teams: list[GroupCount]
    segments: list[GroupCount]


class IncidentList(Struct, frozen=True, kw_only=True):
    """Incidents, the newest first."""

    items: list[IncidentData]


class RuleThen(Struct, frozen=True, kw_only=True):
    """A rule that held on a day: since when, until when, its alert, and what became of it, in a sentence."""

    rule: str
    since: datetime
    until: datetime | None
    alert_id: str | None
    was_told: bool
    held_back_by: str | None
    sentence: Sentence
    deliveries: list[DeliveryTold]


class WhyNot(Struct, frozen=True, kw_only=True):
    """Why somebody was not alerted of an account on a day, or that they were."""

    account_id: str
    on: str
    was_told: bool
    sentence: Sentence
    rules: list[RuleThen]


class AccountMuted(Struct, frozen=True, kw_only=True):
    """An account that nobody hears of until then: into the log."""

    account_id: str
    until: datetime
    reason: str
    by: str


SHAPES: tuple[type[Struct], ...] = (
    AlertPage,
    AlertDetail,
    WebhookTold,
    WebhookList,
    DeliveryList,
    WebhookTested,
    Replayed,
    RecipientTold,
    RecipientList,
    ContactList,
    OutcomeList,
    RecordAccepted,
    RuleList,
    AlertSummary,
    IncidentList,
    WhyNot,
    AccountMuted,
)


def webhook_told(webhook: Webhook, secret: str | None = None) -> WebhookTold:
    """An endpoint without what only its owner may know."""
    return WebhookTold(
        id=webhook.webhook_id,
        url=webhook.url,
        types=list(webhook.types),
        created_at=webhook.created_at,
        failing_since=webhook.failing_since,
        disabled_at=webhook.disabled_at,
        disabled_because=webhook.disabled_because,
        old_secret_until=webhook.old_secret_until,
        secret=secret,
    )


def deliveries_told(rows: Sequence[Mapping[str, Any]]) -> list[DeliveryTold]:
    """Deliveries as they are told."""
    return [
        DeliveryTold(
            message_id=row["message_id"],
            to=row["lane"],
            channel=row["channel"],
            state=row["state"],
            attempts=row["attempts"],
            created_at=row["created_at"],
            next_attempt_at=row["next_attempt_at"] if row["state"] == "waiting" else None,
            ended_at=row["ended_at"],
            answer=row["answer"],
        )
        for row in rows
    ]


def steps_told(rows: Sequence[Mapping[str, Any]]) -> list[AlertStep]:
    """The audit trail as it is told."""
    return [AlertStep(**{name: row[name] for name in AlertStep.__struct_fields__}) for row in rows]
