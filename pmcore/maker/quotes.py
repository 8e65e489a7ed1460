"""Prices of the two top bids, and the rule that together they cost at most `target_total`.

Spec section 5: `comp = best_bid + improve`, at most `best_ask - distance`; `p0 = floor(min(comp,
cap))`; if both together are dearer than the pair may be, ticks come off the side that is further
above its best bid, then off both in turn. Prices here are plain basis points.
"""

from pmcore.maker.want import BELOW_ASK, BEST_BID, CAP, IMPROVED, LEANING, NO_BID
from pmcore.units import ONE_DOLLAR


def top_price(
    best_bid: int,
    best_ask: int,
    mirrored_ask: int,
    tick: int,
    cap: int,
    improve_ticks: int,
    lean_ticks: int,
    ask_ticks: int,
) -> tuple[int, str]:
    """The top bid of one token on its grid, and the bound that decided it; 0 for none.

    `mirrored_ask` is the other token's best bid turned round (the whole dollar if it has none): a
    bid of ours would meet that as well. `lean_ticks` is how far inventory makes it reach.
    """
    if best_bid <= 0:
        return 0, NO_BID
    price = best_bid
    reason = BEST_BID
    if best_ask > 0:
        improve = improve_ticks + lean_ticks
        if improve:
            price += improve * tick
            reason = LEANING if lean_ticks else IMPROVED
        mirrored_ask = min(mirrored_ask, best_ask)
    if mirrored_ask < ONE_DOLLAR:
        limit = mirrored_ask - ask_ticks * tick
        if limit < price:
            price = limit
            reason = BELOW_ASK
    if cap < price:
        price = cap
        reason = CAP
    price -= price % tick
    return (price, reason) if price > 0 else (0, reason)


def fit_pair(
    up: int, down: int, above_up: int, above_down: int, tick: int, total: int, up_first: bool
) -> tuple[int, int]:
    """Lower the two prices until they cost at most `total`; a missing side (0) costs nothing.

    `above_*` is how far each stands above its own best bid; the further one gives first, and
    `up_first` breaks the tie. The alternation is computed, not looped, so that a fine grid costs
    no more than a coarse one. Prices may come out at or below zero, which means no quote.
    """
    excess = up + down - total
    if excess <= 0 or up <= 0 or down <= 0:
        return up, down
    ticks = -(-excess // tick)
    first = -(-ticks // 2) * tick
    second = ticks // 2 * tick
    if above_up > above_down or (above_up == above_down and up_first):
        return up - first, down - second
    return up - second, down - first
