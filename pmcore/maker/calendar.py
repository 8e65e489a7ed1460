"""Windows come and go: find, watch, redeem, drop.

The current window and the next are always looked for, so that at a boundary the next one is known,
watched and warm. A window is dropped once it is resolved, redeemed (or empty), nothing of ours is
open and no trade is undecided.
"""

from pmcore.effects import DropMarket, Effects, FindMarket, Note, RedeemShares, WatchMarket
from pmcore.ids import MarketId, OpId
from pmcore.market_state import MarketState
from pmcore.state import State, next_number
from pmcore.units import SECOND, Ns, show_micro

UNDECIDED_NS = 300 * SECOND
"""How long trades may stay undecided on chain before the redemption stops waiting for them."""


def window_at(now_ns: int, window_s: int) -> MarketId:
    """The start second of the window that `now_ns` lies in."""
    now_s = now_ns // SECOND
    return MarketId(now_s - now_s % window_s)


def roll(state: State, effects: Effects) -> None:
    """Keep the right windows known and watched, and let finished ones go."""
    current = window_at(state.now_ns, state.rules.window_s)
    for market_id in (current, MarketId(current + state.rules.window_s)):
        if market_id not in state.markets:
            _search(state, market_id, effects)
    for gone in [m for m in state.searching if m < current]:
        del state.searching[gone]
        state.search_tries.pop(gone, None)
    for market in list(state.markets.values()):
        if not market.watched and not market.watch_asked and market.payout_up < 0:
            market.watch_asked = True
            effects.append(WatchMarket(market.terms.id))
        if state.now_ns >= market.terms.end_ns:
            _settle(state, market, effects)


def _search(state: State, market_id: MarketId, effects: Effects) -> None:
    due = state.searching.get(market_id)
    if due is None or 0 < due <= state.now_ns:
        state.searching[market_id] = Ns(0)
        slug = f"{state.config.trading.slug_prefix}-{market_id}"
        effects.append(FindMarket(market_id, slug))


def _settle(state: State, market: MarketState, effects: Effects) -> None:
    """After the end: wait for the resolution, redeem, drop."""
    now, rules, terms = state.now_ns, state.rules, market.terms
    inventory = market.inventory
    if market.payout_up < 0:
        if now - terms.end_ns > rules.resolve_timeout_ns and not market.late_alerted:
            market.late_alerted = True
            effects.append(Note("alert", "unresolved", f"{terms.slug} is not resolved yet"))
        if not (inventory.fills or market.orders) and now - terms.end_ns > rules.resolve_timeout_ns:
            _drop(market, effects)
        return
    if market.orders or market.merge_op:
        return
    waiting = any(inventory.unconfirmed) and now - market.resolved_ns < UNDECIDED_NS
    if waiting:
        return  # a trade that fails after its shares were redeemed would leave us short
    if any(inventory.shares) and not market.redeemed:
        if not market.redeem_op and (
            market.redeem_ns == 0 or now - market.redeem_ns >= rules.redeem_ns
        ):
            market.redeem_op = OpId(next_number(state))
            effects.append(RedeemShares(market.redeem_op, terms.id))
        return
    _drop(market, effects)


def _drop(market: MarketState, effects: Effects) -> None:
    if market.drop_asked:
        return
    market.drop_asked = True
    inventory = market.inventory
    if inventory.fills:
        effects.append(
            Note(
                "info",
                "settled",
                f"{market.terms.slug} earned {show_micro(inventory.realised)} USDC",
            )
        )
    effects.append(DropMarket(market.terms.id))
