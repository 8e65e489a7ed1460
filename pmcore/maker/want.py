"""What the maker would like to be true of one market: a ladder of wants, and why each is so.

A slot is a place in the ladder (`ids.slot_of`). The last slot of each outcome, rung 7, belongs to
taker completions. `reasons` says for every slot in use which bound decided its quote, or why it
has none; the same words go into the order's `why`, the report and the display.
"""

from dataclasses import dataclass, field
from typing import Final

from pmcore.ids import MAX_SLOTS, Outcome, Side
from pmcore.order import GTC, Kind
from pmcore.units import Price, Shares

TAKER_RUNG: Final = 7
SIZE_GRAIN: Final = 10_000
"""Order sizes have two decimals (venue reference, section 2.4)."""


@dataclass(init=False)
class Want:  # noqa: PLW1641 - mutable, so it has no hash
    """One order we would like to have resting (or, for FAK, to be sent once)."""

    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    reason: str
    kind: Kind

    # Both written out: wants are made and compared at every change of the plan (decision 0014).
    def __init__(
        self,
        outcome: Outcome,
        side: Side,
        price: Price,
        size: Shares,
        reason: str,
        kind: Kind = GTC,
    ) -> None:
        self.outcome = outcome
        self.side = side
        self.price = price
        self.size = size
        self.reason = reason
        self.kind = kind

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Want)
            and self.price == other.price
            and self.size == other.size
            and self.reason == other.reason
            and self.outcome == other.outcome
            and self.side == other.side
            and self.kind == other.kind
        )


Scene = tuple[int, ...]
"""Caps of Up and Down in their ticks, the pair's cap in the finer tick, best bid and ask of Up and
of Down, both ticks, unpaired shares, regime, both toxicities in steps, whether it is late. Empty
where a plan must be made anew."""
Ladder = tuple[int, str, float, int, bool, int, float, int]
"""Top price (0 or less for none), its reason, size scalar, rungs, whether the top rung is left out,
tick, and where rewards are chased (else 0) the mid in dollars and the price that the top rung may
rise to."""
Shape = tuple[Ladder, Ladder]


@dataclass
class Plan:
    """Wants and reasons by slot."""

    wants: list[Want | None] = field(default_factory=lambda: [None] * MAX_SLOTS)
    reasons: list[str] = field(default_factory=lambda: [""] * MAX_SLOTS)
    shape: Shape | None = None
    """What the ladders were made of; None for a completion and for no quotes."""

    def clear(self, reason: str, slots: tuple[int, ...]) -> None:
        """Want nothing at all, for one reason."""
        self.shape = None
        self.wants = [None] * MAX_SLOTS
        self.reasons = [""] * MAX_SLOTS
        for slot in slots:
            self.reasons[slot] = reason


# Reasons a quote has its price (the bound that decided it).
BEST_BID: Final = "best_bid"
IMPROVED: Final = "improved"
BELOW_ASK: Final = "below_ask"
CAP: Final = "cap"
PAIR_CAP: Final = "pair_cap"
LEANING: Final = "leaning"
COMPLETING: Final = "completing"
FAIR_VALUE: Final = "completion_fair_value"
TAKER: Final = "taker_completion"
SCORING: Final = "scoring"
BELOW_TOP: Final = "rung_below"
# Reasons there is no quote.
NO_BID: Final = "no_bid"
BELOW_MIN_PRICE: Final = "below_min_price"
BELOW_MIN_SIZE: Final = "below_min_size"
EXCESS_RUNG: Final = "excess_top_rung_removed"
EXCESS_SIDE: Final = "excess_side_in_completion"
FEWER_RUNGS: Final = "fewer_rungs_in_fast_move"
RISK: Final = "risk_limit"
BUDGET: Final = "rate_budget"
CASH: Final = "not_enough_cash"
USER_FEED_LOST: Final = "user_feed_lost"
