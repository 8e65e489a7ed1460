"""Results of windows: the first outcome counts, and everything paid is in the totals."""

import pytest

from pmcore import events as ev
from pmcore.ids import DOWN, UP
from pmcore.market import AVERAGE, Settlement
from pmcore.units import SECOND, Cash, Ns
from tests.core.stage import T0, WINDOW, Stage, cash, market, quoting, shares


def test_the_first_outcome_counts():
    stage = quoting()
    for payout in (10_000, 0):
        stage.hear(ev.MarketResolved, stage.now, WINDOW, payout)
    assert stage.market.payout_up == 10_000


@pytest.mark.parametrize("payout", [-1, 10_001])
def test_an_impossible_outcome_is_none(payout):
    stage = quoting()
    stage.hear(ev.MarketResolved, stage.now, WINDOW, payout)
    assert stage.market.payout_up == -1


@pytest.mark.parametrize(("told", "merged"), [(9, 9), (10, 10), (11, 10)])
def test_no_more_is_merged_than_was_asked_for(told, merged):
    stage = quoting({"inventory.max_unpaired_shares": 500.0})
    for outcome in (UP, DOWN):
        stage.hold(outcome, 12, 4_800)
    stage.beat(0.2)
    assert stage.market.merge_size == shares(10)
    stage.state.reconcile_due = False
    stage.hear(ev.MergeConfirmed, stage.market.merge_op, WINDOW, shares(told), Cash(0))
    assert stage.market.inventory.pairs_merged == shares(merged)
    assert stage.market.inventory.merging == 0
    assert stage.state.reconcile_due == (told > 10)


def test_a_dropped_window_leaves_its_results_in_the_totals():
    stage = quoting()
    stage.hold(UP, 10, 4_000, fee=cash(0.1))
    stage.hear(ev.IncentivePaid, WINDOW, cash(0.3), True)
    stage.hear(ev.IncentivePaid, WINDOW, cash(0.2), False)
    realised = stage.market.inventory.realised
    assert realised == cash(0.3 + 0.2 - 0.1)
    stage.market.drop_asked = True
    stage.hear(ev.MarketDropped, WINDOW)
    totals = stage.state.totals
    assert (totals.markets, totals.fills, totals.realised) == (1, 1, realised)
    assert (totals.fees, totals.rebates, totals.rewards) == (cash(0.1), cash(0.3), cash(0.2))


@pytest.mark.parametrize("rebate", [True, False])
def test_an_incentive_that_comes_after_its_window_is_earned_too(rebate):
    stage = quoting()
    before = stage.state.cash
    stage.hear(ev.IncentivePaid, WINDOW - 900, cash(1.5), rebate)
    totals = stage.state.totals
    assert stage.state.cash - before == totals.realised == cash(1.5)
    assert (totals.rebates, totals.rewards) == ((cash(1.5), 0) if rebate else (0, cash(1.5)))


def test_the_price_before_an_averaging_window_stands_at_its_beginning():
    stage = Stage()
    stage.open(market(settlement=Settlement(AVERAGE, Ns(60 * SECOND))))
    for second in (837, 843):
        stage.now = Ns(T0 + second * SECOND)
        stage.tick(100_000)
    assert stage.market.end.covered_ns == 2 * SECOND
