"""The weather of the market as bit flags: how far the reference prices can be trusted now.

STALE_ORACLE is hard: cancel everything and pause. STALE_BINANCE is soft: smaller size. FAST_MOVE
means smaller size, a lower target_total and perhaps fewer levels. ORACLE_DISAGREE only warns
(spec, section 4). Flags combine by `|`; 0 is calm.
"""

import math
from typing import Final, NamedTuple

from pmcore.model.recent_prices import RecentPrices
from pmcore.units import Ns

CALM: Final = 0
STALE_ORACLE: Final = 1
STALE_BINANCE: Final = 2
FAST_MOVE: Final = 4
ORACLE_DISAGREE: Final = 8
REGIME_NAMES: Final = ("STALE_ORACLE", "STALE_BINANCE", "FAST_MOVE", "ORACLE_DISAGREE")
"""Name of the flag `1 << index`."""

_BPS: Final = 10_000.0


class RegimeTerms(NamedTuple):
    """Limits of the regimes. Spans in nanoseconds, moves in basis points of price."""

    chainlink_stale_ns: Ns = Ns(5_000_000_000)
    binance_stale_ns: Ns = Ns(3_000_000_000)
    fast_move_threshold_bps: float = 8.0
    """The window itself, `fast_move_window_ms`, is that of the `RecentPrices`."""
    fast_move_var_per_s: float = 0.0
    """Variance per second above which it is a fast move too; 0 for never."""
    disagree_bps: float = 10.0


def regime(
    terms: RegimeTerms,
    now_ns: Ns,
    chainlink: RecentPrices,
    binance: RecentPrices,
    var_per_s: float,
) -> int:
    """The flags that hold now, from both feeds and Chainlink's variance per second."""
    flags = CALM
    if chainlink.stale(now_ns, terms.chainlink_stale_ns):
        flags |= STALE_ORACLE
    if binance.stale(now_ns, terms.binance_stale_ns):
        flags |= STALE_BINANCE
    # Binance is the early warning; without it the oracle's own move must do.
    mover = chainlink if flags & STALE_BINANCE else binance
    if fast_move(terms, mover.windowed_return(), var_per_s):
        flags |= FAST_MOVE
    both_fresh = not flags & (STALE_ORACLE | STALE_BINANCE)
    if both_fresh and oracle_disagrees(terms, chainlink.last_usd, binance.last_usd):
        flags |= ORACLE_DISAGREE
    return flags


def fast_move(terms: RegimeTerms, windowed_return: float, var_per_s: float) -> bool:
    """Whether the log return over the window, or the variance per second, is above its limit."""
    if abs(windowed_return) * _BPS > terms.fast_move_threshold_bps:
        return True
    return 0.0 < terms.fast_move_var_per_s < var_per_s


def oracle_disagrees(terms: RegimeTerms, chainlink_usd: float, binance_usd: float) -> bool:
    """Whether the two prices differ by more than the limit; False if either is unknown (0)."""
    if not (chainlink_usd > 0.0 and binance_usd > 0.0):
        return False
    apart = abs(math.log(chainlink_usd) - math.log(binance_usd))
    return apart * _BPS > terms.disagree_bps


def regime_names(flags: int) -> tuple[str, ...]:
    """The names of the flags that are set, lowest bit first."""
    return tuple(name for bit, name in enumerate(REGIME_NAMES) if flags >> bit & 1)
