"""The log a database belongs to, how far readers have come, keys, scorecards, accounts and their changes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of schemas/tables.py as they were at first."""
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("score_grains", sa.Integer()),
        sa.Column("rank", sa.Integer(), sa.Computed("coalesce(-score_grains, 1)", persisted=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("plan", sa.Text()),
        sa.Column("segment", sa.Text()),
        sa.Column("seats", sa.BigInteger()),
        sa.Column("arr_cents", sa.BigInteger()),
        sa.Column("renewal_on", sa.Date()),
        sa.Column("owner", sa.Text()),
        sa.Column("time_zone", sa.Text()),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_owner"), "accounts", ["owner"])
    op.create_index(op.f("ix_accounts_rank_account_id"), "accounts", ["rank", "account_id"])
    op.create_index(op.f("ix_accounts_segment"), "accounts", ["segment"])
    op.create_index(op.f("ix_accounts_state"), "accounts", ["state"])
    op.create_table(
        "changes",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_account_id_position"), "changes", ["account_id", "position"])
    op.create_index(op.f("ix_changes_partition_position"), "changes", ["partition", "position"], unique=True)
    op.create_table(
        "conflicts",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partition", "position", name=op.f("pk_conflicts")),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
    )
    op.create_table(
        "log",
        sa.Column("log_id", sa.Text(), nullable=False),
        sa.Column("partitions", sa.Integer(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_log")),
    )
    op.create_table(
        "offsets",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "topic", "partition", name=op.f("pk_offsets")),
    )
    op.create_table(
        "scorecards",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_scorecards")),
    )


def downgrade() -> None:
    """Back to where it was."""
    for table in ("scorecards", "offsets", "log", "keys", "conflicts", "changes", "accounts"):
        op.drop_table(table)
