"""The configuration that a generation was scored with."""

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of the generations that are there it is not known."""
    column = sa.Column("config", sa.Text(), server_default="{}", nullable=False)
    op.add_column("generations", column)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("generations", "config")
