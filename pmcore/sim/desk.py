"""One account's counter at the simulated exchange: effects in, what the venue says out.

Everything that the core can ask for is asked here, in venue time. Each act yields exactly one
REPLY (see `effects.ANSWERS`); `Note` is not an act. Backtest, stress and paper trading share it.
"""

from collections.abc import Callable
from typing import Any, Final

from pmcore.effects import (
    AskScoring,
    CancelAll,
    CancelOrder,
    CancelStray,
    DropMarket,
    Effect,
    FindMarket,
    Halt,
    MergePairs,
    PlaceOrder,
    Reconcile,
    RedeemShares,
    ResyncBook,
    WatchMarket,
)
from pmcore.events import (
    AnyEvent,
    BookReset,
    CancelAllUnknown,
    Halted,
    MarketDropped,
    MarketMissing,
    MarketWatched,
    OrderRejected,
    Reconciled,
    ReconcileFailed,
    ResyncFailed,
    ScoringReported,
)
from pmcore.ids import OUTCOMES, MarketId, Outcome
from pmcore.sim.exchange import Exchange
from pmcore.sim.faults import Fate, Faults
from pmcore.sim.latency import REPLY, WITH
from pmcore.sim.submits import hit
from pmcore.units import Ns


class Desk:
    """Performs one account's effects at the exchange."""

    __slots__ = ("account", "exchange", "fate", "faults", "storms")

    def __init__(self, exchange: Exchange, account: int, fate: Fate | None = None) -> None:
        self.exchange = exchange
        self.account = account
        self.fate = fate
        self.faults = fate.faults if fate is not None else Faults()
        self.storms = 0
        """How many reject storms are blowing."""

    def arrive(self, act: Effect, now_ns: Ns) -> None:
        """An act reaches the venue. Raises KeyError for an effect that is no act."""
        ARRIVALS[act.__class__](self, act, now_ns)

    def _say(self, event: AnyEvent, delay_class: int = REPLY) -> None:
        self.exchange.out.append((self.account, delay_class, event))

    def _strikes(self, probability: float) -> bool:
        return self.fate is not None and self.fate.hit(probability)

    def _place(self, act: PlaceOrder, now_ns: Ns) -> None:
        if self.storms or self._strikes(self.faults.reject):
            text = "could not insert order"
            self._say(OrderRejected(now_ns, act.order, "other", text))
        else:
            self.exchange.place(self.account, act, now_ns)

    def _cancel(self, act: CancelOrder, now_ns: Ns) -> None:
        if self.fate is not None and self.fate.hit(self.faults.cancel_raced):
            order = self.exchange.account(self.account).orders.get(act.order)
            pit = self.exchange.pit(order.market) if order is not None else None
            if order is not None and pit is not None and order.seq not in pit.held:
                hit(self.exchange.floor, order, self.fate.fraction(order.leaves), now_ns)
        self.exchange.cancel(self.account, act.order, now_ns)

    def _cancel_all(self, act: CancelAll, now_ns: Ns) -> None:
        if self._strikes(self.faults.cancel_all_unknown):
            self._say(CancelAllUnknown(now_ns, act.op, "no answer"))
        else:
            self.exchange.cancel_all(self.account, act.op, now_ns)

    def _cancel_stray(self, act: CancelStray, now_ns: Ns) -> None:
        self.exchange.cancel_stray(self.account, act.op, act.venue_id, now_ns)

    def _merge(self, act: MergePairs, now_ns: Ns) -> None:
        self.exchange.merge(self.account, act.op, act.market, act.size, now_ns)

    def _redeem(self, act: RedeemShares, now_ns: Ns) -> None:
        self.exchange.redeem(self.account, act.op, act.market, now_ns)

    def _find(self, act: FindMarket, now_ns: Ns) -> None:
        listing = self.exchange.listing(act.market, now_ns)
        self._say(listing if listing is not None else MarketMissing(now_ns, act.market))

    def _watch(self, act: WatchMarket, now_ns: Ns) -> None:
        self._say(MarketWatched(now_ns, act.market))
        for outcome in OUTCOMES:
            book = self.snapshot(act.market, outcome, now_ns)
            if book is not None:
                self._say(book, WITH)

    def _drop(self, act: DropMarket, now_ns: Ns) -> None:
        self._say(MarketDropped(now_ns, act.market))

    def _resync(self, act: ResyncBook, now_ns: Ns) -> None:
        book = self.snapshot(act.market, act.outcome, now_ns)
        if book is None or self._strikes(self.faults.resync_failed):
            text = "No orderbook exists for the requested token id"
            self._say(ResyncFailed(now_ns, act.market, act.outcome, text))
        else:
            self._say(book)

    def _reconcile(self, act: Reconcile, now_ns: Ns) -> None:
        if self._strikes(self.faults.reconcile_failed):
            self._say(ReconcileFailed(now_ns, act.op, "no answer"))
            return
        exchange, account = self.exchange, self.account
        for report in exchange.mine(account, now_ns):
            self._say(report, WITH)
        orders = exchange.open_orders(account)
        holdings = exchange.holdings(account)
        self._say(Reconciled(now_ns, act.op, orders, holdings, exchange.cash(account)))

    def _score(self, act: AskScoring, now_ns: Ns) -> None:
        scoring = tuple(
            order for order in act.orders if self.exchange.scoring(self.account, order, now_ns)
        )
        idle = tuple(order for order in act.orders if order not in scoring)
        self._say(ScoringReported(now_ns, act.op, scoring, idle))

    def _halt(self, act: Halt, now_ns: Ns) -> None:  # noqa: ARG002
        self._say(Halted(now_ns))

    def snapshot(self, market: MarketId, outcome: Outcome, now_ns: Ns) -> BookReset | None:
        """The outside book of a token as the venue has it now, or None if it is not known.

        `checksum` is empty: a book made of a recording has none of its own.
        """
        pit = self.exchange.pit(market)
        if pit is None or not self.exchange.shown(market):
            return None
        bids, asks = pit.outside(outcome)
        return BookReset(now_ns, now_ns, market, outcome, bids, asks)


ARRIVALS: Final[dict[type[Effect], Callable[[Desk, Any, Ns], None]]] = {
    PlaceOrder: Desk._place,
    CancelOrder: Desk._cancel,
    CancelAll: Desk._cancel_all,
    CancelStray: Desk._cancel_stray,
    MergePairs: Desk._merge,
    RedeemShares: Desk._redeem,
    FindMarket: Desk._find,
    WatchMarket: Desk._watch,
    DropMarket: Desk._drop,
    ResyncBook: Desk._resync,
    Reconcile: Desk._reconcile,
    AskScoring: Desk._score,
    Halt: Desk._halt,
}
