"""What a plan is made of: the model is asked with all of the state's own figures."""

import pytest

from pmcore.maker.decide import estimate
from pmcore.market import AVERAGE, Settlement
from pmcore.model.probability import q_up_average, q_up_instant
from pmcore.model.target_total import target_total
from pmcore.units import SECOND, Ns
from tests.core.stage import STRIKE, T0, Stage, market

PRICE = 100_050.0
LEFT_S = 120.0
VAR_PER_S = 2e-8
DRIFT_PER_S = 2e-6
FLOOR = 3e-9


def estimated(var_per_s=VAR_PER_S, drift_per_s=DRIFT_PER_S, **terms):
    """The window after an estimate with these figures, `LEFT_S` before its end."""
    stage = Stage({"alpha.min_var_per_s": FLOOR})
    stage.open(market(**terms))
    stage.now = Ns(T0 + round((900 - LEFT_S) * SECOND))
    stage.fresh(usd=PRICE)
    stage.beat()
    volatility = stage.state.alpha.volatility
    volatility.var_per_s, volatility.drift_per_s = var_per_s, drift_per_s
    estimate(stage.state, stage.market)
    return stage


def test_probability_is_asked_with_strike_price_time_variance_and_drift():
    q = estimated().market.q_up
    assert q == q_up_instant(STRIKE, PRICE, LEFT_S, VAR_PER_S, DRIFT_PER_S)
    assert q != q_up_instant(STRIKE, PRICE, LEFT_S, VAR_PER_S)


def test_a_quiet_feed_is_not_certainty():
    q = estimated(var_per_s=0.0).market.q_up
    assert q == q_up_instant(STRIKE, PRICE, LEFT_S, FLOOR, DRIFT_PER_S)
    assert q < q_up_instant(STRIKE, PRICE, LEFT_S, 0.0, DRIFT_PER_S)


def test_the_markets_own_rule_is_followed():
    q = estimated(settlement=Settlement(AVERAGE, Ns(60 * SECOND))).market.q_up
    assert q == 0.5, "no strike: the average before the start was not heard"
    stage = estimated(settlement=Settlement(AVERAGE, Ns(60 * SECOND)))
    stage.market.start.price = stage.market.end.last_price = 100_000 * 10**12
    estimate(stage.state, stage.market)
    known = (STRIKE, PRICE, 0.0, LEFT_S, 60.0, VAR_PER_S, DRIFT_PER_S)
    assert stage.market.q_up == q_up_average(*known)


@pytest.mark.parametrize(("at", "to_cutoff_s"), [(0, 840.0), (640, 200.0), (810, 30.0)])
def test_a_pair_grows_cheaper_towards_the_cutoff_and_not_the_end(at, to_cutoff_s):
    stage = Stage()
    stage.open()
    stage.now = Ns(T0 + at * SECOND)
    stage.fresh()
    stage.beat()
    terms, var_per_s = stage.state.alpha.total_terms, stage.state.alpha.volatility.var_per_s
    spread = 0.02
    asked = target_total(terms, var_per_s, spread, to_cutoff_s, False)
    assert (stage.market.target_total, stage.market.target_reason) == asked


@pytest.mark.parametrize(("apart_ns", "sampled"), [(10 * SECOND - 1, False), (10 * SECOND, True)])
def test_the_variance_takes_a_price_just_as_often_as_it_is_told(apart_ns, sampled):
    """The feed ticks on whole seconds: "more than 10 s" would be every 11 s."""
    stage = Stage({"alpha.vol_sample_s": 10})
    stage.open()
    taken_ns = stage.state.alpha.volatility.last_ns
    assert taken_ns == T0
    stage.now = Ns(T0 + apart_ns)
    stage.tick(PRICE)
    assert (stage.state.alpha.volatility.last_ns != taken_ns) == sampled
