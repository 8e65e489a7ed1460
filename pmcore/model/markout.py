"""What the market thought of our fills a little later: the price of being picked off.

The markout of a fill at a horizon is the move of its token's mid from the fill to the horizon,
signed in our favour, times its size. The half spread earned at the fill is not part of it (that is
`mid - price` at once), so the sum of both is the mark-to-market gain at the horizon.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pmcore.ids import BUY, UP, Outcome, Side
from pmcore.units import MICRO, SECOND, Cash, Ns, Shares

HORIZONS_NS: Final = (Ns(1 * SECOND), Ns(5 * SECOND), Ns(30 * SECOND))
HORIZON_NAMES: Final = ("1s", "5s", "30s")
PENDING_MAX: Final = 1024
"""Fills that wait at one time. Beyond it the oldest is given up, for memory must be bounded."""


class Markout(NamedTuple):
    """One fill measured at one horizon."""

    outcome: Outcome
    horizon: int
    """Index into `HORIZONS_NS`."""
    cash: Cash
    """In our favour, rounded down."""
    per_share_usd: float


class PendingFill(NamedTuple):
    """A fill of ours that waits for its horizons."""

    at_ns: Ns
    outcome: Outcome
    side: Side
    size: Shares
    mid_micros: int
    """The token's mid at the fill in micro-dollars per share; half a basis point is 50."""


@dataclass
class Markouts:
    """The fills of one market that are being watched, and the totals so far."""

    pending: list[PendingFill] = field(default_factory=list)
    """By time. Those before `cursors[h]` are done with horizon h."""
    cursors: list[int] = field(default_factory=lambda: [0, 0, 0])
    totals: list[int] = field(default_factory=lambda: [0, 0, 0])
    """Micro-dollars per horizon."""
    sizes: list[int] = field(default_factory=lambda: [0, 0, 0])
    """Micro-shares measured per horizon."""
    missed: int = 0
    """Measurements given up, for want of a mid or of room."""

    def add(self, at_ns: Ns, outcome: Outcome, side: Side, size: Shares, mid_usd: float) -> bool:
        """Watch one fill from `at_ns` (never falling). False if the mid is unknown (<= 0, NaN)."""
        if not 0.0 < mid_usd < 1.0 or size <= 0:
            return False
        if len(self.pending) >= PENDING_MAX:
            self.missed += sum(1 for cursor in self.cursors if cursor == 0)
            self.cursors = [max(0, cursor - 1) for cursor in self.cursors]
            del self.pending[0]
        self.pending.append(PendingFill(at_ns, outcome, side, size, round(mid_usd * MICRO)))
        return True

    @property
    def next_due_ns(self) -> Ns:
        """When the next horizon is reached; 0 if nothing waits."""
        due = 0
        for horizon, cursor in enumerate(self.cursors):
            if cursor < len(self.pending):
                at_ns = self.pending[cursor].at_ns + HORIZONS_NS[horizon]
                due = at_ns if due == 0 else min(due, at_ns)
        return Ns(due)

    def advance(self, now_ns: Ns, mid_up_usd: float, mid_down_usd: float) -> list[Markout]:
        """Measure all that is due by `now_ns` against these mids, and return it in order.

        An unknown mid (<= 0, NaN) leaves its fills waiting; one that comes later than twice the
        horizon would measure something else, so the fill is counted as missed. A fill behind a
        waiting one waits with it.
        """
        measured: list[Markout] = []
        pending = self.pending
        if not pending:
            return measured
        mids = (_micros(mid_up_usd), _micros(mid_down_usd))
        for horizon, span_ns in enumerate(HORIZONS_NS):
            cursor = self.cursors[horizon]
            while cursor < len(pending):
                fill = pending[cursor]
                age_ns = now_ns - fill.at_ns
                if age_ns < span_ns:
                    break
                mid = mids[0] if fill.outcome == UP else mids[1]
                if age_ns > 2 * span_ns:
                    self.missed += 1
                elif mid < 0:
                    break
                else:
                    measured.append(self._measure(fill, horizon, mid))
                cursor += 1
            self.cursors[horizon] = cursor
        self._forget_done()
        return measured

    def _measure(self, fill: PendingFill, horizon: int, mid_micros: int) -> Markout:
        move = mid_micros - fill.mid_micros
        if fill.side != BUY:
            move = -move
        cash = Cash(move * fill.size // MICRO)
        self.totals[horizon] += cash
        self.sizes[horizon] += fill.size
        return Markout(fill.outcome, horizon, cash, move / MICRO)

    def _forget_done(self) -> None:
        # In blocks, so that a long queue is not shifted for every fill.
        done = min(self.cursors)
        if done == len(self.pending) or done >= 64:
            del self.pending[:done]
            self.cursors = [cursor - done for cursor in self.cursors]


def _micros(mid_usd: float) -> int:
    """A mid in micro-dollars, 0..MICRO; -1 if it is unknown."""
    return round(mid_usd * MICRO) if 0.0 < mid_usd <= 1.0 else -1
