"""Books as the quotes that are stored."""

from itertools import accumulate

import numpy as np

from pmcore.sweep.entry_price import depth_vwap
from pmcore.units import MICRO, ONE_DOLLAR
from pmcore.wire.clob_books import Ladder
from pmio.store.rows import QuoteRow


def quote_row(
    market_id: str, now_ns: int, yes: Ladder | None, no: Ladder | None, reference_shares: float
) -> QuoteRow:
    """The quote of a market from the books of its two tokens.

    Both show the same orders, mirrored; where one book is missing, its prices are the other's
    mirror and its depth is not known.
    """
    yes_bid, yes_ask = _best(yes, no)
    no_bid, no_ask = _best(no, yes)
    yes_vwap, yes_ratio = _depth(yes, reference_shares)
    no_vwap, no_ratio = _depth(no, reference_shares)
    return QuoteRow(
        market_id=market_id,
        as_of_ns=now_ns,
        yes_bid_bp=yes_bid,
        yes_ask_bp=yes_ask,
        no_bid_bp=no_bid,
        no_ask_bp=no_ask,
        yes_bid_size=yes.bid_size if yes and yes.bid else None,
        yes_ask_size=yes.asks[0][1] if yes and yes.asks else None,
        no_bid_size=no.bid_size if no and no.bid else None,
        no_ask_size=no.asks[0][1] if no and no.asks else None,
        yes_vwap_bp=yes_vwap,
        no_vwap_bp=no_vwap,
        yes_fill_ratio=yes_ratio,
        no_fill_ratio=no_ratio,
    )


def touch_row(market_id: str, now_ns: int, bid: int | None, ask: int | None) -> QuoteRow:
    """The quote of a market of which only the first outcome's best prices are known."""
    return QuoteRow(
        market_id, now_ns, bid, ask, None if ask is None else ONE_DOLLAR - ask,
        None if bid is None else ONE_DOLLAR - bid,
    )  # fmt: skip


def _best(own: Ladder | None, other: Ladder | None) -> tuple[int | None, int | None]:
    if own is not None:
        return own.bid, own.asks[0][0] if own.asks else None
    if other is None:
        return None, None
    bid = ONE_DOLLAR - other.asks[0][0] if other.asks else None
    return bid, None if other.bid is None else ONE_DOLLAR - other.bid


def _depth(ladder: Ladder | None, reference_shares: float) -> tuple[float | None, float | None]:
    """Average ask and share of the reference size; None without asks."""
    if ladder is None or not ladder.asks:
        return None, None
    asks = ladder.asks[: _reaching(ladder, reference_shares)]
    prices = np.array([[price for price, _ in asks]], dtype=np.float64)
    sizes = np.array([[size / MICRO for _, size in asks]], dtype=np.float64)
    price, ratio = depth_vwap(prices, sizes, reference_shares)
    return float(price[0]), float(ratio[0])


def _reaching(ladder: Ladder, reference_shares: float) -> int:
    """How many asks hold the reference size; all where they hold less. Books can be deep."""
    held = accumulate(size for _, size in ladder.asks)
    wanted = reference_shares * MICRO
    return next((n for n, micros in enumerate(held, 1) if micros >= wanted), len(ladder.asks))
