"""Who published a scorecard and why without a backtest; backtests of scorecards."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say who, and keep backtests."""
    op.add_column("scorecards", sa.Column("published_by", sa.Text()))
    op.add_column("scorecards", sa.Column("waiver", sa.Text()))
    op.create_table(
        "backtests",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "stored_at", name=op.f("pk_backtests")),
    )


def downgrade() -> None:
    """Back to where it was."""
    op.drop_table("backtests")
    op.drop_column("scorecards", "waiver")
    op.drop_column("scorecards", "published_by")
