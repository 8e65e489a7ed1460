"""Queue position is worth money: what moves an order, what does not, and what a move may cost."""

import pytest

from pmcore import events as ev
from pmcore.effects import CancelOrder, PlaceOrder
from pmcore.ids import DOWN, UP
from pmcore.order import LIVE
from tests.core.stage import WINDOW, Stage, of, quoting, shares

ONE = {"trading.ladder_levels": 1}
FREE = {"trading.min_update_interval_ms": 0}


def moved(stage, bid, ask, after=0.3):
    stage.fresh(bid, ask)
    effects = stage.beat(after)
    return of(effects, CancelOrder), of(effects, PlaceOrder)


def low(settings=None):
    """Quoting at the touch, well below every cap."""
    stage = Stage(ONE | (settings or {}))
    stage.open()
    stage.fresh(4_000, 4_200)
    stage.book(DOWN, 4_000, 4_200)
    stage.accept(stage.beat())
    assert [stage.resting()[slot].price for slot in (0, 8)] == [4_000, 4_000]
    return stage


def touch(stage, outcome, bid, after=0.3):
    stage.ticks(100_000)
    stage.book(outcome, bid, bid + 200)
    effects = stage.beat(after)
    return of(effects, CancelOrder), of(effects, PlaceOrder)


@pytest.mark.parametrize(("least", "ticks", "moves"), [(1, 1, 1), (2, 1, 0), (2, 2, 1), (3, 2, 0)])
def test_price_must_move_far_enough(least, ticks, moves):
    stage = low({"trading.reprice_min_ticks": least})
    cancels, places = touch(stage, UP, 4_000 + 100 * ticks)
    assert (len(cancels), len(places)) == (moves, moves)


def test_order_that_is_not_post_only_safe_goes_however_small_the_move():
    stage = low({"trading.reprice_min_ticks": 5})
    cancels, _ = touch(stage, UP, 3_800)
    assert len(cancels) == 1


@pytest.mark.parametrize(("filled", "moves"), [(2.9, 0), (3.0, 1), (4.0, 1)])
def test_size_must_change_by_at_least_its_part(filled, moves):
    """Specification 5: replaced if its size moves by >= `resize_min_pct` (here 30 % of 10)."""
    stage = low()
    stage.fill(stage.resting()[0], shares(filled))
    cancels, places = touch(stage, UP, 4_000, after=2.0)
    assert (len(cancels), len(places)) == (moves, moves)


@pytest.mark.parametrize(("lapsed", "moves"), [(False, 0), (True, 1)])
def test_order_that_stopped_scoring_moves_for_the_least_difference_of_size(lapsed, moves):
    stage = low()
    order = stage.resting()[0]
    stage.fill(order, shares(1))
    order.lapsed = lapsed
    cancels, places = touch(stage, UP, 4_000, after=2.0)
    assert (len(cancels), len(places)) == (moves, moves)


def test_moves_of_one_rung_are_throttled():
    stage = low({"trading.min_update_interval_ms": 1_000})
    first = touch(stage, UP, 4_100, after=1.1)
    assert [len(each) for each in first] == [1, 1]
    stage.accept(first[1])
    assert touch(stage, UP, 4_200, after=0.4) == ([], [])
    assert [len(each) for each in touch(stage, UP, 4_200, after=0.7)] == [1, 1]


def test_taking_risk_off_is_not_throttled():
    stage = low({"trading.min_update_interval_ms": 60_000})
    cancels, places = touch(stage, UP, 3_900, after=0.1)
    assert len(cancels) == 1
    assert places == []


def test_order_off_a_new_grid_goes_however_small_the_move():
    stage = low()
    stage.accept(touch(stage, UP, 4_100, after=1.0)[1])
    stage.hear(ev.TickChanged, stage.now, WINDOW, UP, 250)
    stage.ticks(100_000)
    stage.book(UP, 4_250, 4_750)
    effects = stage.beat(1.0)
    assert len(of(effects, CancelOrder)) == 1
    assert [place.price for place in of(effects, PlaceOrder)] == [4_250]


@pytest.mark.parametrize(("scalar", "goes"), [(0.5, 0), (0.4, 1)])
def test_an_order_more_than_twice_too_big_is_risk_and_does_not_wait(scalar, goes):
    stage = low(
        {
            "trading.base_size_shares": 20.0,
            "trading.min_update_interval_ms": 60_000,
            "trading.stale_binance_size_scalar": scalar,
        }
    )
    stage.now += 6 * 10**9
    stage.tick(100_000)
    for outcome in (UP, DOWN):
        stage.book(outcome, 4_000, 4_200)
    cancels = of(stage.beat(), CancelOrder)
    assert len(cancels) == 2 * goes


def test_nothing_is_moved_that_could_not_be_posted_again():
    """Without a token for its successor a cancel would only give the place in the queue away."""
    stage = low(FREE | {"infra.place_reserve": 4.0})
    stage.hear(ev.RateReported, 4_500, 60_000)
    assert touch(stage, UP, 4_100, after=0.001) == ([], [])
    assert stage.market.plan.reasons[0] == "rate_budget"


def test_size_only_changes_of_the_book_move_nothing():
    stage = quoting()
    for size in (1, 50, 5_000):
        stage.ticks(100_000)
        stage.book(UP, 4_900, 5_100, size)
        assert stage.beat(0.3) == []


def test_ladder_that_moves_one_rung_keeps_the_others():
    stage = low({"trading.ladder_levels": 3})
    cancels, places = touch(stage, UP, 4_100)
    assert len(cancels) == len(places) == 1
    assert places[0].price == 4_100
    prices = sorted(o.price for s, o in stage.resting().items() if s < 8)
    assert prices == [3_900, 4_000, 4_100]


def test_discretionary_moves_never_touch_the_reserve_of_cancels():
    stage = low(FREE | {"infra.cancel_reserve": 40.0})
    stage.hear(ev.RateReported, 60_000, 40_500)
    assert touch(stage, UP, 4_100, after=0.001) == ([], [])
    assert stage.market.plan.reasons[0] == "rate_budget"
    stage.hear(ev.KillAsked, "test")
    assert stage.state.pacing.cancel >= 40.0


def test_withdrawals_may_use_the_reserve():
    stage = low(FREE)
    stage.hear(ev.RateReported, 60_000, 2_000)
    cancels, _ = touch(stage, UP, 3_900, after=0.001)
    assert len(cancels) == 1


def test_without_a_token_nothing_is_cancelled_until_there_is_one():
    stage = low(FREE)
    stage.hear(ev.RateReported, 60_000, -800)
    stage.hear(ev.VenueModeChanged, "cancel_only")
    assert of(stage.beat(0.001), CancelOrder) == []
    assert len(of(stage.beat(0.05), CancelOrder)) == 2


def test_budget_is_spent_by_value():
    stage = Stage({"trading.ladder_levels": 3, "infra.place_reserve": 4.0})
    stage.open()
    stage.hear(ev.RateReported, 6_900, 60_000)
    placed = of(stage.beat(), PlaceOrder)
    assert [stage.market.orders[place.order].slot for place in placed] == [0, 8]
    assert stage.market.plan.reasons[1] == "rate_budget"


def test_completions_may_use_the_reserve_of_placements():
    stage = Stage({"inventory.max_unpaired_shares": 500.0})
    stage.open()
    stage.hold(UP, 20, 4_000)
    stage.now += 800 * 10**9
    stage.fresh()
    stage.hear(ev.HeartbeatAcked)
    stage.beat()
    for number in list(stage.market.orders):
        stage.hear(ev.OrderCancelled, number, "nothing there")
    stage.now += 2 * 10**9
    stage.fresh()
    stage.state.pacing.place, stage.state.pacing.filled_ns = 2.0, stage.now
    assert [place.post_only for place in of(stage.beat(), PlaceOrder)] == [False]


def test_tokens_return_with_time_up_to_the_burst():
    stage = low()
    stage.hear(ev.RateReported, 0, 0)
    touch(stage, UP, 4_100, after=1.0)
    assert stage.state.pacing.place == pytest.approx(40.0, abs=1.5)
    stage.now += 5 * 10**9
    stage.books(4_000, 4_200)
    touch(stage, UP, 4_000, after=1.0)
    assert stage.state.pacing.place <= 60.0


def test_rate_of_the_venue_is_believed_only_when_lower():
    stage = low()
    before = stage.state.pacing.place
    stage.hear(ev.RateReported, 999_000, 999_000)
    assert stage.state.pacing.place == before


def test_replaced_order_counts_until_it_is_gone_and_its_slot_is_free_at_once():
    stage = low()
    old = stage.resting()[0]
    _, places = touch(stage, UP, 4_100)
    assert stage.market.slots[0] == places[0].order
    assert old.id in stage.market.orders
    stage.hear(ev.OrderCancelled, old.id, "asked")
    assert old.id not in stage.market.orders
    assert stage.market.slots[0] == places[0].order


def test_replaced_order_whose_cancel_was_refused_is_cancelled_again():
    stage = low()
    old = stage.resting()[0]
    touch(stage, UP, 4_100)
    stage.hear(ev.CancelRefused, old.id, True, "restarting")
    cancels, _ = touch(stage, UP, 4_100)
    assert [cancel.order for cancel in cancels] == [old.id]


def test_replaced_order_that_was_not_cancelled_is_asked_again_as_soon_as_the_rate_allows():
    """It holds no slot any more, so nothing else would ever look at it."""
    stage = low(FREE)
    old = stage.resting()[0]
    cancels, _ = touch(stage, UP, 3_800)
    assert [cancel.order for cancel in cancels] == [old.id]
    stage.hear(ev.RateReported, 60_000, 0)
    stage.hear(ev.CancelRefused, old.id, True, "the venue restarts")
    touch(stage, UP, 3_800, after=0.01)
    assert old.status == LIVE, "the bucket for cancels is empty"
    asked = []
    for _ in range(10):
        asked += [cancel.order for cancel in touch(stage, UP, 3_800)[0]]
    assert asked == [old.id]
