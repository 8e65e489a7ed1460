"""The check between what is wanted and what is asked: every hard limit, at its worst case.

One `RiskCheck` serves one round of posts for one window and counts each accepted post, so a round
as a whole cannot cross a limit that each post alone respects. A post that leaves a broken limit no
worse is let through: completing a pair must stay possible when a failed trade has just left us
over a cap. Law 6 (`tests/laws/test_law6_safe.py`) holds the core to this file.
"""

from typing import Final

from pmcore.account.day_result import day_pnl
from pmcore.account.exposure import exposure_of
from pmcore.ids import BUY, Outcome, Side, other
from pmcore.maker.want import CASH, RISK
from pmcore.market_state import MarketState
from pmcore.state import State
from pmcore.units import Cash, Price, Shares, complement, cost_up

NO_FEE: Final = Cash(0)
_NO_LIMIT: Final = Cash((1 << 62) - 1)


class RiskCheck:
    """Worst cases of all windows, with the posts of this round counted in.

    A buy of Up (a sell of Down counts as one) can only widen the gap towards Up, and its cost is
    lost if Down wins; so each post is held against one gap, one loss and the sums.
    """

    __slots__ = (
        "_bound",
        "_bound_most",
        "_cash",
        "_gaps",
        "_gaps_most",
        "_losses",
        "_losses_most",
        "_reserved",
    )

    def __init__(self, state: State, market: MarketState) -> None:
        rules, inventory = state.rules, market.inventory
        loss, unpaired, bound, reserved = _elsewhere(state, market)
        here = exposure_of(market.at_stake())
        self._gaps = list(here.unpaired_ways(inventory))
        """Of Up, of Down."""
        self._gaps_most = min(rules.max_unpaired, rules.max_unpaired_global - unpaired)
        self._losses = list(here.loss_ways(inventory))
        """If Up wins, if Down wins."""
        self._losses_most = rules.max_daily_loss + day_pnl(state) - loss
        self._bound = here.bound(inventory) + bound
        self._bound_most = rules.max_exposure
        self._reserved = here.reserved + reserved
        self._cash = state.cash if state.cash_known else _NO_LIMIT

    def refusal(
        self, outcome: Outcome, side: Side, price: Price, size: Shares, fee: Cash = NO_FEE
    ) -> str:
        """The reason this order may not be posted; empty if it may, and then it is counted.

        `fee` is what it costs on top of its price if it takes. Each direction of the gap and each
        winner is held to its limit by itself: that the other way is broken already is no reason to
        refuse what leaves it no worse.
        """
        reserved = self._reserved
        if side == BUY:
            cost = cost_up(price, size)
            reserved += cost
        else:
            outcome = other(outcome)
            cost = cost_up(complement(price), size)
        if reserved + fee > self._cash:
            return CASH
        gap = self._gaps[outcome] + size
        loss = self._losses[1 - outcome] + cost
        bound = self._bound + cost
        if gap > self._gaps_most or loss + fee > self._losses_most or bound > self._bound_most:
            return RISK
        self._reserved = reserved
        self._gaps[outcome] = gap
        self._losses[1 - outcome] = loss
        self._bound = bound
        return ""


def _elsewhere(state: State, here: MarketState) -> tuple[int, int, int, int]:
    """Worst loss, worst unpaired, bound cash and reserved cash of all other windows."""
    loss = unpaired = bound = reserved = 0
    for market in state.markets.values():
        if market is here or not (market.orders or market.cooling or market.inventory.fills):
            continue
        exposure = exposure_of(market.at_stake())
        inventory = market.inventory
        reserved += exposure.reserved
        if market.redeemed:
            continue
        loss += exposure.worst_loss(inventory)
        unpaired += exposure.worst_unpaired(inventory)
        bound += exposure.bound(inventory)
    return loss, unpaired, bound, reserved


def worst_unpaired_total(state: State) -> int:
    """Micro-shares that could be unpaired over all windows at worst."""
    total = 0
    for market in state.markets.values():
        if not market.redeemed:
            total += exposure_of(market.at_stake()).worst_unpaired(market.inventory)
    return total


def worst_day_loss(state: State) -> int:
    """Micro-dollars that this day can have lost once every open window ends at its worst."""
    total = 0
    for market in state.markets.values():
        if not market.redeemed:
            total += exposure_of(market.at_stake()).worst_loss(market.inventory)
    return total - day_pnl(state)
