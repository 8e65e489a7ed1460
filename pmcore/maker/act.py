"""One decision: safety first, then each window's plan and its diff, then upkeep.

A window is planned anew only when something that matters to its plan has changed (`dirty`) or
`decide_interval` has passed, and its plan is held against its orders only when either has changed
or a move was put off (`unsettled`), so a storm of size-only changes costs a few tests of flags.
"""

from collections.abc import Callable

from pmcore.effects import Effects
from pmcore.maker.calendar import roll
from pmcore.maker.decide import REGIME_NS, read_regime
from pmcore.maker.diff import diff
from pmcore.maker.gate import gate_of
from pmcore.maker.merge import merge_due
from pmcore.maker.safety import watch
from pmcore.maker.upkeep import measure, refill, upkeep
from pmcore.market_state import MarketState
from pmcore.state import HALTED, RUNNING, State
from pmcore.units import SECOND, Ns

IDLE_NS = SECOND
Decide = Callable[[State, MarketState], None]


def act(state: State, decide: Decide) -> Effects:
    """Everything that should be asked of the world now."""
    effects: Effects = []
    now = state.now_ns
    if state.safety.mode == HALTED:
        state.urgent = False
        state.deadline_ns = Ns(0)
        return effects  # nothing is asked for until a person resumes
    due = state.urgent or now >= state.upkeep_ns
    if due:
        state.urgent = False
        read_regime(state)
        watch(state, effects)
        roll(state, effects)
    decide_ns = state.rules.decide_ns
    for market in state.markets.values():
        if market.cooling:
            _cool(market, now)
        if now < market.asleep_ns:
            continue
        if 0 < market.measure_ns <= now:
            measure(state, market)
        if market.dirty or now - market.decided_ns >= decide_ns:
            if now - state.alpha.regime_ns >= REGIME_NS:
                read_regime(state)
            decide(state, market)
        if market.unsettled:
            if market.decided_ns != now and gate_of(state, market) != market.gate:
                # The plan is a little old, and a boundary has passed since.
                decide(state, market)
            refill(state)
            diff(state, market, effects)
    if due:
        merge_due(state, effects)
        upkeep(state, effects)
        state.idle = not _busy(state)
        if state.idle:
            state.upkeep_ns = Ns(now + IDLE_NS)
    next_ns = state.upkeep_ns
    if not state.idle and now + decide_ns < next_ns:
        next_ns = Ns(now + decide_ns)
    state.deadline_ns = next_ns
    return effects


def _cool(market: MarketState, now_ns: Ns) -> None:
    """Forget the cancelled orders of which no fill can come any more; the oldest are first."""
    cooling = market.cooling
    while cooling:
        number = next(iter(cooling))
        if cooling[number] > now_ns:
            return
        del cooling[number]


def _busy(state: State) -> bool:
    """Whether anything rests or is quoted: otherwise a look each second is enough."""
    if state.safety.mode != RUNNING or state.reconcile.op:
        return True
    return any(market.orders or not market.gate for market in state.markets.values())
