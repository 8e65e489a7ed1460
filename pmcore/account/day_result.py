"""What was realised: since the journal began, and of that on the present UTC day."""

from pmcore.state import State
from pmcore.units import Cash


def total_realised(state: State) -> Cash:
    """Realised profit of the run in micro-dollars: dropped windows and present ones."""
    total = state.totals.realised + 0
    for market in state.markets.values():
        total += market.inventory.realised
    return Cash(total)


def day_pnl(state: State) -> Cash:
    """Realised profit of the present UTC day in micro-dollars, or since a daily loss was resumed
    on it."""
    return Cash(total_realised(state) - state.safety.day_start_pnl)
