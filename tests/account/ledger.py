"""A ledger kept the slow way: every trade remembered, every cent a fraction."""

from itertools import product

from pmcore.ids import BUY, DOWN, UP
from pmcore.order import Order
from pmcore.units import cost_down, cost_up


class Ledger:
    """What buys, merges and payouts come to, from the list of all that was done."""

    def __init__(self) -> None:
        self.bought: list[tuple[int, int, int, int]] = []
        """Outcome, price, size, fee of each trade that stands."""
        self.merged = 0
        self.received = 0
        self.redeemed = False

    def shares(self, outcome: int) -> int:
        """Shares held."""
        total = sum(size for which, _, size, _ in self.bought if which == outcome) - self.merged
        return 0 if self.redeemed else total

    def cash(self) -> int:
        """Cash that came in, less what went out."""
        paid = sum(cost_up(price, size) + fee for _, price, size, fee in self.bought)
        return self.received - paid


def brute_worst(
    orders: list[Order],
    held: tuple[int, int],
    cost: tuple[int, int],
    doubtful: list[tuple[int, int, int]],
) -> tuple[int, int]:
    """Worst |Up - Down| and worst loss over every subset of fills and failures and each winner.

    `doubtful` are unconfirmed buys (outcome, price, size) that `held` and `cost` contain.
    """
    unpaired, loss = 0, -(10**30)
    for fills in product((False, True), repeat=len(orders)):
        for fails in product((False, True), repeat=len(doubtful)):
            shares, spent = list(held), sum(cost)
            for order, filled in zip(orders, fills, strict=True):
                if filled:
                    sign = 1 if order.side == BUY else -1
                    shares[order.outcome] += sign * order.leaves
                    paid = cost_up if order.side == BUY else cost_down
                    spent += sign * paid(order.price, order.leaves)
            for (outcome, price, size), failed in zip(doubtful, fails, strict=True):
                if failed:
                    shares[outcome] -= size
                    spent -= cost_up(price, size)
            unpaired = max(unpaired, abs(shares[UP] - shares[DOWN]))
            loss = max(loss, spent - shares[UP], spent - shares[DOWN])
    return unpaired, loss
