"""The breaker: closed, open, half open, and back; on virtual time."""

import pytest
import trio

from pmio.ingest.breaker import CLOSED, HALF_OPEN, OPEN, Breaker
from pmio.ingest.venue_client import VenueDown, VenueRefused


async def works() -> str:
    return "answer"


async def fails() -> str:
    raise VenueDown("gone")


async def refuses() -> str:
    raise VenueRefused("no")


async def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(VenueDown):
            await breaker.call(fails)


async def test_opens_after_failures_in_a_row_and_asks_nobody(autojump_clock):
    breaker = Breaker("venue", failures_max=3, pause_s=10.0)
    await fail(breaker, 2)
    assert await breaker.call(works) == "answer"
    await fail(breaker, 2)
    assert breaker.state == CLOSED
    await fail(breaker, 1)
    assert breaker.state == OPEN
    asked = []

    async def ask() -> None:
        asked.append(1)

    with pytest.raises(VenueDown, match="venue: not asked, 3 failures in a row"):
        await breaker.call(ask)
    assert asked == []


async def test_one_trial_after_the_pause_closes_it(autojump_clock):
    states = []
    breaker = Breaker("v", failures_max=1, pause_s=10.0, changed=lambda *told: states.append(told))
    await fail(breaker, 1)
    await trio.sleep(9.9)
    await fail(breaker, 1)
    await trio.sleep(0.2)
    assert await breaker.call(works) == "answer"
    assert states == [("v", OPEN), ("v", HALF_OPEN), ("v", CLOSED)]
    assert breaker.failures == 0


async def test_only_one_asks_while_half_open(autojump_clock):
    breaker = Breaker("v", failures_max=1, pause_s=1.0)
    await fail(breaker, 1)
    await trio.sleep(1.1)
    asked = []

    async def slow() -> None:
        asked.append(1)
        await trio.sleep(5.0)

    async def try_it() -> None:
        try:
            await breaker.call(slow)
        except VenueDown:
            asked.append(0)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(try_it)
    assert sorted(asked) == [0, 0, 1]
    assert breaker.state == CLOSED


async def test_pause_doubles_up_to_its_limit(autojump_clock):
    breaker = Breaker("v", failures_max=1, pause_s=1.0, pause_max_s=4.0)
    await fail(breaker, 1)
    for pause in (1.0, 2.0, 4.0, 4.0):
        await trio.sleep(pause - 0.01)
        with pytest.raises(VenueDown, match="not asked"):
            await breaker.call(works)
        await trio.sleep(0.02)
        await fail(breaker, 1)
    await trio.sleep(4.1)
    await breaker.call(works)
    await fail(breaker, 1)
    await trio.sleep(1.1)
    assert await breaker.call(works) == "answer"


async def test_refusal_is_an_answer(autojump_clock):
    breaker = Breaker("v", failures_max=1, pause_s=1.0)
    for _ in range(3):
        with pytest.raises(VenueRefused):
            await breaker.call(refuses)
    assert breaker.state == CLOSED
    await fail(breaker, 1)
    await trio.sleep(1.1)
    with pytest.raises(VenueRefused):
        await breaker.call(refuses)
    assert breaker.state == CLOSED


async def test_cancelled_trial_leaves_the_next_one_to_try(autojump_clock):
    breaker = Breaker("v", failures_max=1, pause_s=1.0)
    await fail(breaker, 1)
    await trio.sleep(1.1)
    with trio.move_on_after(1.0):
        await breaker.call(trio.sleep_forever)
    assert breaker.state == OPEN
    assert await breaker.call(works) == "answer"
