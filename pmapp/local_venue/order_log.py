"""Orders as the venue remembers them: by the id that is their digest, and by number.

The exchange of the core knows orders by small integers; here is what it does not: the signed id,
the API key, the wallet, the texts that the wire needs.
"""

from collections import deque
from typing import Final

import msgspec

from pmapp.local_venue.http import Promise
from pmapp.local_venue.listing import Listed
from pmapp.local_venue.wallets import Wallet
from pmcore.event import Event
from pmcore.ids import OrderId, Outcome, Side
from pmcore.order import Kind
from pmcore.units import Ns, Price, Shares
from pmcore.wire.encode_user import OrderRow

LIVE: Final = "LIVE"
MATCHED: Final = "MATCHED"
CANCELED: Final = "CANCELED"
INVALID: Final = "INVALID"
DELAYED: Final = "DELAYED"
DONE_KEPT: Final = 20_000
"""Finished orders that can still be looked up by id."""


class Posted(msgspec.Struct):
    """One order that was sent to the exchange."""

    id: str
    number: OrderId
    key: str
    wallet: Wallet
    listed: Listed
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    kind: Kind
    post_only: bool
    expiration_s: int
    created_ns: Ns
    status: str = ""
    """LIVE, MATCHED, CANCELED...; "" while the exchange has not taken it."""
    matched: int = 0
    raw: int = 0
    """Sum of price times size over the fills."""
    trades: list[str] = []
    replies: list[Event] = []
    """What the exchange answered to the last act on it."""
    promise: Promise | None = None
    """The answer that waits for the end of the taker delay."""

    @property
    def open(self) -> bool:
        """Whether it can still trade."""
        return self.status in (LIVE, DELAYED)

    def row(self, status: str = "") -> OrderRow:
        """The order as the wire shows it."""
        market = self.listed.market
        return OrderRow(
            self.id,
            self.key,
            self.wallet.address,
            market.condition_id,
            market.tokens[self.outcome],
            self.outcome,
            self.side,
            self.price,
            self.size,
            Shares(self.matched),
            self.kind,
            status or self.status,
            self.created_ns,
            self.expiration_s,
            tuple(self.trades),
        )


class OrderLog:
    """Every order that the exchange has seen, finished ones for a while."""

    __slots__ = ("_count", "_done", "by_id", "by_number", "open")

    def __init__(self) -> None:
        self.by_id: dict[str, Posted] = {}
        self.by_number: dict[int, Posted] = {}
        self.open: dict[str, dict[str, Posted]] = {}
        """API key -> id -> order, for those that can still trade."""
        self._done: deque[Posted] = deque()
        self._count = 0

    def next_number(self) -> OrderId:
        """A number that no order has."""
        self._count += 1
        return OrderId(self._count)

    def begin(self, order: Posted) -> None:
        """An order is about to be sent to the exchange."""
        self.by_id[order.id] = order
        self.by_number[order.number] = order

    def forget(self, order: Posted) -> None:
        """The exchange refused it: it may be sent again."""
        self.by_id.pop(order.id, None)
        self.by_number.pop(order.number, None)

    def opened(self, order: Posted, status: str) -> None:
        """It rests, or is held."""
        order.status = status
        self.open.setdefault(order.key, {})[order.id] = order

    def ended(self, order: Posted, status: str) -> None:
        """It can no longer trade."""
        if order.status != status:
            order.status = status
            self.open.get(order.key, {}).pop(order.id, None)
            self._done.append(order)
            while len(self._done) > DONE_KEPT:
                self.forget(self._done.popleft())

    def open_of(self, key: str) -> list[Posted]:
        """The open orders of a key, oldest first."""
        return list(self.open.get(key, {}).values())
