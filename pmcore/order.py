"""The life of an order as one literal table, shared by the tracker and the simulated exchange.

`LIFE[status][happening]` is the next status. The table is total: whatever the venue says, in any
order and any number of times, has a row. Two rules explain most of it. A final status never
becomes open again, because money that arrives late is booked from the trade itself. And doubt
never lowers exposure: whenever the venue's answer leaves the order's fate open, it is LOST and
counted at its worst until a reconciliation says otherwise.
"""

from dataclasses import dataclass
from typing import Final, NewType

from pmcore.ids import MarketId, OrderId, Outcome, Side
from pmcore.units import Ns, Price, Shares

Status = NewType("Status", int)
PENDING: Final = Status(0)
"""Sent, not answered."""
LIVE: Final = Status(1)
DELAYED: Final = Status(2)
"""Held by the taker delay: may match, cannot be cancelled."""
CANCELLING: Final = Status(3)
LOST: Final = Status(4)
"""Fate unknown: counted as live until reconciled."""
FILLED: Final = Status(5)
CANCELLED: Final = Status(6)
REJECTED: Final = Status(7)

STATUS_NAMES: Final = (
    "PENDING",
    "LIVE",
    "DELAYED",
    "CANCELLING",
    "LOST",
    "FILLED",
    "CANCELLED",
    "REJECTED",
)
FINAL: Final = (False, False, False, False, False, True, True, True)
"""Indexed by status: can this order no longer take money?"""

Happening = NewType("Happening", int)
ACCEPTED: Final = Happening(0)
HELD: Final = Happening(1)
REFUSED: Final = Happening(2)
SILENT: Final = Happening(3)
"""The submit's outcome is unknown (timeout, 5xx)."""
CANCEL_ASKED: Final = Happening(4)
CANCEL_DONE: Final = Happening(5)
CANCEL_GONE: Final = Happening(6)
"""Cancel refused: the venue says the order is already matched, cancelled or not found."""
CANCEL_HELD: Final = Happening(7)
"""Cancel refused: the order is inside the taker delay, or the engine is restarting."""
CANCEL_SILENT: Final = Happening(8)
PART_FILLED: Final = Happening(9)
ALL_FILLED: Final = Happening(10)
SEEN_LIVE: Final = Happening(11)
"""A reconciliation found it open at the venue."""
SEEN_GONE: Final = Happening(12)
"""A reconciliation proved that it is not open, and all its trades are booked."""

HAPPENING_NAMES: Final = (
    "accepted",
    "held",
    "refused",
    "silent",
    "cancel asked",
    "cancel done",
    "cancel: gone",
    "cancel: held",
    "cancel silent",
    "part filled",
    "all filled",
    "seen live",
    "seen gone",
)

# fmt: off
LIFE: Final[tuple[tuple[Status, ...], ...]] = (
    #             ACCEPTED    HELD        REFUSED     SILENT      C_ASKED     C_DONE      C_GONE      C_HELD      C_SILENT    PART        ALL     LIVE        GONE
    # PENDING
    (LIVE,       DELAYED,    REJECTED,   LOST,       CANCELLING, CANCELLED,  LOST,       DELAYED,    LOST,       LIVE,       FILLED, LIVE,       CANCELLED),
    # LIVE
    (LIVE,       DELAYED,    LOST,       LIVE,       CANCELLING, CANCELLED,  LOST,       LIVE,       LOST,       LIVE,       FILLED, LIVE,       CANCELLED),
    # DELAYED
    (LIVE,       DELAYED,    REJECTED,   LOST,       CANCELLING, CANCELLED,  LOST,       DELAYED,    LOST,       LIVE,       FILLED, LIVE,       CANCELLED),
    # CANCELLING
    (CANCELLING, CANCELLING, REJECTED,   LOST,       CANCELLING, CANCELLED,  LOST,       LIVE,       LOST,       CANCELLING, FILLED, LIVE,       CANCELLED),
    # LOST
    (LIVE,       DELAYED,    REJECTED,   LOST,       LOST,       CANCELLED,  LOST,       LOST,       LOST,       LOST,       FILLED, LIVE,       CANCELLED),
    # FILLED
    (FILLED,     FILLED,     FILLED,     FILLED,     FILLED,     FILLED,     FILLED,     FILLED,     FILLED,     FILLED,     FILLED, FILLED,     FILLED),
    # CANCELLED
    (CANCELLED,  CANCELLED,  CANCELLED,  CANCELLED,  CANCELLED,  CANCELLED,  CANCELLED,  CANCELLED,  CANCELLED,  CANCELLED,  FILLED, CANCELLED,  CANCELLED),
    # REJECTED
    (REJECTED,   REJECTED,   REJECTED,   REJECTED,   REJECTED,   CANCELLED,  REJECTED,   REJECTED,   REJECTED,   CANCELLED,  FILLED, REJECTED,   REJECTED),
)
# fmt: on

Kind = NewType("Kind", int)
GTC: Final = Kind(0)
GTD: Final = Kind(1)
FOK: Final = Kind(2)
FAK: Final = Kind(3)
KIND_NAMES: Final = ("GTC", "GTD", "FOK", "FAK")


@dataclass(init=False)
class Order:
    """One order of ours, from the decision to its end; changed only by `advance`."""

    id: OrderId
    market: MarketId
    slot: int
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    kind: Kind
    placed_ns: Ns
    filled: Shares
    status: Status
    since_ns: Ns
    """When the present status began (for retries of lost and cancelling orders)."""
    scoring: bool
    lapsed: bool
    """Whether it scored once and does not any more: its place in the queue is worth less."""

    # Written out, as one is made at every post: a generated one is not compiled (decision 0014).
    def __init__(  # noqa: PLR0913, PLR0917
        self,
        id: OrderId,
        market: MarketId,
        slot: int,
        outcome: Outcome,
        side: Side,
        price: Price,
        size: Shares,
        kind: Kind,
        placed_ns: Ns,
        filled: Shares = Shares(0),
        status: Status = PENDING,
        since_ns: Ns = Ns(0),
        scoring: bool = False,
        lapsed: bool = False,
    ) -> None:
        self.id = id
        self.market = market
        self.slot = slot
        self.outcome = outcome
        self.side = side
        self.price = price
        self.size = size
        self.kind = kind
        self.placed_ns = placed_ns
        self.filled = filled
        self.status = status
        self.since_ns = since_ns
        self.scoring = scoring
        self.lapsed = lapsed

    @property
    def leaves(self) -> Shares:
        """Shares that may still fill."""
        return Shares(self.size - self.filled)


def advance(order: Order, happening: Happening, now_ns: Ns) -> Status:
    """Move `order` by the table and return its new status."""
    status = LIFE[order.status][happening]
    if status != order.status:
        order.status = status
        order.since_ns = now_ns
    return status
