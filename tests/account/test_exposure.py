"""Worst cases against every subset of fills and failures, and against each winner."""

import hypothesis.strategies as st
from hypothesis import example, given, settings

from pmcore.account.exposure import Exposure, exposure_of
from pmcore.account.inventory import Inventory
from pmcore.ids import BUY, SELL
from pmcore.order import CANCELLING, DELAYED, GTC, LIVE, LOST, PENDING, Order
from pmcore.units import cost_up
from tests.account.ledger import brute_worst

STATUSES = st.sampled_from((PENDING, LIVE, DELAYED, CANCELLING, LOST))
LOTS = st.tuples(st.integers(0, 1), st.integers(1, 9_999), st.integers(1, 50_000_000))


@st.composite
def orders(draw, sides=(BUY,)):
    found = []
    for number in range(draw(st.integers(0, 5))):
        outcome, price, size = draw(LOTS)
        filled = draw(st.integers(0, size))
        side = draw(st.sampled_from(sides))
        order = Order(number + 1, 1, 0, outcome, side, price, size, GTC, 0, filled, draw(STATUSES))
        found.append(order)
    return found


@st.composite
def inventories(draw):
    inventory, doubtful = Inventory(), []
    for outcome, price, size in draw(st.lists(LOTS, max_size=4)):
        inventory.fill(outcome, BUY, price, size, 0)
        if draw(st.booleans()):
            inventory.confirm(outcome, price, size)
        else:
            doubtful.append((outcome, price, size))
    sets = inventory.full_sets
    if sets and draw(st.booleans()):
        inventory.merge(draw(st.integers(1, sets)), 0)
    return inventory, doubtful


def worst(inventory, doubtful, open_orders):
    return brute_worst(open_orders, tuple(inventory.shares), tuple(inventory.cost), doubtful)


@settings(max_examples=150)
@given(inventories(), orders())
def test_worst_cases_are_exactly_the_worst(held, open_orders):
    inventory, doubtful = held
    exposure = exposure_of(open_orders)
    unpaired, loss = worst(inventory, doubtful, open_orders)
    assert exposure.worst_unpaired(inventory) == unpaired
    assert exposure.worst_loss(inventory) == loss


@settings(max_examples=150)
@given(inventories(), orders((BUY, SELL)))
def test_sells_are_never_counted_too_low(held, open_orders):
    inventory, doubtful = held
    exposure = exposure_of(open_orders)
    unpaired, loss = worst(inventory, doubtful, open_orders)
    assert exposure.worst_unpaired(inventory) >= unpaired
    assert exposure.worst_loss(inventory) >= loss


@given(orders())
@example([])
def test_status_makes_no_difference(open_orders):
    numbered = {order.id: order for order in open_orders}
    before = exposure_of(numbered.values())
    for order in open_orders:
        order.status = LOST
    assert exposure_of(numbered.values()) == before


@given(orders((BUY, SELL)))
def test_only_buys_bind_cash_at_the_venue(open_orders):
    exposure = exposure_of(open_orders)
    buys = [order for order in open_orders if order.side == BUY]
    assert exposure.reserved == sum(cost_up(order.price, order.leaves) for order in buys)


@given(inventories(), orders())
def test_bound_cash_is_what_is_spent_and_what_may_be(held, open_orders):
    inventory, _ = held
    exposure = exposure_of(open_orders)
    open_cost = sum(cost_up(order.price, order.leaves) for order in open_orders)
    assert exposure.bound(inventory) == sum(inventory.cost) + open_cost


@given(inventories(), orders(), LOTS)
def test_one_more_order_never_makes_it_better(held, open_orders, lot):
    inventory, _ = held
    exposure = exposure_of(open_orders)
    before = exposure.worst_unpaired(inventory), exposure.worst_loss(inventory)
    outcome, price, size = lot
    exposure.add(outcome, BUY, price, size)
    assert exposure.worst_unpaired(inventory) >= before[0]
    assert exposure.worst_loss(inventory) >= before[1]


def test_nothing_risks_nothing():
    assert Exposure().worst_unpaired(Inventory()) == 0
    assert Exposure().worst_loss(Inventory()) == 0
