"""What a window settles on: the oracle's fixing at its start (the strike) and at its end.

A `Fixing` is fed every oracle tick and yields the price that the settlement rule makes of them, or
None while it is unknown. Times are the oracle's own stamps; arithmetic is in whole picodollars.

INSTANT, at moment T: the price of the tick with the lowest stamp >= T. A tick that arrives late but
stands nearer to T replaces one farther away; of equal stamps the first heard counts. A first tick
more than `late_ns_max` after T is no fixing: whoever starts in mid-window has not seen the strike.

AVERAGE, over the w nanoseconds before T: the time-weighted mean over [T - w, T) of the step
function that holds each price from its stamp until the next one, floored to a picodollar. For ticks
on every second this is the plain mean of those at T - w, ..., T - 1 s. It is known when the first
tick stamped >= T arrives, for then no later one can change it. A price is believed for at most
`HOLD_NS_MAX`; what no price covers is left out of the mean, and a window less than half covered has
no fixing. Backward and repeated stamps are ignored. The venue publishes its own 60-second average
(source TWAP_60): one stamped exactly T is official and overrules anything computed here.
"""

from dataclasses import dataclass
from typing import Final

from pmcore.ids import CHAINLINK, TWAP_60, Source
from pmcore.market import AVERAGE, Settlement
from pmcore.units import ONE_DOLLAR, SECOND, Ns, OraclePrice, Price

HOLD_NS_MAX: Final = 5 * SECOND
"""How long a price stands for the time after it: the feed ticks each second, with small holes."""
TWAP_WINDOW_NS: Final = 60 * SECOND


def outcome(start: OraclePrice, end: OraclePrice, tie_up: bool) -> Price:
    """What one Up share pays, 10000 or 0; equal fixings go to Up when `tie_up`."""
    return ONE_DOLLAR if end > start or (tie_up and end == start) else Price(0)


def fixing(settlement: Settlement, at_ns: Ns) -> "Fixing":
    """An empty fixing for one boundary of a market under its own rule."""
    # An average over nothing is the price at the moment.
    averaged = settlement.rule == AVERAGE and settlement.window_ns > 0
    return Fixing(at_ns, settlement.window_ns if averaged else Ns(0))


@dataclass
class Fixing:
    """The oracle's price at one boundary of a window, as far as it is known."""

    at_ns: Ns
    window_ns: Ns = Ns(0)
    """Averaging window before `at_ns`; 0 for the INSTANT rule."""
    late_ns_max: Ns = Ns(60_000_000_000)
    price: OraclePrice = OraclePrice(0)
    """The fixing; 0 while unknown."""
    closed_ns: Ns = Ns(0)
    """Stamp of the tick that closed it; 0 while open. Closed without a price means missing."""
    official: bool = False
    """Whether `price` is the venue's own published average."""
    last_ns: Ns = Ns(0)
    last_price: OraclePrice = OraclePrice(0)
    # The integral of the price is kept as `whole * window_ns + rest`: exact, and each part fits
    # the 63 bits of a frozen integer although the integral itself does not.
    whole: int = 0
    rest: int = 0
    covered_ns: Ns = Ns(0)

    @property
    def value(self) -> OraclePrice | None:
        """The fixing, or None while it is unknown or for good if it was missed."""
        return self.price or None

    @property
    def exact(self) -> bool:
        """Whether a tick stood exactly at the boundary."""
        return self.closed_ns == self.at_ns

    @property
    def recomputable(self) -> bool:
        """Whether the fixing may be held against the official outcome.

        That is the venue's own average, or else a tick exactly at the boundary and, for an
        average, no uncovered moment. Anything else is our best guess.
        """
        if self.official:
            return True
        return self.price > 0 and self.exact and self.covered_ns == self.window_ns

    def observe(self, venue_ns: Ns, source: Source, price: OraclePrice) -> bool:
        """Take one tick of any source. Returns whether the fixing changed."""
        if self.official or price <= 0:
            return False
        if source == CHAINLINK:
            if self.window_ns:
                return self._average(venue_ns, price)
            return self._first_at_or_after(venue_ns, price)
        if source == TWAP_60 and venue_ns == self.at_ns and self.window_ns == TWAP_WINDOW_NS:
            self.price = price
            self.closed_ns = venue_ns
            self.official = True
            return True
        return False

    def elapsed(self, now_ns: Ns) -> float:
        """The share of the averaging window that is over, 0 to 1; for INSTANT 0, then 1."""
        left = self.at_ns - now_ns
        if left <= 0:
            return 1.0
        return 0.0 if left >= self.window_ns else 1.0 - left / self.window_ns

    def known_average(self, now_ns: Ns) -> OraclePrice | None:
        """Mean over the covered part of the window until `now_ns`; None if nothing is covered.

        The latest price is taken to hold until now (for at most `HOLD_NS_MAX`). Once the fixing
        is there, it is the fixing.
        """
        if self.price:
            return self.price
        span = self._covered_until(now_ns)
        covered = self.covered_ns + span
        if covered <= 0:
            return None
        total = self.whole * self.window_ns + self.rest + self.last_price * span
        return OraclePrice(total // covered)

    def _first_at_or_after(self, venue_ns: Ns, price: OraclePrice) -> bool:
        late_ns = venue_ns - self.at_ns
        if late_ns < 0 or late_ns > self.late_ns_max:
            return False
        if self.closed_ns and venue_ns >= self.closed_ns:
            return False
        self.price = price
        self.closed_ns = venue_ns
        return True

    def _average(self, venue_ns: Ns, price: OraclePrice) -> bool:
        if self.closed_ns or venue_ns <= self.last_ns:
            return False
        span = self._covered_until(venue_ns)
        if span:
            whole, self.rest = divmod(self.rest + self.last_price * span, self.window_ns)
            self.whole += whole
            self.covered_ns = Ns(self.covered_ns + span)
        self.last_ns = venue_ns
        self.last_price = price
        if venue_ns < self.at_ns:
            return False
        self.closed_ns = venue_ns
        if 2 * self.covered_ns < self.window_ns:
            return False
        total = self.whole * self.window_ns + self.rest
        self.price = OraclePrice(total // self.covered_ns)
        return True

    def _covered_until(self, until_ns: Ns) -> int:
        """Nanoseconds of the window for which the latest price stands, up to `until_ns`."""
        if not self.last_price or not self.window_ns:
            return 0
        begin = max(self.last_ns, self.at_ns - self.window_ns)
        end = min(until_ns, self.at_ns, self.last_ns + HOLD_NS_MAX)
        return end - begin if end > begin else 0
