"""What an outcome came of, in a word: beside the reason that was given."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Outcomes from before came of nothing that anybody chose a word for."""
    op.add_column("outcomes", sa.Column("because", sa.Text()))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("outcomes", "because")
