"""Scores by generation, and samples at five minutes."""

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cycles",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tried_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("succeeded_ns", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("failures", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cycles"),
    )
    op.create_table(
        "generations",
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        sa.Column("as_of_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("begun_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("beat_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("finished_ns", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("markets", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("generation", name="pk_generations"),
    )
    op.create_table(
        "quotes_5m",
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("bucket_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("as_of_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("yes_bid_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("yes_ask_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("no_bid_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("no_ask_bp", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets.market_id"], name="fk_quotes_5m_market_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("market_id", "bucket_ns", name="pk_quotes_5m"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_quotes_5m_bucket_ns", "quotes_5m", ["bucket_ns"])
    op.create_table(
        "recs_latest",
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("side", sa.SmallInteger(), nullable=False),
        sa.Column("recommended", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("by_depth", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("event_markets", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_price", sa.Double(), nullable=False),
        sa.Column("fill_ratio", sa.Double(), nullable=False),
        sa.Column("fee", sa.Double(), nullable=False),
        sa.Column("gross_yield", sa.Double(), nullable=False),
        sa.Column("max_position_pct", sa.Double(), nullable=False),
        sa.Column("event_stake_pct", sa.Double(), nullable=False),
        sa.Column("event_worst_loss_pct", sa.Double(), nullable=False),
        sa.Column("spread", sa.Double(), nullable=False),
        sa.Column("bid", sa.Double(), nullable=True),
        sa.Column("ask", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["generation"],
            ["generations.generation"],
            name="fk_recs_latest_generation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets.market_id"],
            name="fk_recs_latest_market_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("generation", "market_id", name="pk_recs_latest"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_recs_latest_market_id", "recs_latest", ["market_id"])
    op.create_table(
        "scores_5m",
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("bucket_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("as_of_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("side", sa.SmallInteger(), nullable=False),
        sa.Column("entry_price", sa.Double(), nullable=False),
        sa.Column("overall_score", sa.Double(), nullable=False),
        sa.Column("risk_score", sa.Double(), nullable=False),
        sa.Column("net_yield", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets.market_id"], name="fk_scores_5m_market_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("market_id", "bucket_ns", name="pk_scores_5m"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_scores_5m_bucket_ns", "scores_5m", ["bucket_ns"])
    op.create_table(
        "scores_latest",
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "market_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("close_time_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quote_as_of_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stale", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("flag_codes", sa.Text(), nullable=False),
        sa.Column("overall_score", sa.Double(), nullable=False),
        sa.Column("risk_score", sa.Double(), nullable=False),
        sa.Column("net_yield", sa.Double(), nullable=False),
        sa.Column("yield_velocity", sa.Double(), nullable=False),
        sa.Column("cash_velocity", sa.Double(), nullable=False),
        sa.Column("liquidity_score", sa.Double(), nullable=False),
        sa.Column("definition_risk", sa.Double(), nullable=False),
        sa.Column("operational_risk", sa.Double(), nullable=False),
        sa.Column("liquidity_risk", sa.Double(), nullable=False),
        sa.Column("jump_risk", sa.Double(), nullable=False),
        sa.Column("t_remaining_sec", sa.Double(), nullable=False),
        sa.Column("days_to_cash", sa.Double(), nullable=False),
        sa.Column("staleness_sec", sa.Double(), nullable=False),
        sa.Column("staleness_penalty", sa.Double(), nullable=False),
        sa.Column("norm_velocity", sa.Double(), nullable=False),
        sa.Column("norm_net_yield", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["generation"],
            ["generations.generation"],
            name="fk_scores_latest_generation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets.market_id"],
            name="fk_scores_latest_market_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("generation", "market_id", name="pk_scores_latest"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_scores_latest_generation_overall_score_market_id",
        "scores_latest",
        ["generation", "overall_score", "market_id"],
    )
    op.create_index(
        "ix_scores_latest_generation_risk_score_market_id",
        "scores_latest",
        ["generation", "risk_score", "market_id"],
    )
    op.create_index("ix_scores_latest_market_id", "scores_latest", ["market_id"])


def downgrade() -> None:
    """Drop the tables; their indexes go with them."""
    op.drop_table("cycles")
    op.drop_table("scores_5m")
    op.drop_table("quotes_5m")
    op.drop_table("recs_latest")
    op.drop_table("scores_latest")
    op.drop_table("generations")
