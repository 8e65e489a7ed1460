"""What is heard is heard as late as the recordings say, and a feed never overtakes itself."""

import pytest

from pmcore.events import LevelChanged, OracleTicked
from pmcore.ids import BINANCE, CHAINLINK
from pmcore.sim.nature_book import quantile
from pmcore.sim.nature_terms import BINANCE_DELAY_MS, CHAINLINK_DELAY_MS, CLOB_DELAY_MS


def delays(stream, kind, source=None):
    return [
        (fact.at_ns - fact.venue_ns) / 1e6
        for fact in stream
        if isinstance(fact, kind) and (source is None or fact.source == source)
    ]


@pytest.mark.parametrize(
    ("kind", "source", "knots"),
    [
        (OracleTicked, CHAINLINK, CHAINLINK_DELAY_MS),
        (OracleTicked, BINANCE, BINANCE_DELAY_MS),
        (LevelChanged, None, CLOB_DELAY_MS),
    ],
    ids=["chainlink", "binance", "clob"],
)
def test_quantiles_are_the_recorded_ones(facts, kind, source, knots):
    order = sorted(
        delay for seed in (1, 2, 3) for delay in delays(facts(seed, windows=2), kind, source)
    )
    for share in (0.1, 0.5, 0.9):
        drawn = order[int(share * len(order))]
        assert drawn == pytest.approx(quantile(knots, share), rel=0.04), share
    assert order[0] >= knots[0][1] - 0.001


@pytest.mark.parametrize("source", [CHAINLINK, BINANCE])
def test_a_price_feed_keeps_its_order(facts, source):
    stamps = [
        fact.venue_ns
        for fact in facts(1)
        if isinstance(fact, OracleTicked) and fact.source == source
    ]
    assert stamps == sorted(stamps)


def test_the_book_feed_keeps_its_order(facts):
    stamps = [fact.venue_ns for fact in facts(1, rate=10.0) if isinstance(fact, LevelChanged)]
    assert stamps == sorted(stamps)


def test_quantile_goes_through_its_knots():
    assert [quantile(CLOB_DELAY_MS, share) for share in (0.0, 0.5, 1.0)] == [171.0, 175.0, 217.0]
    assert quantile(((0.0, 10.0), (1.0, 20.0)), 0.25) == 12.5
