"""An order that is wrong in several ways is told the first by the venue's order (reference 3.8):

ready and mode, tick, size and minimum, balance, allowance, duplicate, and the book at last.
"""

import pytest

from pmcore.order import FOK
from tests.venue.stage import body

SHUT = {
    "restarting": (425, "the matching engine is restarting"),
    "disabled": (503, "Trading is currently disabled"),
    "cancel_only": (503, "Trading is currently cancel-only"),
    "post_only": (503, "post-only mode"),
}


def said(answer, status, text):
    """Whether an answer is the refusal with this status and text."""
    return answer.status == status and text in body(answer)["error"]


def off_grid(stage, alice, **terms):
    """An order that was in order before the grid grew coarser."""
    stage.fault("tick_change", tick="0.001")
    signed = alice.signed(price=0.455, **terms)
    stage.venue.switchboard.heal()
    return signed


@pytest.mark.parametrize("mode", SHUT)
def test_the_mode_comes_before_everything_that_the_order_says(stage, alice, mode):
    stage.book()
    rough = off_grid(stage, alice)
    known = alice.signed(price=0.45)
    assert alice.ask("POST", "/order", known.body).status == 200
    stage.fault("allowance")
    stage.fault("mode", mode=mode)
    for signed in (rough, known, alice.signed(price=0.45, size=1), alice.signed(price=0.45)):
        assert said(alice.ask("POST", "/order", signed.body), *SHUT[mode])


def test_a_market_that_is_not_ready_comes_before_the_grid(stage, alice):
    rough = off_grid(stage, alice)
    stage.fault("resolve", payout_up=1)
    assert said(alice.ask("POST", "/order", rough.body), 400, "not yet ready")


def test_the_grid_comes_before_the_size_and_both_before_money(stage, alice):
    stage.book()
    rough = off_grid(stage, alice, size=1)
    stage.fault("phantom_lock")
    stage.fault("allowance")
    assert said(alice.ask("POST", "/order", rough.body), 400, "breaks minimum tick size rule")
    assert said(alice.place(price=0.45, size=1), 400, "lower than the minimum: 5")
    assert said(alice.place(price=0.52, size=1), 400, "invalid amount for a marketable BUY order")


def test_the_balance_comes_before_the_allowance(stage, alice):
    stage.book()
    stage.fault("allowance")
    assert said(alice.place(price=0.45, size=30_000), 400, "the balance is not enough")
    assert said(alice.place(price=0.45), 400, "the allowance is not enough")


def test_money_comes_before_the_duplicate(stage, alice):
    signed = alice.signed(price=0.45)
    assert alice.ask("POST", "/order", signed.body).status == 200
    fault = stage.fault("allowance")
    assert said(alice.ask("POST", "/order", signed.body), 400, "the allowance is not enough")
    stage.venue.switchboard.end(fault.number)
    stage.fault("phantom_lock")
    assert said(alice.ask("POST", "/order", signed.body), 400, "the balance is not enough")
    stage.venue.switchboard.heal()
    assert said(alice.ask("POST", "/order", signed.body), 400, "Duplicated.")


@pytest.mark.parametrize(
    ("terms", "text"),
    [({"price": 0.52, "post_only": True}, "crosses book"), ({"price": 0.45, "kind": FOK}, "FOK")],
)
def test_the_book_comes_last(stage, alice, terms, text):
    stage.book()
    assert said(alice.place(**terms), 400, text)
    stage.fault("allowance")
    assert said(alice.place(**terms), 400, "the allowance is not enough")


def test_an_order_that_is_refused_leaves_no_trace(stage, alice):
    signed = alice.signed(price=0.45, size=20)
    fault = stage.fault("allowance")
    assert said(alice.ask("POST", "/order", signed.body), 400, "allowance")
    stage.venue.switchboard.end(fault.number)
    assert alice.ask("POST", "/order", signed.body).status == 200
    assert [row["price"] for row in alice.open_orders()] == ["0.45"]
