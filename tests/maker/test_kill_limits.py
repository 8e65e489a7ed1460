"""The very figure at which each cause trips the kill switch: what is allowed is not yet a kill."""

import pytest

from pmcore import events as ev
from pmcore.account.day_result import day_pnl
from pmcore.effects import PlaceOrder
from pmcore.units import SECOND, Cash, Ns
from tests.core.stage import UP, Stage, cash, of, quoting, shares

WIDE = {"inventory.max_unpaired_shares": 500.0, "risk.max_daily_loss_usdc": 10_000.0}


@pytest.mark.parametrize(("lost", "killed"), [(49.999999, False), (50, True)])
def test_the_whole_loss_of_a_day_is_too_much(lost, killed):
    stage = quoting()
    stage.state.totals.realised = Cash(-cash(lost))
    stage.beat(0.2)
    assert (stage.state.safety.why == "daily loss of 50 USDC") == killed
    assert (stage.state.safety.mode == "killed") == killed


@pytest.mark.parametrize(("held", "killed"), [(150, False), (150.000001, True)])
def test_the_global_cap_may_be_reached_and_not_passed(held, killed):
    """The risk check fills it to the last share: at the cap nothing is wrong yet."""
    stage = Stage(WIDE | {"risk.max_unpaired_shares_global": 150.0})
    stage.open()
    stage.hold(UP, held, 4_800)
    stage.beat()
    assert (stage.state.safety.mode == "killed") == killed


def test_orders_up_to_the_global_cap_do_not_kill():
    stage = Stage(WIDE | {"risk.max_unpaired_shares_global": 20.0})
    stage.open()
    placed = stage.accept(stage.beat())
    assert sum(place.size for place in placed if place.outcome == UP) == shares(20)
    stage.beat(0.2)
    assert stage.state.safety.mode == "running"


@pytest.mark.parametrize(("late_ns", "killed"), [(0, True), (1, False)])
def test_rejections_count_for_as_long_as_their_window(late_ns, killed):
    stage = Stage({"risk.max_rejects": 2, "risk.reject_window_s": 3})
    stage.open()
    first, second, *_ = of(stage.beat(), PlaceOrder)
    stage.hear(ev.OrderRejected, first.order, "other", "no")
    assert stage.state.safety.mode == "running"
    stage.now += 3 * SECOND + late_ns
    stage.fresh()
    stage.hear(ev.OrderRejected, second.order, "other", "no")
    assert (stage.state.safety.mode == "killed") == killed


@pytest.mark.parametrize(("late_ns", "killed"), [(0, False), (1, True)])
def test_heartbeats_are_lost_after_their_grace(late_ns, killed):
    stage = quoting({"heartbeats.grace_ms": 7_500})
    stage.hear(ev.HeartbeatAcked)
    stage.now += 7_500_000_000 + late_ns
    stage.fresh()
    stage.beat()
    assert (stage.state.safety.mode == "killed") == killed


@pytest.mark.parametrize(("early_ns", "mode"), [(1, "killed"), (0, "running")])
def test_it_resumes_when_the_cause_has_been_gone_for_its_time(early_ns, mode):
    stage = quoting({"risk.allow_auto_resume": True, "risk.auto_resume_after_s": 5})
    stage.now += 11 * SECOND
    stage.books(4_900, 5_100)
    stage.beat()
    assert stage.state.safety.why == "stale oracle"
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "all")
    stage.hear(ev.AllCancelled, stage.state.cancel_all.op)
    stage.fresh()
    stage.beat(0.1)
    assert stage.state.safety.mode == "killed"
    stage.now = Ns(stage.state.safety.clear_ns + 5 * SECOND - early_ns)
    stage.fresh()
    stage.beat()
    assert stage.state.safety.mode == mode


@pytest.mark.parametrize(("hours", "still_counts"), [(4.5, True), (15.9, True), (16.1, False)])
def test_a_day_is_from_midnight_to_midnight_utc(hours, still_counts):
    """The stage begins at 08:00 UTC: what is lost then is of that day until 24:00."""
    stage = Stage({"risk.max_daily_loss_usdc": 50.0})
    stage.open()
    stage.beat()
    stage.state.totals.realised = Cash(-cash(30))
    stage.beat(round(hours * 3_600))
    assert day_pnl(stage.state) == (-cash(30) if still_counts else 0)
