"""Law 3: each act is answered once; answers that come twice, or to nobody, change nothing."""

from typing import get_args

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from pmcore import events as ev
from pmcore.effects import ANSWERS, AnyEffect, Note
from pmcore.freeze import thaw
from pmcore.state import State, new_state
from pmcore.step import step
from tests.core.stage import DOWN, UP, WINDOW, quoting
from tests.laws.anything import EVENT_OF
from tests.laws.obliging import ANSWER, obliged
from tests.laws.session import ENCODE, moments, session

ANSWER_KINDS = tuple(dict.fromkeys(kind for kinds in ANSWERS.values() for kind in kinds))
REPEATABLE = (*ANSWER_KINDS, ev.TradeReported)
NOT_REPEATABLE = (ev.MarketListed, ev.BookReset, ev.Halted)
"""Facts that answer a question but stand for themselves: hearing one again is news again."""
STRANGE = 77_777


def believed(state: State) -> bytes:
    """What answers are about: orders, money, operations, and the kill switch."""
    windows = [
        (w.orders, w.finished, w.slots, w.inventory, w.merge_op, w.redeem_op, w.redeemed, w.strikes)
        for w in state.markets.values()
    ]
    asked = (state.cancel_all, state.reconcile.op, state.scoring.op)
    return ENCODE((windows, state.cash, state.safety, asked, state.strays, state.order_market))


def test_every_effect_has_a_row():
    assert set(ANSWERS) == set(get_args(AnyEffect))
    assert set(ANSWER) == {kind for kind, answers in ANSWERS.items() if answers}
    assert ANSWERS[Note] == ()
    assert all(issubclass(kind, ev.Event) for kind in ANSWER_KINDS)


def test_no_event_answers_two_kinds_of_acts():
    assert sum(map(len, ANSWERS.values())) == len(ANSWER_KINDS)


def test_obliging_run_answers_each_act_once_and_leaves_no_request_open():
    venue = obliged()
    stage = venue.stage
    for moment in range(900):
        if moment % 7 == 3 and venue.open:
            order = next(iter(venue.open.values()))
            del venue.open[order.order]
            venue.perform(stage.fill(order, order.size, ev.CONFIRMED, f"t{moment}"))
        stage.fresh(4_500 + moment % 9 * 100, 4_700 + moment % 9 * 100)
        venue.beat(1.0)
    stage.hear(ev.MarketResolved, stage.now, WINDOW, 10_000)
    for _ in range(3):
        venue.beat(0.2)
    acts = [effect for effect in stage.effects if ANSWERS[type(effect)]]
    assert sorted(map(id, acts)) == sorted(id(act) for act, _ in venue.answered)
    assert all(type(answer) in ANSWERS[type(act)] for act, answer in venue.answered)
    assert {type(act).__name__ for act in acts} >= {"MergePairs", "RedeemShares", "DropMarket"}
    state = stage.state
    assert (state.reconcile.op, state.cancel_all.op, state.scoring.op) == (0, 0, 0)
    assert not any(w.merge_op or w.redeem_op for w in state.markets.values())
    assert WINDOW not in state.markets


@pytest.mark.parametrize("seed", range(6))
def test_second_delivery_changes_nothing(seed):
    state = new_state()
    for event in session(seed):
        step(state, event)
        if isinstance(event, REPEATABLE) and not isinstance(event, NOT_REPEATABLE):
            before = believed(state)
            step(state, event)
            assert believed(state) == before, event


@pytest.mark.parametrize("kind", ANSWER_KINDS, ids=lambda kind: kind.__name__)
def test_answers_to_nobody_change_nothing(kind):
    if kind in NOT_REPEATABLE:
        pytest.skip("a fact that stands for itself")

    @settings(max_examples=20)
    @given(st.sampled_from(moments(1)), EVENT_OF[kind])
    def check(frozen, event):
        state = thaw(frozen)
        strange = {
            name: STRANGE for name in ("order", "op", "market") if name in event.__struct_fields__
        }
        if kind is ev.ScoringReported:
            strange |= {"scoring": (STRANGE,), "idle": (STRANGE + 1,)}
        stranger = msgspec.structs.replace(event, at_ns=state.now_ns, **strange)
        before = believed(state)
        step(state, stranger)
        step(state, stranger)
        assert believed(state) == before

    check()


def test_same_rejection_told_twice_counts_once():
    stage = quoting({"risk.max_rejects": 2})
    order = next(iter(stage.market.orders))
    stage.hear(ev.OrderCancelled, order, "gone")
    place = next(e for e in stage.beat(2.0) if type(e).__name__ == "PlaceOrder")
    for _ in range(3):
        stage.hear(ev.OrderRejected, place.order, "other", "no")
    stage.beat()
    assert stage.state.safety.mode == "running"


def test_same_authentication_failure_of_an_order_counts_once():
    stage = quoting({"risk.max_auth_failures": 2})
    stage.hear(ev.OrderCancelled, next(iter(stage.market.orders)), "gone")
    place = next(e for e in stage.beat(2.0) if type(e).__name__ == "PlaceOrder")
    for _ in range(3):
        stage.hear(ev.OrderRejected, place.order, "auth", "no")
    stage.beat()
    assert stage.state.safety.mode == "running"


def test_one_stray_cancelled_says_nothing_of_another():
    stage = quoting()
    stage.state.reconcile_due = True
    op = next(e.op for e in stage.beat(3.0) if type(e).__name__ == "Reconcile")
    rows = tuple(
        ev.OpenOrder(0, name, WINDOW, outcome, 0, 4_000, 10**7, 0)
        for name, outcome in (("one", UP), ("two", DOWN))
    )
    asked = stage.hear(ev.Reconciled, op, rows, (), stage.state.cash)
    asked += stage.beat()
    strays = [e for e in asked if type(e).__name__ == "CancelStray"]
    assert [e.venue_id for e in strays] == ["one", "two"]
    stage.hear(ev.StrayCancelled, strays[0].op, True)
    assert list(stage.state.strays) == ["two"]


def test_stray_of_unknown_number_does_not_silence_a_doubt():
    stage = quoting()
    stage.state.reconcile_due = True
    stage.hear(ev.StrayCancelled, STRANGE, True)
    assert stage.state.reconcile_due
