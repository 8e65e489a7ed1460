"""Reads of the services: what to quote, what to score. Page by page, never a whole table."""

from typing import Any, Final

import msgspec

from pmio.store.database import Transaction
from pmio.store.rows import QuoteTarget
from pmio.store.schema import OPEN


class ScoreInput(msgspec.Struct, frozen=True, gc=False):
    """All that the scorer looks at of one market; units as in `schema`, and no None."""

    market_id: str
    close_time_ns: int
    accepting: int
    event_id: str
    neg_risk: int
    category: str
    fee_rate_ppm: int
    """-1 where the market's terms are not known."""
    fee_exponent: int
    fee_price_weighted: int
    as_of_ns: int
    yes_bid_bp: int
    """0 where the side of the book is empty, as in the other prices."""
    yes_ask_bp: int
    no_bid_bp: int
    no_ask_bp: int
    yes_vwap_bp: float
    """0.0 where the depth is not known."""
    no_vwap_bp: float
    yes_fill_ratio: float
    no_fill_ratio: float
    definition_risk: float
    characters: int
    """Length of the rule text, -1 where none was seen yet."""
    flag_codes: str


_ABSENT: Final = {
    "fee_rate_ppm": "-1",
    "fee_exponent": "1",
    "yes_fill_ratio": "1.0",
    "no_fill_ratio": "1.0",
    "definition_risk": "1.0",
    "characters": "-1",
    "flag_codes": "''",
    **dict.fromkeys(("yes_bid_bp", "yes_ask_bp", "no_bid_bp", "no_ask_bp"), "0"),
    **dict.fromkeys(("yes_vwap_bp", "no_vwap_bp"), "0.0"),
}
"""What stands for NULL."""
_OWNERS: Final = "m" * 9 + "q" * 9 + "r" * 3
_COLUMNS: Final = (
    f"{owner}.{name}" if name not in _ABSENT else f"coalesce({owner}.{name}, {_ABSENT[name]})"
    for owner, name in zip(_OWNERS, ScoreInput.__struct_fields__, strict=True)
)
_INPUTS: Final = (
    "SELECT "
    + ", ".join(_COLUMNS)
    + " FROM markets m JOIN quotes_latest q ON q.market_id = m.market_id"
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
    tx: Transaction, until_ns: int, after: tuple[int, str], limit: int, text_min: int
) -> list[QuoteTarget]:
    """Open markets that close after `after` and until `until_ns`, and whose rules were seen.

    `text_min` is the shortest text that counts: without rules a market is never eligible, and a
    quote of it would be asked for in vain. So it would of one whose venue takes no orders for it.
    """
    rows = tx.rows(
        "SELECT m.market_id, m.close_time_ns FROM markets m"
        " JOIN rules_latest r ON r.market_id = m.market_id AND r.characters >= :text_min"
        " WHERE m.status = :open AND m.accepting = 1 AND m.close_time_ns <= :until"
        " AND (m.close_time_ns, m.market_id) > (:after_close, :after_market)"
        " ORDER BY m.close_time_ns, m.market_id LIMIT :limit",
        open=OPEN,
        until=until_ns,
        after_close=after[0],
        after_market=after[1],
        limit=limit,
        text_min=text_min,
    )
    return [QuoteTarget(*row) for row in rows]


def markets_without_rules(tx: Transaction, until_ns: int, limit: int) -> list[str]:
    """Open markets that close until `until_ns` and have no text yet, the next to close first."""
    rows = tx.rows(
        "SELECT m.market_id FROM markets m"
        " LEFT JOIN rules_latest r ON r.market_id = m.market_id"
        " WHERE m.status = :open AND m.close_time_ns <= :until AND r.market_id IS NULL"
        " ORDER BY m.close_time_ns, m.market_id LIMIT :limit",
        open=OPEN,
        until=until_ns,
        limit=limit,
    )
    return [row[0] for row in rows]


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
