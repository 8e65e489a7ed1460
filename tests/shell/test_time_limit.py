"""A test that hangs fails, and says in which await: on real time, on virtual time, in a loop."""

import time

import pytest
import trio
from trio.testing import MockClock

from tests.shell.virtual import run_virtual, virtual
from tests.time_limit import limited


async def waits_for_ever(*_: object) -> None:
    await trio.sleep_forever()


async def spins(*_: object) -> None:
    while True:
        await trio.lowlevel.checkpoint()


async def ticks() -> None:
    while True:
        await trio.sleep(0.01)


@pytest.mark.parametrize("clock", [None, MockClock(autojump_threshold=0)])
@pytest.mark.parametrize("stuck", [waits_for_ever, spins])
def test_a_task_that_hangs_is_named(stuck, clock):
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stuck)

    with pytest.raises(pytest.fail.Exception, match=stuck.__name__), limited(0.05):
        trio.run(main, clock=clock)


def test_a_loop_without_trio_is_named():
    def turns() -> None:
        while True:
            time.sleep(0.001)

    with pytest.raises(pytest.fail.Exception, match="turns"), limited(0.05):
        turns()


def test_what_swallows_the_interrupt_fails_as_well():
    def turns() -> None:
        while True:
            try:
                time.sleep(0.001)
            except KeyboardInterrupt:
                continue

    with pytest.raises(pytest.fail.Exception, match="turns"), limited(0.05, 0.05):
        turns()


def test_virtual_time_has_its_own_limit():
    async def main(nursery: trio.Nursery) -> None:
        nursery.start_soon(ticks)
        await waits_for_ever()

    with pytest.raises(pytest.fail.Exception, match="waits_for_ever"):
        run_virtual(main, limit_s=1.0)


@virtual
async def test_a_test_that_ends_is_left_alone(nursery):
    with limited(60.0):
        await trio.sleep(1_000)
    assert trio.current_time() >= 1_000
