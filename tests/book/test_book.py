"""`Book` against a plain oracle: two dicts, with the best prices found anew each time."""

from hypothesis import given
from hypothesis import strategies as st

from pmcore.book.book import Book

PRICES = st.integers(1, 9_999)
SIZES = st.integers(0, 5) | st.integers(0, 10**12)
LEVELS = st.lists(st.tuples(PRICES, SIZES), max_size=8).map(tuple)
NARROW = st.integers(4_995, 5_005)
ACTIONS = st.one_of(
    st.tuples(st.just("reset"), LEVELS, LEVELS),
    st.tuples(st.just("level"), st.integers(0, 1), PRICES | NARROW, SIZES),
    st.tuples(st.just("level"), st.integers(0, 1), NARROW, SIZES),
    st.tuples(st.just("touch"), PRICES | st.just(0), PRICES | st.just(0)),
)


@given(st.lists(ACTIONS, max_size=40))
def test_book_is_two_dicts(actions):
    book = Book()
    sides: list[dict[int, int]] = [{}, {}]
    for name, *args in actions:
        before = (book.best_bid, book.best_ask)
        if name == "reset":
            sides = [{p: s for p, s in levels if s > 0} for levels in args]
            # A price named twice counts as it was named last, also when that removes it.
            book.reset(*args)
            moved = None
        elif name == "level":
            side, price, size = args
            moved = book.set_level(side, price, size)
            if size:
                sides[side][price] = size
            else:
                sides[side].pop(price, None)
        else:
            bid, ask = args
            moved = book.set_touch(bid, 7, ask, 9)
            if moved:
                sides = [{}, {}]
            if bid:
                sides[0][bid] = 7
            if ask:
                sides[1][ask] = 9
        assert [book.bids, book.asks] == sides
        assert book.best_bid == max(sides[0], default=0)
        assert book.best_ask == min(sides[1], default=0)
        assert book.bid_size() == sides[0].get(book.best_bid, 0)
        assert book.ask_size() == sides[1].get(book.best_ask, 0)
        assert book.crossed == (bool(book.best_ask) and book.best_bid >= book.best_ask)
        if moved is not None:
            assert moved == (before != (book.best_bid, book.best_ask))


def test_mid_and_spread_of_each_kind_of_book():
    book = Book()
    assert (book.mid, book.spread) == (0.5, 10_000)
    book.set_level(0, 4_000, 1)
    assert (book.mid, book.spread) == (0.4, 10_000)
    book.set_level(1, 4_500, 1)
    assert (book.mid, book.spread) == (0.425, 500)
    book.set_level(0, 4_000, 0)
    assert (book.mid, book.spread) == (0.45, 10_000)
