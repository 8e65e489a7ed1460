"""Listing, opening, resolution: each market's outcome is what its own ticks say."""

import itertools

import pytest

from pmcore.events import BookReset, LevelChanged, MarketListed, MarketResolved, OracleTicked
from pmcore.ids import CHAINLINK, TWAP_60
from pmcore.market import INSTANT, Settlement
from pmcore.model.settlement import fixing, outcome
from pmcore.sim.nature_terms import NatureTerms
from pmcore.sim.path import PathTerms
from pmcore.units import SECOND

SECONDS = 1_000_000_000


def ticks(stream, source=CHAINLINK):
    return {
        f.venue_ns: f.price for f in stream if isinstance(f, OracleTicked) and f.source == source
    }


def listed(stream):
    return [fact.terms for fact in stream if isinstance(fact, MarketListed)]


def resolved(stream):
    return {fact.market: fact for fact in stream if isinstance(fact, MarketResolved)}


def plain_mean(prices, end_ns):
    """The ticks of [T - 60 s, T), one each second, averaged."""
    kept = [prices[end_ns - back * SECONDS] for back in range(1, 61)]
    return sum(kept) // 60


def still_path(facts, seed, **changes):
    return facts(seed, windows=2, rate=0.1, path=PathTerms(miss=0.0), **changes)


@pytest.mark.parametrize("seed", range(1, 6))
def test_outcome_agrees_with_the_mean_of_its_own_ticks(facts, seed):
    stream = still_path(facts, seed)
    prices, results = ticks(stream), resolved(stream)
    assert len(results) == 2
    for market in listed(stream):
        start, end = plain_mean(prices, market.start_ns), plain_mean(prices, market.end_ns)
        assert results[market.id].payout_up == (10_000 if end >= start else 0)


@pytest.mark.parametrize("rule", [Settlement(), Settlement(INSTANT)])
def test_outcome_agrees_with_the_core_although_ticks_are_missing(facts, rule):
    stream = facts(4, windows=3, rate=0.1, settlement=rule)
    results = resolved(stream)
    for market in listed(stream):
        start, end = (fixing(rule, at_ns) for at_ns in (market.start_ns, market.end_ns))
        for venue_ns, price in ticks(stream).items():
            start.observe(venue_ns, CHAINLINK, price)
            end.observe(venue_ns, CHAINLINK, price)
        assert results[market.id].payout_up == outcome(start.value, end.value, True)


def test_published_average_is_the_settlement_value(facts):
    stream = still_path(facts, 1, twap=True)
    prices, averages = ticks(stream), ticks(stream, TWAP_60)
    assert len(averages) > 300
    for market in listed(stream):
        assert averages[market.end_ns] == plain_mean(prices, market.end_ns)


def test_life_of_a_market(facts):
    stream = facts(2, windows=2)
    results = resolved(stream)
    for number, market in enumerate(listed(stream)):
        assert market.id == market.start_ns // SECOND
        assert market.end_ns - market.start_ns == 300 * SECOND
        assert market.slug == f"btc-updown-5m-{market.id}"
        assert (market.tick, market.min_size) == (100, 5_000_000)
        assert len(market.condition_id) == 66
        assert len({*market.tokens}) == 2
        assert all(token.isdigit() for token in market.tokens)
        told = next(f for f in stream if isinstance(f, MarketListed) and f.terms is market)
        assert market.start_ns - told.at_ns >= 65 * SECOND
        books = [f for f in stream if isinstance(f, BookReset) and f.market == market.id]
        assert 0 < market.start_ns - books[0].venue_ns <= 60 * SECOND
        assert [book.outcome for book in books[:2]] == [0, 1]
        assert 55 * SECOND <= results[market.id].venue_ns - market.end_ns <= 58 * SECOND
        last = max(
            f.venue_ns for f in stream if isinstance(f, LevelChanged) and f.market == market.id
        )
        assert market.end_ns - 5 * SECOND < last < market.end_ns
        assert number == (market.id - listed(stream)[0].id) // 300


def test_chainlink_ticks_every_second_but_a_few(facts):
    seconds = sorted(ticks(facts(6, windows=3, rate=0.1)))
    gaps = [right - left for left, right in itertools.pairwise(seconds)]
    assert all(gap % SECOND == 0 for gap in gaps)
    assert 0.0 < sum(gap > SECOND for gap in gaps) / len(gaps) < 0.02


@pytest.mark.parametrize(
    "changes",
    [{"first_window": 7}, {"lead_s": 10}, {"tick": 30}, {"rate": -1.0}, {"windows": 0}],
)
def test_impossible_terms_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        NatureTerms(**changes)


def test_a_market_may_begin_on_the_fine_grid(facts):
    stream = facts(1, tick=10, until_s=20)
    assert any(fact.price % 100 == 0 for fact in stream if isinstance(fact, LevelChanged))
