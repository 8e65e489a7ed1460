"""Connections to one database: some at most, each used by one thread at a time, opened anew
after a failure."""

from collections.abc import Callable
from typing import Generic, TypeVar

import trio

C = TypeVar("C")
T = TypeVar("T")


class Connections(Generic[C]):
    """Up to `count` connections. `run(connection, work)` is one whole transaction.

    A connection is kept after success and after an error that `survives`; any other error closes
    it, so that the next call begins on a fresh one and recovery needs nobody.
    """

    def __init__(
        self,
        count: int,
        opened: Callable[[], C],
        closed: Callable[[C], None],
        survives: Callable[[C, BaseException], bool],
    ) -> None:
        self._turns = trio.Semaphore(count, max_value=count)
        self._threads = trio.CapacityLimiter(count)
        self._idle: list[C] = []
        self._opened = opened
        self._closed = closed
        self._survives = survives
        self._count = count

    async def run(self, run: Callable[[C], T]) -> T:
        """Run a transaction in a thread; waits while all connections are in use."""
        async with self._turns:
            return await trio.to_thread.run_sync(self._within, run, limiter=self._threads)

    def _within(self, run: Callable[[C], T]) -> T:
        # Lists are safe to share between the few threads that `_turns` lets in.
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._opened()
        try:
            result = run(connection)
        except BaseException as error:
            if self._survives(connection, error):
                self._idle.append(connection)
            else:
                self._closed(connection)
            raise
        self._idle.append(connection)
        return result

    async def aclose(self) -> None:
        """Close the connections after the transactions in hand; later calls open new ones."""
        with trio.CancelScope(shield=True):
            for _ in range(self._count):
                await self._turns.acquire()
            try:
                await trio.to_thread.run_sync(self._close_idle)
            finally:
                for _ in range(self._count):
                    self._turns.release()

    def _close_idle(self) -> None:
        while self._idle:
            self._closed(self._idle.pop())
