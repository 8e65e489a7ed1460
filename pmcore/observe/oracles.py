"""Reference prices into the estimates and into each window's fixings."""

from pmcore.events import OracleTicked
from pmcore.ids import BINANCE, CHAINLINK
from pmcore.model.recent_prices import AHEAD_NS_MAX
from pmcore.model.settlement import HOLD_NS_MAX
from pmcore.state import State
from pmcore.units import Ns, oracle_usd


def oracle_ticked(state: State, event: OracleTicked) -> None:
    """One tick. Chainlink moves the probability; Binance only the regime; TWAP-60 only fixings."""
    if event.venue_ns > event.at_ns + AHEAD_NS_MAX:
        return  # neither the variance nor a fixing could take any tick after it
    alpha = state.alpha
    alpha.regime_ns = Ns(0)
    alpha.heard_seq = state.seq
    usd = oracle_usd(event.price)
    if event.source == BINANCE:
        # The regime is read at each decision; a price that warns must not wait for one.
        if alpha.binance.observe(event.at_ns, event.venue_ns, usd):
            moved = abs(alpha.binance.windowed_return()) * 10_000.0
            if moved > alpha.regime_terms.fast_move_threshold_bps:
                _all_dirty(state)
        return
    if event.source == CHAINLINK:
        if event.venue_ns - alpha.volatility.last_ns >= alpha.sample_ns:
            alpha.volatility.update(usd, event.venue_ns)
        alpha.chainlink.observe(event.at_ns, event.venue_ns, usd)
    venue_ns = event.venue_ns
    for market in state.markets.values():
        market.dirty = True
        start, end = market.start, market.end
        # Most ticks can change neither fixing: two comparisons instead of two calls.
        if not start.closed_ns or venue_ns <= start.closed_ns:
            start.observe(venue_ns, event.source, event.price)
        if venue_ns >= end.at_ns - end.window_ns - HOLD_NS_MAX:
            end.observe(venue_ns, event.source, event.price)


def _all_dirty(state: State) -> None:
    for market in state.markets.values():
        market.dirty = True
