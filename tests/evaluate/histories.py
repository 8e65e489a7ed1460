"""Small histories and purchases to judge, built in memory."""

import numpy as np

from pmapp.evaluate.history import ASK, History, Rows, unknown_terms
from pmapp.evaluate.outcomes import OFFICIAL, Outcome, Outcomes
from pmapp.evaluate.purchases import Purchases

START_S = 1_780_000_000
HOUR_S = 3_600
FEE = 0.012
"""Of the price: what the scanner assumes of a market without its own terms."""


def rows(table):
    """Rows from (seconds, market, bid, ask, seconds to the close, text), in any order."""
    ordered = sorted(table)
    at_s = np.array([row[0] for row in ordered], dtype=np.int64)
    left_s = np.array([row[4] for row in ordered], dtype=np.int64)
    own = [np.array([row[k] for row in ordered], dtype=np.int64) for k in (1, 2, 3, 5)]
    at_ns, close_ns = (START_S + at_s) * 10**9, (START_S + at_s + left_s) * 10**9
    return Rows(at_ns, own[0], own[1], own[2], close_ns, own[3])


def history(table, markets=4, **more):
    """A history of `markets` markets, each an event of its own."""
    ids = tuple(f"m{number}" for number in range(markets))
    given = {
        "name": "made",
        "venue": "polymarket",
        "priced_by": ASK,
        "clustered_by": "event",
        "market_ids": ids,
        "events": ids,
        "category": np.zeros(markets, dtype=np.int64),
        "terms": unknown_terms(markets),
        "texts": (),
        "rows": lambda: [rows(table)],
    }
    return History(**(given | more))


def outcomes(**payouts):
    """Official outcomes by market id."""
    return Outcomes({name: Outcome(pay, OFFICIAL) for name, pay in payouts.items()}, ())


def bought(lines):
    """Purchases from (id, cluster, payout or None, cost, score)."""
    ids, clusters, payouts, cost, score = zip(*lines, strict=True)
    n = len(lines)
    resolved = np.array([payout is not None for payout in payouts], dtype=np.bool_)
    costs = np.array(cost, dtype=np.float64)
    return Purchases(
        market_ids=ids,
        clusters=clusters,
        readings=(None,) * n,
        at_ns=np.zeros(n, dtype=np.int64),
        category=np.zeros(n, dtype=np.int64),
        resolved=resolved,
        official=np.ones(n, dtype=np.bool_),
        by_ask=np.ones(n, dtype=np.bool_),
        payout=np.array([payout or 0.0 for payout in payouts], dtype=np.float64),
        cost=costs,
        spread=np.full(n, 0.01),
        promised=1.0 - costs,
        score=np.array(score, dtype=np.float64),
        days=np.ones(n, dtype=np.float64),
    )
