"""The tables of PostgreSQL. Migrations are made from here; SQL lives in `queries.py` and `writer.py` of services."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

log = Table(  # the log this database belongs to: one row
    "log",
    metadata,
    Column("log_id", Text, primary_key=True),
    Column("partitions", Integer, nullable=False),
    Column("clock", Text, nullable=False),  # live, or log
    Column("engine", Integer, nullable=False),  # whose results it holds now
    Column("created_at", DateTime(timezone=True), nullable=False),
)

offsets = Table(  # how far a projector has read: moved in the transaction that writes its rows
    "offsets",
    metadata,
    Column("reader", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    PrimaryKeyConstraint("reader", "topic", "partition"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),  # SHA-256 of the secret
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)

scorecards = Table(  # what has been published; `complete_at` once every partition has it
    "scorecards",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # canonical JSON
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("complete_at", DateTime(timezone=True)),
    Column("published_by", Text),
    Column("waiver", Text),  # why it was published without a backtest
)

backtests = Table(  # what scorecards were judged to be, by the hash of the very scorecard
    "backtests",
    metadata,
    Column("hash", Text, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False),
    Column("report", LargeBinary, nullable=False),  # JSON
    PrimaryKeyConstraint("hash", "stored_at"),
)

changes = Table(  # score-changes.v1, each change once
    "changes",
    metadata,
    Column("change_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),  # its offset in score-changes.v1
    Column("body", LargeBinary, nullable=False),  # the record's bytes, as they were written
    Index(None, "account_id", "position"),
    Index(None, "partition", "position", unique=True),
)

accounts = Table(  # the newest change of each account, taken apart for filters
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("score_grains", Integer),  # 1/1024 point of risk; null while the state is unknown
    # Highest risk first, unknown last, in one plain column that a page can be continued from.
    Column("rank", Integer, Computed("coalesce(-score_grains, 1)", persisted=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("name", Text),
    Column("plan", Text),
    Column("segment", Text),
    Column("seats", BigInteger),
    Column("arr_cents", BigInteger),
    Column("renewal_on", Date),
    Column("owner", Text),
    Column("time_zone", Text),
    Column("change_id", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),  # of its newest change in score-changes.v1
    Column("body", LargeBinary, nullable=False),
    Index(None, "rank", "account_id"),
    Index(None, "state"),
    Index(None, "segment"),
    Index(None, "owner"),
)

conflicts = Table(  # a change that came again with other content: kept, and a reason not to be ready
    "conflicts",
    metadata,
    Column("change_id", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("partition", "position"),
)

dead_letters = Table(  # dead-letters.v1, each letter at its place
    "dead_letters",
    metadata,
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),  # its offset
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("source", Text),
    Column("user_id", Text),
    Column("refused_at", DateTime(timezone=True), nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary, nullable=False),
    Column("put_back_at", DateTime(timezone=True)),  # since when it is in the log after all
    PrimaryKeyConstraint("partition", "position"),
    Index(None, "refused_at", "partition", "position"),
    Index(None, "reason", "refused_at"),
)

sources = Table(  # who sends, as ingest saw them last
    "sources",
    metadata,
    Column("source", Text, primary_key=True),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("sdk", Text),
    Column("sdk_version", Text),
    Column("skew_ms", BigInteger),  # how far their clock is behind ours; null where they do not say when they sent
)

source_minutes = Table(  # how many events of a source had which outcome in a minute: accepted, or a reason
    "source_minutes",
    metadata,
    Column("source", Text, nullable=False),
    Column("minute", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    PrimaryKeyConstraint("source", "minute", "outcome"),
    Index(None, "minute"),
)

# Alerts. `at` and everything called `…_at` beside an alert are stream time; outboxes live by the wall clock.

conditions = Table(  # alert-conditions.v1, each condition once
    "conditions",
    metadata,
    Column("condition_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "account_id", "position"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("is_current", Boolean, nullable=False),  # the newest of its account and rule
    Column("status", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("holds", Boolean, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("is_told", Boolean, nullable=False),
    Column("worst_severity", Text, nullable=False),
    Column("worst_value", Double),
    Column("incident_id", Text),
    Column("assignee", Text),
    Column("snoozed_until", DateTime(timezone=True)),
    Column("snoozed_until_worse", Boolean),  # null: not snoozed
    Column("snooze_reason", Text),
    Column("snoozed_by", Text),
    Column("outcome", Text),
    Column("outcome_reason", Text),
    Column("due_at", DateTime(timezone=True)),  # when it has to be looked at though nothing happens
    Column("owner", Text),
    Column("segment", Text),
    Column("arr_cents", BigInteger),
    Column("condition", LargeBinary, nullable=False),  # the newest, as the log has it
    Index("uq_alerts_current", "account_id", "rule", unique=True, postgresql_where=text("is_current")),
    Index(None, "status", "opened_at"),
    Index(None, "due_at"),
    Index(None, "account_id", "opened_at"),
)

alert_steps = Table(  # the audit trail: what happened to an alert, and whose doing it was
    "alert_steps",
    metadata,
    Column("alert_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),  # by the wall clock
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("detail", Text),
    Column("quiet", Text),  # what kept it from being told
    PrimaryKeyConstraint("alert_id", "number"),
)

messages = Table(  # what is told, once for each account and occasion, however many rules and receivers
    "messages",
    metadata,
    Column("message_id", Text, primary_key=True),  # the webhook-id, for ever
    Column("account_id", Text),  # null: of an incident, or a digest
    Column("told", JSONB, nullable=False),  # alert id: why it is told
    Column("seal_at", DateTime(timezone=True), nullable=False),  # until then what else happens to the account joins it
    Column("sealed_at", DateTime(timezone=True)),
    Column("body", LargeBinary),  # the same bytes at every attempt
    Index("uq_messages_unsealed", "account_id", unique=True, postgresql_where=text("sealed_at IS NULL")),
    Index("ix_messages_unsealed", "seal_at", postgresql_where=text("sealed_at IS NULL")),
)

deliveries = Table(  # the outbox: a message on its way to one receiver
    "deliveries",
    metadata,
    Column("message_id", Text, nullable=False),
    Column("lane", Text, nullable=False),  # whom it goes to; a slow one holds up only itself
    Column("channel", Text, nullable=False),
    Column("body", LargeBinary),  # where it is not the message's own: rendered for a person
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False),
    Column("leased_until", DateTime(timezone=True)),  # somebody is at it
    Column("ended_at", DateTime(timezone=True)),
    Column("answer", Text),  # what the receiver said last
    PrimaryKeyConstraint("message_id", "lane"),
    Index("ix_deliveries_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
    Index(None, "lane", "created_at"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),  # of messages; empty: all
    Column("secret", Text, nullable=False),  # it signs, so it cannot be hashed
    Column("old_secret", Text),  # signs as well until ...
    Column("old_secret_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    Column("disabled_at", DateTime(timezone=True)),
    Column("disabled_because", Text),
)

recipients = Table(  # people, teams and queues: how they are reached, and when
    "recipients",
    metadata,
    Column("name", Text, primary_key=True),  # an owner as the facts name them, a team, or segment:<name>
    Column("mail", Text),
    Column("slack", Text),  # an incoming webhook's URL, or a channel for the bot
    Column("language", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("works_from", Time, nullable=False),
    Column("works_until", Time, nullable=False),
    Column("working_days", ARRAY(Integer), nullable=False),  # ISO: 1 Monday to 7 Sunday
    Column("secondary", Text),  # another recipient's name
    Column("team", Text),
    Column("digest_on", Date),  # the day of the last digest, in their time zone
)

digest_items = Table(  # what waits for a recipient's next digest
    "digest_items",
    metadata,
    Column("recipient", Text, nullable=False),
    Column("alert_id", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("recipient", "alert_id"),
)

mutes = Table(  # accounts that nobody wants to hear of for a while
    "mutes",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("until", DateTime(timezone=True)),  # null: until taken back
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

contacts = Table(  # who spoke with an account, from the log
    "contacts",
    metadata,
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("author", Text),
    Column("note", Text),
    PrimaryKeyConstraint("partition", "position"),
    Index(None, "account_id", "at"),
)

outcomes = Table(  # what became of accounts, from the log
    "outcomes",
    metadata,
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("author", Text),
    Column("because", Text),
    PrimaryKeyConstraint("partition", "position"),
    Index(None, "account_id", "at"),
)

stream_times = Table(  # how far the log's own clock has come in each partition
    "stream_times",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)

telemetry_counts = Table(  # events by source and name in spans of time, as they came in
    "telemetry_counts",
    metadata,
    Column("source", Text, nullable=False),
    Column("event_name", Text, nullable=False),
    Column("span_seconds", Integer, nullable=False),
    Column("opens_at", DateTime(timezone=True), nullable=False),
    Column("events", BigInteger, nullable=False),
    PrimaryKeyConstraint("source", "event_name", "span_seconds", "opens_at"),
    Index(None, "span_seconds", "opens_at"),
)

incidents = Table(  # the tracking broke: what fell, and since when
    "incidents",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("source", Text),
    Column("event_name", Text),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("expected", Double, nullable=False),  # events in the span that was looked at, by its own past
    Column("observed", BigInteger, nullable=False),
    Column("rate", Double, nullable=False),  # events a second before it fell: what its end is measured by
)
