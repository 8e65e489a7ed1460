"""Which trades the core has heard of, so that a catch-up asks for no more than it must.

The user channel has no replay: after every reconnect the trades since then are read by REST. The
venue filters by the time of the match, and a trade goes on changing for a while after it, so we ask
from the oldest one that is not final yet. Repeats are harmless to the core; leaving them out keeps
the journal small.

After a restart the venue names orders that the state has long finished and forgotten, though not
the trades that filled them. Such a report must find the trade under which it is booked, or the
fill would be booked a second time: `recall` and `named` see to that.
"""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from pmcore.events import CONFIRMED, FAILED, AnyEvent, TradeReported
from pmcore.ids import OrderId
from pmcore.state import State
from pmcore.units import SECOND, Ns

MARGIN_NS: Final = 60 * SECOND
"""Clocks differ, and a match may be listed late."""
GIVEN_UP_NS: Final = 6 * 3_600 * SECOND
"""A trade undecided so long will not be decided any more."""
KEPT_MAX: Final = 20_000

Part = tuple[str, int, int, int, int]
"""Trade id, outcome, side, price and size of one order's part of a trade."""


class TradeLog:
    """`since_ns` is the moment before which nothing can be missing."""

    def __init__(self, since_ns: int) -> None:
        self._since_ns = since_ns
        self._status: dict[tuple[str, int], int] = {}
        self._undecided: dict[tuple[str, int], int] = {}
        """Trades that may still change -> from when on we would have to ask for them."""
        self._booked: dict[Part, list[OrderId]] = {}
        """Parts that a recovered state has booked -> their orders, until the venue names them."""
        self._names: dict[str, OrderId] = {}
        """Trade ids that carry the venue's name of an order -> our number of it."""

    def recall(self, state: State) -> None:
        """Remember which order each trade of a recovered state was booked for."""
        for market in state.markets.values():
            for key, one in market.trades.items():
                trade, _, text = key.rpartition("#")
                order = OrderId(int(text))
                if order:
                    part = (trade, one.outcome, one.side, one.price, one.size)
                    self._booked.setdefault(part, []).append(order)

    def named(self, events: Iterable[AnyEvent]) -> list[AnyEvent]:
        """The events, with the numbers of orders that only the trades of the state still know."""
        told = list(events)
        if not self._booked:
            return told
        # An order that is told by its own number is not the one that is told without.
        known = {(one.trade, one.order) for one in told if type(one) is TradeReported}
        return [self._name(one, known) if type(one) is TradeReported else one for one in told]

    def _name(self, report: TradeReported, known: set[tuple[str, OrderId]]) -> TradeReported:
        trade, mark, _ = report.trade.rpartition("#")
        if report.order or not mark:
            return report
        order = self._names.get(report.trade)
        if order is None:
            part = (trade, report.outcome, report.side, report.price, report.size)
            orders = self._booked.get(part, [])
            while orders and ((trade, orders[0]) in known or (trade, orders[0]) in self._status):
                orders.pop(0)
            if not orders:
                return report
            order = self._names[report.trade] = orders.pop(0)
        return replace(report, trade=trade, order=order)

    def heard(self, events: Iterable[AnyEvent]) -> None:
        """Note what was reported to the core."""
        for event in events:
            if type(event) is TradeReported:
                key = (event.trade, event.order)
                self._status[key] = event.status
                if event.status in (CONFIRMED, FAILED):
                    self._undecided.pop(key, None)
                else:
                    self._undecided.setdefault(key, self._since_ns)
        while len(self._status) > KEPT_MAX:
            del self._status[next(iter(self._status))]

    def news(self, reports: Iterable[TradeReported]) -> list[TradeReported]:
        """Those reports that say something new, noted as heard."""
        new = [
            one
            for one in self.named(reports)
            if type(one) is TradeReported and self._status.get((one.trade, one.order)) != one.status
        ]
        self.heard(new)
        return new

    def after_s(self) -> int:
        """Unix second after which matches are asked for."""
        oldest = min(self._undecided.values(), default=self._since_ns)
        return max(0, (min(oldest, self._since_ns) - MARGIN_NS) // SECOND)

    def complete(self, until_ns: Ns) -> None:
        """Everything matched before `until_ns` has been read."""
        self._since_ns = max(self._since_ns, until_ns)
        for key in [k for k, asked in self._undecided.items() if asked < until_ns - GIVEN_UP_NS]:
            del self._undecided[key]
