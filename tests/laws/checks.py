"""What must hold after every event, whatever the venue did, read from the core's own state."""

from pmcore import effects as ef
from pmcore.account.inventory import Inventory
from pmcore.freeze import freeze, thaw
from pmcore.ids import BUY, DOWN, OUTCOMES, UP
from pmcore.maker.want import TAKER_RUNG
from pmcore.market_state import MarketState
from pmcore.order import CANCELLING, DELAYED, FAK, FINAL, LOST, Order
from pmcore.state import RUNNING, State
from pmcore.units import cost_up

OPEN_MAX = 64
REGIME_NS = 100_000_000
"""How old the reading of the regime may be."""
ROUNDING = 2_000
"""Micros that roundings of single fills may add up to."""


def check_state(state: State) -> None:
    """Identities and shapes of a state by itself."""
    for window in state.markets.values():
        check_inventory(window.inventory)
        check_slots(window, state.pacing.cancel)
    frozen = freeze(state)
    assert freeze(thaw(frozen)) == frozen


def check_inventory(inventory: Inventory) -> None:
    """Nothing is earned that was not paid."""
    assert inventory.cash_flow == inventory.realised - sum(inventory.cost)
    for outcome in OUTCOMES:
        assert 0 <= inventory.unconfirmed[outcome] <= inventory.shares[outcome]
    assert 0 <= inventory.merging <= min(inventory.shares)


def check_slots(window: MarketState, tokens: float) -> None:
    """A slot names an open order of its own; any other open order there is on its way out."""
    for slot, number in enumerate(window.slots):
        if number:
            assert window.orders[number].slot == slot
    for order in window.orders.values():
        assert not FINAL[order.status]
        if window.slots[order.slot] != order.id:
            # Resting for the moment between a refused cancel and the next decision with a token.
            out = order.status in (CANCELLING, LOST) or window.dirty or tokens < 1.0
            assert out or order.status == DELAYED
    assert len(window.orders) <= OPEN_MAX
    assert not any(number in window.finished for number in window.orders)


def check_effects(state: State, effects: ef.Effects, seen: set[int]) -> None:
    """Every post is allowed, now and by everything that the core believes."""
    placed = [effect for effect in effects if isinstance(effect, ef.PlaceOrder)]
    for place in placed:
        assert place.order not in seen
        seen.add(place.order)
        window = state.markets[place.market]
        check_place(state, window, place)
        reserved = sum(
            cost_up(order.price, order.leaves)
            for each in state.markets.values()
            for order in each.orders.values()
        )
        assert not state.cash_known or reserved <= state.cash
    for number in {place.market for place in placed}:
        check_pair(state.markets[number])


def check_place(state: State, window: MarketState, place: ef.PlaceOrder) -> None:
    """Not while gated, killed or late; on the grid; not across the spread."""
    assert state.safety.mode == RUNNING
    assert window.gate == ""
    assert window.terms.start_ns <= state.now_ns
    assert state.now_ns < window.terms.end_ns - state.rules.cutoff_ns
    assert window.payout_up < 0
    assert all(book.valid and not book.crossed for book in window.books)
    assert [feed.open for feed in state.feeds[:2]] == [True, True]
    limit = state.alpha.regime_terms.chainlink_stale_ns + REGIME_NS
    assert not state.alpha.chainlink.stale(state.now_ns, limit)
    assert 0 < place.price < 10_000
    assert place.price % window.ticks[place.outcome] == 0
    assert place.size > 0
    assert place.side == BUY
    book = window.books[place.outcome]
    if place.post_only:
        assert book.best_ask == 0 or place.price < book.best_ask
        assert place.size >= window.terms.min_size
    else:
        assert place.kind == FAK
        assert window.orders[place.order].slot & 7 == TAKER_RUNG
    assert place.why


def check_pair(window: MarketState) -> None:
    """The two top bids that are wanted cost at most the target; alone each is under its cap."""
    up, down = window.plan.wants[0], window.plan.wants[8]
    if up is not None and down is not None:
        assert up.price + down.price <= window.target_total <= 9_999


def check_money(state: State, surprise: int) -> None:
    """Loss and bound cash at their worst, from the core's books but by plain sums."""
    loss = bound = 0
    for window in state.markets.values():
        if not window.redeemed:
            loss += max(loss_if(window, UP), loss_if(window, DOWN))
            bound += sum(window.inventory.cost) + open_cost(window, UP) + open_cost(window, DOWN)
    realised = state.totals.realised + sum(w.inventory.realised for w in state.markets.values())
    allowed = surprise + ROUNDING
    assert loss - (realised - state.safety.day_start_pnl) <= state.rules.max_daily_loss + allowed
    assert bound <= state.rules.max_exposure + allowed


def loss_if(window: MarketState, winner: int) -> int:
    """Loss if `winner` pays: every order on the loser fills, no doubtful winning trade holds."""
    inventory = window.inventory
    paid = sum(inventory.cost) - inventory.unconfirmed_cost[winner] + open_cost(window, 1 - winner)
    return paid - (inventory.shares[winner] - inventory.unconfirmed[winner])


def open_cost(window: MarketState, outcome: int) -> int:
    """What the open orders of one token may still cost."""
    return sum(_cost(order) for order in window.orders.values() if order.outcome == outcome)


def _cost(order: Order) -> int:
    return cost_up(order.price, order.leaves)
