"""Buying the missing side: as a maker at a bounded price, or as a taker at a locked profit.

A taker completion is a FAK order in *shares* at an explicit worst price `p_max` (a market buy's
amount is in dollars, which is the classic fault). It is taken only if, at the worst price it may
pay, `1 - avg_cost_other - price - fee_per_share >= min_profit_per_share`, and while the losses
that a negative threshold allows stay within `completion.max_loss_usdc` for the market.
"""

from pmcore.maker.want import COMPLETING, FAIR_VALUE
from pmcore.market import FeeTerms
from pmcore.model.fees import fee_per_share
from pmcore.rules import Rules
from pmcore.units import Price, floor_price


def maker_completion_price(
    best_bid: int, best_ask: int, tick: int, fair: float, other_cost: float
) -> tuple[int, str]:
    """Post-only completion bid: one tick under the ask, but never above what it is worth.

    Worth is the model's value of the token or, if dearer, the price that still leaves the pair
    whole (`1 - other_cost`): completing must not turn a possible loss into a certain larger one.
    """
    price = best_ask - tick if best_ask > 0 else best_bid
    reason = COMPLETING
    limit = floor_price(max(fair, 1.0 - other_cost))
    if limit < price:
        price = limit
        reason = FAIR_VALUE
    price -= price % tick
    return max(price, 0), reason


def profit_per_share(other_cost: float, price: int, fees: FeeTerms) -> float:
    """Dollars locked per completed pair when the missing share is taken at `price`."""
    return 1.0 - other_cost - price / 10_000.0 - fee_per_share(fees, Price(price))


def taker_limit(best_ask: int, tick: int, other_cost: float, fees: FeeTerms, least: float) -> int:
    """`p_max`: the highest grid price from the ask upward, at most five ticks, that still pays.

    0 when even the ask does not. The profit falls with price wherever the fee curve's slope is
    above -1, which every published schedule satisfies; each step is checked all the same.
    """
    limit = 0
    lowest = -(-best_ask // tick) * tick  # levels of an older grid may stand between our ticks
    for step in range(6):
        price = lowest + step * tick
        if price > 10_000 - tick or profit_per_share(other_cost, price, fees) < least:
            break
        limit = price
    return limit


def taker_size(
    gap: int, other_cost: float, limit: int, fees: FeeTerms, rules: Rules, spent: int
) -> int:
    """Shares to take at worst price `limit`: the gap, bounded by size and by the loss budget."""
    size = min(gap, rules.completion_max)
    profit = profit_per_share(other_cost, limit, fees)
    if profit < 0.0:
        budget = rules.completion_loss - spent
        size = min(size, int(budget / -profit)) if budget > 0 else 0
    size -= size % 10_000
    # The venue refuses a marketable buy below one dollar of notional.
    return size if size * limit >= 10_000 * 1_000_000 else 0
