"""Where the money came from: every fill of a run split into spread, markout and the rest.

The total of a run is what the core's own accounts say (realised results, and open shares at their
last mid). It is split so that the parts sum to it exactly, in micro-dollars:

    spread             (mid - price) * size at each fill, against the book as we heard it
    rebate, reward     incentives paid
    fee, gas           taker fees and chain operations, negative
    adverse_selection  move of the mid in the 30 s after each fill, signed in our favour
    settlement         the rest: what positions did from 30 s after the fill until they were
                       merged, redeemed or marked

A fill whose mid is not known (a one-sided pair of books) has no spread and no markout; all of its
result is settlement. Sales turn every sign round.
"""

from typing import Final

import msgspec

from pmapp.ledger_market import MarketLedger, MarketRow
from pmcore.account.day_result import total_realised
from pmcore.events import TradeReported
from pmcore.ids import MarketId
from pmcore.model.markout import HORIZONS_NS
from pmcore.state import State

ADVERSE: Final = len(HORIZONS_NS) - 1
"""The horizon that `adverse_selection` is measured at: 30 s."""


class Split(msgspec.Struct, frozen=True):
    """The parts of a result in micro-dollars, in our favour."""

    spread: int = 0
    rebate: int = 0
    reward: int = 0
    fee: int = 0
    gas: int = 0
    adverse_selection: int = 0
    settlement: int = 0

    @property
    def total(self) -> int:
        """The result itself."""
        return sum(msgspec.structs.astuple(self))


class Ledger:
    """All windows of one run: those still open, and the rows of those that are done."""

    def __init__(self) -> None:
        self.open: dict[MarketId, MarketLedger] = {}
        """Windows in which we had orders and that are not dropped."""
        self.rows: list[MarketRow] = []
        """Windows that are done, in the order of their end."""
        self.gas = 0
        self.fills = 0
        self.maker_fills = 0
        self.failed = 0
        """Fills that failed on chain and were taken back; `fills` counts them too."""
        self._done = MarketRow(0, "")

    def recall(self, state: State) -> None:
        """Go on with the windows of a recovered state: what they hold counts, as if never gone.

        Fills that it knows already are not new when they are told again.
        """
        for number, market in state.markets.items():
            if market.inventory.fills or market.orders:
                ledger = self.open[number] = MarketLedger(market)
                ledger.recall()

    def trade(self, state: State, event: TradeReported) -> bool:
        """Book one report that the core has just taken. Returns whether it was a new fill."""
        market = state.markets.get(event.market)
        if market is None:
            return False
        ledger = self.open.get(event.market)
        if ledger is None:
            ledger = self.open[event.market] = MarketLedger(market)
        failed = ledger.failed
        new = ledger.trade(state.now_ns, event)
        self.failed += ledger.failed - failed
        if not new:
            return False
        self.fills += 1
        self.maker_fills += event.maker
        return True

    def watch(self, state: State) -> None:
        """Measure the markouts that have come due, and note the latest mids."""
        for number, market in state.markets.items():
            ledger = self.open.get(number)
            if ledger is None:
                if not market.orders:
                    continue
                ledger = self.open[number] = MarketLedger(market)
            ledger.watch(state.now_ns)

    def dropped(self, market: MarketId) -> None:
        """The core has let a window go: its result is final."""
        ledger = self.open.pop(market, None)
        if ledger is not None and ledger.fills:
            row = ledger.row()
            self.rows.append(row)
            self._done = self._done.plus(row)

    def total(self, state: State) -> int:
        """The result of the run so far in micro-dollars."""
        # What a dropped window still held when it went (nothing, as a rule) stays at its mark.
        return total_realised(state) + self._sum().open_gain

    def split(self, state: State) -> Split:
        """The parts of `total`."""
        totals, present = state.totals, [m.inventory for m in state.markets.values()]
        every = self._sum()
        known = Split(
            spread=every.spread,
            rebate=totals.rebates + sum(inventory.rebates for inventory in present),
            reward=totals.rewards + sum(inventory.rewards for inventory in present),
            fee=-totals.fees - sum(inventory.fees for inventory in present),
            gas=-self.gas,
            adverse_selection=every.markouts[ADVERSE],
        )
        rest = self.total(state) - known.total
        return msgspec.structs.replace(known, settlement=rest)

    def markouts(self) -> tuple[int, ...]:
        """Sum of the markouts at 1, 5 and 30 s in micro-dollars."""
        return self._sum().markouts

    def markout_shares(self) -> tuple[int, ...]:
        """Of how many micro-shares those are."""
        return self._sum().markout_shares

    def rebate_estimate(self) -> int:
        """What the maker fills should earn in rebates in micro-dollars, paid already or not."""
        return self._sum().rebate_estimate

    def all_rows(self) -> list[MarketRow]:
        """Every window that had a fill, by start; of those still open, as they are now."""
        rows = self.rows + [ledger.row() for ledger in self.open.values() if ledger.fills]
        return sorted(rows, key=lambda row: row.market)

    def _sum(self) -> MarketRow:
        every = self._done
        for ledger in self.open.values():
            every = every.plus(ledger.row())
        return every
