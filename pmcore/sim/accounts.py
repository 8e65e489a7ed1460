"""What one account has at the simulated venue, in integers.

Cash and shares are free, reserved by open orders, locked by a chain operation, or *unconfirmed*:
come from a trade that the chain has not confirmed, and that may still fail. Only what is free can
back a new order, so that the undoing of a failed trade never takes what is no longer there.
"""

from dataclasses import dataclass, field

from pmcore.ids import BUY, UP, Outcome
from pmcore.sim.pit import Resting
from pmcore.units import Cash, Shares

DONE_KEPT = 4096
"""How many finished orders an account remembers, to know a duplicate when it sees one."""


@dataclass
class Position:
    """Shares of the two tokens of one market, in micro-shares."""

    up: int = 0
    down: int = 0
    reserved_up: int = 0
    reserved_down: int = 0
    unconfirmed_up: int = 0
    unconfirmed_down: int = 0
    locked: int = 0
    """Pairs inside a merge that is under way."""
    fee_equivalent: int = 0
    """What takers would have paid on our maker fills: the base of the rebate, in micro-dollars."""
    rebated: int = 0
    """Rebates already paid for this market."""

    def free(self, outcome: Outcome) -> int:
        """Confirmed shares that nothing else has a claim on."""
        if outcome == UP:
            return self.up - self.reserved_up - self.unconfirmed_up - self.locked
        return self.down - self.reserved_down - self.unconfirmed_down - self.locked

    def add(self, outcome: Outcome, shares: int) -> None:
        """Change the holding of one token."""
        if outcome == UP:
            self.up += shares
        else:
            self.down += shares

    def reserve(self, outcome: Outcome, shares: int) -> None:
        """Change what open SELL orders have a claim on."""
        if outcome == UP:
            self.reserved_up += shares
        else:
            self.reserved_down += shares

    def doubt(self, outcome: Outcome, shares: int) -> None:
        """Change what trades not yet confirmed have brought."""
        if outcome == UP:
            self.unconfirmed_up += shares
        else:
            self.unconfirmed_down += shares

    @property
    def mergeable(self) -> Shares:
        """Confirmed, unreserved pairs."""
        return Shares(max(0, min(self.free(Outcome(0)), self.free(Outcome(1)))))


@dataclass
class Account:
    """One trader: cash in micro-dollars, positions by market, open orders by id."""

    id: int
    cash: int = 0
    reserved: int = 0
    unconfirmed: int = 0
    """Proceeds of sales not yet confirmed."""
    positions: dict[int, Position] = field(default_factory=dict)
    orders: dict[int, Resting] = field(default_factory=dict)
    done: dict[int, int] = field(default_factory=dict)
    """Final status of the last finished orders."""
    beaten_ns: int = 0
    """When the last heartbeat came; 0 while none has armed the switch."""
    fees_paid: int = 0

    @property
    def free_cash(self) -> Cash:
        """Cash that nothing has a claim on."""
        return Cash(self.cash - self.reserved - self.unconfirmed)

    def position(self, market: int) -> Position:
        """The position in a market, made on first sight."""
        position = self.positions.get(market)
        if position is None:
            position = self.positions[market] = Position()
        return position


def claim(account: Account, order: Resting) -> None:
    """Reserve what the leaves of `order` need, letting go of what it had reserved before.

    A BUY reserves `ceil` of everything it may still spend given what it has spent, so that the
    claims and the payments of its fills add up to exactly the cost of the whole order.
    """
    if order.side == BUY:
        spent = order.raw
        most = spent + order.price * (order.size - order.filled)
        need = -spent // 10_000 - -most // 10_000
        account.reserved += need - order.reserved
    else:
        need = order.size - order.filled
        account.position(order.market).reserve(order.outcome, need - order.reserved)
    order.reserved = need


def release(account: Account, order: Resting) -> None:
    """Let go of everything that `order` had reserved."""
    if order.side == BUY:
        account.reserved -= order.reserved
    else:
        account.position(order.market).reserve(order.outcome, -order.reserved)
    order.reserved = 0


def remember(account: Account, order: Resting) -> None:
    """Move a finished order from the open ones to the remembered ones."""
    account.orders.pop(order.id, None)
    done = account.done
    done[order.id] = order.status
    if len(done) > DONE_KEPT:
        for number in list(done)[: DONE_KEPT // 2]:
            del done[number]
