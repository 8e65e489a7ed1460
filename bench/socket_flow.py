"""A market as busy as is asked for: changes of levels, trades and reference prices by a schedule.

Shaped like a real one: forty levels a side of the running window and the next, nine changes in ten
near the touch, a middle that wanders by a tick, a trade now and then. One change of a level is one
message of the market channel, which tells both tokens.
"""

from collections.abc import Iterator
from random import Random

import msgspec

from pmcore.events import AnyEvent, BookReset, LevelChanged, OracleTicked, TradePrinted
from pmcore.ids import BINANCE, BUY, CHAINLINK, SELL, TWAP_60, UP, MarketId
from pmcore.units import MICRO, MILLISECOND, SECOND, Ns, OraclePrice, Price, Shares

TICK = 100
DEPTH = 40
USD = 10**12
TRADE_ONE_IN = 4_000
WANDER_S = 0.5
WALK_USD = 0.6
"""Of one price: at 200 a second about what BTC does (50 % a year)."""


class Load(msgspec.Struct, frozen=True):
    """Messages a second, and how a burst multiplies them."""

    market: float
    oracle: float
    span_s: float
    burst: float = 1.0
    every_s: float = 30.0
    burst_s: float = 2.0
    calm_s: float = 6.0
    """Seconds at one tenth of the rate before it begins: the shell takes up its quoting."""

    def factor(self, now_s: float) -> float:
        """By how much the rates are multiplied at a moment of the run."""
        if now_s < self.calm_s:
            return 0.1
        return self.burst if (now_s - self.calm_s) % self.every_s >= self.every_s - self.burst_s \
            else 1.0  # fmt: skip


class Market:
    """One window's levels as the flow moves them, in Up's terms."""

    def __init__(self, number: int, chance: Random) -> None:
        self.id = MarketId(number)
        self.middle = 5_000
        self._chance = chance

    def begun(self, now_ns: Ns) -> BookReset:
        """The whole book."""
        bids = tuple((Price(self.middle - TICK * n), self._size()) for n in range(1, DEPTH + 1))
        asks = tuple((Price(self.middle + TICK * n), self._size()) for n in range(1, DEPTH + 1))
        return BookReset(now_ns, now_ns, self.id, UP, bids, asks, "", "")

    def wander(self, now_ns: Ns) -> list[AnyEvent]:
        """The middle moves by a tick: one touch goes, a new one comes on the other side."""
        step = TICK if self._chance.random() < 0.5 else -TICK
        if not 4_600 <= self.middle + step <= 5_400:
            step = -step
        old = self.middle
        self.middle += step
        gone, new = (SELL, BUY) if step > 0 else (BUY, SELL)
        return [
            LevelChanged(now_ns, now_ns, self.id, UP, gone, Price(old + step), Shares(0)),
            LevelChanged(now_ns, now_ns, self.id, UP, new, Price(old), self._size()),
        ]

    def change(self, now_ns: Ns) -> AnyEvent:
        """One level has another size, or somebody trades at the touch."""
        bits = self._chance.getrandbits(24)
        side = BUY if bits & 1 else SELL
        sign = -1 if side == BUY else 1
        if (bits >> 1) % TRADE_ONE_IN == 0:
            taker = SELL if side == BUY else BUY
            at = Price(self.middle + sign * TICK)
            return TradePrinted(now_ns, now_ns, self.id, UP, taker, at, Shares(20 * MICRO))
        near = 4 if (bits >> 12) % 10 else DEPTH
        rung = 1 + (bits >> 16) % near
        at = Price(self.middle + sign * TICK * rung)
        return LevelChanged(now_ns, now_ns, self.id, UP, side, at, self._size())

    def _size(self) -> Shares:
        return Shares((20 + self._chance.getrandbits(9)) * MICRO)


def busy(load: Load, seed: int, window_s: int, begin_ns: Ns) -> Iterator[AnyEvent]:
    """Facts of a run from `begin_ns` on; the flow ends with it."""
    chance = Random(seed)
    first = begin_ns // SECOND // window_s * window_s
    markets = [Market(first + n * window_s, chance) for n in range(3)]
    for market in markets:
        yield market.begun(begin_ns)
    dollars = 100_000.0
    told = priced = 0.0
    wander_ns = begin_ns
    now_ns = Ns(begin_ns // MILLISECOND * MILLISECOND)
    while now_ns < begin_ns + load.span_s * SECOND:
        now_ns = Ns(now_ns + MILLISECOND)
        factor = load.factor((now_ns - begin_ns) / SECOND)
        running = markets[min(2, (now_ns // SECOND - first) // window_s)]
        if now_ns >= wander_ns:
            wander_ns = Ns(now_ns + round(WANDER_S * SECOND))
            yield from running.wander(now_ns)
        if now_ns % (window_s * SECOND) == 0:
            # The venue's own average at the boundary: the strike.
            yield OracleTicked(now_ns, now_ns, TWAP_60, OraclePrice(round(dollars * USD)))
        told += load.market * factor / 1_000
        for _ in range(int(told)):
            yield running.change(now_ns)
        told -= int(told)
        priced += load.oracle * factor / 1_000
        for _ in range(int(priced)):
            dollars += chance.gauss(0.0, WALK_USD)
            source = CHAINLINK if chance.getrandbits(1) else BINANCE
            yield OracleTicked(now_ns, now_ns, source, OraclePrice(round(dollars * USD)))
        priced -= int(priced)
