"""The newest generations in memory, loaded page by page in the background."""

from functools import partial
from typing import Final

import trio

from pmapp.api.ranking import Ranking
from pmapp.api.readings import Readings
from pmio.store.database import Row
from pmio.store.generations import Generation
from pmio.store.store import ReadStore

PAGE: Final = 5_000
KEPT: Final = 2
"""Generations: whoever is in the middle of a walk when a new one comes goes on as fast."""


class Rankings:
    """Rankings by the number of their generation."""

    def __init__(self, store: ReadStore, readings: Readings, rows_max: int) -> None:
        self._store = store
        self._readings = readings
        self._rows_max = rows_max
        self._loaded: dict[int, Ranking] = {}

    def get(self, generation: int) -> Ranking | None:
        """The ranking, if it is in memory."""
        return self._loaded.get(generation)

    async def load(self, generation: Generation) -> None:
        """Load a generation, and forget the oldest. One with more rows than there is room for, or
        that changed while it was read, is left to the database. Raises StoreUnavailable."""
        if generation.markets > self._rows_max or generation.generation in self._loaded:
            return
        pages: list[list[Row]] = []
        count, after = 0, ""
        while True:
            read = partial(self._store.ranked_rows, generation.generation, after, PAGE)
            page = await self._readings.read(read, urgent=True)
            if not page:
                break
            pages.append(page)
            count, after = count + len(page), page[-1][0]
        if count != generation.markets:
            return
        ranking = await trio.to_thread.run_sync(Ranking, generation, pages)
        self._loaded[generation.generation] = ranking
        for old in sorted(self._loaded)[:-KEPT]:
            del self._loaded[old]
