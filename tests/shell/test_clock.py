"""The clock never falls and never stands still, whatever the wall does."""

import trio
from hypothesis import given
from hypothesis import strategies as st

from pmcore.units import SECOND
from pmio.clock import TrioClock, WallClock
from pmio.inbox import Inbox
from tests.shell.virtual import virtual


class Walls:
    """A wall clock and a steady one, moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_000 * SECOND
        self.steady = 0

    def clock(self, not_before_ns: int = 0) -> WallClock:
        return WallClock(not_before_ns, lambda: self.wall, lambda: self.steady)

    def go(self, seconds: float, step: float = 0.0) -> None:
        self.steady += round(seconds * SECOND)
        self.wall += round((seconds + step) * SECOND)


def test_it_follows_the_wall():
    walls = Walls()
    clock = walls.clock()
    walls.go(3)
    assert clock.now_ns() == 1_003 * SECOND
    walls.go(1, step=50)
    assert clock.now_ns() == 1_054 * SECOND


def test_after_a_step_backward_it_goes_on_at_half_speed_until_the_wall_is_back():
    walls = Walls()
    clock = walls.clock()
    walls.go(1, step=-10)
    assert clock.now_ns() == 1_000.5 * SECOND
    walls.go(2)
    assert clock.now_ns() == 1_001.5 * SECOND
    for _ in range(40):
        walls.go(1)
        clock.now_ns()
    assert clock.now_ns() == walls.wall


def test_a_continued_run_does_not_begin_before_its_last_moment():
    walls = Walls()
    clock = walls.clock(not_before_ns=1_005 * SECOND)
    assert clock.now_ns() == 1_005 * SECOND
    walls.go(4)
    assert clock.now_ns() == 1_007 * SECOND


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1_000, 1_000)), max_size=30))
def test_it_never_falls_and_always_goes_on(steps):
    walls = Walls()
    clock = walls.clock()
    last = clock.now_ns()
    for seconds, step in steps:
        walls.go(seconds, step)
        now = clock.now_ns()
        assert now >= last + round(seconds * SECOND) // 2
        last = now


@virtual
async def test_trios_clock_counts_from_its_origin(nursery):
    await trio.sleep(7)
    clock = TrioClock(5_000 * SECOND)
    inbox = Inbox(clock, not_before_ns=5_001 * SECOND)
    await trio.sleep(0.5)
    assert clock.now_ns() == 5_000.5 * SECOND
    assert inbox.stamp() == 5_001 * SECOND
    await trio.sleep(2)
    assert inbox.stamp() == 5_002.5 * SECOND
