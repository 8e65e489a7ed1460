"""What must hold after every single step, said a second time and independently of the maker.

`violations(state, effects)` looks at the state as a step has left it and at what that step asked
for. It shares no code with the gate, the ladder or the diff, so that a mistake there cannot excuse
itself here; only the arithmetic of worst cases is the account's own. Backtest, stress and the tests
of the laws all call it.
"""

from typing import Final

from pmcore.account.exposure import Exposure, exposure_of
from pmcore.effects import Effects, PlaceOrder
from pmcore.ids import BUY, DOWN, MARKET_FEED, OUTCOME_NAMES, UP, OrderId, slot_of
from pmcore.market_state import MarketState
from pmcore.order import FAK, FOK, LIVE
from pmcore.state import RUNNING, State
from pmcore.units import ONE_DOLLAR, show_micro, show_price

ORDERS_MAX: Final = 128
"""Open orders of one window. `max_unpaired_shares` at its default and the venue's least size of 5
shares leave room for 20 a token; unanswered cancels may double that, and twice it again is a leak.
"""


def violations(state: State, effects: Effects) -> list[str]:
    """What this step broke, one line each naming the market or order; empty if nothing."""
    found: list[str] = []
    for market in state.markets.values():
        _check_market(market, found)
        _check_slots(state, market, found)
    if effects:
        posts = [effect for effect in effects if effect.__class__ is PlaceOrder]
        if posts:
            for post in posts:
                _check_post(state, post, found)
            _check_limits(state, {post.order for post in posts}, found)
    return found


def _check_market(market: MarketState, found: list[str]) -> None:
    """Cash identity, bounded orders, and the price of a pair of top bids."""
    inventory = market.inventory
    cost = inventory.cost
    if inventory.cash_flow != inventory.realised - cost[UP] - cost[DOWN]:
        found.append(
            f"{market.terms.slug}: cash flow {show_micro(inventory.cash_flow)} is not realised "
            f"{show_micro(inventory.realised)} less cost {show_micro(cost[UP] + cost[DOWN])}"
        )
    if len(market.orders) > ORDERS_MAX:
        found.append(f"{market.terms.slug}: {len(market.orders)} open orders")
    wants = market.plan.wants
    up, down = wants[slot_of(UP, 0)], wants[slot_of(DOWN, 0)]
    if up is not None and down is not None and up.price + down.price > market.target_total:
        found.append(
            f"{market.terms.slug}: a pair of top bids at {show_price(up.price)} and "
            f"{show_price(down.price)} costs more than {show_price(market.target_total)}"
        )


def _check_slots(state: State, market: MarketState, found: list[str]) -> None:
    """Slots name open orders, and every open order can be found by its number alone."""
    slug, orders = market.terms.slug, market.orders
    for slot, number in enumerate(market.slots):
        if number and number not in orders:
            found.append(f"{slug}: slot {slot} names order {number}, which is not open")
    found.extend(
        f"{slug}: order {number} is not in the index of orders"
        for number in orders
        if state.order_market.get(number) != market.terms.id
    )
    if state.safety.mode == RUNNING and not (market.unsettled or market.dirty):
        found.extend(
            f"{slug}: order {number} rests beside its slot, and nothing will look at it again"
            for number, order in orders.items()
            if order.status == LIVE and market.slots[order.slot] != number
        )


def _check_post(state: State, post: PlaceOrder, found: list[str]) -> None:
    """One order as it leaves: allowed now, known, on its grid, and not crossing what we saw."""
    name = f"order {post.order}"
    market = state.markets.get(post.market)
    if market is None:
        found.append(f"{name}: posted in a market that is not known")
        return
    name = f"{name} ({market.terms.slug} {OUTCOME_NAMES[post.outcome]} {show_price(post.price)})"
    reason = _forbidden(state, market)
    if reason:
        found.append(f"{name}: posted {reason}")
    if post.order not in market.orders or state.order_market.get(post.order) != post.market:
        found.append(f"{name}: posted and not tracked")
    tick = market.ticks[post.outcome]
    if tick <= 0 or post.price % tick or not 0 < post.price < ONE_DOLLAR:
        found.append(f"{name}: not on the grid of {show_price(tick)}")  # type: ignore[arg-type]
    taker = post.kind in (FOK, FAK)
    if post.size <= 0 or (not taker and post.size < market.terms.min_size):
        found.append(f"{name}: {show_micro(post.size)} shares are too few")
    if post.post_only == taker:
        found.append(f"{name}: post-only is {post.post_only} for kind {post.kind}")
    book = market.books[post.outcome]
    mirror = market.books[1 - post.outcome]
    if post.side == BUY:
        crosses = 0 < book.best_ask <= post.price or post.price + mirror.best_bid >= ONE_DOLLAR
    else:
        crosses = post.price <= book.best_bid or 0 < mirror.best_ask <= ONE_DOLLAR - post.price
    if post.post_only and crosses:
        found.append(
            f"{name}: post-only against {show_price(book.best_bid)} / {show_price(book.best_ask)}"
        )


def _forbidden(state: State, market: MarketState) -> str:
    """Why nothing may be posted in this market now; empty if it may."""
    terms, now = market.terms, state.now_ns
    if state.safety.mode != RUNNING:
        return f"while {state.safety.mode}"
    if now >= terms.end_ns - state.rules.cutoff_ns:
        return "after the cutoff"
    if now < terms.start_ns:
        return "before the start"
    if market.gate:
        return f"behind the gate {market.gate}"
    if market.payout_up >= 0:
        return "after the resolution"
    if not state.feeds[MARKET_FEED].open:
        return "while the market feed is lost"
    if not all(book.valid for book in market.books):
        return "on an invalid book"
    return ""


def _check_limits(state: State, posted: set[OrderId], found: list[str]) -> None:
    """Every limit at its worst case, wherever this step's posts have made the case worse.

    A post that leaves a broken limit no worse is allowed (see `maker.risk`), so each limit is
    compared with and without the posts of this step.
    """
    rules = state.rules
    after = {number: exposure_of(m.at_stake()) for number, m in state.markets.items()}
    before = {number: _exposure_without(m, posted) for number, m in state.markets.items()}
    unpaired = unpaired_before = loss = loss_before = bound = reserved = 0
    for number, market in state.markets.items():
        inventory = market.inventory
        reserved += after[number].reserved
        if market.redeemed:
            continue
        here = after[number].worst_unpaired(inventory)
        here_before = before[number].worst_unpaired(inventory)
        if here > rules.max_unpaired and here > here_before:
            found.append(f"{market.terms.slug}: {show_micro(here)} shares unpaired at worst")
        unpaired += here
        unpaired_before += here_before
        loss += after[number].worst_loss(inventory)
        loss_before += before[number].worst_loss(inventory)
        bound += after[number].bound(inventory)
    if unpaired > rules.max_unpaired_global and unpaired > unpaired_before:
        found.append(f"all markets: {show_micro(unpaired)} shares unpaired at worst")
    day_loss = loss - _day_pnl(state)
    if day_loss > rules.max_daily_loss and loss > loss_before:
        found.append(f"all markets: {show_micro(day_loss)} USDC lost at worst today")
    if bound > rules.max_exposure:
        found.append(f"all markets: {show_micro(bound)} USDC bound")
    if state.cash_known and reserved > state.cash:
        found.append(
            f"all markets: {show_micro(reserved)} USDC reserved of {show_micro(state.cash)}"
        )


def _exposure_without(market: MarketState, posted: set[OrderId]) -> Exposure:
    return exposure_of(order for order in market.at_stake() if order.id not in posted)


def _day_pnl(state: State) -> int:
    realised = int(state.totals.realised)
    realised += sum(market.inventory.realised for market in state.markets.values())
    return realised - state.safety.day_start_pnl
