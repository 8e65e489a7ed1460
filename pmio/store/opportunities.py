"""Reads of scored markets: pages of a walk, and everything about one market."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pmio.store.database import Transaction
from pmio.store.generations import FINISHED, Generation, latest
from pmio.store.rows import MarketRow, OutcomeRow, QuoteRow, RulesRow
from pmio.store.schema import MARKETS, QUOTES_LATEST, RULES_LATEST, names
from pmio.store.walk import (
    LIMIT_MAX,
    SORTS,
    CursorError,
    OpportunityQuery,
    Position,
    WalkExpired,
    after,
    conditions,
    cursor_of,
    digest_of,
    order,
    position_of,
)


class Opportunity(msgspec.Struct, frozen=True, gc=False):
    """One scored market with its recommendation, as of its generation. Prices are dollars."""

    market_id: str
    venue: str
    venue_ref: str
    title: str
    slug: str
    url: str
    category: str
    event_id: str
    event_title: str
    neg_risk: int
    side: int
    side_name: str
    recommended: int
    """1 where something is left after the fee."""
    by_depth: int
    """1 where the entry price is an average over the reference size."""
    event_markets: int
    entry_price: float
    fill_ratio: float
    fee: float
    gross_yield: float
    max_position_pct: float
    event_stake_pct: float
    event_worst_loss_pct: float
    spread: float
    """1.0 where a side of the book is empty."""
    bid: float | None
    ask: float | None
    close_time_ns: int
    quote_as_of_ns: int
    stale: int
    """1 where the quote was older than the scorer allows: the numbers rest on old prices."""
    flag_codes: str
    """`|code|code|`: see `rows.codes_of`."""
    overall_score: float
    risk_score: float
    net_yield: float
    yield_velocity: float
    cash_velocity: float
    liquidity_score: float
    definition_risk: float
    operational_risk: float
    liquidity_risk: float
    jump_risk: float
    t_remaining_sec: float
    """At the moment of scoring."""
    days_to_cash: float
    staleness_sec: float
    staleness_penalty: float
    norm_velocity: float
    norm_net_yield: float
    flags: str
    """JSON of `RulesRow.flags`: of the text as it is now, which may be newer than the score."""


class OpportunityPage(msgspec.Struct, frozen=True):
    """Rows of one generation in the order asked for."""

    generation: Generation | None
    """None while nothing has been scored yet."""
    rows: tuple[Opportunity, ...]
    next_cursor: str
    """"" on the last page."""


class Version(msgspec.Struct, frozen=True):
    """One version of a rule text, and how it differs from the one before."""

    version: int
    sha256: str
    seen_ns: int
    diff: str


class MarketDetail(msgspec.Struct, frozen=True):
    """Everything stored about one market; None for what is not there (yet)."""

    market: MarketRow
    outcomes: tuple[OutcomeRow, ...]
    quote: QuoteRow | None
    rules: RulesRow | None
    versions: tuple[Version, ...]
    """Newest first, at most twenty."""
    scored: Opportunity | None
    generation: Generation | None


_FIELDS: Final = Opportunity.__struct_fields__
SELECT: Final = (
    "SELECT "
    + ", ".join(f"m.{name}" for name in _FIELDS[:10])
    + ", r.side, coalesce(o.name, ''), "
    + ", ".join(f"r.{name}" for name in _FIELDS[12:25])
    + ", "
    + ", ".join(f"s.{name}" for name in _FIELDS[25:-1])
    + ", coalesce(l.flags, '[]')"
    " FROM scores_latest s"
    " JOIN recs_latest r ON r.generation = s.generation AND r.market_id = s.market_id"
    " JOIN markets m ON m.market_id = s.market_id"
    " LEFT JOIN market_outcomes o ON o.market_id = s.market_id AND o.position = r.side"
    " LEFT JOIN rules_latest l ON l.market_id = s.market_id"
    " WHERE s.generation = :generation"
)
"""Reads `Opportunity` rows of one generation; further conditions go behind it."""
_JOINS: Final = {
    " r.": " JOIN recs_latest r ON r.generation = s.generation AND r.market_id = s.market_id",
    " m.": " JOIN markets m ON m.market_id = s.market_id",
}
"""What the search for a page needs beside the scores, by the alias that its filters use."""


def opportunities(tx: Transaction, query: OpportunityQuery) -> OpportunityPage:
    """One page of a walk. Raises CursorError and WalkExpired."""
    if query.sort not in SORTS:
        raise CursorError(f"no such order: {query.sort}")
    position = position_of(query)
    generation = _generation(tx, position)
    if generation is None:
        return OpportunityPage(None, (), "")
    demands, values = conditions(query)
    if position is not None:
        condition, more = after(query.sort, position)
        demands.append(condition)
        values |= more
    limit = max(1, min(query.limit, LIMIT_MAX))
    filters = "".join(f" AND {demand}" for demand in demands)
    joins = "".join(join for alias, join in _JOINS.items() if alias in filters)
    # First the page's keys from the scores alone, which are narrow; then its rows.
    page = (
        f"SELECT s.market_id FROM scores_latest s{joins} WHERE s.generation = :generation"
        f"{filters} ORDER BY {order(query.sort)} LIMIT :limit"
    )
    rows = tx.rows(
        f"{SELECT} AND s.market_id IN ({page}) ORDER BY {order(query.sort)}",
        generation=generation.generation,
        limit=limit + 1,
        **values,
    )
    found = tuple(Opportunity(*row) for row in rows[:limit])
    cursor = ""
    if len(rows) > limit:
        last = found[-1]
        value = getattr(last, SORTS[query.sort][0])
        here = Position(generation.generation, digest_of(query), value, last.market_id)
        cursor = cursor_of(here)
    return OpportunityPage(generation, found, cursor)


def market_detail(tx: Transaction, market_id: str) -> MarketDetail | None:
    """Everything about a market, by its id, its slug or the venue's short id; None if unknown."""
    market = _market(tx, market_id)
    if market is None:
        return None
    key = market.market_id
    generation = latest(tx)
    return MarketDetail(
        market,
        tuple(OutcomeRow(*row) for row in _of(tx, "market_outcomes", OutcomeRow, key)),
        next((QuoteRow(*row) for row in _of(tx, QUOTES_LATEST.name, QuoteRow, key)), None),
        next((RulesRow(*row) for row in _of(tx, RULES_LATEST.name, RulesRow, key)), None),
        tuple(
            Version(*row)
            for row in tx.rows(
                "SELECT version, sha256, seen_ns, diff FROM rules_history"
                " WHERE market_id = :id ORDER BY version DESC LIMIT 20",
                id=key,
            )
        ),
        _scored(tx, generation, key),
        generation,
    )


def _market(tx: Transaction, name: str) -> MarketRow | None:
    # One after the other: a condition over several columns would be answered by reading all rows.
    for column in ("market_id", "slug", "venue_ref"):
        rows = tx.rows(
            f"SELECT {', '.join(names(MARKETS))} FROM markets WHERE {column} = :id"
            " ORDER BY market_id LIMIT 1",
            id=name,
        )
        if rows:
            return MarketRow(*rows[0])
    return None


def samples(
    tx: Transaction, market_id: str, since_ns: int
) -> list[tuple[int, float, float | None, float | None]]:
    """Five-minute samples, oldest first: bucket in ns, score, and bid and ask in dollars of the
    side that was recommended. At most the 2,016 of a week."""
    return [
        (row[0], row[1], _dollars(row[2]), _dollars(row[3]))
        for row in tx.rows(
            "SELECT s.bucket_ns, s.overall_score,"
            " CASE WHEN s.side = 0 THEN q.yes_bid_bp ELSE q.no_bid_bp END,"
            " CASE WHEN s.side = 0 THEN q.yes_ask_bp ELSE q.no_ask_bp END"
            " FROM scores_5m s LEFT JOIN quotes_5m q"
            " ON q.market_id = s.market_id AND q.bucket_ns = s.bucket_ns"
            " WHERE s.market_id = :id AND s.bucket_ns >= :since"
            " ORDER BY s.bucket_ns LIMIT 2016",
            id=market_id,
            since=since_ns,
        )
    ]


def _generation(tx: Transaction, position: Position | None) -> Generation | None:
    if position is None:
        return latest(tx)
    rows = tx.rows(f"{FINISHED} AND generation = :generation", generation=position.generation)
    if not rows:
        raise WalkExpired("the scores that this walk began with are gone")
    return Generation(*rows[0])


def _scored(tx: Transaction, generation: Generation | None, key: str) -> Opportunity | None:
    if generation is None:
        return None
    rows = tx.rows(f"{SELECT} AND s.market_id = :id", generation=generation.generation, id=key)
    return Opportunity(*rows[0]) if rows else None


def _of(
    tx: Transaction, table: str, row: type[msgspec.Struct], key: str
) -> Sequence[tuple[Any, ...]]:
    columns = ", ".join(row.__struct_fields__)
    return tx.rows(f"SELECT {columns} FROM {table} WHERE market_id = :id ORDER BY 1, 2", id=key)


def _dollars(price: int | None) -> float | None:
    return None if price is None else price / 10_000
