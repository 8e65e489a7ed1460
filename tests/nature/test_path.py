"""The bitcoin path, seeded or recorded."""

import csv
import gzip
import random
from itertools import islice, pairwise
from math import erf, sqrt
from statistics import mean, pstdev

import pytest

from pmcore.events import MarketResolved, OracleTicked
from pmcore.ids import CHAINLINK
from pmcore.sim.flow import flow
from pmcore.sim.nature_fair import normal_share
from pmcore.sim.nature_terms import NatureTerms
from pmcore.sim.path import STEP_NS, PathTerms, bell, diffusion, picodollars, recorded, shape_bp

SECOND = 1_000_000_000
DAY = ("data", "A_updown", "chainlink_5m_day", "BTCUSD-prices-2026-07-24.csv.gz")


def test_bell_is_nearly_normal():
    chance = random.Random(5)
    values = [bell(chance) for _ in range(20_000)]
    assert abs(mean(values)) < 0.02
    assert pstdev(values) == pytest.approx(1.0, abs=0.02)
    assert mean(abs(value) > 2 for value in values) == pytest.approx(0.0455, abs=0.006)


@pytest.mark.parametrize("z", [-9.0, -6.0, -2.5, -0.3, 0.0, 0.01, 1.0, 3.3, 5.99, 6.0, 12.0])
def test_normal_share_is_the_normal_distribution(z):
    assert normal_share(z) == pytest.approx(0.5 * (1 + erf(z / sqrt(2))), abs=1.2e-5)


def test_volatility_is_what_was_asked():
    terms = PathTerms(vol_bp=(0.5, 0.5, 0.5), jump_every_s=0.0)
    prices = [usd for _, usd, _ in islice(diffusion(1, terms, 0, 0), 0, 20 * 4000, 20)]
    moves = [1e4 * (right / left - 1) for left, right in pairwise(prices)]
    assert pstdev(moves) == pytest.approx(0.5, rel=0.05)


def test_shape_is_a_broken_line():
    corners = ((0.0, 0.0), (10.0, 20.0), (20.0, -20.0))
    assert [shape_bp(corners, s) for s in (-5, 0, 5, 10, 15, 99)] == [0, 0, 10, 20, 0, -20]
    assert shape_bp((), 3.0) == 0.0


def test_chainlink_is_the_price_of_two_seconds_ago():
    terms = PathTerms(vol_bp=(0, 0, 0), jump_every_s=0, miss=0, shape=((5, 0.0), (5.01, 100.0)))
    seen = [tick[0][1] for _, _, tick in islice(diffusion(1, terms, 0, 0), 200) if tick]
    high, low = picodollars(65_650.0), picodollars(65_000.0)
    assert seen[:7] == [low] * 7
    assert seen[9:] == [high]
    assert low < seen[7] < seen[8] < high


def test_a_recorded_path_gives_its_ticks_back():
    ticks = [(second * SECOND + 7, picodollars(65_000.0 + second)) for second in range(10)]
    points = list(recorded(ticks))
    assert [tick for _, _, due in points for tick in due] == ticks[:7]
    assert all(right[0] - left[0] == STEP_NS for left, right in pairwise(points))
    at_three = next(usd for now, usd, _ in points if now == 3 * SECOND)
    assert at_three == pytest.approx(65_005.0, abs=0.001)


def test_a_recorded_path_without_ticks_is_empty():
    assert list(recorded([])) == []


def test_a_backward_tick_is_left_out():
    ticks = [(0, picodollars(1.0)), (SECOND, picodollars(2.0)), (SECOND, picodollars(9.0))]
    ticks += [(4 * SECOND, picodollars(3.0))]
    assert [tick for _, _, due in recorded(ticks) for tick in due] == ticks[:2]


def test_a_market_around_the_recorded_day(shared_data):
    with gzip.open(shared_data(*DAY), "rt") as source:
        ticks = [
            (int(row["feed_ts_ms"]) * 1_000_000, int(row["full_accuracy_value"]) // 1_000_000)
            for row in islice(csv.DictReader(source), 900)
        ]
    start = -(-(ticks[0][0] // SECOND + 60) // 300) * 300
    terms = NatureTerms(first_window=start, window_s=300, windows=1, rate=0.2)
    stream = list(flow(recorded(ticks), 1, terms))
    assert any(isinstance(fact, MarketResolved) for fact in stream)
    heard = [
        (f.venue_ns, f.price)
        for f in stream
        if isinstance(f, OracleTicked) and f.source == CHAINLINK
    ]
    assert heard == ticks[: len(heard)]
