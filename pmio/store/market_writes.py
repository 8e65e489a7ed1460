"""Transactions of the ingest: markets, outcomes, quotes."""

from collections.abc import Sequence

from pmio.store.database import Transaction
from pmio.store.rows import MarketRow, OutcomeRow, PutCount, QuoteRow, tuples
from pmio.store.schema import MARKET_OUTCOMES, MARKETS, OPEN, QUOTES_LATEST, UNLISTED


def put_markets(
    tx: Transaction, markets: Sequence[MarketRow], outcomes: Sequence[OutcomeRow]
) -> PutCount:
    """Add or overwrite markets with all their outcomes."""
    ids = tx.listed([market.market_id for market in markets])
    known = tx.rows(
        f"SELECT count(*) FROM markets WHERE {tx.among('market_id')}",
        ids=ids,
    )[0][0]
    tx.upsert(MARKETS, tuples(markets))
    # An outcome that a market no longer has must not stay behind.
    tx.run(f"DELETE FROM market_outcomes WHERE {tx.among('market_id')}", ids=ids)
    tx.upsert(MARKET_OUTCOMES, tuples(outcomes))
    distinct = len({market.market_id for market in markets})
    return PutCount(added=distinct - known, changed=known)


def mark_unlisted(tx: Transaction, venue: str, before_ns: int) -> int:
    """Open markets that the discovery of `before_ns` and later has not seen: how many."""
    return tx.run(
        "UPDATE markets SET status = :unlisted, accepting = 0"
        " WHERE status = :open AND venue = :venue AND seen_ns < :before",
        unlisted=UNLISTED,
        open=OPEN,
        venue=venue,
        before=before_ns,
    )


def put_quotes(tx: Transaction, quotes: Sequence[QuoteRow]) -> PutCount:
    """Overwrite quotes with later ones; the counts of stored and of left-out rows.

    An answer that was overtaken by a later one, and a market that is gone, change nothing.
    """
    ids = tx.listed([quote.market_id for quote in quotes])
    rows = tx.rows(
        "SELECT m.market_id, q.as_of_ns FROM markets m LEFT JOIN quotes_latest q"
        f" ON q.market_id = m.market_id WHERE {tx.among('m.market_id')}",
        ids=ids,
    )
    latest = {market: -1 if at is None else at for market, at in rows}
    kept = [
        quote
        for quote in quotes
        if quote.market_id in latest and quote.as_of_ns >= latest[quote.market_id]
    ]
    in_order = sorted(kept, key=lambda quote: quote.as_of_ns)
    tx.upsert(QUOTES_LATEST, tuples(in_order))
    return PutCount(changed=len(kept), unchanged=len(quotes) - len(kept))
