"""The check between what is wanted and what is asked: every hard limit, at its worst case.

One `RiskCheck` serves one round of posts for one window and counts each accepted post, so a round
as a whole cannot cross a limit that each post alone respects. A post that leaves a broken limit no
worse is let through: completing a pair must stay possible when a failed trade has just left us
over a cap. Law 6 (`tests/laws/test_law6_safe.py`) holds the core to this file.
"""

from typing import Final

from pmcore.account.exposure import Exposure, exposure_of
from pmcore.ids import Outcome, Side
from pmcore.maker.want import CASH, RISK
from pmcore.state import MarketState, State
from pmcore.units import Cash, Price, Shares

NO_FEE: Final = Cash(0)


class RiskCheck:
    """Worst cases of all windows, with the posts of this round counted in."""

    __slots__ = ("_elsewhere", "_exposure", "_loss", "_market", "_state", "_unpaired")

    def __init__(self, state: State, market: MarketState) -> None:
        self._state = state
        self._market = market
        self._exposure = exposure_of(market.orders)
        self._elsewhere = _elsewhere(state, market)
        self._unpaired = self._exposure.unpaired_ways(market.inventory)
        self._loss = self._exposure.loss_ways(market.inventory)

    def refusal(
        self, outcome: Outcome, side: Side, price: Price, size: Shares, fee: Cash = NO_FEE
    ) -> str:
        """The reason this order may not be posted; empty if it may, and then it is counted.

        `fee` is what it costs on top of its price if it takes. Each direction of the gap and each
        winner is held to its limit by itself: that one way is broken already excuses only what
        leaves that way no worse.
        """
        rules = self._state.rules
        inventory = self._market.inventory
        before = self._exposure
        trial = Exposure(
            before.open_up,
            before.open_down,
            before.cost_open_up,
            before.cost_open_down,
            before.reserved,
        )
        trial.add(outcome, side, price, size)
        others_loss, others_unpaired, others_bound, others_reserved = self._elsewhere
        if self._state.cash_known and trial.reserved + fee + others_reserved > self._state.cash:
            return CASH
        unpaired = trial.unpaired_ways(inventory)
        most = min(rules.max_unpaired, rules.max_unpaired_global - others_unpaired)
        loss = trial.loss_ways(inventory)
        budget = rules.max_daily_loss + day_pnl(self._state) - others_loss
        for way in (0, 1):
            if unpaired[way] > most and unpaired[way] > self._unpaired[way]:
                return RISK
            if loss[way] + fee > budget and loss[way] > self._loss[way]:
                return RISK
        if trial.bound(inventory) + others_bound > rules.max_exposure:
            return RISK
        self._exposure = trial
        self._unpaired = unpaired
        self._loss = loss
        return ""


def _elsewhere(state: State, here: MarketState) -> tuple[int, int, int, int]:
    """Worst loss, worst unpaired, bound cash and reserved cash of all other windows."""
    loss = unpaired = bound = reserved = 0
    for market in state.markets.values():
        if market is here or (not market.orders and not market.inventory.fills):
            continue
        exposure = exposure_of(market.orders)
        inventory = market.inventory
        reserved += exposure.reserved
        if market.redeemed:
            continue
        loss += exposure.worst_loss(inventory)
        unpaired += exposure.worst_unpaired(inventory)
        bound += exposure.bound(inventory)
    return loss, unpaired, bound, reserved


def total_realised(state: State) -> Cash:
    """Realised profit of the run in micro-dollars: dropped windows and present ones."""
    total = state.totals.realised + 0
    for market in state.markets.values():
        total += market.inventory.realised
    return Cash(total)


def day_pnl(state: State) -> Cash:
    """Realised profit of the present UTC day."""
    return Cash(total_realised(state) - state.safety.day_start_pnl)


def worst_unpaired_total(state: State) -> int:
    """Micro-shares that could be unpaired over all windows at worst."""
    total = 0
    for market in state.markets.values():
        if not market.redeemed:
            total += exposure_of(market.orders).worst_unpaired(market.inventory)
    return total


def worst_day_loss(state: State) -> int:
    """Micro-dollars that this day can have lost once every open window ends at its worst."""
    total = 0
    for market in state.markets.values():
        if not market.redeemed:
            total += exposure_of(market.orders).worst_loss(market.inventory)
    return total - day_pnl(state)
