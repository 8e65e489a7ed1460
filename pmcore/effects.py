"""Requests in the imperative: all that the core can ask of the world, and how each is answered.

Effects are performed by the shell, by the simulated exchange, or by nobody (replay). Every act
gets exactly one answer, from `ANSWERS`; an `...Unknown` is an answer too.
"""

from typing import Final

import msgspec

from pmcore import events as ev
from pmcore.ids import MarketId, OpId, OrderId, Outcome, Side
from pmcore.order import Kind
from pmcore.units import Ns, Price, Shares


class Effect(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """Base of all effects."""


class PlaceOrder(Effect, frozen=True, gc=False):
    """Submit one order. For FOK and FAK `price` is the worst acceptable, `size` is in shares."""

    order: OrderId
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    kind: Kind
    post_only: bool
    expires_ns: Ns
    """Venue-side expiry of a GTD order, else 0."""
    why: str


class CancelOrder(Effect, frozen=True, gc=False):
    """Cancel one order of ours."""

    order: OrderId
    why: str


class CancelAll(Effect, frozen=True, gc=False):
    """Cancel everything of this account."""

    op: OpId
    why: str


class CancelStray(Effect, frozen=True, gc=False):
    """Cancel an order at the venue that this state never placed."""

    op: OpId
    venue_id: str


class MergePairs(Effect, frozen=True, gc=False):
    """Turn `size` of both tokens back into collateral."""

    op: OpId
    market: MarketId
    size: Shares
    why: str


class RedeemShares(Effect, frozen=True, gc=False):
    """Redeem all of a resolved market's tokens."""

    op: OpId
    market: MarketId


class FindMarket(Effect, frozen=True, gc=False):
    """Look a window up by its slug."""

    market: MarketId
    slug: str


class WatchMarket(Effect, frozen=True, gc=False):
    """Subscribe to a market's books and to our orders in it."""

    market: MarketId


class DropMarket(Effect, frozen=True, gc=False):
    """Unsubscribe: the market is settled."""

    market: MarketId


class ResyncBook(Effect, frozen=True, gc=False):
    """Fetch a fresh snapshot of one token's book."""

    market: MarketId
    outcome: Outcome
    why: str


class Reconcile(Effect, frozen=True, gc=False):
    """Fetch open orders, recent trades, positions and balance."""

    op: OpId
    why: str


class AskScoring(Effect, frozen=True, gc=False):
    """Ask which of our resting orders earn rewards."""

    op: OpId
    orders: tuple[OrderId, ...]


class Note(Effect, frozen=True, gc=False):
    """Tell people: `level` is info, warning or alert. No answer."""

    level: str
    code: str
    text: str


class Halt(Effect, frozen=True, gc=False):
    """Close the lanes: nothing more will be asked until a resume."""

    why: str


AnyEffect = (
    PlaceOrder
    | CancelOrder
    | CancelAll
    | CancelStray
    | MergePairs
    | RedeemShares
    | FindMarket
    | WatchMarket
    | DropMarket
    | ResyncBook
    | Reconcile
    | AskScoring
    | Note
    | Halt
)
Effects = list[AnyEffect]

ANSWERS: Final[dict[type[Effect], tuple[type[ev.Event], ...]]] = {
    PlaceOrder: (ev.OrderAccepted, ev.OrderDelayed, ev.OrderRejected, ev.OrderUnknown),
    CancelOrder: (ev.OrderCancelled, ev.CancelRefused, ev.CancelUnknown),
    CancelAll: (ev.AllCancelled, ev.CancelAllUnknown),
    CancelStray: (ev.StrayCancelled,),
    MergePairs: (ev.MergeConfirmed, ev.MergeFailed, ev.MergeUnknown),
    RedeemShares: (ev.RedeemConfirmed, ev.RedeemFailed, ev.RedeemUnknown),
    FindMarket: (ev.MarketListed, ev.MarketMissing),
    WatchMarket: (ev.MarketWatched,),
    DropMarket: (ev.MarketDropped,),
    ResyncBook: (ev.BookReset, ev.ResyncFailed),
    Reconcile: (ev.Reconciled, ev.ReconcileFailed),
    AskScoring: (ev.ScoringReported,),
    Note: (),
    Halt: (ev.Halted,),
}
"""Effect type -> the events that answer it; each act gets exactly one of them."""
