"""Every reason for which the venue refuses an order, as a table."""

import pytest

from pmcore import events as ev
from pmcore.units import MICRO
from tests.sim.venue import MARKET, THEM, US, Venue, at, names, replies, with_terms

BOOK = {"bids": [(48, 100)], "asks": [(52, 100)]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BUY Up 10 @ 48 GTC post", "OrderAccepted"),
        ("BUY Up 10 @ 48.5 GTC post", "OrderRejected tick"),
        ("BUY Up 10 @ 0 GTC post", "OrderRejected tick"),
        ("BUY Up 10 @ 100 GTC post", "OrderRejected tick"),
        ("BUY Up 10 @ 99 GTC post", "OrderRejected post_only_would_cross"),
        ("BUY Up 10 @ 52 GTC post", "OrderRejected post_only_would_cross"),
        ("BUY Up 10 @ 51 GTC post", "OrderAccepted"),
        ("SELL Up 10 @ 48 GTC post", "OrderRejected post_only_would_cross"),
        ("SELL Up 10 @ 49 GTC post", "OrderAccepted"),
        # the outside bid for Up at 48 is an offer of Down at 52, the offer at 52 a bid at 48
        ("BUY Down 10 @ 52 GTC post", "OrderRejected post_only_would_cross"),
        ("BUY Down 10 @ 51 GTC post", "OrderAccepted"),
        ("SELL Down 10 @ 48 GTC post", "OrderRejected post_only_would_cross"),
        ("SELL Down 10 @ 49 GTC post", "OrderAccepted"),
        ("BUY Up 4.99 @ 48 GTC", "OrderRejected min_size"),
        ("BUY Up 0 @ 48 GTC", "OrderRejected min_size"),
        ("BUY Up 1.92 @ 52 FAK", "OrderRejected min_size"),  # 0.9984 dollars
        ("BUY Up 1.93 @ 52 FAK", "OrderAccepted"),
        ("SELL Up 1 @ 48 FAK", "OrderAccepted"),
        ("BUY Up 3000 @ 48 GTC", "OrderRejected not_enough_balance"),
        ("SELL Up 1000.01 @ 60 GTC", "OrderRejected not_enough_balance"),
        ("SELL Up 1000 @ 60 GTC", "OrderAccepted"),
        ("BUY Up 101 @ 52 FOK", "OrderRejected fok_not_filled"),
        ("BUY Up 100 @ 51 FOK", "OrderRejected fok_not_filled"),
        ("BUY Up 100 @ 51 FAK", "OrderRejected fak_not_filled"),
        ("BUY Up 10 @ 52 FOK post", "OrderRejected other"),
        ("BUY Up 10 @ 48 GTD", "OrderRejected other"),
    ],
)
def test_table(text, expected):
    venue = Venue()
    venue.book(**BOOK)
    _, said = venue.place(text)
    assert names(said)[0] == expected
    assert len(replies(said)) == 1
    assert venue.x.unbalanced() == []


@pytest.mark.parametrize(
    ("mode", "taker", "maker", "cancel", "everything"),
    [
        ("post_only", "post_only_mode", "", "OrderCancelled asked", "AllCancelled"),
        (
            "cancel_only",
            "cancel_only_mode",
            "cancel_only_mode",
            "OrderCancelled asked",
            "AllCancelled",
        ),
        (
            "restarting",
            "venue_restarting",
            "venue_restarting",
            "CancelRefused held",
            "CancelAllUnknown",
        ),
        (
            "disabled",
            "trading_disabled",
            "trading_disabled",
            "OrderCancelled asked",
            "AllCancelled",
        ),
    ],
)
def test_modes(mode, taker, maker, cancel, everything):
    venue = Venue()
    venue.book(**BOOK)
    first, _ = venue.place("BUY Up 10 @ 40")
    venue.x.set_mode(mode, at(1), at(1000))
    assert names(venue.heard()) == ["VenueModeChanged"]
    assert names(venue.place("BUY Up 10 @ 40 GTC")[1]) == [f"OrderRejected {taker}"]
    answer = names(venue.place("BUY Up 10 @ 40 GTC post")[1])
    assert answer == [f"OrderRejected {maker}" if maker else "OrderAccepted"]
    assert names(venue.cancel(first)) == [cancel]
    venue.x.cancel_all(US, 9, at(2))
    assert names(venue.heard())[-1] == everything
    assert "VenueModeChanged" in names(venue.later(1000))
    assert names(venue.place("BUY Up 10 @ 40 GTC")[1]) == ["OrderAccepted"]


def test_every_code_is_a_published_one():
    venue = Venue()
    venue.book(**BOOK)
    for text in (
        "BUY Up 10 @ 48.5",
        "BUY Up 1 @ 48",
        "SELL Up 2000 @ 60",
        "BUY Up 10 @ 52 FOK post",
    ):
        event = replies(venue.place(text)[1])[0]
        assert event.code in ev.REJECT_CODES
        assert event.text


def test_unknown_mode():
    with pytest.raises(ValueError, match="no such venue mode"):
        Venue().x.set_mode("asleep", at(0))


@pytest.mark.parametrize(
    "changes", [{"accepting": False}, {"active": False}, {"closed": True}, {"tick": 0}]
)
def test_market_not_ready(changes):
    venue = Venue()
    venue.book(**BOOK)
    venue.tell(ev.MarketListed(at(0), with_terms(**changes)))
    code = "tick" if "tick" in changes else "market_not_ready"
    assert names(venue.place("BUY Up 10 @ 40")[1]) == [f"OrderRejected {code}"]


def test_unlisted_and_resolved_markets_are_not_ready():
    venue = Venue()
    venue.tell(ev.MarketResolved(at(0), at(0), MARKET, 10_000))
    assert names(venue.place("BUY Up 10 @ 40")[1]) == ["OrderRejected market_not_ready"]
    bare = Venue()
    bare.x.floor.pits.clear()
    assert names(bare.place("BUY Up 10 @ 40")[1]) == ["OrderRejected market_not_ready"]


def test_a_number_is_used_once():
    venue = Venue()
    number, _ = venue.place("BUY Up 10 @ 40")
    assert names(venue.place("BUY Up 10 @ 41", order=number)[1]) == ["OrderRejected duplicate"]
    venue.cancel(number)
    assert names(venue.place("BUY Up 10 @ 41", order=number)[1]) == ["OrderRejected duplicate"]
    assert names(venue.place("BUY Up 10 @ 41", order=number, account=THEM)[1], THEM) == [
        "OrderAccepted"
    ]


def test_open_orders_reserve_what_they_need():
    venue = Venue(shares=10)
    assert names(venue.place("BUY Up 1000 @ 60")[1]) == ["OrderAccepted"]
    assert names(venue.place("BUY Up 1000 @ 41")[1]) == ["OrderRejected not_enough_balance"]
    second, said = venue.place("BUY Up 1000 @ 40")
    assert names(said) == ["OrderAccepted"]
    assert venue.x.account(US).free_cash == 0
    assert names(venue.place("SELL Up 6 @ 70")[1]) == ["OrderAccepted"]
    assert names(venue.place("SELL Up 5 @ 70")[1]) == ["OrderRejected not_enough_balance"]
    venue.cancel(second)
    assert venue.x.account(US).free_cash == 400 * MICRO


def test_a_taker_needs_the_fee_as_well():
    venue = Venue()
    venue.book(asks=[(50, 5000)])
    # 2000 shares at 50 cost all the cash; their fee is 35 dollars
    assert names(venue.place("BUY Up 2000 @ 50")[1]) == ["OrderRejected not_enough_balance"]
    assert names(venue.place("BUY Up 1930 @ 50")[1])[0] == "OrderAccepted"
    assert venue.x.cash(US) == 1000 * MICRO - 965 * MICRO - 33_775_000


def test_the_grid_of_one_token_changes():
    venue = Venue()
    venue.tell(ev.TickChanged(at(0), at(0), MARKET, 0, 10))
    assert names(venue.place("BUY Up 10 @ 40.1")[1]) == ["OrderAccepted"]
    assert names(venue.place("BUY Down 10 @ 40.1")[1]) == ["OrderRejected tick"]
