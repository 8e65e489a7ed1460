"""How far down the queue our resting orders are, under each of the three models.

See `assumptions` for the models in words. `ahead` is kept per order, in outside shares; what other
accounts have in front of us is served by price-time order and needs no guess.
"""

from typing import Final

from pmcore.sim.assumptions import MIDDLE, OPTIMISTIC
from pmcore.sim.floor import Floor
from pmcore.sim.pit import Pit, Ranked, Resting
from pmcore.sim.trades import trade
from pmcore.units import Ns

UNKNOWN: Final = 1 << 60
"""`ahead` of an order at a price where the recording does not show the level yet."""


def whole_lots(floor: Floor, leaves: int, offered: int) -> int:
    """How much of `offered` fills: all the leaves, or else a whole number of lots."""
    if offered >= leaves:
        return leaves
    return max(0, offered - offered % floor.assumptions.lot)


def join(floor: Floor, pit: Pit, order: Resting) -> None:
    """Put an order at the end of the queue of its level."""
    book = pit.book
    if floor.model != OPTIMISTIC:
        price = order.up_price
        if order.is_bid:
            size = book.bids.get(price, 0)
            deep = pit.shallow and price < book.best_bid
        else:
            size = book.asks.get(price, 0)
            deep = pit.shallow and price > book.best_ask > 0
        order.level = size
        order.ahead = UNKNOWN if deep else size
    pit.join(order)


def restated(
    floor: Floor, queue: list[Ranked], levels: dict[int, int], sign: int, worst: int, now_ns: Ns
) -> None:
    """After a change of one outside side: bring the queues of that side's inside orders up to date.

    `sign * rank` is the price; behind rank `worst` the outside book is not known.
    """
    model = floor.model
    if model == OPTIMISTIC:
        return
    for rank, _, order in queue:
        if rank > worst:
            return
        before = order.ahead
        if before == 0:
            continue
        size = levels.get(sign * rank, 0)
        was = order.level
        if before == UNKNOWN:
            order.ahead = size
        elif size < was and model == MIDDLE:
            ahead = before - (was - size) * before // was
            order.ahead = ahead = min(size, ahead - ahead % floor.assumptions.lot)
            if order.cut_ns != now_ns:
                order.cut_ns = now_ns
                order.cut = order.cut_ahead = 0
            order.cut += was - size
            order.cut_ahead += before - ahead
        order.level = size


def _explained(order: Resting, size: int) -> None:
    """The level shrank just before, at the same stamp: up to `size` of that was the print, not
    cancels, and must not count twice.
    """
    part = min(size, order.cut)
    back = order.cut_ahead * part // order.cut
    order.level += part
    order.ahead += back
    order.cut -= part
    order.cut_ahead -= back


def printed(floor: Floor, pit: Pit, hits_asks: bool, up_price: int, size: int, now_ns: Ns) -> None:
    """A trade was printed: eat the queues at its price, fill what is reached."""
    queue = pit.asks if hits_asks else pit.bids
    worst = up_price if hits_asks else -up_price
    if not queue or queue[0][0] > worst:
        return
    budget = size
    eaten = 0
    for rank, _, order in list(queue):
        if rank > worst:
            break
        if rank == worst and floor.model != OPTIMISTIC:
            if order.ahead == UNKNOWN:
                continue
            if order.cut and order.cut_ns == now_ns:
                _explained(order, size)
            need = order.ahead - eaten
            if need > 0:
                eat = min(need, budget)
                eaten += eat
                budget -= eat
            order.ahead = max(0, order.ahead - eaten)
            order.level = max(0, order.level - eaten)
        part = whole_lots(floor, order.size - order.filled, budget)
        if part > 0:
            budget -= part
            trade(floor, pit, order, None, part, order.up_price, now_ns)


def reached(floor: Floor, pit: Pit, now_ns: Ns) -> None:
    """Fill inside orders that the opposite outside touch has come to, at the order's own price.

    A recorded book that is itself crossed or locked is bad data, and fills nothing.
    """
    book = pit.book
    ask = book.best_ask
    bid = book.best_bid
    if ask and bid >= ask:
        return
    if ask and pit.bids and ask <= -pit.bids[0][0]:
        _swept(floor, pit, True, now_ns)
    if bid and pit.asks and bid >= pit.asks[0][0]:
        _swept(floor, pit, False, now_ns)


def _swept(floor: Floor, pit: Pit, bids: bool, now_ns: Ns) -> None:
    """Match the opposite outside levels against our bids (or asks), best of each first."""
    strict = floor.model < MIDDLE
    if bids:
        queue, levels, taken, sign = pit.bids, pit.book.asks, pit.taken_asks, 1
    else:
        queue, levels, taken, sign = pit.asks, pit.book.bids, pit.taken_bids, -1
    offers = sorted(levels, reverse=not bids)
    for rank, _, order in list(queue):
        for price in offers:
            # -rank is the bid's price; an offer must be at or below it (mirrored for asks)
            room = -rank - sign * price
            if room < 0 or (strict and room == 0):
                break
            leaves = order.size - order.filled
            size = whole_lots(floor, leaves, levels[price] - taken.get(price, 0))
            if size > 0:
                taken[price] = taken.get(price, 0) + size
                trade(floor, pit, order, None, size, order.up_price, now_ns)
                if size == leaves:
                    break
