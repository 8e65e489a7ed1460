"""The one inbox: everything that happens becomes an event here, in one total order.

Trio shuffles its tasks on purpose, so the order across feeds cannot be reproduced, only recorded:
the order of this queue is the truth. Stamping and putting are one act (no await lies between), so
the stamps never fall along the queue.

Feeds wait for `room()` before they listen for the next frame, and so push back on their sockets
under a burst. Answers to what was asked never wait: there are as many of them as acts in flight,
which the lanes bound.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import trio

from pmcore.events import AnyEvent
from pmcore.units import Ns
from pmio.clock import Clock

LIMIT: Final = 20_000
"""Events that may wait before feeds do; a frame in hand is put whole."""


class Inbox:
    """A queue of events with one reader. `not_before_ns` is where a continued run left off."""

    __slots__ = ("_clock", "_last", "_limit", "_put", "_queue", "_readers", "_writers", "peak")

    def __init__(self, clock: Clock, limit: int = LIMIT, not_before_ns: int = 0) -> None:
        self._clock = clock
        self._limit = limit
        self._last = not_before_ns
        self._put = not_before_ns
        self._queue: deque[AnyEvent] = deque()
        self._readers = trio.lowlevel.ParkingLot()
        self._writers = trio.lowlevel.ParkingLot()
        self.peak = 0
        """The longest that the queue has been."""

    def __len__(self) -> int:
        return len(self._queue)

    def stamp(self) -> Ns:
        """Now, never less than before."""
        self._last = max(self._last, self._clock.now_ns())
        return Ns(self._last)

    def put(self, events: Iterable[AnyEvent]) -> None:
        """Append events that were stamped since the last await. Never waits."""
        queue = self._queue
        for event in events:
            if event.at_ns < self._put:
                # Somebody awaited between stamp and put: the order of the queue is the truth.
                event = msgspec.structs.replace(event, at_ns=Ns(self._put))  # noqa: PLW2901
            else:
                self._put = event.at_ns
            queue.append(event)
        self.peak = max(self.peak, len(queue))
        if queue:
            self._readers.unpark_all()

    def hear(self, kind: Any, *fields: object) -> None:
        """Stamp, make and append one event: `hear(FeedLost, feed, "closed")`."""
        self.put((kind(self.stamp(), *fields),))

    async def room(self) -> None:
        """Wait while the queue is at its limit; no checkpoint otherwise: listening is one."""
        while len(self._queue) >= self._limit:
            await self._writers.park()

    async def wait(self) -> None:
        """Wait until there is something to take; returns at once if there is."""
        while not self._queue:
            await self._readers.park()

    def take(self, most: int) -> list[AnyEvent]:
        """Remove and return up to `most` events, oldest first."""
        queue = self._queue
        if len(queue) <= most:
            taken = list(queue)
            queue.clear()
        else:
            taken = [queue.popleft() for _ in range(most)]
        if len(queue) < self._limit:
            self._writers.unpark_all()
        return taken
