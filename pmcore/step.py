"""The one function that advances the state: observe the event, and on a beat decide.

`step` is the same in live trading, paper trading, backtest, stress and replay; only who supplies
the events and who performs the effects differs. Every event is observed. Decisions are taken on a
`Beat`, which the driver appends after each drained batch and at each deadline, and at once on
facts that cannot wait (a lost feed, a kill).
"""

from collections.abc import Callable
from typing import Any, Final

from pmcore import events as ev
from pmcore.effects import Effects
from pmcore.maker.act import Decide, act
from pmcore.maker.decide import decide
from pmcore.observe import books, control, markets, oracles, orders, reconciling
from pmcore.state import State

OBSERVERS: Final[dict[type[ev.Event], Callable[[State, Any], None]]] = {
    ev.RunOpened: control.run_opened,
    ev.Configured: control.configured,
    ev.Beat: control.beat,
    ev.KillAsked: control.kill_asked,
    ev.ResumeAsked: control.resume_asked,
    ev.StopAsked: control.stop_asked,
    ev.Halted: control.halted,
    ev.MarketListed: markets.market_listed,
    ev.MarketMissing: markets.market_missing,
    ev.MarketWatched: markets.market_watched,
    ev.MarketDropped: markets.market_dropped,
    ev.TickChanged: books.tick_changed,
    ev.MarketResolved: markets.market_resolved,
    ev.FeedOpened: markets.feed_opened,
    ev.FeedLost: markets.feed_lost,
    ev.Garbled: markets.garbled,
    ev.BookReset: books.book_reset,
    ev.ResyncFailed: books.resync_failed,
    ev.LevelChanged: books.level_changed,
    ev.TouchQuoted: books.touch_quoted,
    ev.TradePrinted: books.trade_printed,
    ev.OracleTicked: oracles.oracle_ticked,
    ev.OrderAccepted: orders.order_accepted,
    ev.OrderDelayed: orders.order_delayed,
    ev.OrderRejected: orders.order_rejected,
    ev.OrderUnknown: orders.order_unknown,
    ev.OrderCancelled: orders.order_cancelled,
    ev.CancelRefused: orders.cancel_refused,
    ev.CancelUnknown: orders.cancel_unknown,
    ev.AllCancelled: control.all_cancelled,
    ev.CancelAllUnknown: control.cancel_all_unknown,
    ev.StrayCancelled: control.stray_cancelled,
    ev.TradeReported: orders.trade_reported,
    ev.ScoringReported: orders.scoring_reported,
    ev.Reconciled: reconciling.reconciled,
    ev.ReconcileFailed: control.reconcile_failed,
    ev.BalanceReported: control.balance_reported,
    ev.HeartbeatAcked: control.heartbeat_acked,
    ev.HeartbeatMissed: control.heartbeat_missed,
    ev.RateReported: control.rate_reported,
    ev.VenueModeChanged: control.venue_mode_changed,
    ev.AccountRestricted: control.account_restricted,
    ev.AuthRefused: control.auth_refused,
    ev.MergeConfirmed: markets.merge_confirmed,
    ev.MergeFailed: markets.merge_failed,
    ev.MergeUnknown: markets.merge_unknown,
    ev.RedeemConfirmed: markets.redeem_confirmed,
    ev.RedeemFailed: markets.redeem_failed,
    ev.RedeemUnknown: markets.redeem_unknown,
    ev.IncentivePaid: markets.incentive_paid,
}
"""How each event changes the state: total over `events.AnyEvent` (tested)."""

Step = Callable[[State, Any], Effects]


def stepper(policy: Decide) -> Step:
    """A `step` that plans with `policy`; everything else (risk, diff, safety) stays the same."""
    observers = OBSERVERS
    beat = ev.Beat

    def advance(state: State, event: ev.Event) -> Effects:
        """Advance `state` by one event, and say what should be done about it."""
        state.seq += 1
        if event.at_ns > state.now_ns:  # noqa: PLR1730 - max() costs three times as much
            state.now_ns = event.at_ns
        kind = type(event)
        if kind is not beat:
            observers[kind](state, event)
            if not state.urgent:
                return []
        return act(state, policy)

    return advance


step: Final[Step] = stepper(decide)


def beat_due(state: State) -> bool:
    """Whether a beat now would have anything to do: a driver may leave out one that has not.

    The conditions are those of `maker.act.act`; a beat that is appended all the same changes
    nothing but `state.seq`.
    """
    now = state.now_ns
    if state.urgent or now >= state.upkeep_ns:
        return True
    decide_ns = state.rules.decide_ns
    for market in state.markets.values():
        if now >= market.asleep_ns and (
            market.dirty
            or market.unsettled
            or now - market.decided_ns >= decide_ns
            or 0 < market.measure_ns <= now
        ):
            return True
    return False


def next_deadline(state: State) -> int:
    """When a beat is due even if nothing happens, in nanoseconds; 0 for never."""
    return state.deadline_ns
