"""How fast we ask: buckets by group, pauses that the venue orders, and nobody waits for long."""

import pytest
import trio

from pmio.pacing import (
    BALANCE,
    CANCEL,
    CANCEL_ALL,
    HEARTBEAT,
    LEDGER,
    PLACE,
    Pacing,
    Tier,
)
from pmio.rest import Unreachable
from tests.shell.fakes import ok
from tests.shell.test_rest import URL, Desk
from tests.shell.virtual import virtual


@virtual
async def test_groups_are_paced_by_themselves(nursery):
    pacing = Pacing(Tier(10, 5, 20, 10))
    begun = trio.current_time()
    for _ in range(25):
        await pacing.turn(PLACE)
    assert trio.current_time() - begun == pytest.approx(2.0, abs=0.01)
    begun = trio.current_time()
    await pacing.turn(CANCEL, 10)
    assert trio.current_time() == begun
    assert await pacing.turn(PLACE, 5, 0.4) == pytest.approx(0.5, abs=0.01)
    assert await pacing.turn(PLACE, 5, 0.6) == 0.0
    assert trio.current_time() - begun == pytest.approx(0.5, abs=0.01)
    # More than the bucket holds goes when it is full, and leaves a debt.
    assert await pacing.turn(CANCEL, 30, 10.0) == 0.0
    pacing.pause(PLACE, 4.0)
    assert await pacing.turn(PLACE, 1, 1.0) == pytest.approx(4.0, abs=0.01)
    assert pacing.set_tier("Gold")
    assert not pacing.set_tier("gold")
    assert not pacing.set_tier("mythril")


@pytest.mark.parametrize("group", [PLACE, CANCEL, CANCEL_ALL, HEARTBEAT, LEDGER, BALANCE])
def test_an_order_to_wait_for_long_is_followed_for_seconds(group):
    @virtual
    async def play(nursery) -> None:
        says = [ok({}, 429, retry_after="3600")]
        desk = Desk(nursery, lambda ask: says[0])
        await desk.rest.ask(group, "POST", f"{URL}/x", b"{}")
        paused = trio.current_time()
        if group in (PLACE, LEDGER, BALANCE):
            # Further off than anybody waits: said at once, and nothing was sent.
            with pytest.raises(Unreachable) as told:
                await desk.rest.ask(group, "POST", f"{URL}/x", b"{}")
            assert trio.current_time() == paused
            assert (told.value.sent, told.value.text) == (False, "the limit opens in 5.0 s")
            await trio.sleep(2.5)
        says[0] = ok({})
        assert (await desk.rest.ask(group, "POST", f"{URL}/x", b"{}")).status == 200
        waited = 5.0 if group in (PLACE, LEDGER, BALANCE) else 1.0
        assert trio.current_time() - paused == pytest.approx(waited, abs=0.01)

    play()


@virtual
async def test_a_pause_that_begins_while_a_request_waits_does_not_keep_it(nursery):
    pacing = Pacing(Tier(1, 1, 80, 120))
    await pacing.turn(PLACE)
    nursery.start_soon(_pause_after, pacing, 0.5)
    assert await pacing.turn(PLACE) > 0.0
    assert trio.current_time() <= 3.0


async def _pause_after(pacing: Pacing, wait_s: float) -> None:
    await trio.sleep(wait_s)
    pacing.pause(PLACE, 1e9)


def test_heartbeats_have_room_in_their_group():
    @virtual
    async def play(nursery) -> None:
        pacing = Pacing()
        begun = trio.current_time()
        for _ in range(4):
            await pacing.turn(HEARTBEAT)
        assert trio.current_time() == begun

    play()
