"""The windowed return against the whole history, and its bounds."""

import dataclasses
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pmcore.model.recent_prices import AHEAD_NS_MAX, BUCKETS, RecentPrices
from pmcore.units import MILLISECOND, SECOND, Ns
from tests.model.thawed import thawed_copy

WINDOW = 3200 * MILLISECOND
WIDTH = WINDOW // BUCKETS
STEPS = st.lists(st.tuples(st.integers(0, 2 * 10**9), st.floats(1.0, 1e6)), min_size=1, max_size=60)


def fresh() -> RecentPrices:
    return RecentPrices(Ns(WINDOW))


@given(STEPS)
@example([(0, 100.0), (WIDTH, 101.0), (WINDOW, 102.0)])
def test_return_is_from_the_price_at_the_windows_start(steps: list[tuple[int, float]]) -> None:
    recent = fresh()
    ticks: list[tuple[int, float]] = []
    now = 10**18
    for gap, price in steps:
        now += gap
        ticks.append((now, price))
        assert recent.observe(Ns(now), Ns(now), price)
        # The start is rounded up to the end of its thirty-second.
        start = (now // WIDTH - BUCKETS + 1) * WIDTH
        earlier = [each for stamp, each in ticks if stamp < start]
        first = earlier[-1] if earlier else _last_of_first_bucket(ticks)
        expected = math.log(price) - math.log(first)
        assert recent.windowed_return() == pytest.approx(expected, abs=1e-12)
        assert len(recent.buckets) == len(recent.prices) <= BUCKETS + 1


def _last_of_first_bucket(ticks: list[tuple[int, float]]) -> float:
    bucket = ticks[0][0] // WIDTH
    return [price for stamp, price in ticks if stamp // WIDTH == bucket][-1]


@given(st.lists(st.tuples(st.integers(), st.integers(), st.floats()), max_size=40))
def test_total_and_bounded(ticks: list[tuple[int, int, float]]) -> None:
    recent = fresh()
    for at_ns, venue_ns, price in ticks:
        before = dataclasses.astuple(recent)
        if not recent.observe(Ns(at_ns), Ns(venue_ns), price):
            assert dataclasses.astuple(recent) == before
        assert len(recent.buckets) <= BUCKETS + 1
        assert math.isfinite(recent.windowed_return())


def test_a_burst_does_not_grow_it() -> None:
    recent = fresh()
    for tick in range(2_000):
        recent.observe(Ns(10**18 + tick), Ns(10**18 + tick), 100.0 + tick)
    assert len(recent.prices) == 1
    assert recent.last_usd == 2_099.0


def test_age_is_the_worse_of_two_clocks() -> None:
    recent = fresh()
    assert recent.stale(Ns(0), Ns(10**18))
    recent.observe(Ns(20 * SECOND), Ns(10 * SECOND), 1.0)
    assert recent.age_ns(Ns(21 * SECOND)) == 11 * SECOND
    recent.observe(Ns(22 * SECOND), Ns(24 * SECOND), 1.0)
    assert recent.age_ns(Ns(23 * SECOND)) == SECOND
    assert not recent.stale(Ns(23 * SECOND), SECOND)
    assert recent.stale(Ns(23 * SECOND + 1), SECOND)


def test_a_stamp_from_the_future_is_refused() -> None:
    recent = fresh()
    assert not recent.observe(Ns(0), Ns(AHEAD_NS_MAX + 1), 1.0)
    assert recent.observe(Ns(0), Ns(AHEAD_NS_MAX), 1.0)


@pytest.mark.parametrize("price", [0.0, -1.0, math.inf, math.nan])
def test_bad_prices_are_refused(price: float) -> None:
    assert not fresh().observe(Ns(1), Ns(1), price)


def test_clear_and_freeze() -> None:
    recent = fresh()
    recent.observe(Ns(1), Ns(1), 100.0)
    assert thawed_copy(recent) == recent
    recent.clear()
    assert recent == fresh()
