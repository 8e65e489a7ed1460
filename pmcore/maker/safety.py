"""The kill switch, and the way back.

Two kinds of causes. A feed, the heartbeat or the venue can heal: the run is killed, everything is
cancelled, and it resumes by itself after `auto_resume_after_s` without the cause, if
`allow_auto_resume`. Money, credentials, restrictions and people cannot: those need a person. The
panic path is the everyday path: a killed state wants an empty book and `CancelAll` is the belt to
the diff's braces. Where only a person may resume, the lanes are halted once nothing is open.
"""

from pmcore.account.day_result import day_pnl, total_realised
from pmcore.effects import CancelAll, Effects, Halt, Note
from pmcore.ids import OpId
from pmcore.maker.diff import withdraw
from pmcore.maker.risk import worst_day_loss, worst_unpaired_total
from pmcore.model.regime import ORACLE_DISAGREE, STALE_ORACLE
from pmcore.observe.control import kill
from pmcore.order import CANCEL_ASKED, DELAYED, PENDING, advance
from pmcore.state import KILLED, RUNNING, State, next_number
from pmcore.units import SECOND, Ns, show_micro

DAY_NS = 86_400 * SECOND


def watch(state: State, effects: Effects) -> None:
    """Trip, carry out or lift the kill switch."""
    if _roll_day(state) and worst_day_loss(state) > state.rules.max_daily_loss:
        _shrink(state, effects)
    _tell_disagreement(state, effects)
    safety = state.safety
    if safety.mode == RUNNING:
        cause = _lasting_cause(state)
        if cause:
            kill(state, cause, operator=True)
        else:
            cause = _healing_cause(state)
            if cause:
                kill(state, cause, operator=False)
    if safety.mode == KILLED:
        _carry_out(state, effects)
        if not safety.operator:
            _perhaps_resume(state, effects)


def _tell_disagreement(state: State, effects: Effects) -> None:
    """A warning when the oracles begin to disagree; nothing else follows from it."""
    alpha = state.alpha
    disagree = bool(alpha.regime & ORACLE_DISAGREE)
    if disagree and not alpha.disagreed:
        apart = abs(alpha.binance.last_usd - alpha.chainlink.last_usd)
        effects.append(Note("warning", "oracle_disagree", f"prices differ by {apart:.2f} USD"))
    alpha.disagreed = disagree


def _lasting_cause(state: State) -> str:
    """A cause that only a person may lift."""
    safety, rules = state.safety, state.rules
    if safety.restricted:
        return f"restricted: {safety.restricted}"
    if safety.auth_failures >= rules.max_auth_failures:
        return f"{safety.auth_failures} authentication failures"
    oldest = state.now_ns - rules.reject_ns
    safety.rejects = [at for at in safety.rejects if at >= oldest]
    if len(safety.rejects) >= rules.max_rejects:
        window_s = rules.reject_ns // SECOND
        return f"{len(safety.rejects)} unexpected rejections within {window_s} s"
    if -day_pnl(state) >= rules.max_daily_loss > 0:
        return f"daily loss of {show_micro(-day_pnl(state))} USDC"
    unpaired = worst_unpaired_total(state)
    if unpaired > rules.max_unpaired_global:
        return f"{show_micro(unpaired)} shares unpaired at worst"
    return ""


def _healing_cause(state: State) -> str:
    """A cause that may pass: counted only while a window is being traded."""
    safety, rules = state.safety, state.rules
    now = state.now_ns
    if safety.heartbeat_ns and rules.heartbeats:
        if now - safety.heartbeat_ns > rules.heartbeat_grace_ns:
            return "heartbeats lost"
    if not _exposed(state):
        return ""
    if state.alpha.regime & STALE_ORACLE:
        return "stale oracle"
    for market in state.markets.values():
        if market.orders and all(
            now - book.heard_ns > rules.market_stale_ns for book in market.books
        ):
            return f"both tokens of {market.terms.slug} stale"
    return ""


def _exposed(state: State) -> bool:
    """Whether anything of ours rests at the venue."""
    return any(market.orders for market in state.markets.values())


def _carry_out(state: State, effects: Effects) -> None:
    """Ask for cancel-all until it is confirmed, then halt the lanes once nothing is open."""
    asked = state.cancel_all
    now = state.now_ns
    due = asked.asked_ns == 0 or now - asked.asked_ns >= state.rules.retry_ns
    if asked.asked_seq == 0 and not asked.op and due:
        if asked.asked_ns == 0 and not state.safety.stopping:
            # Here, since an observer may have tripped it: a person, a view of the account.
            effects.append(Note("alert", "killed", state.safety.why))
        asked.op = OpId(next_number(state))
        asked.asked_ns = now
        asked.covered = []
        for market in state.markets.values():
            for order in market.orders.values():
                # What is still in flight may arrive after it: its own answer decides.
                if order.status not in (PENDING, DELAYED):
                    asked.covered.append(order.id)
                    advance(order, CANCEL_ASKED, now)
        effects.append(CancelAll(asked.op, state.safety.why))
    elif asked.asked_seq and not _exposed(state) and not state.safety.halt_asked:
        if state.safety.operator or not state.rules.auto_resume:
            state.safety.halt_asked = True
            effects.append(Halt(state.safety.why))


def _perhaps_resume(state: State, effects: Effects) -> None:
    """Resume when the cause of a feed-made kill has been gone long enough."""
    safety, rules = state.safety, state.rules
    if not rules.auto_resume or state.cancel_all.op or _still_ill(state):
        safety.clear_ns = Ns(0)
        return
    if safety.clear_ns == 0:
        safety.clear_ns = state.now_ns
    if state.now_ns - safety.clear_ns >= rules.resume_ns:
        safety.mode = RUNNING
        safety.why = ""
        safety.clear_ns = Ns(0)
        state.reconcile_due = True
        effects.append(Note("info", "resumed", "the cause of the kill has gone"))
        for market in state.markets.values():
            market.dirty = True


def _still_ill(state: State) -> bool:
    rules = state.rules
    if state.alpha.regime & STALE_ORACLE:
        return True
    beat = state.safety.heartbeat_ns
    return bool(beat and rules.heartbeats and state.now_ns - beat > rules.heartbeat_grace_ns)


def _shrink(state: State, effects: Effects) -> None:
    """Take back what yesterday's profit had allowed; the risk check lets back what fits today."""
    for market in state.markets.values():
        market.dirty = True
        for order in market.orders.values():
            withdraw(state, order, "new_day", effects)


def _roll_day(state: State) -> bool:
    """At midnight UTC the day's loss starts from zero. Returns whether it was midnight."""
    day = state.now_ns // DAY_NS
    if day == state.safety.day:
        return False
    state.safety.day = day
    state.safety.day_start_pnl = total_realised(state)
    return True
