"""One small story per rule of the venue: what is done, and what is said."""

import pytest

from pmcore import events as ev
from pmcore.ids import DOWN
from pmcore.units import MICRO
from tests.sim.venue import MARKET, THEM, US, Venue, at, fills, names, with_terms


def test_a_taker_walks_the_book_at_maker_prices():
    venue = Venue()
    venue.book(asks=[(52, 30), (53, 20), (54, 99)])
    number, said = venue.place("BUY Up 60 @ 53 GTC")
    assert names(said) == ["OrderAccepted", "MATCHED taker 30 @ 52", "MATCHED taker 20 @ 53"]
    assert venue.rests() == [(number, 53, 10)]
    # what was taken stays taken while the tape repeats the level
    venue.book(asks=[(52, 30), (53, 20), (54, 99)])
    assert names(venue.place("BUY Up 10 @ 53 FAK")[1]) == ["OrderRejected fak_not_filled"]
    # and is there again when the level has been away
    venue.book(asks=[(54, 99)])
    assert fills(venue.book(asks=[(53, 20), (54, 99)])) == [(number, 53, 10)]
    assert venue.x.unbalanced() == []


def test_fees_buyers_pay_on_top_sellers_out_of_the_proceeds():
    venue = Venue()
    venue.book(bids=[(49, 100)], asks=[(50, 100)])
    venue.place("BUY Up 100 @ 50 FOK")
    assert venue.x.cash(US) == 1000 * MICRO - 50 * MICRO - 1_750_000
    venue.place("SELL Down 100 @ 50 FAK", account=THEM)  # nothing bids 50 for Down any more
    venue.place("SELL Down 100 @ 49 FAK", account=THEM)
    assert venue.x.cash(THEM) == 1000 * MICRO
    venue.place("SELL Up 100 @ 49 FAK", account=THEM)
    assert venue.x.cash(THEM) == 1000 * MICRO + 49 * MICRO - 1_749_300
    assert venue.x.unbalanced() == []


def test_outside_bids_for_down_are_offers_of_up():
    venue = Venue()
    venue.book(bids=[(48, 25)], outcome=DOWN)
    assert venue.x.pit(MARKET).outside(DOWN) == (((4800, 25 * MICRO),), ())
    _, said = venue.place("BUY Up 30 @ 52 FAK")
    assert names(said) == ["OrderAccepted", "MATCHED taker 25 @ 52", "OrderCancelled fak_remainder"]


def test_fok_is_all_or_nothing():
    venue = Venue()
    venue.book(asks=[(52, 30), (53, 20)])
    _, said = venue.place("BUY Up 51 @ 53 FOK")
    assert names(said) == ["OrderRejected fok_not_filled"]
    _, said = venue.place("BUY Up 50 @ 53 FOK")
    assert [size for _, _, size in fills(said)] == [30, 20]


@pytest.mark.parametrize(
    ("resting", "taking", "maker_price", "taker_price", "minted"),
    [
        ("SELL Up 10 @ 50", "BUY Up 10 @ 55 FAK", 50, 50, 0),
        ("BUY Up 10 @ 50", "SELL Up 10 @ 45 FAK", 50, 50, 0),
        ("BUY Down 10 @ 50", "BUY Up 10 @ 55 FAK", 50, 50, 10),
        ("BUY Down 10 @ 47", "BUY Up 10 @ 55 FAK", 47, 53, 10),
        ("SELL Down 10 @ 47", "SELL Up 10 @ 50 FAK", 47, 53, -10),
    ],
)
def test_two_accounts_meet(resting, taking, maker_price, taker_price, minted):
    venue = Venue()
    venue.place(resting)
    before = venue.x.pit(MARKET).pairs
    _, said = venue.place(taking, account=THEM)
    assert names(said) == [f"MATCHED maker 10 @ {maker_price}"]
    assert names(said, THEM) == ["OrderAccepted", f"MATCHED taker 10 @ {taker_price}"]
    assert venue.x.pit(MARKET).pairs - before == minted * MICRO
    assert venue.x.unbalanced() == []
    assert venue.x.account(US).fees_paid == 0
    assert venue.x.account(THEM).fees_paid > 0
    assert venue.x.position(US, MARKET).fee_equivalent > 0


def test_bids_that_sum_to_less_than_one_do_not_meet():
    venue = Venue()
    venue.place("BUY Down 10 @ 47")
    assert names(venue.place("BUY Up 10 @ 52 GTC post", account=THEM)[1], THEM) == ["OrderAccepted"]
    _, said = venue.place("BUY Up 10 @ 53 GTC post", account=THEM)
    assert names(said, THEM) == ["OrderRejected post_only_would_cross"]


def test_price_then_time():
    venue = Venue()
    first, _ = venue.place("SELL Up 10 @ 50")
    better, _ = venue.place("SELL Up 10 @ 49")
    second, _ = venue.place("BUY Down 10 @ 50")
    _, said = venue.place("BUY Up 25 @ 50 FAK", account=THEM)
    assert fills(said) == [(better, 49, 10), (first, 50, 10), (second, 50, 5)]


def test_outside_that_stood_before_us_is_served_before_us():
    venue = Venue(model=0)
    venue.book(asks=[(50, 8)])
    venue.place("SELL Up 10 @ 50")
    venue.level("SELL", 50, 20)
    _, said = venue.place("BUY Up 30 @ 50 FAK", account=THEM)
    assert [size for _, _, size in fills(said, THEM)] == [8, 10, 12]
    first = Venue(model=2)
    first.book(asks=[(50, 8)])
    first.place("SELL Up 10 @ 50")
    _, said = first.place("BUY Up 30 @ 50 FAK", account=THEM)
    assert [size for _, _, size in fills(said, THEM)] == [10, 8]


def test_taker_delay_holds_then_looks_again():
    venue = Venue(terms=with_terms(taker_delay_ns=150_000_000))
    venue.book(asks=[(52, 30)])
    order, said = venue.place("BUY Up 30 @ 52 FAK", ms=1000)
    assert names(said) == ["OrderDelayed"]
    assert names(venue.cancel(order, ms=1100)) == ["CancelRefused held"]
    venue.book(asks=[(53, 30)], ms=1120)
    assert names(venue.later(1149)) == []
    assert names(venue.later(1150)) == ["OrderCancelled fak_remainder"]
    assert names(venue.cancel(order)) == ["CancelRefused gone"]


def test_taker_delay_then_match_and_rest():
    venue = Venue(terms=with_terms(taker_delay_ns=150_000_000))
    venue.book(asks=[(52, 30)])
    order, _ = venue.place("BUY Up 40 @ 52 GTC", ms=1000)
    said = venue.later(1150)
    assert names(said) == ["MATCHED taker 30 @ 52", "OrderAccepted"]
    assert venue.rests() == [(order, 52, 10)]
    # post-only and resting orders are not held
    assert names(venue.place("BUY Up 10 @ 51 GTC post")[1]) == ["OrderAccepted"]
    assert names(venue.place("BUY Up 10 @ 51 GTC")[1]) == ["OrderAccepted"]


def test_a_held_fok_that_no_longer_fits_is_killed():
    venue = Venue(terms=with_terms(taker_delay_ns=150_000_000))
    venue.book(asks=[(52, 30)])
    venue.place("BUY Up 30 @ 52 FOK", ms=1000)
    venue.book(asks=[(52, 29)], ms=1050)
    said = venue.later(1150)
    assert len(said) == 1
    assert names(said)[0].startswith("OrderCancelled order couldn't be fully filled")
    assert venue.x.account(US).free_cash == 1000 * MICRO


def test_a_held_order_does_not_survive_a_mode_or_the_end():
    for ending in ("mode", "end"):
        venue = Venue(terms=with_terms(taker_delay_ns=150_000_000))
        venue.book(asks=[(52, 30)])
        venue.place("BUY Up 30 @ 52 GTC", ms=1000)
        if ending == "mode":
            venue.x.set_mode("cancel_only", at(1050))
        else:
            venue.tell(ev.MarketResolved(at(1050), at(1050), MARKET, 0), ms=1050)
        said = venue.later(1150)
        assert venue.rests() == []
        assert fills(said) == []


def test_gtd_ends_sixty_seconds_early():
    venue = Venue()
    assert names(venue.place("BUY Up 10 @ 40 GTD", expires_ms=60_000)[1]) == ["OrderRejected other"]
    one, _ = venue.place("BUY Up 10 @ 40 GTD", expires_ms=90_000)
    two, _ = venue.place("BUY Up 10 @ 41 GTD", expires_ms=90_000)
    gone, _ = venue.place("BUY Up 10 @ 42 GTD", expires_ms=90_000)
    venue.cancel(gone)
    assert names(venue.later(29_999)) == []
    assert names(venue.later(30_000)) == ["OrderCancelled expired"] * 2
    assert venue.rests() == []
    assert one != two
    assert venue.x.account(US).free_cash == 1000 * MICRO


def test_cancels():
    venue = Venue()
    order, _ = venue.place("BUY Up 10 @ 40")
    assert names(venue.cancel(order)) == ["OrderCancelled asked"]
    assert names(venue.cancel(order)) == ["CancelRefused gone"]
    assert names(venue.cancel(12345)) == ["CancelRefused gone"]
    venue.place("BUY Up 10 @ 40")
    venue.place("SELL Down 10 @ 70")
    venue.x.cancel_all(US, 7, at(5))
    assert names(venue.heard()) == ["OrderCancelled asked"] * 2 + ["AllCancelled"]
    assert venue.x.account(US).free_cash == 1000 * MICRO


def test_cancel_all_says_so_when_something_is_held():
    venue = Venue(terms=with_terms(taker_delay_ns=150_000_000))
    venue.book(asks=[(52, 30)])
    venue.place("BUY Up 30 @ 52")
    venue.x.cancel_all(US, 7, at(5))
    assert names(venue.heard()) == ["CancelAllUnknown"]


def test_strays_are_cancelled_by_the_venues_id():
    venue = Venue()
    venue.place("BUY Up 10 @ 40", order=-3)
    (order,) = venue.x.open_orders(US)
    assert (order.order, order.venue_id) == (0, "sim-1--3")
    venue.x.cancel_stray(US, 8, "sim-1-4", at(1))
    assert venue.heard()[0][2].done is False
    venue.x.cancel_stray(US, 8, order.venue_id, at(1))
    assert venue.heard()[-1][2] == ev.StrayCancelled(at(1), 8, True)
    assert venue.x.open_orders(US) == ()


def test_what_is_displayed():
    venue = Venue()
    venue.book(bids=[(48, 10)], asks=[(52, 10), (53, 5)])
    venue.place("BUY Up 7 @ 48")
    venue.place("BUY Down 6 @ 46")
    venue.place("BUY Up 10 @ 52 FAK", account=THEM)
    up = venue.x.pit(MARKET).displayed(0)
    assert up == (((4800, 17 * MICRO),), ((5300, 5 * MICRO), (5400, 6 * MICRO)))
    down = venue.x.pit(MARKET).displayed(DOWN)
    assert down == (((4700, 5 * MICRO), (4600, 6 * MICRO)), ((5200, 17 * MICRO),))
