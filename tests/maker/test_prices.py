"""Prices of the ladders: on the grid, under the caps, never across, never too dear as a pair."""

from itertools import product

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from pmcore import events as ev
from pmcore.effects import CancelOrder, PlaceOrder
from pmcore.ids import DOWN, UP
from pmcore.maker.quotes import fit_pair, top_price
from pmcore.units import SECOND, Ns, floor_price
from tests.core.stage import T0, Stage, market, of, quoting

TICKS = (100, 50, 25, 10, 1)
PRICES = st.integers(1, 9_999)


TOUCH = (PRICES, st.integers(0, 9_999), st.integers(1, 10_000), st.sampled_from(TICKS))
BOUNDS = (st.integers(-5, 9_999), st.integers(0, 10), st.integers(0, 3), st.integers(1, 20))


@given(*TOUCH, *BOUNDS)
@example(4_900, 5_000, 10_000, 100, 9_999, 5, 0, 1)
@example(4_900, 0, 4_800, 100, 9_999, 5, 0, 1)
def test_top_price_obeys_every_bound(bid, ask, mirrored, tick, cap, improve, lean, distance):
    price, reason = top_price(bid, ask, mirrored, tick, cap, improve, lean, distance)
    assert price >= 0
    assert price % tick == 0
    assert price <= max(0, cap)
    assert price <= bid + (improve + lean) * tick
    if ask:
        assert price <= max(0, ask - distance * tick)
        assert price < ask
    else:
        assert price <= bid
    if mirrored < 10_000:
        assert price <= max(0, mirrored - distance * tick)
    assert reason in ("best_bid", "improved", "leaning", "below_ask", "cap")


@given(*TOUCH, *BOUNDS)
def test_top_price_is_the_highest_that_obeys(
    bid, ask, mirrored, tick, cap, improve, lean, distance
):
    price, _ = top_price(bid, ask, mirrored, tick, cap, improve, lean, distance)
    bounds = [cap, bid + ((improve + lean) * tick if ask else 0)]
    bounds += [each - distance * tick for each in (ask or 10_000, mirrored) if each < 10_000]
    assert price == max(0, min(bounds) // tick * tick)


def test_no_bid_no_price():
    assert top_price(0, 5_000, 10_000, 100, 9_000, 0, 0, 1) == (0, "no_bid")


def fitted_by_loop(up, down, above_up, above_down, tick, total, up_first):
    """Specification 5: a tick off the further one, then alternate, until it holds."""
    turn = UP if above_up > above_down or (above_up == above_down and up_first) else DOWN
    prices = [up, down]
    while up > 0 and down > 0 and sum(prices) > total:
        prices[turn] -= tick
        turn = 1 - turn
    return tuple(prices)


@settings(max_examples=300)
@given(
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(-3, 3),
    st.integers(-3, 3),
    st.sampled_from(TICKS),
    st.integers(9_000, 9_999),
    st.booleans(),
)
def test_pair_is_fitted_as_the_loop_would(up, down, above_up, above_down, tick, total, up_first):
    given_ = (up * 100, down * 100, above_up * tick, above_down * tick, tick, total, up_first)
    fitted = fit_pair(*given_)
    assert fitted == fitted_by_loop(*given_)
    if up and down:
        assert sum(fitted) <= total


def placed(settings=None, bid=4_900, ask=5_100, usd=100_000.0, at=0, **terms):
    stage = Stage(settings)
    stage.open(market(**terms))
    stage.now = Ns(T0 + at * SECOND)
    stage.fresh(bid, ask, usd)
    return stage, of(stage.beat(), PlaceOrder)


@pytest.mark.parametrize(("tick", "improve", "levels"), list(product(TICKS, (0, 3), (1, 3))))
def test_every_price_is_on_its_grid(tick, improve, levels):
    changed = {"trading.improve_ticks": improve, "trading.ladder_levels": levels}
    stage, orders = placed(changed, 4_900, 5_000 + 2 * tick, tick=tick)
    assert len(orders) == 2 * levels
    for order in orders:
        assert order.price % tick == 0
        assert order.post_only
        assert order.price < stage.market.books[order.outcome].best_ask


BOOKS = st.tuples(st.integers(1, 9_900), st.integers(1, 600))


@settings(max_examples=120)
@given(
    BOOKS,
    st.sampled_from(TICKS),
    st.integers(0, 5),
    st.floats(99_800, 100_200),
    st.integers(0, 830),
)
def test_pair_of_tops_and_each_alone_stay_under_their_caps(book, tick, improve, usd, at):
    bid = min(10_000 - 2 * tick, max(tick, book[0] // tick * tick))
    ask = min(10_000 - tick, bid + max(tick, book[1] // tick * tick))
    stage, orders = placed({"trading.improve_ticks": improve}, bid, ask, usd, at, tick=tick)
    window = stage.market
    rules = stage.state.config.trading
    low, high = rules.target_total_min * 10_000, rules.target_total_max * 10_000
    assert low - 1e-6 <= window.target_total <= high + 1e-6
    tops = {
        order.outcome: order.price
        for order in orders
        if stage.market.orders[order.order].slot in (0, 8)
    }
    assert sum(tops.values()) <= window.target_total
    for outcome, q in ((UP, window.q_up), (DOWN, 1 - window.q_up)):
        cap = floor_price(q * window.target_total / 10_000)
        assert all(order.price <= cap for order in orders if order.outcome == outcome)


@pytest.mark.parametrize("above", [1, 20, 200])
def test_price_above_the_strike_near_the_end_makes_up_likely(above):
    stage = Stage()
    stage.open()
    stage.now = Ns(T0 + 835 * SECOND)
    stage.fresh(4_900, 5_100, 100_000 + above)
    stage.beat()
    assert stage.market.q_up > 0.5
    stage.now = Ns(T0 + 836 * SECOND)
    stage.fresh(4_900, 5_100, 100_000 - above)
    stage.beat(0.2)
    assert stage.market.q_up < 0.5


def test_without_a_strike_it_is_even():
    stage = Stage()
    stage.open()
    stage.market.start.price = 0
    stage.fresh(4_900, 5_100, 101_000)
    stage.market.start.price = 0
    stage.beat()
    assert stage.market.q_up == 0.5


@pytest.mark.parametrize("reprice", [1, 3])
def test_resting_tops_too_keep_the_pair_under_the_target(reprice):
    """An order that is "near enough" to its want may not carry the pair above its target."""
    stage = quoting({"trading.reprice_min_ticks": reprice, "trading.ladder_levels": 1})
    for usd in (100_000, 100_012, 100_006, 99_998, 100_009, 100_020, 100_010, 100_002):
        stage.fresh(6_000, 6_300, usd)
        stage.book(DOWN, 6_000, 6_300)
        effects = stage.beat(1.0)
        stage.accept(effects)
        for cancel in of(effects, CancelOrder):
            stage.hear(ev.OrderCancelled, cancel.order, "asked")
        tops = [order.price for slot, order in stage.resting().items() if slot in (0, 8)]
        assert sum(tops) <= stage.market.target_total


def test_bid_below_the_least_price_is_a_lottery_ticket():
    _, orders = placed({"trading.min_price_usdc": 0.05}, 400, 600)
    assert all(order.price >= 500 for order in orders)


@pytest.mark.parametrize(("bid", "prices"), [(500, [500]), (400, [])])
def test_bid_at_the_least_price_is_none_yet(bid, prices):
    settings = {"trading.min_price_usdc": 0.05, "trading.ladder_levels": 1}
    _, orders = placed(settings, bid, bid + 200)
    assert [order.price for order in orders if order.outcome == UP] == prices


def test_rungs_step_down_and_shrink():
    changed = {
        "trading.ladder_levels": 3,
        "trading.ladder_step_ticks": 2,
        "trading.size_decay": 0.8,
        "trading.base_size_shares": 20.0,
    }
    _, orders = placed(changed)
    up = [(order.price, order.size) for order in orders if order.outcome == UP]
    assert up == [(4_800, 20_000_000), (4_600, 16_000_000), (4_400, 12_800_000)]


def test_size_below_the_market_minimum_is_nothing():
    stage, orders = placed({"trading.size_decay": 0.4})
    assert {stage.market.orders[order.order].slot for order in orders} == {0, 8}
    assert stage.market.plan.reasons[1] == "below_min_size"


def test_no_ask_joins_the_bid_with_less():
    stage = Stage({"trading.improve_ticks": 3, "trading.base_size_shares": 20.0})
    stage.open()
    stage.book(UP, 4_500, 0)
    top = next(e for e in of(stage.beat(), PlaceOrder) if e.outcome == UP)
    assert (top.price, top.size) == (4_500, 10_000_000)


def test_pair_counts_an_order_that_is_still_in_flight():
    """A submit that is not answered cannot be withdrawn: until it is, it is one of the two tops."""
    stage = Stage({"trading.ladder_levels": 1})
    stage.open()
    stage.fresh(6_000, 6_300)
    stage.book(DOWN, 6_000, 6_300)
    first = {order.outcome: order for order in of(stage.beat(), PlaceOrder)}
    stage.hear(ev.OrderCancelled, first[DOWN].order, "venue")
    stage.fresh(6_000, 6_300, 99_970)
    stage.book(DOWN, 6_000, 6_300)
    stage.beat(1.0)
    tops = [order.price for slot, order in stage.resting().items() if slot in (0, 8)]
    assert sum(tops) <= stage.market.target_total


def test_a_pair_that_costs_just_its_target_is_posted_whole():
    """One top rests: the other comes back beside it although both together are at the limit."""
    exact = dict.fromkeys(("base", "min", "max"), 0.98)
    settings = {f"trading.target_total_{name}": value for name, value in exact.items()}
    stage = quoting(settings | {"trading.ladder_levels": 1})
    up, down = (stage.resting()[slot] for slot in (0, 8))
    assert up.price + down.price == stage.market.target_total
    stage.hear(ev.OrderCancelled, up.id, "venue")
    stage.fresh()
    assert [(p.outcome, p.price) for p in of(stage.beat(1.0), PlaceOrder)] == [(UP, up.price)]
