"""Pairs back into cash: when, how many, and never for less than it costs.

State changes only on a confirmed receipt. One operation per window is in flight at a time and its
pairs are set aside, so a crash between send and receipt cannot merge anything twice.
"""

from pmcore.effects import Effects, MergePairs
from pmcore.ids import OpId
from pmcore.market_state import MarketState
from pmcore.model.regime import FAST_MOVE
from pmcore.rules import Rules
from pmcore.state import RUNNING, State, next_number
from pmcore.units import SECOND, Ns, Shares

MINUTE_NS = 60 * SECOND


def merge_due(state: State, effects: Effects) -> None:
    """Ask for the merges that are worth it now."""
    rules = state.rules
    if not rules.merge or state.safety.mode != RUNNING:
        return
    if rules.merge_pause_fast and state.alpha.regime & FAST_MOVE:
        return
    for market in state.markets.values():
        size = merge_size(market, rules)
        if size == 0 or market.merge_op:
            continue
        if market.merged_ns and state.now_ns - market.merged_ns < rules.merge_ns:
            continue
        oldest = state.now_ns - MINUTE_NS
        state.merge_times = [at for at in state.merge_times if at > oldest]
        if len(state.merge_times) >= rules.merge_per_minute:
            return
        state.merge_times.append(state.now_ns)
        market.merge_op = OpId(next_number(state))
        market.merge_size = size
        market.merged_ns = Ns(state.now_ns)
        market.inventory.merging = Shares(market.inventory.merging + size)
        effects.append(MergePairs(market.merge_op, market.terms.id, Shares(size), "full sets"))


def merge_size(market: MarketState, rules: Rules) -> int:
    """Micro-pairs to merge: whole batches once there are `min_sets`, if gas is worth it."""
    if market.payout_up >= 0 or market.redeemed:
        return 0  # redeeming pays every share at once
    sets = market.inventory.full_sets
    if sets < rules.merge_min:
        return 0
    size = sets // rules.merge_batch * rules.merge_batch
    if rules.merge_gas > size * rules.merge_gas_fraction:
        return 0
    return size
