"""What the API knows without asking: the newest generation, and whether the database answers.

One task looks once a second, so that a page that is in memory costs no read at all, and an outage
costs nobody a wait.
"""

from collections.abc import Callable
from typing import Final

import trio

from pmapp.api.metrics import Metrics
from pmapp.api.rankings import Rankings
from pmapp.api.readings import Readings
from pmapp.services.service_log import Log
from pmcore.units import SECOND
from pmio.store.database import StoreUnavailable
from pmio.store.generations import Generation
from pmio.store.store import ReadStore

HEALTH_EVERY: Final = 5
"""Looks between two at the state of the data as a whole, which counts the open markets."""


class Watch:
    """The newest generation, as of the last look."""

    def __init__(
        self,
        store: ReadStore,
        readings: Readings,
        metrics: Metrics,
        wall_ns: Callable[[], int],
        overdue_s: float,
        log: Log,
        rankings: Rankings,
    ) -> None:
        self._rankings = rankings
        self._store = store
        self._readings = readings
        self._metrics = metrics
        self._wall_ns = wall_ns
        self._overdue_ns = round(overdue_s * SECOND)
        self._log = log
        self.generation: Generation | None = None
        self.reachable = True
        """Whether the database answered the last time."""

    @property
    def stale(self) -> bool:
        """Whether the newest scores are older than they should be, or may be."""
        lag_ns = self.lag_ns
        return not self.reachable or (lag_ns is not None and lag_ns > self._overdue_ns)

    @property
    def lag_ns(self) -> int | None:
        """How long ago the newest scores were begun."""
        newest = self.generation
        return None if newest is None else max(self._wall_ns() - newest.begun_ns, 0)

    async def look(self, *, health: bool = False) -> None:
        """Look once; a failure is noted, not raised: it would end the server. A new generation
        counts from when it is in memory, a moment later."""
        try:
            newest = await self._readings.read(self._store.latest_generation, urgent=True)
            if newest is not None:
                await self._rankings.load(newest)
            self.generation = newest
            if health:
                found = await self._readings.read(self._store.health, urgent=True)
                self._metrics.note_health(found, self._wall_ns())
        except Exception as error:
            self._failed(error)
        else:
            self._note(True, "")

    async def check(self) -> bool:
        """Whether the database answers now."""
        try:
            await self._readings.read(self._store.latest_generation, urgent=True)
        except Exception as error:
            self._failed(error)
        else:
            self._note(True, "")
        return self.reachable

    async def run(self, every_s: float) -> None:
        """Look for ever."""
        looks = 0
        while True:
            await self.look(health=looks % HEALTH_EVERY == 0)
            looks += 1
            await trio.sleep(every_s)

    def missed(self, error: StoreUnavailable) -> None:
        """Somebody else found that the database does not answer."""
        self._note(False, str(error))

    def _failed(self, error: Exception) -> None:
        # Once for each spell; what is no outage is a fault of ours, and wants its traceback.
        if self.reachable and not isinstance(error, StoreUnavailable):
            self._log.error("api.look", exc_info=error)
        self._note(False, str(error))

    def _note(self, reachable: bool, fault: str) -> None:
        if reachable != self.reachable:
            self._log.warning("api.database", reachable=reachable, fault=fault)
        self.reachable = reachable
        self._metrics.note_database(reachable)
