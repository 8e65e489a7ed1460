"""From the plan to the smallest set of cancels and posts, within risk and rate.

An order is left alone unless its price moved by `reprice_min_ticks`, its size by `resize_min_pct`,
it is no longer post-only safe, it stopped scoring, or it is not wanted at all: queue position is
worth money. Taking risk off never waits; anything else waits for `min_update_interval` per slot.
Cancels are spent before posts, top rungs before deeper ones, and discretionary cancels never touch
the reserve that a kill would need. An order in flight, held or of unknown fate keeps its slot, so
nothing is ever sent twice.
"""

from typing import Final

from pmcore.effects import CancelOrder, Effects
from pmcore.ids import BUY, OrderId
from pmcore.maker.posting import post_all
from pmcore.maker.realign import realign
from pmcore.maker.touch import highest_bid, lowest_ask
from pmcore.maker.want import BUDGET, Want
from pmcore.market_state import MarketState
from pmcore.order import CANCEL_ASKED, CANCELLING, FAK, FOK, LIVE, Order, advance
from pmcore.rules import Rules
from pmcore.state import State

NO_ORDER: Final = OrderId(0)


def diff(state: State, market: MarketState, effects: Effects) -> None:
    """Append to `effects` what makes `market.plan` true."""
    market.unsettled = False
    wants = market.plan.wants
    slots = market.slots
    orders = market.orders
    open_slots: list[int] = []
    taken = 0
    slot = -1
    for number, want in zip(slots, wants, strict=True):
        slot += 1
        if number:
            taken += 1
            if want is not None:
                order = orders[number]
                if (
                    order.price == want.price
                    and order.size == want.size
                    and order.side == want.side
                    and order.kind == want.kind
                    and not order.filled
                ):
                    continue  # by far the most frequent case
        elif want is None:
            continue
        open_slots.append(slot)
    if open_slots:
        if len(open_slots) > 1:
            realign(market, open_slots, state.rules)
        _act_on(state, market, open_slots, effects)
    if len(orders) > taken:
        _withdraw_slotless(state, market, effects)


def _act_on(state: State, market: MarketState, open_slots: list[int], effects: Effects) -> None:
    """Withdraw, replace and post in the slots whose order is not exactly what is wanted."""
    wants = market.plan.wants
    posts: list[int] = []
    for slot in open_slots:
        want = wants[slot]
        number = market.slots[slot]
        if not number:
            if want is not None:
                posts.append(slot)
            continue
        order = market.orders[number]
        if want is None:
            if not withdraw(state, order, market.plan.reasons[slot], effects):
                market.unsettled = True
        elif _differs(market, order, want, state.rules):
            if _give_way(state, market, order, want, effects):
                posts.append(slot)
            else:
                market.unsettled = True  # put off: looked at again at the next beat
        elif order.price != want.price:
            # Near enough, but whether it would still not cross changes with the books.
            market.unsettled = True
    if posts:
        post_all(state, market, posts, effects)


def withdraw(state: State, order: Order, why: str, effects: Effects) -> bool:
    """Cancel an order that rests; it may use the reserve. Returns whether it was asked.

    An order whose submit is not answered yet cannot be cancelled sooner than it is answered, and
    one of unknown fate is settled by a reconciliation first.
    """
    if order.kind in (FOK, FAK):
        return True  # it never rests: the venue fills or kills it by itself
    if order.status != LIVE or state.pacing.cancel < 1.0:
        return False
    state.pacing.cancel -= 1.0
    advance(order, CANCEL_ASKED, state.now_ns)
    effects.append(CancelOrder(order.id, why))
    return True


def _differs(market: MarketState, order: Order, want: Want, rules: Rules) -> bool:
    """Whether `order` is far enough from `want` to give its place in the queue up."""
    if order.kind != want.kind or order.side != want.side:
        return True
    moved = abs(order.price - want.price)
    if order.lapsed and (moved or order.leaves != want.size):
        return True  # it stopped scoring, and may be moved
    if moved:
        tick = market.ticks[want.outcome]
        if moved >= rules.reprice_ticks * tick or order.price % tick:
            return True
        if order.price > want.price if order.side == BUY else order.price < want.price:
            return True  # above a cap: that is no matter of queue position
        if not _post_only_safe(market, order):
            return True
    leaves = order.leaves
    if leaves != want.size and want.kind not in (FOK, FAK):
        return abs(leaves - want.size) >= rules.resize_fraction * want.size
    return False


def _post_only_safe(market: MarketState, order: Order) -> bool:
    """Whether the order, placed now, would still not cross the book we see."""
    if order.side == BUY:
        ask = lowest_ask(market, order.outcome)
        return ask == 0 or order.price < ask
    return order.price > highest_bid(market, order.outcome)


def _give_way(
    state: State, market: MarketState, order: Order, want: Want, effects: Effects
) -> bool:
    """Cancel an order whose slot wants another. Returns whether the slot is free now."""
    slot = order.slot
    if order.status == CANCELLING:
        # Until it is answered the old order counts in the worst case beside the new one.
        market.slots[slot] = NO_ORDER
        return True
    if order.status != LIVE:
        return False
    if not _riskier(order, want):
        rules, pacing = state.rules, state.pacing
        if state.now_ns < market.moved_ns[slot]:
            return False
        if pacing.cancel < 1.0 + rules.cancel_reserve or pacing.place < 1.0 + rules.place_reserve:
            market.plan.reasons[slot] = BUDGET
            return False
    if not withdraw(state, order, want.reason, effects):
        return False
    market.slots[slot] = NO_ORDER
    return True


def _riskier(order: Order, want: Want) -> bool:
    """Whether leaving the order exposes us more than what is wanted would."""
    if order.side != want.side:
        return True
    if order.side == BUY:
        return order.price > want.price or order.leaves > 2 * want.size
    return order.price < want.price or order.leaves > 2 * want.size


def _withdraw_slotless(state: State, market: MarketState, effects: Effects) -> None:
    """Orders that gave their slot away and turned out to rest still: cancel again."""
    for order in market.orders.values():
        if order.status == LIVE and market.slots[order.slot] != order.id:
            if not withdraw(state, order, "replaced", effects):
                market.unsettled = True
