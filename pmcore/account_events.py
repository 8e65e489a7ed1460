"""What the venue and the chain say of our account: balances, limits, merges, redemptions."""

import msgspec

from pmcore.event import Event
from pmcore.ids import MarketId, OpId, OrderId, Outcome, Side
from pmcore.order import Kind
from pmcore.units import Cash, Price, Shares


class OpenOrder(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order that the venue says is open. `order` is 0 where it is not one of ours."""

    order: OrderId
    venue_id: str
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    filled: Shares
    kind: Kind = Kind(0)


class Holding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Shares of one token that the venue says are ours."""

    market: MarketId
    outcome: Outcome
    shares: Shares


class Reconciled(Event, frozen=True, gc=False):
    """Answer to `Reconcile`: the venue's own view, taken after the request was sent."""

    op: OpId
    orders: tuple[OpenOrder, ...]
    holdings: tuple[Holding, ...]
    cash: Cash


class ReconcileFailed(Event, frozen=True, gc=False):
    """Answer to `Reconcile`: no view could be had."""

    op: OpId
    text: str


class BalanceReported(Event, frozen=True, gc=False):
    """Collateral at the venue, including what open orders reserve."""

    cash: Cash


class HeartbeatAcked(Event, frozen=True, gc=False):
    """The venue accepted a heartbeat."""


class HeartbeatMissed(Event, frozen=True, gc=False):
    """A heartbeat was refused or not answered."""

    text: str


class RateReported(Event, frozen=True, gc=False):
    """The signer's remaining tokens, from the answer headers (may be negative for cancels)."""

    place_milli: int
    cancel_milli: int


class VenueModeChanged(Event, frozen=True, gc=False):
    """`normal`, `post_only`, `cancel_only`, `restarting` or `disabled`."""

    mode: str


class AccountRestricted(Event, frozen=True, gc=False):
    """Closed-only, banned or geoblocked."""

    text: str


class AuthRefused(Event, frozen=True, gc=False):
    """The venue did not accept our credentials."""

    text: str


class MergeConfirmed(Event, frozen=True, gc=False):
    """Answer to `MergePairs`: mined and confirmed. `gas` is what it cost."""

    op: OpId
    market: MarketId
    size: Shares
    gas: Cash


class MergeFailed(Event, frozen=True, gc=False):
    """Answer to `MergePairs`: proven not to have happened."""

    op: OpId
    market: MarketId
    text: str


class MergeUnknown(Event, frozen=True, gc=False):
    """Answer to `MergePairs`: fate unknown; a later Confirmed or Failed settles it."""

    op: OpId
    market: MarketId
    text: str


class RedeemConfirmed(Event, frozen=True, gc=False):
    """Answer to `RedeemShares`: `payout` came in."""

    op: OpId
    market: MarketId
    payout: Cash
    gas: Cash


class RedeemFailed(Event, frozen=True, gc=False):
    """Answer to `RedeemShares`: proven not to have happened."""

    op: OpId
    market: MarketId
    text: str


class RedeemUnknown(Event, frozen=True, gc=False):
    """Answer to `RedeemShares`: fate unknown."""

    op: OpId
    market: MarketId
    text: str


class IncentivePaid(Event, frozen=True, gc=False):
    """A maker rebate (`rebate`) or a liquidity reward was paid out."""

    market: MarketId
    amount: Cash
    rebate: bool
