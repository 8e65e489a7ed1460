"""Delays are what their names say, and the same for the same seed."""

from random import Random

import pytest

from pmcore.sim.latency import NO_LATENCY, Delay, Latency


@pytest.mark.parametrize(
    ("delay", "low", "high"),
    [
        (Delay(30), 30, 30),
        (Delay(30, 0, "uniform"), 30, 30),
        (Delay(30, 10, "uniform"), 30, 40),
        (Delay(30, 10, "lognormal"), 30, 430),
        (Delay(0), 0, 0),
    ],
)
def test_ranges(delay, low, high):
    draws = [delay.draw(Random(seed)) for seed in range(500)]
    assert low <= min(draws)
    assert max(draws) <= high
    assert draws == [delay.draw(Random(seed)) for seed in range(500)]


def test_median_of_the_long_tail():
    draws = sorted(Delay(0, 1000, "lognormal").draw(Random(seed)) for seed in range(999))
    assert 800 < draws[499] < 1200


def test_constant():
    assert Latency().constant
    assert NO_LATENCY.constant
    assert not Latency(reply=Delay(1, 1, "uniform")).constant
