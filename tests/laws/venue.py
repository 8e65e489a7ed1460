"""A venue without manners: it answers late, in any order, twice, or not at all, but it never lies.

Every act of the core is owed one answer. Two things it may not do, because nothing could then be
safe: a view (`Reconciled`) is true when it is given and follows every trade before it, and a submit
of unknown fate no longer arrives after that.
"""

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.account_events import OpenOrder
from pmcore.ids import DOWN, OUTCOMES, UP
from pmcore.order import FAK
from pmcore.units import Cash, Ns, Price, Shares
from tests.core.stage import market, shares
from tests.laws.truth import FINAL_STATUSES, Resting, Truth


class LawlessVenue(Truth):
    """The core's only partner. `how` chooses among the answers that would be true."""

    def answer(self, index: int, how: int) -> None:
        """Do one of the acts that were asked for, or not, and put the answer into the mail."""
        if self.owed:
            self.now = Ns(self.now + 1)  # no answer comes before its question is over
            act = self.owed.pop(index % len(self.owed))
            getattr(self, f"_{type(act).__name__.lower()}")(act, how)

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
        if how % 3 == 0 and all(
            t.status in FINAL_STATUSES for t in self.trades if t.report.market == window
        ):
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
            OpenOrder(
                n,
                str(n),
                r.place.market,
                r.place.outcome,
                r.place.side,
                r.place.price,
                r.place.size,
                Shares(r.place.size - r.leaves),
            )
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
        self.post(ev.ScoringReported, act.op, act.orders[: how % 3], act.orders[how % 3 :])

    def _halt(self, act: ef.Halt, how: int) -> None:
        self.post(ev.Halted)
