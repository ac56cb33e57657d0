"""The tables of PostgreSQL. Migrations are made from here; SQL lives in `queries.py` and `writer.py` of services."""

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

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
