"""The named scenes do what their names say."""

import itertools
from statistics import mean

import pytest

from pmcore.book.book import Book
from pmcore.events import (
    BookReset,
    FeedLost,
    FeedOpened,
    LevelChanged,
    MarketResolved,
    OracleTicked,
    TickChanged,
    TradePrinted,
)
from pmcore.ids import CHAINLINK, CHAINLINK_FEED, MARKET_FEED, UP
from pmcore.sim.nature_terms import SCENES

SECOND = 1_000_000_000


def mids(stream, start):
    """Up's mid at each second from the window's start."""
    book, seen = Book(), {}
    for fact in stream:
        if isinstance(fact, BookReset) and fact.outcome == UP:
            book.reset(fact.bids, fact.asks)
        elif isinstance(fact, LevelChanged) and fact.outcome == UP:
            book.set_level(fact.side, fact.price, fact.size)
            seen[fact.at_ns // SECOND - start] = book.mid
    return seen


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_small(scene_facts, name):
    stream = scene_facts(name)
    assert 500 < len(stream) < 8000
    assert 120 < (stream[-1].at_ns - stream[0].at_ns) / SECOND < 450


def test_quiet_stays_near_the_middle(scene_facts):
    seen = mids(scene_facts("quiet"), SCENES["quiet"].first_window)
    assert all(0.2 < mid < 0.8 for mid in seen.values())


def test_breakout_breaks_out_and_the_book_bursts(scene_facts):
    stream, start = scene_facts("breakout"), SCENES["breakout"].first_window
    seen = mids(stream, start)
    assert seen[60] < 0.75 < 0.85 < seen[110]
    changes = [f.at_ns // SECOND - start for f in stream if isinstance(f, LevelChanged)]
    before = sum(30 <= second < 85 for second in changes) / 55
    during = max(changes.count(second) for second in range(90, 98))
    assert during > 4 * before


def test_flip_at_end_flips(scene_facts):
    stream = scene_facts("flip_at_end")
    seen = mids(stream, SCENES["flip_at_end"].first_window)
    assert mean(seen[second] for second in range(200, 260) if second in seen) > 0.8
    assert [f.payout_up for f in stream if isinstance(f, MarketResolved)] == [0]


@pytest.mark.parametrize(
    ("feed", "begin", "end"), [(MARKET_FEED, 60, 68), (CHAINLINK_FEED, 110, 125)]
)
def test_feed_lost_is_told_and_silent(scene_facts, feed, begin, end):
    stream, start = scene_facts("feed_lost"), SCENES["feed_lost"].first_window
    lost = [f.at_ns for f in stream if isinstance(f, FeedLost) and f.feed == feed]
    opened = [f.at_ns for f in stream if isinstance(f, FeedOpened) and f.feed == feed]
    assert lost == [(start + begin) * SECOND]
    assert opened[1:] == [(start + end) * SECOND]
    between = [
        fact
        for fact in stream
        if lost[0] < fact.at_ns < opened[1]
        and (
            isinstance(fact, LevelChanged | BookReset | TradePrinted)
            if feed == MARKET_FEED
            else isinstance(fact, OracleTicked) and fact.source == CHAINLINK
        )
    ]
    assert between == []


def test_after_a_lost_market_feed_the_books_come_first(scene_facts):
    stream, start = scene_facts("feed_lost"), SCENES["feed_lost"].first_window
    after = [
        fact
        for fact in stream
        if fact.at_ns >= (start + 68) * SECOND
        and isinstance(fact, LevelChanged | BookReset | TradePrinted)
    ]
    assert [type(fact) for fact in after[:2]] == [BookReset, BookReset]


def test_oracle_stall_is_silent_and_nobody_says_so(scene_facts):
    stream, start = scene_facts("oracle_stall"), SCENES["oracle_stall"].first_window
    assert not any(isinstance(fact, FeedLost) for fact in stream)
    heard = [f.at_ns for f in stream if isinstance(f, OracleTicked) and f.source == CHAINLINK]
    longest = max(right - left for left, right in itertools.pairwise(heard))
    assert 19 * SECOND < longest < 24 * SECOND
    assert not any((start + 60) * SECOND < at < (start + 80) * SECOND for at in heard)


def test_tick_change_comes_once_for_both_tokens(scene_facts):
    stream = scene_facts("tick_change")
    changes = [fact for fact in stream if isinstance(fact, TickChanged)]
    assert [(change.outcome, change.tick) for change in changes] == [(0, 10), (1, 10)]
    later = stream[stream.index(changes[1]) :]
    assert any(f.price % 100 for f in later if isinstance(f, LevelChanged))


def test_a_higher_rate_makes_more_facts(facts):
    calm, busy = facts(1, rate=1.0, until_s=30), facts(1, rate=50.0, until_s=30)
    assert len(busy) > 15 * len(calm)
