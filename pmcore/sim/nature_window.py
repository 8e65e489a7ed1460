"""One synthetic window: its listing, its rivals and takers step by step, its outcome.

Each step of venue time the rivals compare their touch with what they thought the market was
worth `rival_lag_ms` ago: quotes on the wrong side of it are pulled at once, better ones are
placed after a while. Informed takers look only 100 to 400 ms back and hit what the rivals have
not pulled yet; uninformed takers come at random and in clusters.
"""

import hashlib
import random
from collections import deque
from math import sqrt
from typing import Final

from pmcore.events import AnyEvent
from pmcore.ids import DOWN, UP, MarketId, Outcome
from pmcore.market import Market, RewardTerms
from pmcore.sim.nature_book import FINE, FINE_ABOVE, FINE_BELOW, RivalBook
from pmcore.sim.nature_fair import Stake
from pmcore.sim.nature_terms import NatureTerms
from pmcore.sim.path import STEP_NS, bell
from pmcore.units import MILLISECOND, SECOND, Ns, Price, Shares

_STEP_S: Final = STEP_NS / 1e9
_MARGIN: Final = -0.0015
"""Dollars of fair value that a rival's quote must leave before it is pulled."""
_MEND: Final = 0.0447
"""Root of 2/1000: with a pull of 1/1000 a step the common error keeps its deviation, over 50 s."""
_MEMORY: Final = 24
"""Steps of fair value that takers and rivals can look back on."""


def listing(seed: int, start_s: int, terms: NatureTerms) -> Market:
    """The market of a window, with ids made up by hashing the seed and the start."""
    text = f"{terms.prefix}/{seed}/{start_s}"
    up, down, condition = (
        hashlib.sha256(f"{part}/{text}".encode()).hexdigest()
        for part in ("up", "down", "condition")
    )
    return Market(
        id=MarketId(start_s),
        slug=f"{terms.prefix}-{start_s}",
        condition_id=f"0x{condition}",
        tokens=(str(int(up, 16)), str(int(down, 16))),
        start_ns=Ns(start_s * SECOND),
        end_ns=Ns((start_s + terms.window_s) * SECOND),
        tick=terms.tick,
        min_size=terms.min_size,
        fees=terms.fees,
        rewards=RewardTerms(Shares(50_000_000), Price(450), Ns(30 * SECOND), 0),
        settlement=terms.settlement,
    )


class Window:
    """A window whose market is listed and not yet resolved."""

    __slots__ = (
        "bias",
        "book",
        "chance",
        "excited",
        "fairs",
        "lag",
        "market",
        "opened",
        "resolve_ns",
        "stake",
        "terms",
        "trend",
    )

    def __init__(self, market: Market, terms: NatureTerms, seed: int, out: list[AnyEvent]) -> None:
        self.market = market
        self.terms = terms
        self.chance = random.Random(f"window/{seed}/{market.id}")
        self.book = RivalBook(market.id, market.tick, self.chance, out)
        self.stake = Stake(market.start_ns, market.end_ns, market.settlement)
        self.resolve_ns = (
            market.end_ns + int((terms.resolve_s + 3.0 * self.chance.random()) * 1000) * MILLISECOND
        )
        self.fairs: deque[float] = deque(maxlen=_MEMORY)
        self.opened = False
        self.bias = 0.0
        self.excited = 0.0
        self.lag = min(int(terms.rival_lag_ms[0] * 1e6 / STEP_NS), _MEMORY - 1)
        self.trend = UP

    def open(self, at: int, venue: int, usd: float, variance: float) -> None:
        """The rivals fill the book, and its first full picture is told."""
        fair = self.stake.fair(venue / 1e9, usd, variance)
        self.fairs.extend([fair] * _MEMORY)
        tick = self.book.tick
        bid = min(max(int(fair * 10_000) // tick * tick, tick), 10_000 - 2 * tick)
        self.book.fill(bid, bid + tick)
        self.book.reset(at, venue)
        self.opened = True

    def step(
        self, now: int, delay: int, floor: int, usd: float, variance: float, stir: float
    ) -> None:
        """One step of venue time from `now`; `stir` multiplies the rivals' restlessness.

        Facts are heard `delay` after their stamps, but not before `floor`.
        """
        terms, book, draw = self.terms, self.book, self.chance.random
        self.bias += _MEND * terms.mispricing * bell(self.chance) - 0.001 * self.bias
        fair = self.stake.fair(now / 1e9, usd, variance)
        self.fairs.append(fair + self.bias * 4.0 * fair * (1.0 - fair))
        live = now >= self.market.start_ns
        pace = terms.rate * (1.0 if live else 0.3)
        trades = self.crowd(pace)
        changes = int(terms.changes_hz * _STEP_S * pace * stir + draw())
        gap = STEP_NS // (trades + changes + 2)
        venue = now
        at = max(venue + delay, floor)
        if terms.informed and live:
            self.pick_off(at, venue)
        venue += gap
        stamp = venue - venue % MILLISECOND
        self.quote(max(stamp + delay, floor), stamp, stir)
        grid = book.tick
        if grid == FINE and FINE_BELOW <= book.best_bid <= FINE_ABOVE:
            grid = 100
        for _ in range(trades):
            venue += gap
            stamp = venue - venue % MILLISECOND
            self.wander(max(stamp + delay, floor), stamp)
        for count in range(changes):
            venue += gap
            stamp = venue - venue % MILLISECOND
            at = max(stamp + delay, floor)
            if count % 16 == 15:
                self.quote(at, stamp, stir)
            book.stir(at, stamp, grid, draw())

    def crowd(self, pace: float) -> int:
        """How many uninformed trades this step; each brings half another within a second.

        Above four times the usual pace they grow with its root only: stress is in the quotes.
        """
        if pace > 4.0:
            pace = 2.0 * sqrt(pace)
        count = int((self.terms.trades_hz * pace + self.excited) * _STEP_S + self.chance.random())
        self.excited = self.excited * 0.95 + 0.5 * count
        return count

    def pick_off(self, at: int, venue: int) -> None:
        """An informed taker hits a quote that bitcoin has left behind."""
        terms, book, draw = self.terms, self.book, self.chance.random
        seen = self.fairs[-3 - int(draw() * 7)]
        edge = terms.informed_edge
        up = book.best_ask < 10_000 and seen - book.best_ask / 1e4 > edge
        if not up and not (book.best_bid > 0 and book.best_bid / 1e4 - seen > edge):
            return
        if draw() >= terms.informed:
            return
        limit = int((seen - edge) * 1e4) if up else -int(-(seen + edge) * 1e4)
        size = Shares(3 * book.trade_size())
        book.take(at, venue, up, size, limit, UP if up == (draw() < 0.85) else DOWN)

    def wander(self, at: int, venue: int) -> None:
        """An uninformed taker, often following the side of the one before."""
        book, draw = self.book, self.chance.random
        if draw() < 0.4:
            self.trend = UP if draw() < 0.5 else DOWN
        up = self.trend == UP
        limit = book.best_ask + 2 * book.tick if up else book.best_bid - 2 * book.tick
        buys = draw() < 0.8
        outcome = Outcome(self.trend if buys else 1 - self.trend)
        book.take(at, venue, up, book.trade_size(), limit, outcome)

    def quote(self, at: int, venue: int, stir: float) -> None:
        """The rivals pull what they no longer want and place what they do."""
        book, draw = self.book, self.chance.random
        quick, slow = self.terms.rival_lag_ms
        if draw() < 0.03:
            self.lag = min(int((quick + (slow - quick) * draw()) * 1e6 / STEP_NS), _MEMORY - 1)
        fair = self.fairs[-1 - self.lag] * 10_000.0
        extreme = not FINE_BELOW <= fair <= FINE_ABOVE
        grid = FINE if book.tick == FINE and extreme else max(book.tick, 100)
        half = (6.0 if grid == FINE else 4.0) * (1.0 + 0.1 * stir)
        bid = int(fair - half) // grid * grid
        ask = -(-int(fair + half + 1.0) // grid) * grid
        bid = min(max(bid, 0), 10_000 - book.tick)
        ask = max(min(ask, 10_000), book.tick)
        margin = _MARGIN * 10_000.0
        if book.best_bid > fair - margin:
            book.pull_bids(at, venue, bid)
        if book.best_ask < fair + margin:
            book.pull_asks(at, venue, ask)
        if bid > book.best_bid and bid < book.best_ask and draw() < 0.4:
            book.place_bids(at, venue, bid, grid)
        if ask < book.best_ask and ask > book.best_bid and draw() < 0.4:
            book.place_asks(at, venue, ask, grid)
        book.refine(at, venue)
