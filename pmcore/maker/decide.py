"""The plan of one window: regime, probability, pair price, then the two ladders with reasons."""

from typing import Final

from pmcore.ids import BUY, DOWN, OUTCOMES, UP, Outcome, slot_of
from pmcore.maker.completing import plan_completion
from pmcore.maker.gate import BEFORE_START, gate_of
from pmcore.maker.quotes import fit_pair, top_price
from pmcore.maker.skew import Lean, lean_of
from pmcore.maker.touch import lowest_ask
from pmcore.maker.want import (
    BELOW_ASK,
    BELOW_MIN_PRICE,
    BELOW_MIN_SIZE,
    EXCESS_RUNG,
    FEWER_RUNGS,
    LEANING,
    PAIR_CAP,
    SCORING,
    SIZE_GRAIN,
    Plan,
    Want,
)
from pmcore.model.probability import q_up
from pmcore.model.regime import FAST_MOVE, STALE_BINANCE, regime
from pmcore.model.rewards import nudge
from pmcore.model.target_total import target_total
from pmcore.state import MarketState, State, slots_in_use
from pmcore.units import MILLISECOND, Price, Shares, floor_price, oracle_usd

REGIME_NS: Final = 50 * MILLISECOND
TOXICITY_STEPS: Final = 20
"""Toxicity fades all the time; sizes follow it in twentieths, not at every beat."""
TOXICITY_AT: Final = 11
"""Where the two toxicities stand in a scene."""


def decide(state: State, market: MarketState) -> None:
    """Renew `market.plan` from the state as it is now."""
    market.dirty = False
    market.decided_ns = state.now_ns
    market.gate = gate_of(state, market)
    if market.gate:
        market.plan.clear(market.gate, slots_in_use(state.rules))
        market.scene = ()
        market.unsettled = bool(market.orders)
        if market.gate == BEFORE_START and not market.orders:
            market.asleep_ns = market.terms.start_ns
        return
    estimate(state, market)
    scene = _scene(state, market)
    if scene == market.scene:
        return  # nothing that the plan is made of has changed: it stands
    market.scene = scene
    lean = lean_of(
        market.inventory.unpaired,
        market.terms.end_ns - state.now_ns,
        market.terms.min_size,
        state.rules,
    )
    plan = Plan()
    if lean.completing:
        market.scene = ()  # a completion also follows costs, cooldowns and what else is open
        plan_completion(state, market, lean, plan)
    else:
        _plan_pair(state, market, lean, plan)
    if plan.wants != market.plan.wants:
        market.unsettled = True
    market.plan = plan


def _scene(state: State, market: MarketState) -> tuple[int, ...]:
    """Everything that the pair of ladders is made of, on the grids that it is rounded to."""
    up, down = market.books
    tick_up, tick_down = market.ticks
    total = market.target_total
    q = market.q_up
    toxicity = state.alpha.toxicity
    now = state.now_ns
    left_ns = market.terms.end_ns - now
    return (
        floor_price(q * total / 10_000.0) // tick_up,
        floor_price((1.0 - q) * total / 10_000.0) // tick_down,
        total // (tick_up if tick_up < tick_down else tick_down),
        up.best_bid,
        up.best_ask,
        down.best_bid,
        down.best_ask,
        tick_up,
        tick_down,
        market.inventory.unpaired,
        state.alpha.regime,
        int(toxicity.level(UP, now) * TOXICITY_STEPS) if toxicity.up_usd < 0.0 else 0,
        int(toxicity.level(DOWN, now) * TOXICITY_STEPS) if toxicity.down_usd < 0.0 else 0,
        int(left_ns <= state.rules.emergency_ns),
    )


def estimate(state: State, market: MarketState) -> None:
    """Renew `q_up` and `target_total`."""
    alpha = state.alpha
    now = state.now_ns
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
    up, down = market.books
    market.target_total, market.target_reason = target_total(
        alpha.total_terms,
        alpha.volatility.var_per_s,
        (up.spread + down.spread) / 20_000.0,
        (left_ns - state.rules.cutoff_ns) / 1e9,
        alpha.regime & FAST_MOVE != 0,
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


def _plan_pair(state: State, market: MarketState, lean: Lean, plan: Plan) -> None:
    """Both ladders under their caps, together at most `target_total` at the top."""
    rules = state.rules
    total = market.target_total
    prices = [0, 0]
    caps = market.scene
    reasons = ["", ""]
    above = [0, 0]
    for outcome in OUTCOMES:
        book = market.books[outcome]
        tick = market.ticks[outcome]
        leaning = lean.missing_ticks if outcome == lean.missing else 0
        price, reason = top_price(
            book.best_bid,
            book.best_ask,
            tick,
            caps[outcome] * tick,
            rules.improve_ticks + leaning,
            rules.ask_ticks,
        )
        ceiling = lowest_ask(market, outcome) - rules.ask_ticks * tick
        if 0 < ceiling < price:
            price, reason = ceiling - ceiling % tick, BELOW_ASK
        if leaning and reason == "improved":
            reason = LEANING
        prices[outcome] = price
        reasons[outcome] = reason
        above[outcome] = price - book.best_bid
    tick = max(market.ticks)
    up_first = lean.missing == DOWN
    fitted = fit_pair(prices[UP], prices[DOWN], above[UP], above[DOWN], tick, total, up_first)
    for outcome in OUTCOMES:
        if fitted[outcome] != prices[outcome]:
            reasons[outcome] = PAIR_CAP
        _plan_ladder(state, market, outcome, fitted[outcome], reasons[outcome], lean, plan)


def _plan_ladder(
    state: State,
    market: MarketState,
    outcome: Outcome,
    top: int,
    reason: str,
    lean: Lean,
    plan: Plan,
) -> None:
    """The rungs of one token below `top`."""
    rules = state.rules
    scalar, rungs = _scalars(state, market, outcome)
    scalar *= lean.missing_scalar if outcome == lean.missing else lean.excess_scalar
    drop_top = lean.drop_excess_top and outcome != lean.missing
    step = rules.step_ticks * market.ticks[outcome]
    price = top
    size = rules.base_size * scalar
    min_size = market.terms.min_size
    for rung in range(rules.levels):
        slot = slot_of(outcome, rung)
        if top <= 0:
            plan.reasons[slot] = reason or BELOW_MIN_PRICE
        elif rung >= rungs:
            plan.reasons[slot] = FEWER_RUNGS
        elif drop_top and rung == 0:
            plan.reasons[slot] = EXCESS_RUNG
        elif price < rules.min_price or price <= 0:
            plan.reasons[slot] = BELOW_MIN_PRICE
        else:
            whole = int(size)
            whole -= whole % SIZE_GRAIN
            if whole < min_size or whole <= 0:
                plan.reasons[slot] = BELOW_MIN_SIZE
            else:
                why = reason if rung == 0 else "rung_below"
                plan.reasons[slot] = why
                plan.wants[slot] = Want(outcome, BUY, Price(price), Shares(whole), why)
        price -= step
        size *= rules.size_decay
    if rules.chase_rewards and top > 0:
        _lean_to_score(state, market, outcome, plan)


def _scalars(state: State, market: MarketState, outcome: Outcome) -> tuple[float, int]:
    """Size multiplier and number of rungs that regime, book and toxicity leave."""
    rules = state.rules
    flags = state.alpha.regime
    scalar = 1.0
    rungs = rules.levels
    if flags & FAST_MOVE:
        scalar *= rules.fast_scalar
        rungs = min(rungs, rules.fast_levels)
    if flags & STALE_BINANCE:
        scalar *= rules.binance_scalar
    if market.books[outcome].best_ask == 0:
        scalar *= rules.no_ask_scalar
    if rules.toxicity_k > 0.0:
        steps = market.scene[TOXICITY_AT + outcome]
        scalar *= 1.0 - rules.toxicity_k * steps / TOXICITY_STEPS
    return scalar, rungs


def _lean_to_score(state: State, market: MarketState, outcome: Outcome, plan: Plan) -> None:
    """Move the top rung into the reward band where every cap allows it; never in a fast move."""
    slot = slot_of(outcome, 0)
    want = plan.wants[slot]
    if want is None or state.alpha.regime & FAST_MOVE:
        return
    book = market.books[outcome]
    changed = nudge(
        want.price,
        want.size,
        book.mid,
        market.terms.rewards,
        Price(market.ticks[outcome]),
        want.price,
        Shares(int(state.rules.base_size * state.rules.scoring_size_factor)),
    )
    if changed is not None:
        want.price, want.size, _ = changed
        want.reason = SCORING
        plan.reasons[slot] = SCORING
