"""One window as the core knows it: its listing, books, orders, positions and the present plan.

A part of the one mutable trunk (see `state`): plain values only, and orders are referred to by
number, so that it freezes and thaws whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pmcore.account.inventory import Inventory
from pmcore.account.trades import Trade
from pmcore.book.book import Book
from pmcore.ids import MAX_SLOTS, OpId, OrderId
from pmcore.maker.want import Plan
from pmcore.market import Market
from pmcore.model.markout import Markouts
from pmcore.model.settlement import Fixing
from pmcore.order import Order
from pmcore.units import Ns, Price


@dataclass
class MarketState:
    """One window: its listing, books, orders, positions and the present plan."""

    terms: Market
    start: Fixing
    end: Fixing
    ticks: list[int]
    """Price grid per outcome: the venue changes them one token at a time."""
    books: list[Book] = field(default_factory=lambda: [Book(), Book()])
    inventory: Inventory = field(default_factory=Inventory)
    trades: dict[str, Trade] = field(default_factory=dict)
    orders: dict[OrderId, Order] = field(default_factory=dict)
    """Orders that may still take money."""
    finished: dict[OrderId, Order] = field(default_factory=dict)
    """The latest finished orders: a late fill is recognised, memory stays bounded."""
    cooling: dict[OrderId, Ns] = field(default_factory=dict)
    """Of `finished`: cancelled just now, and until when a fill from before may still be told."""
    slots: list[OrderId] = field(default_factory=lambda: [OrderId(0)] * MAX_SLOTS)
    """The order that stands for each slot now, 0 for none."""
    moved_ns: list[Ns] = field(default_factory=lambda: [Ns(0)] * MAX_SLOTS)
    plan: Plan = field(default_factory=Plan)
    scene: tuple[int, ...] = ()
    """What the plan was made of, as `maker.decide` rounds it; empty when it must be made anew."""
    markouts: Markouts = field(default_factory=Markouts)
    watched: bool = False
    watch_asked: bool = False
    drop_asked: bool = False
    dirty: bool = True
    """Something that the plan depends on has changed."""
    unsettled: bool = False
    """The plan and the orders may differ: a want or a status has changed, or a move was put off."""
    asleep_ns: Ns = Ns(0)
    """Nothing can be wanted before this moment: the window has not begun and nothing is open."""
    measure_ns: Ns = Ns(0)
    """When the next markout is due; 0 for none."""
    decided_ns: Ns = Ns(0)
    gate: str = "not_watched"
    """Why nothing is quoted at all; empty while quoting."""
    q_up: float = 0.5
    q_seq: int = 0
    """`State.seq` when `q_up` was worked out, and the time."""
    q_ns: Ns = Ns(0)
    target_total: Price = Price(0)
    target_reason: str = ""
    total_of: tuple[float, int, float, int] = (-1.0, 0, 0.0, 0)
    """What `target_total` was made of, besides the rules."""
    payout_up: int = -1
    """Official resolution in basis points; -1 while unknown."""
    resolved_ns: Ns = Ns(0)
    late_alerted: bool = False
    merge_op: OpId = OpId(0)
    merge_size: int = 0
    merged_ns: Ns = Ns(0)
    redeem_op: OpId = OpId(0)
    redeem_ns: Ns = Ns(0)
    redeemed: bool = False
    completed_ns: Ns = Ns(0)
    completion_spent: int = 0
    resync_ns: list[Ns] = field(default_factory=lambda: [Ns(0), Ns(0)])
    strikes: int = 0
    """Reconciliations in a row that disagreed about this market."""

    def at_stake(self) -> Iterable[Order]:
        """Orders that count at their worst: open ones, and those whose cancel is very new."""
        if not self.cooling:
            return self.orders.values()
        finished = self.finished
        return [*self.orders.values(), *(finished[n] for n in self.cooling if n in finished)]
