"""Markets are found by the venue's short id without reading all of them."""

from alembic import op

revision = "v0004"
down_revision = "v0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_markets_venue_ref_market_id", "markets", ["venue_ref", "market_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_markets_venue_ref_market_id", "markets")
