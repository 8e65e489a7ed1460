"""The running variance against the formula written out, and its laws."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.model.volatility import EwmaVolatility, VolatilityTerms
from pmcore.units import Ns
from tests.model.thawed import thawed_copy

TERMS = VolatilityTerms(60.0, 120.0, 1e-5)
STEPS = st.lists(st.tuples(st.integers(1, 10**11), st.floats(1e-3, 1e7)), min_size=1, max_size=30)


def fresh(terms: VolatilityTerms = TERMS) -> EwmaVolatility:
    return EwmaVolatility(terms)


@given(STEPS)
def test_formula(steps: list[tuple[int, float]]) -> None:
    ewma = fresh()
    assert ewma.update(100.0, Ns(0))
    var = drift = now = 0.0
    last, last_ns = 100.0, 0
    for gap, price in steps:
        assert ewma.update(price, Ns(last_ns + gap))
        r = math.log(price / last)
        dt = max(1e-3, gap / 1e9)
        lam = math.exp(-math.log(2) * dt / 60.0)
        var = lam * var + (1 - lam) * (r / math.sqrt(dt)) ** 2
        lam = math.exp(-math.log(2) * dt / 120.0)
        drift = max(-1e-5, min(1e-5, lam * drift + (1 - lam) * r / dt))
        last, last_ns = price, last_ns + gap
        now += gap
    assert ewma.var_per_s == pytest.approx(var, rel=1e-9, abs=1e-18)
    assert ewma.drift_per_s == pytest.approx(drift, rel=1e-6, abs=1e-15)


@given(
    st.lists(st.tuples(st.floats(), st.integers(-(10**18), 2 * 10**18)), max_size=30),
)
def test_total_and_within_bounds(ticks: list[tuple[float, int]]) -> None:
    ewma = fresh()
    for price, venue_ns in ticks:
        before = msgspec.json.encode(ewma)
        if not ewma.update(price, Ns(venue_ns)):
            assert msgspec.json.encode(ewma) == before
        assert 0.0 <= ewma.var_per_s < math.inf
        assert -1e-5 <= ewma.drift_per_s <= 1e-5


@given(STEPS)
def test_duplicates_and_backward_times_change_nothing(steps: list[tuple[int, float]]) -> None:
    clean, dirty = fresh(), fresh()
    now = 0
    for gap, price in steps:
        now += gap
        assert clean.update(price, Ns(now))
        assert dirty.update(price, Ns(now))
        assert not dirty.update(price * 2, Ns(now))
        assert not dirty.update(price / 2, Ns(now - 1))
    assert clean == dirty


def test_first_tick_only_sets_the_price() -> None:
    ewma = fresh(VolatilityTerms(initial_var_per_s=4e-9))
    assert ewma.update(100.0, Ns(5))
    assert (ewma.last_usd, ewma.last_ns) == (100.0, 5)
    assert (ewma.var_per_s, ewma.drift_per_s) == (4e-9, 0.0)
    assert not ewma.warm


def test_warm_after_one_half_life() -> None:
    ewma = fresh()
    for second, warm in ((0, False), (30, False), (59, False), (61, True), (600, True)):
        ewma.update(100.0 + second, Ns(second * 10**9))
        assert ewma.warm is warm


def test_steady_moves_give_their_own_variance() -> None:
    ewma = fresh()
    for second in range(2000):
        ewma.update(100.0 * math.exp(1e-4 * (second % 2)), Ns(second * 10**9))
    assert ewma.var_per_s == pytest.approx(1e-8, rel=1e-6)
    assert abs(ewma.drift_per_s) < 1e-6


@pytest.mark.parametrize("price", [0.0, -1.0, math.inf, -math.inf, math.nan])
def test_bad_prices_are_refused(price: float) -> None:
    assert not fresh().update(price, Ns(1))


def test_freezes() -> None:
    ewma = fresh()
    ewma.update(100.0, Ns(1))
    ewma.update(101.0, Ns(10**9))
    assert thawed_copy(ewma) == ewma
