"""Reads for a ranking in memory: narrow columns of one generation, full rows of a few markets."""

from collections.abc import Sequence
from typing import Final

import msgspec

from pmio.store.database import Row, Transaction
from pmio.store.opportunities import SELECT, Opportunity


class RankedRow(msgspec.Struct, frozen=True, gc=False):
    """What filters and orders look at; units as in `schema`."""

    market_id: str
    overall_score: float
    risk_score: float
    close_time_ns: int
    net_yield: float
    yield_velocity: float
    liquidity_score: float
    t_remaining_sec: float
    stale: int
    flag_codes: str
    side: int
    recommended: int
    category: str
    search_text: str


_OWNERS: Final = "s" * 10 + "r" * 2 + "m" * 2
_COLUMNS: Final = ", ".join(
    f"{owner}.{name}" for owner, name in zip(_OWNERS, RankedRow.__struct_fields__, strict=True)
)


def ranked_rows(tx: Transaction, generation: int, after: str, limit: int) -> list[Row]:
    """Rows as in `RankedRow` of one generation, in the order of market ids, after one of them."""
    return tx.rows(
        f"SELECT {_COLUMNS} FROM scores_latest s"
        " JOIN recs_latest r ON r.generation = s.generation AND r.market_id = s.market_id"
        " JOIN markets m ON m.market_id = s.market_id"
        " WHERE s.generation = :generation AND s.market_id > :after"
        " ORDER BY s.market_id LIMIT :limit",
        generation=generation,
        after=after,
        limit=limit,
    )


def opportunities_of(
    tx: Transaction, generation: int, market_ids: Sequence[str]
) -> list[Opportunity]:
    """The full rows of some markets in the order given; those that are gone are left out."""
    rows = tx.rows(
        f"{SELECT} AND {tx.among('s.market_id')}",
        generation=generation,
        ids=tx.listed(market_ids),
    )
    found = {row[0]: row for row in rows}
    return [Opportunity(*found[key]) for key in market_ids if key in found]
