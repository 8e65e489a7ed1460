"""How a run spent its windows' time: quoting both tokens, one or none, and for which reasons.

Between two beats the state of a window is taken to be what it was after the first of them. Time is
counted only inside windows, from start to end. A token counts as quoted while one of our orders
rests on it; the reason is that of its top rung, or the gate's where nothing is quoted at all.
"""

from typing import Final

import msgspec

from pmcore.ids import DOWN, OUTCOMES, UP, MarketId, slot_of
from pmcore.maker.want import BUDGET, CASH, RISK
from pmcore.market_state import MarketState
from pmcore.order import CANCELLING, LIVE
from pmcore.state import State
from pmcore.units import Ns

TOPS: Final = (slot_of(UP, 0), slot_of(DOWN, 0))
IN_FLIGHT: Final = "in_flight"
"""Wanted, and the order is not resting yet."""
HELD_BACK: Final = (RISK, BUDGET, CASH)
"""Wanted, and not posted: the plan keeps the want and changes its reason."""
Spent = tuple[int, str, str]
"""Bit 1 for Up and bit 2 for Down quoted; reason for Up; reason for Down."""


class Quoting(msgspec.Struct, frozen=True):
    """Nanoseconds of windows by how many tokens were quoted, and per reason over both tokens."""

    windows_ns: int
    two_sided_ns: int
    one_sided_ns: int
    none_ns: int
    quoted: dict[str, int]
    """Reason that set the top price -> token-nanoseconds quoted, longest first."""
    missing: dict[str, int]
    """Reason why a token had no quote -> token-nanoseconds, longest first."""


class Clock:
    """Adds time up, beat by beat."""

    def __init__(self) -> None:
        self.spent: dict[Spent, int] = {}
        self.two_sided: dict[MarketId, int] = {}
        self._now_ns = 0
        self._present: list[tuple[MarketId, int, int, Spent]] = []

    def beat(self, state: State) -> None:
        """Book the time since the last beat, then look at every window anew."""
        now = state.now_ns
        if now == self._now_ns:
            # Several beats of one moment: the last decides what the time after it was.
            self._present.clear()
        for market, start, end, spent in self._present:
            lasted = min(now, end) - max(self._now_ns, start)
            if lasted > 0:
                self.spent[spent] = self.spent.get(spent, 0) + lasted
                if spent[0] == 3:
                    self.two_sided[market] = self.two_sided.get(market, 0) + lasted
        self._now_ns = now
        self._present = present = []
        for number, market_state in state.markets.items():
            terms = market_state.terms
            if now < terms.end_ns:
                present.append((number, terms.start_ns, terms.end_ns, spent_on(market_state)))

    def quoting(self) -> Quoting:
        """The sums so far."""
        sides = [0, 0, 0]
        quoted: dict[str, int] = {}
        missing: dict[str, int] = {}
        for (bits, *reasons), lasted in self.spent.items():
            sides[bits.bit_count()] += lasted
            for outcome in OUTCOMES:
                where = quoted if bits >> outcome & 1 else missing
                reason = reasons[outcome]
                where[reason] = where.get(reason, 0) + lasted
        return Quoting(
            sum(sides),
            sides[2],
            sides[1],
            sides[0],
            _longest_first(quoted),
            _longest_first(missing),
        )


def spent_on(market: MarketState) -> Spent:
    """What the window is doing now."""
    bits = 0
    for order in market.orders.values():
        if order.status in (LIVE, CANCELLING):
            bits |= 1 << order.outcome
    if market.gate and not bits:
        return 0, market.gate, market.gate
    up, down = (_reason(market, slot, bits >> slot // 8 & 1) for slot in TOPS)
    return bits, up, down


def _reason(market: MarketState, slot: int, quoted: int) -> str:
    """Why the token of this top slot is quoted where it is, or not at all."""
    if quoted:
        return market.gate or market.plan.reasons[slot] or "leaving"
    reason = market.plan.reasons[slot]
    wanted = market.plan.wants[slot] is not None
    return IN_FLIGHT if wanted and reason not in HELD_BACK else reason


def _longest_first(spent: dict[str, int]) -> dict[str, int]:
    return dict(sorted(spent.items(), key=lambda item: (-item[1], item[0])))


def seconds(lasted: int) -> float:
    """Nanoseconds as seconds, to the millisecond."""
    return round(Ns(lasted) / 1e9, 3)
