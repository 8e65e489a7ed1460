"""Tests on virtual time: seconds pass as soon as every task waits, and Trio's order is seeded.

    @virtual
    async def test_something(nursery, another_fixture): ...

The nursery is cancelled when the test is over. A test that takes more than `LIMIT_S` of virtual
time fails with the stacks of its tasks; one that stands still in it has `tests.time_limit`.
"""

import inspect
import os
from collections.abc import Awaitable, Callable
from functools import wraps

import pytest
import trio
from trio.testing import MockClock

from tests.shell.seeds import seed_trio
from tests.time_limit import stacks_now

LIMIT_S = 1_500.0
SEED = int(os.environ.get("PM_TRIO_SEED", "0"))
"""Another order of tasks for a whole test run: the tests must not depend on it."""


def run_virtual(
    main: Callable[[trio.Nursery], Awaitable[None]], seed: int = SEED, limit_s: float = LIMIT_S
) -> None:
    """Run `main(nursery)` to its end on virtual time. Raises what it raises, without groups."""
    failed: list[BaseException] = []
    stuck: list[str] = []

    async def expire(scope: trio.CancelScope) -> None:
        await trio.sleep(limit_s)
        stuck.append(stacks_now())
        scope.cancel()

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expire, nursery.cancel_scope)
            try:
                await main(nursery)
            except AssertionError as error:
                failed.append(error)
            nursery.cancel_scope.cancel()

    seed_trio(seed)
    trio.run(run, clock=MockClock(autojump_threshold=0))
    if stuck:
        pytest.fail(f"no end in {limit_s:g} s of virtual time\n{stuck[0]}", pytrace=False)
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
