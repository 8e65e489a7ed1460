"""The probability that Up wins, following the market's own settlement rule.

The log price is taken as a Brownian motion with variance `var_per_s` and drift `drift_per_s`, both
per second, so that ln(settle) is normal and `q_up = 1 - Phi(z)`, `z = (ln S0 - mean) / sd`.
With tau the seconds left, w the averaging window and a = tau / w:

    INSTANT          mean = ln St + mu * tau            var = sigma^2 * tau
    AVERAGE, tau > w mean = ln St + mu * (tau - w/2)    var = sigma^2 * (tau - w + w/3)
    AVERAGE, else    mean = ln((1 - a) * K + a * St * exp(mu * tau/2))
                                                        var = sigma^2 * tau * a^2 / 3

K is the average of what the window has printed so far. The two averaged cases agree at tau = w. The
plain formula, still in use elsewhere, is over-dispersed near the end: with 60 s left its deviation
is sqrt(3) too wide, with 10 s left more than ten times.

Every function is total: for any floats, even infinite or NaN, the answer lies in [0, 1]. What
cannot be known, such as a missing strike, is 0.5.
"""

import math
from typing import Final

from pmcore.market import AVERAGE, Settlement

TAU_MIN_S: Final = 1e-3
VAR_MIN_PER_S: Final = 1e-12
"""Default floor of the variance: a hundredth of a basis point per root second, squared."""
SD_MIN: Final = 1e-7
"""Band of the step: a log deviation of one cent at 100,000 dollars. A vanishing variance makes the
probability a step function, but one exactly on the strike is even, and no division is by zero."""
_SQRT_HALF: Final = math.sqrt(0.5)
_EXPONENT_MAX: Final = 100.0


def q_up(
    settlement: Settlement,
    strike_usd: float,
    price_usd: float,
    known_usd: float,
    tau_s: float,
    var_per_s: float,
    drift_per_s: float = 0.0,
    min_var: float = VAR_MIN_PER_S,
) -> float:
    """Probability of Up by the market's rule; dollars and seconds; 0 stands for "not known".

    `strike_usd` is 0 until the start's fixing exists, which gives 0.5. `known_usd` is the average
    printed so far in the last window, unused by INSTANT and before that window begins.
    """
    if settlement.rule == AVERAGE:
        window_s = settlement.window_ns / 1e9
        if window_s > 0.0:
            return q_up_average(
                strike_usd, price_usd, known_usd, tau_s, window_s, var_per_s, drift_per_s, min_var
            )
    return q_up_instant(strike_usd, price_usd, tau_s, var_per_s, drift_per_s, min_var)


def q_up_instant(
    strike_usd: float,
    price_usd: float,
    tau_s: float,
    var_per_s: float,
    drift_per_s: float = 0.0,
    min_var: float = VAR_MIN_PER_S,
) -> float:
    """Probability that the price at the end is above the strike (spec, section 4)."""
    if not (strike_usd > 0.0 and price_usd > 0.0):
        return 0.5
    tau = tau_s if tau_s > TAU_MIN_S else TAU_MIN_S
    ahead = math.log(price_usd) - math.log(strike_usd) + drift_per_s * tau
    return _above(ahead, (min_var if var_per_s < min_var else var_per_s) * tau)


def q_up_average(
    strike_usd: float,
    price_usd: float,
    known_usd: float,
    tau_s: float,
    window_s: float,
    var_per_s: float,
    drift_per_s: float = 0.0,
    min_var: float = VAR_MIN_PER_S,
) -> float:
    """Probability that the average of the last `window_s` seconds is above the strike.

    `window_s` must be positive. Inside the window with `known_usd` 0 (started too late to hear it)
    the printed part is guessed as the present price, and its own variance is added:
    looking back from St it is `sigma^2 * (w - tau) / 3` with weight `(1 - a)^2`.
    """
    if not (strike_usd > 0.0 and price_usd > 0.0):
        return 0.5
    tau = max(TAU_MIN_S, tau_s)
    var = max(var_per_s, min_var)
    if tau > window_s:
        ahead = math.log(price_usd) - math.log(strike_usd) + drift_per_s * (tau - 0.5 * window_s)
        return _above(ahead, var * (tau - window_s * (2.0 / 3.0)))
    a = tau / window_s
    # Clamped because exp raises where everything else here only saturates.
    growth = math.exp(max(-_EXPONENT_MAX, min(_EXPONENT_MAX, 0.5 * drift_per_s * tau)))
    variance = var * tau * a * a / 3.0
    known = known_usd
    if not known > 0.0:
        known = price_usd
        variance += var * (window_s - tau) * (1.0 - a) ** 2 / 3.0
    mean = (1.0 - a) * known + a * price_usd * growth
    if not mean > 0.0:
        return 0.5
    return _above(math.log(mean) - math.log(strike_usd), variance)


def _above(ahead: float, variance: float) -> float:
    """P(N(ahead, variance) > 0), with the deviation held above `SD_MIN`."""
    sd = math.sqrt(variance) if variance > SD_MIN * SD_MIN else SD_MIN
    z = ahead / sd
    if math.isnan(z) or math.isnan(variance):
        return 0.5
    return 0.5 * math.erfc(-z * _SQRT_HALF)
