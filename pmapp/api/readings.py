"""Reads of the database that nobody waits for longer than agreed.

A read runs in a thread and cannot be cancelled, so whoever gives up leaves it to end by itself;
there are only so many at a time, and beyond them the answer is "too many" at once.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from pmio.store.database import StoreUnavailable

T = TypeVar("T")


class TooManyReads(Exception):  # noqa: N818 - it is an outcome
    """More reads are under way than may be; the database may be well."""


class Readings:
    """Reads in a nursery of their own."""

    def __init__(self, nursery: trio.Nursery, timeout_s: float, at_once: int) -> None:
        self._nursery = nursery
        self._timeout_s = timeout_s
        self._at_once = at_once
        self._under_way = 0

    async def read(self, work: Callable[[], Awaitable[T]], *, urgent: bool = False) -> T:
        """The result of `work`, or its exception. Raises StoreUnavailable after the timeout, and
        TooManyReads unless it is `urgent`."""
        if self._under_way >= self._at_once and not urgent:
            raise TooManyReads(f"{self._under_way} reads of the database are under way")
        found: list[T] = []
        failed: list[Exception] = []
        there = trio.Event()

        async def run() -> None:
            try:
                found.append(await work())
            except Exception as error:
                # Whoever waits gets it; if nobody does any more, nobody misses it.
                failed.append(error)
            finally:
                self._under_way -= 1
                there.set()

        self._under_way += 1
        self._nursery.start_soon(run)
        with trio.move_on_after(self._timeout_s):
            await there.wait()
        if failed:
            raise failed[0]
        if not found:
            raise StoreUnavailable(f"the database did not answer within {self._timeout_s:g} s")
        return found[0]
