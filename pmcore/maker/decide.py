"""The plan of one window: regime, probability, pair price; what they come to, if it has changed.

Two tests save most of the work. A *scene* is everything that a plan is made of, on the grids that
it is rounded to; a *shape* (see `ladders`) is what it comes to. The same scene leads to the same
shape, and the same shape to the same ladders. An empty scene says that the plan must be made anew.
"""

from typing import Final

from pmcore.ids import DOWN, UP
from pmcore.maker.completing import plan_completion
from pmcore.maker.gate import BEFORE_START, gate_of
from pmcore.maker.ladders import ladders, shape_of
from pmcore.maker.skew import BALANCED, lean_of
from pmcore.maker.want import Plan, Scene
from pmcore.market_state import MarketState
from pmcore.model.probability import q_up
from pmcore.model.regime import FAST_MOVE, regime
from pmcore.model.target_total import target_total
from pmcore.state import State, slots_in_use
from pmcore.units import MILLISECOND, SECOND, Ns, oracle_usd

REGIME_NS: Final = 50 * MILLISECOND
ENDED_NS: Final = SECOND
"""A window that has ended, with nothing open, is looked at this often."""
GRAIN: Final = 1e-9
"""A cap this little below a whole basis point is that basis point (as in `units.floor_price`)."""


def decide(state: State, market: MarketState) -> None:
    """Renew `market.plan` from the state as it is now."""
    market.dirty = False
    market.decided_ns = state.now_ns
    market.gate = gate_of(state, market)
    if market.gate:
        market.plan.clear(market.gate, slots_in_use(state.rules))
        market.scene = ()
        market.unsettled = bool(market.orders)
        if market.orders or market.measure_ns:
            return
        if market.gate == BEFORE_START:
            market.asleep_ns = market.terms.start_ns
        elif state.now_ns >= market.terms.end_ns:
            market.asleep_ns = Ns(state.now_ns + ENDED_NS)
        return
    alpha = state.alpha
    if (
        alpha.heard_seq > market.q_seq
        or state.now_ns - market.q_ns >= state.rules.decide_ns
        or not market.scene
    ):
        _renew_q(state, market)
    _renew_total(state, market)
    unpaired = market.inventory.unpaired
    scene = _scene(state, market, unpaired)
    if scene == market.scene:
        return  # nothing that the plan is made of has changed: it stands
    known = bool(market.scene)
    market.scene = scene
    left_ns = market.terms.end_ns - state.now_ns
    lean = lean_of(unpaired, left_ns, market.terms.min_size, state.rules) if unpaired else BALANCED
    if lean.completing:
        market.scene = ()  # a completion also follows costs, cooldowns and what else is open
        plan = Plan()
        plan_completion(state, market, lean, plan)
    else:
        shape = shape_of(scene, lean, state.rules)
        if known and shape == market.plan.shape:
            return  # the same two ladders again
        plan = ladders(state, market, shape)
    if plan.wants != market.plan.wants:
        market.unsettled = True
    market.plan = plan


def _scene(state: State, market: MarketState, unpaired: int) -> Scene:
    """Everything that the pair of ladders is made of, on the grids that it is rounded to."""
    up, down = market.books
    tick_up, tick_down = market.ticks
    total = market.target_total
    q = market.q_up
    toxicity = state.alpha.toxicity
    toxic_up, toxic_down = toxicity.steps
    until_up, until_down = toxicity.until_ns
    now = state.now_ns
    left_ns = market.terms.end_ns - now
    return (
        int(q * total + GRAIN) // tick_up,
        int((1.0 - q) * total + GRAIN) // tick_down,
        total // (tick_up if tick_up < tick_down else tick_down),
        up.best_bid,
        up.best_ask,
        down.best_bid,
        down.best_ask,
        tick_up,
        tick_down,
        unpaired,
        state.alpha.regime,
        toxic_up if now < until_up else toxicity.step(UP, now),
        toxic_down if now < until_down else toxicity.step(DOWN, now),
        int(left_ns <= state.rules.emergency_ns),
    )


def estimate(state: State, market: MarketState) -> None:
    """Renew `q_up` and `target_total`."""
    _renew_q(state, market)
    _renew_total(state, market)


def _renew_q(state: State, market: MarketState) -> None:
    """Between two prices it changes by time alone: each `decide_interval` is often enough."""
    alpha = state.alpha
    now = state.now_ns
    market.q_seq = state.seq
    market.q_ns = now
    left_ns = market.terms.end_ns - now
    settlement = market.terms.settlement
    known = market.end.known_average(now) if left_ns < settlement.window_ns else None
    market.q_up = q_up(
        settlement,
        oracle_usd(market.start.price),
        alpha.chainlink.last_usd,
        oracle_usd(known) if known else 0.0,
        left_ns / 1e9,
        alpha.volatility.var_per_s,
        alpha.volatility.drift_per_s,
        alpha.min_var_per_s,
    )


def _renew_total(state: State, market: MarketState) -> None:
    alpha = state.alpha
    up, down = market.books
    terms = alpha.total_terms
    left_s = (market.terms.end_ns - state.now_ns - state.rules.cutoff_ns) / 1e9
    left_s = min(left_s, terms.time_scale_s)  # time counts from here on only
    made_of = (
        alpha.volatility.var_per_s,
        up.spread + down.spread,
        left_s,
        alpha.regime & FAST_MOVE,
    )
    if market.scene and made_of == market.total_of:
        return
    market.total_of = made_of
    market.target_total, market.target_reason = target_total(
        terms, made_of[0], made_of[1] / 20_000.0, left_s, made_of[3] != 0
    )


def read_regime(state: State) -> int:
    """The regime's flags now: read anew after each price, and by time in between."""
    alpha = state.alpha
    if state.now_ns - alpha.regime_ns < REGIME_NS:
        return alpha.regime
    alpha.regime_ns = state.now_ns
    alpha.regime = regime(
        alpha.regime_terms,
        state.now_ns,
        alpha.chainlink,
        alpha.binance,
        alpha.volatility.var_per_s,
    )
    return alpha.regime
