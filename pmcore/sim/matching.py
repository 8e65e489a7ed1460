"""What an incoming order takes at once: outside and inside, best price first, at maker prices.

At one price the outside is served before an inside order as far as that order's queue model says
it stands ahead; then inside orders by time; then the rest of the outside level.
"""

from pmcore.sim.floor import Floor
from pmcore.sim.pit import Pit, Resting
from pmcore.sim.queue import whole_lots
from pmcore.sim.trades import trade
from pmcore.units import Ns


def reachable(pit: Pit, order: Resting) -> int:
    """Shares that `order` could take at its limit or better, outside and inside together."""
    limit = order.up_price
    if order.is_bid:
        outside = sum(max(0, pit.ask_left(p)) for p in pit.book.asks if p <= limit)
        queue = pit.asks
    else:
        outside = sum(max(0, pit.bid_left(p)) for p in pit.book.bids if p >= limit)
        queue = pit.bids
    worst = limit if order.is_bid else -limit
    return outside + sum(r.size - r.filled for rank, _, r in queue if rank <= worst)


def take(floor: Floor, pit: Pit, order: Resting, now_ns: Ns) -> None:
    """Match an incoming order until nothing crosses its limit or nothing is left of it."""
    if order.is_bid:
        queue, taken = pit.asks, pit.taken_asks
        levels = pit.book.asks
        offers = sorted(p for p in levels if p <= order.up_price)
        sign = 1
    else:
        queue, taken = pit.bids, pit.taken_bids
        levels = pit.book.bids
        offers = sorted((p for p in levels if p >= order.up_price), reverse=True)
        sign = -1
    worst = sign * order.up_price
    at = 0
    while order.filled < order.size:
        leaves = order.size - order.filled
        offer = 0
        left = 0
        while at < len(offers):
            offer = offers[at]
            left = whole_lots(floor, leaves, levels[offer] - taken.get(offer, 0))
            if left > 0:
                break
            at += 1
        inside = queue[0][2] if queue and queue[0][0] <= worst else None
        if inside is None:
            if left <= 0:
                return
            size = left
        elif left <= 0 or sign * offer > inside.rank:
            size = 0
        elif sign * offer < inside.rank:
            size = left
        else:
            size = min(left, whole_lots(floor, leaves, inside.ahead))
        if size > 0:
            taken[offer] = taken.get(offer, 0) + size
            _served(queue, sign * offer, size)
            trade(floor, pit, None, order, size, offer, now_ns)
        elif inside is not None:
            size = min(leaves, inside.size - inside.filled)
            trade(floor, pit, inside, order, size, inside.up_price, now_ns)


def _served(queue: list[tuple[int, int, Resting]], rank: int, size: int) -> None:
    """Outside shares at one price are gone: inside orders behind them move up."""
    for other, _, order in queue:
        if other > rank:
            break
        if other == rank:
            order.ahead = max(0, order.ahead - size)
            order.level = max(0, order.level - size)
