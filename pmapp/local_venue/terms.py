"""What a local venue is asked to be: plain numbers, no behaviour."""

from typing import Final

import msgspec

from pmcore.sim.assumptions import Assumptions
from pmcore.units import MILLISECOND, SECOND, Cash, Ns

V1: Final = "v1"
V2: Final = "v2"
MIXED: Final = "mixed"
PROTOCOLS: Final = (MIXED, V1, V2)
"""Which protocol the markets are of: `mixed` alternates, window by window."""


class Tier(msgspec.Struct, frozen=True):
    """A signer's token buckets: refill per second and burst, in orders."""

    name: str
    place: int
    place_burst: int
    cancel: int
    cancel_burst: int


TIERS: Final = {
    tier.name: tier
    for tier in (
        Tier("Standard", 40, 60, 80, 120),
        Tier("Copper", 60, 90, 120, 180),
        Tier("Bronze", 80, 120, 160, 240),
        Tier("Silver", 200, 300, 400, 600),
        Tier("Gold", 400, 600, 800, 1200),
        Tier("Platinum", 450, 675, 900, 1350),
        Tier("Diamond", 525, 787, 1050, 1575),
        Tier("Elite", 600, 900, 1200, 1800),
    )
}
"""Per-signer tiers by 30-day volume (venue reference, section 4; in force since 2026-07-24)."""


class VenueTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that shapes a local venue besides its clock and its flow of facts."""

    seed: int = 1
    chain_id: int = 137
    faucet: Cash = Cash(10_000_000_000)
    """Micro-dollars given to every wallet that the venue sees for the first time."""
    protocol: str = MIXED
    prefix: str = "btc-updown-15m"
    window_s: int = 900
    ahead: int = 96
    """Windows listed beyond the current one: about 24 h (venue reference, section 7)."""
    kept: int = 32
    """Finished windows that can still be looked up."""
    tier: str = "Standard"
    taker_delay_ns: Ns = Ns(150 * MILLISECOND)
    """"250 -> 50 -> 150 ms since 2026-09-04" (section 0, fact 7)."""
    heartbeat_ns: Ns = Ns(10 * SECOND)
    heartbeat_check_ns: Ns = Ns(5 * SECOND)
    outbox_frames: int = 50_000
    """Frames that wait for a slow reader before the venue closes its connection."""
    assumptions: Assumptions = Assumptions()
