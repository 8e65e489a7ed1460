"""Virtual time, and an order of tasks that follows from a seed.

Trio shuffles the tasks that are ready by a generator of its own, on purpose. It has a switch that
makes the batch the same before it is shuffled (made for Hypothesis); with the switch on and the
generator seeded, a run is a function of its seed. Both are private to Trio:
`tests/simulate/test_scheduling.py` watches that they are there and still decide.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio
import trio._core._run as scheduler
from trio.testing import MockClock

T = TypeVar("T")


def run_virtual(main: Callable[[], Awaitable[T]], seed: int) -> T:
    """Run `main()` to its end; seconds pass as soon as every task waits."""
    private: Any = scheduler
    before = private._ALLOW_DETERMINISTIC_SCHEDULING
    private._ALLOW_DETERMINISTIC_SCHEDULING = True
    private._r.seed(seed)
    try:
        return trio.run(main, clock=MockClock(autojump_threshold=0))
    finally:
        private._ALLOW_DETERMINISTIC_SCHEDULING = before
