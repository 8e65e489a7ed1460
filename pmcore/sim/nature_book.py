"""The rivals' book of one synthetic window: kept for Up, told for both tokens.

Everything lives in Up's prices; Down is its mirror (opposite side, `1 - p`), so that the two
tokens cannot disagree. `told` writes each change as the two facts of one venue frame. The best
ask is 10000 and the best bid 0 where a side is empty, which keeps comparisons plain.
"""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from pmcore.events import AnyEvent, BookReset, LevelChanged, Levels, TickChanged, TradePrinted
from pmcore.ids import BUY, DOWN, SELL, UP, MarketId, Outcome, Side
from pmcore.sim.nature_terms import DEEP_SHARES, TOUCH_SHARES, TRADE_SHARES, Knots
from pmcore.units import Ns, Price, Shares

FINE: Final = 10
"""The grid after a tick change, in basis points."""
FINE_ABOVE: Final = 9_600
FINE_BELOW: Final = 400
"""tick_size_change: "triggered when price > 0.96 or < 0.04" (venue reference 5.1)."""
_EMPTY: Final = Shares(0)
_PRICE: Final = tuple(Price(value) for value in range(10_001))
_MIRROR: Final = tuple(Price(10_000 - value) for value in range(10_001))
_DRAWS: Final = 2048


def quantile(knots: Knots, probability: float) -> float:
    """The value at `probability` on the broken line through `knots`."""
    for (left, low), (right, high) in pairwise(knots):
        if probability <= right:
            return low + (high - low) * (probability - left) / (right - left)
    return knots[-1][1]


def draws(knots: Knots, unit: float) -> tuple[int, ...]:
    """`_DRAWS` equally likely values of a quantile table, times `unit`."""
    return tuple(round(quantile(knots, (i + 0.5) / _DRAWS) * unit) for i in range(_DRAWS))


def _sizes(knots: Knots) -> tuple[Shares, ...]:
    """Sizes with two decimals, as the venue's are, never empty."""
    return tuple(Shares(max(hundredths, 1) * 10_000) for hundredths in draws(knots, 100.0))


_TOUCH: Final = _sizes(TOUCH_SHARES)
_DEEP: Final = _sizes(DEEP_SHARES)
_TRADE: Final = _sizes(TRADE_SHARES)
_DEPTHS: Final = tuple(depth for depth in range(12) for _ in range(max(1, 10 - depth)))
"""How far from the touch a change happens, in ticks: mostly near."""


class RivalBook:
    """What all other makers together have resting in one window."""

    __slots__ = ("asks", "best_ask", "best_bid", "bids", "chance", "market", "out", "tick")

    def __init__(
        self, market: MarketId, tick: Price, chance: random.Random, out: list[AnyEvent]
    ) -> None:
        self.market = market
        self.tick: int = tick
        self.chance = chance
        self.out = out
        self.bids: dict[Price, Shares] = {}
        self.asks: dict[Price, Shares] = {}
        self.best_bid = 0
        self.best_ask = 10_000

    def fill(self, bid: int, ask: int) -> None:
        """Put sizes on every whole-tick level at and behind the touch, telling nobody."""
        for depth, price in enumerate(range(bid, 0, -self.tick)):
            self.bids[_PRICE[price]] = self.size(depth)
        for depth, price in enumerate(range(ask, 10_000, self.tick)):
            self.asks[_PRICE[price]] = self.size(depth)
        self.best_bid = bid
        self.best_ask = ask

    def size(self, depth: int) -> Shares:
        """A draw of what rests `depth` levels behind the touch."""
        return (_DEEP if depth else _TOUCH)[int(self.chance.random() * _DRAWS)]

    def trade_size(self) -> Shares:
        """A draw of what an uninformed taker wants."""
        return _TRADE[int(self.chance.random() * _DRAWS)]

    def told(self, at: int, venue: int, side: Side, price: int, size: Shares) -> None:
        """Tell the new size of one of Up's levels, and its mirror."""
        market = self.market
        heard, stamped = Ns(at), Ns(venue)
        out = self.out
        out.append(LevelChanged(heard, stamped, market, UP, side, _PRICE[price], size))
        out.append(LevelChanged(heard, stamped, market, DOWN, Side(1 - side), _MIRROR[price], size))

    def reset(self, at: int, venue: int) -> None:
        """Tell the full book of both tokens, worst levels first as the venue does."""
        bids = sorted(self.bids.items())
        asks = sorted(self.asks.items(), reverse=True)
        for outcome, buys, sells in (
            (UP, tuple(bids), tuple(asks)),
            (DOWN, _mirrored(asks), _mirrored(bids)),
        ):
            self.out.append(BookReset(Ns(at), Ns(venue), self.market, outcome, buys, sells))

    def refine(self, at: int, venue: int) -> bool:
        """Change to the fine grid once the price is extreme; True if it happened now."""
        if self.tick == FINE or FINE_BELOW <= (self.best_bid + self.best_ask) / 2 <= FINE_ABOVE:
            return False
        self.tick = FINE
        for outcome in (UP, DOWN):
            self.out.append(TickChanged(Ns(at), Ns(venue), self.market, outcome, Price(FINE)))
        return True

    def pull_bids(self, at: int, venue: int, keep: int) -> None:
        """Remove every bid above `keep`."""
        for price in self.levels(BUY, self.best_bid, keep):
            self.drop_bid(at, venue, price)

    def pull_asks(self, at: int, venue: int, keep: int) -> None:
        """Remove every ask below `keep`."""
        for price in self.levels(SELL, self.best_ask, keep):
            self.drop_ask(at, venue, price)

    def levels(self, side: Side, best: int, keep: int) -> list[Price]:
        """The levels from `best` up to but not including `keep`, best first."""
        if side == BUY:
            return [_PRICE[p] for p in range(best, keep, -FINE) if p in self.bids]
        return [_PRICE[p] for p in range(best, keep, FINE) if p in self.asks]

    def drop_bid(self, at: int, venue: int, price: Price) -> None:
        """Remove one bid level."""
        del self.bids[price]
        if price == self.best_bid:
            bids = self.bids
            below = price - FINE
            while below > 0 and below not in bids:
                below -= FINE
            self.best_bid = max(below, 0)
        self.told(at, venue, BUY, price, _EMPTY)

    def drop_ask(self, at: int, venue: int, price: Price) -> None:
        """Remove one ask level."""
        del self.asks[price]
        if price == self.best_ask:
            asks = self.asks
            above = price + FINE
            while above < 10_000 and above not in asks:
                above += FINE
            self.best_ask = min(above, 10_000)
        self.told(at, venue, SELL, price, _EMPTY)

    def place_bids(self, at: int, venue: int, top: int, grid: int) -> None:
        """Fill the grid's levels above the best bid up to `top`, worst first."""
        low = self.best_bid - self.best_bid % grid + grid
        for price in range(max(low, top - 8 * grid), top + 1, grid):
            size = self.bids[_PRICE[price]] = self.size(price != top)
            self.best_bid = price
            self.told(at, venue, BUY, price, size)

    def place_asks(self, at: int, venue: int, top: int, grid: int) -> None:
        """Fill the grid's levels below the best ask down to `top`, worst first."""
        high = (self.best_ask - 1) // grid * grid
        for price in range(min(high, top + 8 * grid), top - 1, -grid):
            size = self.asks[_PRICE[price]] = self.size(price != top)
            self.best_ask = price
            self.told(at, venue, SELL, price, size)

    def stir(self, at: int, venue: int, grid: int, draw: float) -> None:
        """One rival changes, adds or removes one level somewhere behind the touch.

        `draw` is uniform in [0, 1); its leading digits choose side, depth and size.
        """
        draw *= 2.0
        buy = draw < 1.0
        draw = (draw if buy else draw - 1.0) * len(_DEPTHS)
        depth = _DEPTHS[int(draw)]
        draw = (draw - int(draw)) * 8.0
        gone = draw < 1.0 and depth > 0
        size = _EMPTY if gone else (_DEEP if depth else _TOUCH)[int((draw % 1.0) * _DRAWS)]
        if buy:
            price = self.best_bid - depth * grid
            if price <= 0:
                return
            levels, side = self.bids, BUY
        else:
            price = self.best_ask + depth * grid
            if price >= 10_000:
                return
            levels, side = self.asks, SELL
        if not gone:
            levels[_PRICE[price]] = size
        elif levels.pop(_PRICE[price], _EMPTY) == _EMPTY:
            return
        self.told(at, venue, side, price, size)

    def take(
        self, at: int, venue: int, up: bool, size: Shares, limit: int, outcome: Outcome
    ) -> Shares:
        """A taker buys Up (`up`) or sells it, not beyond `limit`; returns what was taken.

        `outcome` is the token the taker named: buying Down is selling Up.
        """
        left: int = size
        while left > 0:
            price = self.best_ask if up else self.best_bid
            if not 0 < price < 10_000 or (price > limit if up else price < limit):
                break
            levels = self.asks if up else self.bids
            there = levels[_PRICE[price]]
            part = Shares(min(left, there))
            left -= part
            side = BUY if up == (outcome == UP) else SELL
            shown = _PRICE[price] if outcome == UP else _MIRROR[price]
            self.out.append(
                TradePrinted(Ns(at), Ns(venue), self.market, outcome, side, shown, part)
            )
            if part < there:
                rest = levels[_PRICE[price]] = Shares(there - part)
                self.told(at, venue, SELL if up else BUY, price, rest)
            elif up:
                self.drop_ask(at, venue, _PRICE[price])
            else:
                self.drop_bid(at, venue, _PRICE[price])
        return Shares(size - left)


def _mirrored(levels: Sequence[tuple[Price, Shares]]) -> Levels:
    """Up's levels as Down's other side, in the same order from worst to best."""
    return tuple((_MIRROR[price], size) for price, size in levels)
