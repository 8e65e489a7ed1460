"""The regimes as a table of cases, and every combination of flags by name."""

import pytest

from pmcore.model.recent_prices import RecentPrices
from pmcore.model.regime import (
    CALM,
    FAST_MOVE,
    ORACLE_DISAGREE,
    REGIME_NAMES,
    STALE_BINANCE,
    STALE_ORACLE,
    RegimeTerms,
    fast_move,
    oracle_disagrees,
    regime,
    regime_names,
)
from pmcore.units import SECOND, Ns

NOW = Ns(1_000 * SECOND)
TERMS = RegimeTerms(Ns(5 * SECOND), Ns(3 * SECOND), 10.0, 1e-7, 20.0)


def feed(age_s: float, before: float, after: float) -> RecentPrices:
    """A feed whose newest tick is `age_s` old and came one second after the one before."""
    recent = RecentPrices(Ns(2 * SECOND))
    newest = Ns(NOW - int(age_s * SECOND))
    recent.observe(Ns(newest - SECOND), Ns(newest - SECOND), before)
    recent.observe(newest, newest, after)
    return recent


CALM_FEED = feed(1, 100.0, 100.0)
SILENT = RecentPrices(Ns(2 * SECOND))


@pytest.mark.parametrize(
    ("chainlink", "binance", "var", "flags"),
    [
        (CALM_FEED, CALM_FEED, 0.0, CALM),
        (feed(6, 100.0, 100.0), CALM_FEED, 0.0, STALE_ORACLE),
        (SILENT, CALM_FEED, 0.0, STALE_ORACLE),
        (CALM_FEED, feed(4, 100.0, 100.0), 0.0, STALE_BINANCE),
        (CALM_FEED, SILENT, 0.0, STALE_BINANCE),
        (SILENT, SILENT, 0.0, STALE_ORACLE | STALE_BINANCE),
        (CALM_FEED, feed(1, 100.0, 100.15), 0.0, FAST_MOVE),
        (CALM_FEED, feed(1, 100.0, 99.85), 0.0, FAST_MOVE),
        (feed(1, 100.0, 100.15), CALM_FEED, 0.0, CALM),
        (feed(1, 100.0, 100.15), SILENT, 0.0, STALE_BINANCE | FAST_MOVE),
        (CALM_FEED, feed(4, 100.0, 101.0), 0.0, STALE_BINANCE),
        (CALM_FEED, CALM_FEED, 2e-7, FAST_MOVE),
        (CALM_FEED, CALM_FEED, 1e-7, CALM),
        (CALM_FEED, feed(1, 101.0, 101.0), 0.0, ORACLE_DISAGREE),
        (CALM_FEED, feed(4, 101.0, 101.0), 0.0, STALE_BINANCE),
    ],
)
def test_table(chainlink: RecentPrices, binance: RecentPrices, var: float, flags: int) -> None:
    assert regime(TERMS, NOW, chainlink, binance, var) == flags


def test_variance_threshold_zero_is_off() -> None:
    assert not fast_move(RegimeTerms(), 0.0, 1e9)


def test_unknown_prices_do_not_disagree() -> None:
    assert not oracle_disagrees(TERMS, 0.0, 100.0)
    assert not oracle_disagrees(TERMS, 100.0, 0.0)


def test_names_of_every_combination() -> None:
    for flags in range(16):
        names = regime_names(flags)
        assert sum(1 << REGIME_NAMES.index(name) for name in names) == flags
