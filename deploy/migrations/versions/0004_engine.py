"""Which engine the log speaks: a newer one announces itself in the log, and is remembered here."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Logs from before spoke the first engine."""
    op.add_column("log", sa.Column("engine", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("log", "engine", server_default=None)


def downgrade() -> None:
    """Forget it."""
    op.drop_column("log", "engine")
