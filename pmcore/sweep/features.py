"""What each market offers: entry price, residual, yield, time and liquidity of its safe side.

Every array has shape (n,) and is finite for every row, eligible or not: a missing price is 0, a
missing side gives the spread 1.0, an expired market has 0 seconds left.
"""

import attrs
import numpy as np

from pmcore.sweep.categories import CATEGORIES
from pmcore.sweep.columns import Bools, Floats, Ints, MarketColumns
from pmcore.sweep.eligibility import converged_side, spread_bp
from pmcore.sweep.entry_price import fee_per_share
from pmcore.sweep.settings import SweepConfig
from pmcore.units import Ns

DAY_S = 86_400.0


@attrs.frozen(eq=False)
class Features:
    """Prices and yields in dollars a share, times in seconds and days."""

    side: Ints
    """0 first outcome, 1 second, -1 none."""
    entry_price: Floats
    """What a share of the side costs before the fee; 0.0 where nobody sells it. At most 1.0."""
    by_depth: Bools
    """Whether the entry price is an average over the reference size instead of the best ask."""
    fill_ratio: Floats
    fee: Floats
    gross_yield: Floats
    net_yield: Floats
    t_remaining_sec: Floats
    """To the close; 0 when it is past or not known."""
    days_to_cash: Floats
    """To the close, then the dispute window and the category's resolution delay."""
    yield_velocity: Floats
    """Net yield per day to the close, no day shorter than `bounds.min_t_days`."""
    cash_velocity: Floats
    """Net yield per day until the money is back."""
    spread: Floats
    staleness_sec: Floats
    staleness_penalty: Floats
    liquidity_score: Floats


def features(columns: MarketColumns, now_ns: Ns, config: SweepConfig) -> Features:
    """All features of a batch at `now_ns` (spec section 3)."""
    side = converged_side(columns)
    pick = np.maximum(side, 0)[:, None]

    def of_side(pair: Floats) -> Floats:
        return np.where(side >= 0, np.take_along_axis(pair, pick, axis=1)[:, 0], 0.0)

    ask = of_side(columns.ask_bp.astype(np.float64)) / 10_000.0
    vwap = of_side(columns.vwap_bp) / 10_000.0
    by_depth = (vwap > 0.0) & (vwap < 1.0) & (ask > 0.0)
    fill = np.where(side >= 0, of_side(columns.fill_ratio), 0.0)
    # Deeper asks are dearer: an average below the best ask is older than the quote. Shares that
    # nobody sells earn nothing, so they count as a dollar: an average over the few cheap ones
    # alone would make the thinner of two books the better one.
    known = np.minimum(fill * np.maximum(vwap, ask) + (1.0 - fill), 1.0)
    entry = np.where(by_depth, known, ask)
    flat = entry * (config.entry.fee_bps / 10_000.0)
    own = fee_per_share(entry, columns.fee_rate, columns.fee_exponent, columns.fee_price_weighted)
    fee = np.where(columns.fee_known, own, flat)
    gross = np.where(entry > 0.0, 1.0 - entry, 0.0)
    net = np.maximum(gross - fee, 0.0)

    left = np.where(columns.close_ns > 0, (columns.close_ns - now_ns) / 1e9, 0.0)
    left = np.maximum(left, 0.0)
    least = config.bounds.min_t_days
    to_cash = left / DAY_S + _return_days(config)[columns.category]

    spread = spread_bp(columns, side) / 10_000.0
    limit = float(config.eligible.quote_stale_max_sec)
    quoted = columns.quote_ns > 0
    # A quote from the future (two clocks) is fresh; no quote at all is as stale as can be.
    age = np.where(quoted, np.maximum((now_ns - columns.quote_ns) / 1e9, 0.0), limit)
    penalty = np.clip(age / limit, 0.0, 1.0)
    tightness = np.clip(1.0 - spread / config.bounds.spread_target, 0.0, 1.0)
    return Features(
        side=side,
        entry_price=entry,
        by_depth=by_depth,
        fill_ratio=fill,
        fee=fee,
        gross_yield=gross,
        net_yield=net,
        t_remaining_sec=left,
        days_to_cash=to_cash,
        yield_velocity=net / np.maximum(left / DAY_S, least),
        cash_velocity=net / np.maximum(to_cash, least),
        spread=spread,
        staleness_sec=age,
        staleness_penalty=penalty,
        liquidity_score=tightness * (1.0 - penalty),
    )


def _return_days(config: SweepConfig) -> Floats:
    """Days from the close to the cash, by category."""
    back = config.returning
    hours = [back.dispute_window_h + float(getattr(back, f"{name}_h")) for name in CATEGORIES]
    return np.array(hours, dtype=np.float64) / 24.0
