"""What is true at a venue, apart from what it has told: orders, trades, shares, cash and the mail.

Facts wait in `mail` until someone delivers them, in any order, once or twice. The truth knows which
fills nobody could have counted (`surprise`): those of orders that were already believed finished.
"""

from typing import Any

import msgspec

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import OUTCOMES, MarketId
from pmcore.model.fees import taker_fee
from pmcore.order import FAK, FINAL
from pmcore.units import Cash, Shares, cost_up
from tests.core.stage import Stage
from tests.laws.checks import ROUNDING, check_effects

FINAL_STATUSES = (ev.CONFIRMED, ev.FAILED)


class Resting(msgspec.Struct):
    """An order of ours that can fill."""

    place: ef.PlaceOrder
    leaves: int
    held: bool = False


class TrueTrade(msgspec.Struct):
    """A trade of ours as it really stands."""

    report: ev.TradeReported
    status: int = ev.MATCHED


class Truth(Stage):
    """A stage whose core deals with orders, trades and money that are really somewhere."""

    def __init__(self, settings: dict[str, Any], collateral: int) -> None:
        self.cash = collateral
        self.submits: dict[int, ef.PlaceOrder] = {}
        self.limbo: dict[int, ef.PlaceOrder] = {}
        """Sent, reported unknown, not arrived: it still may."""
        self.live: dict[int, Resting] = {}
        self.owed: list[Any] = []
        self.mail: list[ev.Event] = []
        self.trades: list[TrueTrade] = []
        self.told: list[ev.Event] = []
        """Answers and trades that were delivered: all of them may be repeated."""
        self.surprise: dict[int, int] = {}
        """Shares by window that came from orders which were already believed finished."""
        self.surprise_cash = 0
        self.payouts: dict[int, int] = {}
        self.paid: set[int] = set()
        self.seen: set[int] = set()
        self.merged: dict[int, int] = {}
        super().__init__(settings)

    def take(self, event: ev.Event) -> ef.Effects:
        """Every effect that is an act is owed an answer."""
        effects = super().take(event)
        check_effects(self.state, effects, self.seen)
        for effect in effects:
            if ef.ANSWERS[type(effect)]:
                self.owed.append(effect)
            if isinstance(effect, ef.PlaceOrder):
                self.submits[effect.order] = effect
        return effects

    # What is true.

    def position(self, window: int, outcome: int, certain: bool = False) -> int:
        """Shares that are ours, or only those that are final on chain."""
        total = -self.merged.get(window, 0)
        for trade in self.trades:
            report = trade.report
            if (report.market, report.outcome) == (window, outcome) and trade.status != ev.FAILED:
                if not certain or trade.status == ev.CONFIRMED:
                    total += report.size
        return 0 if window in self.paid else total

    def fillable(self, window: int, outcome: int) -> int:
        """Shares of our orders that may still fill, wherever they are."""
        total = sum(r.leaves for r in self.live.values() if _at(r.place, window, outcome))
        flying = (*self.submits.values(), *self.limbo.values())
        return total + sum(place.size for place in flying if _at(place, window, outcome))

    # What is told.

    def post(self, kind: Any, *fields: Any) -> None:
        """Put a fact into the mail."""
        self.mail.append(kind(self.now, *fields))

    def deliver(self, index: int) -> None:
        """Deliver one fact, not necessarily the oldest."""
        if self.mail:
            self._hand_over(self.mail.pop(index % len(self.mail)))

    def deliver_all(self) -> None:
        """Deliver the mail in order."""
        while self.mail:
            self.deliver(0)

    def repeat(self, index: int) -> None:
        """Deliver something for a second time."""
        if self.told:
            self._hand_over(self.told[index % len(self.told)])

    def _hand_over(self, event: Any) -> None:
        if isinstance(event, ev.TradeReported):
            self._note_surprise(event)
        self.told.append(event)
        self.take(msgspec.structs.replace(event, at_ns=self.now))

    def _note_surprise(self, report: ev.TradeReported) -> None:
        """A fill that no open order of the core's can explain was in nobody's worst case."""
        window = self.state.markets.get(report.market)
        if window is None or f"{report.trade}#{report.order}" in window.trades:
            return
        order = window.orders.get(report.order)
        expected = 0 if order is None or FINAL[order.status] else order.leaves
        beyond = max(0, report.size - expected)
        self.surprise[report.market] = self.surprise.get(report.market, 0) + beyond
        self.surprise_cash += cost_up(report.price, Shares(beyond)) + report.fee

    def check_truth(self) -> None:
        """Limits hold for what is really so, but for shares that finished orders brought."""
        rules = self.state.rules
        total = surprises = 0
        for number in self.state.markets:
            surprise = self.surprise.get(number, 0) + self.unforeseen(number)
            worst = self.worst_unpaired(number)
            assert worst <= rules.max_unpaired + surprise + ROUNDING
            total += worst
            surprises += surprise
        assert total <= rules.max_unpaired_global + surprises + ROUNDING

    def worst_unpaired(self, window: int) -> int:
        """Largest |Up - Down| that can still come about."""
        worst = 0
        for outcome in OUTCOMES:
            most = self.position(window, outcome) + self.fillable(window, outcome)
            least = self.position(window, 1 - outcome, certain=True)
            worst = max(worst, most - least)
        return worst

    def unforeseen(self, window: int) -> int:
        """Shares in the mail that are a surprise already, though not heard of yet."""
        believed = self.state.markets.get(MarketId(window))
        waiting: dict[str, ev.TradeReported] = {
            f"{e.trade}#{e.order}": e
            for e in self.mail
            if isinstance(e, ev.TradeReported) and e.market == window
        }
        total = 0
        for key, report in waiting.items():
            if believed is None or (
                key not in believed.trades and report.order not in believed.orders
            ):
                total += report.size
        return total

    # What happens to orders.

    def arrive(self, index: int) -> None:
        """A submit of unknown fate turns out to have arrived."""
        if self.limbo:
            number = sorted(self.limbo)[index % len(self.limbo)]
            place = self.limbo.pop(number)
            if place.kind != FAK:
                self.live[number] = Resting(place, place.size)

    def fill(self, index: int, tenths: int, dust: int = 0) -> None:  # type: ignore[override]
        """Fill a part of an order that is at the venue; `dust` micro-shares more or less."""
        if self.live:
            number = sorted(self.live)[index % len(self.live)]
            resting = self.live[number]
            resting.held = False
            size = resting.leaves if tenths >= 10 else resting.leaves * tenths // 10
            self._trade(resting.place, max(1, size + dust), True)
            resting.leaves -= size
            if resting.leaves <= 0:
                del self.live[number]

    def _trade(self, place: ef.PlaceOrder, size: int, maker: bool) -> None:
        name = f"trade{len(self.trades)}"
        fees = self.state.markets[place.market].terms.fees
        fee = Cash(0) if maker else taker_fee(fees, place.price, Shares(size))
        fields = (place.market, place.outcome, place.side, place.price, Shares(size), fee, maker)
        self.post(ev.TradeReported, name, place.order, *fields, ev.MATCHED)
        self.trades.append(TrueTrade(self.mail[-1]))  # type: ignore[arg-type]
        self.cash -= cost_up(place.price, Shares(size)) + fee

    def progress(self, index: int, status: int) -> None:
        """A trade comes further on chain, or fails."""
        open_trades = [trade for trade in self.trades if trade.status not in FINAL_STATUSES]
        if open_trades:
            trade = open_trades[index % len(open_trades)]
            report = trade.report
            if status == ev.FAILED and report.market in self.paid:
                status = ev.CONFIRMED
            trade.status = status
            if status == ev.FAILED:
                self.cash += cost_up(report.price, report.size) + report.fee
            self.mail.append(msgspec.structs.replace(report, status=status))

    def expire(self, index: int) -> None:
        """The venue takes an order off the book by itself."""
        if self.live:
            number = sorted(self.live)[index % len(self.live)]
            del self.live[number]
            self.post(ev.OrderCancelled, number, "venue")


def _at(place: ef.PlaceOrder, window: int, outcome: int) -> bool:
    return place.market == window and place.outcome == outcome
