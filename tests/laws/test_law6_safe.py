"""Law 6: every limit holds with all that is open or in doubt at its worst."""

import pytest

from pmcore import events as ev
from pmcore.effects import CancelOrder, PlaceOrder
from pmcore.laws import violations
from pmcore.order import CANCELLING, DELAYED, LOST, PENDING
from pmcore.state import new_state
from pmcore.step import step
from pmcore.units import SECOND, Ns
from tests.core.stage import DOWN, T0, UP, WINDOW, Stage, cash, market, of, quoting, shares
from tests.laws.checks import check_effects, check_money, check_state
from tests.laws.session import session

FEW = {"inventory.max_unpaired_shares": 20.0, "trading.min_update_interval_ms": 0}


def worst(stage):
    """Unpaired shares if one side fills whole and the other does not."""
    orders = stage.market.orders.values()
    up, down = stage.market.inventory.shares
    most_up = up + sum(o.leaves for o in orders if o.outcome == UP)
    most_down = down + sum(o.leaves for o in orders if o.outcome == DOWN)
    return max(most_up - down, most_down - up)


def requote(stage, moves, answer=None):
    """Move the book again and again, with the same answer to all that is asked, or none."""
    for move in range(moves):
        bid = 4_600 - 300 * (move % 3)
        stage.fresh(bid, bid + 200)
        for effect in stage.beat(0.2):
            if answer is not None:
                answer(stage, effect)


@pytest.mark.parametrize("seed", range(6))
def test_sessions_break_no_limit(seed):
    state, seen = new_state(), set()
    for event in session(seed):
        effects = step(state, event)
        assert violations(state, effects) == []
        check_effects(state, effects, seen)
    check_state(state)


def unanswered(stage, effect):
    """Neither the submit nor the cancel is ever answered."""


def unknown(stage, effect):
    """Every submit and every cancel times out."""
    if isinstance(effect, PlaceOrder):
        stage.hear(ev.OrderUnknown, effect.order, "timeout")
    elif isinstance(effect, CancelOrder):
        stage.hear(ev.CancelUnknown, effect.order, "timeout")


def delayed(stage, effect):
    """Every order is held."""
    if isinstance(effect, PlaceOrder):
        stage.hear(ev.OrderDelayed, effect.order)


def stubborn(stage, effect):
    """Orders rest, and no cancel is ever answered."""
    if isinstance(effect, PlaceOrder):
        stage.hear(ev.OrderAccepted, effect.order)


def prompt(stage, effect):
    """All is accepted and all is cancelled at once."""
    if isinstance(effect, PlaceOrder):
        stage.hear(ev.OrderAccepted, effect.order)
    elif isinstance(effect, CancelOrder):
        stage.hear(ev.OrderCancelled, effect.order, "asked")


@pytest.mark.parametrize(("late_fill_ms", "within"), [(250, True), (0, False)])
def test_fills_that_are_told_after_their_cancel_was_confirmed_stay_within_the_cap(
    late_fill_ms, within
):
    stage = Stage(FEW | {"risk.late_fill_ms": late_fill_ms})
    stage.open()
    requote(stage, 11, prompt)
    # What was cancelled within the last 250 ms may have been filled just before.
    since = stage.now - 250_000_000
    late = [o for o in stage.market.finished.values() if o.since_ns > since and o.outcome == UP]
    rest = [o for o in stage.market.orders.values() if o.outcome == UP]
    for number, order in enumerate(late + rest):
        told = (f"t{number}", order.id, WINDOW, UP, order.side, order.price, order.leaves)
        stage.hear(ev.TradeReported, *told, cash(0), True, ev.MATCHED)
    assert late
    assert stage.market.inventory.shares[UP] > 0
    assert (stage.market.inventory.shares[UP] <= shares(20)) is within


def test_a_cancelled_order_is_forgotten_when_its_time_is_over():
    stage = quoting({"risk.late_fill_ms": 1_000})
    (first, *_) = stage.market.orders
    stage.hear(ev.OrderCancelled, first, "venue")
    assert list(stage.market.cooling) == [first]
    stage.beat(0.999)
    assert first in stage.market.cooling
    stage.beat(0.001)
    assert stage.market.cooling == {}


@pytest.mark.parametrize("answer", [unanswered, unknown, delayed, stubborn])
def test_orders_that_do_not_go_away_stay_within_the_cap(answer):
    stage = Stage(FEW)
    stage.open()
    requote(stage, 12, answer)
    assert 0 < worst(stage) <= shares(20)
    statuses = {order.status for order in stage.market.orders.values()}
    expected = {unanswered: PENDING, unknown: LOST, delayed: DELAYED, stubborn: CANCELLING}
    assert expected[answer] in statuses


def test_unconfirmed_trades_count_as_failed_and_as_done():
    stage = Stage(FEW)
    stage.open()
    for moment in range(4):
        stage.fresh()
        for place in stage.accept(stage.beat(1.0)):
            stage.fill(place, place.size, trade=f"t{moment}.{place.order}")
        up, down = stage.market.inventory.unconfirmed
        assert max(up, down) <= shares(20)
    for key in list(stage.market.trades):
        trade = stage.market.trades[key]
        if trade.outcome == DOWN:
            name, number = key.split("#")
            fields = (WINDOW, DOWN, 0, trade.price, trade.size, 0, True, ev.FAILED)
            stage.hear(ev.TradeReported, name, int(number), *fields)
    assert abs(stage.market.inventory.unpaired) <= shares(20)


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("inventory.max_unpaired_shares", 7.0),
        ("risk.max_unpaired_shares_global", 7.0),
        ("risk.max_daily_loss_usdc", 3.0),
        ("risk.max_exposure_usdc", 6.0),
    ],
)
def test_each_limit_binds_by_itself(limit, value):
    assert len(quoting().market.orders) == 4
    bound = quoting({limit: value, "trading.base_size_shares": 5.0})
    assert 0 < len(bound.market.orders) < 4
    check_state(bound.state)
    check_money(bound.state, 0)
    assert "risk_limit" in bound.market.plan.reasons


def test_cash_binds():
    stage = Stage()
    stage.open(collateral=5.0)
    placed = of(stage.beat(), PlaceOrder)
    assert [place.price for place in placed] == [4_800]
    assert "not_enough_cash" in stage.market.plan.reasons


def test_windows_share_the_global_cap():
    stage = quoting(
        {
            "risk.max_unpaired_shares_global": 25.0,
            "risk.late_fill_ms": 0,
            "trading.cutoff_seconds": 0,
        }
    )
    stage.hear(ev.HeartbeatAcked)
    stage.hold(UP, 20, 4_800)
    following = WINDOW + 900
    stage.hear(ev.MarketListed, market(following))
    stage.hear(ev.MarketWatched, following)
    stage.now = Ns(T0 + 900 * SECOND)
    stage.hear(ev.HeartbeatAcked)
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "venue")
    stage.ticks(100_000)
    for outcome in (UP, DOWN):
        levels = ((4_900, shares(100)),), ((5_100, shares(100)),)
        stage.hear(ev.BookReset, stage.now, following, outcome, *levels)
    stage.beat()
    window = stage.state.markets[following]
    assert window.gate == ""
    sides = [sum(o.leaves for o in window.orders.values() if o.outcome == x) for x in (UP, DOWN)]
    assert max(sides) <= shares(5)
    assert "risk_limit" in window.plan.reasons


def test_realised_loss_shrinks_what_may_be_risked():
    stage = quoting({"risk.max_daily_loss_usdc": 12.0})
    before = len(stage.market.orders)
    assert before > 2
    stage.hear(ev.IncentivePaid, WINDOW, -cash(8), True)
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "venue")
    stage.fresh()
    stage.beat(2.0)
    assert len(stage.market.orders) < before
    check_money(stage.state, 0)


def test_daily_loss_kills():
    stage = quoting({"risk.max_daily_loss_usdc": 12.0})
    stage.hear(ev.IncentivePaid, WINDOW, -cash(12), True)
    stage.beat(0.2)
    assert stage.state.safety.mode == "killed"
    assert stage.state.safety.operator
    assert stage.state.safety.why == "daily loss of 12 USDC"
