"""The facts of a synthetic market around a given bitcoin path, in the order they are heard.

Time runs in steps of the path. In each step the facts that happen at the venue are made, with the
moment at which they will be heard; what has been heard by then leaves the queue, sorted. A feed
never reorders itself: within a feed a fact is heard no earlier than the one before.
"""

import random
from collections import deque
from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from pmcore.events import (
    AnyEvent,
    BookReset,
    FeedLost,
    FeedOpened,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OracleTicked,
    TickChanged,
    TradePrinted,
)
from pmcore.ids import (
    BINANCE,
    BINANCE_FEED,
    CHAINLINK,
    CHAINLINK_FEED,
    MARKET_FEED,
    TWAP_60,
    Feed,
    Source,
)
from pmcore.model.settlement import TWAP_WINDOW_NS, Fixing
from pmcore.sim.nature_book import draws
from pmcore.sim.nature_terms import Knots, NatureTerms, Silence
from pmcore.sim.nature_window import Window, listing
from pmcore.sim.path import STEP_NS, STEPS_PER_SECOND, OracleTick, PathPoint, bell, picodollars
from pmcore.units import MILLISECOND, SECOND, Ns, OraclePrice

_FEEDS: Final = (MARKET_FEED, CHAINLINK_FEED, BINANCE_FEED)
_BOOK_FACTS: Final = (BookReset, LevelChanged, TradePrinted, TickChanged)
_heard: Final = attrgetter("at_ns")
_USUAL: Final = 0.45e-4
"""One-second volatility that counts as usual: the rivals' prior, and the unit of restlessness."""


class _Post:
    """One feed's way to us: a delay that varies, and never overtakes itself."""

    __slots__ = ("chance", "delays", "last", "muted")

    def __init__(self, knots: Knots, name: str) -> None:
        self.chance = random.Random(name)
        self.delays = draws(knots, 1e6)
        self.last = 0
        self.muted = False

    def delay(self) -> int:
        """A draw of the delay in nanoseconds."""
        return self.delays[int(self.chance.random() * len(self.delays))]

    def heard(self, venue: int) -> int:
        """When something stamped `venue` is heard."""
        self.last = max(self.last, venue + self.delay())
        return self.last


def flow(path: Iterator[PathPoint], seed: int, terms: NatureTerms) -> Iterator[AnyEvent]:
    """Market facts of `terms.windows` windows around `path`, in heard order, for ever the same.

    Ends after the last resolution, at `terms.until_s`, or with the path.
    """
    return _Flow(seed, terms).facts(path)


class _Flow:
    """The state of a flow between two steps."""

    def __init__(self, seed: int, terms: NatureTerms) -> None:
        self.seed = seed
        self.terms = terms
        self.chance = random.Random(f"flow/{seed}")
        self.posts = {
            MARKET_FEED: _Post(terms.clob_delay_ms, f"clob/{seed}"),
            CHAINLINK_FEED: _Post(terms.chainlink_delay_ms, f"chainlink/{seed}"),
            BINANCE_FEED: _Post(terms.binance_delay_ms, f"binance/{seed}"),
        }
        self.queue: list[AnyEvent] = []
        self.windows: list[Window] = []
        self.listed = 0
        self.changes: list[tuple[int, bool, Silence]] = sorted(
            (
                (int((second + terms.first_window) * SECOND), begins, silence)
                for silence in terms.silences
                for second, begins in ((silence.from_s, True), (silence.until_s, False))
            ),
            key=lambda change: change[0],
        )
        self.second_ago = 0.0
        self.variance = _USUAL * _USUAL
        self.stir = 1.0
        self.basis = terms.basis_usd
        self.minute: deque[OracleTick] = deque()

    def facts(self, path: Iterator[PathPoint]) -> Iterator[AnyEvent]:
        """Everything, in heard order."""
        terms, queue = self.terms, self.queue
        until = None
        if terms.until_s is not None:
            until = (terms.first_window + terms.until_s) * SECOND
        begun = False
        for step, (now, usd, ticks) in enumerate(path):
            if not begun:
                begun = True
                self.second_ago = usd
                queue.extend(FeedOpened(now, feed) for feed in _FEEDS)
            if until is not None and now >= until:
                break
            if self.changes and self.changes[0][0] <= now:
                self.hush(now)
            if step % STEPS_PER_SECOND == 0:
                self.second(usd)
            self.prices(now, usd, ticks)
            self.open_and_close(now, usd)
            self.trade(now, usd)
            if queue:
                queue.sort(key=_heard)
                done = 0
                for fact in queue:
                    if fact.at_ns > now:
                        break
                    done += 1
                if done:
                    yield from queue[:done]
                    del queue[:done]
            if not self.windows and self.listed == terms.windows:
                break
        queue.sort(key=_heard)
        yield from queue

    def second(self, usd: float) -> None:
        """Once a second: the rivals' estimate of variance, and how restless they are."""
        change = (usd - self.second_ago) / usd
        self.second_ago = usd
        self.variance += 0.012 * (change * change - self.variance)
        moved = change * change / (_USUAL * _USUAL)
        self.stir = max(0.3 + 0.7 * min(moved, 60.0), self.stir * 0.5)
        self.basis += 0.02 * (self.terms.basis_usd - self.basis) + 0.2 * bell(self.chance)

    def prices(self, now: int, usd: float, ticks: tuple[OracleTick, ...]) -> None:
        """Chainlink, the 60-second average and Binance."""
        for venue, price in ticks:
            for window in self.windows:
                window.stake.gather(venue, price)
            self.tell_price(CHAINLINK_FEED, CHAINLINK, venue, price)
            if self.terms.twap:
                self.average(venue, price)
        if self.chance.random() < self.terms.binance_hz * STEP_NS / 1e9:
            stamp = now + int(self.chance.random() * 50.0) * MILLISECOND
            cents = round((usd + self.basis) * 100.0)
            self.tell_price(BINANCE_FEED, BINANCE, stamp, picodollars(cents / 100.0))

    def tell_price(self, feed: Feed, source: Source, venue: int, price: OraclePrice) -> None:
        """Put one reference price on its feed's way."""
        post = self.posts[feed]
        at = post.heard(venue)
        if not post.muted:
            self.queue.append(OracleTicked(Ns(at), Ns(venue), source, price))

    def average(self, venue: Ns, price: OraclePrice) -> None:
        """TWAP_60: what a settlement at this moment would be, once a whole minute is known."""
        minute = self.minute
        minute.append((venue, price))
        if minute[0][0] > venue - TWAP_WINDOW_NS:
            return
        while minute[1][0] <= venue - TWAP_WINDOW_NS:
            minute.popleft()
        mean = Fixing(venue, Ns(TWAP_WINDOW_NS))
        for stamp, tick in minute:
            mean.observe(stamp, CHAINLINK, tick)
        if mean.price:
            self.tell_price(CHAINLINK_FEED, TWAP_60, venue, mean.price)

    def open_and_close(self, now: int, usd: float) -> None:
        """List, open and resolve windows whose time has come."""
        terms, post = self.terms, self.posts[MARKET_FEED]
        start = terms.first_window + self.listed * terms.window_s
        if self.listed < terms.windows and now >= (start - terms.listed_s) * SECOND:
            market = listing(self.seed, start, terms)
            self.queue.append(MarketListed(Ns(now), market))
            self.windows.append(Window(market, terms, self.seed, self.queue))
            self.listed += 1
        for window in self.windows:
            market = window.market
            if not window.opened and now >= market.start_ns - terms.open_s * SECOND:
                window.open(post.heard(now), now, usd, self.variance)
        if self.windows and now >= self.windows[0].resolve_ns:
            window = self.windows.pop(0)
            payout = window.stake.payout_up()
            self.queue.append(
                MarketResolved(Ns(post.heard(now)), Ns(now), window.market.id, payout)
            )

    def trade(self, now: int, usd: float) -> None:
        """One step of every open book."""
        post, queue = self.posts[MARKET_FEED], self.queue
        delay, floor = post.delay(), post.last
        variance = 0.7 * self.variance + 0.3 * _USUAL * _USUAL
        renew = self.chance.random() * self.terms.reset_every_s < STEP_NS / 1e9
        for window in self.windows:
            if not window.opened or now >= window.market.end_ns:
                continue
            size = len(queue)
            window.step(now, delay, floor, usd, variance, self.stir)
            if renew:
                stamp = now + STEP_NS - MILLISECOND
                window.book.reset(max(stamp + delay, floor), stamp)
            if len(queue) > size:
                post.last = max(post.last, queue[-1].at_ns)
                if post.muted:
                    del queue[size:]

    def hush(self, now: int) -> None:
        """Begin or end the silences that are due."""
        while self.changes and self.changes[0][0] <= now:
            _, begins, silence = self.changes.pop(0)
            feed = silence.feed
            post = self.posts[feed]
            post.muted = begins
            if begins:
                self.queue[:] = [fact for fact in self.queue if _feed_of(fact) != feed]
            if silence.told:
                moment = Ns(now)
                self.queue.append(
                    FeedLost(moment, feed, "closed") if begins else FeedOpened(moment, feed)
                )
            if feed == MARKET_FEED and not begins:
                for window in self.windows:
                    if window.opened and now < window.market.end_ns:
                        window.book.reset(post.heard(now), now)


def _feed_of(fact: AnyEvent) -> Feed | None:
    """The feed that brings a fact; None for listings and resolutions, which are asked for."""
    if isinstance(fact, OracleTicked):
        return BINANCE_FEED if fact.source == BINANCE else CHAINLINK_FEED
    return MARKET_FEED if isinstance(fact, _BOOK_FACTS) else None
