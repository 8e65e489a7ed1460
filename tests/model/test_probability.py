"""The probability against SciPy, its symmetric laws, and seeded simulations of the settlement."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from pmcore.market import AVERAGE, INSTANT, Settlement
from pmcore.model.plain_probability import PLAIN_SIGMA, plain_probability, step_probability
from pmcore.model.probability import q_up, q_up_average, q_up_instant
from pmcore.units import Ns

W = 60.0
VAR = 8e-9
PRICE = st.floats(50_000.0, 150_000.0)
NEAR = st.floats(-0.01, 0.01).map(lambda x: 100_000.0 * math.exp(x))
TAU = st.floats(0.001, 900.0)
VARIANCE = st.floats(1e-11, 1e-6)
DRIFT = st.floats(-1e-6, 1e-6)
ANY = st.floats()
RULES = st.sampled_from([Settlement(INSTANT), Settlement(AVERAGE), Settlement(AVERAGE, Ns(0))])


@given(NEAR, NEAR, TAU, VARIANCE, DRIFT)
def test_instant_is_the_specified_formula(
    strike: float, price: float, tau: float, var: float, drift: float
) -> None:
    z = (math.log(strike) - math.log(price) - drift * tau) / math.sqrt(var * tau)
    expected = 1.0 - norm.cdf(z)
    assert q_up_instant(strike, price, tau, var, drift) == pytest.approx(expected, abs=1e-6)


@given(NEAR, NEAR, st.floats(60.001, 900.0), VARIANCE, DRIFT)
def test_average_before_its_window(
    strike: float, price: float, tau: float, var: float, drift: float
) -> None:
    z = (math.log(price / strike) + drift * (tau - 30.0)) / math.sqrt(var * (tau - 60.0 + 20.0))
    q = q_up_average(strike, price, 0.0, tau, W, var, drift)
    assert q == pytest.approx(norm.cdf(z), abs=1e-6)


@given(NEAR, NEAR, NEAR, st.floats(1.0, 60.0), st.floats(1e-9, 1e-6))
def test_average_inside_its_window(
    strike: float, price: float, known: float, tau: float, var: float
) -> None:
    a = tau / W
    mean = (1 - a) * known + a * price
    z = math.log(mean / strike) / math.sqrt(var * tau * a * a / 3)
    assert q_up_average(strike, price, known, tau, W, var) == pytest.approx(norm.cdf(z), abs=1e-6)


@given(RULES, ANY, ANY, ANY, ANY, ANY, ANY, ANY)
def test_total(
    rule: Settlement,
    strike: float,
    price: float,
    known: float,
    tau: float,
    var: float,
    drift: float,
    min_var: float,
) -> None:
    assert 0.0 <= q_up(rule, strike, price, known, tau, var, drift, min_var) <= 1.0


@given(ANY, ANY, ANY, ANY)
def test_baselines_are_total(strike: float, price: float, tau: float, sigma: float) -> None:
    assert 0.0 <= plain_probability(strike, price, tau, sigma) <= 1.0
    assert step_probability(strike, price) in (0.0, 0.5, 1.0)


@given(RULES, NEAR, NEAR, st.floats(60.001, 900.0), VARIANCE, DRIFT)
def test_up_and_down_are_one(
    rule: Settlement, strike: float, price: float, tau: float, var: float, drift: float
) -> None:
    """Down is Up seen in the mirror: strike and price exchanged, drift turned round."""
    up = q_up(rule, strike, price, 0.0, tau, var, drift)
    down = q_up(rule, price, strike, 0.0, tau, var, -drift)
    assert up + down == pytest.approx(1.0, abs=1e-12)


@given(RULES, NEAR, NEAR, NEAR, NEAR, TAU, VARIANCE, DRIFT)
def test_rises_with_the_price_and_falls_with_the_strike(
    rule: Settlement,
    strike: float,
    other: float,
    low: float,
    high: float,
    tau: float,
    var: float,
    drift: float,
) -> None:
    low, high = sorted((low, high))
    q = q_up(rule, strike, low, 100_000.0, tau, var, drift)
    assert q <= q_up(rule, strike, high, 100_000.0, tau, var, drift) + 1e-12
    if other > strike:
        assert q_up(rule, other, low, 100_000.0, tau, var, drift) <= q + 1e-12


@given(NEAR, NEAR, NEAR, st.floats(0.001, 60.0), VARIANCE)
def test_rises_with_what_is_printed(
    strike: float, price: float, known: float, tau: float, var: float
) -> None:
    q = q_up_average(strike, price, known, tau, W, var)
    assert q <= q_up_average(strike, price, known * 1.0001, tau, W, var) + 1e-12


@given(NEAR, VARIANCE)
def test_becomes_a_step(strike: float, var: float) -> None:
    for ahead, expected in ((1.01, 1.0), (1.0, 0.5), (0.99, 0.0)):
        price = strike * ahead
        for q in (
            q_up_instant(strike, price, 0.0, var),
            q_up_average(strike, price, price, 0.0, W, var),
        ):
            assert q == pytest.approx(expected, abs=1e-6)
        assert step_probability(strike, price) == expected


@given(NEAR, st.floats(1e-7, 0.01), st.floats(0.0, 1.0), VARIANCE)
def test_who_is_ahead_is_favoured(strike: float, lead: float, tau: float, var: float) -> None:
    price = strike * (1.0 + lead)
    assert q_up_instant(strike, price, tau, var) > 0.5
    assert q_up_average(strike, price, price, tau, W, var) > 0.5
    assert plain_probability(strike, price, tau) > 0.5


@given(NEAR, NEAR, VARIANCE, DRIFT)
def test_both_averaged_cases_meet(strike: float, price: float, var: float, drift: float) -> None:
    outside = q_up_average(strike, price, 0.0, W + 1e-9, W, var, drift)
    inside = q_up_average(strike, price, price, W, W, var, drift)
    assert inside == pytest.approx(outside, abs=1e-6)


@given(NEAR, NEAR, st.floats(1.0, 60.0), st.floats(1e-9, 1e-6))
def test_the_printed_part_that_was_not_heard_has_its_own_variance(
    strike: float, price: float, tau: float, var: float
) -> None:
    a = tau / W
    variance = var * (tau * a**2 + (W - tau) * (1 - a) ** 2) / 3
    q = q_up_average(strike, price, 0.0, tau, W, var)
    assert q == pytest.approx(norm.cdf(math.log(price / strike) / math.sqrt(variance)), abs=1e-6)


@given(NEAR, NEAR, st.floats(0.001, 60.0), VARIANCE)
def test_not_knowing_the_printed_part_is_less_certain(
    strike: float, price: float, tau: float, var: float
) -> None:
    told = q_up_average(strike, price, price, tau, W, var)
    untold = q_up_average(strike, price, 0.0, tau, W, var)
    assert abs(untold - 0.5) <= abs(told - 0.5) + 1e-12


@given(RULES, PRICE, TAU)
def test_unknown_prices_are_even(rule: Settlement, price: float, tau: float) -> None:
    assert q_up(rule, 0.0, price, price, tau, VAR) == 0.5
    assert q_up(rule, price, 0.0, price, tau, VAR) == 0.5
    assert q_up(rule, math.nan, price, price, tau, VAR) == 0.5
    assert plain_probability(0.0, price, tau) == 0.5
    assert step_probability(0.0, price) == 0.5


@given(NEAR, NEAR, TAU)
def test_plain_baseline(strike: float, price: float, tau: float) -> None:
    expected = norm.cdf(math.log(price / strike) / (PLAIN_SIGMA * math.sqrt(tau)))
    assert plain_probability(strike, price, tau) == pytest.approx(expected, abs=1e-6)
    assert plain_probability(strike, price, tau, 0.0) == step_probability(strike, price)


@pytest.mark.parametrize("tau", [300.0, 90.0, 60.0, 30.0, 10.0])
def test_simulated_settlement(tau: float) -> None:
    """The averaged formula against paths of one-second steps, within four standard errors."""
    chance = random.Random(f"settlement {tau}")
    strike, price, known, drift = 100_000.0, 100_030.0, 99_990.0, 2e-7
    seconds, printed = int(tau), max(0, 60 - int(tau))
    paths, ups = 3_000, 0
    sigma = math.sqrt(VAR)
    for _ in range(paths):
        log_price = math.log(price)
        total = known * printed
        for second in range(seconds):
            step = chance.gauss(drift, sigma)
            # The mean price within the second: the midpoint, for a continuous average.
            if second >= seconds - 60 + printed:
                total += math.exp(log_price + step / 2)
            log_price += step
        ups += total / 60 > strike
    q = q_up_average(strike, price, known, tau, W, VAR, drift)
    error = math.sqrt(q * (1 - q) / paths)
    assert ups / paths == pytest.approx(q, abs=4 * error + 0.003)


def test_plain_formula_is_over_dispersed_near_the_end() -> None:
    plain = q_up_instant(100_000.0, 100_010.0, 10.0, VAR)
    averaged = q_up_average(100_000.0, 100_010.0, 100_010.0, 10.0, W, VAR)
    assert plain < 0.7
    assert averaged > 0.99
