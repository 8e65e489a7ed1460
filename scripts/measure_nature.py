"""What the synthetic market looks like to someone who walks its facts: for the comparison table.

Seeds 1 to 5 of `pmcore.sim.nature`: three 15-minute windows each (`long`), and forty 5-minute
windows each, settled on the instant (`short`), for recordings of 5-minute windows of that time.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pmcore.book.book import Book
from pmcore.events import (
    BookReset,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OracleTicked,
    TradePrinted,
)
from pmcore.ids import BINANCE, CHAINLINK, UP
from pmcore.market import INSTANT, Settlement
from pmcore.sim.nature import nature
from pmcore.sim.nature_terms import NatureTerms

SEEDS = (1, 2, 3, 4, 5)
LONG = NatureTerms(windows=3)
SHORT = NatureTerms(
    windows=40, window_s=300, prefix="btc-updown-5m", settlement=Settlement(INSTANT)
)
SECONDS_BETWEEN = 2.8
"""Median step of the bbo recording."""

Touch = tuple[float, float, float]
"""Seconds to the end, best bid and best ask of Up (dollars)."""


def at(values: Iterable[float], *shares: float) -> list[float]:
    """Quantiles of some values."""
    order = sorted(values)
    return [order[min(len(order) - 1, int(share * len(order)))] for share in shares]


def shown(values: Iterable[float], places: int = 0) -> str:
    """Numbers with slashes between."""
    return " / ".join(f"{value:.{places}f}" for value in values)


class Seen:
    """What one pass over synthetic markets showed."""

    def __init__(self, terms: NatureTerms) -> None:
        self.touches: dict[tuple[int, int], list[Touch]] = defaultdict(list)
        self.touch_sizes: list[float] = []
        self.five: list[float] = []
        self.sides: list[float] = []
        self.frames: list[int] = []
        self.moves: list[int] = []
        self.trades: list[float] = []
        self.volumes: dict[tuple[int, int], float] = defaultdict(float)
        self.delays: dict[str, list[float]] = defaultdict(list)
        self.prices: list[dict[int, float]] = []
        self.up: dict[tuple[int, int], bool] = {}
        self.facts = 0
        self.window_s = terms.window_s
        for seed in SEEDS:
            self.watch(seed, terms)

    def watch(self, seed: int, terms: NatureTerms) -> None:
        """Walk one seed's facts."""
        books: dict[int, Book] = {}
        ends: dict[int, int] = {}
        prices: dict[int, float] = {}
        frames: dict[tuple[int, int], int] = defaultdict(int)
        moves: dict[tuple[int, int], int] = defaultdict(int)
        sampled = 0.0
        for fact in nature(seed, terms):
            self.facts += 1
            now = fact.at_ns / 1e9
            if now - sampled >= SECONDS_BETWEEN:
                sampled = now
                for market, book in books.items():
                    self.sample(seed, market, ends[market] - now, book)
            match fact:
                case MarketListed(terms=market):
                    ends[market.id] = market.end_ns // 1_000_000_000
                case OracleTicked():
                    kind = {CHAINLINK: "chainlink", BINANCE: "binance"}.get(fact.source, "twap")
                    self.delays[kind].append((fact.at_ns - fact.venue_ns) / 1e6)
                    if fact.source == CHAINLINK:
                        prices[fact.venue_ns // 1_000_000_000] = fact.price / 1e12
                case BookReset() if fact.outcome == UP:
                    books.setdefault(fact.market, Book()).reset(fact.bids, fact.asks)
                case LevelChanged() if fact.outcome == UP:
                    moved = books[fact.market].set_level(fact.side, fact.price, fact.size)
                    self.delays["clob"].append((fact.at_ns - fact.venue_ns) / 1e6)
                    if now >= fact.market:
                        frames[fact.market, int(now)] += 1
                        moves[fact.market, int(now) // 60] += moved
                case TradePrinted():
                    self.trades.append(fact.size / 1e6)
                    self.volumes[seed, fact.market] += fact.size / 1e6
                    frames[fact.market, int(now)] += 1
                case MarketResolved():
                    self.up[seed, fact.market] = fact.payout_up == 10_000
        self.frames += frames.values()
        self.moves += moves.values()
        self.prices.append(prices)

    def sample(self, seed: int, market: int, left: float, book: Book) -> None:
        """Look at one book."""
        if not 0 < left < self.window_s or not book.best_bid or not book.best_ask:
            return
        bid, ask = book.best_bid, book.best_ask
        self.touches[seed, market].append((left, bid / 1e4, ask / 1e4))
        if 1000 < bid + ask < 19_000 and book.spread < 1000:
            self.touch_sizes += [book.bid_size() / 1e6, book.ask_size() / 1e6]
            for levels, best, step in ((book.bids, bid, -100), (book.asks, ask, 100)):
                five = sum(levels.get(best + depth * step, 0) for depth in range(5))
                self.five.append(five / 1e6)
                self.sides.append(sum(levels.values()) / 1e6)


_SEEN: dict[str, Seen] = {}


def long() -> Seen:
    """The 15-minute windows."""
    return _SEEN.setdefault("long", _SEEN.get("long") or Seen(LONG))


def short() -> Seen:
    """The 5-minute windows."""
    return _SEEN.setdefault("short", _SEEN.get("short") or Seen(SHORT))
