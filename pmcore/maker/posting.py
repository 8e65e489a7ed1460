"""Posts, in order of value, each only if price, feed, rate and worst case allow it now.

What is put off keeps its want and says why in `plan.reasons`, and the market stays `unsettled`.
"""

from typing import Final

from pmcore.effects import Effects, PlaceOrder
from pmcore.ids import BUY, USER_FEED, OrderId
from pmcore.maker.risk import NO_FEE, RiskCheck
from pmcore.maker.want import (
    BUDGET,
    COMPLETING,
    FAIR_VALUE,
    PAIR_CAP,
    TAKER,
    TAKER_RUNG,
    USER_FEED_LOST,
    Want,
)
from pmcore.market_state import MarketState
from pmcore.model.fees import taker_fee
from pmcore.order import FAK, FOK, Order
from pmcore.state import State, next_number
from pmcore.units import Ns

PAIR_EXEMPT: Final = frozenset({COMPLETING, FAIR_VALUE, TAKER})


def post_all(state: State, market: MarketState, posts: list[int], effects: Effects) -> None:
    """Post in order of value, each only if the worst case with it stays within every limit."""
    check: RiskCheck | None = None
    dearest = _dearest(market)
    plan = market.plan
    pacing = state.pacing
    posted = 0
    if len(posts) > 1:
        posts.sort(key=_by_value)
    for slot in posts:
        want = plan.wants[slot]
        if want is None or state.now_ns < market.moved_ns[slot]:
            continue
        reserve = 0.0 if want.kind == FAK else state.rules.place_reserve
        if pacing.place < 1.0 + reserve:
            plan.reasons[slot] = BUDGET
            continue
        if (
            want.side == BUY
            and market.target_total
            and want.price + dearest[1 - want.outcome] > market.target_total
            and dearest[1 - want.outcome]
            and want.reason not in PAIR_EXEMPT
        ):
            # What the plan respects, orders still leaving (or arriving) may not: until they are
            # gone the bid that would make the pair too dear waits. A completion has its own rule.
            plan.reasons[slot] = PAIR_CAP
            continue
        if not state.feeds[USER_FEED].open:
            plan.reasons[slot] = USER_FEED_LOST
            continue
        if check is None:
            check = RiskCheck(state, market)
        fee = NO_FEE
        if want.kind in (FOK, FAK):
            fee = taker_fee(market.terms.fees, want.price, want.size)
        verdict = check.refusal(want.outcome, want.side, want.price, want.size, fee)
        if verdict:
            plan.reasons[slot] = verdict
            continue
        pacing.place -= 1.0
        _post(state, market, slot, want, effects)
        if want.side == BUY and want.price > dearest[want.outcome]:
            dearest[want.outcome] = want.price
        posted += 1
    if posted < len(posts):
        market.unsettled = True


def _dearest(market: MarketState) -> list[int]:
    """The dearest open bid of each token, 0 for none, whatever its status."""
    dearest = [0, 0]
    for order in market.orders.values():
        if order.price > dearest[order.outcome] and order.side == BUY:
            dearest[order.outcome] = order.price
    return dearest


def _by_value(slot: int) -> int:
    """Completions first, then top rungs of both tokens, then deeper ones."""
    rung = slot & 7
    return -1 if rung == TAKER_RUNG else rung


def _post(state: State, market: MarketState, slot: int, want: Want, effects: Effects) -> None:
    number = OrderId(next_number(state))
    now = state.now_ns
    market_id = market.terms.id
    market.orders[number] = Order(
        number,
        market_id,
        slot,
        want.outcome,
        want.side,
        want.price,
        want.size,
        want.kind,
        now,
        since_ns=now,
    )
    market.slots[slot] = number
    state.order_market[number] = market_id
    taker = want.kind in (FOK, FAK)
    pause_ns = state.rules.update_ns
    if taker:
        pause_ns = max(pause_ns, state.rules.completion_ns)
        market.completed_ns = now
    market.moved_ns[slot] = Ns(now + pause_ns)
    effects.append(
        PlaceOrder(
            number,
            market_id,
            want.outcome,
            want.side,
            want.price,
            want.size,
            want.kind,
            not taker,
            Ns(0),
            want.reason,
        )
    )
