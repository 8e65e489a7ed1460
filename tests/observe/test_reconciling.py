"""The venue's view settles doubts older than the question, and nothing else."""

import pytest

from pmcore import events as ev
from pmcore import order as o
from pmcore.effects import CancelStray, Note, PlaceOrder, Reconcile
from pmcore.ids import DOWN, UP
from tests.core.stage import WINDOW, Stage, of, quoting, shares

NO_SHARES = ()


def asked(stage):
    """The number of the view that is asked for now."""
    stage.state.reconcile_due = True
    stage.fresh()
    return of(stage.beat(2.1), Reconcile)[0].op


def row(order, filled=0, number=None):
    mine = order.id if number is None else number
    fields = (order.market, order.outcome, order.side, order.price, order.size, filled)
    return ev.OpenOrder(mine, f"v{order.id}", *fields)


def view(stage, op, rows, holdings=NO_SHARES):
    return stage.hear(ev.Reconciled, op, tuple(rows), tuple(holdings), stage.state.cash)


def test_lost_order_is_found_live_or_gone():
    stage = quoting()
    kept, gone = stage.resting()[0], stage.resting()[8]
    for order in (kept, gone):
        stage.hear(ev.CancelUnknown, order.id, "timeout")
    view(stage, asked(stage), [row(x) for x in stage.market.orders.values() if x is not gone])
    assert kept.status == o.LIVE
    assert gone.status == o.CANCELLED
    assert gone.id not in stage.market.orders


def test_unanswered_submit_waits_for_its_answer():
    stage = Stage()
    stage.open()
    stage.beat()
    op = asked(stage)
    view(stage, op, [])
    assert {order.status for order in stage.market.orders.values()} == {o.PENDING}
    assert len(stage.market.orders) == 4


@pytest.mark.parametrize("later_ns", [0, 1])
def test_status_younger_than_the_question_is_not_touched(later_ns):
    stage = quoting()
    order = stage.resting()[0]
    op = asked(stage)
    stage.now += later_ns
    stage.hear(ev.CancelUnknown, order.id, "timeout")
    view(stage, op, [])
    assert order.status == o.LOST


def test_held_order_is_not_gone_because_a_view_does_not_show_it():
    """Inside the taker delay an order is not on the book yet, and may match in a moment."""
    stage = Stage()
    stage.open()
    place = of(stage.beat(), PlaceOrder)[0]
    stage.hear(ev.OrderDelayed, place.order)
    stage.state.reconcile_due, stage.state.reconciled_ns = True, 0
    op = of(stage.beat(0.11), Reconcile)[0].op
    view(stage, op, [])
    assert stage.market.orders[place.order].status == o.DELAYED


def test_cancel_that_is_still_on_its_way_does_not_make_the_order_gone():
    stage = quoting()
    view(stage, asked(stage), [row(x) for x in stage.market.orders.values()])
    assert {order.status for order in stage.market.orders.values()} == {o.LIVE}


@pytest.mark.parametrize("number", [0, 9_999])
def test_stray_is_cancelled(number):
    stage = quoting()
    stranger = row(stage.resting()[0], number=number)
    rows = [row(x) for x in stage.market.orders.values()]
    effects = view(stage, asked(stage), [*rows, stranger]) + stage.beat()
    assert [e.venue_id for e in of(effects, CancelStray)] == [stranger.venue_id]


def test_stray_that_will_not_go_is_cancelled_again_after_a_pause():
    stage = quoting()
    rows = [row(x) for x in stage.market.orders.values()]
    stranger = row(stage.resting()[0], number=0)
    view(stage, asked(stage), [*rows, stranger])
    stray = of(stage.beat(), CancelStray)[0]
    stage.hear(ev.StrayCancelled, stray.op, False)
    assert stage.state.reconcile_due
    view(stage, asked(stage), [*rows, stranger])
    stage.fresh()
    assert of(stage.beat(6.0), CancelStray)


def test_order_believed_finished_and_seen_open_is_a_stray():
    stage = quoting()
    order = stage.resting()[0]
    stage.hear(ev.OrderCancelled, order.id, "asked")
    op = asked(stage)
    rows = [row(x) for x in stage.market.orders.values() if x.status != o.PENDING]
    effects = view(stage, op, [*rows, row(order)]) + stage.beat()
    assert [e.venue_id for e in of(effects, CancelStray)] == [f"v{order.id}"]


def test_order_that_ended_while_the_view_was_taken_is_no_stray():
    stage = quoting()
    order = stage.resting()[0]
    op = asked(stage)
    stage.hear(ev.OrderCancelled, order.id, "asked")
    rows = [row(x) for x in stage.market.orders.values() if x.status != o.PENDING]
    effects = view(stage, op, [*rows, row(order)]) + stage.beat()
    assert of(effects, CancelStray) == []
    again = view(stage, asked(stage), [*rows, row(order)]) + stage.beat()
    assert [e.venue_id for e in of(again, CancelStray)] == [f"v{order.id}"]


def test_cash_of_the_view_is_believed():
    stage = quoting()
    stage.hear(ev.Reconciled, asked(stage), (), (), 5_000_000)
    assert stage.state.cash == 5_000_000


def test_second_view_of_the_same_question_is_ignored():
    stage = quoting()
    op = asked(stage)
    view(stage, op, [row(x) for x in stage.market.orders.values()])
    before = stage.state.cash
    stage.hear(ev.Reconciled, op, (), (), 1)
    assert stage.state.cash == before
    assert len(stage.market.orders) == 4


def test_view_that_nobody_asked_for_is_ignored():
    stage = quoting()
    assert stage.state.reconcile.op == 0
    stage.now += 1
    stage.hear(ev.Reconciled, 0, (), (), 1)
    assert stage.state.cash != 1
    assert len(stage.market.orders) == 4


def test_failed_view_is_asked_for_again():
    stage = quoting()
    op = asked(stage)
    stage.hear(ev.ReconcileFailed, op, "timeout")
    stage.fresh()
    assert of(stage.beat(0.5), Reconcile) == []
    stage.fresh()
    assert of(stage.beat(2.0), Reconcile)


def strike(stage, held):
    rows = [row(x) for x in stage.market.orders.values()]
    holdings = [ev.Holding(WINDOW, UP, shares(held)), ev.Holding(WINDOW, DOWN, 0)]
    op = asked(stage)
    view(stage, op, rows, holdings)


def test_lasting_difference_of_positions_kills_and_a_lagging_one_does_not():
    stage = quoting()
    stage.hold(UP, 8, 4_800)
    strike(stage, 0)
    strike(stage, 0)
    assert stage.market.strikes == 2
    strike(stage, 8)
    assert stage.market.strikes == 0
    assert stage.state.safety.mode == "running"
    for _ in range(3):
        strike(stage, 0)
    assert stage.state.safety.mode == "killed"
    assert "positions" in stage.state.safety.why
    assert stage.state.safety.operator
    alerts = [note.text for note in of(stage.effects, Note) if note.code == "killed"]
    assert alerts == [stage.state.safety.why]


def test_what_is_in_flight_explains_a_difference():
    stage = quoting()
    order = stage.resting()[0]
    stage.fill(order, shares(6))
    for _ in range(4):
        strike(stage, 0)
    assert stage.market.strikes == 0


def test_pairs_inside_a_merge_explain_a_difference():
    """On chain they are gone already; the answer is still under way."""
    stage = quoting({"inventory.max_unpaired_shares": 500.0, "infra.reconcile_strikes": 1})
    for outcome in (UP, DOWN):
        stage.hold(outcome, 10, 4_800)
    op = asked(stage)
    assert stage.market.inventory.merging == shares(10)
    view(stage, op, [row(x) for x in stage.market.orders.values()])
    assert stage.state.safety.mode == "running"
