"""Worst-case exposure of one market: every open, cancelling, delayed, unknown and unconfirmed
order filled, or not filled, whichever hurts more.

A sell of one token is counted as a buy of the other at the complementary price, which is what it
is worth to us at resolution.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pmcore.account.inventory import Inventory
from pmcore.ids import BUY, DOWN, UP
from pmcore.order import Order
from pmcore.units import ONE_DOLLAR, complement, cost_up


@dataclass(init=False)
class Exposure:
    """Open buys (sells turned round) of one market added up. Micro-shares and micro-dollars."""

    open_up: int
    open_down: int
    cost_open_up: int
    cost_open_down: int
    reserved: int
    """Cash that the venue holds back for our open buys."""

    # Written out, as one is made at every post: a generated one is not compiled (decision 0014).
    def __init__(
        self,
        open_up: int = 0,
        open_down: int = 0,
        cost_open_up: int = 0,
        cost_open_down: int = 0,
        reserved: int = 0,
    ) -> None:
        self.open_up = open_up
        self.open_down = open_down
        self.cost_open_up = cost_open_up
        self.cost_open_down = cost_open_down
        self.reserved = reserved

    def add(self, outcome: int, side: int, price: int, leaves: int) -> None:
        """Count one more open order."""
        if side == BUY:
            # price and leaves are what cost_up takes; the ids are plain integers on this hot path.
            cost = cost_up(price, leaves)  # type: ignore[arg-type]
            self.reserved += cost
        else:
            outcome = 1 - outcome
            cost = cost_up(complement(price), leaves)  # type: ignore[arg-type]
        if outcome == UP:
            self.open_up += leaves
            self.cost_open_up += cost
        else:
            self.open_down += leaves
            self.cost_open_down += cost

    def worst_unpaired(self, inventory: Inventory) -> int:
        """Largest |Up - Down| that fills, non-fills and failing trades can leave."""
        up_only, down_only = self.unpaired_ways(inventory)
        return max(up_only, down_only, 0)

    def unpaired_ways(self, inventory: Inventory) -> tuple[int, int]:
        """The most Up without Down, and the most Down without Up, that can be left."""
        up, down = inventory.shares
        return (
            up + self.open_up - (down - inventory.unconfirmed[DOWN]),
            down + self.open_down - (up - inventory.unconfirmed[UP]),
        )

    def worst_loss(self, inventory: Inventory) -> int:
        """Largest amount that resolution can pay less than was spent; negative is a sure gain."""
        if_up, if_down = self.loss_ways(inventory)
        return if_up if if_up > if_down else if_down

    def loss_ways(self, inventory: Inventory) -> tuple[int, int]:
        """The worst loss if Up wins, and if Down wins.

        If Up wins, every Down order fills and every unconfirmed Up trade fails, and conversely: a
        fill on the winning side below one dollar can only help.
        """
        up, down = inventory.shares
        cost_up_, cost_down_ = inventory.cost
        if_up = (
            cost_up_
            - inventory.unconfirmed_cost[UP]
            + cost_down_
            + self.cost_open_down
            - (up - inventory.unconfirmed[UP])
        )
        if_down = (
            cost_down_
            - inventory.unconfirmed_cost[DOWN]
            + cost_up_
            + self.cost_open_up
            - (down - inventory.unconfirmed[DOWN])
        )
        return if_up, if_down

    def bound(self, inventory: Inventory) -> int:
        """Cash that positions and open orders bind."""
        return sum(inventory.cost) + self.cost_open_up + self.cost_open_down


def exposure_of(orders: Iterable[Order]) -> Exposure:
    """The exposure of a market's orders that may still take money, whatever their status.

    `Exposure.add` of each, written out: it is asked at every post.
    """
    open_up = open_down = cost_open_up = cost_open_down = reserved = 0
    for order in orders:
        leaves = order.size - order.filled
        outcome = order.outcome
        price = order.price
        if order.side == BUY:
            cost = -(-price * leaves // ONE_DOLLAR)
            reserved += cost
            bought_up = outcome == UP
        else:
            cost = -(-(ONE_DOLLAR - price) * leaves // ONE_DOLLAR)
            bought_up = outcome != UP
        if bought_up:
            open_up += leaves
            cost_open_up += cost
        else:
            open_down += leaves
            cost_open_down += cost
    return Exposure(open_up, open_down, cost_open_up, cost_open_down, reserved)
