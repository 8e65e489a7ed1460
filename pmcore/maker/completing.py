"""The plan of a window that must complete its pairs: as maker, or near the end as taker."""

from pmcore.ids import BUY, UP, Outcome, other, slot_of
from pmcore.maker.completion import maker_completion_price, taker_limit, taker_size
from pmcore.maker.skew import Lean
from pmcore.maker.touch import lowest_ask
from pmcore.maker.want import (
    BELOW_MIN_PRICE,
    BELOW_MIN_SIZE,
    EXCESS_SIDE,
    SIZE_GRAIN,
    TAKER,
    TAKER_RUNG,
    Plan,
    Want,
)
from pmcore.market_state import MarketState
from pmcore.order import FAK
from pmcore.rules import Rules
from pmcore.state import State, slots_in_use
from pmcore.units import Price, Shares


def plan_completion(state: State, market: MarketState, lean: Lean, plan: Plan) -> None:
    """Only the missing side is wanted; inside the taker window it may be taken."""
    rules = state.rules
    missing = lean.missing
    excess = other(missing)
    for slot in slots_in_use(rules):
        plan.reasons[slot] = EXCESS_SIDE
    gap = abs(market.inventory.unpaired)
    book = market.books[missing]
    tick = market.ticks[missing]
    other_cost = market.inventory.average_cost(excess)
    fair = market.q_up if missing == UP else 1.0 - market.q_up
    ask = lowest_ask(market, missing)
    price, reason = maker_completion_price(book.best_bid, ask, tick, fair, other_cost)
    slot = slot_of(missing, 0)
    size = gap - gap % SIZE_GRAIN
    plan.reasons[slot] = reason
    if market.slots[slot_of(missing, TAKER_RUNG)]:
        plan.reasons[slot] = TAKER  # the same shares are being taken already
        return
    if size < market.terms.min_size or size <= 0:
        plan.reasons[slot] = BELOW_MIN_SIZE
    elif price < rules.min_price or price <= 0:
        plan.reasons[slot] = BELOW_MIN_PRICE
    else:
        plan.wants[slot] = Want(missing, BUY, Price(price), Shares(size), reason)
    _plan_taker(market, missing, other_cost, gap, state.now_ns, rules, plan)


def _plan_taker(
    market: MarketState,
    missing: Outcome,
    other_cost: float,
    gap: int,
    now_ns: int,
    rules: Rules,
    plan: Plan,
) -> None:
    """A taker completion, if it is allowed, near the end, and still locks the profit."""
    ask = market.books[missing].best_ask
    if (
        not rules.completion
        or ask <= 0
        or market.terms.end_ns - now_ns > rules.taker_ns
        or now_ns - market.completed_ns < rules.completion_ns
    ):
        return
    fees = market.terms.fees
    tick = market.ticks[missing]
    limit = taker_limit(ask, tick, other_cost, fees, rules.completion_profit)
    if limit <= 0:
        return
    size = taker_size(gap, other_cost, limit, fees, rules, market.completion_spent)
    if size <= 0:
        return
    # Bids for the same shares would fill twice what is missing: they go first, then it is sent.
    top = slot_of(missing, 0)
    plan.wants[top] = None
    plan.reasons[top] = TAKER
    if any(order.outcome == missing for order in market.orders.values()):
        return
    slot = slot_of(missing, TAKER_RUNG)
    plan.reasons[slot] = TAKER
    plan.wants[slot] = Want(missing, BUY, Price(limit), Shares(size), TAKER, FAK)
