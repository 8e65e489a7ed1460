"""The tables, declared once for both databases; `docs/storage.md` draws them.

Times are integer nanoseconds since the epoch, prices integer basis points of the one-dollar payout
(NULL where a side of the book is empty), sizes integer micro-shares. Scores are doubles: they are
the model's and never become money. Two-valued columns are 0 or 1, because SQLite has no booleans.

Scores belong to a generation: one pass of the scorer over all markets. A few generations stay, so
that whoever walks through one page by page reads the same rows to the end while newer ones come.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.sql.schema import SchemaItem

OPEN: Final = "open"
CLOSED: Final = "closed"
ARCHIVED: Final = "archived"
UNLISTED: Final = "unlisted"
"""Was listed as open once, and a complete discovery has not seen it since."""
STATUSES: Final = (OPEN, CLOSED, ARCHIVED, UNLISTED)

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
KEY: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Keys compare by their bytes on both databases, as Python does: one order, and a fast one."""
METADATA: Final = MetaData(naming_convention=NAMING)


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null, autoincrement=False)


def _text(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _real(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, Double, nullable=null)


def _flag(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False, server_default="0")


def _market_key() -> Column[str]:
    """The market that a row belongs to, and goes with."""
    owner = ForeignKey("markets.market_id", ondelete="CASCADE")
    return Column("market_id", KEY, owner, primary_key=True, nullable=False)


def _table(name: str, *items: SchemaItem) -> Table:
    return Table(name, METADATA, *items)


def _narrow(name: str, *items: SchemaItem) -> Table:
    """A table of short rows: without a hidden row id SQLite keeps one tree of it, not two."""
    return Table(name, METADATA, *items, sqlite_with_rowid=False)


MARKETS: Final = _table(
    "markets",
    Column("market_id", KEY, primary_key=True),
    _text("venue"),
    _text("venue_ref"),
    _text("slug"),
    _text("title"),
    _text("search_text"),
    _text("url"),
    _text("category"),
    _text("event_id"),
    _text("event_title"),
    _text("status"),
    _flag("accepting"),
    _flag("neg_risk"),
    _text("neg_risk_group"),
    _number("close_time_ns", null=True),
    _number("listed_ns", null=True),
    _number("tick_bp"),
    _number("min_size"),
    _number("fee_rate_ppm", null=True),
    _number("fee_exponent", null=True),
    _flag("fee_price_weighted"),
    _text("resolution_source"),
    _real("liquidity_usd", null=True),
    _real("volume_usd", null=True),
    _number("seen_ns"),
    CheckConstraint("status IN ('open', 'closed', 'archived', 'unlisted')", name="status"),
    Index(None, "status", "close_time_ns", "market_id"),
    Index(None, "event_id"),
    Index(None, "slug"),
    Index(None, "venue_ref", "market_id"),
)

MARKET_OUTCOMES: Final = _narrow(
    "market_outcomes",
    _market_key(),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    _text("name"),
    _text("token_id"),
    _real("listed_price", null=True),
    Index(None, "token_id"),
)

_BOOK: Final = ("yes_bid_bp", "yes_ask_bp", "no_bid_bp", "no_ask_bp")
_SIZES: Final = ("yes_bid_size", "yes_ask_size", "no_bid_size", "no_ask_size")
_DEPTH: Final = ("yes_vwap_bp", "no_vwap_bp", "yes_fill_ratio", "no_fill_ratio")

QUOTES_LATEST: Final = _narrow(
    "quotes_latest",
    _market_key(),
    _number("as_of_ns"),
    *(_number(name, null=True) for name in (*_BOOK, *_SIZES)),
    *(_real(name, null=True) for name in _DEPTH),
    Index(None, "as_of_ns"),
)

QUOTES_5M: Final = _narrow(
    "quotes_5m",
    _market_key(),
    Column("bucket_ns", BigInteger, primary_key=True, autoincrement=False),
    _number("as_of_ns"),
    *(_number(name, null=True) for name in _BOOK),
    Index(None, "bucket_ns"),
)

# Long texts come last, so that SQLite reads the short columns without them.
RULES_LATEST: Final = _table(
    "rules_latest",
    _market_key(),
    _number("version"),
    _text("sha256"),
    _number("seen_ns"),
    _text("parser"),
    _real("definition_risk"),
    _text("flag_codes"),
    _number("characters"),
    _text("flags"),
    _text("text"),
    Index(None, "parser"),
)

RULES_HISTORY: Final = _table(
    "rules_history",
    _market_key(),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    _text("sha256"),
    _text("text"),
    _text("diff"),
    _number("seen_ns"),
)

GENERATIONS: Final = _table(
    "generations",
    Column("generation", BigInteger, primary_key=True, autoincrement=False),
    _text("scorer"),
    _number("as_of_ns"),
    _number("begun_ns"),
    _number("beat_ns"),
    _number("finished_ns", null=True),
    _number("markets"),
    # JSON of whoever scored, empty where a scorer has not said.
    _text("config", "{}"),
)


def _generation_keys() -> tuple[Column[int], Column[str]]:
    # Keys begin with the generation: its rows lie together, are added at the end and deleted as
    # one. They are no foreign keys: asking twice for each row whether its owner exists took most
    # of the time of storing a pass (docs/decisions/0013).
    return (
        Column("generation", BigInteger, primary_key=True, autoincrement=False),
        Column("market_id", KEY, primary_key=True, nullable=False),
    )


SCORES_LATEST: Final = _narrow(
    "scores_latest",
    *_generation_keys(),
    _number("close_time_ns"),
    _number("quote_as_of_ns"),
    _flag("stale"),
    _text("flag_codes"),
    *(
        _real(name)
        for name in (
            *("overall_score", "risk_score", "net_yield", "yield_velocity", "cash_velocity"),
            *("liquidity_score", "definition_risk", "operational_risk", "liquidity_risk"),
            *("jump_risk", "t_remaining_sec", "days_to_cash", "staleness_sec"),
            *("staleness_penalty", "norm_velocity", "norm_net_yield"),
        )
    ),
    # Read backwards for the highest first.
    Index(None, "generation", "overall_score", "market_id"),
    Index(None, "generation", "risk_score", "market_id"),
)

RECS_LATEST: Final = _narrow(
    "recs_latest",
    *_generation_keys(),
    Column("side", SmallInteger, nullable=False),
    _flag("recommended"),
    _flag("by_depth"),
    _number("event_markets"),
    *(
        _real(name)
        for name in (
            *("entry_price", "fill_ratio", "fee", "gross_yield", "max_position_pct"),
            *("event_stake_pct", "event_worst_loss_pct", "spread"),
        )
    ),
    *(_real(name, null=True) for name in ("bid", "ask")),
)

SCORES_5M: Final = _narrow(
    "scores_5m",
    _market_key(),
    Column("bucket_ns", BigInteger, primary_key=True, autoincrement=False),
    _number("as_of_ns"),
    Column("side", SmallInteger, nullable=False),
    *(_real(name) for name in ("entry_price", "overall_score", "risk_score", "net_yield")),
    Index(None, "bucket_ns"),
)

CYCLES: Final = _table(
    "cycles",
    Column("name", Text, primary_key=True),
    _number("tried_ns"),
    _number("succeeded_ns", null=True),
    _number("failures"),
    _text("told"),
)


def names(table: Table) -> tuple[str, ...]:
    """The table's columns in their order, which is the order of its rows everywhere."""
    return tuple(column.name for column in table.columns)


def keys(table: Table) -> tuple[str, ...]:
    """The columns of the table's primary key."""
    return tuple(column.name for column in table.primary_key.columns)
