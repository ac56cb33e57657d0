"""Dead letters, and who sends."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "dead_letters",
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("user_id", sa.Text()),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.LargeBinary()),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("put_back_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("partition", "position", name=op.f("pk_dead_letters")),
    )
    op.create_index(
        op.f("ix_dead_letters_refused_at_partition_position"), "dead_letters", ["refused_at", "partition", "position"]
    )
    op.create_index(op.f("ix_dead_letters_reason_refused_at"), "dead_letters", ["reason", "refused_at"])
    op.create_table(
        "sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sdk", sa.Text()),
        sa.Column("sdk_version", sa.Text()),
        sa.Column("skew_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_sources")),
    )
    op.create_table(
        "source_minutes",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "minute", "outcome", name=op.f("pk_source_minutes")),
    )
    op.create_index(op.f("ix_source_minutes_minute"), "source_minutes", ["minute"])


def downgrade() -> None:
    """Remove them: both are made anew, from the topic and from what comes in."""
    op.drop_table("source_minutes")
    op.drop_table("sources")
    op.drop_table("dead_letters")
