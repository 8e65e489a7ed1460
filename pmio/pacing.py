"""How fast we may ask: one token bucket for each group of endpoints, and pauses that were ordered.

The venue counts requests by address and group in windows of ten seconds, and placements and
cancels by signer in buckets of a tier (reference, section 4). The core paces its own acts by the
tier's figures; this is the second fence, which also keeps reads within the limits by address.

Nobody waits here without bound, whatever the venue has said: a pause is capped, and whoever would
have to wait longer than its patience is told so, and tells the core.
"""

from typing import Final

import msgspec
import trio

PLACE: Final = "place"
CANCEL: Final = "cancel"
CANCEL_ALL: Final = "cancel_all"
HEARTBEAT: Final = "heartbeat"
LEDGER: Final = "ledger"
"""`/data/orders`, `/data/trades`, `/order-scoring`."""
BALANCE: Final = "balance"
BOOK: Final = "book"
PUBLIC: Final = "public"
AUTH: Final = "auth"
GAMMA: Final = "gamma"
RELAY: Final = "relay"

SHARE: Final = 0.8
"""How much of a limit is used: other programs may share the address."""
LIMITS: Final = {
    CANCEL_ALL: (250, 10.0),
    HEARTBEAT: (100, 10.0),
    LEDGER: (500, 10.0),
    BALANCE: (200, 10.0),
    BOOK: (1_500, 10.0),
    PUBLIC: (200, 10.0),
    AUTH: (100, 10.0),
    GAMMA: (300, 10.0),
    RELAY: (25, 60.0),
}
"""Requests in so many seconds, by address (`/submit`: 25 a minute)."""
PAUSE_MAX_S: Final = 5.0
"""No documented limit takes longer than its sliding window of ten seconds to open, and half of it
is open after half the time: an order to wait for longer is a mistake, and costs at most one more
429 every five seconds to disbelieve."""
PAUSES_MAX_S: Final = {CANCEL: 1.0, CANCEL_ALL: 1.0, HEARTBEAT: 1.0}
"""What takes risk away is tried again sooner. A Standard signer's bucket gives 80 cancels a second,
so a second opens it; and of the ten that a heartbeat may be late five are gone when it is sent."""
DEBT_MAX_S: Final = 5.0
"""The longest debt of tokens that is believed, in seconds of their coming back."""
PATIENCE_S: Final = 3.0
"""How long a request waits for its turn. A full bucket opens in less at every limit."""
PATIENCES_S: Final = {RELAY: 60.0}
"""The relayer's own limit gives a turn every three seconds; nothing but its lane waits for it."""


class Tier(msgspec.Struct, frozen=True, gc=False):
    """Orders per second and burst that a signer's volume earns."""

    place_per_s: float
    place_burst: float
    cancel_per_s: float
    cancel_burst: float


TIERS: Final = {
    "standard": Tier(40, 60, 80, 120),
    "copper": Tier(60, 90, 120, 180),
    "bronze": Tier(80, 120, 160, 240),
    "silver": Tier(200, 300, 400, 600),
    "gold": Tier(400, 600, 800, 1200),
    "platinum": Tier(450, 675, 900, 1350),
    "diamond": Tier(525, 787, 1050, 1575),
    "elite": Tier(600, 900, 1200, 1800),
}
"""By the name in `Poly-RateLimit-Tier`, in lower case."""


class Bucket:
    """Tokens that grow with Trio's time up to a burst."""

    __slots__ = ("_at", "burst", "per_s", "tokens", "until")

    def __init__(self, per_s: float, burst: float) -> None:
        self.per_s = per_s
        self.burst = burst
        self.tokens = burst
        self.until = 0.0
        """Closed until then, on Trio's clock."""
        self._at = trio.current_time()

    def wait_s(self, cost: float) -> float:
        """Seconds until `cost` tokens may be taken; a cost above the burst needs a full bucket."""
        now = trio.current_time()
        self.tokens = min(self.burst, self.tokens + (now - self._at) * self.per_s)
        self._at = now
        missing = min(cost, self.burst) - self.tokens
        return max(self.until - now, missing / self.per_s, 0.0)

    def take(self, cost: float) -> None:
        """Spend; the bucket may go into debt."""
        self.tokens -= cost


class Pacing:
    """The buckets of one signer at one address."""

    def __init__(self, tier: Tier = TIERS["standard"]) -> None:
        self.tier_name = ""
        """What the venue says; "" before its first word."""
        self._buckets = {
            group: Bucket(SHARE * limit / span_s, max(1.0, SHARE * limit / 5.0))
            for group, (limit, span_s) in LIMITS.items()
        }
        self._buckets[PLACE] = Bucket(tier.place_per_s, tier.place_burst)
        self._buckets[CANCEL] = Bucket(tier.cancel_per_s, tier.cancel_burst)
        self._least = {PLACE: tier.place_per_s, CANCEL: tier.cancel_per_s}
        """The core counts by these rates, whatever tier is followed here."""

    async def turn(self, group: str, cost: float = 1.0, patience_s: float = 0.0) -> float:
        """Take the turn of `cost` requests of a group and return 0.

        Where it is further off than our patience (the group's own for 0) nothing is taken, and the
        wait in seconds is returned.
        """
        bucket = self._buckets[group]
        until = trio.current_time() + (patience_s or PATIENCES_S.get(group, PATIENCE_S))
        while (wait := bucket.wait_s(cost)) > 0.0:
            # Looked at again after each sleep: others take tokens, and a pause may have begun.
            if trio.current_time() + wait > until:
                return wait
            await trio.sleep(wait + 1e-6)
        bucket.take(cost)
        return 0.0

    def pause(self, group: str, seconds: float) -> None:
        """Send nothing of a group for a while: the venue has said so."""
        seconds = min(seconds, PAUSES_MAX_S.get(group, PAUSE_MAX_S))
        bucket = self._buckets[group]
        bucket.until = max(bucket.until, trio.current_time() + seconds)

    def least(self, group: str) -> float:
        """The deepest debt of tokens that is believed of a group."""
        return -DEBT_MAX_S * min(self._least[group], self._buckets[group].per_s)

    def set_tier(self, name: str) -> bool:
        """Follow the tier that an answer names; whether it has changed to a known one."""
        name = name.strip().lower()
        tier = TIERS.get(name)
        if tier is None or name == self.tier_name:
            return False
        self.tier_name = name
        place, cancel = self._buckets[PLACE], self._buckets[CANCEL]
        place.per_s, place.burst = tier.place_per_s, tier.place_burst
        cancel.per_s, cancel.burst = tier.cancel_per_s, tier.cancel_burst
        return True
