"""The price at which an order of ours would trade: its own book's, or the other's turned round."""

import pytest

from pmcore.effects import PlaceOrder
from pmcore.maker.touch import highest_bid, lowest_ask
from pmcore.units import ONE_DOLLAR
from tests.core.stage import DOWN, UP, Stage, market, of


@pytest.mark.parametrize(
    ("own", "other_bid", "lowest"),
    [
        (5_100, 0, 5_100),
        (5_100, 4_800, 5_100),
        (5_100, 4_950, 5_050),
        (0, 4_950, 5_050),
        (0, 0, 0),
    ],
)
def test_lowest_ask(own, other_bid, lowest):
    stage = Stage()
    stage.open()
    stage.book(UP, 1_000, own)
    stage.book(DOWN, other_bid, 9_000)
    assert lowest_ask(stage.market, UP) == lowest


@pytest.mark.parametrize(
    ("own", "other_ask", "highest"),
    [(4_900, 0, 4_900), (4_900, 5_200, 4_900), (4_900, 5_050, 4_950), (0, 5_050, 4_950), (0, 0, 0)],
)
def test_highest_bid(own, other_ask, highest):
    stage = Stage()
    stage.open()
    stage.book(UP, own, 9_500)
    stage.book(DOWN, 100, other_ask)
    assert highest_bid(stage.market, UP) == highest


@pytest.mark.parametrize("tick", [100, 1])
def test_a_completion_stays_a_tick_under_the_other_books_bid_turned_round(tick):
    stage = Stage({"inventory.max_unpaired_shares": 500.0})
    stage.open(market(tick=tick))
    stage.hold(UP, 70, 3_000)
    stage.book(UP, 5_000, 5_300)
    stage.book(DOWN, 4_700, 5_200)
    (bid,) = of(stage.beat(), PlaceOrder)
    assert (bid.outcome, bid.price) == (DOWN, ONE_DOLLAR - 5_000 - tick)
