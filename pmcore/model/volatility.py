"""Variance and drift of the oracle's log price, as exponentially weighted averages over time.

Ticks come at uneven times, so each is forgotten by the clock and not by the count: with
`lambda = exp(-ln2 * dt / halflife)` a tick of one half-life ago weighs half (spec, section 4).
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from pmcore.units import Ns

_LN2: Final = math.log(2.0)
_DT_MIN_S: Final = 1e-3


class VolatilityTerms(NamedTuple):
    """Half-lives in seconds, above 0; the drift's clamp and the starting variance per second."""

    vol_halflife_s: float = 120.0
    drift_halflife_s: float = 300.0
    drift_clamp_per_s: float = 2e-6
    initial_var_per_s: float = 0.0
    """What the variance is before anything was seen: 0 as in the specification."""


@dataclass
class EwmaVolatility:
    """Running variance and drift of one price feed, both per second of log return."""

    terms: VolatilityTerms
    var_per_s: float = 0.0
    drift_per_s: float = 0.0
    last_usd: float = 0.0
    """The latest price taken in dollars, 0 for none."""
    last_ns: Ns = Ns(0)
    memory: float = 1.0
    """Weight that the starting variance still has: 1 at first, 1/2 after one half-life."""

    @property
    def warm(self) -> bool:
        """Whether what was seen outweighs the starting value."""
        return self.memory <= 0.5

    def update(self, price_usd: float, venue_ns: Ns) -> bool:
        """Take one tick in dollars at the feed's own time. Returns whether it was used.

        Not used: a price that is not positive and finite, and a time not later than the last one
        (duplicates and reordering would count one move twice, or backwards).

        `r = ln(P_i / P_{i-1})`, `dt = max(1e-3, seconds)`,
        `var = lambda * var + (1 - lambda) * (r / sqrt(dt))**2`, and the drift alike with `r / dt`.
        """
        if not 0.0 < price_usd < math.inf:
            return False
        if self.last_usd == 0.0:
            self.last_usd = price_usd
            self.last_ns = venue_ns
            self.var_per_s = self.terms.initial_var_per_s
            return True
        if venue_ns <= self.last_ns:
            return False
        terms = self.terms
        # A difference of logarithms: the quotient of two extreme floats could overflow.
        r = math.log(price_usd) - math.log(self.last_usd)
        dt = max(_DT_MIN_S, (venue_ns - self.last_ns) / 1e9)
        keep = math.exp(-_LN2 * dt / terms.vol_halflife_s)
        self.var_per_s = keep * self.var_per_s + (1.0 - keep) * (r * r / dt)
        self.memory *= keep
        keep = math.exp(-_LN2 * dt / terms.drift_halflife_s)
        drift = keep * self.drift_per_s + (1.0 - keep) * (r / dt)
        clamp = terms.drift_clamp_per_s
        self.drift_per_s = min(clamp, max(-clamp, drift))
        self.last_usd = price_usd
        self.last_ns = venue_ns
        return True
