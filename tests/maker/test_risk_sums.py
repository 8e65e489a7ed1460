"""Limits over all windows: what one window binds is taken from what another may, to the micro."""

import pytest

from pmcore import events as ev
from pmcore.ids import BUY, MarketId, OrderId
from pmcore.maker.risk import RiskCheck
from pmcore.order import GTC, LIVE, Order
from pmcore.units import Cash, Price
from tests.core.stage import UP, WINDOW, Stage, cash, market, shares

NEXT = MarketId(WINDOW + 900)
WIDE = {
    "inventory.max_unpaired_shares": 10_000.0,
    "risk.max_unpaired_shares_global": 10_000.0,
    "risk.max_daily_loss_usdc": 10_000.0,
    "risk.max_exposure_usdc": 10_000.0,
}
HALF = Price(5_000)
LOT = shares(5)
"""At one half: 2.50 USDC each."""


def two_windows(settings=None, collateral=10_000.0):
    """A stage that knows the next window too, under limits that nothing reaches by itself."""
    stage = Stage(WIDE | (settings or {}))
    stage.open(collateral=collateral)
    stage.hear(ev.MarketListed, market(NEXT))
    return stage


def hold_next(stage, count, price):
    """Own Up shares of the next window."""
    fields = (NEXT, UP, BUY, Price(price), shares(count), Cash(0), True, ev.CONFIRMED)
    stage.hear(ev.TradeReported, "next", 0, *fields)


def bid_next(stage, count, price):
    """A bid of ours for Up that rests in the next window."""
    number = OrderId(10**6)
    window = stage.state.markets[NEXT]
    at = stage.now
    window.orders[number] = Order(
        number, NEXT, 0, UP, BUY, Price(price), shares(count), GTC, at, status=LIVE
    )
    stage.state.order_market[number] = NEXT
    return window, number


def let(stage):
    """How many lots the present window may still bid for in one round, and why no more."""
    check = RiskCheck(stage.state, stage.market)
    for count in range(200):
        reason = check.refusal(UP, BUY, HALF, LOT)
        if reason:
            return count, reason
    raise AssertionError("no limit at all")


def test_unpaired_shares_of_another_window_are_taken_from_the_global_cap():
    stage = two_windows({"risk.max_unpaired_shares_global": 150.0})
    assert let(stage) == (30, "risk_limit")
    hold_next(stage, 100, 4_000)
    assert let(stage) == (10, "risk_limit")


def test_the_cap_of_one_window_knows_nothing_of_another():
    stage = two_windows({"inventory.max_unpaired_shares": 100.0})
    hold_next(stage, 100, 4_000)
    assert let(stage) == (20, "risk_limit")


def test_worst_loss_of_another_window_is_taken_from_the_days():
    stage = two_windows({"risk.max_daily_loss_usdc": 50.0})
    hold_next(stage, 100, 4_000)
    assert let(stage) == (4, "risk_limit")


@pytest.mark.parametrize(("made", "lots"), [(-30, 8), (0, 20), (30, 32)])
def test_what_the_day_has_made_moves_its_limit(made, lots):
    stage = two_windows({"risk.max_daily_loss_usdc": 50.0})
    stage.state.safety.day_start_pnl = cash(7)
    stage.state.totals.realised = cash(7 + made)
    assert let(stage) == (lots, "risk_limit")


def test_cash_bound_in_another_window_is_taken_from_the_exposure():
    stage = two_windows({"risk.max_exposure_usdc": 100.0})
    hold_next(stage, 100, 6_000)
    assert let(stage) == (16, "risk_limit")


def test_cash_reserved_by_an_order_of_another_window_is_not_there_twice():
    stage = two_windows(collateral=100.0)
    bid_next(stage, 100, 6_000)
    assert let(stage) == (16, "not_enough_cash")


def test_an_order_cancelled_just_now_in_another_window_still_counts():
    """It is all that this window has: no open order and no fill."""
    stage = two_windows({"risk.max_unpaired_shares_global": 150.0})
    window, number = bid_next(stage, 100, 4_000)
    stage.hear(ev.OrderCancelled, number, "asked")
    assert not window.orders
    assert let(stage) == (10, "risk_limit")
    stage.beat(1.0)
    assert let(stage)[0] > 10


@pytest.mark.parametrize("over", [0, 1])
def test_a_fee_counts_as_lost(over):
    stage = two_windows({"risk.max_daily_loss_usdc": 10.0})
    check = RiskCheck(stage.state, stage.market)
    fee = Cash(cash(7.5) + over)
    assert check.refusal(UP, BUY, HALF, LOT, fee) == ("risk_limit" if over else "")
