"""What comes after the match: mined or failed, merged, redeemed, rebated; and heartbeats."""

import pytest

from pmcore import events as ev
from pmcore.sim.faults import Fate, Faults
from pmcore.units import MICRO
from tests.sim.venue import MARKET, THEM, US, Venue, at, names


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
