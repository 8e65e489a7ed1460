"""The newest generations in memory, loaded page by page in the background."""

from functools import partial
from typing import Final

import trio

from pmapp.api.ranking import Columns, Ranking
from pmapp.api.readings import Readings
from pmio.store.generations import Generation
from pmio.store.store import ReadStore

PAGE: Final = 500
REST: Final = 4.0
"""Pauses between pages, in times of what a page took: while rows become objects the interpreter
is held, and answers wait. All at once it would be a second of that; so it is some milliseconds a
page, and nothing that anybody notices."""
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
        columns, after = Columns(), ""
        while True:
            began = trio.current_time()
            read = partial(self._store.ranked_rows, generation.generation, after, PAGE)
            page = await self._readings.read(read, urgent=True)
            if not page:
                break
            columns.add(page)
            after = page[-1][0]
            if len(page) == PAGE:
                await trio.sleep(REST * (trio.current_time() - began))
        if len(columns.ids) != generation.markets:
            return
        # Sorting lets go of the interpreter.
        ranking = await trio.to_thread.run_sync(Ranking, generation, columns)
        self._loaded[generation.generation] = ranking
        for old in sorted(self._loaded)[:-KEPT]:
            del self._loaded[old]
