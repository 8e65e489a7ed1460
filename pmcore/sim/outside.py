"""What the tape's facts do to the venue: books, prints, grids, listings, resolutions.

Facts of either token are turned into Up's terms. Of a pair of mirrored facts the second repeats
the first and changes nothing.
"""

from collections.abc import Callable
from typing import Any, Final

from pmcore.events import (
    BookReset,
    Event,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OrderCancelled,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmcore.ids import BUY, SELL, UP
from pmcore.order import CANCEL_DONE
from pmcore.sim.floor import Floor
from pmcore.sim.incentives import pay_rebates
from pmcore.sim.latency import NOTICE
from pmcore.sim.pit import Pit, Resting, in_up, is_bid
from pmcore.sim.queue import UNKNOWN, printed, reached, restated
from pmcore.units import Ns, Price


def touch_quoted(floor: Floor, fact: TouchQuoted, now_ns: Ns) -> None:
    """The touch of one token: all that is known of the book."""
    pit = floor.pits.get(fact.market)
    if pit is None:
        pit = floor.pit(fact.market)
    if fact.outcome == UP:
        bid, ask = fact.bid, fact.ask
        pit.book.set_touch(bid, fact.bid_size, ask, fact.ask_size)
    else:
        # No `Price()` here: it is a call, eight times out of ten facts.
        bid = fact.ask and 10_000 - fact.ask  # type: ignore[assignment]
        ask = fact.bid and 10_000 - fact.bid  # type: ignore[assignment]
        pit.book.set_touch(bid, fact.ask_size, ask, fact.bid_size)
    pit.shallow = True
    bids, asks = pit.bids, pit.asks
    if pit.taken_asks or pit.taken_bids:
        pit.prune_taken()
    # deeper than the touch an inside order sees nothing of a touch
    if bids and bids[0][0] <= -bid:
        restated(floor, bids, pit.book.bids, -1, -bid, now_ns)
        if ask and bids[0][0] <= -ask:
            reached(floor, pit, now_ns)
    if asks and (asks[0][0] <= ask or not ask):
        restated(floor, asks, pit.book.asks, 1, ask or UNKNOWN, now_ns)
        if bid >= asks[0][0]:
            reached(floor, pit, now_ns)


def level_changed(floor: Floor, fact: LevelChanged, now_ns: Ns) -> None:
    """One level of one token's book."""
    pit = floor.pits.get(fact.market)
    if pit is None:
        pit = floor.pit(fact.market)
    if fact.outcome == UP:
        price, side = fact.price, fact.side
    else:
        price, side = Price(10_000 - fact.price), SELL if fact.side == BUY else BUY
    book = pit.book
    book.set_level(side, price, fact.size)
    bids, asks = pit.bids, pit.asks
    # only a level in which inside orders stand, or an opposite touch, concerns any of them
    if (
        (bids and (0 < book.best_ask <= -bids[0][0] or (side == BUY and bids[0][0] <= -price)))
        or (asks and (book.best_bid >= asks[0][0] or (side == SELL and asks[0][0] <= price)))
        or pit.taken_asks
        or pit.taken_bids
    ):
        _changed(floor, pit, now_ns)


def book_reset(floor: Floor, fact: BookReset, now_ns: Ns) -> None:
    """A whole book of one token."""
    pit = floor.pit(fact.market)
    if fact.outcome == UP:
        pit.book.reset(fact.bids, fact.asks)
    else:
        pit.book.reset(
            tuple((Price(10_000 - price), size) for price, size in fact.asks),
            tuple((Price(10_000 - price), size) for price, size in fact.bids),
        )
    pit.book.valid = True
    pit.book.last_trade = fact.last_trade
    pit.shallow = False
    _changed(floor, pit, now_ns)


def _changed(floor: Floor, pit: Pit, now_ns: Ns) -> None:
    if pit.taken_asks or pit.taken_bids:
        pit.prune_taken()
    book = pit.book
    if pit.bids:
        worst = -book.best_bid if pit.shallow else UNKNOWN
        restated(floor, pit.bids, book.bids, -1, worst, now_ns)
    if pit.asks:
        worst = book.best_ask if pit.shallow and book.best_ask else UNKNOWN
        restated(floor, pit.asks, book.asks, 1, worst, now_ns)
    reached(floor, pit, now_ns)


def trade_printed(floor: Floor, fact: TradePrinted, now_ns: Ns) -> None:
    """A trade on the tape: it may have reached our orders."""
    pit = floor.pits.get(fact.market)
    if pit is None or not (pit.bids or pit.asks):
        return
    price = in_up(fact.outcome, fact.price)
    printed(floor, pit, is_bid(fact.outcome, fact.side), price, fact.size, now_ns)


def tick_changed(floor: Floor, fact: TickChanged, now_ns: Ns) -> None:  # noqa: ARG001
    """A new grid for one token; resting orders stay where they are."""
    pit = floor.pit(fact.market)
    if fact.outcome == UP:
        pit.tick_up = fact.tick
    else:
        pit.tick_down = fact.tick


def market_listed(floor: Floor, fact: MarketListed, now_ns: Ns) -> None:  # noqa: ARG001
    """A market is listed, or its flags or terms have changed."""
    terms = fact.terms
    pit = floor.pit(terms.id)
    if pit.terms is None or pit.terms.tick != terms.tick:
        pit.tick_up = pit.tick_down = terms.tick
    pit.terms = terms
    pit.reopen()


def market_resolved(floor: Floor, fact: MarketResolved, now_ns: Ns) -> None:
    """The official outcome: everything open is cancelled, redemption begins."""
    pit = floor.pit(fact.market)
    pit.payout_up = fact.payout_up
    pit.reopen()
    orders: list[Resting] = [order for _, _, order in pit.bids + pit.asks]
    orders.extend(pit.held.values())
    for order in orders:
        floor.finish(pit, order, CANCEL_DONE, now_ns)
        floor.say(order.account, NOTICE, OrderCancelled(now_ns, order.id, "market_resolved"))
    if floor.assumptions.pay_rebates:
        pay_rebates(floor, pit, now_ns)


FACTS: Final[dict[type[Event], Callable[[Floor, Any, Ns], None]]] = {
    TouchQuoted: touch_quoted,
    LevelChanged: level_changed,
    BookReset: book_reset,
    TradePrinted: trade_printed,
    TickChanged: tick_changed,
    MarketListed: market_listed,
    MarketResolved: market_resolved,
}
"""What the venue itself is told of; other facts are none of its business."""
