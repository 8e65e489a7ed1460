"""Liquidity rewards: which orders score, how much, and the smallest change that makes one score.

The venue samples each minute and gives an order the score `S(v, s) = ((v - s) / v)**2 * b`, with v
the market's maximum spread and s the distance from the size-cutoff-adjusted mid (venue reference
8.4). Rewards are extra: `nudge` suggests, within bounds that the strategy set for other reasons.
"""

from collections.abc import Mapping
from typing import Final

from pmcore.ids import UP, Outcome
from pmcore.market import RewardTerms
from pmcore.order import LIVE, Order
from pmcore.units import Ns, Price, Shares, ceil_to_tick

SINGLE_SIDED_C: Final = 3.0
"""A one-sided maker scores a third, where one-sided scores at all."""
MID_LOW: Final = 0.10
MID_HIGH: Final = 0.90


def score(max_spread: float, distance: float, multiplier: float = 1.0) -> float:
    """`((v - s) / v)**2 * b`, both in the same unit; 0 at and beyond the maximum spread."""
    if not 0.0 <= distance < max_spread:
        return 0.0
    return (1.0 - distance / max_spread) ** 2 * multiplier


def q_min(q_one: float, q_two: float, mid_usd: float) -> float:
    """`max(min(Q1, Q2), max(Q1, Q2) / 3)` for a mid in [0.10, 0.90], else `min(Q1, Q2)`."""
    both = min(q_one, q_two)
    if MID_LOW <= mid_usd <= MID_HIGH:
        return max(both, max(q_one, q_two) / SINGLE_SIDED_C)
    return both


def q_sides(
    bids: tuple[tuple[Outcome, Price, Shares], ...], mid_up_usd: float, terms: RewardTerms
) -> tuple[float, float]:
    """`(Q1, Q2)` in shares of resting bids on both tokens: a Down bid is an Up ask.

    Bids below the minimum size or not within the spread score nothing. `mid_up_usd` is Up's mid.
    """
    q_one = q_two = 0.0
    for outcome, price, size in bids:
        if size < terms.min_size:
            continue
        mid_usd = mid_up_usd if outcome == UP else 1.0 - mid_up_usd
        weighted = score(terms.max_spread, _distance(price, mid_usd)) * size / 1e6
        if outcome == UP:
            q_one += weighted
        else:
            q_two += weighted
    return q_one, q_two


def cutoff_mid(bids: Mapping[int, int], asks: Mapping[int, int], min_size: Shares) -> float:
    """The size-cutoff-adjusted mid in dollars: of levels of at least `min_size`; 0 if one-sided."""
    bid = max((price for price, size in bids.items() if size >= min_size), default=0)
    ask = min((price for price, size in asks.items() if size >= min_size), default=0)
    return (bid + ask) / 20_000.0 if bid and ask else 0.0


def scores(order: Order, mid_usd: float, now_ns: Ns, terms: RewardTerms) -> bool:
    """Whether a resting order earns now: live, old enough, big enough, near enough.

    `mid_usd` is the mid of the order's own token; an unknown one (<= 0) scores nothing. An order
    exactly at the maximum spread has score 0 and so does not earn.
    """
    return (
        order.status == LIVE
        and now_ns - order.placed_ns >= terms.min_age_ns
        and _would_score(order.price, order.leaves, mid_usd, terms)
    )


def nudge(
    price: Price,
    size: Shares,
    mid_usd: float,
    terms: RewardTerms,
    tick: Price,
    price_max: Price,
    size_max: Shares,
) -> tuple[Price, Shares, str] | None:
    """The least change of a bid that would make it score, with its reason; or None.

    The price only rises, to the lowest tick inside the spread, never above `price_max` (cap and
    post-only bound); the size only grows, to the minimum size, never above `size_max`. None if the
    bid scores already, if the bounds forbid it, or if mid, spread or tick is unknown (0).
    """
    if not 0.0 < mid_usd < 1.0 or terms.max_spread <= 0 or tick <= 0:
        return None
    if _would_score(price, size, mid_usd, terms):
        return None
    # Two decimals below the basis point: a mid lies on half points, floats do not.
    lowest = int(round(mid_usd * 1e6) - terms.max_spread * 100) // 100 + 1
    new_price = max(price, ceil_to_tick(Price(lowest), tick))
    new_size = max(size, terms.min_size)
    if new_price > price_max or new_size > size_max:
        return None
    if not _would_score(new_price, new_size, mid_usd, terms):
        return None
    if new_price == price:
        return new_price, new_size, "size"
    return new_price, new_size, "price" if new_size == size else "price and size"


def _would_score(price: Price, size: Shares, mid_usd: float, terms: RewardTerms) -> bool:
    if size <= 0 or size < terms.min_size or not 0.0 < mid_usd < 1.0:
        return False
    return _distance(price, mid_usd) < terms.max_spread


def _distance(price: Price, mid_usd: float) -> float:
    """Distance from the mid in basis points, to a hundredth: floats must not decide the edge."""
    return abs(price * 100 - round(mid_usd * 1e6)) / 100.0
