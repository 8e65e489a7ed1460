"""Markets, their quotes and their rule texts."""

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "markets",
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("venue_ref", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("accepting", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("neg_risk", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("neg_risk_group", sa.Text(), nullable=False),
        sa.Column("close_time_ns", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("listed_ns", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("tick_bp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("min_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fee_rate_ppm", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("fee_exponent", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("fee_price_weighted", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("resolution_source", sa.Text(), nullable=False),
        sa.Column("liquidity_usd", sa.Double(), nullable=True),
        sa.Column("volume_usd", sa.Double(), nullable=True),
        sa.Column("seen_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'closed', 'archived', 'unlisted')", name="ck_markets_status"
        ),
        sa.PrimaryKeyConstraint("market_id", name="pk_markets"),
    )
    op.create_index("ix_markets_event_id", "markets", ["event_id"])
    op.create_index("ix_markets_slug", "markets", ["slug"])
    op.create_index(
        "ix_markets_status_close_time_ns_market_id",
        "markets",
        ["status", "close_time_ns", "market_id"],
    )
    op.create_table(
        "market_outcomes",
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("listed_price", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets.market_id"],
            name="fk_market_outcomes_market_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("market_id", "position", name="pk_market_outcomes"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_market_outcomes_token_id", "market_outcomes", ["token_id"])
    op.create_table(
        "quotes_latest",
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("as_of_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("yes_bid_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("yes_ask_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("no_bid_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("no_ask_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("yes_bid_size", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("yes_ask_size", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("no_bid_size", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("no_ask_size", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("yes_vwap_bp", sa.Double(), nullable=True),
        sa.Column("no_vwap_bp", sa.Double(), nullable=True),
        sa.Column("yes_fill_ratio", sa.Double(), nullable=True),
        sa.Column("no_fill_ratio", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets.market_id"],
            name="fk_quotes_latest_market_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("market_id", name="pk_quotes_latest"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_quotes_latest_as_of_ns", "quotes_latest", ["as_of_ns"])
    op.create_table(
        "rules_history",
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("diff", sa.Text(), nullable=False),
        sa.Column("seen_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets.market_id"],
            name="fk_rules_history_market_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("market_id", "version", name="pk_rules_history"),
    )
    op.create_table(
        "rules_latest",
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("seen_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parser", sa.Text(), nullable=False),
        sa.Column("definition_risk", sa.Double(), nullable=False),
        sa.Column("flag_codes", sa.Text(), nullable=False),
        sa.Column("characters", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets.market_id"],
            name="fk_rules_latest_market_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("market_id", name="pk_rules_latest"),
    )
    op.create_index("ix_rules_latest_parser", "rules_latest", ["parser"])


def downgrade() -> None:
    """Drop the tables; their indexes go with them."""
    op.drop_table("rules_history")
    op.drop_table("rules_latest")
    op.drop_table("quotes_latest")
    op.drop_table("market_outcomes")
    op.drop_table("markets")
