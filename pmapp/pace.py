"""A pace for events on the wall clock, and the queue and the lag that it leads to.

At a pace every event has a moment at which it is due; what is due and not yet stepped is the queue,
and how long after that moment its step began is the lag. It is an open loop: a slow step does not
make the events after it come later.
"""

import time
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from pmapp.spans import Spans

LOOK_NS: Final = 2_000_000
"""Shorter waits are spent looking at the clock: sleeping would overrun them."""


class Clock:
    """The wall clock, or a test's."""

    def now_ns(self) -> int:
        """Nanoseconds from an arbitrary moment, never falling."""
        return time.perf_counter_ns()

    def sleep(self, span_ns: int) -> None:
        """Wait about as long."""
        time.sleep(span_ns / 1e9)


class Pace:
    """When each event is due: `speed` times as fast as it was heard; 0 for at once.

    `times` are the moments at which the events were heard, where they are known in advance; then
    the queue can be counted.
    """

    def __init__(self, speed: float, clock: Clock, times: Sequence[int] | None = None) -> None:
        self.speed = speed
        self.clock = clock
        self.times = times
        self.queue_max = 0
        self.lags = Spans()
        self._stepped = 0
        self._begun_ns = -1
        self._zero_ns = 0

    def wait(self, at_ns: int) -> None:
        """Return when the event heard at `at_ns` is due; note how late that was."""
        now = self.clock.now_ns()
        if self._begun_ns < 0:
            self._begun_ns, self._zero_ns = now, at_ns
        due = self._begun_ns + int((at_ns - self._zero_ns) / self.speed)
        while now < due:
            if due - now > LOOK_NS:
                self.clock.sleep(due - now - LOOK_NS)
            now = self.clock.now_ns()
        self.lags.add(now - due)
        if self.times is not None:
            heard_by = self._zero_ns + int((now - self._begun_ns) * self.speed)
            due_count = bisect_right(self.times, heard_by, self._stepped)
            self.queue_max = max(self.queue_max, due_count - self._stepped)
        self._stepped += 1
