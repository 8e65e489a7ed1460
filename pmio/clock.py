"""What time it is: the one place where the shell reads a clock that means something.

The inbox stamps each event once with `now_ns()`; nothing else decides by it. Spans are slept on
Trio's clock, so the same shell runs on the wall, faster than it (`MockClock(rate=...)`), or on
virtual time that jumps (`MockClock(autojump_threshold=0)`), with a `TrioClock` in the latter two.
"""

import time
from collections.abc import Callable
from typing import Protocol

import trio

from pmcore.units import SECOND, Ns


class Clock(Protocol):
    """A clock that never falls."""

    def now_ns(self) -> Ns:
        """Nanoseconds since the Unix epoch."""


class WallClock:
    """The wall clock, made never to fall and never to stand still.

    Steps forward are followed at once (the machine slept, or was set right). After a step backward
    time goes on at half its speed until the wall has caught up, so deadlines still come.
    `not_before_ns` is the last moment of a run that is continued.
    """

    __slots__ = ("_last", "_steady", "_steady_last", "_wall")

    def __init__(
        self,
        not_before_ns: int = 0,
        wall: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._steady_last = steady()
        self._last = max(not_before_ns, wall())

    def now_ns(self) -> Ns:
        """Nanoseconds since the Unix epoch, never less than before."""
        steady = self._steady()
        elapsed = steady - self._steady_last
        wall = self._wall()
        if wall >= self._last + elapsed:
            self._last = wall
        else:
            self._last = max(wall, self._last + elapsed // 2)
        self._steady_last = steady
        return Ns(self._last)


class TrioClock:
    """Trio's own clock, counted from `origin_ns` at the moment this is made inside a run."""

    __slots__ = ("_begun", "_origin")

    def __init__(self, origin_ns: int) -> None:
        self._origin = origin_ns
        self._begun = trio.current_time()

    def now_ns(self) -> Ns:
        """Nanoseconds since the Unix epoch as far as this run is concerned."""
        return Ns(self._origin + round((trio.current_time() - self._begun) * SECOND))
