"""Answers and trades into the order life table, the inventory and the cash.

Order events name only the order; `state.order_market` finds its window. Anything about an order
that is no longer known is harmless: trades carry all that money needs.
"""

from typing import Final

from pmcore.account.trades import BOOKED, IGNORED, TAKEN_BACK, book_trade, trade_key
from pmcore.events import (
    CancelRefused,
    CancelUnknown,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderRejected,
    OrderUnknown,
    ScoringReported,
    TradeReported,
)
from pmcore.ids import BUY, OpId, OrderId, other
from pmcore.market_state import MarketState
from pmcore.model.fees import fee_equivalent
from pmcore.order import (
    ACCEPTED,
    ALL_FILLED,
    CANCEL_DONE,
    CANCEL_GONE,
    CANCEL_HELD,
    CANCEL_SILENT,
    DELAYED,
    FINAL,
    HELD,
    LOST,
    PART_FILLED,
    PENDING,
    REFUSED,
    SILENT,
    Happening,
    Order,
    advance,
)
from pmcore.state import State
from pmcore.units import MICRO, MILLISECOND, ONE_DOLLAR, SECOND, Cash, Ns, Shares, cost_up

DUST: Final = 10_000
"""Micro-shares: the venue truncates matched sizes to 0.01 share, so less than that is nothing."""
FINISHED_KEPT: Final = 256
SIZE_MAX: Final = 10**15
"""A billion shares: a report beyond it is no report."""
CROSS_PAUSE_NS: Final = 100 * MILLISECOND
"""After a post-only rejection the book we see is behind the venue's: wait for it."""
REJECT_PAUSE_NS: Final = SECOND
UNANSWERED: Final = (PENDING, DELAYED)
EXPECTED_REJECTS: Final = frozenset(
    {
        "post_only_would_cross",
        "post_only_mode",
        "cancel_only_mode",
        "venue_restarting",
        "trading_disabled",
        "market_not_ready",
        "fok_not_filled",
        "fak_not_filled",
        "rate_limited",
    }
)
"""Rejections that the venue's ordinary life brings: they never trip the kill switch."""


def order_accepted(state: State, event: OrderAccepted) -> None:
    """The venue has it, and knows who we are."""
    state.safety.auth_failures = 0
    _happen(state, event.order, ACCEPTED)


def order_delayed(state: State, event: OrderDelayed) -> None:
    """Held by the taker delay."""
    _happen(state, event.order, HELD)


def order_rejected(state: State, event: OrderRejected) -> None:
    """Refused: its slot waits before it tries again, longer where it was not a mere cross."""
    market = _market_of(state, event.order)
    order = market.orders.get(event.order) if market is not None else None
    if market is None or order is None:
        return
    crossed = event.code == "post_only_would_cross"
    pause = CROSS_PAUSE_NS if crossed else REJECT_PAUSE_NS
    market.moved_ns[order.slot] = Ns(state.now_ns + pause)
    if event.code == "duplicate":
        # The venue has this very order already: that is no refusal but an unknown fate.
        _happen(state, event.order, SILENT)
        state.reconcile_due = True
        return
    _happen(state, event.order, REFUSED)
    safety = state.safety
    if event.code in ("closed_only", "banned"):
        safety.restricted = event.text or event.code
        state.urgent = True
    elif event.code == "auth":
        safety.auth_failures += 1
        state.urgent = True
    elif event.code not in EXPECTED_REJECTS:
        safety.rejects.append(state.now_ns)
        state.urgent = True


def order_unknown(state: State, event: OrderUnknown) -> None:
    """Fate unknown: counted as live until a reconciliation."""
    _happen(state, event.order, SILENT)
    state.reconcile_due = True


def order_cancelled(state: State, event: OrderCancelled) -> None:
    """Off the book, by us or by the venue."""
    _happen(state, event.order, CANCEL_DONE)


def cancel_refused(state: State, event: CancelRefused) -> None:
    """Held: still there. Otherwise gone, and its fills may be on their way."""
    _happen(state, event.order, CANCEL_HELD if event.held else CANCEL_GONE)
    if not event.held:
        state.reconcile_due = True


def cancel_unknown(state: State, event: CancelUnknown) -> None:
    """Perhaps cancelled, perhaps not."""
    _happen(state, event.order, CANCEL_SILENT)
    state.reconcile_due = True


def trade_reported(state: State, event: TradeReported) -> None:
    """Our part of a trade, booked once, taken back once if it fails on chain."""
    market = state.markets.get(event.market)
    sound = 0 < event.price < ONE_DOLLAR and 0 < event.size <= SIZE_MAX
    if market is None or not sound or abs(event.fee) > event.size:
        state.reconcile_due = True
        return
    market.redeemed = False  # shares that come after a redemption are redeemed too
    inventory = market.inventory
    before = inventory.cash_flow
    done = book_trade(market.trades, inventory, event)
    if done == IGNORED:
        return
    state.cash = Cash(state.cash + inventory.cash_flow - before)
    market.dirty = True
    if done == TAKEN_BACK and event.maker:
        _weigh(market, event, -1)
    if done != BOOKED:
        return
    if not event.maker and event.side == BUY:
        _count_completion(market, event)
    if event.maker:
        _weigh(market, event, 1)
    mid = market.books[event.outcome].mid
    if market.markouts.add(state.now_ns, event.outcome, event.side, event.size, mid):
        market.measure_ns = market.markouts.next_due_ns
    order = market.orders.get(event.order) or market.finished.get(event.order)
    if order is None:
        return
    order.filled = Shares(order.filled + event.size)
    if not FINAL[order.status]:
        settle(state, market, order, ALL_FILLED if order.leaves < DUST else PART_FILLED)


def _weigh(market: MarketState, event: TradeReported, sign: int) -> None:
    """Count a maker fill's weight in the rebates, or take back that of a trade that failed."""
    trade = market.trades[trade_key(event)]
    equivalent = fee_equivalent(market.terms.fees, trade.price, trade.size)
    inventory = market.inventory
    inventory.fee_equivalent = Cash(inventory.fee_equivalent + sign * equivalent)


def _count_completion(market: MarketState, event: TradeReported) -> None:
    """What a taker completion has lost against a whole pair counts against its budget."""
    other_cost = market.inventory.average_cost(other(event.outcome)) * MICRO
    lost = int(other_cost * event.size / MICRO) + event.fee - event.size
    lost += cost_up(event.price, event.size)
    if lost > 0:
        market.completion_spent += lost


def scoring_reported(state: State, event: ScoringReported) -> None:
    """Which orders earn rewards now."""
    if not event.op or event.op != state.scoring.op:
        return
    state.scoring.op = OpId(0)
    for numbers, scoring in ((event.scoring, True), (event.idle, False)):
        for number in numbers:
            market = _market_of(state, number)
            order = market.orders.get(number) if market is not None else None
            if order is not None and market is not None:
                order.lapsed = not scoring and (order.lapsed or order.scoring)
                order.scoring = scoring
                market.dirty = True


def settle(state: State, market: MarketState, order: Order, happening: Happening) -> None:
    """Advance an order of `market`; when its status becomes final, free its slot.

    The window is held against its plan again (`unsettled`) only where that can lead to an act. Two
    frequent answers cannot: that an order is accepted, and that one is gone which had given its
    slot away. Whatever waited for either has left the window unsettled already.
    """
    was = order.status
    status = advance(order, happening, state.now_ns)
    if status == LOST:
        state.reconcile_due = True
    if not FINAL[status]:
        if happening != ACCEPTED or was not in UNANSWERED:
            market.unsettled = True
        return
    if not market.scene:
        market.dirty = True  # what a completion may do depends on what else is open
    if market.orders.pop(order.id, None) is None:
        return
    if market.slots[order.slot] == order.id:
        market.slots[order.slot] = OrderId(0)
        market.unsettled = True
    finished = market.finished
    finished[order.id] = order
    late_ns = state.rules.late_fill_ns
    if late_ns and happening == CANCEL_DONE and order.size - order.filled >= DUST:
        market.cooling[order.id] = Ns(state.now_ns + late_ns)
    if len(finished) > FINISHED_KEPT:
        oldest = next(iter(finished))
        del finished[oldest]
        state.order_market.pop(oldest, None)


def _market_of(state: State, number: OrderId) -> MarketState | None:
    market_id = state.order_market.get(number)
    return None if market_id is None else state.markets.get(market_id)


def _happen(state: State, number: OrderId, happening: Happening) -> None:
    market = _market_of(state, number)
    if market is None:
        return
    order = market.orders.get(number)
    if order is not None:
        settle(state, market, order, happening)
