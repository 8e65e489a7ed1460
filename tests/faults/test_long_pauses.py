"""Class 3, 4 and 9: a venue that tells us to wait for an hour is asked again within seconds.

No limit of the venue takes longer than its window of ten seconds to open (reference, section 4), so
a longer word is somebody's mistake. Obeyed, it leaves orders open that nobody watches.
"""

import pytest
import trio

from pmcore import events as ev
from tests.faults.bots import quoting, well_again
from tests.shell.rig import Rig
from tests.shell.virtual import virtual

HOUR_S = 3_600
ANSWERS = {
    "place": ev.OrderAccepted,
    "cancel": ev.OrderCancelled,
    "beat": ev.HeartbeatAcked,
    "orders": ev.Reconciled,
    "trades": ev.Reconciled,
    "balance": ev.Reconciled,
}
"""Group -> what shows that its requests are answered again."""


def pause(rig: Rig, on: str, *, for_s: float = 0.0, count: int = -1) -> None:
    """Answer requests of a group with "come back in an hour"."""
    rig.fault("answer", for_s, on=on, status=429, retry_after=HOUR_S, count=count)


def open_orders(rig: Rig) -> list:
    return [posted for posted in rig.posted() if posted.open]


def struck(rig: Rig) -> bool:
    return all(fault.left == 0 for fault in rig.venue.faults.answers)


@virtual
async def test_a_kill_leaves_nothing_open_though_every_cancel_was_told_to_wait(nursery):
    rig = await quoting(nursery)
    pause(rig, "cancel", for_s=3.0)
    rig.shell.inbox.hear(ev.KillAsked, "operator")
    await rig.until(lambda rig: rig.events(ev.AllCancelled), 10.0)
    assert rig.events(ev.CancelAllUnknown), "the core was told"
    assert not open_orders(rig)
    assert rig.state.safety.mode in ("killed", "halted")


@pytest.mark.parametrize("on", ANSWERS)
def test_it_goes_on_quoting_and_looking_after_it_was_told_to_wait(on):
    @virtual
    async def play(nursery) -> None:
        rig = await quoting(nursery)
        pause(rig, on, count=1)
        await rig.until(struck, 60.0, 0.5)
        since_ns = rig.shell.inbox.stamp()

        def goes_on(rig: Rig) -> bool:
            return all(
                any(event.at_ns > since_ns for event in rig.events(kind))
                for kind in set(ANSWERS.values())
            )

        await rig.until(goes_on, 60.0, 1.0)
        for lane in rig.side.lanes:
            late = [act for act in lane._waiting if trio.current_time() - act.offered > 4.0]
            assert not late, lane.name
        assert rig.state.safety.mode == "running"
        await well_again(rig)

    play()


@virtual
async def test_while_every_view_is_told_to_wait_each_is_answered_as_failed(nursery):
    rig = await quoting(nursery)
    pause(rig, "trades", for_s=60.0)
    before = len(rig.events(ev.Reconciled))
    await trio.sleep(60.0)
    failed = len(rig.events(ev.ReconcileFailed))
    assert 5 < failed < 60, "told every time, and no storm"
    assert len(rig.events(ev.Reconciled)) == before
    await rig.until(lambda rig: len(rig.events(ev.Reconciled)) > before, 10.0)
    await well_again(rig)
