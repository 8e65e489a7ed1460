"""A circuit breaker: after some failures in a row nobody asks for a while, then one may try.

    closed --N failures in a row--> open --pause over--> half-open --success--> closed
                                     ^---------------- failure -----'

The pause doubles with every failed trial up to a limit, so that a venue that is long away is asked
rarely, and is noticed soon after it is back.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import trio

from pmio.ingest.venue_client import VenueDown

T = TypeVar("T")
CLOSED: Final = "closed"
OPEN: Final = "open"
HALF_OPEN: Final = "half_open"


class Breaker:
    """Guards one peer. Only `VenueDown` counts as failure: a refusal is an answer."""

    def __init__(
        self,
        name: str,
        *,
        failures_max: int = 5,
        pause_s: float = 15.0,
        pause_max_s: float = 240.0,
        changed: Callable[[str, str], None] | None = None,
    ) -> None:
        self.name = name
        self.state = CLOSED
        self.failures = 0
        """In a row."""
        self._failures_max = failures_max
        self._first_pause_s = pause_s
        self._pause_s = pause_s
        self._pause_max_s = pause_max_s
        self._until = 0.0
        self._changed = changed

    async def call(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, unless the breaker is open; raises VenueDown at once then."""
        if self.state == OPEN and trio.current_time() >= self._until:
            self._become(HALF_OPEN)
        elif self.state != CLOSED:
            # Half open: somebody else is trying just now.
            raise VenueDown(f"{self.name}: not asked, {self.failures} failures in a row")
        try:
            answer = await ask()
        except VenueDown:
            self._fail()
            raise
        except BaseException as error:
            if isinstance(error, Exception):
                self._succeed()
            elif self.state == HALF_OPEN:
                # Cancelled in the middle of the trial: nothing was learnt, the next one tries.
                self._until = trio.current_time()
                self._become(OPEN)
            raise
        self._succeed()
        return answer

    def _fail(self) -> None:
        self.failures += 1
        if self.state == HALF_OPEN:
            self._pause_s = min(self._pause_s * 2.0, self._pause_max_s)
        elif self.failures < self._failures_max or self.state == OPEN:
            return
        self._until = trio.current_time() + self._pause_s
        self._become(OPEN)

    def _succeed(self) -> None:
        self.failures = 0
        self._pause_s = self._first_pause_s
        if self.state != CLOSED:
            self._become(CLOSED)

    def _become(self, state: str) -> None:
        self.state = state
        if self._changed is not None:
            self._changed(self.name, state)
