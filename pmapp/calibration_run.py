"""Runs the model over tapes and samples its probability at fixed times to the close.

Every fact goes through `step`, so the variance, the prices and the fixings are those of the live
state; at a sample's moment the live `estimate` is asked for `q_up`. Nothing is quoted: no window is
ever subscribed to, so the maker's gate stays shut.
"""

import heapq
import math
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from pmapp.calibration import Sample, Samples
from pmcore.config import Config, config_text
from pmcore.effects import DropMarket
from pmcore.events import (
    AnyEvent,
    Beat,
    Configured,
    FeedOpened,
    MarketDropped,
    MarketListed,
    MarketResolved,
    RunOpened,
)
from pmcore.ids import FEED_NAMES, Feed, MarketId
from pmcore.maker.decide import estimate, read_regime
from pmcore.market_state import MarketState
from pmcore.model.plain_probability import plain_probability, step_probability
from pmcore.model.regime import STALE_ORACLE
from pmcore.state import State, new_state
from pmcore.step import step
from pmcore.units import SECOND, Ns, oracle_usd

LEFT_S: Final = (840, 720, 600, 480, 360, 240, 180, 120, 90, 60, 45, 30, 20, 10, 5)
"""Seconds to the close at which a window is looked at; those beyond its length are left out."""


class Skipped(msgspec.Struct):
    """Moments at which no probability could be had, by reason."""

    no_strike: int = 0
    stale_oracle: int = 0


class CalibrationRun:
    """The model over one stream of facts."""

    def __init__(self, config: Config) -> None:
        self.samples = Samples()
        self.skipped = Skipped()
        self.state: State = new_state(config)
        self.facts = 0
        self.listed = 0
        self._config = config
        self._due: list[tuple[int, MarketId, int]] = []
        self._seen: set[MarketId] = set()

    def run(self, facts: Iterable[AnyEvent], progress: Callable[[int], None] | None = None) -> None:
        """Take all facts, in heard order."""
        begun = False
        for fact in facts:
            if not begun:
                begun = True
                self._begin(fact.at_ns)
            while self._due and self._due[0][0] <= fact.at_ns:
                at_ns, market, left_s = heapq.heappop(self._due)
                self._sample(Ns(at_ns), market, left_s)
            self._take(fact)
            self.facts += 1
            if progress is not None and self.facts % 1024 == 0:
                progress(self.facts)

    def _begin(self, at_ns: Ns) -> None:
        self._step(RunOpened(at_ns, "calibrate", "sim"))
        self._step(Configured(at_ns, config_text(self._config)))
        for feed in range(len(FEED_NAMES)):
            self._step(FeedOpened(at_ns, Feed(feed)))

    def _take(self, fact: AnyEvent) -> None:
        self._step(fact)
        if isinstance(fact, MarketListed) and fact.terms.id not in self._seen:
            self._seen.add(fact.terms.id)
            self.listed += 1
            span_s = (fact.terms.end_ns - fact.terms.start_ns) // SECOND
            for left_s in LEFT_S:
                at_ns = fact.terms.end_ns - left_s * SECOND
                if left_s < span_s and at_ns >= fact.at_ns:
                    heapq.heappush(self._due, (at_ns, fact.terms.id, left_s))
        elif isinstance(fact, MarketResolved):
            self.samples.resolve(fact.market, fact.payout_up)

    def _sample(self, at_ns: Ns, number: MarketId, left_s: int) -> None:
        self._step(Beat(at_ns))
        market = self.state.markets.get(number)
        if market is None:
            return
        strike = oracle_usd(market.start.price)
        if strike <= 0.0:
            self.skipped.no_strike += 1
        elif read_regime(self.state) & STALE_ORACLE:
            self.skipped.stale_oracle += 1
        else:
            estimate(self.state, market)
            price = self.state.alpha.chainlink.last_usd
            plain = plain_probability(strike, price, float(left_s))
            ahead = step_probability(strike, price)
            mid = market_mid(self.state, market)
            self.samples.add(Sample(number, float(left_s), market.q_up, plain, ahead, mid))

    def _step(self, event: AnyEvent) -> None:
        for effect in step(self.state, event):
            # A window that is over is let go, as the shell would; nothing else is answered.
            if isinstance(effect, DropMarket):
                step(self.state, MarketDropped(self.state.now_ns, effect.market))


def market_mid(state: State, market: MarketState) -> float:
    """The market's own probability of Up: the mid of its fresh two-sided book, else NaN."""
    oldest = state.now_ns - state.rules.market_stale_ns
    up, down = market.books
    if up.valid and up.heard_ns >= oldest and up.best_bid and up.best_ask:
        return up.mid
    if down.valid and down.heard_ns >= oldest and down.best_bid and down.best_ask:
        return 1.0 - down.mid
    return math.nan
