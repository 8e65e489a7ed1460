"""A venue that takes everything at once, answers each act once, and agrees with what we believe."""

from collections.abc import Callable
from typing import Any

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.account_events import OpenOrder
from pmcore.ids import DOWN, OUTCOMES, UP
from pmcore.model.fees import taker_fee
from pmcore.order import FAK
from pmcore.units import Cash, Price, Shares
from tests.core.stage import Stage, cash, market, shares


class ObligingVenue:
    """Performs effects for a stage until nothing more is asked."""

    def __init__(self, stage: Stage, payout_up: int = 10_000) -> None:
        self.stage = stage
        self.payout_up = payout_up
        self.open: dict[int, ef.PlaceOrder] = {}
        self.answered: list[tuple[ef.Effect, ev.Event]] = []
        """Every act with its one answer."""
        self.halted = False

    def perform(self, effects: ef.Effects) -> ef.Effects:
        """Answer these effects and all that the answers lead to; returns everything asked for."""
        waiting, asked = list(effects), []
        while waiting:
            effect = waiting.pop(0)
            asked.append(effect)
            answer = ANSWER.get(type(effect))
            if answer is None:
                continue
            for index, event in enumerate(answer(self, effect)):
                if index == 0:
                    self.answered.append((effect, event))
                waiting += self.stage.take(event)
        return asked

    def beat(self, after_s: float = 0.0) -> ef.Effects:
        """Let time pass, decide, and perform."""
        return self.perform(self.stage.beat(after_s))

    def _fact(self, kind: Any, *fields: Any) -> ev.Event:
        event: ev.Event = kind(self.stage.now, *fields)
        return event

    def place(self, act: ef.PlaceOrder) -> list[ev.Event]:
        """Taken; what is marketable is filled whole at its limit."""
        if act.kind != FAK:
            self.open[act.order] = act
            return [self._fact(ev.OrderAccepted, act.order)]
        terms = self.stage.state.markets[act.market].terms
        fields = (act.market, act.outcome, act.side, act.price, act.size)
        fee = taker_fee(terms.fees, act.price, act.size)
        trade = (f"taken{act.order}", act.order, *fields, fee, False, ev.CONFIRMED)
        return [self._fact(ev.OrderAccepted, act.order), self._fact(ev.TradeReported, *trade)]

    def cancel(self, act: ef.CancelOrder) -> list[ev.Event]:
        """Done."""
        self.open.pop(act.order, None)
        return [self._fact(ev.OrderCancelled, act.order, "asked")]

    def cancel_all(self, act: ef.CancelAll) -> list[ev.Event]:
        """Done."""
        self.open.clear()
        return [self._fact(ev.AllCancelled, act.op)]

    def redeem(self, act: ef.RedeemShares) -> list[ev.Event]:
        """Paid in full."""
        up, down = self.stage.state.markets[act.market].inventory.shares
        paid = (self.payout_up * up + (10_000 - self.payout_up) * down) // 10_000
        return [self._fact(ev.RedeemConfirmed, act.op, act.market, Cash(paid), Cash(0))]

    def watch(self, act: ef.WatchMarket) -> list[ev.Event]:
        """Subscribed, and both books follow."""
        books = [self.resync(ef.ResyncBook(act.market, each, ""))[0] for each in OUTCOMES]
        return [self._fact(ev.MarketWatched, act.market), *books]

    def resync(self, act: ef.ResyncBook) -> list[ev.Event]:
        """The book as we know it, or a usual one."""
        book = self.stage.state.markets[act.market].books[act.outcome]
        bids = tuple(book.bids.items()) or ((Price(4_900), shares(100)),)
        asks = tuple(book.asks.items()) or ((Price(5_100), shares(100)),)
        return [self._fact(ev.BookReset, self.stage.now, act.market, act.outcome, bids, asks)]

    def reconcile(self, act: ef.Reconcile) -> list[ev.Event]:
        """A true view."""
        state = self.stage.state
        rows = tuple(
            OpenOrder(number, str(number), o.market, o.outcome, o.side, o.price, o.size, Shares(0))
            for number, o in self.open.items()
        )
        holdings = tuple(
            ev.Holding(number, outcome, Shares(window.inventory.shares[outcome]))
            for number, window in state.markets.items()
            for outcome in (UP, DOWN)
        )
        collateral = state.cash if state.cash_known else cash(1_000)
        return [self._fact(ev.Reconciled, act.op, rows, holdings, collateral)]

    def merge(self, act: ef.MergePairs) -> list[ev.Event]:
        """Done, without gas."""
        return [self._fact(ev.MergeConfirmed, act.op, act.market, act.size, Cash(0))]


ANSWER: dict[type, Callable[[ObligingVenue, Any], list[ev.Event]]] = {
    ef.PlaceOrder: ObligingVenue.place,
    ef.CancelOrder: ObligingVenue.cancel,
    ef.CancelAll: ObligingVenue.cancel_all,
    ef.CancelStray: lambda v, act: [v._fact(ev.StrayCancelled, act.op, True)],
    ef.MergePairs: ObligingVenue.merge,
    ef.RedeemShares: ObligingVenue.redeem,
    ef.FindMarket: lambda v, act: [v._fact(ev.MarketListed, market(act.market))],
    ef.WatchMarket: ObligingVenue.watch,
    ef.DropMarket: lambda v, act: [v._fact(ev.MarketDropped, act.market)],
    ef.ResyncBook: ObligingVenue.resync,
    ef.Reconcile: ObligingVenue.reconcile,
    ef.AskScoring: lambda v, act: [v._fact(ev.ScoringReported, act.op, act.orders, ())],
    ef.Halt: lambda v, act: [v._fact(ev.Halted)],
}
"""One answer for every effect that is an act."""


def obliged(settings: dict[str, Any] | None = None, **changes: Any) -> ObligingVenue:
    """An obliging venue whose core quotes the first window."""
    stage = Stage(settings)
    venue = ObligingVenue(stage)
    for feed in range(4):
        venue.perform(stage.hear(ev.FeedOpened, feed))
    if changes:
        stage.hear(ev.MarketListed, market(**changes))
    venue.beat()
    stage.fresh()
    venue.beat()
    return venue
