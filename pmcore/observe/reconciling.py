"""The venue's own view against ours.

Performing `Reconcile`, the shell first reports every trade since the last view and only then the
view itself, so fills are never guessed from it. What the view settles is the fate of orders whose
present status is older than the request: open at the venue, or gone with all trades booked. The
venue's position feed lags, so a difference in shares counts only when it lasts
`reconcile_strikes` views and is larger than what is in flight.
"""

from typing import Final

from pmcore.events import Reconciled
from pmcore.ids import OUTCOMES, OpId, OrderId
from pmcore.market_state import MarketState
from pmcore.observe.control import kill
from pmcore.observe.orders import DUST, settle
from pmcore.order import DELAYED, PENDING, SEEN_GONE, SEEN_LIVE, Order
from pmcore.state import State
from pmcore.units import SECOND, Ns

HELD_MAX_NS: Final = 10 * SECOND
"""The longest that the venue can hold an order; the taker delay is a fraction of a second."""


def reconciled(state: State, event: Reconciled) -> None:
    """Settle what the view can settle."""
    if not event.op or event.op != state.reconcile.op:
        return
    state.viewed = True
    asked_ns = state.reconcile.asked_ns
    state.reconcile.op = OpId(0)
    state.reconciled_ns = state.now_ns
    state.cash = event.cash
    state.cash_known = True
    seen = {}
    for row in event.orders:
        if row.order and _known_open(state, row.order):
            seen[row.order] = row.filled
        elif not _gone_since(state, row.order, asked_ns):
            state.strays.setdefault(row.venue_id, Ns(0))
    for market in state.markets.values():
        for order in list(market.orders.values()):
            _settle_order(state, market, order, order.id in seen, asked_ns)
    _compare_holdings(state, event)
    state.upkeep_ns = Ns(0)


def _known_open(state: State, number: int) -> bool:
    market_id = state.order_market.get(number)  # type: ignore[call-overload]
    market = state.markets.get(market_id) if market_id is not None else None
    return market is not None and number in market.orders


def _gone_since(state: State, number: OrderId, asked_ns: Ns) -> bool:
    """Whether an order of ours has ended while the view was being taken: it may still show it."""
    market_id = state.order_market.get(number)
    market = state.markets.get(market_id) if market_id is not None else None
    order = market.finished.get(number) if market is not None else None
    return order is not None and order.since_ns >= asked_ns


def _settle_order(
    state: State, market: MarketState, order: Order, live: bool, asked_ns: Ns
) -> None:
    """A view taken before the order's status began says nothing about it."""
    if order.status == PENDING or order.since_ns >= asked_ns or order.placed_ns >= asked_ns:
        return
    if order.status == DELAYED and not live and state.now_ns - order.since_ns < HELD_MAX_NS:
        return  # a held order does not rest yet, so a view does not show it
    settle(state, market, order, SEEN_LIVE if live else SEEN_GONE)


def _compare_holdings(state: State, event: Reconciled) -> None:
    shares = {(row.market, row.outcome): row.shares for row in event.holdings}
    for market in state.markets.values():
        inventory = market.inventory
        if market.redeemed or market.payout_up >= 0:
            continue
        off = 0
        for outcome in OUTCOMES:
            believed = inventory.shares[outcome]
            held = shares.get((market.terms.id, outcome), 0)
            in_flight = inventory.unconfirmed[outcome] + inventory.merging
            if abs(believed - held) > in_flight + DUST * max(1, inventory.fills):
                off += 1
        market.strikes = market.strikes + 1 if off else 0
        if market.strikes >= state.rules.reconcile_strikes:
            kill(state, f"positions of {market.terms.slug} differ from the venue's", operator=True)
