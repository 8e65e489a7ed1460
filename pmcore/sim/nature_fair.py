"""What the rivals believe Up is worth, and what the market pays in truth.

The truth is `pmcore.model.settlement` fed every Chainlink tick that was published, whether or not
we heard of it: AVERAGE is the time-weighted mean over `[T - w, T)` of the ticks, each holding
until the next (on whole seconds: the mean of those at T - 60, ..., T - 1 s), floored to a
picodollar; INSTANT is the first tick at or after `T`; Up wins if end >= start.
"""

from math import erf, sqrt
from typing import Final

from pmcore.ids import CHAINLINK
from pmcore.market import Settlement
from pmcore.model.settlement import fixing, outcome
from pmcore.units import Ns, OraclePrice, Price, oracle_usd

_GRID: Final = 64
_REACH: Final = 6
_PHI: Final = tuple(
    round(0.5 * (1.0 + erf(step / _GRID / sqrt(2.0))), 8)
    for step in range(-_REACH * _GRID, _REACH * _GRID + 2)
)
"""The normal distribution function, rounded so that every libm gives the same table."""


def normal_share(z: float) -> float:
    """Probability that a standard normal falls below `z`; within 1e-5, exact on any machine."""
    place = (z + _REACH) * _GRID
    if place <= 0.0:
        return 0.0
    if place >= 2 * _REACH * _GRID:
        return 1.0
    index = int(place)
    low = _PHI[index]
    return low + (_PHI[index + 1] - low) * (place - index)


class Stake:
    """One window's bet: its two fixings, its outcome, its fair value on the way."""

    __slots__ = ("end", "end_s", "end_usd", "start", "start_s", "start_usd", "tie_up", "width_s")

    def __init__(self, start_ns: Ns, end_ns: Ns, settlement: Settlement) -> None:
        self.tie_up = settlement.tie_up
        self.start = fixing(settlement, start_ns)
        self.end = fixing(settlement, end_ns)
        self.start_s = start_ns / 1e9
        self.end_s = end_ns / 1e9
        self.width_s = self.start.window_ns / 1e9
        self.start_usd = 0.0
        self.end_usd = 0.0

    def gather(self, venue_ns: Ns, price: OraclePrice) -> None:
        """Take one Chainlink tick into account."""
        if not self.start.closed_ns:
            self.start.observe(venue_ns, CHAINLINK, price)
            self.start_usd = oracle_usd(self.start.known_average(venue_ns) or OraclePrice(0))
        if not self.end.closed_ns:
            self.end.observe(venue_ns, CHAINLINK, price)
            self.end_usd = oracle_usd(self.end.known_average(venue_ns) or OraclePrice(0))

    def payout_up(self) -> Price:
        """What Up pays by the market's own rule; half a dollar if a fixing is missing."""
        start, end = self.start.value, self.end.value
        if start is None or end is None:
            return Price(5_000)
        return outcome(start, end, self.tie_up)

    def fair(self, now_s: float, usd: float, variance: float) -> float:
        """Probability of Up at `now_s`, given the latent price and its variance per second.

        With `w` the averaging width and `tau` the time to a boundary, an average still wholly to
        come varies by `tau - w + w/3`; one with the part `a = tau/w` to come by `tau * a**2 / 3`
        around `(1 - a) * known + a * usd` (field notes, "The probability near the end").
        """
        w = self.width_s
        tau = self.end_s - now_s
        if tau >= w or w == 0.0:
            settle = usd
            spread = tau - w + w / 3.0
        else:
            part = max(tau, 0.0) / w
            known = self.end_usd or usd
            settle = known + (usd - known) * part
            spread = max(tau, 0.0) * part * part / 3.0
        strike = self.start_usd or usd
        before = self.start_s - now_s
        if before > 0.0:
            part = min(1.0, before / w) if w else 1.0
            strike += (usd - strike) * part
            done = 1.0 - part
            spread = self.end_s - self.start_s - w + w / 3.0
            spread += w / 3.0 * (1.0 - done * done * done)
        deviation = usd * sqrt(variance * max(spread, 0.0) + 4e-12)
        return normal_share((settle - strike) / deviation)
