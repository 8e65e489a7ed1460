"""The run's onlooker: a journal that counts and tells what passes through it.

It stands around the journal, where every event arrives with the effects that it led to, after the
step and before anything is done. It changes nothing.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.tally import Tally
from pmapp.screen_words import estimated
from pmcore import effects as ef
from pmcore import events as ev
from pmcore.effects import AnyEffect, Note
from pmcore.events import AnyEvent
from pmcore.ids import FEED_NAMES, OUTCOME_NAMES, SIDE_NAMES, MarketId
from pmcore.market_state import MarketState
from pmcore.order import FAK, FOK
from pmcore.state import State
from pmcore.units import Ns, Price, show_micro, show_price
from pmio.drive import Journal

QUOTING: Final = "quoting"
EXPECTED: Final = ("post_only_would_cross", "post_only_mode", "fok_not_filled", "fak_not_filled")
"""Refusals that are a part of the trade: worth a line only to somebody who looks for them."""
LEVELS: Final[dict[type[AnyEvent], str]] = {
    ev.OrderAccepted: "debug",
    ev.OrderCancelled: "debug",
    ev.CancelRefused: "debug",
    ev.OrderUnknown: "warning",
    ev.CancelUnknown: "warning",
    ev.CancelAllUnknown: "warning",
    ev.AllCancelled: "info",
    ev.StrayCancelled: "info",
    ev.MergeConfirmed: "info",
    ev.MergeFailed: "warning",
    ev.MergeUnknown: "warning",
    ev.RedeemConfirmed: "info",
    ev.RedeemFailed: "warning",
    ev.RedeemUnknown: "warning",
    ev.HeartbeatMissed: "warning",
    ev.ReconcileFailed: "warning",
    ev.VenueModeChanged: "warning",
    ev.AccountRestricted: "error",
    ev.AuthRefused: "error",
    ev.IncentivePaid: "info",
    ev.TickChanged: "info",
    ev.MarketResolved: "info",
    ev.ResyncFailed: "warning",
    ev.KillAsked: "error",
    ev.ResumeAsked: "warning",
    ev.StopAsked: "info",
    ev.Halted: "warning",
}
"""Events that become a line as they are, and the line's level."""


class Watch:
    """Wraps `journal`; `state` is the drive's, read after each step. `tell` hears notes."""

    def __init__(self, state: State, journal: Journal, log: RunLog) -> None:
        self.tally = Tally(state)
        self._state = state
        self._journal = journal
        self._log = log
        self._gates: dict[MarketId, str] = {}
        self._told: dict[type, Callable[[Any], None]] = {
            ev.Beat: self._look,
            ev.FeedOpened: self._feed,
            ev.FeedLost: self._feed,
            ev.Garbled: self._feed,
            ev.OrderRejected: self._rejected,
            ev.MarketListed: self._listed,
            ev.MarketDropped: self._dropped,
            ef.PlaceOrder: self._place,
            ef.CancelOrder: self._cancel,
            ef.CancelAll: self._plain,
            ef.CancelStray: self._stray,
            ef.MergePairs: self._plain,
            ef.RedeemShares: self._plain,
            ef.Halt: self._plain,
        }

    @property
    def pending(self) -> int:
        """Events in the journal's buffer."""
        return self._journal.pending

    def append(self, event: AnyEvent, effects: list[AnyEffect]) -> None:
        """Record, count, tell."""
        self._journal.append(event, effects)
        tally, kind = self.tally, type(event)
        failed = tally.ledger.failed
        if tally.hear(event):
            self._filled(event)
        elif tally.ledger.failed > failed:
            self._failed(event)
        told = self._told.get(kind)
        if told is not None:
            told(event)
        elif kind in LEVELS:
            getattr(self._log, LEVELS[kind])(_snake(kind), **_fields(event))
        for effect in effects:
            tally.asked(effect)
            told = self._told.get(type(effect))
            if told is not None:
                told(effect)

    def flush(self) -> None:
        """Flush the journal."""
        self._journal.flush()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def abandon(self) -> None:
        """Let go of the journal."""
        self._journal.abandon()

    def tell(self, note: Note, at_ns: Ns) -> None:
        """A note of the core."""
        self._log.told(note.level, "note", code=note.code, text=note.text, at_ns=at_ns)

    # --- what becomes a line ---------------------------------------------------------------------

    def _look(self, _: ev.Beat) -> None:
        """Tell when a window begins or ceases to be quoted, and why."""
        gates = self._gates
        for number, market in self._state.markets.items():
            gate = market.gate or QUOTING
            if gates.get(number) != gate:
                gates[number] = gate
                self._log.info("gate", market=market.terms.slug, gate=gate, q_up=_round(market))

    def _place(self, effect: ef.PlaceOrder) -> None:
        market = self._state.markets.get(effect.market)
        fields: dict[str, Any] = {}
        if market is not None:
            book = market.books[effect.outcome]
            fields = {
                "market": market.terms.slug,
                "q_up": _round(market),
                "pair_may_cost": show_price(market.target_total),
                "best_bid": show_price(Price(max(book.bids, default=0))),
                "best_ask": show_price(Price(min(book.asks, default=0))),
            }
        self._log.info(
            "take" if effect.kind in (FOK, FAK) else "place",
            order=effect.order,
            outcome=OUTCOME_NAMES[effect.outcome],
            side=SIDE_NAMES[effect.side],
            price=show_price(effect.price),
            size=show_micro(effect.size),
            why=effect.why,
            **fields,
        )

    def _cancel(self, effect: ef.CancelOrder) -> None:
        market = self._state.markets.get(self._state.order_market.get(effect.order, MarketId(0)))
        slug = market.terms.slug if market is not None else ""
        self._log.info("cancel", order=effect.order, market=slug, why=effect.why)

    def _plain(self, effect: AnyEffect) -> None:
        self._log.info(_snake(type(effect)), **_fields(effect))

    def _stray(self, effect: ef.CancelStray) -> None:
        """Ordinary after a crash; later it is a person's order, or another program's."""
        text = "an order of the account that this journal does not know is cancelled"
        self._log.warning("cancel_stray", venue_id=effect.venue_id, text=text)

    def _feed(self, event: ev.FeedOpened | ev.FeedLost | ev.Garbled) -> None:
        fields = _fields(event)
        fields["feed"] = FEED_NAMES[event.feed]
        level = "info" if type(event) is ev.FeedOpened else "warning"
        getattr(self._log, level)(_snake(type(event)), **fields)

    def _rejected(self, event: ev.OrderRejected) -> None:
        tell = self._log.debug if event.code in EXPECTED else self._log.warning
        tell("order_rejected", order=event.order, code=event.code, text=event.text)

    def _failed(self, event: Any) -> None:
        self._log.warning("trade_failed", trade=event.trade, order=event.order)

    def _filled(self, event: Any) -> None:
        market = self._state.markets.get(event.market)
        self._log.info(
            "fill",
            order=event.order,
            market=market.terms.slug if market is not None else "",
            outcome=OUTCOME_NAMES[event.outcome],
            side=SIDE_NAMES[event.side],
            price=show_price(event.price),
            size=show_micro(event.size),
            fee_micro=event.fee,
            maker=event.maker,
            trade=event.trade,
        )

    def _listed(self, event: ev.MarketListed) -> None:
        if event.terms.id not in self._gates:
            terms = event.terms
            self._log.info("market_listed", market=terms.slug, tick=show_price(terms.tick))

    def _dropped(self, event: ev.MarketDropped) -> None:
        self._gates.pop(event.market, None)
        row = next((row for row in self.tally.ledger.rows if row.market == event.market), None)
        if row is not None:
            self._log.info("window_done", **msgspec.to_builtins(row))


def _round(market: MarketState) -> float | None:
    return round(market.q_up, 4) if estimated(market) else None


def _fields(thing: Any) -> dict[str, Any]:
    """The fields of an event or effect, without its stamp, and none that is named as the log's."""
    fields: dict[str, Any] = msgspec.structs.asdict(thing)
    fields.pop("at_ns", None)
    return fields


def _snake(kind: type) -> str:
    """`MergePairs` -> `merge_pairs`."""
    name = kind.__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
