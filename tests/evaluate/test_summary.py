"""Numbers of groups of purchases, worked out by hand, and what holds for any of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmapp.evaluate.purchases import pooled
from pmapp.evaluate.summary import (
    better_half_margin,
    deciles,
    difference,
    spread_bands,
    summary,
)
from tests.evaluate.histories import bought

FOUR = [
    ("a", "x", 1.0, 0.96, 0.1),
    ("b", "x", 1.0, 0.94, 0.2),
    ("c", "y", 0.0, 0.98, 0.3),
    ("d", "y", 0.5, 0.92, 0.4),
    ("e", "z", None, 0.90, 0.5),
]
LINES = st.lists(
    st.tuples(
        st.sampled_from("abcdefghijkl"),
        st.sampled_from("xyz"),
        st.sampled_from([None, 0.0, 0.5, 1.0, 1.0, 1.0]),
        st.floats(0.9, 1.0),
        st.floats(0.0, 0.8),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda line: line[0],
)


def test_four_settled_and_one_open_by_hand():
    found = summary(bought(FOUR))
    assert (found["bought"], found["settled"], found["unsettled"]) == (5, 4, 1)
    assert (found["hits"], found["losses"], found["clusters"]) == (2, 2, 2)
    assert found["hit_rate"] == 0.5  # the half dollar is no hit
    assert found["break_even_hit_rate"] == pytest.approx(0.95)
    # +0.04, +0.06, -0.98, -0.42
    assert found["realised_yield"] == pytest.approx(-0.325)
    assert found["promised_yield"] == pytest.approx(0.05)
    assert found["worst_loss"] == pytest.approx(0.98)
    assert found["worst_cluster_loss"] == pytest.approx(1.40)
    assert found["return_on_cost"] == pytest.approx(-1.30 / 3.80, abs=1e-6)
    assert found["realised_yield_if_unsettled_lost"] == pytest.approx((-1.30 - 0.90) / 5)
    assert found["hit_rate_interval"] == pytest.approx([0.15004, 0.84996], abs=1e-5)
    # Only the clusters' means +0.05, -0.70 and their mixtures can be drawn.
    assert found["realised_yield_interval"] == pytest.approx([-0.70, 0.05])


def test_nothing_settled_has_no_rates():
    found = summary(bought([("a", "x", None, 0.95, 0.1)]))
    assert found["bought"] == found["unsettled"] == 1
    assert found["hit_rate"] is None
    assert found["realised_yield"] is None
    assert deciles(bought([("a", "x", None, 0.95, 0.1)])) == []


def test_no_purchase_at_all():
    assert summary(pooled([]))["bought"] == 0
    assert better_half_margin(pooled([]))["mean"] is None


def test_deciles_go_from_the_lowest_score_and_hold_every_settled_purchase():
    lines = [(f"{k:02}", f"c{k}", 1.0 if k % 5 else 0.0, 0.95, k / 100) for k in range(25)]
    rows = deciles(bought(lines))
    assert [row["decile"] for row in rows] == list(range(1, 11))
    assert [row["settled"] for row in rows] == [3] * 5 + [2] * 5
    assert rows[0]["score_low"] == 0.0
    assert rows[0]["score_high"] == 0.02
    assert rows[-1]["score_high"] == 0.24
    assert rows[0]["hits"] == 2  # 0 lost; 1 and 2 won


def test_difference_and_halves_by_hand():
    good = bought([("a", "x", 1.0, 0.95, 0.9), ("b", "y", 1.0, 0.93, 0.8)])
    poor = bought([("c", "x", 0.0, 0.95, 0.1), ("d", "y", 1.0, 0.97, 0.2)])
    found = difference(good, poor)
    assert found["mean"] == pytest.approx(0.06 - (-0.46))
    assert found["clusters"] == 2
    halves = better_half_margin(pooled([good, poor]))
    assert halves["mean"] == pytest.approx(0.52)


def test_spread_bands_hold_everything_once():
    own = bought([(f"m{k}", "x", 1.0, 0.95, 0.1) for k in range(5)])
    own.spread[:] = [0.0, 0.96 - 0.95, 0.02, 0.31, 1.0]
    assert [row["bought"] for row in spread_bands(own)] == [2, 1, 0, 0, 2]


def test_pool_keeps_the_earlier_purchase_of_a_market():
    early, late = bought(FOUR[:2]), bought([("a", "x", 1.0, 0.99, 0.7), FOUR[2]])
    late.at_ns[:] = 5
    whole = pooled([late, early])
    assert whole.market_ids == ("a", "b", "c")
    assert whole.cost.tolist() == [0.96, 0.94, 0.98]


@given(LINES)
def test_rates_and_intervals_stay_where_they_belong(lines):
    own = bought(lines)
    for found in (summary(own), *deciles(own)):
        assert found["settled"] + found["unsettled"] == found["bought"]
        assert found["hits"] + found["losses"] == found["settled"]
        if found["settled"]:
            low, high = found["hit_rate_interval"]
            assert 0.0 <= low <= found["hit_rate"] <= high <= 1.0
            wide_low, wide_high = found["hit_rate_interval_by_cluster"]
            assert 0.0 <= wide_low <= wide_high <= 1.0
            assert 0.0 <= found["worst_loss"] <= 1.0
            assert -1.0 <= found["realised_yield"] <= found["promised_yield"] + 1e-9
        if found["realised_yield_interval"]:
            low, high = found["realised_yield_interval"]
            assert low <= high
    assert sum(row["settled"] for row in deciles(own)) == summary(own)["settled"]


@given(LINES, st.randoms(use_true_random=False))
def test_order_of_purchases_changes_no_number(lines, chance):
    other = list(lines)
    chance.shuffle(other)
    one, two = pooled([bought(lines)]), pooled([bought(other)])
    assert summary(one) == summary(two)
    assert deciles(one) == deciles(two)
    assert better_half_margin(one) == better_half_margin(two)
