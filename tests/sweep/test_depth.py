"""The entry price by depth: what the reference size costs, of which nobody may sell all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.sweep.entry_price import depth_vwap
from pmcore.sweep.recommend import Breakdown, breakdown, recommend
from pmcore.sweep.settings import SweepConfig
from tests.sweep.batches import NOW, one

CONFIG = SweepConfig()


def scan(**changes) -> Breakdown:
    return breakdown(recommend(one(**changes), NOW, CONFIG), 0)


def test_depth_decides_the_entry_price():
    deep = scan(vwap_bp=[[9_750.0, 0.0]])
    assert deep.entry_by_depth
    assert deep.entry_price == pytest.approx(0.975)
    # An average below the best ask belongs to an older book.
    assert scan(vwap_bp=[[9_000.0, 0.0]]).entry_price == pytest.approx(0.97)


def test_shares_that_nobody_sells_earn_nothing():
    """Half of the size at 0.97 and the rest at no price: half of the residual."""
    thin = scan(vwap_bp=[[9_700.0, 0.0]], fill_ratio=[[0.5, 1.0]])
    assert thin.entry_price == pytest.approx(0.985)
    assert thin.gross_yield == pytest.approx(scan().gross_yield / 2.0)
    assert thin.risk_parts["liquidity"] > scan().risk_parts["liquidity"]


LADDERS = st.lists(
    st.tuples(st.integers(9_000, 9_999), st.floats(0.0, 120.0)), min_size=1, max_size=6
).map(sorted)


def of_ladder(levels) -> Breakdown:
    price, ratio = depth_vwap([[one[0] for one in levels]], [[one[1] for one in levels]], 100.0)
    ask = next((price for price, size in levels if size > 0.0), 0)
    return scan(
        bid_bp=[[8_990, 0]],
        ask_bp=[[ask, 1_010]],
        vwap_bp=[[float(price[0]), 0.0]],
        fill_ratio=[[float(ratio[0]), 1.0]],
    )


@given(LADDERS, st.data())
def test_thinner_book_is_never_the_better_one(levels, data):
    """Whatever is taken away from the asks, neither the yield, the score nor the size rises."""
    left = [(price, data.draw(st.floats(0.0, 1.0)) * size) for price, size in levels]
    full, thin = of_ladder(levels), of_ladder(left)
    for name in ("net_yield", "overall_score", "max_position_pct"):
        assert getattr(thin, name) <= getattr(full, name) + 1e-9, name
