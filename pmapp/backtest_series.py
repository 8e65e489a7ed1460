"""What the plots are drawn from: columns over time in bounded memory.

A series keeps at most `limit` rows; when it is full every second one goes and the spacing doubles,
so a day costs what a quarter of an hour does. Of the windows, only the one with the most fills is
kept in detail.
"""

import math
from typing import Final

import msgspec

from pmapp.ledger import Ledger
from pmcore.events import TradeReported
from pmcore.ids import DOWN, OUTCOMES, UP, MarketId
from pmcore.market_state import MarketState
from pmcore.order import LIVE
from pmcore.state import State
from pmcore.units import SECOND, Ns, oracle_usd

RUN_COLUMNS: Final = (
    "at_s",
    "up_shares",
    "down_shares",
    "unpaired_shares",
    "pairs_merged",
    "pnl_usdc",
    "spread",
    "rebate",
    "fee",
    "adverse_selection",
    "settlement",
)
WINDOW_COLUMNS: Final = (
    "at_s",
    "up_bid",
    "up_ask",
    "up_quote",
    "down_bid",
    "down_ask",
    "down_quote",
    "q_up",
    "btc_usd",
)
NAN: Final = math.nan


class Series(msgspec.Struct):
    """Rows of numbers by column, at least `step_ns` apart."""

    names: tuple[str, ...]
    step_ns: int
    limit: int = 4_000
    columns: list[list[float]] = []
    next_ns: int = 0

    def __post_init__(self) -> None:
        if not self.columns:
            self.columns = [[] for _ in self.names]

    def add(self, at_ns: Ns, row: tuple[float, ...]) -> None:
        """Append a row; the caller has seen that `next_ns` has come."""
        self.next_ns = at_ns + self.step_ns
        for column, value in zip(self.columns, row, strict=True):
            column.append(value)
        if len(self.columns[0]) > self.limit:
            self.columns = [column[::2] for column in self.columns]
            self.step_ns *= 2

    def column(self, name: str) -> list[float]:
        """The values of one column."""
        return self.columns[self.names.index(name)]


class Mark(msgspec.Struct, frozen=True):
    """A fill as a plot shows it: seconds, dollars, shares."""

    at_s: float
    outcome: int
    price: float
    size: float
    maker: bool


class WindowSeries(msgspec.Struct):
    """One window: its book, our top quotes, the probability, the fills."""

    market: int
    slug: str
    start_s: float
    end_s: float
    strike_usd: float = 0.0
    payout_up: int = -1
    series: Series = msgspec.field(default_factory=lambda: Series(WINDOW_COLUMNS, SECOND // 2))
    marks: list[Mark] = []


class Tracks:
    """Fills the series of one run."""

    def __init__(self) -> None:
        self.run = Series(RUN_COLUMNS, SECOND)
        self.best: WindowSeries | None = None
        self._now: WindowSeries | None = None

    def beat(self, state: State, ledger: Ledger) -> None:
        """Take rows where they are due."""
        now = state.now_ns
        if now >= self.run.next_ns:
            self.run.add(now, _run_row(state, ledger))
        window = self._now
        if window is None or now >= window.series.next_ns:
            market = _present(state)
            if market is not None:
                self._window_of(market).series.add(now, _window_row(state, market))

    def fill(self, state: State, event: TradeReported) -> None:
        """Mark a fill of ours."""
        market = state.markets.get(event.market)
        if market is None:
            return
        window = self._window_of(market)
        if len(window.marks) < 2_000:
            size = event.size / 1e6
            price = event.price / 1e4
            window.marks.append(Mark(state.now_ns / 1e9, event.outcome, price, size, event.maker))

    def resolved(self, market: MarketId, payout_up: int) -> None:
        """Remember how the windows in view ended."""
        for window in (self.best, self._now):
            if window is not None and window.market == market:
                window.payout_up = payout_up

    def window(self) -> WindowSeries | None:
        """The window with the most fills."""
        best, now = self.best, self._now
        if best is None or (now is not None and len(now.marks) > len(best.marks)):
            return now
        return best

    def _window_of(self, market: MarketState) -> WindowSeries:
        terms = market.terms
        window = self._now
        if window is None or window.market != terms.id:
            if window is not None and terms.id < window.market:
                return window  # a late fill of the window before: shown where we are
            self.best = self.window()
            window = self._now = WindowSeries(
                terms.id, terms.slug, terms.start_ns / 1e9, terms.end_ns / 1e9
            )
        if not window.strike_usd and market.start.price:
            window.strike_usd = oracle_usd(market.start.price)
        return window


def _present(state: State) -> MarketState | None:
    """The window that is open now."""
    for market in state.markets.values():
        if market.terms.start_ns <= state.now_ns < market.terms.end_ns:
            return market
    return None


def _run_row(state: State, ledger: Ledger) -> tuple[float, ...]:
    held = [0, 0]
    unpaired = 0
    merged = state.totals.pairs_merged
    for market in state.markets.values():
        merged += market.inventory.pairs_merged
        # Up of one window and Down of the next are no pair.
        unpaired += abs(market.inventory.unpaired)
        for outcome in OUTCOMES:
            held[outcome] += market.inventory.shares[outcome]
    split = ledger.split(state)
    shares = (held[UP] / 1e6, held[DOWN] / 1e6, unpaired / 1e6, merged / 1e6)
    parts = (split.spread, split.rebate, split.fee, split.adverse_selection, split.settlement)
    return (state.now_ns / 1e9, *shares, split.total / 1e6, *(part / 1e6 for part in parts))


def _window_row(state: State, market: MarketState) -> tuple[float, ...]:
    row = [state.now_ns / 1e9]
    for outcome in OUTCOMES:
        book = market.books[outcome]
        ours = max(
            (o.price for o in market.orders.values() if o.outcome == outcome and o.status == LIVE),
            default=0,
        )
        row += [price / 1e4 if price else NAN for price in (book.best_bid, book.best_ask, ours)]
    q_up = market.q_up if not market.gate else NAN
    return (*row, q_up, state.alpha.chainlink.last_usd or NAN)
