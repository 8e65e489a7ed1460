"""Reads of the services: what to quote, what to score. Page by page, never a whole table."""

from typing import Any, Final

import msgspec

from pmio.store.database import Transaction
from pmio.store.rows import QuoteTarget
from pmio.store.schema import OPEN


class ScoreInput(msgspec.Struct, frozen=True, gc=False):
    """All that the scorer looks at of one market; units as in `schema`."""

    market_id: str
    close_time_ns: int
    event_id: str
    neg_risk: int
    category: str
    fee_rate_ppm: int | None
    fee_exponent: int | None
    fee_price_weighted: int
    as_of_ns: int
    yes_bid_bp: int | None
    yes_ask_bp: int | None
    no_bid_bp: int | None
    no_ask_bp: int | None
    yes_bid_size: int | None
    yes_ask_size: int | None
    no_bid_size: int | None
    no_ask_size: int | None
    yes_vwap_bp: float | None
    no_vwap_bp: float | None
    yes_fill_ratio: float | None
    no_fill_ratio: float | None
    definition_risk: float | None
    """None where no text was read yet."""
    flag_codes: str | None
    has_text: int


_FROM: Final = {
    "m": ScoreInput.__struct_fields__[:8],
    "q": ScoreInput.__struct_fields__[8:21],
    "r": ScoreInput.__struct_fields__[21:23],
}
_INPUTS: Final = (
    "SELECT "
    + ", ".join(f"{table}.{name}" for table in "mqr" for name in _FROM[table])
    + ", CASE WHEN r.text <> '' THEN 1 ELSE 0 END"
    " FROM markets m JOIN quotes_latest q ON q.market_id = m.market_id"
    " LEFT JOIN rules_latest r ON r.market_id = m.market_id"
    " WHERE m.status = :open AND m.close_time_ns <= :until"
    " AND (m.close_time_ns, m.market_id) > (:after_close, :after_market)"
    " ORDER BY m.close_time_ns, m.market_id LIMIT :limit"
)


def score_inputs(
    tx: Transaction, until_ns: int, after: tuple[int, str], limit: int
) -> list[tuple[Any, ...]]:
    """Open, quoted markets that close after `after` and until `until_ns`, in that order.

    Rows as in `ScoreInput`; its first two fields are the next `after`, turned around.
    """
    return tx.rows(
        _INPUTS,
        open=OPEN,
        until=until_ns,
        after_close=after[0],
        after_market=after[1],
        limit=limit,
    )


def quote_targets(
    tx: Transaction, until_ns: int, after: tuple[int, str], limit: int
) -> list[QuoteTarget]:
    """Open markets that close after `after` and until `until_ns`, and have a book."""
    rows = tx.rows(
        "SELECT m.market_id, m.close_time_ns FROM markets m"
        " WHERE m.status = :open AND m.close_time_ns <= :until"
        " AND (m.close_time_ns, m.market_id) > (:after_close, :after_market)"
        " ORDER BY m.close_time_ns, m.market_id LIMIT :limit",
        open=OPEN,
        until=until_ns,
        after_close=after[0],
        after_market=after[1],
        limit=limit,
    )
    return [QuoteTarget(*row) for row in rows]


def tokens_of(tx: Transaction, market_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """The token ids of each market's outcomes, in their order."""
    rows = tx.rows(
        f"SELECT market_id, token_id FROM market_outcomes WHERE {tx.among('market_id')}"
        " ORDER BY market_id, position",
        ids=tx.listed(market_ids),
    )
    tokens: dict[str, tuple[str, ...]] = {}
    for market_id, token in rows:
        tokens[market_id] = (*tokens.get(market_id, ()), token)
    return tokens
