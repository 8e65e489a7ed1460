"""What takes from the sizes of a ladder, and from its rungs: fast moves, silence, toxic flow."""

import pytest

from pmcore.effects import PlaceOrder
from pmcore.ids import BINANCE, DOWN, UP
from pmcore.model.regime import FAST_MOVE, STALE_BINANCE
from pmcore.units import SECOND
from tests.core.stage import Stage, of, shares

TWENTY = {"trading.base_size_shares": 20.0}


def ladder(orders, outcome=UP):
    return [order.size for order in orders if order.outcome == outcome]


@pytest.mark.parametrize(("levels", "left"), [(0, 0), (1, 1), (2, 2), (8, 3)])
def test_a_fast_move_leaves_fewer_rungs_and_smaller_sizes(levels, left):
    settings = {"trading.ladder_levels": 3, "trading.fast_move_levels": levels}
    stage = Stage(TWENTY | settings)
    stage.open()
    stage.now += SECOND
    stage.fresh(usd=100_200)
    orders = of(stage.beat(), PlaceOrder)
    assert stage.state.alpha.regime == FAST_MOVE
    assert ladder(orders) == ladder(orders, DOWN) == [shares(10)] * left
    reasons = stage.market.plan.reasons[:3]
    assert reasons[left:] == ["fewer_rungs_in_fast_move"] * (3 - left)


def test_a_fast_move_without_binance_is_smaller_twice():
    stage = Stage(TWENTY | {"trading.ladder_levels": 1, "trading.stale_binance_size_scalar": 0.6})
    stage.open()
    stage.now += 6 * SECOND
    stage.tick(100_000)
    stage.now += SECOND
    stage.tick(100_200)
    stage.books(4_900, 5_100)
    orders = of(stage.beat(), PlaceOrder)
    assert stage.state.alpha.regime == FAST_MOVE | STALE_BINANCE
    assert ladder(orders) == [shares(20 * 0.5 * 0.6)]


@pytest.mark.parametrize(("lost_usd", "left"), [(0.0, 20), (0.005, 15), (0.01, 10), (0.05, 10)])
def test_toxic_flow_takes_its_part_of_the_size_of_its_own_token(lost_usd, left):
    """`1 - toxicity_size_k * toxicity`: a cent lost a share, the reference, is toxicity 1."""
    stage = Stage(TWENTY | {"trading.ladder_levels": 1, "trading.toxicity_size_k": 0.5})
    stage.open()
    toxicity = stage.state.alpha.toxicity
    toxicity.up_usd, toxicity.up_ns, toxicity.until_ns[UP] = -lost_usd, stage.now, 0
    orders = of(stage.beat(), PlaceOrder)
    assert ladder(orders) == [shares(left)]
    assert ladder(orders, DOWN) == [shares(20)]


def test_binance_silent_alone_is_not_a_fast_move():
    stage = Stage(TWENTY)
    stage.open()
    stage.tick(100_200, BINANCE)
    stage.now += 6 * SECOND
    stage.tick(100_000)
    stage.books(4_900, 5_100)
    assert ladder(of(stage.beat(), PlaceOrder)) == [shares(10)] * 2
    assert stage.state.alpha.regime == STALE_BINANCE
