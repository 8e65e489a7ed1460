"""Toxicity stays in [0, 1], learns from losses only, and fades."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pmcore.ids import DOWN, OUTCOMES, UP, Outcome
from pmcore.model.toxicity import STEPS as TWENTIETHS
from pmcore.model.toxicity import Toxicity, ToxicityTerms
from pmcore.units import SECOND, Ns
from tests.model.thawed import thawed_copy

TERMS = ToxicityTerms(0.5, 10.0, 0.01, 1)
STEPS = st.lists(
    st.tuples(st.integers(0, 10**11), st.sampled_from(OUTCOMES), st.integers(0, 2), st.floats()),
    max_size=30,
)


@given(STEPS, st.integers(0, 10**13))
def test_total_and_within_bounds(steps: list[tuple[int, Outcome, int, float]], later: int) -> None:
    toxicity = Toxicity(TERMS)
    now = 0
    for gap, outcome, horizon, markout in steps:
        now += gap
        toxicity.observe(Ns(now), outcome, horizon, markout)
        for each in OUTCOMES:
            level = toxicity.level(each, Ns(now))
            assert 0.0 <= toxicity.level(each, Ns(now + later)) <= level <= 1.0


@given(st.lists(st.floats(0.0, 1.0), max_size=20))
def test_gains_are_not_toxic(gains: list[float]) -> None:
    toxicity = Toxicity(TERMS)
    for gain in gains:
        toxicity.observe(Ns(0), UP, 1, gain)
    assert toxicity.level(UP, Ns(0)) == 0.0


def test_learns_and_fades() -> None:
    toxicity = Toxicity(TERMS)
    assert toxicity.observe(Ns(0), UP, 1, -0.01)
    assert toxicity.markout_usd(UP, Ns(0)) == -0.005
    assert toxicity.level(UP, Ns(0)) == 0.5
    assert toxicity.level(DOWN, Ns(0)) == 0.0
    assert toxicity.level(UP, Ns(10 * SECOND)) == pytest.approx(0.25)
    assert toxicity.observe(Ns(10 * SECOND), UP, 1, -0.01)
    assert toxicity.markout_usd(UP, Ns(10 * SECOND)) == pytest.approx(-0.00625)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30 * SECOND),
            st.sampled_from(OUTCOMES),
            st.booleans(),
            st.floats(-0.05, 0.05),
        ),
        max_size=30,
    )
)
@example([(0, UP, False, 0.0), (SECOND, UP, True, -0.01)])
def test_step_follows_the_level_whatever_was_answered_before(
    steps: list[tuple[int, Outcome, bool, float]],
) -> None:
    toxicity = Toxicity(TERMS)
    now = 0
    for gap, outcome, learns, markout in steps:
        now += gap
        if learns:
            toxicity.observe(Ns(now), outcome, 1, markout)
        for each in OUTCOMES:
            exact = toxicity.level(each, Ns(now)) * TWENTIETHS
            step = toxicity.step(each, Ns(now))
            assert step - 1e-6 <= exact < step + 1 + 1e-6


def test_other_horizons_and_nonsense_are_ignored() -> None:
    toxicity = Toxicity(TERMS)
    assert not toxicity.observe(Ns(0), UP, 0, -0.01)
    assert not toxicity.observe(Ns(0), UP, 1, math.nan)
    assert not toxicity.observe(Ns(0), DOWN, 1, -2.0)
    assert toxicity == Toxicity(TERMS)


def test_freezes() -> None:
    toxicity = Toxicity(TERMS)
    toxicity.observe(Ns(5), DOWN, 1, -0.02)
    assert thawed_copy(toxicity) == toxicity
