"""Crypto markets of polymarket.com, captured with real best prices every few minutes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from pmapp.evaluate.history import ASK, NO_TEXT, History, Rows, unknown_terms
from pmapp.evaluate.outcomes import LAST_QUOTE, Outcome
from pmcore.sweep.categories import CATEGORIES
from pmcore.units import SECOND
from pmio.ingest.recorded_parquet import recording_reader

NAME: Final = "crypto"
LAST_NS: Final = 300 * SECOND
"""A quote so near to the close may tell the outcome."""
CONVERGED_BP: Final = 9_700
_IDS: Final = (
    "select condition_id, coalesce(arg_min(event_slug, timestamp_utc), '') from read_parquet(?)"
    " where condition_id like '0x%' group by condition_id order by condition_id"
)
_ROWS: Final = """
select epoch_us(cast(timestamp_utc as timestamptz)) * 1000 as at_ns, place as market,
  {bid} as bid_bp, {ask} as ask_bp,
  coalesce(epoch_us(try_cast(case when end_date like '2%' then end_date end as timestamp)) * 1000,
           0) as close_ns
from read_parquet(?) join places using (condition_id) order by at_ns, market
"""
_PRICE: Final = (
    "case when try_cast({0} as double) between 0 and 1"
    " then round(try_cast({0} as double) * 10000)::bigint else 0 end"
)


def crypto_histories(root: Path) -> Iterator[History]:
    """One history for each file of captures. Raises RecordingError."""
    for file in sorted(root.glob("crypto_snapshots_*/*.parquet")):
        yield crypto_history(file)


def crypto_history(file: Path) -> History:
    """The captures of one file; the close is taken as each capture had it."""
    with recording_reader(file) as base:
        known = base.execute(_IDS, [str(file)]).fetchall()
    ids = tuple(row[0] for row in known)
    return History(
        name=NAME,
        venue="polymarket",
        priced_by=ASK,
        clustered_by="close day",
        market_ids=ids,
        events=tuple(row[1] for row in known),
        category=np.full(len(ids), CATEGORIES.index("crypto"), dtype=np.int64),
        terms=unknown_terms(len(ids)),
        texts=(),
        rows=lambda: _rows(file, ids),
    )


def last_quote_outcomes(history: History) -> Iterator[tuple[str, Outcome]]:
    """What the last quote tells, if it is within minutes of the close and has converged.

    These settlements are inferred: a market that was still open to doubt is left without one.
    """
    for rows in history.rows():
        # The last row of each market: positions in reverse, the first of each is the last.
        market, place = np.unique(rows.market[::-1], return_index=True)
        last = len(rows) - 1 - place
        left = rows.close_ns[last] - rows.at_ns[last]
        near = (rows.close_ns[last] > 0) & (left >= 0) & (left <= LAST_NS)
        bid, ask = rows.bid_bp[last], rows.ask_bp[last]
        won = near & (bid >= CONVERGED_BP)
        lost = near & (ask > 0) & (ask <= 10_000 - CONVERGED_BP)
        for row in np.flatnonzero(won ^ lost).tolist():
            outcome = Outcome(1.0 if won[row] else 0.0, LAST_QUOTE)
            yield history.market_ids[market[row]], outcome


def _rows(file: Path, ids: tuple[str, ...]) -> Iterator[Rows]:
    with recording_reader(file) as base:
        base.execute("create table places (condition_id varchar, place bigint)")
        base.executemany(
            "insert into places values (?, ?)", list(zip(ids, range(len(ids)), strict=True))
        )
        query = _ROWS.format(bid=_PRICE.format("best_bid"), ask=_PRICE.format("best_ask"))
        found: dict[str, Any] = base.execute(query, [str(file)]).fetchnumpy()
    columns = {name: np.asarray(values, dtype=np.int64) for name, values in found.items()}
    yield Rows(**columns, text=np.full(len(columns["at_ns"]), NO_TEXT, dtype=np.int64))
