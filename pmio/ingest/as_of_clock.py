"""The moment that the services take for now: the wall's, or one that moves through a recording."""

from collections.abc import Callable
from typing import Protocol

import trio

from pmcore.units import SECOND, Ns


class ServiceClock(Protocol):
    """What services ask for the time, and wait by."""

    def now_ns(self) -> Ns:
        """The moment to score at, in nanoseconds since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` of this clock have passed."""


class LiveClock:
    """The present."""

    def __init__(self, now_ns: Callable[[], Ns]) -> None:
        self.now_ns = now_ns

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await trio.sleep(seconds)


class AsOfClock:
    """A moment of the past that moves on with Trio's time, `speed` times as fast, to an end.

    At the end it stands still: a recording that is over stays as it was.
    """

    def __init__(self, start_ns: int, end_ns: int, speed: float = 1.0) -> None:
        self._start_ns = start_ns
        self._end_ns = end_ns
        self._speed = speed
        self._begun: float | None = None

    def now_ns(self) -> Ns:
        """The moment as of which everything is to be seen; it moves from the first call on."""
        if self._begun is None:
            self._begun = trio.current_time()
        passed_s = (trio.current_time() - self._begun) * self._speed
        return Ns(min(self._end_ns, self._start_ns + round(passed_s * SECOND)))

    async def sleep(self, seconds: float) -> None:
        """Wait for so much time of the recording."""
        await trio.sleep(seconds / self._speed)

    def step(self, seconds: float) -> None:
        """Jump ahead, for cycles that are run one by one."""
        self._start_ns += round(seconds * SECOND)
