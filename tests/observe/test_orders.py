"""Answers and fills in every order in which the venue may tell them."""

import pytest

from pmcore import events as ev
from pmcore import order as o
from pmcore.effects import CancelOrder, PlaceOrder, Reconcile
from pmcore.ids import UP
from tests.core.stage import WINDOW, Stage, of, quoting, shares


@pytest.fixture
def sent():
    """A stage whose first ladder is sent and not answered, and the top order on Up."""
    stage = Stage()
    stage.open()
    stage.beat()
    return stage, stage.resting()[0]


def test_fill_may_outrun_the_acknowledgement(sent):
    stage, order = sent
    stage.fill(order, shares(4))
    assert (order.status, order.filled) == (o.LIVE, shares(4))
    stage.hear(ev.OrderAccepted, order.id)
    assert (order.status, order.leaves) == (o.LIVE, shares(6))


def test_whole_fill_ends_it_and_frees_its_slot(sent):
    stage, order = sent
    stage.fill(order, order.size)
    stage.hear(ev.OrderAccepted, order.id)
    assert order.id not in stage.market.orders
    assert stage.market.slots[0] == 0
    assert stage.market.finished[order.id].status == o.FILLED


@pytest.mark.parametrize("dust", [-9_999, -1, 1, 5_000])
def test_dust_more_or_less_is_the_whole(sent, dust):
    stage, order = sent
    stage.hear(ev.OrderAccepted, order.id)
    stage.fill(order, order.size + dust)
    assert order.status == o.FILLED
    assert stage.market.inventory.shares[UP] == shares(10) + dust


def test_more_than_dust_is_still_open(sent):
    stage, order = sent
    stage.fill(order, order.size - 10_000)
    assert order.status == o.LIVE


@pytest.mark.parametrize("reason", [ev.OrderCancelled, ev.OrderRejected])
def test_late_fill_of_a_finished_order_is_still_money(sent, reason):
    stage, order = sent
    fields = (order.id, "gone") if reason is ev.OrderCancelled else (order.id, "other", "no")
    stage.hear(reason, *fields)
    before = stage.state.cash
    stage.fill(order, shares(3))
    assert stage.market.inventory.shares[UP] == shares(3)
    assert stage.state.cash == before - 3 * 480_000
    assert order.id not in stage.market.orders
    assert stage.market.finished[order.id].filled == shares(3)


def test_failed_trade_gives_the_cash_back_and_leaves_the_order_as_it_is(sent):
    stage, order = sent
    before = stage.state.cash
    stage.hear(ev.OrderAccepted, order.id)
    stage.fill(order, shares(4))
    stage.fill(order, shares(4), ev.FAILED)
    assert stage.state.cash == before
    assert stage.market.inventory.shares == [0, 0]
    assert order.leaves == shares(6)


def test_unknown_submit_keeps_its_slot_and_asks_for_a_view(sent):
    stage, order = sent
    stage.hear(ev.OrderUnknown, order.id, "timeout")
    assert order.status == o.LOST
    stage.fresh()
    effects = stage.beat(2.1)
    assert [e.why for e in of(effects, Reconcile)] == ["doubt"]
    assert not any(e.outcome == UP and e.price == order.price for e in of(effects, PlaceOrder))


def test_order_that_is_not_answered_is_never_sent_again(sent):
    stage, _ = sent
    for _ in range(20):
        stage.fresh()
        assert of(stage.beat(0.3), PlaceOrder) == []


@pytest.mark.parametrize("code", ["post_only_would_cross", "post_only_mode", "rate_limited"])
def test_expected_rejections_never_kill(code):
    stage = Stage({"risk.max_rejects": 1})
    stage.open()
    for _ in range(20):
        for place in of(stage.beat(1.1), PlaceOrder):
            stage.hear(ev.OrderRejected, place.order, code, "no")
        stage.fresh()
    assert stage.state.safety.mode == "running"
    assert stage.state.safety.rejects == []


def test_rejected_slot_waits(sent):
    stage, order = sent
    stage.hear(ev.OrderRejected, order.id, "not_enough_balance", "no")
    assert of(stage.beat(0.3), PlaceOrder) == []
    stage.fresh()
    assert [e.price for e in of(stage.beat(0.9), PlaceOrder)] == [order.price]


def test_duplicate_order_is_an_order_of_unknown_fate(sent):
    stage, order = sent
    stage.hear(ev.OrderRejected, order.id, "duplicate", "already there")
    assert order.status == o.LOST
    assert order.id in stage.market.orders


@pytest.mark.parametrize("code", ["closed_only", "banned"])
def test_restrictions_kill_for_good(sent, code):
    stage, order = sent
    stage.hear(ev.OrderRejected, order.id, code, "no")
    assert (stage.state.safety.mode, stage.state.safety.operator) == ("killed", True)


def test_refused_cancel_of_a_held_order_is_asked_again():
    stage = quoting()
    order = stage.resting()[0]
    stage.fresh(4_700, 4_900)
    assert order.id in {e.order for e in of(stage.beat(0.3), CancelOrder)}
    stage.hear(ev.CancelRefused, order.id, True, "held")
    assert order.id in {e.order for e in of(stage.beat(0.3), CancelOrder)}


@pytest.mark.parametrize("kind", [ev.CancelRefused, ev.CancelUnknown])
def test_doubtful_cancel_counts_until_it_is_settled(kind):
    stage = quoting()
    order = stage.resting()[0]
    stage.fresh(4_700, 4_900)
    stage.beat(0.3)
    fields = (order.id, False, "not found") if kind is ev.CancelRefused else (order.id, "timeout")
    stage.hear(kind, *fields)
    assert order.status == o.LOST
    assert order.id in stage.market.orders
    stage.fresh(4_700, 4_900)
    assert of(stage.beat(2.0), Reconcile)


def test_trade_of_an_order_that_is_not_ours_to_know_is_booked():
    stage = quoting()
    stage.hold(UP, 7, 4_000)
    assert stage.market.inventory.shares[UP] == shares(7)
    assert len(stage.market.orders) == 4


def test_trade_of_an_unknown_window_asks_for_a_view():
    stage = quoting()
    fields = ("t", 0, WINDOW + 9, UP, 0, 4_000, shares(1), 0, True, ev.MATCHED)
    stage.hear(ev.TradeReported, *fields)
    assert stage.state.reconcile_due


def test_finished_orders_are_forgotten_in_time():
    stage = quoting({"infra.place_burst": 1e6, "infra.place_per_s": 1e6})
    for number in range(300):
        order = stage.resting()[0]
        stage.fill(order, order.size, ev.FAILED, f"t{number}")
        stage.hear(ev.OrderCancelled, order.id, "venue")
        stage.fresh()
        stage.accept(stage.beat(0.3))
    assert len(stage.market.finished) == 256
    assert len(stage.state.order_market) == 256 + len(stage.market.orders)


def test_rejected_order_counts_no_longer_than_its_answer(sent):
    """Only of a cancelled order may a fill from before still be told."""
    stage, order = sent
    stage.hear(ev.OrderRejected, order.id, "post_only_would_cross", "no")
    assert stage.market.cooling == {}
    gone = stage.resting()[8]
    stage.hear(ev.OrderCancelled, gone.id, "venue")
    assert list(stage.market.cooling) == [gone.id]


def test_maker_fill_at_a_loss_spends_nothing_of_the_budget_of_completions():
    stage = quoting()
    stage.hold(UP, 10, 6_000)
    order = stage.resting()[8]
    stage.fill(order, order.size)
    assert order.price + 6_000 > 10_000
    assert stage.market.completion_spent == 0


def test_order_stays_lapsed_until_it_scores_again():
    stage = quoting()
    order = stage.resting()[0]
    told = (order.id,)
    for scoring, lapsed in ((True, False), (False, True), (False, True), (True, False)):
        stage.state.scoring.op = 1
        stage.hear(ev.ScoringReported, 1, told if scoring else (), () if scoring else told)
        assert (order.scoring, order.lapsed) == (scoring, lapsed)
