"""A price feed's latest tick and its return over a short window, in bounded memory.

The window is cut into `BUCKETS` equal spans and only the last price of each is kept, so a million
ticks a second cost what thirty-three do, and the start of the window is right to a thirty-second.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from pmcore.units import SECOND, Ns

BUCKETS: Final = 32
AHEAD_NS_MAX: Final = 5 * SECOND
"""A stamp farther ahead of our clock than this is a fault of the feed. Taken at its word it would
make every later tick look old."""


@dataclass
class RecentPrices:
    """The last `window_ns` of one feed, by the feed's own time."""

    window_ns: Ns
    last_usd: float = 0.0
    """The newest price in dollars; 0 for none."""
    venue_ns: Ns = Ns(0)
    heard_ns: Ns = Ns(0)
    # Parallel and rising: bucket number, last price in it. The first is the price that was in
    # force when the window began, or the oldest there is.
    buckets: list[int] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)

    def observe(self, at_ns: Ns, venue_ns: Ns, price_usd: float) -> bool:
        """Take one tick that we heard at `at_ns`. Returns whether it was used.

        Not used: backward times (equal ones are: Binance has many ticks in a millisecond), stamps
        from the future, and prices that are not positive and finite.
        """
        if not 0.0 < price_usd < math.inf:
            return False
        if venue_ns < self.venue_ns or venue_ns > at_ns + AHEAD_NS_MAX:
            return False
        self.last_usd = price_usd
        self.venue_ns = venue_ns
        self.heard_ns = at_ns
        buckets = self.buckets
        bucket = venue_ns * BUCKETS // max(1, self.window_ns)
        if buckets and buckets[-1] == bucket:
            self.prices[-1] = price_usd
            return True
        buckets.append(bucket)
        self.prices.append(price_usd)
        drop = 0
        while drop + 1 < len(buckets) and buckets[drop + 1] <= bucket - BUCKETS:
            drop += 1
        if drop:
            del buckets[:drop]
            del self.prices[:drop]
        return True

    def windowed_return(self) -> float:
        """Log return from the price in force at the window's start to the newest; 0 without two.

        The window ends at the newest tick and not now: a feed that is late is not thereby quiet,
        and one that is silent is another regime.
        """
        prices = self.prices
        if len(prices) < 2:
            return 0.0
        return math.log(prices[-1]) - math.log(prices[0])

    def age_ns(self, now_ns: Ns) -> Ns:
        """How old the newest price is, by its own stamp or by when we heard it, the worse."""
        return Ns(now_ns - min(self.venue_ns, self.heard_ns))

    def stale(self, now_ns: Ns, limit_ns: Ns) -> bool:
        """Whether there is no price, or it is older than `limit_ns`."""
        return self.last_usd == 0.0 or self.age_ns(now_ns) > limit_ns

    def clear(self) -> None:
        """Forget everything, for a feed that is opened anew."""
        self.last_usd = 0.0
        self.venue_ns = Ns(0)
        self.heard_ns = Ns(0)
        self.buckets = []
        self.prices = []
