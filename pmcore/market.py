"""What is known of one market from its listing: identity, grid, fees, rewards, settlement.

Everything the venue may change from market to market is data here, never a constant of the
strategy (venue reference, section 0 facts 2 and 5).
"""

from typing import Final

import msgspec

from pmcore.ids import MarketId, Outcome
from pmcore.units import Ns, Price, Shares


class FeeTerms(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How takers pay: `shares * rate * (p * (1 - p))**exponent`, times p where `price_weighted`.

    The first published 15-minute curve was `C * p * 0.25 * (p (1 - p))**2`, which is
    `FIRST_CURVE`; the present schedule is `C * r * (p (1 - p))**e`, floored to 5 decimals.
    """

    rate_ppm: int = 0
    exponent: int = 1
    price_weighted: bool = False
    floor_micros: int = 10
    """Granularity the fee is floored to, in micro-dollars: 10 is five decimals, 1 is none."""
    rebate_ppm: int = 0
    """Share of the taker fees that goes back to makers."""


FIRST_CURVE: Final = FeeTerms(250_000, 2, True, 1, 200_000)
"""The curve of 2026-01-05: 100 shares at 0.50 pay 0.78125 USDC."""
CRYPTO_FEES: Final = FeeTerms(70_000, 1, False, 10, 200_000)
"""The crypto schedule read from markets since September 2026."""
NO_FEES: Final = FeeTerms()


class RewardTerms(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Liquidity-reward terms: what an order must be to score."""

    min_size: Shares = Shares(0)
    max_spread: Price = Price(0)
    min_age_ns: Ns = Ns(0)
    daily_rate_micros: int = 0
    """Daily pool in micro-dollars; 0 means that nothing is known to be paid."""


INSTANT: Final = 0
AVERAGE: Final = 1


class Settlement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The settlement rule as market data.

    `INSTANT` compares the first oracle prices at or after start and end. `AVERAGE` compares the
    averages over the last `window_ns` before start and before end. Ties go to Up when
    `tie_up`, as the market's own text says ("greater than or equal").
    """

    rule: int = AVERAGE
    window_ns: Ns = Ns(60_000_000_000)
    tie_up: bool = True


class Market(msgspec.Struct, frozen=True, array_like=True):
    """One window's market as listed."""

    id: MarketId
    slug: str
    condition_id: str
    tokens: tuple[str, str]
    """Token ids of Up and Down, matched by outcome name, never by position."""
    start_ns: Ns
    end_ns: Ns
    tick: Price
    """0 while unknown: such a market is never quoted."""
    min_size: Shares
    fees: FeeTerms
    rewards: RewardTerms
    settlement: Settlement
    order_version: int = 2
    neg_risk: bool = False
    taker_delay_ns: Ns = Ns(150_000_000)
    accepting: bool = True
    active: bool = True
    closed: bool = False
    restricted: bool = False
    """Restricted for *us*: the listing's geographic flag is not this."""

    def token(self, outcome: Outcome) -> str:
        """The venue's token id of an outcome."""
        return self.tokens[outcome]
