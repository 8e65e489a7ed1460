"""Batches of markets for tests: one good row to vary, and wild ones."""

from hypothesis import strategies as st

from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.columns import MarketColumns, market_columns
from pmcore.units import SECOND, Ns

NOW = Ns(2_000_000_000 * SECOND)
DAY = 86_400 * SECOND


def one(**changes: object) -> MarketColumns:
    """A market that closes in a day, Yes at 0.96 / 0.97, fresh, with harmless rules."""
    row = {
        "close_ns": NOW + DAY,
        "quote_ns": NOW,
        "bid_bp": [9_600],
        "ask_bp": [9_700],
        "definition_risk": 0.0,
    }
    return market_columns(["m"], **(row | changes))


def several(rows: list[dict]) -> MarketColumns:
    """One batch of rows given as dictionaries with the same keys."""
    columns = {key: [row[key] for row in rows] for key in rows[0]} if rows else EMPTY
    return market_columns([f"m{index}" for index in range(len(rows))], **columns)


EMPTY = {"close_ns": [], "quote_ns": [], "bid_bp": [], "ask_bp": []}

TIMES = st.one_of(
    st.integers(NOW - 30 * DAY, NOW + 30 * DAY),
    st.sampled_from([0, -1, 2**63 - 1, -(2**63), NOW, NOW + 3_600 * SECOND]),
)
PRICES = st.one_of(st.integers(0, 10_000), st.sampled_from([-1, 0, 1, 9_999, 10_000, 10**9]))
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
PAIRS = st.lists(PRICES, min_size=2, max_size=2)
FLOAT_PAIRS = st.lists(FLOATS, min_size=2, max_size=2)
ROWS = st.fixed_dictionaries(
    {
        "active": st.booleans(),
        "accepting": st.booleans(),
        "close_ns": TIMES,
        "has_rules": st.booleans(),
        "quote_ns": TIMES,
        "bid_bp": PAIRS,
        "ask_bp": PAIRS,
        "vwap_bp": FLOAT_PAIRS,
        "fill_ratio": FLOAT_PAIRS,
        "fee_known": st.booleans(),
        "fee_rate": FLOATS,
        "fee_exponent": st.integers(-3, 20),
        "fee_price_weighted": st.booleans(),
        "definition_risk": FLOATS,
        "category": st.integers(-2, len(CATEGORIES) + 2),
        "event": st.integers(-2, 3),
        "neg_risk": st.booleans(),
    }
)
"""Every kind of nonsense that a column can hold."""

CONVERGED = st.tuples(st.integers(0, 9_999), st.integers(9_000, 9_999)).map(sorted)
SOUND = st.tuples(ROWS, CONVERGED, st.booleans()).map(
    lambda drawn: (
        drawn[0]
        | {"active": True, "accepting": True, "has_rules": True}
        | {"close_ns": NOW + DAY, "quote_ns": NOW}
        | dict(zip(("bid_bp", "ask_bp"), _book(drawn[1], mirrored=drawn[2]), strict=True))
    )
)
"""Markets that only their spread can keep out; a bid of 0 is none."""


def _book(prices: list[int], *, mirrored: bool) -> tuple[list[int], list[int]]:
    bid, ask = prices
    bids, asks = [bid, 10_000 - ask], [ask, 10_000 - bid if bid else 0]
    return (bids[::-1], asks[::-1]) if mirrored else (bids, asks)
