"""The three answers to "would we have been filled?", as tables, and their order as a property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.ids import DOWN, UP
from pmcore.sim.assumptions import MIDDLE, OPTIMISTIC, PESSIMISTIC
from pmcore.units import MICRO
from tests.sim.venue import Venue, fills

MODELS = (PESSIMISTIC, MIDDLE, OPTIMISTIC)


def filled(script, text="BUY Up 20 @ 48 GTC post", **assumed):
    """Shares that each model fills of one resting order, pessimistic first."""
    totals = []
    for model in MODELS:
        venue = Venue(model=model, **assumed)
        venue.book(bids=[(48, 30), (47, 50)], asks=[(52, 40)])
        order, _ = venue.place(text)
        said = []
        for step, *args in script:
            venue.ms += 1
            said += getattr(venue, step)(*args)
        assert venue.x.unbalanced() == []
        got = fills(said)
        assert all(o == order for o, _, _ in got)
        assert len({price for _, price, _ in got}) <= 1  # always at our own price
        totals.append(sum(size for _, _, size in got))
    return totals


SCRIPTS = {
    # the 30 shares that stood there first, then we
    "print eats the queue ahead": ([("print", "SELL", 48, 25)], [0, 0, 20]),
    "print exceeds the queue": ([("print", "SELL", 48, 40)], [10, 10, 20]),
    "two prints add up": ([("print", "SELL", 48, 25), ("print", "SELL", 48, 10)], [5, 5, 20]),
    "a buyer's print is on the other side": ([("print", "BUY", 48, 99)], [0, 0, 0]),
    "print better than our price": ([("print", "SELL", 49, 99)], [0, 0, 0]),
    "print through our price": ([("print", "SELL", 47, 12)], [12, 12, 12]),
    # 30 -> 10 by cancels: two thirds of the queue, so 10 are ahead in the middle model
    "cancels ahead": ([("level", "BUY", 48, 10), ("print", "SELL", 48, 15)], [0, 5, 15]),
    "level shrinks by a print": (
        [("print", "SELL", 48, 20), ("level", "BUY", 48, 10), ("print", "SELL", 48, 10)],
        [0, 0, 20],
    ),
    "shares that come later stand behind us": (
        [("level", "BUY", 48, 90), ("print", "SELL", 48, 35)],
        [5, 5, 20],
    ),
    "offer comes to our price": (
        [("level", "BUY", 48, 0), ("level", "SELL", 48, 15)],
        [0, 15, 15],
    ),
    "the same offer again is not another": (
        [("level", "BUY", 48, 0), ("level", "SELL", 48, 15), ("level", "SELL", 48, 15)],
        [0, 15, 15],
    ),
    "offer goes through our price": (
        [("level", "BUY", 48, 0), ("level", "BUY", 47, 0), ("level", "SELL", 47, 15)],
        [15, 15, 15],
    ),
    "a crossed book is bad data": ([("level", "SELL", 47, 15)], [0, 0, 0]),
    "touch moves away": ([("touch", 44, 46)], [20, 20, 20]),
    "touch comes to us": ([("touch", 46, 48, 10, 7)], [0, 7, 7]),
    "Down's bid comes to us": ([("touch", 52, 54, 9, 10, DOWN)], [0, 9, 9]),
    "Down's print": ([("print", "BUY", 52, 40, DOWN)], [10, 10, 20]),
    "fills are whole lots": ([("print", "SELL", 47, 1.234567)], [1.23, 1.23, 1.23]),
    "Down's print through": ([("print", "BUY", 53, 12, DOWN)], [12, 12, 12]),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_table(name):
    script, expected = SCRIPTS[name]
    assert filled(script) == expected


@pytest.mark.parametrize("name", SCRIPTS)
def test_table_mirrored(name):
    """Selling Down is buying Up, and the other side of the book is the same seen in a mirror."""
    script, expected = SCRIPTS[name]
    assert filled(script, "SELL Down 20 @ 52 GTC post") == expected


def test_level_that_shrinks_just_before_its_print_shrinks_once():
    venue = Venue(model=MIDDLE)
    venue.book(bids=[(48, 30)], asks=[(52, 40)])
    venue.place("BUY Up 20 @ 48 GTC post")
    venue.level("BUY", 48, 5, ms=5)
    assert fills(venue.print("SELL", 48, 25)) == []
    assert [size for _, _, size in fills(venue.print("SELL", 48, 9, ms=6))] == [4]


def test_unknown_depth_is_the_whole_level_when_the_touch_comes():
    for model, expected in zip(MODELS, (0, 0, 20), strict=True):
        venue = Venue(model=model)
        venue.touch(48, 52)
        venue.place("BUY Up 20 @ 46 GTC post")
        venue.touch(46, 50, 70)
        said = venue.print("SELL", 46, 70)
        assert sum(size for _, _, size in fills(said)) == expected
        if model != OPTIMISTIC:
            assert sum(size for _, _, size in fills(venue.print("SELL", 46, 5))) == 5


@pytest.mark.parametrize("what", ["BUY Up 20 @ 48", "SELL Down 20 @ 52", "SELL Up 20 @ 52"])
def test_cancels_ahead_are_seen_in_a_touch(what):
    venue = Venue(model=MIDDLE)
    venue.touch(48, 52, 30, 30)
    venue.place(what)
    venue.touch(48, 52, 10, 10)
    side, cents = ("BUY", 52) if what == "SELL Up 20 @ 52" else ("SELL", 48)
    assert [size for _, _, size in fills(venue.print(side, cents, 15, ms=1))] == [5]


def test_our_orders_share_one_print_and_one_level():
    venue = Venue(model=MIDDLE)
    venue.book(bids=[(40, 1)], asks=[(60, 1)])
    a, _ = venue.place("BUY Up 10 @ 48 GTC post")
    b, _ = venue.place("SELL Down 10 @ 51 GTC post")  # a bid of 49
    c, _ = venue.place("BUY Up 10 @ 48 GTC post")
    assert fills(venue.print("SELL", 48, 15)) == [(b, 51, 10), (a, 48, 5)]
    said = venue.touch(40, 47, 10, 12)
    assert fills(said) == [(a, 48, 5), (c, 48, 7)]


FACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("level"),
            st.sampled_from(["BUY", "SELL"]),
            st.integers(45, 51),
            st.integers(0, 60),
        ),
        st.tuples(
            st.just("print"),
            st.sampled_from(["BUY", "SELL"]),
            st.integers(45, 51),
            st.integers(1, 60),
        ),
        st.tuples(
            st.just("touch"),
            st.integers(44, 48),
            st.integers(47, 52),
            st.integers(1, 60),
            st.integers(1, 60),
        ),
    ),
    max_size=25,
)


@given(
    FACTS,
    st.sampled_from(["BUY Up 40 @ 48", "SELL Up 40 @ 49", "BUY Down 40 @ 50", "SELL Down 40 @ 53"]),
)
def test_optimistic_fills_at_least_middle_at_least_pessimistic(facts, text):
    """Holds at every moment for one order that rests undisturbed, in whole-lot recordings."""
    venues = [Venue(model=model) for model in MODELS]
    totals = [0.0, 0.0, 0.0]
    for venue in venues:
        venue.book(bids=[(46, 30), (45, 50)], asks=[(51, 40)])
        venue.place(text)
    for step, *args in facts:
        for index, venue in enumerate(venues):
            venue.ms += 1
            said = getattr(venue, step)(*args)
            totals[index] += sum(size for _, _, size in fills(said))
        assert totals[0] <= totals[1] <= totals[2] <= 40
    for venue in venues:
        assert venue.x.unbalanced() == []


@given(FACTS)
def test_mirrored_facts_change_nothing(facts):
    """Telling each book fact for both tokens, as the venue does, fills as telling it once."""
    once, twice = Venue(), Venue()
    for venue in (once, twice):
        venue.book(bids=[(46, 30), (45, 50)], asks=[(51, 40)])
        venue.place("BUY Up 40 @ 48")
        venue.place("BUY Down 30 @ 50")
    for step, *args in facts:
        once.ms += 1
        twice.ms += 1
        one = fills(getattr(once, step)(*args))
        two = fills(getattr(twice, step)(*args))
        if step == "level":
            side, cents, shares = args
            two += fills(twice.level("SELL" if side == "BUY" else "BUY", 100 - cents, shares, DOWN))
        elif step == "touch":
            bid, ask, bid_size, ask_size = args
            two += fills(twice.touch(100 - ask, 100 - bid, ask_size, bid_size, DOWN))
        assert one == two
    assert once.rests() == twice.rests()


def test_tokens_are_one_book():
    venue = Venue()
    venue.book(bids=[(48, 30)], asks=[(52, 40)])
    pit = venue.x.pit(1_760_000_100)
    assert pit.outside(UP) == (((4800, 30 * MICRO),), ((5200, 40 * MICRO),))
    assert pit.outside(DOWN) == (((4800, 40 * MICRO),), ((5200, 30 * MICRO),))
