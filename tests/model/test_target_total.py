"""The target within its bounds whatever comes, its monotone laws, and its reasons."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.model.target_total import TargetTotalTerms, target_total

TERMS = TargetTotalTerms(0.985, 0.97, 0.99, 0.005, 1e-8, 0.003, 0.04, 0.004, 300.0, 0.006)
AMOUNT = st.floats(0.0, 1.0)
TOTAL = st.integers(9_000, 9_999).map(lambda bp: bp / 10_000)


def clamp01(x: float) -> float:
    return min(1.0, max(0.0, x))


@given(st.floats(0.0, 3e-8), st.floats(0.0, 0.1), st.floats(-10.0, 900.0), st.booleans())
def test_formula(var: float, spread: float, left: float, fast: bool) -> None:
    expected = 0.985 - 0.005 * clamp01(var / 1e-8) - 0.003 * clamp01(spread / 0.04)
    expected -= 0.004 * clamp01(1 - left / 300) + (0.006 if fast else 0.0)
    expected = min(0.99, max(0.97, expected))
    price, reason = target_total(TERMS, var, spread, left, fast)
    assert -1e-6 <= expected * 10_000 - price < 1.0 + 1e-6
    assert reason in ("base", "volatility", "spread", "time", "fast_move", "min", "max")


@given(TOTAL, TOTAL, TOTAL, st.floats(), st.floats(), st.floats(), st.booleans())
def test_always_within_the_bounds(
    base: float, first: float, second: float, var: float, spread: float, left: float, fast: bool
) -> None:
    low, high = sorted((first, second))
    terms = TargetTotalTerms(base, low, high)
    price, _ = target_total(terms, var, spread, left, fast)
    assert round(low * 10_000) <= price <= round(high * 10_000)


@given(AMOUNT, AMOUNT, st.floats(0.0, 900.0), AMOUNT, st.booleans())
def test_more_danger_never_pays_more(
    var: float, spread: float, left: float, more: float, fast: bool
) -> None:
    price, _ = target_total(TERMS, var * 2e-8, spread, left, fast)
    assert target_total(TERMS, (var + more) * 2e-8, spread, left, fast)[0] <= price
    assert target_total(TERMS, var * 2e-8, spread + more, left, fast)[0] <= price
    assert target_total(TERMS, var * 2e-8, spread, left - 100 * more, fast)[0] <= price
    assert target_total(TERMS, var * 2e-8, spread, left, True)[0] <= price


@pytest.mark.parametrize(
    ("var", "spread", "left", "fast", "expected"),
    [
        (0.0, 0.0, 900.0, False, (9_850, "base")),
        (0.5e-8, 0.0, 900.0, False, (9_825, "volatility")),
        (9.0, 0.0, 900.0, False, (9_800, "volatility")),
        (0.0, 0.02, 900.0, False, (9_835, "spread")),
        (0.0, 0.0, 150.0, False, (9_830, "time")),
        (0.0, 0.0, -50.0, False, (9_810, "time")),
        (0.0, 0.0, 900.0, True, (9_790, "fast_move")),
        (1.0, 1.0, 0.0, True, (9_700, "min")),
        (math.nan, 0.0, 900.0, False, (9_800, "volatility")),
    ],
)
def test_table(
    var: float, spread: float, left: float, fast: bool, expected: tuple[int, str]
) -> None:
    assert target_total(TERMS, var, spread, left, fast) == expected


def test_lower_bound_between_two_basis_points_is_kept() -> None:
    terms = TargetTotalTerms(base=0.97008, min_total=0.97005)
    assert target_total(terms, 0.0, 0.0, 900.0, False) == (9_701, "min")


def test_upper_bound_and_the_dollar() -> None:
    assert target_total(TargetTotalTerms(base=0.995), 0.0, 0.0, 900.0, False) == (9_900, "max")
    generous = TargetTotalTerms(base=2.0, max_total=2.0)
    assert target_total(generous, 0.0, 0.0, 900.0, False) == (9_999, "max")
    contradictory = TargetTotalTerms(min_total=0.99, max_total=0.98)
    assert target_total(contradictory, 0.0, 0.0, 900.0, False) == (9_800, "max")
