"""What a run has done so far, counted from its records: the numbers of metrics and summary."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from pmapp.ledger import Ledger
from pmapp.maker_run.histogram import Histogram
from pmcore import effects as ef
from pmcore import events as ev
from pmcore.effects import AnyEffect
from pmcore.events import AnyEvent
from pmcore.ids import OrderId
from pmcore.state import State
from pmcore.units import MILLISECOND, SECOND, Ns

MARK_NS: Final = 250 * MILLISECOND
"""How often markouts are looked at: their shortest horizon is a second."""
ASKED_MAX: Final = 4_096

COUNTED: Final[dict[type[AnyEvent], str]] = {
    ev.OrderUnknown: "orders_unknown",
    ev.MergeConfirmed: "merges",
    ev.MergeFailed: "merges_failed",
    ev.RedeemConfirmed: "redemptions",
    ev.RedeemFailed: "redemptions_failed",
    ev.HeartbeatAcked: "heartbeats",
    ev.HeartbeatMissed: "heartbeats_missed",
    ev.Reconciled: "views",
    ev.ReconcileFailed: "views_failed",
    ev.Garbled: "garbled",
    ev.FeedLost: "feeds_lost",
    ev.MarketDropped: "windows_done",
}
"""Events that are only counted, and the name of their count."""
ASKED: Final[dict[type[AnyEffect], str]] = {
    ef.PlaceOrder: "orders_placed",
    ef.CancelOrder: "cancels_asked",
    ef.CancelAll: "cancel_alls_asked",
    ef.CancelStray: "strays_cancelled",
    ef.MergePairs: "merges_asked",
    ef.RedeemShares: "redemptions_asked",
    ef.ResyncBook: "resyncs_asked",
}
"""Effects, and the name of their count."""


class Tally:
    """Counts since the run began. `state` is the drive's and only read, before and after steps."""

    def __init__(self, state: State) -> None:
        self.counts: Counter[str] = Counter()
        self.rejects: Counter[str] = Counter()
        """Refused orders by code."""
        self.submits = Histogram()
        """Seconds of the core's time from asking for an order to its answer."""
        self.ledger = Ledger()
        self.ledger.recall(state)
        self.pairs_merged = 0
        """Micro-shares of confirmed merges."""
        self.redeemed = 0
        """Micro-dollars of confirmed redemptions."""
        self._state = state
        self._asked: dict[OrderId, Ns] = {}
        self._marked_ns = 0
        self._hear: dict[type, Callable[[Any], None]] = {
            ev.Beat: self._beat,
            ev.OrderAccepted: self._answered,
            ev.OrderDelayed: self._answered,
            ev.OrderUnknown: self._answered,
            ev.OrderRejected: self._rejected,
            ev.MergeConfirmed: self._merged,
            ev.RedeemConfirmed: self._redeemed,
            ev.MarketDropped: self._dropped,
        }

    def hear(self, event: AnyEvent) -> bool:
        """Count an event that was stepped. Returns whether it was a fill that was not known yet."""
        kind = type(event)
        name = COUNTED.get(kind)
        if name is not None:
            self.counts[name] += 1
        if isinstance(event, ev.TradeReported):
            return self.ledger.trade(self._state, event)
        act = self._hear.get(kind)
        if act is not None:
            act(event)
        return False

    def asked(self, effect: AnyEffect) -> None:
        """Count what the core asks for."""
        name = ASKED.get(type(effect))
        if name is not None:
            self.counts[name] += 1
        if type(effect) is ef.PlaceOrder:
            if len(self._asked) >= ASKED_MAX:
                self._asked.clear()
            self._asked[effect.order] = self._state.now_ns

    def _beat(self, event: ev.Beat) -> None:
        if event.at_ns - self._marked_ns >= MARK_NS:
            self._marked_ns = event.at_ns
            self.ledger.watch(self._state)

    def _answered(self, event: ev.OrderAccepted | ev.OrderDelayed | ev.OrderUnknown) -> None:
        asked_ns = self._asked.pop(event.order, None)
        # The user channel tells of the same order again: the first word counts.
        if asked_ns is not None:
            self.submits.add((event.at_ns - asked_ns) / SECOND)
            self.counts["orders_accepted"] += type(event) is ev.OrderAccepted

    def _rejected(self, event: ev.OrderRejected) -> None:
        self.rejects[event.code] += 1
        asked_ns = self._asked.pop(event.order, None)
        if asked_ns is not None:
            self.submits.add((event.at_ns - asked_ns) / SECOND)

    def _merged(self, event: ev.MergeConfirmed) -> None:
        self.pairs_merged += event.size

    def _redeemed(self, event: ev.RedeemConfirmed) -> None:
        self.redeemed += event.payout

    def _dropped(self, event: ev.MarketDropped) -> None:
        self.ledger.dropped(event.market)
