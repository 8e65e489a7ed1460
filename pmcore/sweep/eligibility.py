"""Which markets are scored, and for every other the first reason why not."""

from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from pmcore.sweep.columns import NO_SIDE, Bools, Ints, MarketColumns
from pmcore.sweep.settings import SweepConfig
from pmcore.units import SECOND, Ns

WHOLE_BP: Final = 10_000
"""The payout of one dollar, and the spread of a book with a missing side."""
REASONS: Final = (
    "eligible",
    "inactive",
    "not_accepting",
    "close_time_unknown",
    "expired",
    "closes_too_soon",
    "closes_too_late",
    "no_rules",
    "no_quote",
    "stale_quote",
    "crossed_quote",
    "no_ask",
    "not_converged",
    "wide_spread",
)
"""In the order in which they are asked; an index into this is what `Eligibility` holds."""


@attrs.frozen(eq=False)
class Eligibility:
    """One reason code a row; 0 is eligible."""

    reason: NDArray[np.uint8]
    eligible: Bools

    def name(self, row: int) -> str:
        """The reason of one row in words."""
        return REASONS[int(self.reason[row])]


def eligibility(columns: MarketColumns, now_ns: Ns, config: SweepConfig) -> Eligibility:
    """The first reason that holds for each row (spec section 3), else 0."""
    want = config.eligible
    left = columns.close_ns - now_ns
    age = now_ns - columns.quote_ns
    side = converged_side(columns)
    ask = _of_side(columns.ask_bp, side)
    asked = (
        ~columns.active,
        ~columns.accepting,
        columns.close_ns <= 0,
        left <= 0,
        left < want.min_t_remaining_sec * SECOND,
        left > want.max_t_remaining_sec * SECOND,
        ~columns.has_rules,
        columns.quote_ns <= 0,
        age > want.quote_stale_max_sec * SECOND,
        _crossed(columns).any(axis=1),
        ask <= 0,
        # Rounded, for 0.802 * 10,000 is a hair above 8,020, and 0.0573 * 10,000 one below 573:
        # a price and a spread of just the limit are allowed.
        ask < round(want.min_entry_price * WHOLE_BP, 6),
        spread_bp(columns, side) > round(want.max_spread * WHOLE_BP, 6),
    )
    reason = np.zeros(len(columns), dtype=np.uint8)
    # Backwards, so that the first reason is written last and stays.
    for index in range(len(asked), 0, -1):
        reason[asked[index - 1]] = index
    return Eligibility(reason, reason == 0)


def converged_side(columns: MarketColumns) -> Ints:
    """The side with the smaller residual: 0 first outcome, 1 second, -1 without any price.

    Its value is its ask. A side that nobody sells (the usual sight near the end) is valued by its
    bid, or by the mirror of the other side's book: else the other, worthless side, which alone
    has an ask, would be called the converged one. Ties go to the first outcome.
    """
    bids, asks = columns.bid_bp, columns.ask_bp
    other_bids, other_asks = bids[:, ::-1], asks[:, ::-1]
    mirrored = np.where(other_bids > 0, 10_000 - other_bids, 0)
    mirrored = np.where((mirrored == 0) & (other_asks > 0), 10_000 - other_asks, mirrored)
    value = np.where(asks > 0, asks, np.where(bids > 0, bids, mirrored))
    side = np.where(value[:, 1] > value[:, 0], 1, 0)
    return np.where(value.max(axis=1, initial=0) > 0, side, NO_SIDE).astype(np.int64)


def spread_bp(columns: MarketColumns, side: Ints) -> Ints:
    """Ask minus bid of each row's side, shape (n,), 0 where they cross.

    10,000 where one of them is missing: such a book says nothing about the price.
    """
    bid, ask = _of_side(columns.bid_bp, side), _of_side(columns.ask_bp, side)
    return np.where((bid > 0) & (ask > 0), np.maximum(ask - bid, 0), WHOLE_BP)


def _crossed(columns: MarketColumns) -> NDArray[np.bool_]:
    """Bid above ask on a side: no real book. A locked book (bid equals ask) is one."""
    both = (columns.bid_bp > 0) & (columns.ask_bp > 0)
    crossed: NDArray[np.bool_] = both & (columns.bid_bp > columns.ask_bp)
    return crossed


def _of_side(pair: Ints, side: Ints) -> Ints:
    """The pair's value on the row's side; 0 where there is none."""
    picked = np.take_along_axis(pair, np.maximum(side, 0)[:, None], axis=1)[:, 0]
    return np.where(side >= 0, picked, 0)
