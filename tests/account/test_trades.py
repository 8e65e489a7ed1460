"""A trade is booked once and taken back at most once, in whatever order its statuses come."""

from itertools import permutations, product

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pmcore import events as ev
from pmcore.account.inventory import Inventory
from pmcore.account.trades import BOOKED, IGNORED, SETTLED, TAKEN_BACK, book_trade, trade_key
from pmcore.ids import BUY, DOWN, SELL, UP

STATUSES = (ev.MATCHED, ev.MINED, ev.CONFIRMED, ev.RETRYING, ev.FAILED)
SIZE, FEE = 10_000_000, 1_234


def report(status, trade="t", order=1, side=BUY, outcome=UP):
    return ev.TradeReported(0, trade, order, 1, outcome, side, 4_700, SIZE, FEE, False, status)


def told(*statuses, side=BUY):
    trades, inventory = {}, Inventory()
    done = [book_trade(trades, inventory, report(status, side=side)) for status in statuses]
    return inventory, done


@pytest.mark.parametrize(
    "order", list(permutations((ev.MATCHED, ev.MINED, ev.RETRYING, ev.CONFIRMED)))
)
def test_any_order_of_good_news_books_it_once_and_for_good(order):
    inventory, done = told(*order)
    assert done[0] == BOOKED
    assert done.count(BOOKED) == 1
    assert (inventory.shares[UP], inventory.unconfirmed[UP], inventory.fees) == (SIZE, 0, FEE)


@pytest.mark.parametrize(
    "order", list(permutations((ev.MATCHED, ev.MINED, ev.RETRYING, ev.FAILED)))
)
def test_any_order_with_a_failure_leaves_nothing(order):
    inventory, done = told(*order)
    assert done.count(BOOKED) == done.count(TAKEN_BACK) == (0 if order[0] == ev.FAILED else 1)
    assert (inventory.shares[UP], inventory.cost[UP], inventory.cash_flow) == (0, 0, 0)
    assert (inventory.fees, inventory.realised, inventory.unconfirmed[UP]) == (0, 0, 0)


@pytest.mark.parametrize("first", STATUSES)
def test_every_report_may_come_twice(first):
    for rest in product(STATUSES, repeat=3):
        once, _ = told(first, *rest)
        twice, _ = told(*(status for status in (first, *rest) for _ in range(2)))
        assert once == twice, rest


@pytest.mark.parametrize("first", STATUSES)
def test_first_final_status_is_the_last_word(first):
    for rest in product(STATUSES, repeat=3):
        check_last_word((first, *rest))


def check_last_word(row):
    final = [index for index, status in enumerate(row) if status in (ev.CONFIRMED, ev.FAILED)]
    inventory, done = told(*row)
    if final:
        assert all(each == IGNORED for each in done[final[0] + 1 :])
        assert inventory.unconfirmed[UP] == 0
        assert inventory.shares[UP] == (SIZE if row[final[0]] == ev.CONFIRMED else 0)
    else:
        assert inventory.unconfirmed[UP] == inventory.shares[UP] == SIZE


def test_a_failure_that_comes_first_is_remembered():
    inventory, done = told(ev.FAILED, ev.MATCHED, ev.CONFIRMED)
    assert done == [IGNORED, IGNORED, IGNORED]
    assert inventory == Inventory()


def test_confirmed_at_once_is_booked_and_settled():
    inventory, done = told(ev.CONFIRMED)
    assert done == [BOOKED]
    assert inventory.unconfirmed == [0, 0]
    assert told(ev.MATCHED, ev.CONFIRMED)[1] == [BOOKED, SETTLED]


def test_one_trade_fills_several_orders_of_ours():
    trades, inventory = {}, Inventory()
    for number in (1, 2, 1):
        book_trade(trades, inventory, report(ev.MATCHED, order=number))
    assert inventory.shares[UP] == 2 * SIZE
    assert set(trades) == {trade_key(report(0, order=n)) for n in (1, 2)}


def test_what_was_first_reported_counts():
    trades, inventory = {}, Inventory()
    book_trade(trades, inventory, report(ev.MATCHED))
    other = ev.TradeReported(0, "t", 1, 1, DOWN, SELL, 9_000, 7, 5, True, ev.FAILED)
    book_trade(trades, inventory, other)
    assert inventory.shares == [0, 0]
    assert inventory.cash_flow == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(STATUSES)), max_size=20))
def test_trades_do_not_mix(reports):
    together, trades = Inventory(), {}
    apart = {name: [] for name in range(4)}
    for name, status in reports:
        book_trade(trades, together, report(status, trade=str(name)))
        apart[name].append(status)
    alone = [told(*statuses)[0] for statuses in apart.values()]
    assert together.shares[UP] == sum(inventory.shares[UP] for inventory in alone)
    assert together.cash_flow == sum(inventory.cash_flow for inventory in alone)
    assert together.unconfirmed[UP] == sum(inventory.unconfirmed[UP] for inventory in alone)


def test_failed_sale_gives_the_shares_back():
    trades, inventory = {}, Inventory()
    book_trade(trades, inventory, report(ev.CONFIRMED, trade="bought"))
    for status in (ev.MATCHED, ev.FAILED):
        book_trade(trades, inventory, report(status, trade="sold", side=SELL))
    assert inventory.shares[UP] == SIZE
    assert inventory.cash_flow == inventory.realised - sum(inventory.cost)
