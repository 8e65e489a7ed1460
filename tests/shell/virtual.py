"""Tests on virtual time: seconds pass as soon as every task waits, and Trio's order is seeded.

    @virtual
    async def test_something(nursery, another_fixture): ...

The nursery is cancelled when the test is over. A test that takes more than `LIMIT_S` of virtual
time is stuck.
"""

import inspect
import os
from collections.abc import Awaitable, Callable
from functools import wraps

import trio
from trio.testing import MockClock

from tests.shell.seeds import seed_trio

LIMIT_S = 3_000.0
SEED = int(os.environ.get("PM_TRIO_SEED", "0"))
"""Another order of tasks for a whole test run: the tests must not depend on it."""


def run_virtual(main: Callable[[trio.Nursery], Awaitable[None]], seed: int = SEED) -> None:
    """Run `main(nursery)` to its end on virtual time. Raises what it raises, without groups."""
    failed: list[BaseException] = []

    async def run() -> None:
        with trio.fail_after(LIMIT_S):
            async with trio.open_nursery() as nursery:
                try:
                    await main(nursery)
                except AssertionError as error:
                    failed.append(error)
                nursery.cancel_scope.cancel()

    seed_trio(seed)
    trio.run(run, clock=MockClock(autojump_threshold=0))
    if failed:
        raise failed[0]


def virtual(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make an async test that takes `nursery` first into one that pytest runs on virtual time."""

    @wraps(test)
    def wrapper(*args: object, **kwargs: object) -> None:
        async def main(nursery: trio.Nursery) -> None:
            await test(nursery, *args, **kwargs)

        run_virtual(main)

    wanted = inspect.signature(test)
    wrapper.__signature__ = wanted.replace(  # type: ignore[attr-defined]
        parameters=list(wanted.parameters.values())[1:]
    )
    del wrapper.__wrapped__  # type: ignore[attr-defined]
    return wrapper
