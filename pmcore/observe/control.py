"""The run itself, the operator, and what the venue says of the account as a whole."""

from typing import Final

from pmcore.account.day_result import day_pnl
from pmcore.events import (
    AccountRestricted,
    AllCancelled,
    AuthRefused,
    BalanceReported,
    Beat,
    CancelAllUnknown,
    Configured,
    Halted,
    HeartbeatAcked,
    HeartbeatMissed,
    KillAsked,
    RateReported,
    ReconcileFailed,
    ResumeAsked,
    RunOpened,
    StopAsked,
    StrayCancelled,
    VenueModeChanged,
)
from pmcore.ids import MarketId, OpId
from pmcore.observe.orders import settle
from pmcore.order import CANCEL_DONE
from pmcore.state import HALTED, KILLED, RUNNING, Pending, State, configure
from pmcore.units import Ns

NO_MARKET: Final = MarketId(-1)


def run_opened(state: State, event: RunOpened) -> None:
    """A run begins."""
    state.run_id = event.run_id
    state.mode = event.mode
    state.pacing.filled_ns = state.now_ns
    state.pacing.place = state.rules.place_burst
    state.pacing.cancel = state.rules.cancel_burst


def configured(state: State, event: Configured) -> None:
    """A configuration replaces the one before."""
    configure(state, event.config)
    state.pacing.place = state.rules.place_burst
    state.pacing.cancel = state.rules.cancel_burst
    for market in state.markets.values():
        market.dirty = True
        market.scene = ()


def beat(state: State, event: Beat) -> None:
    """Nothing to observe: `step` decides after it."""


def kill_asked(state: State, event: KillAsked) -> None:
    """The operator's kill needs a person to lift it."""
    kill(state, f"operator: {event.reason}", operator=True)


def stop_asked(state: State, event: StopAsked) -> None:
    """An orderly stop is a kill that halts."""
    state.safety.stopping = True
    kill(state, "stopping", operator=True)


def resume_asked(state: State, event: ResumeAsked) -> None:
    """Start again after a kill; what caused it is looked at afresh."""
    safety = state.safety
    if safety.mode in (KILLED, HALTED) and not safety.stopping:
        safety.mode = RUNNING
        safety.why = ""
        safety.operator = False
        safety.halt_asked = False
        safety.rejects = []
        safety.auth_failures = 0
        safety.restricted = ""
        if -day_pnl(state) >= state.rules.max_daily_loss:
            # Somebody goes on after it. Any other stop and start must not forget the day's loss.
            safety.day = 0
        safety.since_ns = state.now_ns
        state.reconcile_due = True
        state.urgent = True


def halted(state: State, event: Halted) -> None:
    """The lanes are closed."""
    if state.safety.halt_asked and state.safety.mode == KILLED:
        state.safety.mode = HALTED


def all_cancelled(state: State, event: AllCancelled) -> None:
    """Nothing that was sent before the request rests any more."""
    asked = state.cancel_all
    if not event.op or event.op != asked.op:
        return
    for number in asked.covered:
        market = state.markets.get(state.order_market.get(number, NO_MARKET))
        order = market.orders.get(number) if market is not None else None
        if market is not None and order is not None:
            settle(state, market, order, CANCEL_DONE)
    asked.covered = []
    asked.op = OpId(0)
    asked.asked_seq = state.seq
    state.urgent = True


def cancel_all_unknown(state: State, event: CancelAllUnknown) -> None:
    """Not confirmed: asked again after a pause (see `safety`)."""
    if event.op and event.op == state.cancel_all.op:
        state.cancel_all.op = OpId(0)
        state.reconcile_due = True


def stray_cancelled(state: State, event: StrayCancelled) -> None:
    """Gone, or asked again after a pause; the next reconciliation shows what rests."""
    venue_id = state.stray_ops.pop(event.op, None)
    if venue_id is None:
        return
    if event.done:
        state.strays.pop(venue_id, None)
    else:
        state.reconcile_due = True


def reconcile_failed(state: State, event: ReconcileFailed) -> None:
    """No view this time; the next is due after the retry pause."""
    if event.op and event.op == state.reconcile.op:
        state.reconcile.op = OpId(0)
        state.reconciled_ns = state.now_ns
        state.reconcile_due = True


def balance_reported(state: State, event: BalanceReported) -> None:
    """Collateral at the venue."""
    state.cash = event.cash
    state.cash_known = True
    for market in state.markets.values():
        market.dirty = True


def heartbeat_acked(state: State, event: HeartbeatAcked) -> None:
    """The dead-man switch is wound."""
    state.safety.heartbeat_ns = event.at_ns


def heartbeat_missed(state: State, event: HeartbeatMissed) -> None:
    """Only a lasting failure matters: the grace is counted from the last accepted one."""
    if state.safety.heartbeat_ns == 0:
        state.safety.heartbeat_ns = event.at_ns
    state.upkeep_ns = Ns(0)


def rate_reported(state: State, event: RateReported) -> None:
    """The venue's count of our tokens is believed when it is lower than ours."""
    state.pacing.place = min(state.pacing.place, event.place_milli / 1_000.0)
    state.pacing.cancel = min(state.pacing.cancel, event.cancel_milli / 1_000.0)


def venue_mode_changed(state: State, event: VenueModeChanged) -> None:
    """Post-only, cancel-only, restarting or disabled: first-class states, not errors."""
    state.safety.venue_mode = event.mode
    for market in state.markets.values():
        market.dirty = True


def account_restricted(state: State, event: AccountRestricted) -> None:
    """Closed-only, banned or geoblocked: never trade on."""
    state.safety.restricted = event.text or "restricted"
    state.urgent = True


def auth_refused(state: State, event: AuthRefused) -> None:
    """Counted; too many trip the kill switch."""
    state.safety.auth_failures += 1
    state.urgent = True


def kill(state: State, why: str, operator: bool) -> None:
    """Trip the switch; the first reason stays, unless it could heal and the next one cannot."""
    safety = state.safety
    if safety.mode in (KILLED, HALTED):
        graver = operator and not safety.operator
        safety.operator = safety.operator or operator
        if graver and safety.mode == KILLED and not safety.stopping:
            # What a person has to look at; told, and all cancelled, as for a first reason.
            safety.why = why
            state.cancel_all = Pending()
            state.urgent = True
        if safety.stopping:
            safety.why = why
            safety.halt_asked = False
            safety.mode = KILLED
            state.urgent = True
        return
    safety.mode = KILLED
    safety.why = why
    safety.operator = operator
    safety.since_ns = state.now_ns
    safety.clear_ns = Ns(0)
    safety.halt_asked = False
    state.cancel_all = Pending()
    state.urgent = True
    for market in state.markets.values():
        market.dirty = True
