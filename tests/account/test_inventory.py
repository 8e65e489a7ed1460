"""Identities of a market's positions, whatever is done to them, against a slow ledger."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pmcore.account.inventory import Inventory
from pmcore.ids import BUY, DOWN, OUTCOMES, SELL, UP
from pmcore.units import cost_up
from tests.account.ledger import Ledger

PRICES = st.integers(1, 9_999)
SIZES = st.integers(1, 100_000_000)
FEES = st.integers(0, 100_000)


class Positions(RuleBasedStateMachine):
    """Buys that settle or fail, merges of what is settled, incentives, and one redemption."""

    def __init__(self):
        super().__init__()
        self.inventory = Inventory()
        self.ledger = Ledger()
        self.doubtful = []
        self.gas = self.incentives = 0

    @precondition(lambda self: not self.ledger.redeemed)
    @rule(outcome=st.sampled_from(OUTCOMES), price=PRICES, size=SIZES, fee=FEES)
    def buy(self, outcome, price, size, fee):
        trade = (outcome, price, size, fee)
        self.inventory.fill(outcome, BUY, price, size, fee)
        self.ledger.bought.append(trade)
        self.doubtful.append(trade)

    @precondition(lambda self: self.doubtful)
    @rule(index=st.integers(0, 99))
    def confirm(self, index):
        outcome, price, size, _ = self.doubtful.pop(index % len(self.doubtful))
        self.inventory.confirm(outcome, price, size)

    @precondition(lambda self: self.doubtful)
    @rule(index=st.integers(0, 99))
    def fail(self, index):
        trade = self.doubtful.pop(index % len(self.doubtful))
        outcome, price, size, fee = trade
        self.inventory.undo(outcome, BUY, price, size, fee)
        self.ledger.bought.remove(trade)

    @precondition(lambda self: self.inventory.full_sets > 0)
    @rule(share=st.integers(1, 100), gas=FEES)
    def merge(self, share, gas):
        size = max(1, self.inventory.full_sets * share // 100)
        self.inventory.merge(size, gas)
        self.ledger.merged += size
        self.ledger.received += size - gas
        self.gas += gas

    @rule(amount=FEES, rebate=st.booleans())
    def incentive(self, amount, rebate):
        self.inventory.incentive(amount, rebate)
        self.ledger.received += amount
        self.incentives += amount

    @precondition(lambda self: not self.doubtful and not self.ledger.redeemed)
    @rule(payout_up=st.sampled_from((0, 5_000, 10_000)), gas=FEES)
    def redeem(self, payout_up, gas):
        up, down = self.inventory.shares
        paid = self.inventory.redeem(payout_up, gas)
        assert paid == payout_up * up // 10_000 + (10_000 - payout_up) * down // 10_000
        self.ledger.redeemed = True
        self.ledger.received += paid - gas
        self.gas += gas

    @invariant()
    def nothing_is_lost(self):
        inventory = self.inventory
        assert inventory.cash_flow == inventory.realised - sum(inventory.cost)
        assert inventory.cash_flow == self.ledger.cash()
        assert inventory.gas == self.gas
        assert inventory.rebates + inventory.rewards == self.incentives

    @invariant()
    def shares_are_those_bought(self):
        inventory = self.inventory
        for outcome in OUTCOMES:
            assert inventory.shares[outcome] == self.ledger.shares(outcome)
            doubtful = [trade for trade in self.doubtful if trade[0] == outcome]
            assert inventory.unconfirmed[outcome] == sum(size for _, _, size, _ in doubtful)
            cost = sum(cost_up(price, size) for _, price, size, _ in doubtful)
            assert inventory.unconfirmed_cost[outcome] == cost
            assert 0 <= inventory.unconfirmed[outcome] <= inventory.shares[outcome]

    @invariant()
    def no_cost_without_shares(self):
        for outcome in OUTCOMES:
            if self.inventory.shares[outcome] == 0:
                assert self.inventory.cost[outcome] == 0

    @invariant()
    def fees_are_those_of_standing_trades(self):
        assert self.inventory.fees == sum(fee for _, _, _, fee in self.ledger.bought)


TestPositions = Positions.TestCase
TestPositions.settings = settings(max_examples=60, stateful_step_count=30)


@given(PRICES, PRICES, SIZES)
def test_a_pair_earns_what_it_was_short_of_a_dollar(price_up, price_down, size):
    inventory = Inventory()
    for outcome, price in ((UP, price_up), (DOWN, price_down)):
        inventory.fill(outcome, BUY, price, size, 0)
        inventory.confirm(outcome, price, size)
    assert inventory.full_sets == size
    inventory.merge(size, 0)
    assert inventory.realised == size - cost_up(price_up, size) - cost_up(price_down, size)
    assert (inventory.shares, inventory.cost, inventory.full_sets) == ([0, 0], [0, 0], 0)


@given(PRICES, SIZES, FEES)
def test_a_failed_trade_leaves_no_trace(price, size, fee):
    inventory = Inventory()
    inventory.fill(UP, BUY, price, size, fee)
    inventory.undo(UP, BUY, price, size, fee)
    inventory.fills = 0
    assert inventory == Inventory()


@given(PRICES, SIZES, PRICES, st.integers(0, 100))
def test_selling_realises_against_the_average(price, size, sold_at, share):
    inventory = Inventory()
    inventory.fill(UP, BUY, price, size, 0)
    inventory.confirm(UP, price, size)
    sold = size * share // 100
    if sold:
        inventory.fill(UP, SELL, sold_at, sold, 0)
    assert inventory.cash_flow == inventory.realised - inventory.cost[UP]
    assert inventory.shares[UP] == size - sold
    if sold == size:
        assert inventory.cost[UP] == 0


@pytest.mark.parametrize(
    ("bought", "average"), [([], 0.0), ([(4_000, 10)], 0.4), ([(4_000, 10), (6_000, 30)], 0.55)]
)
def test_average_cost(bought, average):
    inventory = Inventory()
    for price, count in bought:
        inventory.fill(DOWN, BUY, price, count * 1_000_000, 0)
    assert inventory.average_cost(DOWN) == pytest.approx(average)


def test_doubtful_and_merging_shares_are_no_full_sets():
    inventory = Inventory()
    inventory.fill(UP, BUY, 4_000, 10, 0)
    inventory.confirm(UP, 4_000, 10)
    inventory.fill(DOWN, BUY, 4_000, 10, 0)
    assert inventory.full_sets == 0
    inventory.confirm(DOWN, 4_000, 10)
    inventory.merging = 4
    assert inventory.full_sets == 6


def test_cost_left_by_a_failed_lot_without_shares_becomes_a_result():
    inventory = Inventory()
    for price, doubtful in ((1_000, False), (9_000, True)):
        inventory.fill(UP, BUY, price, 10_000_000, 0)
        if not doubtful:
            inventory.confirm(UP, price, 10_000_000)
    inventory.fill(DOWN, BUY, 5_000, 10_000_000, 0)
    inventory.confirm(DOWN, 5_000, 10_000_000)
    inventory.merge(10_000_000, 0)
    inventory.undo(UP, BUY, 9_000, 10_000_000, 0)
    assert (inventory.shares, inventory.cost) == ([0, 0], [0, 0])
    assert inventory.realised == inventory.cash_flow == 10_000_000 - 1_000_000 - 5_000_000


def test_nothing_is_doubtful_or_left_after_a_redemption():
    """A trade that was never confirmed must not count as in flight for ever."""
    inventory = Inventory()
    for outcome in (UP, DOWN):
        inventory.fill(outcome, BUY, 4_000, 10_000_000, 0)
    assert inventory.redeem(10_000, 0) == 10_000_000
    for left in (inventory.shares, inventory.cost):
        assert left == [0, 0]
    assert inventory.unconfirmed == inventory.unconfirmed_cost == [0, 0]
    assert inventory.cash_flow == inventory.realised == 2_000_000
