"""Unpaired shares lean the quotes: band by band, as the specification says."""

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from pmcore.config import Config
from pmcore.effects import CancelOrder, PlaceOrder
from pmcore.ids import DOWN, OUTCOMES, UP, other
from pmcore.maker.skew import lean_of
from pmcore.rules import rules_of
from pmcore.units import SECOND, Ns
from tests.core.stage import T0, Stage, of, quoting, shares

RULES = rules_of(Config())
FAR = 600 * SECOND
MIN = shares(5)


@given(st.integers(-200_000_000, 200_000_000), st.integers(0, 900))
@example(10_000_000, 600)
@example(30_000_000, 600)
@example(60_000_000, 600)
@example(5_000_000, 150)
def test_bands_follow_the_gap_and_the_time(unpaired, left_s):
    lean = lean_of(unpaired, left_s * SECOND, MIN, RULES)
    gap = abs(unpaired)
    emergency = left_s * SECOND <= RULES.emergency_ns and gap >= MIN
    if gap > RULES.skew_severe or emergency:
        band = "completion"
    elif gap <= RULES.skew_mild:
        band = "mild"
    else:
        band = "moderate" if gap <= RULES.skew_moderate else "severe"
    assert lean.band == band
    assert lean.completing == (band == "completion")
    assert lean.drop_excess_top == (band in ("severe", "completion"))
    if unpaired:
        assert lean.missing == (DOWN if unpaired > 0 else UP)


@given(st.integers(10_000_001, 60_000_000), st.sampled_from((-1, 1)))
def test_sizes_lean_by_the_formula_and_its_inverse(gap, sign):
    lean = lean_of(sign * gap, FAR, MIN, RULES)
    factor = 1 + 0.5 * gap / 30_000_000
    assert lean.missing_scalar == pytest.approx(factor)
    assert lean.missing_scalar * lean.excess_scalar == pytest.approx(1)


@given(st.integers(0, 100_000_000), st.integers(0, 900))
def test_up_and_down_are_alike(gap, left_s):
    one, two = (lean_of(sign * gap, left_s * SECOND, MIN, RULES) for sign in (1, -1))
    same = ("band", "missing_scalar", "excess_scalar", "missing_ticks", "completing")
    assert [getattr(one, name) for name in same] == [getattr(two, name) for name in same]
    assert gap == 0 or one.missing == other(two.missing)


def holding(outcome, count, at=0, settings=None, price=4_800):
    """A stage that is about to plan with unpaired shares."""
    stage = Stage({"trading.base_size_shares": 20.0} | (settings or {}))
    stage.open()
    stage.hold(outcome, count, price)
    stage.now = Ns(T0 + at * SECOND)
    stage.fresh()
    return stage, of(stage.beat(), PlaceOrder)


def ladder(orders, outcome):
    return [(order.price, order.size) for order in orders if order.outcome == outcome]


@pytest.mark.parametrize("held", OUTCOMES)
def test_mild_gap_changes_nothing(held):
    _, flat = holding(held, 0)
    _, mild = holding(held, 10)
    assert [ladder(mild, each) for each in OUTCOMES] == [ladder(flat, each) for each in OUTCOMES]


@pytest.mark.parametrize("held", OUTCOMES)
def test_moderate_gap_leans_sizes_and_keeps_every_rung(held):
    stage, orders = holding(held, 30)
    missing, excess = ladder(orders, other(held)), ladder(orders, held)
    assert len(missing) == len(excess) == 2
    assert {size for _, size in missing} == {shares(30)}
    assert {size for _, size in excess} == {13_330_000}
    assert stage.market.plan.wants[held * 8] is not None


@pytest.mark.parametrize("held", OUTCOMES)
def test_severe_gap_takes_the_excess_side_its_top_rung(held):
    stage, orders = holding(held, 45, settings={"inventory.max_unpaired_shares": 500.0})
    assert len(ladder(orders, held)) == 1
    assert len(ladder(orders, other(held))) == 2
    assert stage.market.plan.wants[held * 8] is None
    assert stage.market.plan.reasons[held * 8] == "excess_top_rung_removed"


def test_severe_gap_withdraws_a_top_rung_that_rests():
    stage = quoting()
    top = stage.resting()[0]
    stage.hold(UP, 45, 4_800)
    assert top.id in {effect.order for effect in of(stage.beat(0.3), CancelOrder)}


def test_severe_missing_side_reaches_further_within_bounds():
    stage = Stage({"inventory.skew_aggressive_ticks": 1, "inventory.max_unpaired_shares": 500.0})
    stage.open()
    stage.hold(UP, 45, 4_800)
    stage.book(DOWN, 4_000, 5_100)
    stage.beat()
    want = stage.market.plan.wants[8]
    assert (want.price, want.reason) == (4_100, "leaning")


@pytest.mark.parametrize("held", OUTCOMES)
def test_beyond_severe_only_the_missing_side_is_bid_for(held):
    stage, orders = holding(held, 70, settings={"inventory.max_unpaired_shares": 500.0})
    assert ladder(orders, held) == []
    assert ladder(orders, other(held)) == [(5_000, shares(70))]
    assert stage.market.plan.reasons[held * 8] == "excess_side_in_completion"


def test_completion_bid_is_a_tick_below_the_ask_and_post_only():
    stage, orders = holding(UP, 70, settings={"inventory.max_unpaired_shares": 500.0})
    assert [order.post_only for order in orders] == [True]
    assert orders[0].price == stage.market.books[DOWN].best_ask - 100


def test_completion_bid_never_pays_more_than_it_is_worth():
    stage = Stage({"inventory.max_unpaired_shares": 500.0})
    stage.open()
    stage.hold(UP, 70, 6_000)
    stage.book(UP, 3_000, 4_000)
    stage.book(DOWN, 6_000, 7_000)
    placed = of(stage.beat(), PlaceOrder)
    assert [order.price for order in placed] == [5_000]
    assert stage.market.plan.reasons[8] == "completion_fair_value"


def test_emergency_window_completes_what_is_worth_completing():
    _, orders = holding(UP, 8, at=760)
    assert ladder(orders, UP) == []
    assert [size for _, size in ladder(orders, DOWN)] == [shares(8)]
    _, orders = holding(UP, 4, at=760)
    assert len(ladder(orders, UP)) == 2


def test_severe_below_the_least_size_still_quotes_the_missing_side():
    """A gap too small to bid for (bands below the venue's least size) must not stop the maker."""
    bands = {
        "inventory.skew_mild_shares": 1.0,
        "inventory.skew_moderate_shares": 2.0,
        "inventory.skew_severe_shares": 3.0,
    }
    _, orders = holding(UP, 4, settings=bands)
    assert ladder(orders, DOWN)
