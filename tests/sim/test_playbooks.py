"""One small story per rule of the venue: what is done, and what is said."""

import pytest

from pmcore import events as ev
from pmcore.ids import DOWN
from pmcore.sim.faults import Fate, Faults
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


def test_a_trade_is_matched_mined_confirmed():
    venue = Venue(shares=0)
    venue.book(bids=[(48, 10)])
    venue.place("BUY Up 10 @ 49 GTC post")
    venue.print("SELL", 49, 10, ms=1000)
    assert venue.x.position(US, MARKET).free(0) == 0
    assert names(venue.later(2999)) == []
    assert names(venue.later(3000)) == ["MINED maker 10 @ 49"]
    assert names(venue.later(11_000)) == ["CONFIRMED maker 10 @ 49"]
    assert venue.x.position(US, MARKET).free(0) == 10 * MICRO
    assert venue.x.mine(US, at(0)) == []


def test_a_trade_that_fails_is_undone():
    venue = Venue(shares=0, fate=Fate(Faults(trade_failed=1.0), 1))
    venue.book(asks=[(50, 10)])
    venue.place("BUY Up 10 @ 50 FAK", ms=1000)
    assert venue.x.cash(US) < 1000 * MICRO
    assert names(venue.later(3000)) == ["RETRYING taker 10 @ 50"]
    assert names(venue.later(11_000)) == ["FAILED taker 10 @ 50"]
    assert venue.x.cash(US) == 1000 * MICRO
    assert venue.x.holdings(US) == ()
    assert venue.x.account(US).fees_paid == 0
    assert venue.x.unbalanced() == []


def test_a_mint_between_accounts_that_fails_is_undone_on_both_sides():
    venue = Venue(shares=0, fate=Fate(Faults(trade_failed=1.0), 1))
    venue.place("BUY Down 10 @ 50")
    venue.place("BUY Up 10 @ 50 FAK", account=THEM)
    assert venue.x.pit(MARKET).pairs == 10 * MICRO
    venue.later(20_000)
    assert venue.x.pit(MARKET).pairs == 0
    assert venue.x.cash(US) == venue.x.cash(THEM) == 1000 * MICRO
    assert venue.x.unbalanced() == []


def test_proceeds_and_shares_of_a_young_trade_back_nothing():
    venue = Venue(shares=10)
    venue.book(bids=[(48, 10)], asks=[(50, 20)])
    venue.place("BUY Up 10 @ 50 FAK")
    assert names(venue.place("SELL Up 10 @ 60")[1]) == ["OrderAccepted"]
    assert names(venue.place("SELL Up 10 @ 61")[1]) == ["OrderRejected not_enough_balance"]
    venue.later(10_000)
    assert names(venue.place("SELL Up 10 @ 61")[1]) == ["OrderAccepted"]
    venue.place("SELL Down 10 @ 50 FAK")
    account = venue.x.account(US)
    assert account.free_cash == account.cash - account.unconfirmed
    assert account.unconfirmed > 0


def test_merge_takes_confirmed_pairs_only():
    venue = Venue(shares=0)
    venue.book(bids=[(48, 10)], asks=[(50, 10)])
    venue.place("BUY Up 10 @ 50 FAK")
    venue.place("BUY Down 10 @ 52 FAK")
    venue.x.merge(US, 5, MARKET, 10 * MICRO, at(0))
    assert names(venue.heard())[-1] == "MergeFailed"
    venue.later(10_000)
    venue.x.merge(US, 6, MARKET, 8 * MICRO, at(10_000))
    venue.x.merge(US, 7, MARKET, 8 * MICRO, at(10_000))
    assert names(venue.heard()) == ["MergeFailed"]
    cash = venue.x.cash(US)
    said = venue.later(15_000)
    assert said[0][2] == ev.MergeConfirmed(at(15_000), 6, MARKET, 8 * MICRO, 0)
    assert venue.x.cash(US) == cash + 8 * MICRO
    assert [h.shares for h in venue.x.holdings(US)] == [2 * MICRO, 2 * MICRO]
    assert venue.x.unbalanced() == []


@pytest.mark.parametrize(
    ("faults", "now", "later"),
    [
        ({"merge_failed": 1.0}, "MergeFailed", []),
        ({"merge_unknown": 1.0}, "MergeUnknown", ["MergeConfirmed", "MergeFailed"]),
    ],
)
def test_a_merge_goes_wrong(faults, now, later):
    seen = set()
    for seed in range(8):
        venue = Venue(fate=Fate(Faults(**faults), seed))
        venue.x.merge(US, 6, MARKET, 8 * MICRO, at(0))
        assert names(venue.later(5_000)) == [now]
        seen.update(names(venue.later(60_000)))
        assert venue.x.position(US, MARKET).locked == 0
        assert venue.x.unbalanced() == []
    assert sorted(seen) == later


@pytest.mark.parametrize(("payout", "cash"), [(10_000, 30), (0, 20), (5_000, 25)])
def test_redeem_pays_the_winner(payout, cash):
    venue = Venue(shares=0)
    venue.x.grant(US, MARKET, 30 * MICRO, 20 * MICRO)
    venue.x.redeem(US, 4, MARKET, at(0))
    assert names(venue.heard()) == ["RedeemFailed"]
    order, _ = venue.place("BUY Up 10 @ 40")
    said = venue.tell(ev.MarketResolved(at(1), at(1), MARKET, payout))
    assert said == [(US, 2, ev.OrderCancelled(at(0), order, "market_resolved"))]
    venue.x.redeem(US, 5, MARKET, at(0))
    assert venue.later(5_000)[0][2] == ev.RedeemConfirmed(at(5000), 5, MARKET, cash * MICRO, 0)
    assert venue.x.cash(US) == (1000 + cash) * MICRO
    venue.x.redeem(US, 6, MARKET, at(5_000))
    assert venue.later(10_000)[0][2].payout == 0
    assert venue.x.unbalanced() == []


def test_redeem_leaves_what_is_not_confirmed_for_later():
    venue = Venue(shares=0)
    venue.book(asks=[(50, 10)])
    venue.place("BUY Up 10 @ 50 FAK")
    venue.tell(ev.MarketResolved(at(0), at(0), MARKET, 10_000))
    venue.x.redeem(US, 5, MARKET, at(0))
    assert venue.later(5_000)[-1][2].payout == 0
    venue.later(10_000)
    venue.x.redeem(US, 6, MARKET, at(10_000))
    assert venue.later(15_000)[-1][2].payout == 10 * MICRO


@pytest.mark.parametrize("fault", ["redeem_failed", "redeem_unknown"])
def test_a_redemption_goes_wrong(fault):
    venue = Venue(fate=Fate(Faults(**{fault: 1.0}), 3))
    venue.tell(ev.MarketResolved(at(0), at(0), MARKET, 10_000))
    venue.x.redeem(US, 5, MARKET, at(0))
    wanted = "RedeemFailed" if fault == "redeem_failed" else "RedeemUnknown"
    assert names(venue.later(5_000)) == [wanted]
    venue.later(60_000)
    assert venue.x.unbalanced() == []


def test_what_is_filled_is_no_longer_reserved():
    venue = Venue(shares=20)
    bid, _ = venue.place("BUY Up 20 @ 40")
    offer, _ = venue.place("SELL Up 20 @ 60")
    venue.print("SELL", 39, 5)
    venue.print("BUY", 61, 5)
    account, position = venue.x.account(US), venue.x.position(US, MARKET)
    assert account.reserved == 6 * MICRO
    assert position.reserved_up == 15 * MICRO
    venue.cancel(bid)
    venue.cancel(offer)
    assert account.reserved == position.reserved_up == 0


def test_gas_is_paid_and_accounted():
    venue = Venue(gas=20_000)
    venue.x.merge(US, 6, MARKET, 8 * MICRO, at(0))
    (_, _, event) = venue.later(5_000)[0]
    assert event.gas == 20_000
    assert venue.x.cash(US) == 1008 * MICRO - 20_000
    assert venue.x.unbalanced() == []


def test_heartbeat_arms_and_expires():
    venue = Venue()
    order, _ = venue.place("BUY Up 10 @ 40")
    venue.later(60_000)
    assert venue.rests() == [(order, 40, 10)]  # never armed
    for second in (60, 65, 70, 75):
        venue.later(second * 1000)
        venue.x.heartbeat(US, at(second * 1000))
        assert names(venue.heard()) == ["HeartbeatAcked"]
    assert names(venue.later(84_999)) == []
    assert names(venue.later(85_000)) == ["OrderCancelled heartbeat"]
    venue.place("BUY Up 10 @ 40")
    assert names(venue.later(200_000)) == []  # expiry disarms
    venue.x.heartbeat(US, at(200_000))
    venue.heard()
    assert names(venue.later(220_000)) == ["OrderCancelled heartbeat"]


def test_rebates_are_the_makers_share_of_the_fees():
    venue = Venue(pay_rebates=True)
    venue.place("BUY Down 100 @ 50")
    venue.place("BUY Up 100 @ 50 FAK", account=THEM)
    said = venue.tell(ev.MarketResolved(at(0), at(0), MARKET, 10_000))
    assert [e for _, _, e in said] == [ev.IncentivePaid(at(0), MARKET, 350_000, True)]
    assert venue.x.unbalanced() == []


@pytest.mark.parametrize(
    ("text", "ms", "scoring"),
    [
        ("BUY Up 50 @ 48", 30_000, True),
        ("BUY Up 50 @ 48", 29_999, False),
        ("BUY Up 49 @ 48", 30_000, False),
        ("BUY Up 50 @ 46", 30_000, True),
        ("BUY Up 50 @ 45", 30_000, False),
        ("BUY Down 50 @ 46", 30_000, True),
    ],
)
def test_scoring(text, ms, scoring):
    venue = Venue()
    venue.book(bids=[(49, 10)], asks=[(51, 10)])
    order, _ = venue.place(text)
    assert venue.x.scoring(US, order, at(ms)) is scoring
    assert venue.x.scoring(US, 999, at(ms)) is False


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
