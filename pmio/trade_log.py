"""Which trades the core has heard of, so that a catch-up asks for no more than it must.

The user channel has no replay: after every reconnect the trades since then are read by REST. The
venue filters by the time of the match, and a trade goes on changing for a while after it, so we ask
from the oldest one that is not final yet. Repeats are harmless to the core; leaving them out keeps
the journal small.
"""

from collections.abc import Iterable
from typing import Final

from pmcore.events import CONFIRMED, FAILED, AnyEvent, TradeReported
from pmcore.units import SECOND, Ns

MARGIN_NS: Final = 60 * SECOND
"""Clocks differ, and a match may be listed late."""
GIVEN_UP_NS: Final = 6 * 3_600 * SECOND
"""A trade undecided so long will not be decided any more."""
KEPT_MAX: Final = 20_000


class TradeLog:
    """`since_ns` is the moment before which nothing can be missing."""

    def __init__(self, since_ns: int) -> None:
        self._since_ns = since_ns
        self._status: dict[tuple[str, int], int] = {}
        self._undecided: dict[tuple[str, int], int] = {}
        """Trades that may still change -> from when on we would have to ask for them."""

    def heard(self, events: Iterable[AnyEvent]) -> None:
        """Note what was reported to the core."""
        for event in events:
            if type(event) is TradeReported:
                key = (event.trade, event.order)
                self._status[key] = event.status
                if event.status in (CONFIRMED, FAILED):
                    self._undecided.pop(key, None)
                else:
                    self._undecided.setdefault(key, self._since_ns)
        while len(self._status) > KEPT_MAX:
            del self._status[next(iter(self._status))]

    def news(self, reports: Iterable[TradeReported]) -> list[TradeReported]:
        """Those reports that say something new, noted as heard."""
        new = [one for one in reports if self._status.get((one.trade, one.order)) != one.status]
        self.heard(new)
        return new

    def after_s(self) -> int:
        """Unix second after which matches are asked for."""
        oldest = min(self._undecided.values(), default=self._since_ns)
        return max(0, (min(oldest, self._since_ns) - MARGIN_NS) // SECOND)

    def complete(self, until_ns: Ns) -> None:
        """Everything matched before `until_ns` has been read."""
        self._since_ns = max(self._since_ns, until_ns)
        for key in [k for k, asked in self._undecided.items() if asked < until_ns - GIVEN_UP_NS]:
            del self._undecided[key]
