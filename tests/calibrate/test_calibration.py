"""Scores on forecasts whose quality is known beforehand."""

import math
import random

import pytest

from pmapp.calibration import Sample, Samples, calibration


def samples(windows: int, seed: int = 1, said=lambda p: p) -> Samples:
    """Windows whose outcome really has the probability `p`; the model says `said(p)`."""
    chance = random.Random(seed)
    made = Samples()
    for window in range(windows):
        p = chance.random()
        for left_s in (240.0, 60.0):
            made.add(Sample(window, left_s, said(p), 0.5 + 0.5 * (p - 0.5), float(p > 0.5)))
        made.resolve(window, 10_000 if chance.random() < p else 0)
    return made


def test_a_perfectly_calibrated_forecast():
    table = calibration(samples(20_000))
    # E[(p - o)^2] = E[p (1 - p)] = 1/6 for p uniform, and E of the entropy is 1/2.
    assert table["brier_model"] == pytest.approx(1 / 6, abs=0.004)
    assert table["log_loss_model"] == pytest.approx(0.5, abs=0.01)
    for row in table["reliability"]:
        assert row["mean_q"] == pytest.approx(row["up_share"], abs=0.04)
    for margin in ("margin_over_baseline", "margin_over_half", "margin_over_fixed_sigma"):
        assert table[margin]["low"] > 0.0


def test_an_overconfident_forecast_is_worse():
    sure = calibration(samples(4_000, said=lambda p: 0.01 if p < 0.5 else 0.99))
    fair = calibration(samples(4_000))
    assert sure["brier_model"] > fair["brier_model"]
    assert sure["log_loss_model"] > fair["log_loss_model"]
    assert sure["margin_over_fixed_sigma"]["high"] < 0.0


def test_errors_are_clustered_by_window():
    """Looking at a window a hundred times is not a hundred windows."""
    once, often = Samples(), Samples()
    chance = random.Random(5)
    for window in range(400):
        p = chance.random()
        outcome = 10_000 if chance.random() < p else 0
        for made, times in ((once, 1), (often, 100)):
            for _ in range(times):
                made.add(Sample(window, 60.0, p, 0.5, 0.5))
            made.resolve(window, outcome)
    one, many = calibration(once), calibration(often)
    assert many["n"] == 100 * one["n"]
    assert many["margin_over_baseline"]["standard_error"] == pytest.approx(
        one["margin_over_baseline"]["standard_error"]
    )


def test_times_to_close_partition_the_samples():
    table = calibration(samples(300))
    rows = table["by_time_to_close"]
    assert [row["left_s"] for row in rows] == [240.0, 60.0]
    assert sum(row["n"] for row in rows) == table["n"] == 600
    assert sum(row["n"] for row in table["reliability"]) == 600
    mean = sum(row["brier_model"] * row["n"] for row in rows) / table["n"]
    assert mean == pytest.approx(table["brier_model"])


def test_the_market_is_scored_where_it_was_seen():
    made = Samples()
    for window in range(100):
        seen = 0.9 if window % 2 else math.nan
        made.add(Sample(window, 60.0, 0.6, 0.5, 1.0, seen))
        made.resolve(window, 10_000)
    table = calibration(made)
    assert table["n_market"] == 50
    assert table["brier_market"] == pytest.approx(0.01)
    assert table["brier_model_where_market"] == pytest.approx(0.16)
    assert table["margin_over_market"]["mean"] == pytest.approx(-0.15)


def test_splits_and_open_windows_are_left_out():
    made = Samples()
    for window in range(3):
        made.add(Sample(window, 60.0, 0.5, 0.5, 0.5))
    made.resolve(0, 5_000)
    made.resolve(1, 0)
    table = calibration(made)
    assert (table["n"], table["split_windows"], table["unresolved"]) == (1, 1, 1)


def test_nothing_is_scored_as_nothing():
    table = calibration(Samples())
    assert table["n"] == 0
    assert table["brier_model"] is None
    assert table["margin_over_baseline"] is None
