"""Facts of the world in the order in which they happen at the venue.

A flow of facts comes in the order in which somebody heard them; the venue must live them at its own
time. So they are read a little ahead and sorted: books, prints and resolutions by the venue's
stamp, reference prices by when their feed would have said them. A tape is shifted by whole windows,
so that its first window becomes the present one, and begins anew when it ends.
"""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from pmapp.local_venue.terms import VenueTerms
from pmapp.local_venue.timers import NEVER
from pmcore.events import (
    AnyEvent,
    BookReset,
    LevelChanged,
    MarketListed,
    MarketResolved,
    OracleTicked,
    TickChanged,
    TouchQuoted,
    TradePrinted,
)
from pmcore.ids import MarketId
from pmcore.sim.nature import nature
from pmcore.sim.nature_terms import NatureTerms
from pmcore.units import SECOND, Ns

READ_AHEAD_NS: Final = Ns(3 * SECOND)
AT_VENUE: Final = (BookReset, LevelChanged, MarketResolved, TickChanged, TouchQuoted, TradePrinted)
OPEN_S: Final = 600
"""The rivals quote the next window this long before it starts."""
LEAD_S: Final = 70

Source = Callable[[Ns], Iterator[AnyEvent]]
"""From the present time to an endless flow of facts around it."""


class Flow:
    """A queue of facts by venue time."""

    __slots__ = ("_ahead", "_count", "_facts", "_heap")

    def __init__(self, facts: Iterator[AnyEvent]) -> None:
        self._facts = facts
        self._heap: list[tuple[int, int, AnyEvent]] = []
        self._count = 0
        self._ahead: AnyEvent | None = next(facts, None)

    def next_ns(self) -> int:
        """When the next fact happens; NEVER when there is none left."""
        heap = self._heap
        fact = self._ahead
        while fact is not None and (not heap or fact.at_ns <= heap[0][0] + READ_AHEAD_NS):
            self._count += 1
            when: int = fact.at_ns
            if isinstance(fact, AT_VENUE):
                when = min(when, fact.venue_ns)
            heappush(heap, (when, self._count, fact))
            fact = next(self._facts, None)
        self._ahead = fact
        return heap[0][0] if heap else NEVER

    def pop(self) -> AnyEvent:
        """The next fact; call `next_ns` before it."""
        return heappop(self._heap)[2]


def natural(terms: VenueTerms, rate: float = 1.0, **more: Any) -> Source:
    """The synthetic market by seed, from shortly before the present window on."""

    def facts(now_ns: Ns) -> Iterator[AnyEvent]:
        first = now_ns // SECOND // terms.window_s * terms.window_s
        return nature(
            terms.seed,
            NatureTerms(
                first_window=first,
                windows=1_000_000,
                window_s=terms.window_s,
                prefix=terms.prefix,
                lead_s=LEAD_S,
                listed_s=OPEN_S + 10,
                open_s=OPEN_S,
                twap=True,
                rate=rate,
                **more,
            ),
        )

    return facts


def still(now_ns: Ns) -> Iterator[AnyEvent]:
    """No facts at all: whoever calls tells the venue everything."""
    return iter(())


def taped(read: Callable[[], Iterator[AnyEvent]], window_s: int) -> Source:
    """A recorded run again and again, its first window being the present one."""

    def facts(now_ns: Ns) -> Iterator[AnyEvent]:
        current = now_ns // SECOND // window_s * window_s
        while True:
            last = current
            shift_s: int | None = None
            for fact in read():
                if shift_s is None:
                    first = _window(fact, window_s)
                    shift_s = current - first
                yield shifted(fact, shift_s)
                last = max(last, (fact.at_ns // SECOND) + shift_s)
            if shift_s is None:
                return
            current = (last // window_s + 1) * window_s

    return facts


def _window(fact: AnyEvent, window_s: int) -> int:
    """The window that a fact is of, or that its time is in."""
    if isinstance(fact, MarketListed):
        return int(fact.terms.id)
    market = getattr(fact, "market", None)
    return int(market) if market is not None else fact.at_ns // SECOND // window_s * window_s


def shifted(fact: AnyEvent, shift_s: int) -> AnyEvent:
    """A fact moved in time, its market with it."""
    shift_ns = shift_s * SECOND
    changed: dict[str, Any] = {"at_ns": Ns(fact.at_ns + shift_ns)}
    if isinstance(fact, MarketListed):
        terms = fact.terms
        changed["terms"] = msgspec.structs.replace(
            terms,
            id=MarketId(terms.id + shift_s),
            start_ns=Ns(terms.start_ns + shift_ns),
            end_ns=Ns(terms.end_ns + shift_ns),
        )
    if isinstance(fact, (*AT_VENUE, OracleTicked)):
        changed["venue_ns"] = Ns(fact.venue_ns + shift_ns)
    if isinstance(fact, AT_VENUE):
        changed["market"] = MarketId(fact.market + shift_s)
    moved: AnyEvent = msgspec.structs.replace(fact, **changed)
    return moved
