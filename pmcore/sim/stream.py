"""The tape's facts in two orders at once: as the venue lived them, and as we heard them.

A tape is in heard order. The exchange must see each fact at its venue time, so facts are read ahead
and sorted: a fact that was heard more than `READ_AHEAD_NS` after its venue time reaches the
exchange late. Memory holds at most three read-aheads of facts.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from pmcore.events import AnyEvent, MarketListed
from pmcore.sim.floor import NEVER
from pmcore.sim.outside import FACTS
from pmcore.units import SECOND

READ_AHEAD_NS: Final = 10 * SECOND


class Stream:
    """`heard` and `seen` are the two queues; `next_ns` is when the next unread fact was heard."""

    __slots__ = ("_count", "_facts", "_next", "heard", "last_ns", "next_ns", "read_ns", "seen")

    def __init__(self, facts: Iterator[AnyEvent]) -> None:
        self.heard: deque[AnyEvent] = deque()
        self.seen: deque[tuple[int, int, AnyEvent]] = deque()
        """`(venue_ns, count, fact)` of the facts that concern the venue."""
        self.last_ns = 0
        self._facts = facts
        self._count = 0
        self._next = next(facts, None)
        self.next_ns: int = NEVER if self._next is None else self._next.at_ns
        self.read_ns: int = self.next_ns - READ_AHEAD_NS
        """From when on the facts in hand are too few."""

    def read(self) -> None:
        """Read facts until twice the read-ahead is in hand; `next_ns` is NEVER at the end."""
        fact = self._next
        if fact is None:
            return
        heard, seen = self.heard, self.seen
        until = (heard[0].at_ns if heard else fact.at_ns) + 2 * READ_AHEAD_NS
        facts = self._facts
        count = self._count
        while fact is not None and fact.at_ns <= until:
            heard.append(fact)
            kind = fact.__class__
            if kind in FACTS:
                venue_ns = fact.at_ns
                if kind is not MarketListed and fact.venue_ns < venue_ns:  # type: ignore[union-attr]
                    venue_ns = fact.venue_ns  # type: ignore[union-attr]
                count += 1
                entry = (venue_ns, count, fact)
                if not seen or venue_ns >= seen[-1][0]:
                    seen.append(entry)
                else:
                    self._sort_in(entry)
            self.last_ns = fact.at_ns
            fact = next(facts, None)
        self._count = count
        self._next = fact
        self.next_ns = NEVER if fact is None else fact.at_ns
        self.read_ns = self.next_ns - READ_AHEAD_NS

    def _sort_in(self, entry: tuple[int, int, AnyEvent]) -> None:
        """Put a fact that was heard late into its place in venue order."""
        seen = self.seen
        later = []
        while seen and seen[-1][0] > entry[0]:
            later.append(seen.pop())
        seen.append(entry)
        seen.extend(reversed(later))
