"""Conversations in which the venue is late, silent, or changes its mind."""

import pytest

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import CHAINLINK_FEED, DOWN, UP
from tests.playbooks.playbook import (
    WINDOW,
    Playbook,
    accepted,
    asked,
    beat,
    cancel,
    cancelled,
    check_quiet,
    filled,
    hear,
    place,
    shares,
    told,
    view,
    wait,
)
from tests.playbooks.test_whole_windows import ONE_RUNG, quoted


def test_cancel_is_acknowledged_while_a_fill_is_in_flight():
    book = quoted()
    book >> wait(1.0, bid=4_600, ask=4_800) << cancel(book, "up") << place(UP, 46).as_("lower")
    book >> accepted("lower") >> cancelled("up") << check_quiet
    book >> filled("up", 4) << check_quiet
    assert book.stage.market.inventory.shares[UP] == shares(4)
    assert book.order("up").filled == shares(4)
    assert book.order("lower").leaves == shares(10)


def test_submit_of_unknown_fate_turns_out_to_live():
    book = Playbook(ONE_RUNG)
    book >> beat() << place(UP, 48).as_("up") << place(DOWN, 48).as_("down")
    book >> accepted("down") >> told(ev.OrderUnknown, "up", "timeout") << check_quiet
    book >> wait(2.1) << asked(ef.Reconcile, why="doubt") << check_quiet
    book >> view("up", "down") << check_quiet
    book >> wait(1.0) << check_quiet
    assert book.order("up").id in book.stage.market.orders


def test_submit_of_unknown_fate_turns_out_to_be_gone():
    book = Playbook(ONE_RUNG)
    book >> beat() << place(UP, 48).as_("up") << place(DOWN, 48).as_("down")
    book >> accepted("down") >> told(ev.OrderUnknown, "up", "timeout")
    book >> wait(2.1) << asked(ef.Reconcile, why="doubt") << check_quiet
    book >> view("down") << place(UP, 48).as_("again") << check_quiet
    assert book.named["again"].order != book.named["up"].order


def test_fill_tells_of_an_order_whose_submit_was_never_answered():
    book = Playbook(ONE_RUNG)
    book >> beat() << place(UP, 48).as_("up") << place(DOWN, 48).as_("down")
    book >> filled("up", 10, ev.MATCHED) >> wait(0.3) << place(UP, 48)
    book >> told(ev.OrderUnknown, "up", "timeout") << check_quiet
    assert book.stage.market.inventory.shares[UP] == shares(10)


def test_trade_fails_on_chain_and_the_pair_is_no_pair():
    book = quoted()
    book >> filled("up", 10) >> filled("down", 10, ev.MATCHED) << check_quiet
    book >> filled("down", 10, ev.FAILED) >> beat(0.2)
    assert not any(isinstance(effect, ef.MergePairs) for effect in book.unclaimed)
    assert book.stage.market.inventory.shares == [shares(10), 0]


def test_run_of_rejections_trips_the_switch():
    book = Playbook({"risk.max_rejects": 4, "trading.ladder_levels": 2})
    book >> beat() << place(UP, 48).as_("a") << place(DOWN, 48).as_("b")
    book << place(UP, 47).as_("c") << place(DOWN, 47).as_("d") << check_quiet
    for name in ("a", "b", "c"):
        book >> told(ev.OrderRejected, name, "not_enough_balance", "no")
    book << check_quiet
    book >> told(ev.OrderRejected, "d", "not_enough_balance", "no") << asked(ef.CancelAll)
    assert book.stage.state.safety.operator
    book << asked(ef.Note, code="killed")


def test_kill_cancels_all_and_halts():
    book = quoted()
    book >> hear(ev.KillAsked, "enough") << asked(ef.CancelAll).as_("all") << check_quiet
    book >> told(ev.AllCancelled, "all") << asked(ef.Halt) << check_quiet
    book >> hear(ev.Halted) >> wait(1.0) << check_quiet
    assert book.stage.state.safety.mode == "halted"
    book >> hear(ev.ResumeAsked) >> wait(0.3) << place(UP, 48) << place(DOWN, 48) << check_quiet


def test_stop_waits_for_what_is_in_flight():
    book = Playbook(ONE_RUNG)
    book >> beat() << place(UP, 48).as_("up") << place(DOWN, 48).as_("down")
    book >> accepted("up") >> hear(ev.StopAsked) << asked(ef.CancelAll).as_("all")
    book >> told(ev.AllCancelled, "all") << check_quiet
    book >> accepted("down") >> beat() << cancel(book, "down") << check_quiet
    book >> cancelled("down") >> beat(0.2) << asked(ef.Halt) << check_quiet


def test_stale_oracle_kills_and_its_return_resumes():
    book = quoted({"risk.allow_auto_resume": True, "risk.auto_resume_after_s": 5})
    book >> hear(ev.FeedLost, CHAINLINK_FEED, "silent") << check_quiet
    book >> beat(11.0) << asked(ef.CancelAll, why="stale oracle").as_("all")
    book >> told(ev.AllCancelled, "all") << check_quiet
    book >> hear(ev.FeedOpened, CHAINLINK_FEED) >> wait(1.0) >> wait(4.0) << check_quiet
    book >> wait(1.1) << asked(ef.Note, code="resumed")
    book >> wait(0.3) << place(UP, 48) << place(DOWN, 48) << check_quiet


def test_tick_changes_in_the_middle_of_quoting():
    book = quoted()
    book >> hear(ev.TickChanged, 0, WINDOW, UP, 10) >> wait(0.3)
    book << cancel(book, "up") << place(UP, 48.9).as_("finer") << check_quiet
    book >> accepted("finer") >> cancelled("up") << check_quiet
    book >> hear(ev.TickChanged, 0, WINDOW, UP, 100) >> wait(0.3)
    book << cancel(book, "finer") << place(UP, 48) << check_quiet


@pytest.mark.parametrize("held", [True, False])
def test_refused_cancel(held):
    book = quoted()
    book >> wait(1.0, bid=4_600, ask=4_800) << cancel(book, "up") << place(UP, 46).as_("lower")
    book >> accepted("lower") >> told(ev.CancelRefused, "up", held, "")
    if held:
        book << cancel(book, "up") << check_quiet
        book >> cancelled("up") << check_quiet
    else:
        book << check_quiet
        book >> wait(2.1, bid=4_600, ask=4_800) << asked(ef.Reconcile, why="doubt")
        book >> view("lower", "down") << check_quiet
    assert book.order("up").id not in book.stage.market.orders


def test_restart_finds_old_orders_and_cancels_them():
    book = quoted()
    book.stage.state.reconcile_due = True
    book >> wait(2.1) >> view("up", "down", strays=("0xold",))
    book >> beat(0.2) << asked(ef.CancelStray, venue_id="0xold").as_("stray") << check_quiet
    book >> told(ev.StrayCancelled, "stray", True) << check_quiet


def test_lost_user_feed_is_followed_by_a_view():
    book = quoted()
    (
        book
        >> hear(ev.FeedLost, 1, "closed")
        << cancel(book, "up")
        << cancel(book, "down")
        << check_quiet
    )
    book >> cancelled("up", "down") >> wait(3.0) << check_quiet
    book >> hear(ev.FeedOpened, 1) << asked(ef.Reconcile, why="doubt")
    book >> view() >> wait(0.3) << place(UP, 48) << place(DOWN, 48) << check_quiet
