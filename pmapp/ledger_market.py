"""One window's part of the ledger: spreads and markouts of its fills, and its row of the report.

The mid that a fill is measured against is the one that we had heard `BEFORE_NS` before the report
of the fill: what the taker took it from. The mid at the report itself may have moved with the very
trade, which would book a part of adverse selection as spread.
"""

from typing import Final

import msgspec

from pmcore.account.trades import trade_key
from pmcore.events import CONFIRMED, FAILED, TradeReported
from pmcore.ids import BUY, OUTCOMES, UP, Outcome, Side
from pmcore.market_state import MarketState
from pmcore.model.fees import rebate
from pmcore.model.markout import HORIZONS_NS, Markouts
from pmcore.units import MICRO, MILLISECOND, Ns, Price, Shares, cost_down, cost_up

BEFORE_NS: Final = 100 * MILLISECOND


class MarketRow(msgspec.Struct, frozen=True):
    """What one window brought, or several together. Micro-dollars and micro-shares."""

    market: int
    slug: str
    payout_up: int = -1
    fills: int = 0
    bought: int = 0
    pairs_merged: int = 0
    fees: int = 0
    rebates: int = 0
    rebate_estimate: int = 0
    spread: int = 0
    markouts: tuple[int, ...] = (0, 0, 0)
    markout_shares: tuple[int, ...] = (0, 0, 0)
    """Of how many shares: some mids are never known."""
    realised: int = 0
    open_gain: int = 0
    """What shares still held are worth above their cost."""

    @property
    def result(self) -> int:
        """Realised, and open shares at what they are worth now."""
        return self.realised + self.open_gain

    def plus(self, other: "MarketRow") -> "MarketRow":
        """Both together, under this one's name."""
        return MarketRow(
            self.market,
            self.slug,
            self.payout_up,
            self.fills + other.fills,
            self.bought + other.bought,
            self.pairs_merged + other.pairs_merged,
            self.fees + other.fees,
            self.rebates + other.rebates,
            self.rebate_estimate + other.rebate_estimate,
            self.spread + other.spread,
            _added(self.markouts, other.markouts),
            _added(self.markout_shares, other.markout_shares),
            self.realised + other.realised,
            self.open_gain + other.open_gain,
        )


class Booked(msgspec.Struct):
    """What one trade brought: taken back if it fails on chain."""

    spread: int
    marks: Markouts
    """Of this fill alone."""


class MarketLedger:
    """The fills of one window as they come."""

    __slots__ = (
        "booked",
        "due_ns",
        "failed",
        "fills",
        "markouts",
        "measured",
        "mids",
        "past",
        "spread",
        "state",
        "touch",
        "waiting",
    )

    def __init__(self, state: MarketState) -> None:
        self.state = state
        """The core's own record, which outlives the core's interest in it."""
        self.fills = 0
        self.failed = 0
        """Fills that were taken back since."""
        self.spread = 0
        self.booked: dict[str, Booked] = {}
        """Trades that may still fail."""
        self.markouts = [0] * len(HORIZONS_NS)
        """Micro-dollars per horizon."""
        self.measured = [0] * len(HORIZONS_NS)
        """Micro-shares per horizon."""
        self.waiting: list[Markouts] = []
        """Fills that have not come to their last horizon."""
        self.due_ns = 0
        """When the next of them is to be measured; 0 for never."""
        self.mids = [0, 0]
        """Last known mid per outcome in micro-dollars, 0 before the first."""
        self.touch = (0, 0, 0, 0)
        self.past: list[tuple[Ns, int, int]] = []
        """When the mids changed, and to what: the newest, and those that may still be asked for."""

    def recall(self) -> None:
        """Take what the state knows already for known."""
        self.fills = self.state.inventory.fills
        for key, trade in self.state.trades.items():
            if not trade.final:
                self.booked[key] = Booked(0, Markouts())

    def trade(self, now_ns: Ns, event: TradeReported) -> bool:
        """Book one report that the core has just taken. Returns whether it was a new fill."""
        key = trade_key(event)
        if self.state.inventory.fills == self.fills:
            if event.status in (CONFIRMED, FAILED):
                booked = self.booked.pop(key, None)
                if booked is not None and event.status == FAILED:
                    self._take_back(booked)
            return False
        self.fills = self.state.inventory.fills
        mid = self.mid_before(now_ns, event.outcome)
        earned = Booked(fill_spread(event.side, event.price, event.size, mid), Markouts())
        self.spread += earned.spread
        if earned.marks.add(now_ns, event.outcome, event.side, event.size, mid / MICRO):
            self._wait_for([*self.waiting, earned.marks])
        if event.status != CONFIRMED:
            self.booked[key] = earned
        return True

    def _take_back(self, booked: Booked) -> None:
        """A trade failed: it never happened, whatever the mid has done since."""
        self.failed += 1
        self.spread -= booked.spread
        marks = booked.marks
        for horizon, (cash, size) in enumerate(zip(marks.totals, marks.sizes, strict=True)):
            self.markouts[horizon] -= cash
            self.measured[horizon] -= size
        self._wait_for([one for one in self.waiting if one is not marks])

    def _wait_for(self, waiting: list[Markouts]) -> None:
        self.waiting = waiting
        self.due_ns = min((marks.next_due_ns for marks in waiting), default=0)

    def mid_before(self, now_ns: Ns, outcome: Outcome) -> int:
        """The mid of `BEFORE_NS` ago in micro-dollars, or the oldest that is known; 0 for none."""
        mid = 0
        for at_ns, *mids in reversed(self.past):
            mid = mids[outcome]
            if at_ns <= now_ns - BEFORE_NS:
                break
        return mid

    def watch(self, now_ns: Ns) -> None:
        """Note the mids, and measure the markouts that have come due."""
        if self.state.payout_up >= 0:
            return
        up, down = self.state.books
        touch = (up.best_bid, up.best_ask, down.best_bid, down.best_ask)
        if touch != self.touch:
            self.touch = touch
            self._moved(now_ns)
        if self.due_ns and now_ns >= self.due_ns:
            self._measure(now_ns)

    def _measure(self, now_ns: Ns) -> None:
        mids = [mid_micros(self.state, outcome) / MICRO for outcome in OUTCOMES]
        for marks in self.waiting:
            size = marks.pending[0].size
            for markout in marks.advance(now_ns, mids[0], mids[1]):
                self.markouts[markout.horizon] += markout.cash
                self.measured[markout.horizon] += size
        self._wait_for([marks for marks in self.waiting if marks.pending])

    def _moved(self, now_ns: Ns) -> None:
        """Keep the new mids, and of the old ones what `mid_before` needs."""
        mids = [mid_micros(self.state, outcome) for outcome in OUTCOMES]
        for outcome in OUTCOMES:
            self.mids[outcome] = mids[outcome] or self.mids[outcome]
        past = self.past
        past.append((now_ns, mids[0], mids[1]))
        while len(past) > 1 and past[1][0] <= now_ns - BEFORE_NS:
            del past[0]

    @property
    def open_gain(self) -> int:
        """What shares still held are worth at their payout or last mid, less their cost."""
        inventory = self.state.inventory
        gain = 0
        for outcome in OUTCOMES:
            worth = self._worth(outcome)
            if worth >= 0:
                gain += worth * inventory.shares[outcome] // MICRO - inventory.cost[outcome]
        return gain

    def _worth(self, outcome: Outcome) -> int:
        """Micro-dollars that one share is worth; -1 if nothing is known of it."""
        payout_up = self.state.payout_up
        if payout_up >= 0:
            return (payout_up if outcome == UP else 10_000 - payout_up) * 100
        return self.mids[outcome] or -1

    def row(self) -> MarketRow:
        """This window as it is now."""
        terms, inventory = self.state.terms, self.state.inventory
        return MarketRow(
            terms.id,
            terms.slug,
            self.state.payout_up,
            inventory.fills,
            inventory.bought,
            inventory.pairs_merged,
            inventory.fees,
            inventory.rebates,
            rebate(terms.fees, inventory.fee_equivalent),
            self.spread,
            tuple(self.markouts),
            tuple(self.measured),
            inventory.realised,
            self.open_gain,
        )


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def fill_spread(side: Side, price: Price, size: Shares, mid: int) -> int:
    """Micro-dollars by which a fill was better than the mid (0 for a mid that is not known)."""
    if mid <= 0:
        return 0
    worth = mid * size // MICRO
    return worth - cost_up(price, size) if side == BUY else cost_down(price, size) - worth


def mid_micros(market: MarketState, outcome: Outcome) -> int:
    """Mid of one token in micro-dollars, through the other token's book if need be; 0 for none."""
    book = market.books[outcome]
    if book.best_bid and book.best_ask:
        return (book.best_bid + book.best_ask) * 50
    book = market.books[1 - outcome]
    if book.best_bid and book.best_ask:
        return MICRO - (book.best_bid + book.best_ask) * 50
    return 0
