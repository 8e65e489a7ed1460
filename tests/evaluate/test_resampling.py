"""Bootstrap over clusters: known limits, dependence that widens, and a fixed seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmapp.evaluate.resampling import cautious_rate_interval, difference_interval, mean_interval


def test_one_cluster_has_no_interval():
    assert mean_interval(np.array([0.1, 0.2]), ("a", "a")) is None
    assert difference_interval(np.array([0.1]), ("a",), np.array([0.2]), ("a",)) is None
    assert difference_interval(np.zeros(0), (), np.array([0.2]), ("a",)) is None


def test_many_independent_values_give_the_normal_interval():
    values = np.random.default_rng(3).normal(0.5, 1.0, 2_000)
    low, high = mean_interval(values, tuple(f"c{k}" for k in range(2_000)))
    error = 1.96 * values.std() / np.sqrt(2_000)
    assert low == pytest.approx(values.mean() - error, abs=0.006)
    assert high == pytest.approx(values.mean() + error, abs=0.006)


def test_markets_of_one_event_widen_the_interval():
    values = np.tile(np.array([0.05, 0.05, 0.05, -0.95]), 25).repeat(1)
    alone = mean_interval(values, tuple(f"c{k}" for k in range(100)))
    by_fate = np.sort(values)
    together = mean_interval(by_fate, tuple(f"c{k // 10}" for k in range(100)))
    assert together[1] - together[0] > 2.0 * (alone[1] - alone[0])


def test_shared_clusters_cancel_in_a_difference():
    fate = np.random.default_rng(5).normal(0.0, 1.0, 60)
    clusters = tuple(f"c{k}" for k in range(60))
    low, high = difference_interval(fate + 0.1, clusters, fate, clusters)
    assert (low, high) == pytest.approx((0.1, 0.1))


@given(st.permutations(range(12)))
def test_order_does_not_matter(order):
    values = np.linspace(-1.0, 0.1, 12)
    clusters = [f"c{k // 3}" for k in range(12)]
    moved = mean_interval(values[order], tuple(clusters[k] for k in order))
    assert moved == pytest.approx(mean_interval(values, tuple(clusters)))


def test_cautious_rate_is_not_rounded_to_whole_clusters():
    assert cautious_rate_interval(0.955, 1_000, 10) == pytest.approx((0.6620, 0.9957), abs=1e-3)


def test_cautious_rate_counts_clusters_as_single_observations():
    wide = cautious_rate_interval(0.95, 1_000, 10)
    narrow = cautious_rate_interval(0.95, 1_000, 1_000)
    assert wide[0] < narrow[0] < 0.95 < narrow[1]
    assert cautious_rate_interval(1.0, 5, 5) == pytest.approx((0.5655, 1.0), abs=1e-4)
