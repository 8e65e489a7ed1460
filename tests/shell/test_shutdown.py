"""How a run ends: in good order, too late, by a failure of ours, at once."""

from collections.abc import Sequence

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmio.lanes import Act
from pmio.shell import (
    EXIT_ABORTED,
    EXIT_FAILED,
    EXIT_LATE,
    EXIT_OK,
    EXIT_UNSURE,
)
from tests.shell.rig import Rig
from tests.shell.virtual import virtual


async def quoting(nursery, **more) -> Rig:
    rig = Rig(nursery, **more)
    await rig.live()
    await rig.quoting()
    return rig


def resting(rig: Rig) -> list:
    return [posted for posted in rig.posted() if posted.open]


@virtual
async def test_a_stop_cancels_all_is_confirmed_and_closes_the_journal_last(nursery):
    rig = await quoting(nursery)
    begun = trio.current_time()
    assert await rig.stop() == EXIT_OK
    assert trio.current_time() - begun < 5
    assert resting(rig) == []
    names = [type(event).__name__ for event in rig.journal.events]
    stop = names.index("StopAsked")
    assert "AllCancelled" in names[stop:]
    # What came with the halt in one batch is still written down, and then no more.
    assert names[names.index("Halted") :].count("Beat") == 1
    assert names[-1] == "Beat"
    assert names.index("AllCancelled") < names.index("Halted")
    assert rig.journal.end == "closed"
    assert rig.journal.pending == 0
    asked = rig.effects(ef.PlaceOrder)
    told = {event.order for event in rig.events(*ef.ANSWERS[ef.PlaceOrder])}
    assert {effect.order for effect in asked} <= told, "no order is left without its answer"


def in_flight(rig: Rig) -> int:
    return len(rig.side._post) + len(rig.side._cancel)


@pytest.mark.parametrize("lane", ["_post", "_cancel"])
@virtual
async def test_a_stop_in_mid_requote_leaves_nothing(nursery, lane):
    # On a network without delay a request is never seen on its way.
    rig = await quoting(nursery, delay_s=0.05)
    await rig.until(lambda rig: not in_flight(rig), step_s=0.01)
    await rig.until(lambda rig: len(getattr(rig.side, lane)), step_s=0.01)
    assert await rig.stop() == EXIT_OK
    assert resting(rig) == []


@virtual
async def test_a_stop_before_anything_was_quoted(nursery):
    rig = Rig(nursery)
    await rig.live()
    await trio.sleep(0.1)
    assert await rig.stop() == EXIT_OK
    assert rig.journal.end == "closed"


@virtual
async def test_a_venue_that_answers_only_the_last_resort(nursery):
    rig = await quoting(nursery)
    number = rig.fault("answer", on="cancel", fate="silent")
    rig.shell.stop()
    await trio.sleep(3.2)
    rig.heal(number)
    with trio.fail_after(1.5):
        await rig.done.wait()
    assert rig.code == EXIT_LATE
    assert resting(rig) == []
    assert rig.journal.end == "abandoned"


@pytest.mark.parametrize("fate", ["silent", "cut"])
@virtual
async def test_a_venue_that_answers_nothing_is_told_by_the_exit_code(nursery, fate):
    rig = await quoting(nursery)
    rig.fault("answer", on="any", fate=fate)
    begun = trio.current_time()
    rig.shell.stop()
    await rig.done.wait()
    assert rig.code == EXIT_UNSURE
    assert trio.current_time() - begun <= 5
    assert rig.journal.pending == 0


@virtual
async def test_a_second_stop_is_immediate(nursery):
    rig = await quoting(nursery)
    rig.fault("answer", on="any", fate="silent")
    rig.shell.stop()
    await trio.sleep(0.2)
    begun = trio.current_time()
    rig.shell.stop()
    await rig.done.wait()
    assert rig.code == EXIT_ABORTED
    assert trio.current_time() - begun < 0.1


@pytest.mark.parametrize("place", ["performer", "core", "journal", "feed"])
def test_a_failure_of_ours_cancels_everything_and_says_so(place):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        assert resting(rig)

        def fail(*_: object) -> None:
            raise ZeroDivisionError("ours")

        async def fail_acts(acts: Sequence[Act]) -> None:
            fail()

        if place == "performer":
            rig.side._views._perform = fail_acts
        elif place == "core":
            rig.shell.drive._advance = fail
        elif place == "journal":
            rig.journal.broken = True
        else:
            rig.shell.market.feeds[0].line.hear = fail
        with trio.fail_after(60):
            await rig.done.wait()
        assert rig.code == EXIT_FAILED
        assert rig.shell.failure is not None
        assert resting(rig) == []
        assert rig.journal.end == "abandoned"

    play()


@virtual
async def test_a_failure_of_ours_while_the_venue_is_down_goes_on_trying(nursery):
    rig = await quoting(nursery)
    number = rig.fault("answer", on="any", fate="cut")
    rig.journal.broken = True
    await trio.sleep(5)
    assert not rig.done.is_set()
    rig.heal(number)
    with trio.fail_after(6):
        await rig.done.wait()
    assert rig.code == EXIT_FAILED
    assert resting(rig) == []


@virtual
async def test_being_cancelled_from_outside_cancels_everything_first(nursery):
    rig = Rig(nursery)
    with trio.CancelScope() as outside:
        async with trio.open_nursery() as inner:
            rig.nursery = inner
            await rig.live()
            await rig.quoting()
            outside.cancel()
    assert resting(rig) == []
    assert rig.journal.end == "abandoned"


@virtual
async def test_a_kill_by_the_operator_halts_and_can_be_lifted(nursery):
    rig = await quoting(nursery)
    rig.shell.inbox.hear(ev.KillAsked, "test")
    await rig.until(lambda rig: rig.events(ev.Halted), 10)
    assert resting(rig) == []
    assert not rig.done.is_set()
    rig.shell.inbox.hear(ev.ResumeAsked)
    await rig.quoting()
    assert await rig.stop() == EXIT_OK
