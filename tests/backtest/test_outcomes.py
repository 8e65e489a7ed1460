"""Recomputed outcomes, by an observer that knows nothing of the maker."""

import msgspec
import pytest

from pmapp.backtest_job import outcomes_of, tape_job
from pmapp.backtest_outcomes import Outcomes
from pmcore.events import MarketListed, MarketResolved, OracleTicked
from pmcore.ids import CHAINLINK
from pmcore.market import INSTANT, Settlement
from pmcore.units import SECOND, Ns
from tests.backtest.test_ledger import START, TERMS

INSTANTLY = msgspec.structs.replace(TERMS, settlement=Settlement(INSTANT, Ns(0), True))


def tick(second: int, usd: int) -> OracleTicked:
    at = Ns((START + second) * SECOND)
    return OracleTicked(at, at, CHAINLINK, usd * 10**12)


def story(*facts) -> Outcomes:
    outcomes = Outcomes()
    outcomes.observe(MarketListed(Ns(0), INSTANTLY))
    for fact in facts:
        outcomes.observe(fact)
    return outcomes


def resolved(payout_up: int, second: int = 960) -> MarketResolved:
    at = Ns((START + second) * SECOND)
    return MarketResolved(at, at, START, payout_up)


@pytest.mark.parametrize(
    ("ticks", "payout_up", "recomputable", "matched"),
    [
        (((0, 100), (900, 101)), 10_000, 1, 1),
        (((0, 100), (900, 99)), 0, 1, 1),
        (((0, 100), (900, 100)), 10_000, 1, 1),  # a tie goes to Up
        (((0, 100), (900, 99)), 10_000, 1, 0),
        (((0, 100), (901, 101)), 10_000, 0, 0),  # no tick at the closing second
        (((3, 100), (900, 101)), 10_000, 0, 0),
        ((), 0, 0, 0),
    ],
)
def test_outcomes(ticks, payout_up, recomputable, matched):
    heard = [tick(*pair) for pair in ticks]
    for order in (lambda o: [*heard, o], lambda o: [*heard, o, tick(1_100, 100)]):
        tally = story(*order(resolved(payout_up))).finish()
        assert (tally.markets, tally.resolved) == (1, 1)
        assert (tally.recomputable, tally.matched) == (recomputable, matched)
        assert len(tally.mismatched) == recomputable - matched


def test_an_outcome_heard_long_before_or_after_its_ticks():
    early = story(tick(0, 100), resolved(10_000, 100), tick(900, 101)).finish()
    late = story(tick(0, 100), tick(900, 101), tick(1_100, 100), resolved(10_000, 9_000)).finish()
    assert early.matched == late.matched == 1


def test_a_window_without_official_outcome_is_only_counted():
    tally = story(tick(0, 100), tick(900, 101)).finish()
    assert (tally.markets, tally.resolved, tally.recomputable) == (1, 0, 0)


def test_the_recorded_day_settles_to_its_official_outcomes(day):
    job, prefix = tape_job([day])
    tally = outcomes_of(job)
    assert prefix == "btc-updown-5m"
    assert tally.markets == tally.resolved == 292
    assert tally.recomputable == tally.matched >= 250
    assert tally.mismatched == []
