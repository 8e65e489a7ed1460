"""Taker fees and maker rebates in exact integers, from each market's own terms.

The curve is `fee = C * r * (p * (1 - p))**e`, times `p` where the terms are price weighted (the
first 15-minute schedule), with C in shares and p in dollars (venue reference 8.1 and 8.2). With
prices in basis points and sizes in micro-shares the whole fraction is one integer over a power of
ten, so the venue's flooring to five decimals is exact (21 of 21 fills seen on chain).
"""

from pmcore.market import FeeTerms
from pmcore.units import MICRO, Cash, Price, Shares, part


def taker_fee(terms: FeeTerms, price: Price, size: Shares) -> Cash:
    """Fee of a taker fill, floored to `terms.floor_micros`; a buyer pays it on top of the cost.

    0 for nothing filled and at prices outside 0..1 dollar.
    Source: venue reference 8.2, "floor to 5 decimals of pUSD".
    """
    grain = terms.floor_micros if terms.floor_micros > 1 else 1
    return Cash(_floored_fee(terms, price, size, grain))


def fee_equivalent(terms: FeeTerms, price: Price, size: Shares) -> Cash:
    """What a taker would have paid for one of our maker fills, floored to one micro-dollar only.

    It is the weight of the fill in the venue's rebate (8.3), which sums the curve itself, so the
    five-decimal floor is not applied: it would lose a little on every small fill.
    """
    return Cash(_floored_fee(terms, price, size, 1))


def fee_per_share(terms: FeeTerms, price: Price) -> float:
    """Unrounded taker fee of one share in dollars, for decisions; never for accounts."""
    if not 0 < price < 10_000:
        return 0.0
    p = price / 10_000.0
    fee: float = terms.rate_ppm / MICRO * (p * (1.0 - p)) ** terms.exponent
    return fee * p if terms.price_weighted else fee


def rebate(terms: FeeTerms, equivalent: Cash) -> Cash:
    """Estimated daily rebate for maker fills whose `fee_equivalent` sums to `equivalent`.

    The venue pays `rebate_ppm` of the taker fees it collected, shared out by fee equivalent. Every
    taker fill has a maker on its other side, so the collected fees are about the market's total of
    equivalents and the share reduces to `rebate_ppm * equivalent`. The one-dollar minimum of a
    payment (8.3) is not applied: it holds for a whole day, not for a fill.
    """
    return Cash(part(equivalent, terms.rebate_ppm, MICRO))


def rebate_share(terms: FeeTerms, equivalent: Cash, total: Cash, collected: Cash) -> Cash:
    """The rebate when the market's `total` of equivalents and its `collected` fees are known."""
    if total <= 0:
        return Cash(0)
    return Cash(terms.rebate_ppm * collected * equivalent // (MICRO * total))


def _floored_fee(terms: FeeTerms, price: Price, size: Shares, grain: int) -> int:
    """The curve in micro-dollars, floored to a multiple of `grain`."""
    if size <= 0 or not 0 < price < 10_000:
        return 0
    exponent = terms.exponent
    above = size * terms.rate_ppm * (price * (10_000 - price)) ** exponent
    below: int = MICRO * 10 ** (8 * exponent)
    if terms.price_weighted:
        above *= price
        below *= 10_000
    return int(above // (below * grain)) * grain
