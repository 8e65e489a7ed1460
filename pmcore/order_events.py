"""What the venue says of our own orders and trades: answers to what was asked, and fills."""

from typing import Final

from pmcore.event import Event
from pmcore.ids import MarketId, OpId, OrderId, Outcome, Side
from pmcore.units import Cash, Price, Shares


class OrderAccepted(Event, frozen=True, gc=False):
    """The venue took the order (resting, or matched at once)."""

    order: OrderId


class OrderDelayed(Event, frozen=True, gc=False):
    """The venue holds a marketable order for the taker delay."""

    order: OrderId


class OrderRejected(Event, frozen=True, gc=False):
    """The venue refused the order; `code` is one of `REJECT_CODES`."""

    order: OrderId
    code: str
    text: str


class OrderUnknown(Event, frozen=True, gc=False):
    """The submit's outcome is not known."""

    order: OrderId
    text: str


class OrderCancelled(Event, frozen=True, gc=False):
    """The order is off the book: our cancel, or the venue's own (expiry, heartbeat, balance)."""

    order: OrderId
    reason: str


class CancelRefused(Event, frozen=True, gc=False):
    """`held`: not cancellable now; otherwise it is gone, fills may be on their way."""

    order: OrderId
    held: bool
    text: str


class CancelUnknown(Event, frozen=True, gc=False):
    """The cancel's outcome is not known."""

    order: OrderId
    text: str


class AllCancelled(Event, frozen=True, gc=False):
    """Answer to `CancelAll`: the venue confirmed that nothing of ours rests."""

    op: OpId


class CancelAllUnknown(Event, frozen=True, gc=False):
    """Answer to `CancelAll`: not confirmed."""

    op: OpId
    text: str


class StrayCancelled(Event, frozen=True, gc=False):
    """Answer to `CancelStray`."""

    op: OpId
    done: bool


REJECT_CODES: Final = (
    "post_only_would_cross",
    "post_only_mode",
    "cancel_only_mode",
    "venue_restarting",
    "trading_disabled",
    "not_enough_balance",
    "tick",
    "min_size",
    "duplicate",
    "market_not_ready",
    "version_mismatch",
    "fok_not_filled",
    "fak_not_filled",
    "rate_limited",
    "closed_only",
    "banned",
    "auth",
    "other",
)
MATCHED: Final = 0
MINED: Final = 1
CONFIRMED: Final = 2
RETRYING: Final = 3
FAILED: Final = 4
TRADE_STATUS_NAMES: Final = ("MATCHED", "MINED", "CONFIRMED", "RETRYING", "FAILED")


class TradeReported(Event, frozen=True, gc=False):
    """Our part of a trade in one of its statuses; repeats and re-ordering are harmless.

    `outcome`, `side` and `price` are our order's own, already turned round where the trade matched
    the complementary token. `fee` is what we pay as taker, 0 as maker.
    """

    trade: str
    order: OrderId
    market: MarketId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    fee: Cash
    maker: bool
    status: int


class ScoringReported(Event, frozen=True, gc=False):
    """Answer to `AskScoring`: which of the asked orders earn rewards."""

    op: OpId
    scoring: tuple[OrderId, ...]
    idle: tuple[OrderId, ...]
