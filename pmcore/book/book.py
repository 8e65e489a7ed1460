"""One token's order book: two maps of price to size, with the touch kept at hand.

The touch is what decisions read, so it is cached and recomputed only when the level that made it
goes. A book is `valid` from a snapshot until its feed is lost, it crosses, or its checksum fails;
an invalid book is kept for display but never quoted from.
"""

from dataclasses import dataclass, field

from pmcore.events import Levels
from pmcore.ids import BUY, Side
from pmcore.units import Ns, Price, Shares

NO_PRICE = Price(0)


@dataclass
class Book:
    """Bids and asks of one token. Prices in basis points, sizes in micro-shares, 0 for none."""

    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)
    best_bid: Price = NO_PRICE
    best_ask: Price = NO_PRICE
    valid: bool = False
    venue_ns: Ns = Ns(0)
    heard_ns: Ns = Ns(0)
    pending_checksum: str = ""
    """Checksum that the whole group of changes with stamp `venue_ns` must produce."""
    last_trade: str = ""

    def reset(self, bids: Levels, asks: Levels) -> None:
        """Replace everything by a snapshot; levels in any order, empty ones dropped."""
        self.bids = {price: size for price, size in bids if size > 0}
        self.asks = {price: size for price, size in asks if size > 0}
        self.best_bid = Price(max(self.bids, default=0))
        self.best_ask = Price(min(self.asks, default=0))

    def set_level(self, side: Side, price: Price, size: Shares) -> bool:
        """Set one level (0 removes it). Returns True if the best price of that side moved."""
        if side == BUY:
            levels = self.bids
            best = self.best_bid
            if size > 0:
                levels[price] = size
                if price > best:
                    self.best_bid = price
                    return True
            elif levels.pop(price, 0) and price == best:
                self.best_bid = Price(max(levels, default=0))
                return True
            return False
        levels = self.asks
        best = self.best_ask
        if size > 0:
            levels[price] = size
            if price < best or best == 0:
                self.best_ask = price
                return True
        elif levels.pop(price, 0) and price == best:
            self.best_ask = Price(min(levels, default=0))
            return True
        return False

    def set_touch(self, bid: Price, bid_size: Shares, ask: Price, ask_size: Shares) -> bool:
        """Make this a book of one level a side. Returns True if a best price moved."""
        moved = bid != self.best_bid or ask != self.best_ask
        if moved:
            self.bids.clear()
            self.asks.clear()
            self.best_bid = bid
            self.best_ask = ask
        if bid:
            self.bids[bid] = bid_size
        if ask:
            self.asks[ask] = ask_size
        return moved

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask: no real book is."""
        return self.best_ask != 0 and self.best_bid >= self.best_ask

    @property
    def mid(self) -> float:
        """Middle of the touch in dollars; of a one-sided book the known side; of none 0.5."""
        if self.best_bid and self.best_ask:
            return (self.best_bid + self.best_ask) / 20_000.0
        return (self.best_bid or self.best_ask or 5_000) / 10_000.0

    @property
    def spread(self) -> Price:
        """Best ask minus best bid; the whole dollar when a side is missing."""
        bid, ask = self.best_bid, self.best_ask
        if bid and ask:
            return ask - bid  # type: ignore[return-value] # `Price()` is a call, and this is hot
        return Price(10_000)

    def bid_size(self) -> Shares:
        """Size at the best bid."""
        return Shares(self.bids.get(self.best_bid, 0))

    def ask_size(self) -> Shares:
        """Size at the best ask."""
        return Shares(self.asks.get(self.best_ask, 0))
