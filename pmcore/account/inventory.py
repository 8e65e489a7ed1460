"""What one market's positions are, cost, and have earned: exact to the micro-dollar.

Two identities hold after every operation and are tested as properties:
`cash_flow == realised - cost_up - cost_down` (nothing is earned that was not paid), and
`0 <= unconfirmed <= shares` per outcome as long as trades fail at most once.
Costs are averages: taking n of N shares out takes `cost * n // N` with them, and the last share
takes what is left, so no micro is ever lost.
"""

from dataclasses import dataclass, field

from pmcore.ids import BUY, DOWN, UP, Outcome, Side
from pmcore.units import Cash, Price, Shares, cost_down, cost_up, part, payout


@dataclass
class Inventory:
    """Positions of one market. Lists are indexed by outcome: [Up, Down]."""

    shares: list[int] = field(default_factory=lambda: [0, 0])
    cost: list[int] = field(default_factory=lambda: [0, 0])
    """Micro-dollars paid for the shares still held, taker fees not included."""
    unconfirmed: list[int] = field(default_factory=lambda: [0, 0])
    """Shares bought in trades that are matched but not yet confirmed on chain."""
    unconfirmed_cost: list[int] = field(default_factory=lambda: [0, 0])
    merging: Shares = Shares(0)
    """Pairs inside a merge that is asked for and not yet answered."""
    cash_flow: Cash = Cash(0)
    realised: Cash = Cash(0)
    fees: Cash = Cash(0)
    gas: Cash = Cash(0)
    rebates: Cash = Cash(0)
    rewards: Cash = Cash(0)
    fee_equivalent: Cash = Cash(0)
    """What our maker fills would have paid as takers: the basis of rebates."""
    pairs_merged: Shares = Shares(0)
    bought: Shares = Shares(0)
    fills: int = 0

    @property
    def unpaired(self) -> Shares:
        """Up shares minus Down shares."""
        return Shares(self.shares[UP] - self.shares[DOWN])

    @property
    def full_sets(self) -> Shares:
        """Pairs that could be merged now: confirmed on both sides and not already merging."""
        up = self.shares[UP] - self.unconfirmed[UP]
        down = self.shares[DOWN] - self.unconfirmed[DOWN]
        return Shares(max(0, min(up, down) - self.merging))

    def average_cost(self, outcome: Outcome) -> float:
        """Dollars per share held; 0 when none is."""
        shares = self.shares[outcome]
        return self.cost[outcome] / shares if shares > 0 else 0.0

    def fill(self, outcome: Outcome, side: Side, price: Price, size: Shares, fee: Cash) -> None:
        """Book one fill of ours at `price`; a buy is unconfirmed until `confirm`."""
        self.fills += 1
        if side == BUY:
            cost = cost_up(price, size)
            self.shares[outcome] += size
            self.cost[outcome] += cost
            self.unconfirmed[outcome] += size
            self.unconfirmed_cost[outcome] += cost
            self.bought = Shares(self.bought + size)
            self._pay(cost)
        else:
            proceeds = cost_down(price, size)
            removed = self._take(outcome, size)
            self._earn(proceeds, removed)
        self._charge(fee)

    def confirm(self, outcome: Outcome, price: Price, size: Shares) -> None:
        """A bought lot is final on chain."""
        self.unconfirmed[outcome] -= size
        self.unconfirmed_cost[outcome] -= cost_up(price, size)

    def undo(self, outcome: Outcome, side: Side, price: Price, size: Shares, fee: Cash) -> None:
        """A trade failed on chain: its fill never happened, its fee was never taken."""
        if side == BUY:
            cost = cost_up(price, size)
            self.shares[outcome] -= size
            self.cost[outcome] -= cost
            self.bought = Shares(self.bought - size)
            self.confirm(outcome, price, size)
            self._pay(-cost)
            self._sweep(outcome)
        else:
            proceeds = cost_down(price, size)
            self.shares[outcome] += size
            # The removed cost is not remembered per trade; taking back the proceeds as cost keeps
            # the cash identity exact and errs against us.
            self.cost[outcome] += proceeds
            self.cash_flow = Cash(self.cash_flow - proceeds)
        self._charge(Cash(-fee))

    def merge(self, size: Shares, gas: Cash) -> None:
        """`size` pairs became cash; `gas` was paid for it."""
        removed = self._take(UP, size) + self._take(DOWN, size)
        self._earn(Cash(size), Cash(removed))
        self.pairs_merged = Shares(self.pairs_merged + size)
        self._spend_gas(gas)

    def redeem(self, payout_up: Price, gas: Cash, received: Cash | None = None) -> Cash:
        """All shares paid out at resolution; returns what came in before gas.

        `received` is what the chain says came in; where it differs from our own sum, it counts.
        """
        total = 0
        for outcome, price in ((UP, payout_up), (DOWN, Price(10_000 - payout_up))):
            size = Shares(self.shares[outcome])
            amount = payout(price, size)
            self._earn(amount, self._take(outcome, size))
            self.unconfirmed[outcome] = self.unconfirmed_cost[outcome] = 0
            total += amount
        if received is not None and received != total:
            self._earn(Cash(received - total), Cash(0))
            total = received
        self._spend_gas(gas)
        return Cash(total)

    def incentive(self, amount: Cash, rebate: bool) -> None:
        """A rebate or reward was paid."""
        if rebate:
            self.rebates = Cash(self.rebates + amount)
        else:
            self.rewards = Cash(self.rewards + amount)
        self.cash_flow = Cash(self.cash_flow + amount)
        self.realised = Cash(self.realised + amount)

    def _take(self, outcome: Outcome, size: Shares) -> Cash:
        """Take shares out with their average cost, and return that cost."""
        held = self.shares[outcome]
        removed = self.cost[outcome] if size >= held else part(self.cost[outcome], size, held)
        self.shares[outcome] -= size
        self.cost[outcome] -= removed
        return Cash(removed)

    def _sweep(self, outcome: Outcome) -> None:
        """Cost left without shares (an undone lot dearer than the average) is a result."""
        if self.shares[outcome] == 0 and self.cost[outcome]:
            self.realised = Cash(self.realised - self.cost[outcome])
            self.cost[outcome] = 0

    def _pay(self, cost: int) -> None:
        self.cash_flow = Cash(self.cash_flow - cost)

    def _earn(self, proceeds: Cash, removed: Cash) -> None:
        self.cash_flow = Cash(self.cash_flow + proceeds)
        self.realised = Cash(self.realised + proceeds - removed)

    def _charge(self, fee: Cash) -> None:
        self.fees = Cash(self.fees + fee)
        self.cash_flow = Cash(self.cash_flow - fee)
        self.realised = Cash(self.realised - fee)

    def _spend_gas(self, gas: Cash) -> None:
        self.gas = Cash(self.gas + gas)
        self.cash_flow = Cash(self.cash_flow - gas)
        self.realised = Cash(self.realised - gas)
