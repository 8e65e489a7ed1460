"""Facts of the world in the order in which they happen at the venue.

A flow of facts comes in the order in which somebody heard them; the venue must live them at its own
time. So they are read a little ahead and sorted: books, prints and resolutions by the venue's
stamp, reference prices by when their feed would have said them. A tape is shifted by whole windows,
so that its first window becomes the present one, and begins anew when it ends.
"""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import islice
from typing import Any, Final

import msgspec

from pmapp.local_venue.terms import VenueTerms
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
from pmcore.sim.floor import NEVER
from pmcore.sim.nature import nature
from pmcore.sim.nature_terms import NatureTerms
from pmcore.units import SECOND, Ns

READ_AHEAD_NS: Final = Ns(3 * SECOND)
AT_VENUE: Final = (BookReset, LevelChanged, MarketResolved, TickChanged, TouchQuoted, TradePrinted)
OPEN_S: Final = 900
"""The rivals quote a window this long before it starts: the next one always has a book."""
LEAD_S: Final = 70
NEARLY_OVER_S: Final = 30

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
        # What is left of a window that is about to end is not worth living through its past.
        first = (now_ns // SECOND + NEARLY_OVER_S) // terms.window_s * terms.window_s
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
        first = _first_window(read(), window_s)
        while first is not None:
            last = current
            for fact in read():
                yield shifted(fact, current - first)
                last = max(last, fact.at_ns // SECOND + current - first)
            current = (last // window_s + 1) * window_s

    return facts


def _first_window(facts: Iterator[AnyEvent], window_s: int) -> int | None:
    """The first window that a tape lists, or else the one in which it begins; None if empty."""
    begins: int | None = None
    for fact in islice(facts, 10_000):
        if isinstance(fact, MarketListed):
            return int(fact.terms.id)
        if begins is None:
            begins = fact.at_ns // SECOND // window_s * window_s
    return begins


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
