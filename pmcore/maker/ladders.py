"""The two ladders of bids under their caps, together at most `target_total` at the top.

First the *shape*: top price, reason, size and number of rungs of each token. It hangs on the scene
alone, and the ladders on the shape alone (besides rules and terms, whose changes empty the scene),
so an unchanged shape needs no new ladders.
"""

from functools import lru_cache

from pmcore.ids import BUY, DOWN, OUTCOMES, UP, Outcome, slot_of
from pmcore.maker.quotes import fit_pair, top_price
from pmcore.maker.skew import Lean
from pmcore.maker.want import (
    BELOW_MIN_PRICE,
    BELOW_MIN_SIZE,
    BELOW_TOP,
    EXCESS_RUNG,
    FEWER_RUNGS,
    PAIR_CAP,
    SCORING,
    SIZE_GRAIN,
    Ladder,
    Plan,
    Scene,
    Shape,
    Want,
)
from pmcore.market_state import MarketState
from pmcore.model.regime import FAST_MOVE, STALE_BINANCE
from pmcore.model.rewards import nudge
from pmcore.model.toxicity import STEPS
from pmcore.rules import Rules
from pmcore.state import State
from pmcore.units import ONE_DOLLAR, Price, Shares


def shape_of(scene: Scene, lean: Lean, rules: Rules) -> Shape:
    """What the ladders come to in this scene."""
    cap_up, cap_down, pair, up_bid, up_ask, down_bid, down_ask, *rest = scene
    tick_up, tick_down, _, flags, toxic_up, toxic_down, _ = rest
    missing = lean.missing
    up_lean, down_lean = (lean.missing_ticks, 0) if missing == UP else (0, lean.missing_ticks)
    improve, below = rules.improve_ticks, rules.ask_ticks
    cap = cap_up * tick_up
    met = ONE_DOLLAR - down_bid
    up, up_why = top_price(up_bid, up_ask, met, tick_up, cap, improve, up_lean, below)
    cap = cap_down * tick_down
    met = ONE_DOLLAR - up_bid
    down, down_why = top_price(down_bid, down_ask, met, tick_down, cap, improve, down_lean, below)
    grain, tick = (tick_up, tick_down) if tick_up < tick_down else (tick_down, tick_up)
    up_fit, down_fit = fit_pair(
        up, down, up - up_bid, down - down_bid, tick, pair * grain, missing == DOWN
    )
    scalar = 1.0
    rungs = rules.levels
    if flags & FAST_MOVE:
        scalar = rules.fast_scalar
        rungs = min(rungs, rules.fast_levels)
    if flags & STALE_BINANCE:
        scalar *= rules.binance_scalar
    up_scalar, down_scalar = lean.missing_scalar, lean.excess_scalar
    if missing == DOWN:
        up_scalar, down_scalar = down_scalar, up_scalar
    up_scalar *= scalar * _leaves(up_ask, toxic_up, rules)
    down_scalar *= scalar * _leaves(down_ask, toxic_down, rules)
    up_mid = down_mid = 0.0
    up_reach = down_reach = 0
    if rules.chase_rewards and not flags & FAST_MOVE:
        # Whatever made a side smaller is a better reason than a reward.
        up_mid = _mid(up_bid, up_ask) if up_scalar >= 1.0 else 0.0
        down_mid = _mid(down_bid, down_ask) if down_scalar >= 1.0 else 0.0
        spare = (pair * grain - up_fit - down_fit) // 2 if up_fit > 0 and down_fit > 0 else 0
        up_reach = _reach(up_fit, spare, up_ask, ONE_DOLLAR - down_bid, tick_up, cap_up, below)
        down_reach = _reach(
            down_fit, spare, down_ask, ONE_DOLLAR - up_bid, tick_down, cap_down, below
        )
    return (
        (
            up_fit,
            up_why if up_fit == up else PAIR_CAP,
            up_scalar,
            rungs,
            lean.drop_excess_top and missing == DOWN,
            tick_up,
            up_mid,
            up_reach,
        ),
        (
            down_fit,
            down_why if down_fit == down else PAIR_CAP,
            down_scalar,
            rungs,
            lean.drop_excess_top and missing == UP,
            tick_down,
            down_mid,
            down_reach,
        ),
    )


def _leaves(best_ask: int, toxic: int, rules: Rules) -> float:
    """What a missing ask and toxic flow leave of one token's size."""
    scalar = 1.0 if best_ask else rules.no_ask_scalar
    if toxic and rules.toxicity_k > 0.0:
        scalar *= 1.0 - rules.toxicity_k * toxic / STEPS
    return scalar


def _mid(bid: int, ask: int) -> float:
    """Middle of a touch in dollars (see `Book.mid`)."""
    if bid and ask:
        return (bid + ask) / 20_000.0
    return (bid or ask or 5_000) / 10_000.0


def _reach(
    top: int, spare: int, ask: int, met: int, tick: int, cap_ticks: int, ask_ticks: int
) -> int:
    """How far a top bid may rise: its cap, half of what the pair has to spare, and both asks."""
    limit = min(ask, met) if ask else met
    highest = min(top + spare, cap_ticks * tick, limit - ask_ticks * tick)
    return max(top, highest - highest % tick)


def ladders(state: State, market: MarketState, shape: Shape) -> Plan:
    """The plan of a shape."""
    plan = Plan(shape=shape)
    for outcome in OUTCOMES:
        _ladder(state.rules, market, outcome, shape[outcome], plan)
    return plan


@lru_cache(maxsize=1024)
def rung_sizes(top: float, decay: float, rungs: int) -> tuple[Shares, ...]:
    """Micro-shares of each rung below a top rung of `top`, cut to the venue's two decimals."""
    sizes = []
    for _ in range(rungs):
        whole = int(top)
        sizes.append(Shares(whole - whole % SIZE_GRAIN))
        top *= decay
    return tuple(sizes)


def _ladder(
    rules: Rules, market: MarketState, outcome: Outcome, ladder: Ladder, plan: Plan
) -> None:
    """The rungs of one token."""
    top, reason, scalar, rungs, drop_top, tick, mid, reach = ladder
    wants, reasons = plan.wants, plan.reasons
    slot = slot_of(outcome, 0)
    if top <= 0:
        for deeper in range(slot, slot + rules.levels):
            reasons[deeper] = reason or BELOW_MIN_PRICE
        return
    step = rules.step_ticks * tick
    min_size = market.terms.min_size
    price = top
    for rung, size in enumerate(
        rung_sizes(rules.base_size * scalar, rules.size_decay, rules.levels)
    ):
        if rung >= rungs:
            reasons[slot] = FEWER_RUNGS
        elif price < rules.min_price or price <= 0:
            reasons[slot] = BELOW_MIN_PRICE
        elif size < min_size or size <= 0:
            reasons[slot] = BELOW_MIN_SIZE
        else:
            reasons[slot] = reason
            wants[slot] = Want(outcome, BUY, Price(price), size, reason)
        reason = BELOW_TOP
        price -= step
        slot += 1
    slot = slot_of(outcome, 0)
    if drop_top:
        reasons[slot] = EXCESS_RUNG
        wants[slot] = None
    elif mid > 0.0:
        _lean_to_score(rules, market, slot, Price(tick), mid, Price(reach), plan)


def _lean_to_score(
    rules: Rules,
    market: MarketState,
    slot: int,
    tick: Price,
    mid: float,
    price_max: Price,
    plan: Plan,
) -> None:
    """Move the top rung into the reward band where every cap allows it and something is paid."""
    want = plan.wants[slot]
    if want is None or not market.terms.rewards.daily_rate_micros:
        return
    changed = nudge(
        want.price,
        want.size,
        mid,
        market.terms.rewards,
        tick,
        price_max,
        Shares(int(rules.base_size * rules.scoring_size_factor)),
    )
    if changed is not None:
        want.price, want.size, _ = changed
        want.reason = SCORING
        plan.reasons[slot] = SCORING
