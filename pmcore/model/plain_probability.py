"""Baselines that a calibrated probability must beat: formulas that estimate no volatility.

`plain_probability` is *the plain formula without volatility* of the calibration report:
`Phi(ln(St / S0) / (sigma * sqrt(tau)))` with one fixed sigma for all times, no drift, and blind to
the settlement average. `step_probability` goes further and only asks who is ahead now. Both are
kept apart from `probability` so that improving the model never moves its yardstick.
"""

import math
from typing import Final

PLAIN_SIGMA: Final = 9e-5
"""Fixed deviation per root second: about 50 % a year, bitcoin's usual size."""
_TAU_MIN_S: Final = 1e-3


def plain_probability(
    strike_usd: float, price_usd: float, tau_s: float, sigma: float = PLAIN_SIGMA
) -> float:
    """Probability of Up with a fixed `sigma` per root second; 0.5 if a price is unknown (0).

    In [0, 1] for any floats. A sigma that is not positive makes it `step_probability`.
    """
    if not (strike_usd > 0.0 and price_usd > 0.0):
        return 0.5
    sd = sigma * math.sqrt(max(_TAU_MIN_S, tau_s)) if sigma > 0.0 else 0.0
    if not sd > 0.0:
        return step_probability(strike_usd, price_usd)
    z = (math.log(price_usd) - math.log(strike_usd)) / sd
    return 0.5 if math.isnan(z) else 0.5 * math.erfc(-z * math.sqrt(0.5))


def step_probability(strike_usd: float, price_usd: float) -> float:
    """1 above the strike, 0 below it, 0.5 upon it or if either price is unknown (0)."""
    if not (strike_usd > 0.0 and price_usd > 0.0) or price_usd == strike_usd:
        return 0.5
    return 1.0 if price_usd > strike_usd else 0.0
