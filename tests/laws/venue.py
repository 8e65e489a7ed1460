"""A venue without manners: it answers late, in any order, twice, or not at all, but it never lies.

What it holds true (orders, trades, shares, cash) is kept here, apart from what it has told. Every
act of the core is owed one answer; facts wait in `mail` until someone delivers them. Two things it
may not do, because nothing could then be safe: a view (`Reconciled`) is true when it is given and
follows every trade before it, and a submit of unknown fate no longer arrives after that.
"""

from typing import Any

import msgspec

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.account_events import OpenOrder
from pmcore.ids import DOWN, OUTCOMES, UP, MarketId
from pmcore.model.fees import taker_fee
from pmcore.order import FAK, FINAL
from pmcore.units import Cash, Price, Shares, cost_up
from tests.core.stage import Stage, market, shares
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


class LawlessVenue(Stage):
    """The core's only partner. Each method is one misdeed, chosen by the numbers given to it."""

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
            if believed is None or (key not in believed.trades and report.order not in believed.orders):
                total += report.size
        return total

    # What happens to orders.

    def answer(self, index: int, how: int) -> None:
        """Do one of the acts that were asked for, or not, and put the answer into the mail."""
        if self.owed:
            act = self.owed.pop(index % len(self.owed))
            getattr(self, f"_{type(act).__name__.lower()}")(act, how)

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

    def _placeorder(self, act: ef.PlaceOrder, how: int) -> None:
        del self.submits[act.order]
        answer = ("accept", "reject", "hold", "unknown live", "unknown limbo")[how % 5]
        if answer == "reject":
            code = ev.REJECT_CODES[how // 5 % len(ev.REJECT_CODES)]
            self.post(ev.OrderRejected, act.order, code, "refused")
            return
        if answer == "unknown limbo":
            self.limbo[act.order] = act
        elif act.kind == FAK:
            taken = min(act.size, act.size * (how // 5 % 3) // 2)
            if taken:
                self._trade(act, taken, False)
        else:
            self.live[act.order] = Resting(act, act.size, answer == "hold")
        if answer == "hold":
            self.post(ev.OrderDelayed, act.order)
        elif answer == "accept":
            self.post(ev.OrderAccepted, act.order)
        else:
            self.post(ev.OrderUnknown, act.order, "timeout")
        if act.kind == FAK and act.order not in self.limbo:
            self.post(ev.OrderCancelled, act.order, "remainder")

    def _cancelorder(self, act: ef.CancelOrder, how: int) -> None:
        self.limbo.pop(act.order, None)
        resting = self.live.get(act.order)
        if resting is None:
            kind = (ev.CancelRefused, ev.CancelUnknown)[how % 2]
            fields = (act.order, False, "gone") if how % 2 == 0 else (act.order, "timeout")
            self.post(kind, *fields)
        elif resting.held or how % 4 == 1:
            resting.held = False
            self.post(ev.CancelRefused, act.order, True, "held")
        elif how % 4 == 0:
            del self.live[act.order]
            self.post(ev.OrderCancelled, act.order, "asked")
        else:
            if how % 4 == 2:
                del self.live[act.order]
            self.post(ev.CancelUnknown, act.order, "timeout")

    def _cancelall(self, act: ef.CancelAll, how: int) -> None:
        if how % 3 != 2:
            self.limbo.clear()
            for number in [n for n, resting in self.live.items() if not resting.held]:
                del self.live[number]
                self.post(ev.OrderCancelled, number, "all")
        if how % 3 == 0:
            self.post(ev.AllCancelled, act.op)
        else:
            self.post(ev.CancelAllUnknown, act.op, "timeout")

    def _cancelstray(self, act: ef.CancelStray, how: int) -> None:
        if how % 2 == 0:
            number = int(act.venue_id)
            if self.live.pop(number, None):
                self.post(ev.OrderCancelled, number, "stray")
        self.post(ev.StrayCancelled, act.op, how % 2 == 0)

    # Everything else that is asked.

    def _mergepairs(self, act: ef.MergePairs, how: int) -> None:
        if how % 3 == 0:
            self.merged[act.market] = self.merged.get(act.market, 0) + act.size
            self.cash += act.size
            self.post(ev.MergeConfirmed, act.op, act.market, act.size, Cash(0))
        elif how % 3 == 1:
            self.post(ev.MergeFailed, act.op, act.market, "reverted")
        else:
            self.post(ev.MergeUnknown, act.op, act.market, "timeout")
            self.owed.append(act)

    def _redeemshares(self, act: ef.RedeemShares, how: int) -> None:
        window = act.market
        if how % 3 == 0 and all(t.status in FINAL_STATUSES for t in self.trades if t.report.market == window):
            up = self.payouts[window]
            amount = up * self.position(window, UP) + (10_000 - up) * self.position(window, DOWN)
            self.paid.add(window)
            self.cash += amount // 10_000
            self.post(ev.RedeemConfirmed, act.op, window, Cash(amount // 10_000), Cash(0))
        elif how % 3 == 1:
            self.post(ev.RedeemUnknown, act.op, window, "timeout")
        else:
            self.post(ev.RedeemFailed, act.op, window, "reverted")

    def _findmarket(self, act: ef.FindMarket, how: int) -> None:
        if how % 2 == 0:
            self.post(ev.MarketListed, market(act.market))
        else:
            self.post(ev.MarketMissing, act.market)

    def _watchmarket(self, act: ef.WatchMarket, how: int) -> None:
        self.post(ev.MarketWatched, act.market)

    def _dropmarket(self, act: ef.DropMarket, how: int) -> None:
        self.post(ev.MarketDropped, act.market)

    def _resyncbook(self, act: ef.ResyncBook, how: int) -> None:
        if how % 2 == 0:
            bid = 4_000 + how % 19 * 100
            levels = ((Price(bid), shares(100)),), ((Price(bid + 200), shares(100)),)
            self.post(ev.BookReset, self.now, act.market, act.outcome, *levels)
        else:
            self.post(ev.ResyncFailed, act.market, act.outcome, "503")

    def _reconcile(self, act: ef.Reconcile, how: int) -> None:
        if how % 3 == 1:
            self.post(ev.ReconcileFailed, act.op, "timeout")
            return
        self.limbo.clear()
        for resting in self.live.values():
            resting.held = False  # what a view shows has outlived its delay
        for report in [e for e in self.mail if isinstance(e, ev.TradeReported)]:
            self.mail.remove(report)
            self._hand_over(report)
        rows = tuple(
            OpenOrder(n, str(n), r.place.market, r.place.outcome, r.place.side, r.place.price, r.place.size, Shares(r.place.size - r.leaves))
            for n, r in self.live.items()
        )
        lagging = how % 3 == 2
        holdings = tuple(
            ev.Holding(window, outcome, Shares(self.position(window, outcome, lagging)))
            for window in self.state.markets
            for outcome in OUTCOMES
        )
        self._hand_over(ev.Reconciled(self.now, act.op, rows, holdings, Cash(self.cash)))

    def _askscoring(self, act: ef.AskScoring, how: int) -> None:
        self.post(ev.ScoringReported, act.op, act.orders[:how % 3], act.orders[how % 3:])

    def _halt(self, act: ef.Halt, how: int) -> None:
        self.post(ev.Halted)


def _at(place: ef.PlaceOrder, window: int, outcome: int) -> bool:
    return place.market == window and place.outcome == outcome
