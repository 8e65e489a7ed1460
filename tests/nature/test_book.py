"""The two books: on the grid, mirrored and never crossed, at every single fact."""

import pytest

from pmcore.book.book import Book
from pmcore.events import BookReset, LevelChanged, MarketListed, TickChanged, TradePrinted
from pmcore.ids import DOWN, SIDE_NAMES, UP
from pmcore.sim.nature_terms import SCENES

CASES = ["plain", "stress", "breakout", "tick_change", "feed_lost"]


@pytest.fixture(params=CASES)
def stream(request, facts, scene_facts):
    if request.param in SCENES:
        return scene_facts(request.param)
    return facts(2, rate=20.0, until_s=60) if request.param == "stress" else facts(2)


def walk(stream):
    """Yield (fact, books) after each fact that changes a book."""
    books = {}
    for fact in stream:
        match fact:
            case BookReset():
                books.setdefault((fact.market, fact.outcome), Book()).reset(fact.bids, fact.asks)
            case LevelChanged():
                books[fact.market, fact.outcome].set_level(fact.side, fact.price, fact.size)
            case _:
                continue
        yield fact, books


def test_never_crossed(stream):
    for fact, books in walk(stream):
        book = books[fact.market, fact.outcome]
        assert not book.crossed, fact


def test_every_change_comes_on_both_tokens_at_once(stream):
    changes = [fact for fact in stream if isinstance(fact, LevelChanged)]
    assert len(changes) % 2 == 0
    for up, down in zip(changes[::2], changes[1::2], strict=True):
        assert (up.outcome, down.outcome) == (UP, DOWN)
        assert (up.market, up.at_ns, up.venue_ns) == (down.market, down.at_ns, down.venue_ns)
        assert up.price + down.price == 10_000
        assert up.size == down.size
        assert up.side + down.side == 1, SIDE_NAMES


def test_the_books_are_mirrors(stream):
    for number, (fact, books) in enumerate(walk(stream)):
        if fact.outcome != DOWN or (number % 50 > 1 and not isinstance(fact, BookReset)):
            continue
        up, down = books[fact.market, UP], books[fact.market, DOWN]
        assert up.bids == {10_000 - price: size for price, size in down.asks.items()}
        assert up.asks == {10_000 - price: size for price, size in down.bids.items()}


def test_a_full_book_is_what_the_changes_made_of_it(stream):
    """Unless the feed was silent, an unasked snapshot agrees with the book kept so far."""
    books = {}
    heard = True
    for fact in stream:
        match fact:
            case BookReset():
                book = Book()
                book.reset(fact.bids, fact.asks)
                known = books.get((fact.market, fact.outcome))
                if known is not None and heard:
                    assert (known.bids, known.asks) == (book.bids, book.asks)
                books[fact.market, fact.outcome] = book
                heard = heard or fact.outcome == DOWN
            case LevelChanged():
                books[fact.market, fact.outcome].set_level(fact.side, fact.price, fact.size)
            case _ if type(fact).__name__ == "FeedLost" and fact.feed == 0:
                heard = False


def test_prices_are_on_the_grid_and_sizes_positive(stream):
    tick = {}
    for fact in stream:
        match fact:
            case MarketListed():
                tick[fact.terms.id, UP] = tick[fact.terms.id, DOWN] = fact.terms.tick
            case TickChanged():
                tick[fact.market, fact.outcome] = fact.tick
            case LevelChanged():
                assert 0 < fact.price < 10_000
                assert fact.price % tick[fact.market, fact.outcome] == 0
                assert fact.size >= 0
                assert fact.size % 10_000 == 0
            case BookReset():
                grid = tick[fact.market, fact.outcome]
                for price, size in fact.bids + fact.asks:
                    assert 0 < price < 10_000
                    assert price % grid == 0
                    assert size > 0
            case TradePrinted():
                assert 0 < fact.price < 10_000
                assert fact.size > 0


def test_a_trade_takes_what_rested_at_its_price(stream):
    """The change that follows a print is the traded level, smaller by the traded size."""
    books = {}
    traded = None
    for fact in stream:
        match fact:
            case BookReset():
                books.setdefault((fact.market, fact.outcome), Book()).reset(fact.bids, fact.asks)
            case TradePrinted():
                traded = fact
            case LevelChanged():
                book = books[fact.market, fact.outcome]
                if traded is not None and fact.outcome == traded.outcome:
                    levels = book.asks if traded.side == 0 else book.bids
                    assert fact.price == traded.price
                    assert fact.side == 1 - traded.side
                    assert levels[fact.price] - fact.size == traded.size
                    traded = None
                book.set_level(fact.side, fact.price, fact.size)
