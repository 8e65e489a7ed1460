"""Facts in the past tense: the only thing that can change the state.

Each event is frozen, flat and complete, and begins with `at_ns`, the moment our process heard of
it (never falling; stamped at the inbox or by the simulator's heap). `venue_ns` is the venue's own
clock, which explains but never orders. Token prices are `Price` with 0 for "none".

Events are msgspec structs, so that one C call encodes a batch for the journal and the digest
(`docs/decisions/0001-msgspec-structs.md` has the measurements).
"""

from typing import Final

from pmcore.account_events import (
    AccountRestricted,
    AuthRefused,
    BalanceReported,
    HeartbeatAcked,
    HeartbeatMissed,
    Holding,
    IncentivePaid,
    MergeConfirmed,
    MergeFailed,
    MergeUnknown,
    OpenOrder,
    RateReported,
    Reconciled,
    ReconcileFailed,
    RedeemConfirmed,
    RedeemFailed,
    RedeemUnknown,
    VenueModeChanged,
)
from pmcore.event import SCHEMA, Event, Levels
from pmcore.facts import (
    BookReset,
    FeedLost,
    FeedOpened,
    Garbled,
    LevelChanged,
    MarketDropped,
    MarketListed,
    MarketMissing,
    MarketResolved,
    MarketWatched,
    OracleTicked,
    ResyncFailed,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmcore.order_events import (
    CONFIRMED,
    FAILED,
    MATCHED,
    MINED,
    REJECT_CODES,
    RETRYING,
    TRADE_STATUS_NAMES,
    AllCancelled,
    CancelAllUnknown,
    CancelRefused,
    CancelUnknown,
    OrderAccepted,
    OrderCancelled,
    OrderDelayed,
    OrderRejected,
    OrderUnknown,
    ScoringReported,
    StrayCancelled,
    TradeReported,
)


class RunOpened(Event, frozen=True, gc=False):
    """First event of a journal. `mode` is sim, paper or live."""

    run_id: str
    mode: str


class Configured(Event, frozen=True, gc=False):
    """The whole configuration as canonical JSON; again whenever it is changed."""

    config: str


class Beat(Event, frozen=True, gc=False):
    """Now decide: appended by the driver after each drained batch and at each deadline."""


class KillAsked(Event, frozen=True, gc=False):
    """The operator or the supervisor wants everything cancelled and the run halted."""

    reason: str


class ResumeAsked(Event, frozen=True, gc=False):
    """The operator lifts the kill switch."""


class StopAsked(Event, frozen=True, gc=False):
    """Orderly end: cancel all, then halt (SIGTERM)."""


class Halted(Event, frozen=True, gc=False):
    """Answer to `Halt`: the lanes are closed."""


AnyEvent = (
    RunOpened
    | Configured
    | Beat
    | KillAsked
    | ResumeAsked
    | StopAsked
    | Halted
    | MarketListed
    | MarketMissing
    | MarketWatched
    | MarketDropped
    | TickChanged
    | MarketResolved
    | FeedOpened
    | FeedLost
    | Garbled
    | BookReset
    | ResyncFailed
    | LevelChanged
    | TouchQuoted
    | TradePrinted
    | OracleTicked
    | OrderAccepted
    | OrderDelayed
    | OrderRejected
    | OrderUnknown
    | OrderCancelled
    | CancelRefused
    | CancelUnknown
    | AllCancelled
    | CancelAllUnknown
    | StrayCancelled
    | TradeReported
    | ScoringReported
    | Reconciled
    | ReconcileFailed
    | BalanceReported
    | HeartbeatAcked
    | HeartbeatMissed
    | RateReported
    | VenueModeChanged
    | AccountRestricted
    | AuthRefused
    | MergeConfirmed
    | MergeFailed
    | MergeUnknown
    | RedeemConfirmed
    | RedeemFailed
    | RedeemUnknown
    | IncentivePaid
)
MARKET_FACTS: Final = (
    MarketListed,
    TickChanged,
    MarketResolved,
    FeedOpened,
    FeedLost,
    BookReset,
    LevelChanged,
    TouchQuoted,
    TradePrinted,
    OracleTicked,
    Garbled,
)
"""The events that a tape may hold: facts of the world, never of our own account."""

__all__ = [
    "CONFIRMED",
    "FAILED",
    "MARKET_FACTS",
    "MATCHED",
    "MINED",
    "REJECT_CODES",
    "RETRYING",
    "SCHEMA",
    "TRADE_STATUS_NAMES",
    "AccountRestricted",
    "AllCancelled",
    "AnyEvent",
    "AuthRefused",
    "BalanceReported",
    "Beat",
    "BookReset",
    "CancelAllUnknown",
    "CancelRefused",
    "CancelUnknown",
    "Configured",
    "Event",
    "FeedLost",
    "FeedOpened",
    "Garbled",
    "Halted",
    "HeartbeatAcked",
    "HeartbeatMissed",
    "Holding",
    "IncentivePaid",
    "KillAsked",
    "LevelChanged",
    "Levels",
    "MarketDropped",
    "MarketListed",
    "MarketMissing",
    "MarketResolved",
    "MarketWatched",
    "MergeConfirmed",
    "MergeFailed",
    "MergeUnknown",
    "OpenOrder",
    "OracleTicked",
    "OrderAccepted",
    "OrderCancelled",
    "OrderDelayed",
    "OrderRejected",
    "OrderUnknown",
    "RateReported",
    "ReconcileFailed",
    "Reconciled",
    "RedeemConfirmed",
    "RedeemFailed",
    "RedeemUnknown",
    "ResumeAsked",
    "ResyncFailed",
    "RunOpened",
    "ScoringReported",
    "StopAsked",
    "StrayCancelled",
    "TickChanged",
    "TouchQuoted",
    "TradePrinted",
    "TradeReported",
    "VenueModeChanged",
]
