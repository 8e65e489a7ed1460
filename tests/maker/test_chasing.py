"""Rewards: a lean within every cap, never where something else made a side smaller."""

import pytest

from pmcore import events as ev
from pmcore.effects import AskScoring, CancelOrder, PlaceOrder
from pmcore.ids import DOWN, UP
from pmcore.market import RewardTerms
from pmcore.units import SECOND, Ns, Price
from tests.core.stage import Stage, market, of, shares

WIDE = {
    "trading.ladder_levels": 1,
    "trading.base_size_shares": 30.0,
    "inventory.max_unpaired_shares": 1_000.0,
    "risk.max_unpaired_shares_global": 2_000.0,
    "risk.max_exposure_usdc": 2_000.0,
    "risk.max_daily_loss_usdc": 1_000.0,
}
PAID = RewardTerms(shares(50), Price(450), daily_rate_micros=1_000_000)
NEAR = RewardTerms(shares(5), Price(250), daily_rate_micros=1_000_000)
CHASE = {"rewards.chase": True, "rewards.max_size_factor": 2.0}


def sizes(chase=True, held=0, terms=PAID, binance=True, factor=2.0):
    """Shares of the top bids of Up and Down; 0 for none."""
    stage = Stage(WIDE | CHASE | {"rewards.chase": chase, "rewards.max_size_factor": factor})
    stage.open(market(rewards=terms))
    if held:
        stage.hold(UP, held, 4_800)
    stage.now = Ns(T_CALM if binance else stage.now + 9 * SECOND)
    stage.books(4_900, 5_100)
    if binance:
        stage.ticks(100_000)
    else:
        stage.tick(100_000)
    placed = {order.outcome: order.size // 1_000_000 for order in of(stage.beat(), PlaceOrder)}
    return placed.get(UP, 0), placed.get(DOWN, 0)


T_CALM = Stage().now + SECOND


def test_a_bid_grows_to_the_least_size_that_scores():
    assert sizes(chase=False) == (30, 30)
    assert sizes() == (50, 50)


def test_not_beyond_its_factor():
    assert sizes(factor=1.5) == (30, 30)


def test_not_where_nothing_is_known_to_be_paid():
    assert sizes(terms=RewardTerms(shares(50), Price(450))) == (30, 30)


def test_not_on_the_side_that_inventory_made_smaller():
    plain, chased = sizes(chase=False, held=30), sizes(held=30)
    assert plain[0] < 30
    assert chased[0] == plain[0]
    assert chased[1] >= plain[1]


def test_not_where_a_silent_binance_made_both_smaller():
    assert sizes(binance=False) == sizes(chase=False, binance=False)
    assert sizes(binance=False)[0] < 30


def apart(chase=True, total=None):
    """Up is bid at 0.40 in a wide book; to score, a bid must stand within 2.5 cents of 0.50."""
    settings = {}
    if total is not None:
        settings = {"trading.target_total_base": total, "trading.target_total_min": 0.9}
    stage = Stage(WIDE | CHASE | settings | {"rewards.chase": chase})
    stage.open(market(rewards=NEAR))
    stage.now = Ns(stage.now + SECOND)
    stage.ticks(100_000)
    stage.book(UP, 4_000, 6_000)
    stage.book(DOWN, 4_000, 6_000)
    return stage, {order.outcome: order.price for order in of(stage.beat(), PlaceOrder)}


def test_the_price_rises_to_the_lowest_that_scores():
    assert apart(chase=False)[1] == {UP: 4_000, DOWN: 4_000}
    stage, prices = apart()
    assert prices == {UP: 4_800, DOWN: 4_800}
    assert stage.market.plan.reasons[0] == "scoring"
    assert sum(prices.values()) <= stage.market.target_total


def test_together_they_never_cost_more_than_a_pair_may():
    """Half of what the pair has to spare is too little for either."""
    stage, prices = apart(total=0.95)
    assert prices == {UP: 4_000, DOWN: 4_000}
    assert stage.market.target_total < 9_600


def scored(stage, scoring):
    """Let the core ask which orders earn, and answer for all of them."""
    for _ in range(60):
        stage.now = Ns(stage.now + SECOND)
        stage.ticks(100_000)
        stage.books(4_600, 5_400)
        for ask in of(stage.beat(), AskScoring):
            told = (ask.orders, ()) if scoring else ((), ask.orders)
            return stage.hear(ev.ScoringReported, ask.op, *told)
    raise AssertionError("never asked")


@pytest.mark.parametrize("scored_before", [True, False])
def test_an_order_that_stopped_scoring_may_be_moved_for_less(scored_before):
    stage = Stage(WIDE | CHASE | {"trading.reprice_min_ticks": 5})
    stage.open(market(rewards=RewardTerms(shares(5), Price(450), daily_rate_micros=1)))
    stage.books(4_600, 5_400)
    stage.accept(stage.beat())
    old = stage.resting()[0]
    if scored_before:
        scored(stage, True)
    scored(stage, False)
    assert old.lapsed == scored_before
    stage.now = Ns(stage.now + SECOND)
    stage.ticks(100_000)
    stage.book(UP, 4_700, 5_400)
    stage.book(DOWN, 4_600, 5_300)
    cancelled = {cancel.order for cancel in of(stage.beat(0.3), CancelOrder)}
    assert (old.id in cancelled) == scored_before
