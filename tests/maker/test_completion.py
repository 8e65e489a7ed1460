"""Taker completions: only at a locked profit, in shares, at an explicit worst price."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from pmcore import events as ev
from pmcore.config import Config
from pmcore.effects import CancelOrder, PlaceOrder
from pmcore.ids import DOWN, UP
from pmcore.maker.completion import profit_per_share, taker_limit, taker_size
from pmcore.market import CRYPTO_FEES, FIRST_CURVE, NO_FEES
from pmcore.model.fees import fee_per_share, taker_fee
from pmcore.order import FAK
from pmcore.rules import rules_of
from pmcore.units import SECOND, Ns, Price
from tests.core.stage import T0, WINDOW, Stage, market, of, shares

FEES = st.sampled_from((CRYPTO_FEES, FIRST_CURVE, NO_FEES))
COSTS = st.floats(0.01, 0.99)
ASKS = st.integers(1, 99).map(lambda ticks: ticks * 100)
RULES = rules_of(Config())


@given(COSTS, ASKS, FEES, st.floats(-0.1, 0.1))
@example(0.05, 9_800, NO_FEES, -0.1)
@example(0.01, 9_900, NO_FEES, -0.1)
@example(0.4, 5_000, CRYPTO_FEES, profit_per_share(0.4, 5_000, CRYPTO_FEES))
def test_every_price_up_to_the_limit_pays(cost, ask, fees, least):
    limit = taker_limit(ask, 100, cost, fees, least)
    if limit:
        assert ask <= limit <= min(ask + 500, 9_900)
        for price in range(ask, limit + 1, 100):
            profit = 1 - cost - price / 10_000 - fee_per_share(fees, price)
            assert profit == pytest.approx(profit_per_share(cost, price, fees))
            assert profit >= least
    else:
        assert profit_per_share(cost, ask, fees) < least or ask > 9_900


@given(COSTS, st.integers(1, 9_999), st.sampled_from((100, 50, 25, 10, 1)), st.floats(-0.1, 0.1))
@example(0.4, 5_010, 100, 0.0)
@example(0.4, 5_010, 100, 0.095)
def test_worst_price_takes_the_ask_whatever_grid_that_is_on(cost, ask, tick, least):
    """Levels of an older grid may stand between our ticks: a price below them takes nothing."""
    limit = taker_limit(ask, tick, cost, NO_FEES, least)
    assert limit % tick == 0
    assert limit == 0 or limit >= ask


@pytest.mark.parametrize(("gap", "size"), [(2_000_000, 2_000_000), (1_999_999, 0)])
def test_less_than_a_dollar_is_not_taken(gap, size):
    """The venue refuses a marketable buy below one dollar: here two shares at one half."""
    assert taker_size(gap, 0.4, 5_000, NO_FEES, RULES, 0) == size


@given(
    st.integers(1, 200_000_000),
    COSTS,
    ASKS,
    FEES,
    st.integers(0, 5_000_000),
    st.integers(0, 9_000_000),
)
def test_size_is_bounded_by_gap_and_by_the_loss_budget(gap, cost, limit, fees, budget, spent):
    rules = replace(rules_of(Config()), completion_loss=budget)
    size = taker_size(gap, cost, limit, fees, rules, spent)
    assert 0 <= size <= min(gap, rules.completion_max)
    assert size % 10_000 == 0
    assert size == 0 or size * limit >= 10_000 * 1_000_000
    loss = -profit_per_share(cost, limit, fees) * size
    assert loss <= max(0, budget - spent) + 1


def completing(settings=None, held=20, cost=4_000, ask=5_000, at=800, **terms):
    """Holding Up inside the taker window; Down is offered at `ask`."""
    stage = Stage({"inventory.max_unpaired_shares": 500.0} | (settings or {}))
    stage.open(market(**terms))
    stage.hold(UP, held, cost)
    stage.now = Ns(T0 + at * SECOND)
    stage.fresh()
    stage.book(DOWN, ask - 200, ask)
    return stage, of(stage.beat(), PlaceOrder)


def takers(orders):
    return [order for order in orders if not order.post_only]


def test_it_is_one_order_in_shares_at_an_explicit_price():
    stage, orders = completing()
    assert len(orders) == 1
    (order,) = takers(orders)
    assert (order.kind, order.outcome, order.size) == (FAK, DOWN, shares(20))
    assert order.price == 5_500
    assert profit_per_share(0.4, order.price, CRYPTO_FEES) >= 0.002
    assert profit_per_share(0.4, order.price + 100, CRYPTO_FEES) > 0.002, "bounded by five ticks"
    assert stage.market.plan.reasons[15] == "taker_completion"


@pytest.mark.parametrize(
    ("cost", "ask", "takes"),
    [(4_000, 5_700, True), (4_000, 5_800, True), (4_000, 5_900, False), (5_000, 5_000, False)],
)
def test_only_at_the_threshold(cost, ask, takes):
    _, orders = completing(cost=cost, ask=ask)
    assert bool(takers(orders)) == takes
    assert takes == (profit_per_share(cost / 10_000, ask, CRYPTO_FEES) >= 0.002)


@pytest.mark.parametrize(("at", "takes"), [(779, False), (780, True), (839, True)])
def test_only_inside_the_taker_window(at, takes):
    _, orders = completing(at=at)
    assert bool(takers(orders)) == takes


def test_never_where_it_is_switched_off():
    assert takers(completing({"completion.enabled": False})[1]) == []


def test_no_ask_nothing_to_take():
    stage = Stage()
    stage.open()
    stage.hold(UP, 20, 4_000)
    stage.now = Ns(T0 + 800 * SECOND)
    stage.fresh()
    stage.book(DOWN, 4_800, 0)
    assert takers(of(stage.beat(), PlaceOrder)) == []


def test_cooldown_separates_two_completions():
    stage, orders = completing()
    stage.accept(orders)
    stage.hear(ev.OrderCancelled, orders[0].order, "nothing there")
    resting = of(stage.beat(0.5), PlaceOrder)
    assert takers(resting) == []
    stage.accept(resting)
    stage.fresh()
    stage.book(DOWN, 4_800, 5_000)
    left = of(stage.beat(0.6), CancelOrder)
    for effect in left:
        stage.hear(ev.OrderCancelled, effect.order, "asked")
    assert len(takers(of(stage.beat(0.001), PlaceOrder))) == 1


def take(stage, order, name):
    """The venue fills a completion whole at its limit."""
    fee = taker_fee(CRYPTO_FEES, order.price, order.size)
    fields = (order.outcome, order.side, order.price, order.size, fee, False, ev.CONFIRMED)
    stage.hear(ev.OrderAccepted, order.order)
    stage.hear(ev.TradeReported, name, order.order, WINDOW, *fields)


def test_losses_of_a_burst_stay_within_the_budget_in_total():
    budget = 0.5
    settings = {
        "completion.min_profit_per_share": -0.06,
        "completion.max_loss_usdc": budget,
        "completion.cooldown_ms": 0,
        "trading.min_update_interval_ms": 0,
    }
    stage, orders = completing(settings, held=100, cost=5_000, ask=5_200)
    lost = 0.0
    for number in range(8):
        for order in takers(orders):
            lost -= profit_per_share(0.5, order.price, CRYPTO_FEES) * order.size / 1e6
            take(stage, order, f"taken{number}")
        stage.ticks(100_000)
        stage.book(DOWN, 5_000, 5_200)
        orders = of(stage.beat(0.3), PlaceOrder)
    assert 0 < lost <= budget + 1e-6


def test_worst_price_is_on_the_grid_even_if_the_ask_is_not():
    stage = Stage({"inventory.max_unpaired_shares": 500.0})
    stage.open()
    stage.hold(UP, 20, 4_000)
    stage.now = Ns(T0 + 800 * SECOND)
    stage.fresh()
    stage.book(DOWN, 4_810, 5_010)
    assert stage.market.ticks[DOWN] == 100
    for order in of(stage.beat(), PlaceOrder):
        assert order.price % 100 == 0


def test_it_is_not_sent_beside_a_resting_bid_for_the_same_shares():
    """Until the resting completion is known to be gone, taking would buy what is missing twice."""
    stage = Stage({"inventory.max_unpaired_shares": 500.0})
    stage.open()
    stage.hold(UP, 20, 4_000)
    stage.now = Ns(T0 + 779 * SECOND)
    stage.fresh()
    stage.book(DOWN, 4_800, 5_000)
    stage.accept(stage.beat())
    assert len(stage.market.orders) == 1
    stage.now = Ns(T0 + 781 * SECOND)
    stage.ticks(100_000)
    effects = stage.beat()
    assert of(effects, CancelOrder)
    missing = sum(order.leaves for order in stage.market.orders.values() if order.outcome == DOWN)
    assert missing <= shares(20)


def test_nothing_else_is_bid_for_the_same_shares_while_it_is_in_flight():
    stage, orders = completing()
    assert len(takers(orders)) == 1
    for _ in range(3):
        stage.ticks(100_000)
        stage.book(DOWN, 4_800, 5_000)
        assert of(stage.beat(0.3), PlaceOrder) == []


@pytest.mark.parametrize("short", [0, 1])
def test_it_needs_the_cash_for_its_fee_too(short):
    """20 shares at 0.58 at worst: 11.60 and the fee; a millionth less and it stays out."""
    cost = 11_600_000 + taker_fee(CRYPTO_FEES, Price(5_800), shares(20))
    stage = Stage({"inventory.max_unpaired_shares": 500.0})
    stage.open(collateral=8.0 + (cost - short) / 1e6)
    stage.hold(UP, 20, 4_000)
    assert stage.state.cash == cost - short
    stage.now = Ns(T0 + 800 * SECOND)
    stage.fresh()
    stage.book(DOWN, 4_800, 5_500)
    orders = takers(of(stage.beat(), PlaceOrder))
    reason = stage.market.plan.reasons[15]
    if short:
        assert (orders, reason) == ([], "not_enough_cash")
    else:
        assert [(order.price, order.size) for order in orders] == [(5_800, shares(20))]
        assert reason == "taker_completion"


def test_fok_and_fak_are_the_only_takers():
    _, orders = completing()
    assert all(order.post_only or order.kind == FAK for order in orders)
    assert all(order.expires_ns == 0 for order in orders)


def test_first_curve_is_market_terms_not_the_strategy():
    dear, _ = completing(fees=FIRST_CURVE, cost=4_910, ask=5_000)
    assert dear.market.plan.reasons[15] != "taker_completion"
    _, orders = completing(fees=NO_FEES, cost=4_910, ask=5_000)
    assert takers(orders)
