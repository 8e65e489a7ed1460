"""The largest position a market deserves, as a share of the capital."""

import numpy as np

from pmcore.sweep.columns import Floats
from pmcore.sweep.settings import SweepConfig


def max_position_pct(risk_score: Floats, liquidity_score: Floats, config: SweepConfig) -> Floats:
    """`max_pct * (1 - risk) * (0.5 + 0.5 * liquidity)`, clamped to [min_pct, max_pct].

    With the defaults the worst market gets 0.01 and the best 0.10 (spec section 3). Shape (n,).
    """
    size = config.sizing
    wanted = size.max_pct * (1.0 - risk_score) * (0.5 + 0.5 * liquidity_score)
    return np.clip(wanted, size.min_pct, size.max_pct)
