"""The kill switch, its answers, and the way back."""

import pytest

from pmcore import events as ev
from pmcore import order as o
from pmcore.account.day_result import day_pnl
from pmcore.effects import CancelAll, CancelOrder, FindMarket, Halt, Note, PlaceOrder, Reconcile
from pmcore.ids import USER_FEED
from pmcore.units import Cash
from tests.core.stage import Stage, cash, of, quoting

ASKING = (PlaceOrder, CancelOrder, CancelAll, FindMarket, Reconcile)


def killed(stage):
    """Kill it, and return the number of the cancel-all."""
    return of(stage.hear(ev.KillAsked, "test"), CancelAll)[0].op


def test_kill_cancels_all_at_once_and_halts_when_nothing_is_open():
    stage = quoting()
    op = killed(stage)
    assert {order.status for order in stage.market.orders.values()} == {o.CANCELLING}
    effects = stage.hear(ev.AllCancelled, op)
    assert stage.market.orders == {}
    assert len(of(effects, Halt)) == 1
    stage.hear(ev.Halted)
    assert stage.state.safety.mode == "halted"


def test_cancel_all_leaves_orders_in_flight_to_their_own_answer():
    stage = Stage()
    stage.open()
    stage.beat()
    op = killed(stage)
    stage.hear(ev.AllCancelled, op)
    assert {order.status for order in stage.market.orders.values()} == {o.PENDING}


def test_order_accepted_after_the_cancel_all_was_asked_is_not_cancelled_by_it():
    """The submit may have reached the venue after the cancel-all did: it has another lane."""
    stage = Stage()
    stage.open()
    stage.beat()
    order = stage.resting()[0]
    op = killed(stage)
    stage.now += 1_000_000
    stage.hear(ev.OrderAccepted, order.id)
    stage.hear(ev.AllCancelled, op)
    assert order.id in stage.market.orders


def test_that_order_is_cancelled_by_itself():
    stage = Stage()
    stage.open()
    stage.beat()
    killed(stage)
    order = stage.resting()[0]
    stage.hear(ev.OrderAccepted, order.id)
    assert order.id in {e.order for e in of(stage.beat(0.1), CancelOrder)}


def test_unconfirmed_cancel_all_is_asked_again_after_a_pause():
    stage = quoting()
    op = killed(stage)
    stage.hear(ev.CancelAllUnknown, op, "timeout")
    assert of(stage.beat(0.5), CancelAll) == []
    again = of(stage.beat(2.0), CancelAll)
    assert len(again) == 1
    assert again[0].op != op


def test_answer_to_an_older_cancel_all_says_nothing():
    stage = quoting()
    old = killed(stage)
    stage.hear(ev.CancelAllUnknown, old, "timeout")
    stage.beat(2.5)
    stage.hear(ev.AllCancelled, old)
    assert len(stage.market.orders) == 4


def test_nothing_is_posted_while_killed():
    stage = quoting()
    killed(stage)
    for _ in range(20):
        stage.fresh()
        assert of(stage.beat(0.3), PlaceOrder) == []


def test_nothing_is_asked_for_after_halting():
    stage = quoting()
    stage.hear(ev.AllCancelled, killed(stage))
    stage.hear(ev.Halted)
    asked = []
    for _ in range(40):
        asked += stage.beat(30.0)
    assert [effect for effect in asked if isinstance(effect, ASKING)] == []


def test_halted_twice_is_halted_once():
    """A repeated answer of an older halt arrives while the run is on again."""
    stage = quoting()
    stage.hear(ev.AllCancelled, killed(stage))
    stage.hear(ev.Halted)
    stage.hear(ev.ResumeAsked)
    stage.fresh()
    stage.accept(stage.beat(0.3))
    stage.hear(ev.Halted)
    assert stage.state.safety.mode == "running"


def test_nothing_is_posted_while_halted_though_the_plan_is_older():
    stage = quoting({"trading.min_update_interval_ms": 0})
    stage.hear(ev.AllCancelled, killed(stage))
    stage.beat(0.2)
    stage.hear(ev.Halted)
    assert stage.state.safety.mode == "halted"
    assert of(stage.beat(0.001), PlaceOrder) == []


def test_resume_quotes_again():
    stage = quoting()
    stage.hear(ev.AllCancelled, killed(stage))
    stage.hear(ev.Halted)
    stage.fresh()
    stage.hear(ev.ResumeAsked)
    stage.beat(0.3)
    assert of(stage.effects, PlaceOrder)[4:]
    assert stage.state.safety.mode == "running"


def test_order_posted_after_a_resume_is_not_touched_by_the_old_cancel_all():
    stage = quoting()
    op = killed(stage)
    stage.hear(ev.ResumeAsked)
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "all")
    stage.fresh()
    placed = stage.accept(stage.beat(0.4))
    assert placed
    stage.hear(ev.AllCancelled, op)
    assert {place.order for place in placed} == set(stage.market.orders)


def test_stop_halts_and_cannot_be_resumed():
    stage = quoting()
    op = of(stage.hear(ev.StopAsked), CancelAll)[0].op
    assert of(stage.hear(ev.AllCancelled, op), Halt)
    stage.hear(ev.Halted)
    stage.hear(ev.ResumeAsked)
    assert stage.state.safety.mode == "halted"


def test_stop_after_halting_is_answered_with_a_halt():
    stage = quoting()
    stage.hear(ev.AllCancelled, killed(stage))
    stage.hear(ev.Halted)
    assert of(stage.hear(ev.StopAsked), Halt)


def told(stage):
    """The reasons of kills that were told so far."""
    return [note.text for note in of(stage.effects, Note) if note.code == "killed"]


def test_first_reason_stays_and_is_told_once():
    stage = quoting()
    stage.hear(ev.KillAsked, "me")
    stage.hear(ev.KillAsked, "me too")
    stage.hear(ev.AccountRestricted, "banned")
    assert stage.state.safety.why == "operator: me"
    stage.beat(0.5)
    assert told(stage) == ["operator: me"]


def test_a_reason_for_a_person_overrules_one_that_heals_and_is_told_too():
    stage = quoting({"risk.allow_auto_resume": True, "risk.auto_resume_after_s": 2})
    stage.now += 11 * 10**9
    stage.books(4_900, 5_100)
    op = of(stage.beat(), CancelAll)[0].op
    assert stage.state.safety.why == "stale oracle"
    again = of(stage.hear(ev.KillAsked, "me too"), CancelAll)
    assert stage.state.safety.why == "operator: me too"
    assert stage.state.safety.operator
    stage.hear(ev.AllCancelled, op)
    assert of(stage.hear(ev.AllCancelled, again[0].op), Halt)
    stage.beat(0.5)
    assert told(stage) == ["stale oracle", "operator: me too"]


def test_a_stop_is_no_kill_that_anybody_must_look_at():
    stage = quoting()
    stage.hear(ev.StopAsked)
    stage.beat(0.5)
    assert told(stage) == []


@pytest.mark.parametrize("allowed", [True, False])
def test_feed_made_kill_resumes_only_where_it_may(allowed):
    stage = quoting({"risk.allow_auto_resume": allowed, "risk.auto_resume_after_s": 2})
    stage.now += 11 * 10**9
    op = of(stage.beat(), CancelAll)[0].op
    stage.hear(ev.AllCancelled, op)
    for _ in range(30):
        stage.fresh()
        stage.beat(0.1)
    assert stage.state.safety.mode == ("running" if allowed else "killed")


def test_kill_that_a_person_must_lift_halts_even_if_a_feed_made_it():
    """Specification 9: cancel all and HALT, a manual restart unless `allow_auto_resume`."""
    stage = quoting({"risk.allow_auto_resume": False})
    stage.now += 11 * 10**9
    effects = stage.hear(ev.AllCancelled, of(stage.beat(), CancelAll)[0].op)
    assert of(effects + stage.beat(0.2), Halt)


def test_failing_authentication_kills_beyond_its_limit():
    stage = quoting({"risk.max_auth_failures": 3})
    for count in range(3):
        assert stage.state.safety.mode == "running"
        stage.hear(ev.AuthRefused, f"{count}")
    assert stage.state.safety.mode == "killed"


def test_heartbeats_matter_only_after_the_first_and_when_they_last():
    stage = quoting()
    stage.hear(ev.HeartbeatAcked)
    stage.now += 7 * 10**9
    stage.fresh()
    stage.hear(ev.HeartbeatMissed, "400")
    stage.beat()
    assert stage.state.safety.mode == "running"
    stage.now += 10**9
    stage.fresh()
    stage.beat()
    assert stage.state.safety.why == "heartbeats lost"


def test_restricted_account_never_trades_on():
    stage = quoting()
    effects = stage.hear(ev.AccountRestricted, "geoblocked")
    assert of(effects, CancelAll)
    assert stage.state.safety.operator


@pytest.mark.parametrize("mode", ["cancel_only", "restarting", "disabled"])
def test_venue_that_takes_no_orders_is_left_until_it_does(mode):
    stage = quoting()
    stage.hear(ev.VenueModeChanged, mode)
    cancelled = of(stage.beat(0.1), CancelOrder)
    assert len(cancelled) == 4
    assert stage.market.gate == f"venue_{mode}"
    for cancel in cancelled:
        stage.hear(ev.OrderCancelled, cancel.order, "asked")
    stage.hear(ev.VenueModeChanged, "normal")
    stage.fresh()
    assert of(stage.beat(0.3), PlaceOrder)


def test_post_only_venue_is_quoted():
    stage = quoting()
    stage.hear(ev.VenueModeChanged, "post_only")
    stage.beat(0.1)
    assert stage.market.gate == ""


def test_lost_user_feed_cancels():
    stage = quoting()
    effects = stage.hear(ev.FeedLost, USER_FEED, "closed")
    assert len(of(effects, CancelOrder)) == 4
    assert stage.market.gate == "user_feed_lost"


def test_lost_user_feed_pauses_even_where_it_does_not_cancel():
    """Specification 3: disconnected -> pause, *and* cancel all if told so."""
    stage = quoting({"oracle.cancel_on_user_ws_disconnect": False})
    stage.hear(ev.FeedLost, USER_FEED, "closed")
    stage.hear(ev.OrderCancelled, stage.resting()[0].id, "venue")
    effects = stage.beat(0.3)
    assert of(effects, CancelOrder) == []
    assert of(effects, PlaceOrder) == []


def test_second_kill_cancels_all_again():
    """What the first one was answered says nothing about the orders that came after it."""
    stage = quoting()
    stage.hear(ev.AllCancelled, killed(stage))
    stage.hear(ev.Halted)
    stage.fresh()
    stage.hear(ev.ResumeAsked)
    stage.accept(stage.beat(0.3))
    assert stage.market.orders
    effects = stage.hear(ev.KillAsked, "again")
    assert of(effects, CancelAll)
    assert of(effects, Halt) == []


def test_resume_forgets_what_a_person_has_looked_at():
    stage = quoting({"risk.max_rejects": 2, "risk.max_auth_failures": 2})
    order = stage.resting()[0]
    for _ in range(2):
        stage.hear(ev.AuthRefused, "401")
    stage.state.safety.rejects = [stage.now, stage.now]
    stage.state.totals.realised = Cash(-cash(60))
    stage.hear(ev.OrderCancelled, order.id, "all")
    stage.hear(ev.ResumeAsked)
    stage.fresh()
    stage.beat(0.3)
    assert (stage.state.safety.mode, stage.state.safety.why) == ("running", "")
    assert day_pnl(stage.state) == 0


@pytest.mark.parametrize(("lost", "counted"), [(0, 0), (49, 49), (50, 0), (60, 0)])
def test_only_who_resumes_a_daily_loss_begins_a_new_count(lost, counted):
    """Otherwise a restart in the middle of the day could lose the day's limit once more."""
    stage = quoting({"risk.max_daily_loss_usdc": 50.0})
    stage.state.totals.realised = Cash(-cash(lost))
    stage.hear(ev.KillAsked, "a look")
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "all")
    stage.hear(ev.ResumeAsked)
    stage.fresh()
    stage.beat(0.3)
    assert stage.state.safety.mode == "running"
    assert day_pnl(stage.state) == -cash(counted)


def test_accepted_order_ends_a_row_of_authentication_failures():
    stage = Stage({"risk.max_auth_failures": 2})
    stage.open()
    first, second, *_ = of(stage.beat(), PlaceOrder)
    stage.hear(ev.AuthRefused, "401")
    stage.hear(ev.OrderAccepted, first.order)
    stage.hear(ev.OrderRejected, second.order, "auth", "401")
    assert stage.state.safety.mode == "running"
