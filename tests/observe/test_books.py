"""A book is quoted from only while the venue's word and ours agree."""

import pytest

from pmcore import events as ev
from pmcore.book.hash import book_checksum, checksum_terms
from pmcore.effects import CancelOrder, PlaceOrder, ResyncBook
from pmcore.ids import BUY, DOWN, MARKET_FEED, SELL, UP
from pmcore.units import MILLISECOND, Price
from tests.core.stage import WINDOW, market, of, quoting, shares

WRONG = "0" * 40
BOTH = [0, 1]


def level(stage, outcome, side, price, size, checksum="", later_ms=1):
    stage.now += later_ms * MILLISECOND
    fields = (WINDOW, outcome, side, price, shares(size), checksum)
    return stage.hear(ev.LevelChanged, stage.now, *fields)


def checksum(stage, outcome):
    window = stage.market
    terms = checksum_terms(window.terms, outcome, window.ticks[outcome])
    return book_checksum(terms, window.books[outcome])


def level_with_its_checksum(stage, outcome, price, size, told=""):
    """One change under the right checksum, or under the one that is told; the right one."""
    level(stage, outcome, BUY, price, size)
    right = checksum(stage, outcome)
    level(stage, outcome, BUY, price, size, told or right, later_ms=0)
    return right


def assert_withdrawn(stage, effects, gate):
    assert stage.market.gate == gate
    assert of(effects, PlaceOrder) == []
    cancelled = {effect.order for effect in of(effects, CancelOrder)}
    assert cancelled == set(stage.market.orders)


@pytest.mark.parametrize("outcome", BOTH)
def test_wrong_checksum_makes_the_book_invalid_when_its_group_is_over(outcome):
    stage = quoting()
    level(stage, outcome, BUY, 4_600, 5, WRONG)
    assert stage.market.books[outcome].valid
    level(stage, outcome, BUY, 4_600, 6)
    assert not stage.market.books[outcome].valid
    effects = stage.beat(0.2)
    assert_withdrawn(stage, effects, "book_invalid")
    assert [(e.outcome, e.why) for e in of(effects, ResyncBook)] == [(outcome, "invalid")]


@pytest.mark.parametrize("outcome", BOTH)
def test_right_checksum_keeps_it_valid(outcome):
    stage = quoting()
    level(stage, outcome, SELL, 5_200, 5)
    right = checksum(stage, outcome)
    stage.market.books[outcome].pending_checksum = right
    level(stage, outcome, SELL, 5_300, 5)
    assert stage.market.books[outcome].valid


def test_group_with_one_stamp_is_compared_once_it_is_whole():
    stage = quoting()
    level(stage, UP, BUY, 4_600, 5, WRONG)
    level(stage, UP, BUY, 4_500, 5, WRONG, later_ms=0)
    assert stage.market.books[UP].valid


@pytest.mark.parametrize("outcome", BOTH)
@pytest.mark.parametrize("text", ["0.490", ""])
def test_print_told_before_its_changes_ends_the_group_before_it(outcome, text):
    stage = quoting()
    right = level_with_its_checksum(stage, outcome, 4_600, 5)
    stage.now += MILLISECOND
    fields = (WINDOW, outcome, SELL, Price(4_900), shares(3), text)
    stage.hear(ev.TradePrinted, stage.now, *fields)
    level(stage, outcome, BUY, 4_600, 6)
    assert stage.market.books[outcome].valid
    assert stage.market.books[outcome].last_trade == text
    # And a wrong one is not overlooked because a print came in between.
    stage = quoting()
    level_with_its_checksum(stage, outcome, 4_600, 5, told=right[::-1])
    stage.now += MILLISECOND
    stage.hear(ev.TradePrinted, stage.now, *fields)
    level(stage, outcome, BUY, 4_600, 6)
    assert not stage.market.books[outcome].valid


def checksum_after_print(stage, outcome):
    """What the venue says of the present levels once it has printed a trade at 0.49."""
    book = stage.market.books[outcome]
    before, book.last_trade = book.last_trade, "0.490"
    told = checksum(stage, outcome)
    book.last_trade = before
    return told


@pytest.mark.parametrize("outcome", BOTH)
def test_print_with_the_stamp_of_a_group_belongs_to_its_checksum(outcome):
    stage = quoting()
    level(stage, outcome, BUY, 4_600, 5)
    book = stage.market.books[outcome]
    right = checksum_after_print(stage, outcome)
    fields = (WINDOW, outcome, SELL, Price(4_900), shares(3), "0.490")
    stage.hear(ev.TradePrinted, stage.now, *fields)
    level(stage, outcome, BUY, 4_600, 5, right, later_ms=0)
    level(stage, outcome, BUY, 4_500, 5)
    assert book.valid


@pytest.mark.parametrize("outcome", BOTH)
def test_print_told_behind_the_changes_of_its_own_stamp_belongs_to_them(outcome):
    stage = quoting()
    level(stage, outcome, BUY, 4_600, 5)
    book = stage.market.books[outcome]
    right = checksum_after_print(stage, outcome)
    level(stage, outcome, BUY, 4_600, 5, right, later_ms=0)
    stage.hear(ev.TradePrinted, stage.now, WINDOW, outcome, SELL, Price(4_900), shares(3), "0.490")
    level(stage, outcome, BUY, 4_500, 5)
    assert book.valid


@pytest.mark.parametrize("outcome", BOTH)
def test_group_before_a_tick_change_is_compared_on_the_grid_that_it_was_made_on(outcome):
    stage = quoting()
    level_with_its_checksum(stage, outcome, 4_600, 5)
    stage.now += MILLISECOND
    stage.hear(ev.TickChanged, stage.now, WINDOW, outcome, Price(10))
    level(stage, outcome, BUY, 4_600, 6)
    assert stage.market.books[outcome].valid
    assert stage.market.ticks[outcome] == 10


def test_checksum_is_ignored_where_told_so():
    stage = quoting({"oracle.verify_checksums": False})
    level(stage, UP, BUY, 4_600, 5, WRONG)
    level(stage, UP, BUY, 4_600, 6, WRONG)
    assert stage.market.books[UP].valid


def test_wrong_snapshot_is_invalid_and_asked_for_again():
    stage = quoting()
    levels = ((4_900, shares(5)),), ((5_100, shares(5)),)
    stage.hear(ev.BookReset, stage.now, WINDOW, UP, *levels, WRONG)
    effects = stage.beat(0.2)
    assert_withdrawn(stage, effects, "book_invalid")
    assert of(effects, ResyncBook)


def test_snapshot_heals_and_quotes_return():
    stage = quoting()
    level(stage, UP, SELL, 4_900, 5)
    for cancel in of(stage.beat(0.2), CancelOrder):
        stage.hear(ev.OrderCancelled, cancel.order, "asked")
    assert stage.market.gate == "book_invalid"
    stage.fresh()
    assert of(stage.beat(0.3), PlaceOrder)


def test_crossed_book_is_not_believed_even_when_it_uncrosses_by_itself():
    stage = quoting()
    level(stage, UP, SELL, 4_900, 5)
    stage.beat(0.2)
    level(stage, UP, SELL, 4_900, 0)
    stage.beat(0.2)
    assert not stage.market.books[UP].valid


def test_lost_feed_invalidates_at_once_and_stays_so_until_a_snapshot():
    stage = quoting()
    effects = stage.hear(ev.FeedLost, MARKET_FEED, "closed")
    assert_withdrawn(stage, effects, "market_feed_lost")
    assert not any(book.valid for book in stage.market.books)
    stage.hear(ev.FeedOpened, MARKET_FEED)
    stage.beat(0.2)
    assert stage.market.gate == "book_invalid"
    assert {e.outcome for e in of(stage.effects, ResyncBook)} == {UP, DOWN}


def test_failed_resync_is_tried_again_after_a_pause():
    stage = quoting()
    stage.hear(ev.FeedLost, MARKET_FEED, "closed")
    stage.hear(ev.FeedOpened, MARKET_FEED)
    stage.beat(0.2)
    stage.hear(ev.ResyncFailed, WINDOW, UP, "503")
    assert of(stage.beat(1.0), ResyncBook) == []
    stage.ticks(100_000)
    assert [e.outcome for e in of(stage.beat(1.2), ResyncBook)] == [UP]


def test_silent_book_is_not_quoted():
    stage = quoting({"oracle.market_ws_stale_ms": 2_000})
    for _ in range(3):
        stage.now += 900 * MILLISECOND
        stage.ticks(100_000)
        stage.book(DOWN, 4_900, 5_100)
        effects = stage.beat()
    assert_withdrawn(stage, effects, "book_stale")
    assert [(e.outcome, e.why) for e in of(effects, ResyncBook)] == [(UP, "silent")]


def test_print_shows_that_the_feed_lives():
    stage = quoting({"oracle.market_ws_stale_ms": 2_000})
    for _ in range(3):
        stage.now += 900 * MILLISECOND
        stage.ticks(100_000)
        for outcome in BOTH:
            stage.hear(ev.TradePrinted, stage.now, WINDOW, outcome, BUY, 4_900, 10, "0.49")
        stage.beat()
    assert stage.market.gate == ""
    assert stage.market.books[UP].last_trade == "0.49"


def test_tick_changes_one_token_and_takes_orders_off_the_old_grid():
    stage = quoting()
    stage.hear(ev.TickChanged, stage.now, WINDOW, UP, 250)
    effects = stage.beat(0.3)
    assert stage.market.ticks == [250, 100]
    off_grid = {o.id for o in stage.market.orders.values() if o.outcome == UP and o.price % 250}
    assert off_grid
    assert off_grid <= {effect.order for effect in of(effects, CancelOrder)}
    placed = of(effects, PlaceOrder)
    assert placed
    assert all(place.price % 250 == 0 for place in placed if place.outcome == UP)


def test_listing_again_does_not_undo_a_tick_change():
    stage = quoting()
    stage.hear(ev.TickChanged, stage.now, WINDOW, UP, 10)
    stage.hear(ev.MarketListed, market())
    assert stage.market.ticks == [10, 100]
    stage.hear(ev.MarketListed, market(tick=50))
    assert stage.market.ticks == [50, 50]


@pytest.mark.parametrize("tick", [0, -1])
def test_nonsense_tick_is_ignored(tick):
    stage = quoting()
    stage.hear(ev.TickChanged, stage.now, WINDOW, UP, tick)
    assert stage.market.ticks == [100, 100]


def test_facts_of_unknown_windows_are_harmless():
    stage = quoting()
    before = stage.digest()
    stage.state.seq -= 3
    stage.hear(ev.BookReset, stage.now, 5, UP, (), ())
    stage.hear(ev.LevelChanged, stage.now, 5, UP, BUY, 100, 100)
    stage.hear(ev.TickChanged, stage.now, 5, UP, 10)
    assert stage.digest() == before


def test_crossed_snapshot_is_not_valid():
    stage = quoting()
    levels = ((5_100, shares(5)),), ((5_100, shares(5)),)
    stage.hear(ev.BookReset, stage.now, WINDOW, UP, *levels)
    assert not stage.market.books[UP].valid


def test_snapshot_that_came_too_late_is_asked_for_again_after_a_pause():
    stage = quoting()
    stage.hear(ev.FeedLost, MARKET_FEED, "closed")
    stage.hear(ev.FeedOpened, MARKET_FEED)
    stage.book(DOWN, 4_900, 5_100)
    assert UP in {one.outcome for one in of(stage.effects, ResyncBook)}
    old = stage.market.books[UP].venue_ns - 1
    stage.hear(ev.BookReset, old, WINDOW, UP, (), ())
    assert of(stage.beat(1.9), ResyncBook) == []
    assert [one.outcome for one in of(stage.beat(0.2), ResyncBook)] == [UP]


def test_group_ends_when_its_stamp_changes_even_backwards():
    stage = quoting()
    level(stage, UP, BUY, 4_600, 5, WRONG)
    stage.hear(ev.LevelChanged, stage.now - 2, WINDOW, UP, BUY, 4_500, shares(5), "")
    assert not stage.market.books[UP].valid
