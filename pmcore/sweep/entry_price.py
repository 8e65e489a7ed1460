"""What the recommended side costs: its ask, or the average over the asks, and the taker fee."""

from typing import Any

import numpy as np

from pmcore.sweep.columns import Floats


def depth_vwap(price_bp: Any, size_shares: Any, reference_shares: float) -> tuple[Floats, Floats]:
    """Average price in basis points and share of the reference size that the asks hold.

    `price_bp` and `size_shares` have shape (n, levels), best ask first, 0 where there is no level;
    both results have shape (n,). Without any level the price is 0.0 and the ratio 0.0. With too
    little depth the average is over what there is. Not finite sizes count as 0.
    """
    prices = np.asarray(price_bp, dtype=np.float64)
    sizes = np.asarray(size_shares, dtype=np.float64)
    real = (prices > 0.0) & (prices < 10_000.0) & np.isfinite(sizes) & (sizes > 0.0)
    held = np.where(real, np.minimum(np.where(real, sizes, 0.0), reference_shares), 0.0)
    before = np.cumsum(held, axis=1) - held
    taken = np.clip(reference_shares - before, 0.0, held)
    total = taken.sum(axis=1)
    cost = np.where(real, taken * np.where(real, prices, 0.0), 0.0).sum(axis=1)
    price = np.divide(cost, total, out=np.zeros_like(cost), where=total > 0.0)
    return price, np.clip(total / reference_shares, 0.0, 1.0)


def fee_per_share(
    price: Floats,
    rate: Floats,
    exponent: Any,
    price_weighted: Any,
) -> Floats:
    """Unrounded taker fee of one share in dollars, at `price` dollars, by each market's own terms.

    `rate * (p * (1 - p))**exponent`, times p where price weighted; 0 outside 0 < p < 1. The same
    curve as `pmcore.model.fees.fee_per_share` (venue reference 8.2), over arrays. At an average
    price over several levels it overstates the fee by a hair, the curve being concave.
    """
    inside = (price > 0.0) & (price < 1.0)
    p = np.where(inside, price, 0.5)
    fee = rate * (p * (1.0 - p)) ** np.asarray(exponent, dtype=np.float64)
    fee = np.where(price_weighted, fee * p, fee)
    return np.where(inside, fee, 0.0)
